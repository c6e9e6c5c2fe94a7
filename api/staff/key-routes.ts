/** API keys: shown once, stored as a hash. */
import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { createApiKey, listApiKeys, revokeApiKey } from '../../db/provision/keys.js';
import { PROVIDER } from '../../db/provision/tenants.js';
import { readPerson, readTenantsOf, type Person } from '../../db/read/person.js';
import type { Dependencies } from '../dependencies.js';
import { iso } from '../http/instants.js';
import { forbidden, notFound, problem } from '../http/problems.js';
import { ok } from '../http/reply.js';
import { person, route } from '../http/route.js';
import { idParams, instantOut } from '../http/schemas.js';
import { hashOfSecret } from '../middleware/authenticate.js';

const ADMINISTRATOR = 'policyAdministrator';

const create = route({
  method: 'post',
  path: '/v1/api-keys',
  tag: 'People',
  summary: 'Make an API key; it is shown this once',
  description: `For oneself, or for somebody else with the staff function ${ADMINISTRATOR}.`,
  access: person,
  body: z.strictObject({
    personId: z.string().max(80),
    label: z.string().trim().min(1).max(120),
    expiresAt: z.iso.datetime({ offset: true }).optional(),
  }),
  problems: ['FORBIDDEN'],
  answers: { 201: { description: 'The key', schema: z.object({ id: z.string(), key: z.string() }) } },
  handle: async ({ caller, body }, deps) => {
    if (!mayHold(caller, body.personId)) return forbidden([ADMINISTRATOR]);
    const holder = await readPerson(deps.database, body.personId);
    const seen = holder && (await maySee(deps, caller, holder));
    if (!seen) {
      const problems = [{ path: 'personId', problem: 'nobody that you may see has this id' }];
      return problem('BODY_INVALID', { problems });
    }
    const expiresAt = body.expiresAt === undefined ? null : Date.parse(body.expiresAt);
    const asked = { tenantId: holder.tenantId, personId: holder.id, label: body.label, expiresAt };
    return { status: 201, body: await issueKey(deps, asked, caller.id) };
  },
});

/** Makes a key and stores its hash. */
export async function issueKey(
  deps: Pick<Dependencies, 'database'>,
  asked: {
    readonly tenantId: string;
    readonly personId: string;
    readonly label: string;
    readonly expiresAt: number | null;
  },
  actor: string | null,
): Promise<{ readonly id: string; readonly key: string }> {
  const secret = randomBytes(32).toString('hex');
  const id = await createApiKey(deps.database, { ...asked, secretHash: hashOfSecret(secret) }, actor);
  return { id, key: `cp_${id}_${secret}` };
}

function mayHold(caller: Person, personId: string): boolean {
  return caller.id === personId || (caller.side === 'provider' && caller.grants.includes(ADMINISTRATOR));
}

async function maySee(deps: Dependencies, caller: Person, holder: Person): Promise<boolean> {
  if (holder.tenantId === caller.tenantId || holder.tenantId === PROVIDER) return true;
  const tenants = await readTenantsOf(deps.database, caller.id);
  return tenants.some((tenant) => tenant.id === holder.tenantId);
}

const keyOut = z
  .object({
    id: z.string(),
    personId: z.string(),
    label: z.string(),
    createdAt: instantOut,
    expiresAt: instantOut.nullable(),
  })
  .meta({ id: 'ApiKey' });

const list = route({
  method: 'get',
  path: '/v1/api-keys',
  tag: 'People',
  summary: 'Your API keys',
  access: person,
  answers: { 200: { description: 'Newest first', schema: z.object({ items: z.array(keyOut) }) } },
  handle: async ({ caller }, deps) => {
    const keys = await listApiKeys(deps.database, caller.id);
    const items = keys.map(({ id, personId, label, createdAt, expiresAt }) => ({
      id,
      personId,
      label,
      createdAt: iso(createdAt),
      expiresAt: iso(expiresAt),
    }));
    return ok({ items });
  },
});

const revoke = route({
  method: 'delete',
  path: '/v1/api-keys/{id}',
  tag: 'People',
  summary: 'Revoke an API key of your own',
  access: person,
  params: idParams,
  answers: { 204: { description: 'Revoked' } },
  handle: async ({ caller, params }, deps) => {
    const own = await listApiKeys(deps.database, caller.id);
    if (!own.some((key) => key.id === params.id)) return notFound();
    await revokeApiKey(deps.database, params.id, caller.id);
    return { status: 204 };
  },
});

export const keyRoutes = [create, list, revoke];
