/** The clocks of a process, ended ones too, and one of them with the calendar version that it was computed with. */
import type { CalendarVersion } from '../../domain/time/calendar.js';
import type { Database } from '../connection.js';
import { CLOCK_JSON, type ClockRead } from './process.js';

interface ClocksRead {
  readonly slug: string;
  readonly now: number;
  readonly clocks: readonly ClockRead[];
}

export async function readClocks(
  database: Database,
  principal: string,
  processId: string,
): Promise<ClocksRead | null> {
  return database.as('api', { principal }, async (trx) =>
    trx.row<ClocksRead>(
      `select p.slug, ms(business_now())::float8 as now,
         (select coalesce(json_agg(${CLOCK_JSON} order by c.ended_at is not null, c.position, c.name, c.key, c.run desc),
            '[]') from (select * from clocks k where k.tenant_id = p.tenant_id and k.process_id = p.id
                         order by k.ended_at is not null, k.started_at desc limit 500) c) as clocks
         from processes p where p.id = :processId`,
      { processId },
    ),
  );
}

/** One deadline that a recalculation has moved: what the event of it says. Instants are epoch milliseconds. */
interface Moved {
  readonly seq: number;
  readonly at: number;
  readonly step: string;
  readonly before: number | null;
  readonly dueAt: number | null;
  /** The calendar version that it was moved to. */
  readonly calendarVersion: number | null;
}

/** The newest ones are enough for a reader; the timeline has them all. */
const MOST_MOVES = 50;

const MOVES = `(select coalesce(json_agg(m.move order by m.seq desc, m.place), '[]') from (
    select e.seq, o.place, json_build_object('seq', e.seq, 'at', ms(e.at), 'step', o.operation ->> 'step',
        'before', (o.operation ->> 'before')::float8, 'dueAt', (o.operation ->> 'dueAt')::float8,
        'calendarVersion', (e.bytes::jsonb -> 'calendars' ->> c.calendar_id)::integer) as move
      from events e
     cross join lateral jsonb_array_elements(e.bytes::jsonb -> 'operations') with ordinality o (operation, place)
     where e.tenant_id = c.tenant_id and e.process_id = c.process_id and e.event = p.slug || '.recalculated'
       and o.operation ->> 'op' = 'moved' and o.operation ->> 'clock' = c.name and o.operation ->> 'key' = c.key
       and (o.operation ->> 'run')::integer = c.run
     order by e.seq desc, o.place limit ${String(MOST_MOVES)}) m)`;

interface ClockWithCalendar {
  /** Newest first. */
  readonly moves: readonly Moved[];
  readonly clock: ClockRead;
  readonly calendar: CalendarVersion | null;
  readonly policyId: string;
  readonly policyVersion: number;
  readonly slug: string;
}

/** The run asked for, or the newest one. */
export async function readClock(
  database: Database,
  principal: string,
  processId: string,
  at: { readonly name: string; readonly key: string; readonly run: number | null },
): Promise<ClockWithCalendar | null> {
  return database.as('api', { principal }, async (trx) =>
    trx.row<ClockWithCalendar>(
      `select ${CLOCK_JSON} as clock, p.policy_id as "policyId", p.policy_version as "policyVersion", p.slug,
         (select v.body || jsonb_build_object('id', v.id, 'version', v.version) from calendars v
           where v.tenant_id = c.calendar_tenant_id and v.id = c.calendar_id and v.version = c.calendar_version)
           as calendar, ${MOVES} as moves
         from clocks c join processes p on p.tenant_id = c.tenant_id and p.id = c.process_id
        where c.process_id = :processId and c.name = :name and c.key = :key
          and (:run::integer is null or c.run = :run)
        order by c.run desc limit 1`,
      { processId, ...at },
    ),
  );
}
