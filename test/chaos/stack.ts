/** The product's own worker and API as processes that can be killed, over servers of their own, with proxies between all. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { inheritedEnvironment } from '../../config/environment.js';
import { runChecks } from '../../db/check/run.js';
import { connect, type Database } from '../../db/connection.js';
import { readRestoredMode } from '../../db/restore/mode.js';
import { freePort } from '../../workers/servers/ports.js';
import { startTemporal } from '../../workers/servers/temporal.js';
import { provideBundle } from '../engine/bundle.js';
import { until } from '../engine/look.js';
import { startSmtpReceiver, type SmtpReceiver } from '../mail/smtp-receiver.js';
import { freshDatabase } from '../support/database.js';
import { startProxyFor, type Proxy } from '../support/proxy.js';
import { programPath, TEST_NAMESPACE } from '../support/temporal.js';
import { policyWith } from '../support/policies.js';
import { example } from '../support/world.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const READY_MS = 90_000;
const POLL_MS = 500;
const AUTHOR = 'kim-field';
const APPROVER = 'dana-hill';

export interface Edges {
  readonly workerToPostgres: Proxy;
  readonly workerToTemporal: Proxy;
  readonly workerToSmtp: Proxy;
  readonly apiToPostgres: Proxy;
  readonly apiToTemporal: Proxy;
}

export class Stack {
  private constructor(
    readonly api: Part,
    readonly worker: Part,
    readonly apiUrl: string,
    readonly databaseUrl: string,
    readonly database: Database,
    readonly receiver: SmtpReceiver,
    readonly edges: Edges,
    private readonly ends: readonly (() => Promise<void>)[],
  ) {}

  /** With people, calendars and the policy of the examples. `settings` are variables of the API alone. */
  static async start(settings: Readonly<Record<string, string>> = {}): Promise<Stack> {
    const fresh = await freshDatabase();
    const folder = mkdtempSync(join(tmpdir(), 'careplus-chaos-'));
    await provideBundle(folder);
    const temporal = await startTemporal({
      executable: await programPath('dev-server'),
      dataDir: join(folder, 'temporal'),
      port: 0,
      namespace: TEST_NAMESPACE,
      log: () => undefined,
    });
    const receiver = await startSmtpReceiver();
    const edges: Edges = {
      workerToPostgres: await startProxyFor(fresh.url),
      workerToTemporal: await startProxyFor(temporal.address),
      workerToSmtp: await startProxyFor(receiver.url),
      apiToPostgres: await startProxyFor(fresh.url),
      apiToTemporal: await startProxyFor(temporal.address),
    };
    const worker = await workerOf(folder, edges, fresh.url, temporal.address, receiver.url);
    const { api, apiUrl } = await apiOf(folder, edges, fresh.url, temporal.address, settings);
    const database = connect({ databaseUrl: fresh.url, poolSize: 3 });
    const stack = new Stack(api, worker, apiUrl, fresh.url, database, receiver, edges, [
      () => database.close(),
      ...Object.values(edges).map((proxy: Proxy) => () => proxy.close()),
      () => receiver.close(),
      () => temporal.stop(),
      () => fresh.drop(),
      async () => rmSync(folder, { recursive: true, force: true }),
    ]);
    try {
      await Promise.all([api.start(), worker.start()]);
      await stack.provision();
    } catch (error) {
      await stack.stop();
      throw error;
    }
    return stack;
  }

  /** Asks the API; throws where it cannot be reached or breaks off. */
  async ask(path: string, asked: Asked = {}): Promise<Answer> {
    const { method = 'GET', body, key, as = AUTHOR, withinMs = 30_000 } = asked;
    const response = await fetch(new URL(path, this.apiUrl), {
      method,
      headers: {
        'x-careplus-as': as,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(key === undefined ? {} : { 'idempotency-key': key }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(withinMs),
    });
    const text = await response.text();
    const retryAfter = response.headers.get('retry-after');
    return { status: response.status, body: text === '' ? null : (JSON.parse(text) as unknown), retryAfter };
  }

  /** Imports a contract like the example's under an id of its own; gives the id of its process. */
  async importContract(id: string): Promise<string> {
    const file = {
      ...(example('contract.yaml') as object),
      id,
      number: id,
      endUser: { id: `${id}-user`, name: `End User ${id}` },
      sites: [
        {
          id: `${id}-site`,
          name: 'Hub',
          country: 'DE',
          city: 'Berlin',
          address: 'Beispielweg 1',
          zone: 'Europe/Berlin',
        },
      ],
      contacts: [
        {
          id: `${id}-contact`,
          name: `Contact ${id}`,
          email: `contact@${id}.example`,
          phone: '+49 30 5550 201',
          language: 'en',
          zone: 'Europe/Berlin',
          primaryContact: true,
          authorisedCaller: true,
          approver: true,
        },
      ],
    };
    const { status, body } = await this.ask('/v1/contracts', {
      method: 'POST',
      body: { file },
      key: `import-${id}`,
    });
    if (status !== 201) throw new Error(`${id} was not imported: ${JSON.stringify(body)}`);
    return (body as { readonly processId: string }).processId;
  }

  /** What the production checker finds, without grace, once everything has come to rest; empty when all is well. */
  async problems(withinMs: number): Promise<readonly string[]> {
    let found: readonly string[] = [];
    const look = async (): Promise<boolean> => {
      const results = await runChecks(this.database, { graceMs: 0 });
      found = results
        .filter(({ count }) => count > 0)
        .map(({ name, examples }) => `${name}: ${examples.join(', ')}`);
      return found.length === 0;
    };
    const deadline = performance.now() + withinMs;
    while (!(await look()) && performance.now() < deadline) await pause(POLL_MS);
    const mode = await readRestoredMode(this.database);
    return mode ? [...found, `restored mode by ${mode.foundBy}`] : found;
  }

  async stop(): Promise<void> {
    await Promise.all([this.api.end(), this.worker.end()]);
    for (const end of this.ends) await end();
  }

  private async provision(): Promise<void> {
    const put = async (path: string, body: unknown, as: string, method = 'POST'): Promise<void> => {
      const { status, body: said } = await this.ask(path, { method, body, as });
      if (status >= 300) throw new Error(`${path} was refused: ${JSON.stringify(said)}`);
    };
    await put('/v1/staff', example('provider.yaml'), AUTHOR, 'PUT');
    for (const id of ['berlin-office', 'new-york-office', 'round-the-clock']) {
      await put('/v1/calendars', example(`calendars/${id}.yaml`), AUTHOR);
      await put(`/v1/calendars/${id}/versions/1/approve`, {}, APPROVER);
    }
    await put('/v1/policies', policyWith('userGuide'), AUTHOR);
    await put('/v1/policies/standard/versions/1/approve', {}, APPROVER);
  }
}

export interface Asked {
  readonly method?: string;
  readonly body?: unknown;
  readonly key?: string;
  readonly as?: string;
  readonly withinMs?: number;
}

export interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly retryAfter: string | null;
}

async function workerOf(
  folder: string,
  edges: Edges,
  databaseUrl: string,
  temporal: string,
  smtpUrl: string,
): Promise<Part> {
  const opsPort = await freePort();
  return new Part('workers/main.ts', `http://127.0.0.1:${String(opsPort)}/readyz`, {
    DATABASE_URL: edges.workerToPostgres.through(databaseUrl),
    TEMPORAL_ADDRESS: edges.workerToTemporal.through(temporal),
    SMTP_URL: edges.workerToSmtp.through(smtpUrl),
    CAREPLUS_WORKER_OPS_PORT: String(opsPort),
    CAREPLUS_DATA: folder,
    LOG_LEVEL: 'fatal',
  });
}

async function apiOf(
  folder: string,
  edges: Edges,
  databaseUrl: string,
  temporal: string,
  settings: Readonly<Record<string, string>>,
): Promise<{ readonly api: Part; readonly apiUrl: string }> {
  const port = await freePort();
  const opsPort = await freePort();
  const api = new Part('api/main.ts', `http://127.0.0.1:${String(opsPort)}/readyz`, {
    DATABASE_URL: edges.apiToPostgres.through(databaseUrl),
    TEMPORAL_ADDRESS: edges.apiToTemporal.through(temporal),
    PORT: String(port),
    CAREPLUS_OPS_PORT: String(opsPort),
    CAREPLUS_DATA: folder,
    LOG_LEVEL: 'fatal',
    ...settings,
  });
  return { api, apiUrl: `http://127.0.0.1:${String(port)}` };
}

/** One process of the product. */
export class Part {
  private child: ChildProcess | undefined;

  constructor(
    private readonly script: string,
    private readonly readyUrl: string,
    private readonly environment: Readonly<Record<string, string>>,
  ) {}

  /** Resolves when it says that it is ready. */
  async start(): Promise<void> {
    const child = spawn(process.execPath, ['--import', 'tsx/esm', this.script], {
      cwd: ROOT,
      env: { ...inheritedEnvironment(this.environment), NODE_OPTIONS: '' },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    this.child = child;
    await until(`${this.script} is ready`, () => this.ready(), READY_MS);
  }

  async ready(): Promise<boolean> {
    if (this.child?.exitCode !== null) throw new Error(`${this.script} has ended.`);
    return answersOk(this.readyUrl);
  }

  /** kill -9, without a word to anybody. */
  async kill(): Promise<void> {
    await this.signal('SIGKILL');
  }

  async end(): Promise<void> {
    await this.signal('SIGTERM');
  }

  private async signal(signal: NodeJS.Signals): Promise<void> {
    const { child } = this;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
  }
}

async function answersOk(url: string): Promise<boolean> {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(1_000) })).ok;
  } catch (error) {
    // Not listening yet, or not answering: whoever waits has a limit.
    if (['TypeError', 'TimeoutError'].includes((error as Error).name)) return false;
    throw error;
  }
}
