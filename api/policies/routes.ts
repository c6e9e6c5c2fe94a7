/** Policy sets: check a file, draft a version, have it approved, read them. */
import { z } from 'zod';
import { PROVIDER } from '../../db/provision/tenants.js';
import { listVersions, readVersion } from '../../db/read/set-up.js';
import { policyJsonSchema, policySetSchema } from '../../domain/policy/policy-set.js';
import { approve, draft, draftedOut, versionOut, versionView } from '../calendars/versions.js';
import { places } from '../http/places.js';
import { notFound, problem } from '../http/problems.js';
import { ok } from '../http/reply.js';
import { anybody, person, route, staff } from '../http/route.js';
import { idText, placeOut } from '../http/schemas.js';
import { policyDiffRoutes } from './diff.js';

const administrators = staff('policyAdministrator');
const { $schema: _, ...fileSchema } = policyJsonSchema();
const fileBody = z.unknown().meta(fileSchema);

const schema = route({
  method: 'get',
  path: '/v1/policies/schema.json',
  tag: 'Policies',
  summary: 'JSON Schema of a policy file, for editors',
  access: anybody,
  answers: {
    200: { description: 'JSON Schema', type: 'application/schema+json', schema: z.looseObject({}) },
  },
  handle: () => ({ status: 200, body: policyJsonSchema(), type: 'application/schema+json' }),
});

const check = route({
  method: 'post',
  path: '/v1/policies/check',
  tag: 'Policies',
  summary: 'Check a policy file without storing anything',
  access: person,
  scope: 'read',
  body: fileBody,
  answers: {
    200: { description: 'Every problem with its place', schema: z.object({ problems: z.array(placeOut) }) },
  },
  handle: ({ body }) => {
    const read = policySetSchema.safeParse(body);
    return ok({ problems: read.success ? [] : places(read.error) });
  },
});

const add = route({
  method: 'post',
  path: '/v1/policies',
  tag: 'Policies',
  summary: 'Store a policy file as a new draft version',
  description: 'The newest version is given back when it says the same already.',
  access: administrators,
  body: fileBody,
  answers: {
    200: { description: 'Nothing was to be done', schema: draftedOut },
    201: { description: 'Drafted', schema: draftedOut, headers: { location: 'The policy set' } },
  },
  handle: async ({ caller, body }, deps) => {
    const read = policySetSchema.safeParse(body);
    if (!read.success) return problem('BODY_INVALID', { problems: places(read.error) });
    const { data: value } = read;
    const versions = await listVersions(deps.database, caller.id, 'policy', value.id);
    const newest = versions.find((line) => line.tenantId === PROVIDER);
    return draft(deps, 'policy', caller.id, newest, { id: value.id, body: { ...value }, notes: [] });
  },
});

const approveRoute = route({
  method: 'post',
  path: '/v1/policies/{id}/versions/{version}/approve',
  tag: 'Policies',
  summary: 'Approve a version; contracts that are imported from then on are served under it',
  description: 'By somebody else than its author. Processes keep the version that they started with.',
  access: administrators,
  params: z.object({
    id: idText,
    version: z
      .string()
      .regex(/^[1-9]\d{0,6}$/)
      .transform(Number)
      .meta({ type: 'integer', minimum: 1 }),
  }),
  body: z.strictObject({}),
  problems: ['SELF_APPROVAL', 'VERSION_APPROVED'],
  answers: {
    200: {
      description: 'Approved',
      schema: z.object({ id: z.string(), version: z.int(), state: z.literal('approved') }),
    },
  },
  handle: async ({ caller, params }, deps) => {
    const approval = await approve(deps, 'policy', caller.id, params);
    return approval === 'approved' ? ok({ ...params, state: 'approved' }) : approval;
  },
});

const list = route({
  method: 'get',
  path: '/v1/policies',
  tag: 'Policies',
  summary: 'Every version of every policy set',
  access: person,
  answers: {
    200: { description: 'By id, newest version first', schema: z.object({ items: z.array(versionOut) }) },
  },
  handle: async ({ caller }, deps) =>
    ok({ items: (await listVersions(deps.database, caller.id, 'policy')).map(versionView) }),
});

const one = route({
  method: 'get',
  path: '/v1/policies/{id}',
  tag: 'Policies',
  summary: 'A policy set with its versions; the body is that of the version in force, else of the newest',
  access: person,
  params: z.object({ id: idText }),
  answers: {
    200: {
      description: 'The policy set',
      schema: z.object({
        id: z.string(),
        inForce: z.int().nullable(),
        versions: z.array(versionOut),
        body: z.record(z.string(), z.unknown()),
      }),
    },
  },
  handle: async ({ caller, params }, deps) => {
    const versions = await listVersions(deps.database, caller.id, 'policy', params.id);
    const newest = versions[0];
    if (!newest) return notFound();
    const inForce = versions.find((line) => line.inForce)?.version ?? null;
    const stored = await readVersion(
      deps.database,
      caller.id,
      'policy',
      params.id,
      inForce ?? newest.version,
    );
    return ok({ id: params.id, inForce, versions: versions.map(versionView), body: stored?.body ?? {} });
  },
});

export const policyRoutes = [schema, check, add, approveRoute, list, ...policyDiffRoutes, one];
