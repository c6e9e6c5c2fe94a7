/** The list of processes, newest first. */
import type { Database } from '../connection.js';
import { namesOf } from './process.js';

export interface ProcessFilter {
  readonly slug: string | null;
  readonly status: string | null;
  readonly contractId: string | null;
  readonly ownerId: string | null;
  /** True: only those that are not closed; false: only closed ones. */
  readonly open: boolean | null;
}

export interface ProcessListed {
  readonly id: string;
  readonly slug: string;
  readonly status: string;
  readonly headline: string;
  readonly contractId: string | null;
  readonly ownerId: string;
  readonly seq: number;
  readonly openedAt: number;
  readonly statusSince: number | null;
  readonly nextDueAt: number | null;
  readonly closed: boolean;
  readonly blocked: boolean;
  readonly now: number;
}

interface Page<T> {
  readonly rows: readonly T[];
  readonly names: Readonly<Record<string, string>>;
}

/** `after`: creation (epoch ms) and id of the last row of the page before. */
export async function listProcesses(
  database: Database,
  principal: string,
  filter: ProcessFilter,
  page: { readonly after: { readonly ms: number; readonly id: string } | null; readonly limit: number },
): Promise<Page<ProcessListed>> {
  return database.as('api', { principal }, async (trx) => {
    const rows = await trx.rows<ProcessListed>(
      `select id, slug, status, headline, contract_id as "contractId", owner_id as "ownerId", seq,
         ms(created_at)::float8 as "openedAt", ms(status_since)::float8 as "statusSince",
         ms(next_due_at)::float8 as "nextDueAt", closed, is_blocked as blocked, ms(business_now())::float8 as now
         from processes
        where seq > 0 and (:slug::text is null or slug = :slug) and (:status::text is null or status = :status)
          and (:contractId::text is null or contract_id = :contractId)
          and (:ownerId::text is null or owner_id = :ownerId)
          and (:open::boolean is null or closed = not :open::boolean)
          and (:afterMs::float8 is null or (ms(created_at), id) < (:afterMs::float8, :afterId::text))
        order by ms(created_at) desc, id desc limit :limit`,
      { ...filter, afterMs: page.after?.ms ?? null, afterId: page.after?.id ?? null, limit: page.limit },
    );
    return {
      rows,
      names: await namesOf(
        trx,
        rows.map((row) => row.ownerId),
      ),
    };
  });
}
