/** Policy sets: check a file, draft a version, have it approved, read them. */
import { z } from 'zod';
import { PROVIDER } from '../../db/provision/tenants.js';
import { listVersions } from '../../db/read/set-up.js';
import { policyJsonSchema, policySetSchema } from '../../domain/policy/policy-set.js';
import { versionRoutes } from '../versions/routes.js';
import { draft, draftedOut } from '../versions/versions.js';
import { places } from '../http/places.js';
import { problem } from '../http/problems.js';
import { ok } from '../http/reply.js';
import { anybody, person, route, staff } from '../http/route.js';
import { placeOut } from '../http/schemas.js';
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

const versions = versionRoutes({
  kind: 'policy',
  tag: 'Policies',
  noun: 'policy set',
  approving: {
    effect: 'contracts that are imported from then on are served under it',
    description: 'Processes keep the version that they started with.',
  },
});

export const policyRoutes = [schema, check, add, ...policyDiffRoutes, ...versions];
