/** A holiday is added while thousands of clocks run and people give commands: no clock is lost, none moves twice. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { silentLog } from '../../activities/log.js';
import { connect } from '../../db/connection.js';
import type { Database } from '../../db/connection.js';
import { createRegistry } from '../../db/definitions.js';
import { importVersion } from '../../db/provision/versions.js';
import { createWorkStore } from '../../db/store/work-store.js';
import { stores } from '../../db/stores.js';
import type { EventRecord } from '../../domain/kernel/event.js';
import { createRecordingMail } from '../../integrations/mail/recording.js';
import { connectClient, ringer } from '../../messages/ringer.js';
import { startWorker } from '../../workers/run-worker.js';
import type { RunningWorker } from '../../workers/run-worker.js';
import { calendarFanOutWorkflow } from '../../workflows/jobs/calendar-fan-out.js';
import { freshDatabase } from '../support/database.js';
import type { TestDatabase } from '../support/database.js';
import { TEST_NAMESPACE, temporalAddress, uniqueTaskQueue } from '../support/temporal.js';
import type { TestCalendar } from '../time/calendars.js';
import { workflowBundle } from './bundle.js';
import { until } from './look.js';
import { calendarOf, DueOracle, runningClocks, seedClocks } from './many-clocks.js';
import type { SeededClock } from './many-clocks.js';

const CLOCKS = process.env['FULL'] ? 10_000 : 300;
const PATIENCE_MS = process.env['FULL'] ? 60 * 60_000 : 170_000;
const SEED = Number(process.env['SEED'] ?? Date.now() % 100_000);
/** People who give one command after another. */
const CALLERS = 3;

/** What the change found and left, read once and looked at from several sides. */
interface Change {
  readonly before: readonly SeededClock[];
  readonly after: readonly SeededClock[];
  readonly recalculated: readonly EventRecord[];
  readonly commands: readonly { readonly inboxId: string; readonly outcome: string | null }[];
  /** Commands that were decided between the first and the last recalculation. */
  readonly meanwhile: number;
  readonly asked: number;
}

let fresh: TestDatabase;
let database: Database;
let worker: RunningWorker;
let change: Change;
let close: () => Promise<void>;

beforeAll(async () => {
  process.stdout.write(`calendar change: ${String(CLOCKS)} clocks, SEED=${String(SEED)}\n`);
  fresh = await freshDatabase();
  database = connect({ databaseUrl: fresh.url, poolSize: 6 });
  const before = await seedClocks(fresh, database, CLOCKS);
  const address = await temporalAddress();
  const client = connectClient({ address, namespace: TEST_NAMESPACE });
  const taskQueue = uniqueTaskQueue();
  worker = await startWorker({
    databaseUrl: fresh.url,
    databasePool: 10,
    temporalAddress: address,
    temporalNamespace: TEST_NAMESPACE,
    workflowTasks: 20,
    cachedWorkflows: 400,
    taskQueue,
    registry: createRegistry(),
    stores,
    mailPort: createRecordingMail(),
    mailFrom: 'care@provider.example',
    publicUrl: 'http://127.0.0.1:8088',
    linkSecret: 'a secret of the tests',
    log: silentLog,
    codePath: (await workflowBundle()).codePath,
    relayLimits: { everyMs: 500, ringAfterMs: 1_000 },
  });
  close = async () => {
    await worker.shutdown();
    await client.connection.close();
    await database.close();
    await fresh.drop();
  };
  const commanding = giveCommands(before, ringer({ client, taskQueue }));
  const since = performance.now();
  await importVersion(database, { kind: 'calendar', id: 'berlin-office' }, await closedNextWeek(), {
    author: 'kim-field',
    approver: 'dana-hill',
  });
  const calendar = { tenantId: 'provider', calendarId: 'berlin-office', version: 2 };
  const asked = await client.workflow.execute(calendarFanOutWorkflow, {
    workflowId: `fan-out-${taskQueue}`,
    taskQueue,
    args: [calendar],
  });
  const seconds = (performance.now() - since) / 1000;
  const inboxIds = await commanding.stop();
  const outcomes = await decided(inboxIds);
  const after = await runningClocks(database);
  const rate = (after.length / seconds).toFixed(0);
  process.stdout.write(
    `calendar change: ${String(after.length)} clocks of ${String(asked)} processes in ${seconds.toFixed(1)} s ` +
      `(${rate} clocks a second), ${String(inboxIds.length)} commands meanwhile\n`,
  );
  const recalculated = await recalculations();
  change = {
    before,
    after,
    recalculated,
    asked,
    commands: outcomes,
    meanwhile: await decidedBetween(inboxIds, recalculated),
  };
}, PATIENCE_MS);
afterAll(async () => {
  await close();
});

/** The calendar with two more holidays among the days that every clock counts. */
async function closedNextWeek(): Promise<Record<string, unknown>> {
  const { version: _, ...body } = await calendarOf(database, 1);
  const days = [16, 17, 18, 19, 20].map((ahead) => new Date(Date.now() + ahead * 86_400_000));
  const added = days
    .filter((day) => day.getUTCDay() % 6 !== 0)
    .slice(0, 2)
    .map((day) => ({ date: day.toISOString().slice(0, 10), name: 'Works holiday' }));
  return { ...body, holidays: [...body.holidays, ...added] };
}

/** Notes in random processes, by a few callers at once, until they are stopped. Gives the ids of the rows. */
function giveCommands(clocks: readonly SeededClock[], bells: ReturnType<typeof ringer>) {
  const work = createWorkStore(database);
  const processes = [...new Map(clocks.map((clock) => [clock.processId, clock])).values()];
  const inboxIds: string[] = [];
  let random = SEED + 1;
  let stopped = false;
  const next = () => (random = (random * 48_271) % 2_147_483_647) / 2_147_483_647;
  const caller = async (): Promise<void> => {
    while (!stopped) {
      const process = processes[Math.floor(next() * processes.length)];
      if (!process) return;
      const { tenantId, processId } = process;
      const accepted = await work.accept({
        tenantId,
        processId,
        kind: 'command',
        name: 'note',
        payload: { text: 'Spoke with them.', medium: 'phone', internal: true, answer: false },
        actor: 'sam-rivers',
        onBehalfOf: null,
        expectedSeq: null,
        urgent: false,
        key: null,
        start: null,
      });
      // The row is held by the step that recalculates it; whoever asks over HTTP is told to ask again.
      if (accepted.kind === 'busy') continue;
      if (accepted.kind !== 'accepted') throw new Error(`Not accepted: ${accepted.kind}.`);
      inboxIds.push(accepted.inboxId);
      await bells.ring(processId, accepted.inboxId, { deadlineMs: 10_000 });
    }
  };
  const callers = Promise.all(Array.from({ length: CALLERS }, caller));
  return {
    stop: async () => {
      stopped = true;
      await callers;
      return inboxIds;
    },
  };
}

/** Waits until every row is decided; whatever nobody heard the bell for, the relay looks after. */
async function decided(inboxIds: readonly string[]): Promise<Change['commands']> {
  const read = async () =>
    database.as('admin', {}, async (trx) =>
      trx.rows<{ inboxId: string; outcome: string | null }>(
        `select id as "inboxId", answer ->> 'outcome' as outcome from inbox where id = any(:inboxIds::text[])`,
        { inboxIds },
      ),
    );
  await until('every command is decided', async () =>
    (await read()).every(({ outcome }) => outcome !== null),
  );
  return read();
}

async function recalculations(): Promise<readonly EventRecord[]> {
  return database.as('admin', {}, async (trx) => {
    const rows = await trx.rows<{ record: EventRecord }>(
      `select bytes::json as record from events where event like '%.recalculated' order by recorded_at`,
    );
    return rows.map(({ record }) => record);
  });
}

async function decidedBetween(inboxIds: readonly string[], events: readonly EventRecord[]): Promise<number> {
  const [first, last] = [events[0]?.recordedAt ?? 0, events.at(-1)?.recordedAt ?? 0];
  return database.as('admin', {}, async (trx) => {
    const row = await trx.row<{ count: number }>(
      `select count(*)::integer as count from events
        where bytes::json ->> 'inboxId' = any(:inboxIds::text[]) and ms(recorded_at) between :first and :last`,
      { inboxIds, first, last },
    );
    return row?.count ?? 0;
  });
}

const pathOf = ({ processId, name, key, run }: SeededClock) => `${processId} ${name}/${key}/${String(run)}`;

describe('a new calendar version while many clocks run', () => {
  it('reaches every clock, and loses and doubles none', () => {
    expect(change.before.length).toBeGreaterThanOrEqual(CLOCKS);
    expect(change.after.map(pathOf)).toEqual(change.before.map(pathOf));
    expect(new Set(change.after.map(({ calendarVersion }) => calendarVersion))).toEqual(new Set([2]));
  });

  it('leaves exactly one event for it in each process', () => {
    const processes = new Set(change.before.map(({ processId }) => processId));
    expect(change.recalculated.map(({ processId }) => processId).sort()).toEqual([...processes].sort());
    // A batch whose answer was lost counts for nobody; it is asked again, and asking twice does nothing twice.
    expect(change.asked).toBeLessThanOrEqual(processes.size);
    for (const { calendars } of change.recalculated) expect(calendars['berlin-office']).toBe(2);
  });

  it(
    'computes the due instants that a person with a clock on the wall would note down',
    async () => {
      const oracle = new DueOracle(await plain(2), change.after);
      const old = new DueOracle(await plain(1), change.before);
      const wrong: string[] = [];
      for (const clock of change.after) {
        for (const { step, spec, dueAt } of clock.marks) {
          if (dueAt !== oracle.dueAt(clock.startedAt, spec)) wrong.push(`${pathOf(clock)} ${step}`);
        }
      }
      expect(wrong).toEqual([]);
      // The holidays matter, and not to all alike: otherwise nothing would have been proven.
      const marks = change.before.flatMap(({ startedAt, marks: all }) =>
        all.map((mark) => ({ startedAt, ...mark })),
      );
      expect(marks.every(({ startedAt, spec, dueAt }) => dueAt === old.dueAt(startedAt, spec))).toBe(true);
      const moved = marks.filter(({ startedAt, spec, dueAt }) => dueAt !== oracle.dueAt(startedAt, spec));
      expect(moved.length).toBeGreaterThan(marks.length / 10);
      expect(moved.length).toBeLessThan(marks.length);
    },
    PATIENCE_MS,
  );

  it('writes the old and the new instant of each moved mark into the event, and nothing else', () => {
    const told = change.recalculated.flatMap(({ processId, operations }) =>
      operations.map(({ op, clock, key, run, step, before, dueAt }) => {
        return `${op} ${processId} ${clock}/${key}/${String(run)} ${step ?? ''}: ${String(before)} → ${String(dueAt)}`;
      }),
    );
    const expected = change.before.flatMap((clock, index) =>
      clock.marks.flatMap((mark, at) => {
        const now = change.after[index]?.marks[at]?.dueAt;
        return now === mark.dueAt
          ? []
          : [`moved ${pathOf(clock)} ${mark.step}: ${String(mark.dueAt)} → ${String(now)}`];
      }),
    );
    expect(told.sort()).toEqual(expected.sort());
  });

  it('keeps nobody waiting: commands were decided all along, and every one of them was answered', () => {
    expect(change.commands.length).toBeGreaterThan(CALLERS);
    expect(new Set(change.commands.map(({ outcome }) => outcome))).toEqual(new Set(['accepted']));
    expect(change.meanwhile).toBeGreaterThan(0);
  });
});

async function plain(version: number): Promise<TestCalendar> {
  const { id, title, zone, weekly, holidays, openDays } = await calendarOf(database, version);
  return { id, version, title, zone, weekly, holidays, ...(openDays ? { openDays } : {}) };
}
