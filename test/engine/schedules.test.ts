/** System jobs: their Schedules follow the declared list, and each run keeps its heartbeat. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createActivities } from '../../activities/index.js';
import { silentLog } from '../../activities/log.js';
import type { SystemJob } from '../../activities/jobs/system-jobs.js';
import { heartbeats, isSilent } from '../../db/jobs/heartbeats.js';
import { reconcileSchedules, scheduleId } from '../../workers/schedules.js';
import type { Reconciled, ScheduleDependencies } from '../../workers/schedules.js';
import { SYSTEM_JOB } from '../../workflows/messages.js';
import { timeSkippingServer, uniqueTaskQueue } from '../support/temporal.js';
import { openBench } from './bench.js';
import type { Bench } from './bench.js';
import { until } from './look.js';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
});
afterAll(async () => {
  await bench.close();
});

const HOUR_MS = 3_600_000;
const job = (name: string, everyMs = HOUR_MS) => ({ name, everyMs });

/** A task queue of its own, so that each test sees only its Schedules. */
function declared(...jobs: readonly { name: string; everyMs: number }[]) {
  const taskQueue = uniqueTaskQueue();
  const deps: ScheduleDependencies = {
    client: bench.client,
    taskQueue,
    jobs,
    heartbeats: { declare: async () => undefined },
    log: silentLog,
  };
  return deps;
}

async function removeAll({ client, taskQueue }: ScheduleDependencies): Promise<void> {
  for (const id of await idsOf(taskQueue)) await client.schedule.getHandle(id).delete();
}

async function idsOf(taskQueue: string): Promise<readonly string[]> {
  const ids: string[] = [];
  for await (const { scheduleId: id } of bench.client.schedule.list())
    if (id.includes(taskQueue)) ids.push(id);
  return ids.sort();
}

/** The list of the server follows its changes a moment later. */
const untilListed = (taskQueue: string, count: number) =>
  until(`${count} are listed`, async () => (await idsOf(taskQueue)).length === count);

describe('the Schedules of the system jobs', () => {
  it('are created with explicit overlap and catch-up, and stay as they are when nothing changed', async () => {
    const deps = declared(job('alpha'), job('beta', 60_000));
    try {
      expect(await reconcileSchedules(deps)).toMatchObject({ created: ['alpha', 'beta'], updated: [] });
      const found = await bench.client.schedule.getHandle(scheduleId(deps.taskQueue, 'beta')).describe();
      expect(found.policies).toMatchObject({ overlap: 'SKIP', catchupWindow: 60_000 });
      expect(found.spec.intervals).toEqual([expect.objectContaining({ every: 60_000 })]);
      expect(found.action).toMatchObject({
        workflowType: SYSTEM_JOB,
        args: ['beta'],
        taskQueue: deps.taskQueue,
      });
      await untilListed(deps.taskQueue, 2);
      expect(await reconcileSchedules(deps)).toEqual({ created: [], updated: [], deleted: [] });
    } finally {
      await removeAll(deps);
    }
  });

  it('are changed and deleted with the list; those of others and the pause of an operator stay', async () => {
    const deps = declared(job('alpha'), job('beta'));
    const foreign = `foreign-${deps.taskQueue}`;
    try {
      await reconcileSchedules(deps);
      await bench.client.schedule.create({
        scheduleId: foreign,
        spec: { intervals: [{ every: HOUR_MS }] },
        action: { type: 'startWorkflow', workflowType: SYSTEM_JOB, taskQueue: deps.taskQueue, args: ['x'] },
      });
      const alpha = bench.client.schedule.getHandle(scheduleId(deps.taskQueue, 'alpha'));
      await alpha.pause('an operator looks at it');
      await untilListed(deps.taskQueue, 3);
      const changed = { ...deps, jobs: [job('alpha', 2 * HOUR_MS)] };
      expect(await reconcileSchedules(changed)).toEqual({
        created: [],
        updated: ['alpha'],
        deleted: ['beta'],
      });
      expect(await alpha.describe()).toMatchObject({
        state: { paused: true },
        spec: { intervals: [{ every: 2 * HOUR_MS }] },
      });
      await untilListed(deps.taskQueue, 2);
      expect(await idsOf(deps.taskQueue)).toEqual([foreign, scheduleId(deps.taskQueue, 'alpha')].sort());
    } finally {
      await removeAll(deps);
    }
  });

  it('are the same when several workers start at the same moment', async () => {
    const deps = declared(job('alpha'), job('beta'), job('gamma'));
    try {
      const results = await Promise.all(Array.from({ length: 4 }, () => reconcileSchedules(deps)));
      const created = results.flatMap((result) => (result as Reconciled).created);
      expect([...created].sort()).toEqual(['alpha', 'beta', 'gamma']);
      await untilListed(deps.taskQueue, 3);
      await Promise.all(Array.from({ length: 4 }, () => reconcileSchedules({ ...deps, jobs: [] })));
      await untilListed(deps.taskQueue, 0);
    } finally {
      await removeAll(deps);
    }
  });

  it('are done without, with a line in the log, where the server has none', async () => {
    const server = await timeSkippingServer();
    const said: string[] = [];
    try {
      const log = { ...silentLog, warn: (_fields: object, text: string) => said.push(text) };
      const deps = { ...declared(job('alpha')), client: server.client, log };
      expect(await reconcileSchedules(deps)).toBeNull();
      expect(said).toEqual([expect.stringContaining('has no Schedules')]);
    } finally {
      await server.teardown();
    }
  });
});

describe('a run of a system job', () => {
  const run = (jobs: readonly SystemJob[], name: string) =>
    createActivities({ ...bench.deps, jobs }).runSystemJob(name);
  const beat = async (name: string) =>
    (await heartbeats(bench.database).list()).find((one) => one.name === name);

  it('is started by its Schedule, does the job and leaves a heartbeat', async () => {
    const { deps } = bench;
    try {
      await bench.withWorker(async () => {
        await reconcileSchedules(deps);
        await until('the job has run', async () => ((await beat('check'))?.lastSuccessAt ?? null) !== null);
      });
      const found = await beat('check');
      expect(found?.lastReport).toMatchObject({ violated: 0 });
      expect(found && isSilent(found)).toBe(false);
    } finally {
      await removeAll(deps);
    }
  }, 40_000);

  it('that fails keeps the time of the last success, and says so by the name of the failure alone', async () => {
    let fails = false;
    const flaky: SystemJob = {
      name: 'flaky',
      everyMs: 60_000,
      run: async () => {
        if (fails) throw new TypeError('about gwen@acme.example');
        return { done: 3 };
      },
    };
    await run([flaky], 'flaky');
    fails = true;
    await expect(run([flaky], 'flaky')).rejects.toThrow('runSystemJob: TypeError');
    expect(await beat('flaky')).toMatchObject({
      lastSuccessAt: expect.any(Object),
      lastReport: { done: 3 },
      lastFailure: 'TypeError',
    });
  });

  it('of a job that nobody knows is refused for good', async () => {
    await expect(run([], 'gone')).rejects.toMatchObject({ nonRetryable: true, type: 'UnknownJob' });
  });

  it('is missed after three intervals without a success', () => {
    expect(isSilent({ everyMs: 1_000, ageMs: 3_000 })).toBe(false);
    expect(isSilent({ everyMs: 1_000, ageMs: 3_001 })).toBe(true);
  });
});
