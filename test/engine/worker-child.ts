/** A worker in a process of its own, so that a test can kill it. Its plan is the first argument, as JSON. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { silentLog } from '../../activities/log.js';
import type { Claim } from '../../db/store/types.js';
import { createSmtpMail } from '../../integrations/mail/smtp.js';
import { startWorker } from '../../workers/run-worker.js';
import { TEST_NAMESPACE } from '../support/temporal.js';
import { ARMED } from './child.js';
import type { ChildPlan } from './child.js';
import { errands } from './errand.js';

const plan = JSON.parse(process.argv[2] ?? '') as ChildPlan;
const folder = plan.crashFolder;

/** Effects in their first attempt wait at the armed point for one of each other kind; then the process dies. */
const KINDS = 3;
const waiting = new Set<string>();

async function dieTogether(folder: string, point: string, claim: Claim): Promise<void> {
  if (claim.attempt > 1 || armedPoint(folder) !== point) return;
  waiting.add(claim.intent.kind);
  if (waiting.size === KINDS) {
    writeFileSync(join(folder, point), '');
    process.kill(process.pid, 'SIGKILL');
  }
  await new Promise(() => undefined);
}

/** The point that the test has armed and at which nobody has died yet. */
function armedPoint(folder: string): string | null {
  const file = join(folder, ARMED);
  if (!existsSync(file)) return null;
  const point = readFileSync(file, 'utf8');
  return existsSync(join(folder, point)) ? null : point;
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
  ...(folder === undefined ? {} : { crash: (point, claim) => dieTogether(folder, point, claim) }),
});
process.once('SIGTERM', () => void worker.shutdown());
process.stdout.write('up\n');
await worker.ended;
await worker.shutdown();
process.exit(0);
