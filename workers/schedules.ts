/** Temporal's Schedules of the system jobs, kept in line with the declared list by each worker: at its start, and again. */
import { ScheduleAlreadyRunning, ScheduleNotFoundError, ScheduleOverlapPolicy } from '@temporalio/client';
import type { Client, ScheduleDescription } from '@temporalio/client';
import type { SystemJob } from '../activities/jobs/system-jobs.js';
import type { ActivityLog } from '../activities/log.js';
import type { Heartbeats } from '../db/jobs/heartbeats.js';
import { SYSTEM_JOB } from '../workflows/messages.js';
import { inRounds } from './rounds.js';
import type { Rounds } from './rounds.js';

export interface ScheduleDependencies {
  readonly client: Client;
  readonly taskQueue: string;
  readonly jobs: readonly Pick<SystemJob, 'name' | 'everyMs'>[];
  readonly heartbeats: Pick<Heartbeats, 'declare'>;
  readonly log: ActivityLog;
}

/** Names of the jobs whose Schedules were touched. */
export interface Reconciled {
  readonly created: readonly string[];
  readonly updated: readonly string[];
  readonly deleted: readonly string[];
}

/** Between two tries while the engine cannot be asked. */
const TRY_EVERY_MS = 5_000;
/** An engine that lost its store has no Schedules any more, and no worker starts because of that. */
const LOOK_AGAIN_MS = 600_000;
/** A run that no worker takes must not keep the next ones away for ever. */
const RUN_TIMEOUT_MS = 3_600_000;
/** The server takes no window below this. */
const LEAST_CATCHUP_MS = 10_000;
/** gRPC UNIMPLEMENTED. */
const UNIMPLEMENTED = 12;

/** Tries until it is done, since a worker starts also when the engine has trouble with its Schedules, and looks again. */
export function startSchedules(deps: ScheduleDependencies): Rounds {
  let nextAt = 0;
  return inRounds({ name: 'schedules', everyMs: TRY_EVERY_MS, log: deps.log }, async () => {
    if (performance.now() < nextAt) return;
    await reconcileSchedules(deps);
    nextAt = performance.now() + LOOK_AGAIN_MS;
  });
}

/**
 * Creates what is missing, changes what differs, deletes ours that nobody declares any more; leaves those of others,
 * and what an operator paused stays paused. Two workers may do it at the same moment. Null: the server has none.
 */
export async function reconcileSchedules(deps: ScheduleDependencies): Promise<Reconciled | null> {
  const { client, taskQueue, jobs, heartbeats, log } = deps;
  const existing = await oursOn(client, taskQueue);
  if (!existing) {
    log.warn({}, 'this Temporal server has no Schedules: no system job will run');
    return null;
  }
  const declared = new Map(jobs.map((job) => [scheduleId(taskQueue, job.name), job]));
  const created: string[] = [];
  const updated: string[] = [];
  const deleted: string[] = [];
  for (const [id, job] of declared) {
    if (await create(client, taskQueue, id, job, existing)) created.push(job.name);
    else if (await update(client, taskQueue, id, job)) updated.push(job.name);
  }
  for (const id of existing) {
    if (!declared.has(id) && (await remove(client, id))) deleted.push(id.slice(prefixOf(taskQueue).length));
  }
  await heartbeats.declare(jobs);
  log.info({ jobs: jobs.map((job) => job.name), created, updated, deleted }, 'the system jobs are scheduled');
  return { created, updated, deleted };
}

/** Ours are told by their ids: one family for each task queue. */
export function scheduleId(taskQueue: string, job: string): string {
  return `${prefixOf(taskQueue)}${job}`;
}

function prefixOf(taskQueue: string): string {
  return `${taskQueue}/job/`;
}

async function oursOn(client: Client, taskQueue: string): Promise<ReadonlySet<string> | null> {
  const ids = new Set<string>();
  try {
    for await (const { scheduleId: id } of client.schedule.list())
      if (id.startsWith(prefixOf(taskQueue))) ids.add(id);
  } catch (error) {
    if (grpcCode(error) === UNIMPLEMENTED) return null;
    throw error;
  }
  return ids;
}

interface Wanted {
  readonly spec: { intervals: [{ every: number }] };
  readonly policies: { readonly overlap: 'SKIP'; readonly catchupWindow: number };
  readonly action: {
    readonly type: 'startWorkflow';
    readonly workflowType: string;
    readonly workflowId: string;
    readonly taskQueue: string;
    readonly args: [string];
    readonly workflowExecutionTimeout: number;
    readonly staticSummary: string;
  };
}

function wantedOf(taskQueue: string, id: string, job: Pick<SystemJob, 'name' | 'everyMs'>): Wanted {
  return {
    spec: { intervals: [{ every: job.everyMs }] },
    action: {
      type: 'startWorkflow',
      workflowType: SYSTEM_JOB,
      workflowId: id,
      taskQueue,
      args: [job.name],
      workflowExecutionTimeout: RUN_TIMEOUT_MS,
      staticSummary: `job ${job.name}`,
    },
    policies: {
      // A run that is late swallows the next one; two of one job never run side by side.
      overlap: ScheduleOverlapPolicy.SKIP,
      // After an outage the last run that was missed is made up for, not each of them.
      catchupWindow: Math.max(LEAST_CATCHUP_MS, job.everyMs),
    },
  };
}

/** True when this worker made it; false when it is there. */
async function create(
  client: Client,
  taskQueue: string,
  id: string,
  job: Pick<SystemJob, 'name' | 'everyMs'>,
  existing: ReadonlySet<string>,
): Promise<boolean> {
  if (existing.has(id)) return false;
  try {
    // A new job shows at once whether it works, not after its first interval.
    const state = { triggerImmediately: true };
    await client.schedule.create({ scheduleId: id, ...wantedOf(taskQueue, id, job), state });
    return true;
  } catch (error) {
    if (error instanceof ScheduleAlreadyRunning) return false;
    throw error;
  }
}

/** True when it differed. Another worker that changes it at the same moment writes the same. */
async function update(
  client: Client,
  taskQueue: string,
  id: string,
  job: Pick<SystemJob, 'name' | 'everyMs'>,
): Promise<boolean> {
  const wanted = wantedOf(taskQueue, id, job);
  const handle = client.schedule.getHandle(id);
  if (isAsWanted(await handle.describe(), wanted)) return false;
  await handle.update(({ state }) => ({ ...wanted, state }));
  return true;
}

function isAsWanted({ spec, action, policies }: ScheduleDescription, wanted: Wanted): boolean {
  const [interval, ...more] = spec.intervals ?? [];
  return (
    more.length === 0 &&
    (spec.calendars ?? []).length === 0 &&
    interval?.every === wanted.spec.intervals[0].every &&
    (interval?.offset ?? 0) === 0 &&
    policies.overlap === wanted.policies.overlap &&
    policies.catchupWindow === wanted.policies.catchupWindow &&
    action.workflowType === wanted.action.workflowType &&
    action.taskQueue === wanted.action.taskQueue &&
    action.workflowExecutionTimeout === wanted.action.workflowExecutionTimeout &&
    JSON.stringify(action.args) === JSON.stringify(wanted.action.args)
  );
}

async function remove(client: Client, id: string): Promise<boolean> {
  try {
    await client.schedule.getHandle(id).delete();
    return true;
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return false;
    throw error;
  }
}

function grpcCode(error: unknown): number | undefined {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  if (typeof cause !== 'object' || cause === null || !('code' in cause)) return undefined;
  return typeof cause.code === 'number' ? cause.code : undefined;
}
