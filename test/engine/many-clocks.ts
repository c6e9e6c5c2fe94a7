/** Many processes whose clocks started at many different instants, and how their marks fall due by the minute oracle. */
import pg from 'pg';
import { nextDue, promiseDueAt, recalculateClock } from '../../domain/kernel/clocks.js';
import type { ClockState } from '../../domain/kernel/state.js';
import type { CalendarVersion } from '../../domain/time/calendar.js';
import type { Database } from '../../db/connection.js';
import { seedMany } from '../support/many.js';
import type { TestDatabase } from '../support/database.js';
import type { TestCalendar } from '../time/calendars.js';
import { MinuteOracle } from '../time/minute-oracle.js';

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
/** A family of three processes has this many clocks that run. */
const CLOCKS_OF_FAMILY = 7;
const TENANTS = 4;
/** Updated at once. */
const BATCH = 2_000;

export interface SeededClock extends ClockState {
  readonly tenantId: string;
  readonly processId: string;
}

/** At least `clocks` running clocks, no two families of which started at the same minute of the same day. */
export async function seedClocks(
  fresh: TestDatabase,
  database: Database,
  clocks: number,
): Promise<readonly SeededClock[]> {
  const families = Math.ceil(clocks / CLOCKS_OF_FAMILY);
  await seedMany(fresh, { processes: families * 3, tenants: Math.min(TENANTS, Math.max(1, families - 1)) });
  const calendar = await calendarOf(database, 1);
  const starts = new Map<string, number>();
  const spread = (await runningClocks(database)).map((clock) => {
    const index = starts.get(clock.processId) ?? starts.size;
    starts.set(clock.processId, index);
    return started(clock, index, calendar);
  });
  await save(fresh.url, spread);
  return runningClocks(database);
}

/** Ahead of now, so that nothing falls due meanwhile; on an even minute, so that halves are whole minutes. */
function started(clock: SeededClock, index: number, calendar: CalendarVersion): SeededClock {
  const day = Math.floor(clock.startedAt / DAY_MS) * DAY_MS;
  const minute = 6 * 60 + ((index * 34) % 600);
  const startedAt = day + (1 + (index % 14)) * DAY_MS + minute * MINUTE_MS;
  const moved = recalculateClock({ ...clock, startedAt }, calendar).clock;
  return { ...clock, ...moved };
}

const CLOCK = `c.tenant_id as "tenantId", c.process_id as "processId", c.name, c.key, c.run, c.promise,
  c.calendar_id as "calendarId", c.calendar_version as "calendarVersion", ms(c.started_at)::float8 as "startedAt",
  c.marks, c.pauses, c.outcome, ms(c.missed_at)::float8 as "missedAt", ms(c.ended_at)::float8 as "endedAt",
  c.policy_path as "policyPath"`;

export async function runningClocks(database: Database): Promise<readonly SeededClock[]> {
  return database.as('admin', {}, async (trx) =>
    trx.rows<SeededClock>(
      `select ${CLOCK} from clocks c where c.ended_at is null order by c.tenant_id, c.process_id, c.name, c.key, c.run`,
    ),
  );
}

export async function calendarOf(database: Database, version: number): Promise<CalendarVersion> {
  return database.as('admin', {}, async (trx) => {
    const row = await trx.row<{ body: CalendarVersion }>(
      `select body from calendars where id = 'berlin-office' and version = :version`,
      { version },
    );
    if (!row) throw new Error(`There is no version ${String(version)}.`);
    return row.body;
  });
}

/** As the owner of the database: no role of the product may write clocks of every tenant. */
async function save(url: string, clocks: readonly SeededClock[]): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const text = (atMs: number | null | undefined) => (atMs == null ? null : new Date(atMs).toISOString());
    for (let first = 0; first < clocks.length; first += BATCH) {
      const rows = clocks.slice(first, first + BATCH).map((clock) => ({
        tenant_id: clock.tenantId,
        process_id: clock.processId,
        name: clock.name,
        key: clock.key,
        run: clock.run,
        started_at: text(clock.startedAt),
        marks: clock.marks,
        due_at: text(nextDue(clock)?.dueAt),
        promise_due_at: text(promiseDueAt(clock)),
      }));
      await client.query(
        `update clocks c set started_at = n.started_at, marks = n.marks, due_at = n.due_at, promise_due_at = n.promise_due_at
           from jsonb_to_recordset($1::jsonb) n (tenant_id text, process_id text, name text, key text, run integer,
             started_at timestamptz, marks jsonb, due_at timestamptz, promise_due_at timestamptz)
          where c.tenant_id = n.tenant_id and c.process_id = n.process_id and c.name = n.name and c.key = n.key
            and c.run = n.run`,
        [JSON.stringify(rows)],
      );
    }
    await client.query(`
      update processes p set next_due_at = c.due_at from (
        select tenant_id, process_id, min(due_at) as due_at from clocks where ended_at is null group by 1, 2) c
       where c.tenant_id = p.tenant_id and c.process_id = p.id`);
  } finally {
    await client.end();
  }
}

type Spec = SeededClock['marks'][number]['spec'];

/** Due instants by walking the minutes; imports nothing that computes business time. */
export class DueOracle {
  readonly #windows: readonly {
    readonly fromMs: number;
    readonly toMs: number;
    readonly oracle: MinuteOracle;
  }[];

  /** Two windows: around now, and around the end of the contracts' term. */
  constructor(calendar: TestCalendar, clocks: readonly SeededClock[]) {
    const starts = clocks.map(({ startedAt }) => startedAt);
    const far = starts.filter((atMs) => atMs > Math.min(...starts) + 200 * DAY_MS);
    const near = starts.filter((atMs) => !far.includes(atMs));
    const window = (fromMs: number, toMs: number) => {
      const [begin, end] = [Math.floor(fromMs / DAY_MS) * DAY_MS, Math.ceil(toMs / DAY_MS) * DAY_MS];
      const oracle = new MinuteOracle(calendar, begin, (end - begin) / MINUTE_MS);
      return { fromMs: begin, toMs: end, oracle };
    };
    this.#windows = [
      window(Math.min(...near) - 5 * DAY_MS, Math.max(...near) + 150 * DAY_MS),
      ...(far.length > 0 ? [window(Math.min(...far) - 100 * DAY_MS, Math.max(...far) + 5 * DAY_MS)] : []),
    ];
  }

  /** When a mark falls due for the first time. */
  dueAt(startedAt: number, spec: Spec): number {
    const window = this.#windows.find(({ fromMs, toMs }) => fromMs <= startedAt && startedAt < toMs);
    if (!window) throw new Error('The start lies outside of every window.');
    const { oracle } = window;
    const target = this.#add(oracle, startedAt, spec.of);
    const base =
      spec.percent === undefined
        ? target
        : oracle.afterMinutes(startedAt, (oracle.openMinutes(startedAt, target) * spec.percent) / 100);
    return spec.plus ? this.#add(oracle, base, spec.plus) : base;
  }

  #add(oracle: MinuteOracle, fromMs: number, { amount, unit }: Spec['of']): number {
    switch (unit) {
      case 'businessDays':
        return oracle.afterOpenDates(fromMs, amount);
      case 'businessHours':
        return oracle.afterMinutes(fromMs, amount * 60);
      case 'days':
      case 'months':
        return oracle.sameLocalTime(fromMs, amount, unit);
      case 'hours':
      case 'minutes':
        return fromMs + amount * (unit === 'hours' ? 60 : 1) * MINUTE_MS;
    }
  }
}
