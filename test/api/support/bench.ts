/** The API in this process over a database, a Temporal server and a worker of its own; set up through the API itself. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import supertest from 'supertest';
import { parse } from 'yaml';
import { silentLog } from '../../../activities/log.js';
import { createApp } from '../../../api/app.js';
import { composeParts } from '../../../api/compose.js';
import { defaultLimits, type Dependencies } from '../../../api/dependencies.js';
import { createLog } from '../../../api/middleware/request-log.js';
import { connect, type Database } from '../../../db/connection.js';
import { createRegistry } from '../../../db/definitions.js';
import { stores } from '../../../db/stores.js';
import { recordingFiles } from '../../../integrations/files/recording.js';
import { createRecordingMail, type RecordingMail } from '../../../integrations/mail/recording.js';
import { readMailReport } from '../../../integrations/mail/report.js';
import { connectClient } from '../../../messages/ringer.js';
import { startWorker, type RunningWorker, type WorkerPlan } from '../../../workers/run-worker.js';
import { workflowBundle } from '../../engine/bundle.js';
import { freshDatabase } from '../../support/database.js';
import { policyWith } from '../../support/policies.js';
import { TEST_NAMESPACE, temporalAddress, uniqueTaskQueue } from '../../support/temporal.js';

Runtime.install({
  shutdownSignals: [],
  logger: new DefaultLogger('ERROR'),
  telemetryOptions: { logging: { filter: { core: 'ERROR', other: 'ERROR' } } },
});

export interface ApiBench {
  readonly database: Database;
  /** Of the database, with all rights. */
  readonly url: string;
  /** Where its runners wait for a worker. */
  readonly taskQueue: string;
  readonly deps: Dependencies;
  readonly mail: RecordingMail;
  /** Everything that the API has logged so far. */
  readonly logged: () => string;
  /** A client that asks as a person; without one, as nobody. */
  readonly as: (person: string | null) => Client;
  readonly close: () => Promise<void>;
}

export interface Asking {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Answer {
  readonly status: number;
  /** Parsed JSON. */
  readonly body: unknown;
  readonly text: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface Client {
  get(path: string, asking?: Asking): Promise<Answer>;
  post(path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  put(path: string, body: unknown, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  delete(path: string, headers?: Readonly<Record<string, string>>): Promise<Answer>;
}

export interface BenchOptions {
  /** Without a worker nothing is decided: requests stay accepted. */
  readonly worker?: boolean;
  readonly change?: Partial<Dependencies>;
  /** Counts and spans of the worker. */
  readonly observers?: WorkerPlan['observers'];
  /** The log of the worker. */
  readonly workerLog?: WorkerPlan['log'];
  /** Staff, calendars and policy set. */
  readonly provisioned?: boolean;
  /** The policy set `standard`, as a file. */
  readonly policy?: object;
  /** Runs on the empty database first, such as installTestClock. */
  readonly prepare?: (databaseUrl: string) => Promise<void>;
}

/** Tests ask more often than people, and wait longer on a busy machine; those of the limits bring their own. */
const unlimited = {
  patienceMs: 30_000,
  requestsPerMinute: 1_000_000,
  requestsPerKey: 1_000_000,
  requestsPerPerson: 1_000_000,
  requestsPerTenant: 1_000_000,
  linksPerMinute: 1_000_000,
};

export async function openApi({
  worker = true,
  change = {},
  observers,
  workerLog = silentLog,
  provisioned = true,
  policy = policyWith('userGuide'),
  prepare,
}: BenchOptions = {}): Promise<ApiBench> {
  const fresh = await freshDatabase();
  await prepare?.(fresh.url);
  const database = connect({ databaseUrl: fresh.url, poolSize: 10, acquireMs: 30_000 });
  const address = await temporalAddress();
  const client = connectClient({ address, namespace: TEST_NAMESPACE });
  const taskQueue = uniqueTaskQueue();
  const mail = createRecordingMail();
  const lines: string[] = [];
  const log = createLog('debug', { write: (line: string) => void lines.push(line) });
  const deps: Dependencies = {
    ...composeParts({ database, client, taskQueue, registry: createRegistry(), stores }),
    readMailReport,
    files: recordingFiles(),
    log,
    profile: 'dev',
    mailSecret: null,
    // A machine that runs many suites at once answers late, and is well.
    limits: { ...defaultLimits, ...unlimited, patienceMs: 10_000 },
    checkAnswers: true,
    ...change,
  };
  let running: RunningWorker | undefined;
  if (worker) {
    running = await startWorker({
      databaseUrl: fresh.url,
      databasePool: 10,
      temporalAddress: address,
      temporalNamespace: TEST_NAMESPACE,
      workflowTasks: 20,
      cachedWorkflows: 400,
      taskQueue,
      registry: createRegistry(),
      stores,
      mailPort: mail,
      mailFrom: 'care@provider.example',
      publicUrl: 'http://127.0.0.1:8088',
      linkSecret: 'a secret of the tests',
      log: workerLog,
      ...(observers ? { observers } : {}),
      codePath: (await workflowBundle()).codePath,
      relayLimits: { everyMs: 200, effectAfterMs: 200, ringAfterMs: 1_000 },
    });
  }
  const app = createApp(deps);
  const server = app.listen(0, '127.0.0.1');
  const as = (person: string | null) => clientOf(server, person);
  if (provisioned) await provision(as, policy);
  return {
    database,
    url: fresh.url,
    taskQueue,
    deps,
    mail,
    as,
    logged: () => lines.join(''),
    close: async () => {
      await running?.shutdown();
      await new Promise((resolve) => server.close(resolve));
      await client.connection.close();
      await database.close();
      await fresh.drop();
    },
  };
}

function clientOf(server: Parameters<typeof supertest>[0], person: string | null): Client {
  const agent = supertest(server);
  const prepared = (request: supertest.Test, headers: Readonly<Record<string, string>>) => {
    if (person !== null) void request.set('x-careplus-as', person);
    for (const [name, value] of Object.entries(headers)) void request.set(name, value);
    return request;
  };
  const answered = async (request: supertest.Test): Promise<Answer> => {
    const response = await request;
    const { status, text } = response;
    return { status, body: response.body as unknown, text, headers: response.headers };
  };
  return {
    get: (path, { headers = {} } = {}) => answered(prepared(agent.get(path), headers)),
    post: (path, body = {}, headers = {}) =>
      answered(prepared(agent.post(path), headers).send(body as object)),
    put: (path, body, headers = {}) => answered(prepared(agent.put(path), headers).send(body as object)),
    delete: (path, headers = {}) => answered(prepared(agent.delete(path), headers)),
  };
}

/** A file of the examples, parsed. */
export function example(path: string): Record<string, unknown> {
  const file = fileURLToPath(new URL(`../../../examples/${path}`, import.meta.url));
  return parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
}

export const AUTHOR = 'kim-field';
export const APPROVER = 'dana-hill';

/** Imports the example contract and activates it today. */
export async function activateExample({ as }: Pick<ApiBench, 'as'>): Promise<void> {
  const kim = as(AUTHOR);
  const file = example('contract.yaml');
  const { processId } = expected<{ processId: string }>(await kim.post('/v1/contracts', { file }), 201);
  const portalRegisteredOn = new Date().toISOString().slice(0, 10);
  expected(await kim.post(`/v1/processes/${processId}/commands/activate`, { portalRegisteredOn }), 200);
}

/** As an installation is set up: people, calendars and policy, each approved by somebody else than its author. */
async function provision(as: (person: string | null) => Client, policy: object): Promise<void> {
  expected(await as(null).put('/v1/staff', example('provider.yaml')), 200);
  for (const id of ['berlin-office', 'new-york-office', 'round-the-clock']) {
    expected(await as(AUTHOR).post('/v1/calendars', example(`calendars/${id}.yaml`)), 201);
    expected(await as(APPROVER).post(`/v1/calendars/${id}/versions/1/approve`), 200);
  }
  expected(await as(AUTHOR).post('/v1/policies', policy), 201);
  expected(await as(APPROVER).post('/v1/policies/standard/versions/1/approve'), 200);
}

/** The body of an answer that must have a status; what it holds is judged by the test that names its type. */
export function expected<T = Readonly<Record<string, unknown>>>(answer: Answer, status: number): T {
  if (answer.status !== status) {
    throw new Error(
      `Expected ${String(status)}, got ${String(answer.status)}: ${answer.text.slice(0, 2000)}`,
    );
  }
  return answer.body as T;
}

/** Looks until `look` finds something; there is no other way to see work of the engine. */
export async function until<T>(
  look: () => Promise<T | null | undefined | false>,
  patienceMs = 20_000,
): Promise<T> {
  const end = Date.now() + patienceMs;
  for (;;) {
    const found = await look();
    if (found !== null && found !== undefined && found !== false) return found;
    if (Date.now() > end) throw new Error(`Not seen within ${String(patienceMs / 1000)} s.`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Waits until processes have told one another everything; messages to people may wait for business hours. */
export async function atRest(database: Database): Promise<void> {
  await until(async () =>
    database.as('admin', {}, async (trx) => {
      const row = await trx.row<{ rest: boolean }>(
        `select not exists (select from inbox where state = 'pending')
           and not exists (select from effects where state in ('planned', 'sent') and kind <> 'mail') as rest`,
      );
      return row?.rest === true;
    }),
  );
}

/** Counts what an import could have left behind. */
export async function stored(database: Database): Promise<Readonly<Record<string, number>>> {
  return database.as('admin', {}, async (trx) => {
    const row = await trx.row<Record<string, number>>(
      `select (select count(*)::integer from tenants) as tenants, (select count(*)::integer from processes) as processes,
         (select count(*)::integer from inbox where kind <> 'system') as inbox, (select count(*)::integer from people) as people,
         (select count(*)::integer from events where trigger not like 'system %') as events, (select count(*)::integer from calendars) as calendars,
         (select count(*)::integer from policies) as policies`,
    );
    return row ?? {};
  });
}
