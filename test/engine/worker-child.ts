/** A worker in a process of its own, so that a test can kill it. Its plan is the first argument, as JSON. */
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { silentLog } from '../../activities/log.js';
import { createSmtpMail } from '../../integrations/mail/smtp.js';
import { startWorker } from '../../workers/run-worker.js';
import { codeOf } from '../../workers/servers/failure.js';
import { TEST_NAMESPACE } from '../support/temporal.js';
import type { ChildPlan } from './child.js';
import { errands } from './errand.js';

const plan = JSON.parse(process.argv[2] ?? '') as ChildPlan;

/** True for the first of all processes that gets here. */
function firstAt(name: string): boolean {
  try {
    closeSync(openSync(join(plan.crashFolder ?? '', name), 'wx'));
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

Runtime.install({
  shutdownSignals: [],
  logger: new DefaultLogger('ERROR'),
  telemetryOptions: { logging: { filter: { core: 'ERROR', other: 'ERROR' } } },
});
const worker = await startWorker({
  databaseUrl: plan.databaseUrl,
  databasePool: 8,
  temporalAddress: plan.address,
  temporalNamespace: TEST_NAMESPACE,
  taskQueue: plan.taskQueue,
  workflowTasks: 20,
  cachedWorkflows: 400,
  codePath: plan.codePath,
  registry: errands,
  stores: {},
  mailPort: createSmtpMail({ url: plan.smtpUrl }),
  mailFrom: 'care@provider.example',
  publicUrl: 'http://127.0.0.1:8088',
  linkSecret: 'a secret of the tests',
  log: silentLog,
  claimMs: plan.claimMs,
  relayLimits: { everyMs: 200, ringAfterMs: 1_000, effectAfterMs: 200, bellDeadlineMs: 2_000 },
  reconcileEveryMs: 20_000,
  ...(plan.crashFolder === undefined
    ? {}
    : {
        crash: async (point, kind) => {
          if (firstAt(`${kind}-${point}`)) process.kill(process.pid, 'SIGKILL');
        },
      }),
});
process.once('SIGTERM', () => void worker.shutdown());
process.stdout.write('up\n');
await worker.ended;
await worker.shutdown();
process.exit(0);
