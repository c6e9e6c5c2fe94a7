/** A worker of the product, for its own processes or for the errands of the measurements. */
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { silentLog } from '../../activities/log.js';
import { createRegistry } from '../../db/definitions.js';
import { stores } from '../../db/stores.js';
import { createRecordingMail } from '../../integrations/mail/recording.js';
import { startWorker } from '../../workers/run-worker.js';
import { workflowBundleIn } from '../../workers/workflow-bundle.js';
import { errands } from '../errand.js';
import { planOf, serve } from './serve.js';
import { timeStatements } from './statement-times.js';

export interface WorkerPlan {
  readonly processes: 'product' | 'errands';
  readonly databaseUrl: string;
  readonly poolSize: number;
  readonly temporalAddress: string;
  readonly namespace: string;
  readonly taskQueue: string;
  readonly workflowTasks: number;
  readonly cachedWorkflows: number;
  /** Where the bundle of the workflows is kept. */
  readonly folder: string;
  readonly timed: boolean;
}

Runtime.install({
  shutdownSignals: [],
  logger: new DefaultLogger('ERROR'),
  telemetryOptions: { logging: { filter: { core: 'ERROR', other: 'ERROR' } } },
});

const plan = planOf<WorkerPlan>();
const watch = plan.timed ? timeStatements() : null;
const product = plan.processes === 'product';
const worker = await startWorker({
  databaseUrl: plan.databaseUrl,
  databasePool: plan.poolSize,
  temporalAddress: plan.temporalAddress,
  temporalNamespace: plan.namespace,
  workflowTasks: plan.workflowTasks,
  cachedWorkflows: plan.cachedWorkflows,
  taskQueue: plan.taskQueue,
  registry: product ? createRegistry() : errands,
  stores: product ? stores : { onboarding: { lookups: {} } },
  // Mail is not what is measured.
  mailPort: createRecordingMail(),
  mailFrom: 'care@provider.example',
  publicUrl: 'http://127.0.0.1:8088',
  linkSecret: 'a secret of the measurements',
  log: silentLog,
  codePath: await workflowBundleIn(plan.folder),
});
serve(0, { stop: () => worker.shutdown(), ...(watch ? { report: () => watch.report() } : {}) });
