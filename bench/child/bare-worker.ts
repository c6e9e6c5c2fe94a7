/** The worker of the bare workflows: no store, at most one row per step. */
import { fileURLToPath } from 'node:url';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import pg from 'pg';
import { planOf, serve } from './serve.js';

export interface BareWorkerPlan {
  readonly databaseUrl: string;
  readonly poolSize: number;
  readonly temporalAddress: string;
  readonly namespace: string;
  readonly taskQueue: string;
  readonly workflowTasks: number;
  readonly cachedWorkflows: number;
}

interface BareStep {
  readonly workflowId: string;
  readonly step: number;
}

export interface BareActivities {
  act(step: BareStep): Promise<void>;
  write(step: BareStep): Promise<void>;
}

Runtime.install({
  shutdownSignals: [],
  logger: new DefaultLogger('ERROR'),
  telemetryOptions: { logging: { filter: { core: 'ERROR', other: 'ERROR' } } },
});

const plan = planOf<BareWorkerPlan>();
const pool = new pg.Pool({ connectionString: plan.databaseUrl, max: plan.poolSize });
/** A signal has no answer: whoever drives the workflow hears of each step from here. */
const tell = ({ workflowId, step }: BareStep): void => void process.send?.({ workflowId, step });
const activities: BareActivities = {
  act: async (step) => tell(step),
  write: async (step) => {
    await pool.query('insert into bare_rows (workflow_id, step, body) values ($1, $2, $3)', [
      step.workflowId,
      step.step,
      JSON.stringify(step),
    ]);
    tell(step);
  },
};
const connection = await NativeConnection.connect({ address: plan.temporalAddress });
const worker = await Worker.create({
  connection,
  namespace: plan.namespace,
  taskQueue: plan.taskQueue,
  workflowsPath: fileURLToPath(new URL('bare-workflows.ts', import.meta.url)),
  activities: { ...activities },
  maxConcurrentWorkflowTaskExecutions: plan.workflowTasks,
  maxConcurrentActivityTaskExecutions: plan.poolSize,
  maxCachedWorkflows: plan.cachedWorkflows,
});
const running = worker.run();
serve(0, {
  stop: async () => {
    worker.shutdown();
    await running;
    await connection.close();
    await pool.end();
  },
});
