/** The audit beyond the database: checkpoints, chains and archived histories, for those who verify elsewhere. */
import { z } from 'zod';
import { readArchiveState } from '../../db/audit/archive.js';
import { exportEvidence } from '../../db/audit/bundle.js';
import { hashesAt, readLinks, readRestores } from '../../db/audit/chains.js';
import { readKnown } from '../../db/audit/checkpoints.js';
import { readCheckpoints } from '../../db/audit/verify.js';
import { heartbeats } from '../../db/jobs/heartbeats.js';
import { readTenantsOf } from '../../db/read/person.js';
import { iso } from '../http/instants.js';
import { notFound, problem } from '../http/problems.js';
import { ok } from '../http/reply.js';
import { route, staff } from '../http/route.js';
import { idParams, idText, instantOut } from '../http/schemas.js';
import { remember } from './remember.js';

const auditors = staff('auditor', 'supportDirector');
const chainName = z.enum(['event', 'refusal']);
const linkOut = z
  .object({ number: z.int(), bytes: z.string(), prevHash: z.string(), hash: z.string() })
  .meta({ id: 'ChainLink' });

const PAGE = 500;
const MOST_ASKED = 2_000;
const MOST_SHOWN = 50;

const known = route({
  method: 'get',
  path: '/v1/audit/checkpoints',
  tag: 'Audit',
  summary: 'What the database knows of its signed checkpoints and of declared restores',
  description: 'Compare it with the checkpoints that are kept outside; careplus audit verify does so.',
  access: auditors,
  answers: {
    200: {
      description:
        'The newest checkpoint, the public keys, and the restores with the customers they are named for',
      schema: z.object({
        installation: z.string().nullable(),
        last: z.object({ number: z.int(), hash: z.string() }).nullable(),
        keys: z.array(z.object({ id: z.string(), publicKey: z.string() })),
        restores: z.array(z.object({ text: z.string(), declaredFor: z.array(z.string()) })),
        heads: z.array(
          z.object({ tenantId: z.string(), chain: chainName, number: z.int(), hash: z.string() }),
        ),
      }),
    },
  },
  handle: async ({ caller }, deps) => {
    const { installation, last, keys } = await readKnown(deps.database);
    const heads = [];
    for (const { id } of await readTenantsOf(deps.database, caller.id))
      heads.push(...(await readCheckpoints(deps.database, id)));
    return ok({ installation, last, keys, restores: await readRestores(deps.database), heads });
  },
});

const entries = route({
  method: 'post',
  path: '/v1/audit/entries',
  tag: 'Audit',
  summary: 'The hashes of entries of the audit chains',
  description: 'In the order asked for; null where there is no such entry, or none that you may see.',
  access: auditors,
  scope: 'read',
  body: z.strictObject({
    entries: z
      .array(z.strictObject({ tenantId: z.string().max(80), chain: chainName, number: z.int().min(0) }))
      .max(MOST_ASKED),
  }),
  answers: {
    200: { description: 'The hashes', schema: z.object({ hashes: z.array(z.string().nullable()) }) },
  },
  handle: async ({ caller, body }, deps) => {
    const mine = new Set((await readTenantsOf(deps.database, caller.id)).map(({ id }) => id));
    const hashes = await hashesAt(deps.database, body.entries);
    return ok({
      hashes: hashes.map((hash, index) => (mine.has(body.entries[index]?.tenantId ?? '') ? hash : null)),
    });
  },
});

const chain = route({
  method: 'get',
  path: '/v1/audit/chains/{tenant}/{chain}',
  tag: 'Audit',
  summary: 'The exact entries of an audit chain',
  description: `Up to ${String(PAGE)} entries after the number given. They hold ids and hashes, never names or texts.`,
  access: auditors,
  remembered: 'audit.chainRead',
  params: z.object({ tenant: idText, chain: chainName }),
  query: z.strictObject({
    after: z
      .string()
      .regex(/^\d{1,15}$/, 'must be a whole number')
      .default('0'),
  }),
  problems: ['NOT_FOUND'],
  answers: {
    200: { description: 'In order', schema: z.object({ entries: z.array(linkOut), more: z.boolean() }) },
  },
  handle: async ({ caller, params, query }, deps) => {
    const tenants = await readTenantsOf(deps.database, caller.id);
    if (!tenants.some(({ id }) => id === params.tenant)) return notFound();
    const after = Number(query.after);
    const of = { tenantId: params.tenant, chain: params.chain };
    const found = await readLinks(deps.database, of, { after, limit: PAGE });
    await remember(deps, caller, params.tenant, null, 'audit.chainRead');
    return ok({ entries: found, more: found.length === PAGE });
  },
});

const historyOut = z.object({
  workflowId: z.string(),
  runId: z.string(),
  workflowType: z.string(),
  status: z.string(),
  closedAt: instantOut,
  hash: z.string(),
  bytes: z.int(),
});

const archive = route({
  method: 'get',
  path: '/v1/audit/archive',
  tag: 'Audit',
  summary: 'How far the histories of closed runs are archived',
  access: auditors,
  answers: {
    200: {
      description: 'The newest ones, and what the last pass of the job reported',
      schema: z.object({
        histories: z.int(),
        bytes: z.int(),
        closedThrough: instantOut.nullable(),
        lastPass: z
          .object({ at: instantOut, report: z.record(z.string(), z.union([z.number(), z.string()])) })
          .nullable(),
        newest: z.array(historyOut),
      }),
    },
  },
  handle: async (_call, deps) => {
    const state = await readArchiveState(deps.database, MOST_SHOWN);
    const beat = (await heartbeats(deps.database).list()).find((one) => one.name === 'archive');
    const { lastSuccessAt, lastReport } = beat ?? {};
    return ok({
      histories: state.histories,
      bytes: state.bytes,
      closedThrough: iso(state.closedThrough),
      lastPass: lastSuccessAt && lastReport ? { at: lastSuccessAt.toISOString(), report: lastReport } : null,
      newest: state.newest.map(({ workflowId, runId, workflowType, status, closedAt, hash, bytes }) => ({
        ...{ workflowId, runId, workflowType, status, closedAt: iso(closedAt), hash, bytes },
      })),
    });
  },
});

const bundle = route({
  method: 'get',
  path: '/v1/processes/{id}/bundle',
  tag: 'Audit',
  summary: 'A process as evidence that a stranger can check with the public key alone',
  description:
    'Exact entries of the chains, signed checkpoints, contents and hashes of archived histories; docs/verify-bundle.md has a script that checks them. It names the ids of other customers.',
  access: auditors,
  remembered: 'audit.exported',
  params: idParams,
  problems: ['NOT_SIGNED', 'BUNDLE_TOO_LONG'],
  answers: {
    200: {
      description: 'The bundle',
      schema: z.looseObject({
        version: z.int(),
        readme: z.string(),
        checkpoints: z.array(z.string()),
        publicKeys: z.array(z.string()),
        chains: z.array(
          z.object({
            tenantId: z.string(),
            chain: chainName,
            checkpoint: z.int(),
            entries: z.array(linkOut),
          }),
        ),
        unsigned: z.int(),
      }),
      headers: { 'content-disposition': 'A file name' },
    },
  },
  handle: async ({ caller, params }, deps) => {
    const result = await exportEvidence(deps.database, caller.id, params.id);
    switch (result.kind) {
      case 'unknown':
        return notFound();
      case 'unsigned':
        return problem('NOT_SIGNED');
      case 'tooLong':
        return problem('BUNDLE_TOO_LONG', {
          detail: `${String(result.entries)} entries lie between the process and the checkpoint.`,
        });
      case 'bundle':
        return ok(result.bundle, {
          'content-disposition': `attachment; filename="${params.id}-bundle.json"`,
        });
    }
  },
});

export const outsideRoutes = [known, entries, chain, archive, bundle];
