/** The screen of one process: how it stands, its running clocks, its tasks, the stages that it went through. */
import type { ClockState } from '../../domain/kernel/state.js';
import type { Data } from '../../domain/kernel/words.js';
import type { Database, Trx } from '../connection.js';

/** Where a process belongs; enough to act on it. */
export interface ProcessHead {
  readonly tenantId: string;
  readonly id: string;
  readonly slug: string;
  readonly status: string;
  readonly seq: number;
  readonly over: boolean;
  readonly contractId: string | null;
}

/** A process that the principal may see; null for a foreign or a missing one. */
export async function readProcessHead(
  database: Database,
  principal: string,
  id: string,
): Promise<ProcessHead | null> {
  return database.as('api', { principal }, async (trx) =>
    trx.row<ProcessHead>(
      `select tenant_id as "tenantId", id, slug, status, seq, over, contract_id as "contractId"
         from processes where id = :id`,
      { id },
    ),
  );
}

/** Instants are epoch milliseconds. */
export interface ClockRead extends ClockState {
  readonly calendarTenantId: string | null;
  readonly dueAt: number | null;
  readonly dueStep: string | null;
  readonly promiseDueAt: number | null;
}

export interface TaskRead {
  readonly id: string;
  readonly processId: string;
  readonly slug: string;
  readonly headline: string;
  readonly kind: 'command' | 'attention';
  readonly label: string;
  readonly command: string;
  readonly subject: string;
  readonly clock: string;
  readonly dueAt: number | null;
  readonly missed: boolean;
  readonly people: readonly string[];
}

interface StageRead {
  readonly seq: number;
  readonly at: number;
  readonly via: string | null;
  readonly to: string;
}

export interface ProcessRead extends ProcessHead {
  readonly title: string;
  readonly headline: string;
  readonly ownerId: string;
  readonly openedAt: number;
  readonly statusSince: number | null;
  readonly now: number;
  readonly closed: boolean;
  readonly blocked: boolean;
  readonly data: Data | null;
  readonly policyId: string;
  readonly policyVersion: number;
  readonly clocks: readonly ClockRead[];
  readonly tasks: readonly TaskRead[];
  readonly stages: readonly StageRead[];
  /** Names of the people that the rest names by id. */
  readonly names: Readonly<Record<string, string>>;
}

export const CLOCK_JSON = `json_build_object('name', c.name, 'key', c.key, 'run', c.run, 'promise', c.promise,
  'calendarTenantId', c.calendar_tenant_id, 'calendarId', c.calendar_id, 'calendarVersion', c.calendar_version,
  'startedAt', ms(c.started_at), 'marks', c.marks, 'pauses', c.pauses, 'outcome', c.outcome,
  'missedAt', ms(c.missed_at), 'endedAt', ms(c.ended_at), 'policyPath', c.policy_path,
  'dueAt', ms(c.due_at), 'dueStep', c.due_step, 'promiseDueAt', ms(c.promise_due_at))`;

export const TASK_JSON = `json_build_object('id', t.id, 'processId', t.process_id, 'slug', t.slug, 'kind', t.kind,
  'label', t.label, 'command', t.command, 'subject', t.subject, 'clock', t.clock, 'dueAt', ms(t.due_at),
  'missed', t.missed, 'people', t.people, 'headline', p.headline)`;

const PROCESS = `
  select p.tenant_id as "tenantId", p.id, p.slug, p.status, p.seq, p.over, p.contract_id as "contractId", p.headline,
    p.owner_id as "ownerId", ms(p.created_at)::float8 as "openedAt", ms(p.status_since)::float8 as "statusSince",
    ms(business_now())::float8 as now, p.closed, p.is_blocked as blocked, p.data, p.policy_id as "policyId",
    p.policy_version as "policyVersion",
    (select coalesce(json_agg(${CLOCK_JSON} order by c.position), '[]') from clocks c
      where c.tenant_id = p.tenant_id and c.process_id = p.id and c.ended_at is null) as clocks,
    (select coalesce(json_agg(${TASK_JSON} order by t.due_at nulls last, t.id), '[]') from tasks t
      where t.tenant_id = p.tenant_id and t.process_id = p.id) as tasks,
    (select coalesce(json_agg(json_build_object('seq', e.seq, 'at', ms(e.at), 'via', e.via_status,
        'to', e.to_status) order by e.seq), '[]') from events e
      where e.tenant_id = p.tenant_id and e.process_id = p.id and e.to_status is not null
        and e.to_status is distinct from e.from_status) as stages
    from processes p where p.id = :id`;

export async function readProcess(
  database: Database,
  principal: string,
  id: string,
): Promise<ProcessRead | null> {
  return database.as('api', { principal }, async (trx) => {
    const row = await trx.row<Omit<ProcessRead, 'names'>>(PROCESS, { id });
    if (!row) return null;
    const people = row.tasks.flatMap((task) => task.people);
    return { ...row, names: await namesOf(trx, [row.ownerId, ...people]) };
  });
}

/** Names of people that the reader may see; the others keep their ids. */
export async function namesOf(
  trx: Trx,
  ids: readonly (string | null)[],
): Promise<Readonly<Record<string, string>>> {
  const wanted = [...new Set(ids)].filter((id): id is string => id !== null);
  if (wanted.length === 0) return {};
  const rows = await trx.rows<{ id: string; name: string }>(
    'select id, name from people where id = any(:ids::text[])',
    { ids: wanted },
  );
  return Object.fromEntries(rows.map((row) => [row.id, row.name]));
}
