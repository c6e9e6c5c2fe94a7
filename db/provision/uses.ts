/** When people and keys last came in. */
import type { Database } from '../connection.js';

/** What somebody came in with: an API key, a token of the issuer, or in development his name. */
export interface Use {
  readonly tenantId: string;
  readonly personId: string;
  readonly kind: 'key' | 'token' | 'name';
  /** Id of the key; empty for the other kinds. */
  readonly credentialId: string;
}

/** Writes it down; a row that is younger than a minute stays as it is, whichever process wrote it. */
export async function recordUse(database: Database, use: Use): Promise<void> {
  await database.as('admin', { tenant: use.tenantId }, async (trx) =>
    trx.run(
      `insert into last_uses as u (tenant_id, person_id, kind, credential_id, last_at)
         values (:tenantId, :personId, :kind, :credentialId, business_now())
       on conflict (tenant_id, person_id, kind, credential_id) do update set last_at = excluded.last_at
         where u.last_at < excluded.last_at - interval '1 minute'`,
      { ...use },
    ),
  );
}
