/** The list of processes, newest first. */
import type { Database } from '../connection.js';
import { instant } from '../instants.js';

export interface ProcessFilter {
  readonly slug: string | null;
  readonly status: string | null;
  readonly contractId: string | null;
  readonly ownerId: string | null;
  /** True: only those that are not closed; false: only closed ones. */
  readonly open: boolean | null;
  /** Begins with this. */
  readonly headline: string | null;
}

export interface ProcessListed {
  readonly id: string;
  readonly slug: string;
  readonly status: string;
  readonly headline: string;
  readonly contractId: string | null;
  readonly ownerId: string;
  /** Null where the reader may not see him. */
  readonly ownerName: string | null;
  readonly seq: number;
  readonly openedAt: number;
  readonly statusSince: number | null;
  readonly nextDueAt: number | null;
  readonly closed: boolean;
  readonly blocked: boolean;
  readonly now: number;
}

/** By filter, so that each question that is asked often has a plan of its own. */
const CONDITIONS = {
  slug: 'slug = :slug',
  status: 'status = :status',
  contractId: 'contract_id = :contractId',
  ownerId: 'owner_id = :ownerId',
  open: 'closed = not :open::boolean',
  headline: 'starts_with(headline, :headline)',
} as const satisfies Record<keyof ProcessFilter, string>;

/**
 * No page is larger. Postgres takes a limit that it is not told beforehand for a tenth of the table, and would rather plan
 * the statement anew each time than keep a plan for that.
 */
const MOST = 200;

const SHOWN = `id, slug, status, headline, contract_id, owner_id, seq, created_at, status_since, next_due_at, closed,
  is_blocked`;

/**
 * The page first, then what is shown of each row. There are two ways to a page of n rows. Down the newest of all, past
 * those that the reader may not see: n × all End Users / his End Users. Or down the newest of each of his End Users:
 * n × his End Users, each three times as dear, since it is sorted afterwards. Only the cheaper one gives any rows, in order.
 */
function listOf(conditions: readonly string[]): string {
  const newest = (wanted: readonly string[]): string =>
    `(select ${SHOWN} from processes where ${['seq > 0', ...wanted].join(' and ')}
       order by created_at desc, id desc limit ${String(MOST)})`;
  return `
    with mine as materialized (select distinct tenant_id from access where principal = :principal),
    way as materialized (
      select 3 * count(*) ^ 2 < (select reltuples from pg_class where oid = 'tenants'::regclass) as each from mine)
    select p.id, p.slug, p.status, p.headline, p.contract_id as "contractId", p.owner_id as "ownerId",
      o.name as "ownerName", p.seq, ms(p.created_at)::float8 as "openedAt", ms(p.status_since)::float8 as "statusSince",
      ms(p.next_due_at)::float8 as "nextDueAt", p.closed, p.is_blocked as blocked,
      (select ms(business_now())::float8) as now
      from (select * from (
              select * from ${newest(conditions)} of_all where not (select each from way)
              union all
              select * from (
                select of_one.* from mine
                  cross join lateral (
                    select * from ${newest(['tenant_id = mine.tenant_id', ...conditions])} most limit :limit) of_one
                 order by created_at desc, id desc limit ${String(MOST)}) of_each
               where (select each from way)) page
             limit :limit) p
      left join people o on o.id = p.owner_id
     order by p.created_at desc, p.id desc`;
}

/** `after`: creation (epoch ms) and id of the last row of the page before. `limit`: at most 200. */
export async function listProcesses(
  database: Database,
  principal: string,
  filter: ProcessFilter,
  page: { readonly after: { readonly ms: number; readonly id: string } | null; readonly limit: number },
): Promise<readonly ProcessListed[]> {
  const conditions: string[] = Object.entries(CONDITIONS)
    .filter(([name]) => filter[name as keyof ProcessFilter] !== null)
    .map(([, condition]) => condition);
  if (page.after) conditions.push('(created_at, id) < (:after::timestamptz, :afterId)');
  return database.as('api', { principal, reads: 'once', plans: 'kept' }, async (trx) =>
    trx.rows<ProcessListed>(listOf(conditions), {
      ...filter,
      principal,
      after: instant(page.after?.ms),
      afterId: page.after?.id,
      limit: page.limit,
    }),
  );
}
