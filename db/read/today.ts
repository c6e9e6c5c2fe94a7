/** The screens of the day: open processes with what is due next, and tasks. */
import type { Database } from '../connection.js';
import { namesOf, TASK_JSON, type TaskRead } from './process.js';

export interface TodayRow {
  readonly id: string;
  readonly slug: string;
  readonly status: string;
  readonly statusSince: number;
  readonly headline: string;
  readonly contractId: string | null;
  readonly contractNumber: string | null;
  readonly endUser: string;
  readonly ownerId: string;
  readonly ownerName: string | null;
  readonly blocked: boolean;
  readonly clock: string | null;
  readonly dueAt: number | null;
  readonly overdue: boolean;
  readonly now: number;
}

const MOST = 500;

/** The clock that matters most: a broken promise, then what is due next. */
const today = (whose: string): string => `
  select p.id, p.slug, p.status, ms(coalesce(p.status_since, p.created_at))::float8 as "statusSince", p.headline,
    p.contract_id as "contractId", k.number as "contractNumber", t.name as "endUser", p.owner_id as "ownerId",
    o.name as "ownerName", p.is_blocked as blocked, c.name as clock, ms(c.due)::float8 as "dueAt",
    coalesce(c.overdue, false) as overdue, ms(b.now)::float8 as now
    from processes p
    cross join (select business_now() as now offset 0) b
    join tenants t on t.id = p.tenant_id
    left join contracts k on k.tenant_id = p.tenant_id and k.id = p.contract_id
    left join people o on o.id = p.owner_id
    left join lateral (
      select c.name, coalesce(c.promise_due_at, c.due_at) as due,
        c.promise and (c.missed_at is not null or c.promise_due_at <= b.now) as overdue
        from clocks c
       where c.tenant_id = p.tenant_id and c.process_id = p.id and c.ended_at is null and c.outcome = 'running'
         and coalesce(c.promise_due_at, c.due_at) is not null
       order by overdue desc, c.promise desc, due, c.name limit 1) c on true
   where p.seq > 0 and not p.closed${whose}
   order by overdue desc, c.due nulls last, p.id limit ${String(MOST)}`;
const OWN = today(' and p.owner_id = :ownerId');
const EVERYBODYS = today('');

/** Open processes, overdue ones first; of one owner, or of everybody that the principal may see. */
export async function readToday(
  database: Database,
  principal: string,
  ownerId: string | null,
): Promise<{ readonly rows: readonly TodayRow[]; readonly now: number }> {
  return database.as('api', { principal, plans: 'kept' }, async (trx) => {
    const rows = await trx.rows<TodayRow>(ownerId === null ? EVERYBODYS : OWN, { ownerId });
    return { rows, now: rows[0]?.now ?? (await nowOf(trx)) };
  });
}

/** Tasks, overdue ones first; of one person, or of everybody. */
export async function readTasks(
  database: Database,
  principal: string,
  personId: string | null,
): Promise<{
  readonly rows: readonly TaskRead[];
  readonly names: Readonly<Record<string, string>>;
  readonly now: number;
}> {
  return database.as('api', { principal }, async (trx) => {
    const found = await trx.rows<{ task: TaskRead }>(
      `select ${TASK_JSON} as task from tasks t join processes p on p.tenant_id = t.tenant_id and p.id = t.process_id
        where :personId::text is null or t.people @> array[:personId::text]
        order by (t.missed or t.due_at <= business_now()) desc nulls last, t.due_at nulls last, t.id
        limit ${String(MOST)}`,
      { personId },
    );
    const rows = found.map(({ task }) => task);
    const names = await namesOf(
      trx,
      rows.flatMap((row) => row.people),
    );
    return { rows, names, now: await nowOf(trx) };
  });
}

async function nowOf(trx: Parameters<typeof namesOf>[0]): Promise<number> {
  const row = await trx.row<{ now: number }>('select ms(business_now())::float8 as now');
  if (!row) throw new Error('Postgres did not tell the time.');
  return row.now;
}
