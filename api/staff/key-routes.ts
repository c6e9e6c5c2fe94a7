/** API keys: each for something and for a time, shown once, stored as a hash, replaced without a gap. */
import { z } from 'zod';
import {
  listApiKeys,
  readKeyHolder,
  revokeApiKey,
  scopes,
  type ApiKey,
  type Scope,
} from '../../db/provision/keys.js';
import type { Person } from '../../db/read/person.js';
import type { Dependencies } from '../dependencies.js';
import { iso } from '../http/instants.js';
import { forbidden, notFound, problem } from '../http/problems.js';
import { ok, type Reply } from '../http/reply.js';
import { person, route } from '../http/route.js';
import { idParams, idText, instantOut } from '../http/schemas.js';
import { endOfKey, issueKey, requestOf, rotateKey, type ShownKey } from './issue-key.js';
import { visiblePerson } from './visible.js';

const ADMINISTRATOR = 'policyAdministrator';
/** What the daily work needs; changing the set-up is asked for. */
const USUAL_SCOPES = ['read', 'command'] as const;

const scopeList = z
  .array(z.enum(scopes))
  .min(1)
  .max(scopes.length)
  .transform((list) => scopes.filter((scope) => list.includes(scope)))
  .meta({ type: 'array', items: { enum: [...scopes] } });
const endText = z.iso.datetime({ offset: true });

const shownOut = z
  .object({ id: z.string(), key: z.string(), scopes: z.array(z.enum(scopes)), expiresAt: instantOut })
  .meta({ id: 'ShownKey' });

const create = route({
  method: 'post',
  path: '/v1/api-keys',
  tag: 'People',
  summary: 'Make an API key; it is shown this once',
  description: `For oneself, or for somebody else with the staff function ${ADMINISTRATOR}. Without scopes it is for ${USUAL_SCOPES.join(' and ')}; without an end it lives as long as the installation says. A key makes no key that may do more than itself. A repeat with the same Idempotency-Key makes no second key: the secret is not stored, so the repeat is answered with SECRET_SHOWN and the id of the key.`,
  access: person,
  key: true,
  body: z.strictObject({
    personId: z.string().max(80),
    label: z.string().trim().min(1).max(120),
    scopes: scopeList.optional(),
    expiresAt: endText.optional(),
  }),
  example: { personId: 'sam-rivers', label: 'Nightly report', scopes: ['read'] },
  problems: ['FORBIDDEN', 'SECRET_SHOWN', 'IDEMPOTENCY_KEY_REUSED'],
  answers: { 201: { description: 'The key', schema: shownOut } },
  handle: async ({ caller, body, keyScopes, idempotencyKey }, deps) => {
    if (!mayHold(caller, body.personId)) return forbidden([ADMINISTRATOR]);
    const wanted = body.scopes ?? [...USUAL_SCOPES];
    const beyond = scopeBeyond(keyScopes, wanted);
    if (beyond) return beyond;
    const holder = await visiblePerson(deps, caller, body.personId);
    if (!holder) return invalid('personId', 'nobody that you may see has this id');
    const expiresAt = await endOfKey(deps, body.expiresAt);
    if (typeof expiresAt === 'string') return invalid('expiresAt', expiresAt);
    const { tenantId, id: personId } = holder;
    const request = requestOf(caller.id, idempotencyKey, { create: body });
    const asked = { tenantId, personId, label: body.label, scopes: wanted, expiresAt, request };
    return replyOf(await issueKey(deps, asked, caller.id), 201);
  },
});

const rotate = route({
  method: 'post',
  path: '/v1/api-keys/{id}/rotate',
  tag: 'People',
  summary: 'Give an API key a new secret; the one before goes on for a while',
  description: `One's own, or with the staff function ${ADMINISTRATOR} somebody else's. The secret before opens for \`graceHours\` more, and at most as long as it would have; with 0 every older secret ends at once. The key gets a new end like a new key.`,
  access: person,
  key: true,
  params: idParams,
  body: z.strictObject({
    graceHours: z.int().min(0).default(0),
    expiresAt: endText.optional(),
  }),
  example: { graceHours: 24 },
  problems: ['SECRET_SHOWN', 'IDEMPOTENCY_KEY_REUSED'],
  answers: { 200: { description: 'The key with its new secret', schema: shownOut } },
  handle: async ({ caller, params, body, keyScopes, idempotencyKey }, deps) => {
    const held = await heldKey(deps, caller, params.id);
    // Whoever gets the secret comes in as its person, so he must be one whom he serves.
    if (!held || !(await visiblePerson(deps, caller, held.personId))) return notFound();
    const beyond = scopeBeyond(keyScopes, held.scopes);
    if (beyond) return beyond;
    const most = deps.limits.keyMostGraceHours;
    if (body.graceHours > most) return invalid('graceHours', `is more than ${String(most)}`);
    const expiresAt = await endOfKey(deps, body.expiresAt);
    if (typeof expiresAt === 'string') return invalid('expiresAt', expiresAt);
    const request = requestOf(caller.id, idempotencyKey, { rotate: params.id, body });
    const asked = { expiresAt, graceHours: body.graceHours, request };
    const key = { id: params.id, scopes: held.scopes };
    const rotated = await rotateKey(deps, key, asked, caller.id);
    return rotated ? replyOf(rotated, 200) : notFound();
  },
});

export const keyOut = z
  .object({
    id: z.string(),
    personId: z.string(),
    label: z.string(),
    scopes: z.array(z.enum(scopes)),
    createdAt: instantOut,
    createdBy: z.string().nullable(),
    expiresAt: instantOut.nullable(),
    rotatedAt: instantOut.nullable(),
    graceUntil: instantOut.nullable().describe('Until when the secret before the rotation opens'),
    lastUsedAt: instantOut.nullable().describe('To the minute; null: never'),
  })
  .meta({ id: 'ApiKey' });

/** A key without its secret. */
export function keyView(key: ApiKey): z.input<typeof keyOut> {
  const { id, personId, label, createdBy } = key;
  return {
    id,
    personId,
    label,
    scopes: [...key.scopes],
    createdAt: iso(key.createdAt),
    createdBy,
    expiresAt: iso(key.expiresAt),
    rotatedAt: iso(key.rotatedAt),
    graceUntil: iso(key.graceUntil),
    lastUsedAt: iso(key.lastUsedAt),
  };
}

const list = route({
  method: 'get',
  path: '/v1/api-keys',
  tag: 'People',
  summary: 'Your API keys, or those of a person',
  access: person,
  query: z.strictObject({
    person: idText.optional().describe(`Somebody else, with the staff function ${ADMINISTRATOR}`),
  }),
  problems: ['FORBIDDEN', 'NOT_FOUND'],
  answers: { 200: { description: 'Newest first', schema: z.object({ items: z.array(keyOut) }) } },
  handle: async ({ caller, query }, deps) => {
    const whose = query.person ?? caller.id;
    if (!mayHold(caller, whose)) return forbidden([ADMINISTRATOR]);
    if (!(await visiblePerson(deps, caller, whose))) return notFound();
    return ok({ items: (await listApiKeys(deps.database, [whose])).map(keyView) });
  },
});

const revoke = route({
  method: 'delete',
  path: '/v1/api-keys/{id}',
  tag: 'People',
  summary: 'End an API key now, with all of its secrets',
  description: `One's own, or with the staff function ${ADMINISTRATOR} somebody else's.`,
  access: person,
  params: idParams,
  answers: { 204: { description: 'Revoked' } },
  handle: async ({ caller, params }, deps) => {
    if (!(await heldKey(deps, caller, params.id))) return notFound();
    await revokeApiKey(deps.database, params.id, caller.id);
    return { status: 204 };
  },
});

function mayHold(caller: Person, personId: string): boolean {
  return caller.id === personId || (caller.side === 'provider' && caller.grants.includes(ADMINISTRATOR));
}

/** A key that the caller may end, also of somebody who has left; one that is not his business looks like none. */
async function heldKey(deps: Dependencies, caller: Person, id: string) {
  const held = await readKeyHolder(deps.database, id);
  return held && mayHold(caller, held.personId) ? held : null;
}

/** A key hands on no more than it has. */
function scopeBeyond(keyScopes: readonly Scope[] | null, wanted: readonly Scope[]): Reply | null {
  const beyond = keyScopes && wanted.find((scope) => !keyScopes.includes(scope));
  if (!beyond) return null;
  return problem('KEY_SCOPE', { detail: `The key itself has no scope ${beyond}, so it gives none.` });
}

function invalid(path: string, text: string): Reply {
  return problem('BODY_INVALID', { problems: [{ path, problem: text }] });
}

function replyOf(shown: ShownKey | Reply, status: number): Reply {
  return 'key' in shown ? { status, body: shown } : shown;
}

export const keyRoutes = [create, rotate, list, revoke];
