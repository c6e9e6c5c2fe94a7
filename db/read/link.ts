/** One-time links: found by the hash of their token, used once. */
import type { Database } from '../connection.js';

export interface LinkRead {
  readonly tenantId: string;
  readonly processId: string;
  readonly slug: string;
  readonly headline: string;
  readonly command: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly personId: string;
  readonly personName: string | null;
  readonly language: string | null;
  readonly expired: boolean;
  readonly used: boolean;
}

/** Who holds the token is not known yet, hence the role `admin`; null for a token that was never given out. */
export async function findLink(database: Database, tokenHash: string): Promise<LinkRead | null> {
  return database.as('admin', {}, async (trx) =>
    trx.row<LinkRead>(
      `select l.tenant_id as "tenantId", l.process_id as "processId", p.slug, p.headline, l.command, l.payload,
         l.person_id as "personId", q.name as "personName", q.language, l.expires_at <= business_now() as expired,
         l.used_at is not null as used
         from one_time_links l
         join processes p on p.tenant_id = l.tenant_id and p.id = l.process_id
         left join people q on q.id = l.person_id and q.tenant_id in (l.tenant_id, 'provider')
        where l.token_hash = :tokenHash`,
      { tokenHash },
    ),
  );
}

export async function useLink(database: Database, tenantId: string, tokenHash: string): Promise<void> {
  await database.as('step', { tenant: tenantId }, async (trx) =>
    trx.run(
      `update one_time_links set used_at = business_now()
        where tenant_id = :tenantId and token_hash = :tokenHash and used_at is null`,
      { tenantId, tokenHash },
    ),
  );
}
