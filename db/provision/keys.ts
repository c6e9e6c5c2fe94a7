/** API keys: only the hash of a secret is stored, so what was shown once is never shown again. */
import { businessNow } from '../business-clock.js';
import type { Database, Trx } from '../connection.js';
import { holdName } from '../hold.js';
import { instant } from '../instants.js';
import type { Person } from '../read/person.js';
import { newId } from '../store/ids.js';
import { logChange } from './log.js';

/** What a key may be used for: look, ask something of processes, change the set-up. */
export const scopes = ['read', 'command', 'administer'] as const;
export type Scope = (typeof scopes)[number];

export interface ApiKey {
  readonly id: string;
  readonly tenantId: string;
  readonly personId: string;
  readonly label: string;
  readonly scopes: readonly Scope[];
  /** Epoch milliseconds, as all instants here. Null for keys from before every key had an end. */
  readonly expiresAt: number | null;
  readonly createdAt: number;
  readonly createdBy: string | null;
  readonly rotatedAt: number | null;
  /** Until when a secret from before the last rotation still opens. */
  readonly graceUntil: number | null;
  readonly lastUsedAt: number | null;
}

/** A request with an Idempotency-Key, so that a repeat makes no second secret. */
export interface KeyRequest {
  readonly principal: string;
  readonly value: string;
  readonly bodyHash: string;
}

/** `repeated`: the same request was answered before, about the key named. `otherBody`: the key was used for another. */
export type Issued =
  | { readonly kind: 'issued'; readonly id: string; readonly expiresAt: number }
  | { readonly kind: 'repeated'; readonly id: string }
  | { readonly kind: 'otherBody' };

interface NewSecret {
  /** SHA-256 of a secret with at least 128 bits of randomness. */
  readonly secretHash: string;
  readonly expiresAt: number;
  readonly request: KeyRequest | null;
}

/** Stores a key of a person. */
export async function createApiKey(
  database: Database,
  key: NewSecret & {
    readonly tenantId: string;
    readonly personId: string;
    readonly label: string;
    readonly scopes: readonly Scope[];
  },
  actor: string | null,
): Promise<Issued> {
  const { tenantId, personId, label, secretHash, expiresAt, request } = key;
  return database.as('admin', { tenant: tenantId }, async (trx) => {
    const before = await answeredBefore(trx, request);
    if (before) return before;
    const id = newId('key');
    const row = { id, tenantId, personId, label, secretHash, scopes: key.scopes };
    await trx.run(
      `insert into api_keys (id, tenant_id, person_id, secret_hash, label, scopes, expires_at, created_by)
         values (:id, :tenantId, :personId, :secretHash, :label, :scopes::text[], :expiresAt, :actor)`,
      { ...row, expiresAt: instant(expiresAt), actor },
    );
    await rememberRequest(trx, tenantId, id, request);
    await logChange(trx, { tenantId, what: `apiKey.created ${id}`, actor });
    return { kind: 'issued', id, expiresAt };
  });
}

/** Older secrets that may open at the same time as the newest; with more rotations than this the oldest end. */
const MOST_OLD_SECRETS = 2;

/**
 * Gives a key a new secret and a new end. The secret before stays valid for `graceMs`; without grace every older one
 * ends at once. Null for a key that is not there, or has ended.
 */
export async function rotateApiKey(
  database: Database,
  id: string,
  secret: NewSecret & { readonly graceMs: number },
  actor: string,
): Promise<Issued | null> {
  return database.as('admin', {}, async (trx) => {
    const key = await trx.row<{ tenantId: string }>(
      `select tenant_id as "tenantId" from api_keys
        where id = :id and revoked_at is null and (expires_at is null or expires_at > business_now()) for update`,
      { id },
    );
    if (!key) return null;
    const before = await answeredBefore(trx, secret.request);
    if (before) return before;
    await keepOldSecrets(trx, id, secret.graceMs);
    await trx.run(
      `update api_keys set secret_hash = :secretHash, expires_at = :expiresAt, rotated_at = business_now()
        where id = :id`,
      { id, secretHash: secret.secretHash, expiresAt: instant(secret.expiresAt) },
    );
    await rememberRequest(trx, key.tenantId, id, secret.request);
    await logChange(trx, { tenantId: key.tenantId, what: `apiKey.rotated ${id}`, actor });
    return { kind: 'issued', id, expiresAt: secret.expiresAt };
  });
}

async function keepOldSecrets(trx: Trx, id: string, graceMs: number): Promise<void> {
  if (graceMs === 0) {
    await trx.run('delete from old_secrets where key_id = :id', { id });
    return;
  }
  const now = await businessNow(trx);
  // Never longer than the key itself would have lived.
  await trx.run(
    `insert into old_secrets (secret_hash, tenant_id, key_id, ends_at)
       select secret_hash, tenant_id, id, least(:endsAt::timestamptz, expires_at) from api_keys where id = :id`,
    { id, endsAt: instant(now + graceMs) },
  );
  await trx.run(
    `delete from old_secrets where key_id = :id and (ends_at <= business_now() or secret_hash not in
       (select secret_hash from old_secrets where key_id = :id order by ends_at desc limit :most))`,
    { id, most: MOST_OLD_SECRETS },
  );
}

async function answeredBefore(trx: Trx, request: KeyRequest | null): Promise<Issued | null> {
  if (!request) return null;
  const { principal, value } = request;
  // Two at the same moment: the second one waits here until the first one is stored.
  await holdName(trx, `key_requests/${principal}/${value}`);
  const row = await trx.row<{ id: string; bodyHash: string }>(
    `select key_id as id, body_hash as "bodyHash" from key_requests
      where principal = :principal and key_value = :value`,
    { principal, value },
  );
  if (!row) return null;
  return row.bodyHash === request.bodyHash ? { kind: 'repeated', id: row.id } : { kind: 'otherBody' };
}

async function rememberRequest(
  trx: Trx,
  tenantId: string,
  id: string,
  request: KeyRequest | null,
): Promise<void> {
  if (!request) return;
  await trx.run(
    `insert into key_requests (tenant_id, principal, key_value, body_hash, key_id)
       values (:tenantId, :principal, :value, :bodyHash, :id)`,
    { ...request, tenantId, id },
  );
}

export interface FoundKey {
  readonly id: string;
  readonly scopes: readonly Scope[];
  readonly person: Person;
}

/** Who a secret belongs to; null when it is unknown, revoked, expired or replaced, or its person is not active. */
export async function findApiKey(database: Database, secretHash: string): Promise<FoundKey | null> {
  return database.as('admin', { reads: 'once' }, async (trx) =>
    trx.row<FoundKey>(
      `select k.id, k.scopes, json_build_object('id', p.id, 'tenantId', p.tenant_id, 'side', p.side, 'name', p.name,
           'zone', p.zone, 'language', p.language, 'grants', p.grants) as person
         from api_keys k join people p on p.tenant_id = k.tenant_id and p.id = k.person_id and p.active
        where (k.secret_hash = :secretHash
            or k.id = (select o.key_id from old_secrets o
                        where o.secret_hash = :secretHash and o.ends_at > business_now()))
          and k.revoked_at is null and (k.expires_at is null or k.expires_at > business_now())`,
      { secretHash },
    ),
  );
}

/** False when there is no such key, or it was revoked before. */
export async function revokeApiKey(database: Database, id: string, actor: string | null): Promise<boolean> {
  return database.as('admin', {}, async (trx) => {
    const key = await trx.row<{ tenantId: string }>(
      `update api_keys set revoked_at = business_now(), revoked_by = :actor where id = :id and revoked_at is null
       returning tenant_id as "tenantId"`,
      { id, actor },
    );
    if (!key) return false;
    await logChange(trx, { tenantId: key.tenantId, what: `apiKey.revoked ${id}`, actor });
    return true;
  });
}

/** A key as lists show it; `k` is the row of api_keys. */
const KEY = `k.id, k.tenant_id as "tenantId", k.person_id as "personId", k.label, k.scopes,
  ms(k.expires_at)::float8 as "expiresAt", ms(k.created_at)::float8 as "createdAt", k.created_by as "createdBy",
  ms(k.rotated_at)::float8 as "rotatedAt",
  (select ms(max(o.ends_at))::float8 from old_secrets o
    where o.key_id = k.id and o.ends_at > business_now()) as "graceUntil",
  (select ms(max(u.last_at))::float8 from last_uses u
    where u.kind = 'key' and u.credential_id = k.id) as "lastUsedAt"`;

/** Keys of people that are not revoked, newest first. */
export async function listApiKeys(
  database: Database,
  personIds: readonly string[],
): Promise<readonly ApiKey[]> {
  return database.as('admin', {}, async (trx) =>
    trx.rows<ApiKey>(
      `select ${KEY} from api_keys k where k.person_id = any(:personIds::text[]) and k.revoked_at is null
        order by k.created_at desc, k.id limit 1000`,
      { personIds },
    ),
  );
}

/** Whose key it is; null when there is none or it is revoked. */
export async function readKeyHolder(
  database: Database,
  id: string,
): Promise<{ readonly personId: string; readonly scopes: readonly Scope[] } | null> {
  return database.as('admin', {}, async (trx) =>
    trx.row(`select person_id as "personId", scopes from api_keys where id = :id and revoked_at is null`, {
      id,
    }),
  );
}
