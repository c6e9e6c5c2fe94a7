/** One worker: Temporal's workers, the relay, the reconciler and the health server, with one ordered shutdown. */
import { NativeConnection, Worker } from '@temporalio/worker';
import type { WorkerOptions } from '@temporalio/worker';
import { createActivities } from '../activities/index.js';
import { businessNow } from '../db/business-clock.js';
import { connect } from '../db/connection.js';
import type { Database } from '../db/connection.js';
import { readStoreState } from '../db/restore/mode.js';
import { connectClient } from '../messages/ringer.js';
import type { Metrics } from '../telemetry/metrics.js';
import { scrapeOf } from '../telemetry/installation.js';
import type { Tracing } from '../telemetry/spans.js';
import { createDependencies } from './dependencies.js';
import type { Parts } from './dependencies.js';
import { startHeartbeatWatch } from './heartbeat-watch.js';
import { startMailQueue } from './mail-queue.js';
import { startOps } from './ops.js';
import type { OpsServer } from './ops.js';
import { startPulse } from './pulse.js';
import { startReconciler } from './reconciler.js';
import { startRelay } from './relay.js';
import type { RelayLimits } from './relay.js';
import { startSchedules } from './schedules.js';

export interface WorkerPlan extends Omit<Parts, 'database' | 'client' | 'stopping'> {
  readonly databaseUrl: string;
  readonly databasePool: number;
  readonly temporalAddress: string;
  readonly temporalNamespace: string;
  readonly workflowTasks: number;
  readonly cachedWorkflows: number;
  /** The file of the workflows' bundle. */
  readonly codePath: string;
  readonly observers?: { readonly metrics?: Metrics; readonly tracing?: Tracing };
  readonly ops?: { readonly host: string; readonly port: number };
  readonly relayLimits?: Partial<RelayLimits>;
  readonly reconcileEveryMs?: number;
}

export interface RunningWorker {
  /** Rejects when Temporal's worker fails; resolves after the shutdown. */
  readonly ended: Promise<void>;
  /** Readiness off, loops ended, activities drained, connections closed. */
  shutdown(): Promise<void>;
}

const GRACE_MS = 10_000;
const STICKY_MS = 5_000;
/** A send that still runs is given up this long after the shutdown began, so that its outcome can be written. */
const SEND_GRACE_MS = 6_000;
/** Local activities need their workflow to stay in the cache: below this it is evicted in the middle of one. */
const LEAST_CACHE_FACTOR = 4;

export async function startWorker(plan: WorkerPlan): Promise<RunningWorker> {
  if (plan.cachedWorkflows < LEAST_CACHE_FACTOR * plan.workflowTasks)
    throw new Error(
      `The cache must hold ${LEAST_CACHE_FACTOR} times as many workflows as tasks run at once.`,
    );
  const { temporalAddress: address, temporalNamespace: namespace, log } = plan;
  const database = connect({
    databaseUrl: plan.databaseUrl,
    poolSize: plan.databasePool,
    name: 'careplus-worker',
  });
  const client = connectClient({ address, namespace });
  const connection = await NativeConnection.connect({ address });
  const stopping = new AbortController();
  const deps = createDependencies({ ...plan, database, client, stopping: stopping.signal });
  const worker = await Worker.create({
    connection,
    namespace,
    activities: { ...createActivities(deps) },
    ...limitsOf(plan),
  });
  const health = { accepting: true };
  const own = plan.observers?.metrics;
  const mode = async () =>
    (await readStoreState(database)).restoredMode === null ? ('normal' as const) : ('restored' as const);
  const ops =
    plan.ops &&
    (await startOps({
      ...plan.ops,
      missing: () => missing(health, worker, database),
      mode,
      metrics: own && scrapeOf(own, database, plan.registry.definitions),
    }));
  const relayed = () => plan.observers?.metrics?.relayed();
  const relay = startRelay({ ...deps, relayed, ...(plan.relayLimits ? { limits: plan.relayLimits } : {}) });
  const every = plan.reconcileEveryMs;
  const reconciler = startReconciler({ ...deps, ...(every === undefined ? {} : { everyMs: every }) });
  const schedules = startSchedules(deps);
  const pulse = startPulse(deps);
  const mailQueue = startMailQueue(deps);
  const watch = startHeartbeatWatch(deps);
  const ended = worker.run();
  return {
    ended,
    shutdown: once(async () => {
      health.accepting = false;
      log.info({}, 'worker stopping');
      const giveUp = setTimeout(() => stopping.abort(), SEND_GRACE_MS);
      if (worker.getState() === 'RUNNING') worker.shutdown();
      const loops = [relay, reconciler, schedules, pulse, mailQueue, watch].map((loop) => loop.stop());
      await Promise.all([...loops, ended.catch(() => undefined)]);
      clearTimeout(giveUp);
      await plan.mailPort.close();
      await client.connection.close();
      await connection.close();
      await database.close();
      await closeOps(ops);
    }),
  };
}

function limitsOf(plan: WorkerPlan): Pick<WorkerOptions, 'taskQueue'> & Partial<WorkerOptions> {
  const { taskQueue, codePath, workflowTasks, cachedWorkflows, databasePool } = plan;
  return {
    taskQueue,
    workflowBundle: { codePath },
    maxConcurrentWorkflowTaskExecutions: workflowTasks,
    maxCachedWorkflows: cachedWorkflows,
    // More steps at once than connections would only wait in the pool, inside the time of their activity.
    maxConcurrentLocalActivityExecutions: databasePool,
    maxConcurrentActivityTaskExecutions: databasePool,
    shutdownGraceTime: GRACE_MS,
    // How long the tasks of runners that a dead worker held in its cache wait for it.
    stickyQueueScheduleToStartTimeout: STICKY_MS,
  };
}

/** What keeps the worker from working, by name. */
async function missing(
  health: { readonly accepting: boolean },
  worker: Worker,
  database: Database,
): Promise<readonly string[]> {
  const names: string[] = [];
  if (!health.accepting) names.push('stopping');
  if (worker.getState() !== 'RUNNING') names.push('temporal');
  const answers = database.as('relay', {}, businessNow).then(
    () => true,
    () => false,
  );
  if (!(await answers)) names.push('database');
  return names;
}

async function closeOps(ops: OpsServer | undefined): Promise<void> {
  if (ops) await ops.close();
}

function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => (done ??= work());
}
