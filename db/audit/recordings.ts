/** Everything that was recorded about a contract, for the auditor's questions (domain/audit/questions). */
import type {
  RecordedAccess,
  RecordedClock,
  RecordedEvent,
  RecordedMail,
  Recordings,
} from '../../domain/audit/questions/recordings.js';
import type { Directory } from '../../domain/kernel/directory.js';
import type { EventRecord } from '../../domain/kernel/event.js';
import type { Data } from '../../domain/kernel/words.js';
import type { CalendarVersion } from '../../domain/time/calendar.js';
import { businessNow } from '../business-clock.js';
import type { Database, Trx } from '../connection.js';
import { namesOf } from '../read/process.js';

/** A contract has some hundreds in a year; more than this is more than one answer is worked out from. */
const MOST_EVENTS = 20_000;
const MOST_ACCESSES = 20_000;

export interface AskedContract {
  readonly tenantId: string;
  /** The process that drives the contract. */
  readonly processId: string;
  readonly contractId: string;
  /** When it was imported, and the present; epoch milliseconds of business time. */
  readonly since: number;
  readonly now: number;
}

/** A contract that the principal may see; null for every other one. */
export async function readAskedContract(
  database: Database,
  principal: string,
  contractId: string,
): Promise<AskedContract | null> {
  return database.as('api', { principal, reads: true }, async (trx) =>
    trx.row<AskedContract>(
      `select c.tenant_id as "tenantId", c.process_id as "processId", c.id as "contractId",
         (select ms(e.at)::float8 from events e
           where e.tenant_id = c.tenant_id and e.process_id = c.process_id and e.seq = 1) as since,
         ms(business_now())::float8 as now
         from contracts c where c.id = :contractId order by c.tenant_id limit 1`,
      { contractId },
    ),
  );
}

/**
 * Of every process of the contract, and of one of another contract that serves this one too. What was moved after `at`
 * (epoch milliseconds; null: the present) comes with it, so that a deadline can be told as it stood.
 * @returns `tooMany` when there are more events than one answer is worked out from.
 */
export async function readRecordings(
  database: Database,
  principal: string,
  { tenantId, contractId }: AskedContract,
  at: number | null,
): Promise<Recordings | 'tooMany'> {
  const read = await database.as('api', { principal, reads: true }, async (trx) => {
    const ids = await processIdsOf(trx, tenantId, contractId);
    const now = await businessNow(trx);
    const scope = { tenantId, ids, at: new Date(at ?? now) };
    const [events, data, clocks, mails, accesses] = await Promise.all([
      eventsOf(trx, scope),
      dataOf(trx, scope),
      clocksOf(trx, scope),
      mailsOf(trx, scope),
      accessesOf(trx, scope),
    ]);
    if (events.length > MOST_EVENTS || accesses.length > MOST_ACCESSES) return 'tooMany';
    const calendars = await calendarsOf(trx, tenantId, events);
    return { scope, recordings: { contractId, now, events, data, clocks, mails, accesses, calendars } };
  });
  if (read === 'tooMany') return read;
  // No screen reads what decisions knew of people, so that the role of the screens may not.
  const directory = await database.as('admin', { reads: true }, async (trx) => directoryOf(trx, read.scope));
  return { ...read.recordings, directory };
}

/** Names of people that the principal may see. */
export async function readNames(
  database: Database,
  principal: string,
  ids: readonly string[],
): Promise<Readonly<Record<string, string>>> {
  return database.as('api', { principal, reads: true }, async (trx) => namesOf(trx, ids));
}

interface AskedScope {
  readonly tenantId: string;
  readonly ids: readonly string[];
  readonly at: Date;
}

async function processIdsOf(trx: Trx, tenantId: string, contractId: string): Promise<readonly string[]> {
  const rows = await trx.rows<{ id: string }>(
    `select p.id from processes p
      where p.tenant_id = :tenantId and (p.contract_id = :contractId or p.id in (
        select s.data ->> 'servedBy' from processes s where s.tenant_id = :tenantId and s.contract_id = :contractId))`,
    { tenantId, contractId },
  );
  return rows.map(({ id }) => id);
}

async function eventsOf(trx: Trx, { tenantId, ids, at }: AskedScope): Promise<readonly RecordedEvent[]> {
  return trx.rows<{ record: EventRecord; number: number; hash: string; payload: Data | null }>(
    `select e.bytes::json as record, e.chain_no::float8 as number, e.hash, d.fired -> 'payload' as payload
       from events e left join event_details d on d.tenant_id = e.tenant_id and d.event_id = e.id
      where e.tenant_id = :tenantId and e.process_id = any(:ids::text[])
        and (e.at <= :at or e.event like '%.recalculated')
      order by e.chain_no limit ${String(MOST_EVENTS + 1)}`,
    { tenantId, ids, at },
  );
}

/** By which cases were opened: the versions that the first step of each names. An End User's own goes before. */
async function calendarsOf(
  trx: Trx,
  tenantId: string,
  events: readonly RecordedEvent[],
): Promise<Recordings['calendars']> {
  const opened = events.filter(({ record }) => record.slug === 'supportCase' && record.seq === 1);
  const named = new Set(
    opened.flatMap(({ record }) =>
      Object.entries(record.calendars).map(([id, version]) => `${id}@${String(version)}`),
    ),
  );
  if (named.size === 0) return {};
  const rows = await trx.rows<{ name: string; id: string; version: number; body: CalendarVersion }>(
    `select id || '@' || version as name, id, version, body from calendars
      where tenant_id in (:tenantId, 'provider') and id || '@' || version = any(:named::text[])
      order by tenant_id = 'provider' desc`,
    { tenantId, named: [...named] },
  );
  return Object.fromEntries(rows.map(({ name, id, version, body }) => [name, { ...body, id, version }]));
}

async function dataOf(trx: Trx, { tenantId, ids, at }: AskedScope): Promise<Recordings['data']> {
  const rows = await trx.rows<{ processId: string; data: Data | null }>(
    `select distinct on (e.process_id) e.process_id as "processId", d.data
       from events e left join event_details d on d.tenant_id = e.tenant_id and d.event_id = e.id
      where e.tenant_id = :tenantId and e.process_id = any(:ids::text[]) and e.at <= :at and e.to_status is not null
      order by e.process_id, e.seq desc`,
    { tenantId, ids, at },
  );
  return Object.fromEntries(rows.map(({ processId, data }) => [processId, data]));
}

async function clocksOf(trx: Trx, { tenantId, ids }: AskedScope): Promise<readonly RecordedClock[]> {
  return trx.rows<RecordedClock>(
    `select process_id as "processId", name, key, run, promise, marks, pauses, ms(missed_at)::float8 as "missedAt",
       ms(ended_at)::float8 as "endedAt"
       from clocks where tenant_id = :tenantId and process_id = any(:ids::text[])
      order by process_id, name, key, run`,
    { tenantId, ids },
  );
}

async function mailsOf(trx: Trx, { tenantId, ids, at }: AskedScope): Promise<readonly RecordedMail[]> {
  return trx.rows<RecordedMail>(
    `select process_id as "processId", key, content, ms(decided_at)::float8 as "decidedAt", state,
       ms(settled_at)::float8 as "settledAt", evidence ->> 'messageId' as receipt,
       case kind when 'page' then (select coalesce(jsonb_agg(t.outcome order by t.started_at), '[]') from page_tries t
         where t.tenant_id = effects.tenant_id and t.effect_id = effects.id and t.started_at <= :at) end as tries
       from effects
      where tenant_id = :tenantId and process_id = any(:ids::text[]) and kind in ('mail', 'page') and decided_at <= :at
      order by decided_at, id`,
    { tenantId, ids, at },
  );
}

async function accessesOf(trx: Trx, { tenantId, ids, at }: AskedScope): Promise<readonly RecordedAccess[]> {
  return trx.rows<RecordedAccess>(
    `select number::float8 as number, hash, ms(at)::float8 as at, code, bytes::jsonb ->> 'trigger' as trigger,
       principal as person, process_id as "processId"
       from refusals
      where tenant_id = :tenantId and kind = 'access' and at <= :at
        and (process_id is null or process_id = any(:ids::text[]))
      order by number limit ${String(MOST_ACCESSES + 1)}`,
    { tenantId, ids, at },
  );
}

async function directoryOf(trx: Trx, { tenantId, ids, at }: AskedScope): Promise<Directory | null> {
  const row = await trx.row<{ directory: Directory }>(
    `select c.body as directory from events e
       join event_details d on d.tenant_id = e.tenant_id and d.event_id = e.id
       join contents c on c.tenant_id = d.tenant_id and c.hash = d.directory_hash
      where e.tenant_id = :tenantId and e.process_id = any(:ids::text[]) and e.at <= :at
      order by e.chain_no desc limit 1`,
    { tenantId, ids, at },
  );
  return row?.directory ?? null;
}
