/** A worker in a process of its own, so that a test can kill it. Its plan is the first argument, as JSON. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { silentLog } from '../../activities/log.js';
import { createRegistry } from '../../db/definitions.js';
import type { Claim } from '../../db/store/types.js';
import { stores } from '../../db/stores.js';
import { createSmtpMail } from '../../integrations/mail/smtp.js';
import { startWorker } from '../../workers/run-worker.js';
import { TEST_NAMESPACE } from '../support/temporal.js';
import { ARMED, UP } from './child.js';
import type { Armed, ChildPlan } from './child.js';
import { deskErrands, deskStores } from './desk-errand.js';
import { errands } from './errand.js';
import { pagedErrands, pagePorts } from './paged-errand.js';

const plan = JSON.parse(process.argv[2] ?? '') as ChildPlan;
const folder = plan.crashFolder;

const waiting = new Set<string>();

/** Effects wait at the armed point for one of each other kind; then the process dies. */
async function dieTogether(folder: string, point: string, claim: Claim): Promise<void> {
  const armed = armedIn(folder);
  if (armed?.point !== point || !armed.kinds.includes(claim.intent.kind)) return;
  waiting.add(claim.intent.kind);
  if (waiting.size === armed.kinds.length) {
    writeFileSync(join(folder, armed.note), '');
    process.kill(process.pid, 'SIGKILL');
  }
  await new Promise(() => undefined);
}

/** What the test has armed and nobody has died of yet. */
function armedIn(folder: string): Armed | null {
  const file = join(folder, ARMED);
  if (!existsSync(file)) return null;
  const armed = JSON.parse(readFileSync(file, 'utf8')) as Armed;
  return existsSync(join(folder, armed.note)) ? null : armed;
}

/** What it drives, and what that reads. */
function driven({ product, desk, pagingUrl }: ChildPlan) {
  if (product) return { registry: createRegistry(), stores };
  if (desk) return { registry: deskErrands, stores: deskStores };
  return { registry: pagingUrl === undefined ? errands : pagedErrands, stores: {} };
}

/** One line a message: the text, and what went wrong. */
function tell(facts: { readonly err?: unknown; readonly problem?: unknown }, message: string): void {
  const { err, problem } = facts;
  const why =
    err instanceof Error ? `${err.name}: ${err.message}` : typeof problem === 'string' ? problem : '';
  process.stdout.write(`${message} ${why.replaceAll('\n', ' ')}`.trim() + '\n');
}

// Whoever started this process is gone: nobody needs it any more.
process.stdin.resume().once('end', () => process.kill(process.pid, 'SIGKILL'));
Runtime.install({
  shutdownSignals: [],
  logger: new DefaultLogger('ERROR'),
  telemetryOptions: { logging: { filter: { core: 'ERROR', other: 'ERROR' } } },
});
const worker = await startWorker({
  databaseUrl: plan.databaseUrl,
  databasePool: plan.databasePool ?? 8,
  temporalAddress: plan.address,
  temporalNamespace: TEST_NAMESPACE,
  taskQueue: plan.taskQueue,
  workflowTasks: 20,
  cachedWorkflows: 400,
  codePath: plan.codePath,
  ...driven(plan),
  mailPort: createSmtpMail({ url: plan.smtpUrl }),
  ...(plan.pagingUrl === undefined ? {} : pagePorts(plan.pagingUrl)),
  mailFrom: 'care@provider.example',
  publicUrl: 'http://127.0.0.1:8088',
  linkSecret: 'a secret of the tests',
  log: { ...silentLog, warn: tell, error: tell },
  claimMs: plan.claimMs,
  relayLimits: { everyMs: 200, ringAfterMs: 1_000, effectAfterMs: 1_000, bellDeadlineMs: 2_000 },
  reconcileEveryMs: plan.reconcileEveryMs ?? 20_000,
  ...(folder === undefined ? {} : { crash: (point, claim) => dieTogether(folder, point, claim) }),
});
process.once('SIGTERM', () => void worker.shutdown());
process.stdout.write(`${UP}\n`);
await worker.ended;
await worker.shutdown();
process.exit(0);
