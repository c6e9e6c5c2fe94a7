/** Hand-overs as their readers see them: who hands over what to whom, and the list that was kept at the beginning. */
import type { PortfolioEntry } from '../../domain/handover/words.js';
import type { Database } from '../connection.js';
import { namesOf } from './process.js';

export interface HandoverListed {
  readonly id: string;
  readonly status: string;
  readonly kind: 'leaves' | 'absence';
  readonly from: string;
  readonly to: string | null;
  readonly ownerId: string;
  /** Epoch milliseconds. */
  readonly effectiveAt: number;
  readonly endsAt: number | null;
  readonly groups: number;
  readonly waiting: number;
}

const MOST = 200;

/** Those that the principal may see, the last to begin first; only what is not closed unless `closed` asks for all. */
export async function listHandovers(
  database: Database,
  principal: string,
  closed: boolean,
): Promise<{
  readonly rows: readonly HandoverListed[];
  readonly names: Readonly<Record<string, string>>;
}> {
  return database.as('api', { principal, reads: true }, async (trx) => {
    const rows = await trx.rows<HandoverListed>(
      `select id, status, data ->> 'kind' as kind, data ->> 'from' as "from", data ->> 'to' as "to",
         owner_id as "ownerId", (data -> 'effectiveAt')::float8 as "effectiveAt",
         (data ->> 'endsAt')::float8 as "endsAt", jsonb_array_length(data -> 'groups') as groups,
         jsonb_array_length(jsonb_path_query_array(data, '$.groups[*] ? (@.state == "waiting")')) as waiting
         from processes
        where tenant_id = 'provider' and slug = 'handover' and seq > 0 and (:closed or not closed)
        order by data -> 'effectiveAt' desc, id limit ${String(MOST)}`,
      { closed },
    );
    const people = rows.flatMap((row) => [row.from, row.to, row.ownerId]);
    return { rows, names: await namesOf(trx, people) };
  });
}

/** What was handed over as it stood at the beginning; null before it. */
export async function readKeptList(
  database: Database,
  principal: string,
  processId: string,
): Promise<{ readonly at: number; readonly entries: readonly PortfolioEntry[] } | null> {
  return database.as('api', { principal, reads: true }, async (trx) =>
    trx.row(
      `select ms(e.at)::float8 as at, coalesce(d.look -> 'portfolio', '[]') as entries
         from events e left join event_details d on d.tenant_id = e.tenant_id and d.event_id = e.id
        where e.tenant_id = 'provider' and e.process_id = :processId and e.event = 'handover.began'`,
      { processId },
    ),
  );
}

/** The tenants that the principal has access to. */
export async function readTenantsOf(database: Database, principal: string): Promise<ReadonlySet<string>> {
  return database.as('api', { principal, reads: true }, async (trx) => {
    const rows = await trx.rows<{ id: string }>('select distinct tenant_id as id from access');
    return new Set(rows.map(({ id }) => id));
  });
}
