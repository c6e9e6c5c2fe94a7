/** What no rule makes a task of and a person must look at: triggers that cannot be decided, unknown outcomes. */
import type { Database } from '../connection.js';

export interface AttentionLine {
  readonly id: string;
  readonly tenantId: string;
  readonly tenantName: string;
  readonly processId: string;
  readonly slug: string;
  readonly headline: string;
  readonly label: string;
  /** The effect, the inbox row or the mark that it is about. */
  readonly subject: string;
  readonly problem: string | null;
  /** Since when, epoch milliseconds. */
  readonly since: number;
  readonly people: readonly string[];
}

/** Oldest first, of all tenants that the principal sees; nothing for the End User's side. */
export async function readAttention(
  database: Database,
  principal: string,
  limit: number,
): Promise<readonly AttentionLine[]> {
  return database.as('api', { principal }, async (trx) =>
    trx.rows<AttentionLine>(
      `select k.id, k.tenant_id as "tenantId", t.name as "tenantName", k.process_id as "processId", k.slug, p.headline,
         k.label, k.subject, coalesce(e.problem, p.blocked ->> 'problem') as problem, ms(k.due_at)::float8 as since,
         k.people
         from tasks k join processes p on p.tenant_id = k.tenant_id and p.id = k.process_id
         join tenants t on t.id = k.tenant_id
         left join effects e on e.tenant_id = k.tenant_id and e.id = k.subject
        where k.kind = 'attention' order by k.due_at, k.id limit :limit`,
      { limit },
    ),
  );
}
