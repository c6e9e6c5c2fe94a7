/** What waits, as the relay and the reconciler see it: ids, states and times of all tenants. */
import type { Database } from '../connection.js';
import type { Waiting, WaitingRows } from './types.js';

const PROCESS_COLUMNS = `p.tenant_id as "tenantId", p.id as "processId", p.slug, p.over`;

/** See `WorkStore.waitingRows`. A blocked process waits for its operator, so it is not rung for. */
export async function waitingRows(
  database: Database,
  which: WaitingRows,
  olderThanMs: number,
  limit: number,
): Promise<readonly Waiting[]> {
  return database.as('relay', {}, async (trx) =>
    trx.rows<Waiting>(
      `select ${PROCESS_COLUMNS}
         from inbox i join processes p on p.tenant_id = i.tenant_id and p.id = i.process_id
        where i.state = 'pending' and (not p.is_blocked or i.kind = 'system' and i.name = 'skipMark')
          and case :which when 'urgent' then i.urgent when 'over' then p.over else not p.over end
          and coalesce(i.touched_at, i.accepted_at) <= business_now() - make_interval(secs => :olderThanMs / 1000.0)
        group by p.tenant_id, p.id, p.slug, p.over
        order by min(i.accepted_at), p.id limit :limit`,
      { which, olderThanMs, limit },
    ),
  );
}

/** See `WorkStore.waitingEffects`. */
export async function waitingEffects(
  database: Database,
  olderThanMs: number,
  limit: number,
): Promise<readonly (Waiting & { readonly effectId: string })[]> {
  return database.as('relay', {}, async (trx) =>
    trx.rows<Waiting & { readonly effectId: string }>(
      `select ${PROCESS_COLUMNS}, e.id as "effectId"
         from effects e join processes p on p.tenant_id = e.tenant_id and p.id = e.process_id
        where (e.state = 'planned'
            and e.next_attempt_at <= business_now() - make_interval(secs => :olderThanMs / 1000.0))
           or (e.state = 'sent' and e.claimed_until <= business_now() - make_interval(secs => :olderThanMs / 1000.0))
        order by e.next_attempt_at, e.id limit :limit`,
      { olderThanMs, limit },
    ),
  );
}

export type NotOver = Waiting & {
  readonly nextDueAt: number | null;
  readonly seq: number;
  readonly blocked: boolean;
  readonly settled: boolean;
  /** Gives the rows after this one. */
  readonly cursor: string;
};

/**
 * Closed or given up before it began, nothing is to be decided, no clock runs, every effect is settled: the next step
 * finds that it is over.
 */
const SETTLED = `(p.closed or p.seq = 0)
    and not exists (select from inbox i
      where i.tenant_id = p.tenant_id and i.process_id = p.id and i.state = 'pending')
    and not exists (select from clocks c
      where c.tenant_id = p.tenant_id and c.process_id = p.id and c.ended_at is null)
    and not exists (select from effects e
      where e.tenant_id = p.tenant_id and e.process_id = p.id and e.state in ('planned', 'sent', 'unknown'))`;

/** See `WorkStore.notOver`: next due first, those without a due instant last. */
export async function notOver(
  database: Database,
  after: string | null,
  limit: number,
): Promise<readonly NotOver[]> {
  const [afterMs, afterId] =
    after === null ? ['-1', ''] : [after.split('|')[0] ?? '', after.split('|')[1] ?? ''];
  const rows = await database.as('relay', {}, async (trx) =>
    trx.rows<Omit<NotOver, 'cursor'>>(
      `select ${PROCESS_COLUMNS}, ms(p.next_due_at)::float8 as "nextDueAt", p.seq, p.is_blocked as blocked,
          ${SETTLED} as settled
         from processes p
        where not p.over and (coalesce(p.next_due_at, 'infinity'), p.id) >
          (case when :afterMs = '' then 'infinity' else to_timestamp(:afterMs::float8 / 1000) end, :afterId)
        order by coalesce(p.next_due_at, 'infinity'), p.id limit :limit`,
      { afterMs, afterId, limit },
    ),
  );
  return rows.map((row) => ({ ...row, cursor: `${row.nextDueAt ?? ''}|${row.processId}` }));
}
