/** What every versioned kind is asked for alike: approve a version, list them all, read one. */
import { z } from 'zod';
import { PROVIDER } from '../../db/provision/tenants.js';
import { approveVersion, type VersionedKind } from '../../db/provision/versions.js';
import type { Person } from '../../db/read/person.js';
import { listVersions, readVersion } from '../../db/read/set-up.js';
import type { Dependencies } from '../dependencies.js';
import { notFound, problem } from '../http/problems.js';
import { ok, type Reply } from '../http/reply.js';
import { person, route, staff, type Route } from '../http/route.js';
import { idText, versionParams } from '../http/schemas.js';
import { ADDRESSES, versionOut, versionView } from './versions.js';

interface At {
  readonly id: string;
  readonly version: number;
}

interface Versioned {
  readonly kind: VersionedKind;
  /** Of the document: 'Policies'. */
  readonly tag: string;
  /** 'policy set'. */
  readonly noun: string;
  readonly approving: {
    /** What follows from an approval, after 'Approve a version; '. */
    readonly effect: string;
    readonly description?: string;
    /** What is done after it, and what the answer says of that. */
    readonly then?: {
      readonly says: z.ZodRawShape;
      readonly act: (deps: Dependencies, at: At) => Promise<Readonly<Record<string, unknown>>>;
    };
  };
  /** Of a kind that not everybody may read: the refusal. */
  readonly hiddenFrom?: (caller: Person) => Reply | null;
}

const approvedOut = { id: z.string(), version: z.int(), state: z.literal('approved') };

/** The three routes; who may read a kind that is not hidden is every person. */
export function versionRoutes({ kind, tag, noun, approving, hiddenFrom }: Versioned): readonly Route[] {
  const path = `/v1/${ADDRESSES[kind]}`;
  const hidden = hiddenFrom ?? (() => null);
  const reading = { tag, access: person, problems: hiddenFrom ? (['FORBIDDEN'] as const) : [] };

  const approve = route({
    method: 'post',
    path: `${path}/{id}/versions/{version}/approve`,
    tag,
    summary: `Approve a version; ${approving.effect}`,
    description: `By somebody else than its author.${approving.description ? ` ${approving.description}` : ''}`,
    access: staff('policyAdministrator'),
    params: versionParams,
    body: z.strictObject({}),
    problems: ['SELF_APPROVAL', 'VERSION_APPROVED'],
    answers: {
      200: { description: 'Approved', schema: z.object({ ...approvedOut, ...approving.then?.says }) },
    },
    handle: async ({ caller, params }, deps) => {
      const approval = await approveVersion(
        deps.database,
        { kind, tenantId: PROVIDER, ...params },
        caller.id,
      );
      switch (approval) {
        case 'approved':
          return ok({ ...params, state: 'approved', ...(await approving.then?.act(deps, params)) });
        case 'notFound':
          return notFound();
        case 'ownDraft':
          return problem('SELF_APPROVAL');
        case 'alreadyApproved':
          return problem('VERSION_APPROVED');
      }
    },
  });

  const list = route({
    ...reading,
    method: 'get',
    path,
    summary: `Every version of every ${noun}`,
    answers: {
      200: { description: 'By id, newest version first', schema: z.object({ items: z.array(versionOut) }) },
    },
    handle: async ({ caller }, deps) =>
      hidden(caller) ?? ok({ items: (await listVersions(deps.database, caller.id, kind)).map(versionView) }),
  });

  const one = route({
    ...reading,
    method: 'get',
    path: `${path}/{id}`,
    summary: `A ${noun} with its versions; the body is that of the version in force, else of the newest`,
    params: z.object({ id: idText }),
    answers: {
      200: {
        description: `The ${noun}`,
        schema: z.object({
          id: z.string(),
          inForce: z.int().nullable(),
          versions: z.array(versionOut),
          body: z.record(z.string(), z.unknown()),
        }),
      },
    },
    handle: async ({ caller, params }, deps) => {
      const refused = hidden(caller);
      if (refused) return refused;
      const versions = await listVersions(deps.database, caller.id, kind, params.id);
      const [newest] = versions;
      if (!newest) return notFound();
      const inForce = versions.find((line) => line.inForce)?.version ?? null;
      const stored = await readVersion(deps.database, caller.id, kind, params.id, inForce ?? newest.version);
      return ok({ id: params.id, inForce, versions: versions.map(versionView), body: stored?.body ?? {} });
    },
  });

  return [approve, list, one];
}
