/** What a process that another one starts takes over from it. */
import type { Database } from '../connection.js';

interface StartRow {
  readonly policyId: string;
  readonly policyVersion: number;
  readonly ownerId: string;
}

/** The policy version that the contract has in force now; the parent's own where there is no contract yet. */
const FACTS = `
  select coalesce(c.policy_id, p.policy_id) as "policyId",
         coalesce(c.policy_version, p.policy_version) as "policyVersion",
         p.owner_id as "ownerId"
    from processes p
    left join contracts c on c.tenant_id = p.tenant_id and c.id = p.contract_id and c.policy_id is not null
   where p.tenant_id = :tenantId and p.id = :parentId`;

export function startFacts(database: Database) {
  return {
    async read(tenantId: string, parentId: string): Promise<StartRow | null> {
      return database.as('step', { tenant: tenantId }, async (trx) =>
        trx.row<StartRow>(FACTS, { tenantId, parentId }),
      );
    },
  };
}

/**
 * The policy of a process of the Provider's own: of the set that most contracts are served under, the newest approved
 * version that has figures for this kind. Null when there is none.
 */
export async function readProviderPolicy(
  database: Database,
  slug: string,
): Promise<{ readonly id: string; readonly version: number } | null> {
  return database.as('admin', { reads: true }, async (trx) =>
    trx.row(
      `select p.id, max(p.version) as version from policies p
        where p.tenant_id = 'provider' and p.state = 'approved' and jsonb_exists(p.body, :slug)
        group by p.id order by (select count(*) from contracts c where c.policy_id = p.id) desc, p.id limit 1`,
      { slug },
    ),
  );
}
