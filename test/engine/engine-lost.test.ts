/** Temporal is away, loses its store, or comes back with last night's: the store of record needs none of it. */
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { silentLog } from '../../activities/log.js';
import { readStoreState } from '../../db/restore/mode.js';
import { createRecordingMail } from '../../integrations/mail/recording.js';
import { startWorker, type RunningWorker, type WorkerPlan } from '../../workers/run-worker.js';
import { startTemporal, type TemporalServer } from '../../workers/servers/temporal.js';
import { programPath, TEST_NAMESPACE } from '../support/temporal.js';
import { acceptCommand, acceptErrand, GUEST, LINK_SECRET, openBench, startErrand, TENANT } from './bench.js';
import type { Bench } from './bench.js';
import { workflowBundle } from './bundle.js';
import { errands } from './errand.js';
import { answersOf, eventsOf, statusOf, until, untilOver } from './look.js';

const PATIENCE_MS = 90_000;
let folder: string;
let temporal: TemporalServer;
let bench: Bench;
let worker: RunningWorker;
let mail: ReturnType<typeof createRecordingMail>;

const start = async (port: number): Promise<TemporalServer> =>
  startTemporal({
    executable: await programPath('dev-server'),
    dataDir: folder,
    port,
    namespace: TEST_NAMESPACE,
    log: () => undefined,
  });

/** Looks more often than a worker does by itself: what it does then is the same, and nobody waits for it. */
const EAGER: Partial<WorkerPlan> = {
  relayLimits: { everyMs: 200, ringAfterMs: 1_000, effectAfterMs: 1_000 },
  reconcileEveryMs: 1_000,
};

async function work(plan: Partial<WorkerPlan>): Promise<RunningWorker> {
  return startWorker({
    databaseUrl: bench.url,
    databasePool: 8,
    temporalAddress: temporal.address,
    temporalNamespace: TEST_NAMESPACE,
    taskQueue: bench.taskQueue,
    workflowTasks: 20,
    cachedWorkflows: 400,
    codePath: (await workflowBundle()).codePath,
    registry: errands,
    stores: {},
    mailPort: mail,
    mailFrom: 'care@provider.example',
    publicUrl: 'http://127.0.0.1:8088',
    linkSecret: LINK_SECRET,
    log: silentLog,
    ...plan,
  });
}

function stage(plan: Partial<WorkerPlan>): void {
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'careplus-engine-'));
    temporal = await start(0);
    bench = await openBench({ address: temporal.address });
    mail = createRecordingMail();
    worker = await work(plan);
  }, 120_000);
  afterEach(async () => {
    await worker.shutdown();
    await bench.close();
    await temporal.stop();
    rmSync(folder, { recursive: true, force: true });
  }, 120_000);
}

async function kill(): Promise<void> {
  process.kill(temporal.process.pid, 'SIGKILL');
  await temporal.process.gone;
}

const startAgain = async (): Promise<void> => {
  temporal = await start(Number(temporal.address.split(':')[1]));
};

const storeFiles = () => readdirSync(folder).filter((name) => name.startsWith('temporal.db'));
const mailsOf = (processId: string) =>
  mail.delivered(GUEST.email).filter(({ key }) => key.startsWith(processId));

/** When an event was, and when it was written down; epoch milliseconds. */
async function instantsOf(processId: string, event: string) {
  return bench.database.as('step', { tenant: TENANT }, async (trx) =>
    trx.rows<{ at: number; recordedAt: number }>(
      `select ms(at)::float8 as at, ms(recorded_at)::float8 as "recordedAt" from events
        where process_id = :processId and event = :event`,
      { processId, event },
    ),
  );
}

describe('when Temporal comes back without its store', () => {
  stage(EAGER);

  it('what fell due meanwhile is fired once, with its true due instant, by runners that start by themselves', async () => {
    const limitsMinutes = [0.2, 0.14, 0.17];
    const ids = await Promise.all(limitsMinutes.map((limitMinutes) => startErrand(bench, { limitMinutes })));
    const calm = await startErrand(bench);
    for (const id of [...ids, calm])
      await until(
        'its first mail was heard of',
        async () => (await eventsOf(bench, id)).length === 2,
        PATIENCE_MS,
      );
    await kill();
    for (const name of storeFiles()) rmSync(join(folder, name));
    const [started] = await instantsOf(ids[0] ?? '', 'onboarding.started');
    const due = (started?.at ?? 0) + 0.2 * 60_000;
    await until(
      'every limit has passed',
      async () => (await bench.deps.clock.now()) > due + 1_000,
      PATIENCE_MS,
    );
    for (const id of ids) expect((await statusOf(bench, id))?.status).toBe('open');
    await startAgain();
    for (const id of ids) await untilOver(bench, id, PATIENCE_MS);
    for (const [index, id] of ids.entries()) {
      const [begun] = await instantsOf(id, 'onboarding.started');
      const expired = await instantsOf(id, 'onboarding.expired');
      expect(expired).toHaveLength(1);
      expect(expired[0]?.at).toBe((begun?.at ?? 0) + (limitsMinutes[index] ?? 0) * 60_000);
      expect(expired[0]?.recordedAt).toBeGreaterThan(due);
      // One when it began, one when it ended.
      expect(mailsOf(id)).toHaveLength(2);
    }
    const touched = await acceptCommand(bench, calm, 'touch');
    await until(
      'work goes on',
      async () => (await answersOf(bench, [touched]))[0] === 'accepted',
      PATIENCE_MS,
    );
    expect((await readStoreState(bench.database)).restoredMode).toBeNull();
  }, 300_000);

  it("T27, the reverse: last night's Temporal under today's database needs no repair and doubles nothing", async () => {
    const ids = await Promise.all([startErrand(bench), startErrand(bench)]);
    const [kept = '', ended = ''] = ids;
    for (const id of ids)
      await until(
        'its first mail was heard of',
        async () => (await eventsOf(bench, id)).length === 2,
        PATIENCE_MS,
      );
    await kill();
    const night = mkdtempSync(join(tmpdir(), 'careplus-night-'));
    for (const name of storeFiles()) cpSync(join(folder, name), join(night, name));
    await startAgain();
    const rows = [await acceptCommand(bench, kept, 'touch'), await acceptCommand(bench, ended, 'finish')];
    const young = await startErrand(bench);
    await untilOver(bench, ended, PATIENCE_MS);
    await until('the young one has begun', async () => mailsOf(young).length === 1, PATIENCE_MS);
    await kill();
    for (const name of storeFiles()) rmSync(join(folder, name));
    for (const name of readdirSync(night)) cpSync(join(night, name), join(folder, name));
    rmSync(night, { recursive: true });
    await startAgain();
    for (const id of [kept, young]) rows.push(await acceptCommand(bench, id, 'touch'));
    const accepted = rows.map(() => 'accepted');
    await until(
      'work goes on',
      async () => (await answersOf(bench, rows)).join() === accepted.join(),
      PATIENCE_MS,
    );
    expect((await readStoreState(bench.database)).restoredMode).toBeNull();
    expect(await eventsOf(bench, kept)).toEqual([
      ...['onboarding.started', 'onboarding.delivered', 'onboarding.touched', 'onboarding.touched'],
    ]);
    expect([kept, ended, young].map((id) => mailsOf(id).length)).toEqual([1, 2, 1]);
    // Whoever puts back a backup starts the workers again; those that run on would look within ten minutes.
    await worker.shutdown();
    worker = await work(EAGER);
    await until('the runner of the ended one ends too', async () => !(await runs(ended)), PATIENCE_MS);
  }, 300_000);
});

describe('while Temporal is killed', () => {
  stage({});

  it('urgent work is done within ten seconds and its rounds, the rest when it is back', async () => {
    const processId = await startErrand(bench);
    await until('it has begun', async () => (await eventsOf(bench, processId)).length === 2, PATIENCE_MS);
    await kill();
    const { inboxId: urgentStart, processId: urgent } = await acceptErrand(bench);
    const pressed = await acceptCommand(bench, urgent, 'urge', true);
    const calm = await acceptCommand(bench, processId, 'touch');
    const since = performance.now();
    // Its mail follows from the start; what was pressed is a step of its own, a round of the relay later perhaps.
    await until(
      'urgent work is done',
      async () =>
        mailsOf(urgent).length === 1 &&
        (await answersOf(bench, [urgentStart, pressed])).every((answer) => answer === 'accepted'),
      PATIENCE_MS,
    );
    expect(performance.now() - since).toBeLessThan(25_000);
    expect(await answersOf(bench, [calm])).toEqual([null]);
    await startAgain();
    await until(
      'the rest is done',
      async () => (await answersOf(bench, [calm]))[0] === 'accepted',
      PATIENCE_MS,
    );
    expect(mailsOf(urgent)).toHaveLength(1);
  }, 300_000);
});

async function runs(processId: string): Promise<boolean> {
  try {
    const { status } = await bench.client.workflow.getHandle(processId).describe();
    return status.name === 'RUNNING';
  } catch (error) {
    if (error instanceof Error && error.name === 'WorkflowNotFoundError') return false;
    throw error;
  }
}
