/** The API's process: settings, logger, database, client of the engine, two listeners, an ordered end. */
import { createServer, type Server } from 'node:http';
import express from 'express';
import { exitOnBadConfiguration, readEnvironment } from '../config/environment.js';
import { connect } from '../db/connection.js';
import { createRegistry } from '../db/definitions.js';
import { stores } from '../db/stores.js';
import { fileFolder } from '../integrations/files/folder.js';
import { readMailReport } from '../integrations/mail/report.js';
import { pageReportReader } from '../integrations/paging/report.js';
import { connectClient, TASK_QUEUE } from '../messages/ringer.js';
import { createApp } from './app.js';
import { composeParts } from './compose.js';
import { defaultLimits } from './dependencies.js';
import { send } from './http/send.js';
import { IssuerKeys } from './middleware/issuer-keys.js';
import { createLog } from './middleware/request-log.js';
import { tokenReader } from './middleware/tokens.js';
import { readiness } from './system/routes.js';
import { scrapeOf } from '../telemetry/installation.js';
import type { Scrape } from '../telemetry/installation.js';
import { startTracing } from '../telemetry/tracing.js';
import { apiMetrics } from './metrics.js';

/** A caller is told that the store cannot be reached before he loses patience. */
const ACQUIRE_MS = 1_000;
/** Longer than the longest request: a command that waits for its answer. */
const DRAIN_MS = 10_000;
const EXIT_DEPENDENCY = 69;

async function main(): Promise<void> {
  const environment = exitOnBadConfiguration(readEnvironment());
  const log = createLog(environment.logLevel);
  const database = connect({
    databaseUrl: demanded('DATABASE_URL', environment.databaseUrl),
    poolSize: environment.databasePool,
    acquireMs: ACQUIRE_MS,
    name: 'careplus-api',
  });
  const client = connectClient({
    address: demanded('TEMPORAL_ADDRESS', environment.temporalAddress),
    namespace: environment.temporalNamespace,
  });
  const parts = composeParts({ database, client, taskQueue: TASK_QUEUE, registry: createRegistry(), stores });
  const tracing = await startTracing(environment.otlpEndpoint, 'careplus-api');
  const metrics = apiMetrics(parts.registry.definitions);
  const app = createApp({
    ...parts,
    metrics,
    tracing,
    readMailReport,
    readPageReport:
      environment.pagingSecret === undefined ? undefined : pageReportReader(environment.pagingSecret),
    ticketing: environment.ticketingSystems,
    files: fileFolder(environment.fileFolder),
    log,
    profile: environment.profile,
    mailSecret: environment.mailSecret ?? null,
    limits: { ...defaultLimits, ...environment.requestLimits, ...environment.keyLimits },
    tokens:
      environment.tokenRules && tokenReader(environment.tokenRules, new IssuerKeys(environment.tokenRules)),
  });
  const health = { stopping: false };
  const scrape = scrapeOf(metrics, database, parts.registry.definitions);
  const ops = await listen(opsApp(health, parts, scrape), environment.opsPort, environment.bind);
  const server = await listen(app, environment.port, environment.bind);
  log.info({ port: environment.port, opsPort: environment.opsPort }, 'API up');
  const stop = once(async () => {
    health.stopping = true;
    log.info({}, 'API stopping');
    await drained(server);
    await client.connection.close();
    await database.close();
    await tracing.close();
    await drained(ops);
    process.exit(0);
  });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void stop());
}

function demanded(name: string, value: string | undefined): string {
  if (value !== undefined) return value;
  process.stderr.write(`${name} is not set. Start with npm start, or name the server of your own.\n`);
  process.exit(78);
}

/** Health on a port of its own, which nobody outside needs to reach. */
function opsApp(
  health: { readonly stopping: boolean },
  parts: Parameters<typeof readiness>[0],
  metrics: Scrape,
): express.Express {
  const app = express();
  app.disable('x-powered-by');
  app.get('/metrics', async (_request, response) => {
    const body = await metrics.scrape();
    response.set('cache-control', 'no-store').set('content-type', metrics.contentType).send(body);
  });
  app.get('/livez', (_request, response) => {
    send(response, { status: 200, body: { status: 'ok', missing: [] } });
  });
  app.get('/readyz', async (_request, response) => {
    const stopping = { status: 503, body: { status: 'no', missing: ['stopping'] } };
    send(response, health.stopping ? stopping : await readiness(parts));
  });
  return app;
}

function listen(app: express.Express, port: number, host: string): Promise<Server> {
  const server = createServer(app);
  // Longer than a proxy keeps a connection open, so that it is never the one to meet a closed one.
  server.keepAliveTimeout = 65_000;
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve(server));
  });
}

/** Requests under way end first; connections that only idle are closed. */
function drained(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const patience = setTimeout(() => server.closeAllConnections(), DRAIN_MS);
    server.close(() => {
      clearTimeout(patience);
      resolve();
    });
    server.closeIdleConnections();
  });
}

function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => (done ??= work());
}

main().catch((error: unknown) => {
  process.stderr.write(
    `The API ended: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  process.exit(EXIT_DEPENDENCY);
});
