/** What people have to do: their tasks, the customers of the day, and what broke. */
import type { Database } from '../connection.js';

export interface TaskLine {
  readonly taskId: string;
  readonly tenantId: string;
  readonly tenantName: string;
  readonly processId: string;
  readonly slug: string;
  readonly headline: string;
  readonly kind: 'command' | 'attention';
  readonly command: string;
  readonly label: string;
  readonly subject: string;
  readonly clock: string;
  readonly clockKey: string;
  /** Epoch milliseconds. */
  readonly dueAt: number | null;
  readonly missed: boolean;
  readonly people: readonly string[];
}

const TASK = `
  select k.id as "taskId", k.tenant_id as "tenantId", t.name as "tenantName", k.process_id as "processId", k.slug,
    p.headline, k.kind, k.command, k.label, k.subject, k.clock, k.clock_key as "clockKey",
    ms(k.due_at)::float8 as "dueAt", k.missed, k.people
    from tasks k join processes p on p.tenant_id = k.tenant_id and p.id = k.process_id
    join tenants t on t.id = k.tenant_id`;

/** Tasks of one person, missed ones first, then by due instant. */
export async function readTasks(
  database: Database,
  principal: string,
  personId: string,
  limit: number,
): Promise<readonly TaskLine[]> {
  return database.as('api', { principal }, async (trx) =>
    trx.rows<TaskLine>(
      `${TASK} where k.people @> array[:personId::text]
        order by k.missed desc, k.due_at nulls last, k.id limit :limit`,
      { personId, limit },
    ),
  );
}

/** Tasks of one process. */
export async function readProcessTasks(
  database: Database,
  principal: string,
  processId: string,
): Promise<readonly TaskLine[]> {
  return database.as('api', { principal }, async (trx) =>
    trx.rows<TaskLine>(
      `${TASK} where k.process_id = :processId order by k.missed desc, k.due_at nulls last, k.id limit 500`,
      { processId },
    ),
  );
}

/** What no rule covers and a person must look at: parked triggers, unknown outcomes. */
export async function readAttention(
  database: Database,
  principal: string,
  limit: number,
): Promise<readonly (TaskLine & { readonly problem: string | null })[]> {
  return database.as('api', { principal }, async (trx) =>
    trx.rows(
      `${TASK.replace('k.people', `k.people, coalesce(p.blocked ->> 'problem', e.problem) as problem`)}
         left join effects e on e.tenant_id = k.tenant_id and e.id = k.subject
        where k.kind = 'attention' order by k.due_at, k.id limit :limit`,
      { limit },
    ),
  );
}

export interface TodayLine {
  readonly tenantId: string;
  readonly tenantName: string;
  readonly contractId: string | null;
  readonly processId: string;
  readonly slug: string;
  readonly headline: string;
  readonly status: string;
  readonly statusSince: number;
  readonly daysInStatus: number;
  readonly ownerId: string;
  readonly ownerName: string | null;
  /** The promise that is due next, or was missed first; null where none runs. */
  readonly clock: string | null;
  readonly dueAt: number | null;
  readonly overdue: boolean;
  readonly blocked: boolean;
}

/**
 * Every open process of the customers that the principal serves, overdue ones first, then by what is due next.
 * `slug` narrows it to one kind of process. Whom a status waits for is a word of its definition.
 */
export async function readToday(
  database: Database,
  principal: string,
  filter: { readonly slug?: string | undefined; readonly limit: number },
): Promise<readonly TodayLine[]> {
  return database.as('api', { principal }, async (trx) =>
    trx.rows<TodayLine>(
      `select p.tenant_id as "tenantId", t.name as "tenantName", p.contract_id as "contractId", p.id as "processId",
         p.slug, p.headline, p.status, ms(p.status_since)::float8 as "statusSince",
         floor(extract(epoch from business_now() - p.status_since) / 86400)::integer as "daysInStatus",
         p.owner_id as "ownerId", o.name as "ownerName", c.name as clock, ms(c.promise_due_at)::float8 as "dueAt",
         coalesce(c.overdue, false) as overdue, p.is_blocked as blocked
         from processes p join tenants t on t.id = p.tenant_id left join people o on o.id = p.owner_id
         left join lateral (
           select k.name, coalesce(k.missed_at, k.promise_due_at) as promise_due_at,
             k.missed_at is not null or k.promise_due_at <= business_now() as overdue
             from clocks k
            where k.tenant_id = p.tenant_id and k.process_id = p.id and k.ended_at is null and k.promise
            order by overdue desc nulls last, k.promise_due_at nulls last, k.name limit 1) c on true
        where not p.closed and p.seq > 0 and (:slug::text is null or p.slug = :slug)
        order by coalesce(c.overdue, false) desc, c.promise_due_at nulls last, p.id limit :limit`,
      { slug: filter.slug, limit: filter.limit },
    ),
  );
}
