/** The worker's process: settings, logger, one worker, an ordered end on SIGTERM or SIGINT. */
import { Runtime } from '@temporalio/worker';
import type { LogLevel, LogMetadata } from '@temporalio/worker';
import pino from 'pino';
import type { Logger } from 'pino';
import { exitOnBadConfiguration, readEnvironment } from '../config/environment.js';
import type { Environment } from '../config/environment.js';
import { createRegistry } from '../db/definitions.js';
import { stores } from '../db/stores.js';
import { createSmtpMail } from '../integrations/mail/smtp.js';
import { chatWebhooks } from '../integrations/paging/chat.js';
import { pagingGateway } from '../integrations/paging/http.js';
import type { ChatPort, PagingPort } from '../integrations/paging/port.js';
import { definitions } from '../domain/processes.js';
import { createMetrics } from '../telemetry/installation.js';
import { startTracing } from '../telemetry/tracing.js';
import { TASK_QUEUE } from '../messages/ringer.js';
import { auditOutside } from './audit-outside.js';
import { linkSecret } from './link-secret.js';
import { pulseMemory } from './pulse.js';
import { startWorker } from './run-worker.js';
import type { WorkerPlan } from './run-worker.js';
import { workflowBundleIn } from './workflow-bundle.js';
import { reasonOf, StartFailure } from './servers/failure.js';
import { demandTemporal } from './servers/temporal.js';

/** A Temporal that starts beside the worker has this long. */
const TEMPORAL_PATIENCE_MS = 10_000;

function planOf(
  environment: Environment,
  log: Logger,
  observers: NonNullable<WorkerPlan['observers']>,
): Omit<WorkerPlan, 'codePath'> {
  const { databaseUrl, temporalAddress, publicUrl } = environment;
  const smtpUrl = environment.smtpUrl ?? `smtp://127.0.0.1:${environment.mailSmtpPort}`;
  const mailPort = createSmtpMail({ url: smtpUrl });
  return {
    databaseUrl: demanded('DATABASE_URL', databaseUrl),
    databasePool: environment.databasePool,
    temporalAddress: demanded('TEMPORAL_ADDRESS', temporalAddress),
    temporalNamespace: environment.temporalNamespace,
    workflowTasks: environment.workflowTasks,
    cachedWorkflows: environment.cachedWorkflows,
    taskQueue: TASK_QUEUE,
    registry: createRegistry(),
    stores,
    mailPort,
    pagingPort: gatewayOf(environment),
    chatPort: chatOf(environment),
    outside: auditOutside(environment, mailPort),
    pulseMemory: pulseMemory(environment.dataFolder),
    mailFrom: environment.mailFrom,
    publicUrl,
    linkSecret: environment.linkSecret ?? linkSecret(environment.dataFolder),
    log,
    observers,
    ops: { host: environment.bind, port: environment.workerOpsPort },
  };
}

/** Null: nobody is reached by short messages and calls. */
function gatewayOf({ pagingUrl, pagingToken, publicUrl }: Environment): PagingPort | null {
  if (pagingUrl === undefined) return null;
  return pagingGateway({
    url: pagingUrl,
    token: pagingToken ?? null,
    reportTo: `${publicUrl}/v1/pages/reports`,
  });
}

/** Null: nothing is posted to chat rooms. */
function chatOf({ chatSecret, chatNetworks }: Environment): ChatPort | null {
  return chatSecret === undefined
    ? null
    : chatWebhooks({ secret: chatSecret, allowedNetworks: chatNetworks });
}

function demanded(name: string, value: string | undefined): string {
  if (value !== undefined) return value;
  throw new StartFailure(78, `${name} is not set.`, 'Start with npm start, or name the server of your own.');
}

/** Without this the runtime takes SIGINT and SIGTERM, and the order of the shutdown is not ours. */
function installRuntime(log: Logger): void {
  const write = (level: LogLevel, message: string, meta?: LogMetadata): void =>
    log[pinoLevels[level]]({ temporal: meta ?? {} }, message);
  Runtime.install({
    shutdownSignals: [],
    logger: {
      log: write,
      trace: (message, meta) => write('TRACE', message, meta),
      debug: (message, meta) => write('DEBUG', message, meta),
      info: (message, meta) => write('DEBUG', message, meta),
      warn: (message, meta) => write('WARN', message, meta),
      error: (message, meta) => write('ERROR', message, meta),
    },
  });
}
const pinoLevels = { TRACE: 'trace', DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' } as const;

async function main(): Promise<void> {
  const environment = exitOnBadConfiguration(readEnvironment());
  const log = pino({ level: environment.logLevel, base: { part: 'worker' } });
  installRuntime(log);
  const tracing = await startTracing(environment.otlpEndpoint, 'careplus-worker');
  const metrics = createMetrics({ part: 'worker', definitions });
  const plan = planOf(environment, log, { metrics, tracing });
  await demandTemporal(plan.temporalAddress, plan.temporalNamespace, TEMPORAL_PATIENCE_MS);
  const worker = await startWorker({ ...plan, codePath: await workflowBundleIn(environment.dataFolder) });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void worker.shutdown());
  log.info({ ops: environment.workerOpsPort }, 'worker up');
  await worker.ended;
  await worker.shutdown();
  await tracing.close();
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`The worker ended: ${reasonOf(error)}\n`);
    if (!(error instanceof StartFailure) && error instanceof Error) process.stderr.write(`${error.stack}\n`);
    process.exit(error instanceof StartFailure ? error.exitCode : 1);
  },
);
