/** API keys: only the hash of a secret is stored. */
import type { Database } from '../connection.js';
import { instant } from '../instants.js';
import { newId } from '../store/ids.js';
import { logChange } from './log.js';

export interface ApiKey {
  readonly id: string;
  readonly tenantId: string;
  readonly personId: string;
  readonly label: string;
  /** Epoch milliseconds. */
  readonly expiresAt: number | null;
  readonly createdAt: number;
}

/** Stores a key of a person; `secretHash` is the SHA-256 of a secret with at least 128 bits of randomness. */
export async function createApiKey(
  database: Database,
  key: {
    readonly tenantId: string;
    readonly personId: string;
    readonly label: string;
    readonly secretHash: string;
    readonly expiresAt: number | null;
  },
  actor: string | null,
): Promise<string> {
  const id = newId('key');
  await database.as('admin', { tenant: key.tenantId }, async (trx) => {
    await trx.run(
      `insert into api_keys (id, tenant_id, person_id, secret_hash, label, expires_at)
         values (:id, :tenantId, :personId, :secretHash, :label, :expiresAt)`,
      { ...key, id, expiresAt: instant(key.expiresAt) },
    );
    await logChange(trx, { tenantId: key.tenantId, what: `apiKey.created ${id}`, actor });
  });
  return id;
}

/** Who a secret belongs to; null when it is unknown, revoked, expired, or its person is not active. */
export async function findApiKey(
  database: Database,
  secretHash: string,
): Promise<{ readonly id: string; readonly tenantId: string; readonly personId: string } | null> {
  return database.as('admin', {}, async (trx) =>
    trx.row(
      `select k.id, k.tenant_id as "tenantId", k.person_id as "personId"
         from api_keys k join people p on p.tenant_id = k.tenant_id and p.id = k.person_id and p.active
        where k.secret_hash = :secretHash and k.revoked_at is null
          and (k.expires_at is null or k.expires_at > business_now())`,
      { secretHash },
    ),
  );
}

/** False when there is no such key, or it was revoked before. */
export async function revokeApiKey(database: Database, id: string, actor: string | null): Promise<boolean> {
  return database.as('admin', {}, async (trx) => {
    const key = await trx.row<{ tenantId: string }>(
      `update api_keys set revoked_at = business_now() where id = :id and revoked_at is null
       returning tenant_id as "tenantId"`,
      { id },
    );
    if (!key) return false;
    await logChange(trx, { tenantId: key.tenantId, what: `apiKey.revoked ${id}`, actor });
    return true;
  });
}

/** Keys of a person that are not revoked, newest first. */
export async function listApiKeys(database: Database, personId: string): Promise<readonly ApiKey[]> {
  return database.as('admin', {}, async (trx) =>
    trx.rows<ApiKey>(
      `select id, tenant_id as "tenantId", person_id as "personId", label, ms(expires_at)::float8 as "expiresAt",
         ms(created_at)::float8 as "createdAt"
         from api_keys where person_id = :personId and revoked_at is null order by created_at desc, id limit 100`,
      { personId },
    ),
  );
}
