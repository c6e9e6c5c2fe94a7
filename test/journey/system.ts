/**
 * The whole system for one test: Postgres, Temporal, catcher, worker and API as processes of their own, the CLI.
 * Business time is moved by the test clock of the database; the engine's own timers run in real time.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Client } from '@temporalio/client';
import { run } from '../../cli/main.js';
import { inheritedEnvironment } from '../../config/environment.js';
import { BusinessClock, businessNow } from '../../db/business-clock.js';
import { connect, type Database } from '../../db/connection.js';
import { installTestClock } from '../../db/test-clock.js';
import { startCatcher } from '../../integrations/mail/catcher.js';
import { provideBundle } from '../engine/bundle.js';
import { freshDatabase } from '../support/database.js';
import { connectClient } from '../../messages/ringer.js';
import { startTemporal } from '../../workers/servers/temporal.js';
import { programPath, TEST_NAMESPACE } from '../support/temporal.js';
import { example } from '../support/world.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const HOUR_MS = 3_600_000;
const READY_MS = 60_000;
const PATIENCE_MS = 40_000;
const SKEWED_CLOCK = fileURLToPath(new URL('../support/skewed-clock.mjs', import.meta.url));

export interface CaughtMail {
  readonly n: number;
  readonly to: readonly string[];
  readonly subject: string;
}

/** How far the clocks of the processes run ahead of the true time; below zero they are late. */
export interface Skew {
  readonly apiMs: number;
  readonly workerMs: number;
}

export class System {
  private worker: ChildProcess | undefined;
  private api: ChildProcess | undefined;

  private constructor(
    readonly client: Client,
    readonly database: Database,
    readonly apiUrl: string,
    readonly mailUrl: string,
    private readonly env: Readonly<Record<string, string>>,
    private readonly ends: readonly (() => Promise<void>)[],
    private readonly skew: Skew | null,
  ) {}

  /** With a skew business time is the database's own clock, as in production, and cannot be skipped. */
  static async start(skew: Skew | null = null): Promise<System> {
    const fresh = await freshDatabase();
    if (!skew) await installTestClock(fresh.url);
    const folder = mkdtempSync(join(tmpdir(), 'careplus-journey-'));
    await provideBundle(folder);
    const temporal = await startTemporal({
      executable: await programPath('dev-server'),
      dataDir: join(folder, 'temporal'),
      port: 0,
      namespace: TEST_NAMESPACE,
      log: () => undefined,
    });
    const client = connectClient({ address: temporal.address, namespace: TEST_NAMESPACE });
    const [port = 0, opsPort = 0, workerOpsPort = 0] = await freePorts(3);
    const apiUrl = `http://127.0.0.1:${String(port)}`;
    const catcher = await startCatcher({
      dataDir: folder,
      smtpPort: 0,
      httpPort: 0,
      onBounce: `${apiUrl}/v1/mail/reports`,
    });
    const database = connect({ databaseUrl: fresh.url, poolSize: 3 });
    const env = {
      DATABASE_URL: fresh.url,
      TEMPORAL_ADDRESS: temporal.address,
      SMTP_URL: catcher.smtpUrl,
      PORT: String(port),
      CAREPLUS_OPS_PORT: String(opsPort),
      CAREPLUS_WORKER_OPS_PORT: String(workerOpsPort),
      CAREPLUS_DATA: folder,
      TEST_SKEW_NOTES: join(folder, 'clocks'),
      LOG_LEVEL: 'fatal',
    };
    const ends = [
      () => catcher.close(),
      () => database.close(),
      () => fresh.drop(),
      () => client.connection.close(),
      () => temporal.stop(),
      async () => rmSync(folder, { recursive: true, force: true }),
    ];
    const system = new System(client, database, apiUrl, catcher.pageUrl, env, ends, skew);
    await system.startWorker();
    const apiReady = `http://127.0.0.1:${String(opsPort)}/readyz`;
    system.api = await system.child('api/main.ts', apiReady, skew?.apiMs);
    return system;
  }

  async startWorker(): Promise<void> {
    this.worker = await this.child(
      'workers/main.ts',
      `http://127.0.0.1:${this.env['CAREPLUS_WORKER_OPS_PORT'] ?? ''}/readyz`,
      this.skew?.workerMs,
    );
  }

  /** kill -9, without a word to anybody. */
  async killWorker(): Promise<void> {
    await stop(this.worker, 'SIGKILL');
  }

  /** Types a command; gives its answer as programs get it, and refuses to go on when it failed. */
  async careplus(as: string, ...words: string[]): Promise<Record<string, unknown>> {
    const { code, out, err } = await this.type(as, [...words, '--json']);
    if (code !== 0) throw new Error(`careplus ${words.join(' ')} ended with ${String(code)}:\n${out}${err}`);
    return JSON.parse(out) as Record<string, unknown>;
  }

  /** Types a command as a person would. */
  async type(as: string, words: readonly string[]): Promise<{ code: number; out: string; err: string }> {
    let out = '';
    let err = '';
    const code = await run([...words, '--url', this.apiUrl, '--as', as], {
      out: (text) => (out += text),
      err: (text) => (err += text),
      env: {},
      terminal: false,
      columns: undefined,
      zone: 'Europe/Berlin',
      cwd: ROOT,
      now: () => Date.now(),
      pause: async (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    });
    return { code, out, err };
  }

  /** Lets business time pass for everybody. */
  async skip(hours: number): Promise<void> {
    await new BusinessClock(this.database).raiseTo((await this.now()) + hours * HOUR_MS);
  }

  /**
   * Opens the offices round the clock: nothing waits for a morning, on whatever day the test runs. Skipping to one would
   * leave the engine's timers behind, and each effect would wait until the relay looks after it.
   */
  async openAtAllHours(): Promise<void> {
    const { weekly } = example('calendars/round-the-clock.yaml') as { weekly: unknown };
    for (const id of ['berlin-office', 'new-york-office']) {
      const office = example(`calendars/${id}.yaml`) as Record<string, unknown>;
      const { holidays: _none, openDays: _days, ...rest } = office;
      const file = join(this.env['CAREPLUS_DATA'] ?? '', `always-open-${id}.json`);
      writeFileSync(file, JSON.stringify({ ...rest, weekly }));
      const { version } = await this.careplus('kim-field', 'calendar', 'import', file);
      await this.careplus('dana-hill', 'calendar', 'approve', id, String(version));
    }
  }

  /** Asks again and again until something is so. */
  async until<T>(what: string, look: () => Promise<T | null | undefined | false>): Promise<T> {
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      const found = await look();
      if (found) return found;
      if (Date.now() > deadline) throw new Error(`It did not come to this: ${what}.`);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }

  /** Business time, epoch milliseconds. */
  async now(): Promise<number> {
    return this.database.as('relay', {}, businessNow);
  }

  async mails(to: string): Promise<readonly CaughtMail[]> {
    const answer = await fetch(
      new URL(`/messages.json?to=${encodeURIComponent(to)}&limit=100`, this.mailUrl),
    );
    const body = (await answer.json()) as { messages?: CaughtMail[] } | CaughtMail[];
    return Array.isArray(body) ? body : (body.messages ?? []);
  }

  async mailText(number: number): Promise<string> {
    const answer = await fetch(new URL(`/messages/${String(number)}/text`, this.mailUrl));
    return answer.text();
  }

  /** What the clocks of the children showed when they began, epoch milliseconds. */
  shownClocks(): readonly number[] {
    const text = readFileSync(this.env['TEST_SKEW_NOTES'] ?? '', 'utf8');
    return text.trim().split('\n').map(Date.parse);
  }

  /** Every process that a person may see. */
  async processIds(as: string): Promise<readonly string[]> {
    const answer = await fetch(new URL('/v1/processes?limit=100', this.apiUrl), {
      headers: { 'x-careplus-as': as },
    });
    const { items } = (await answer.json()) as { items: readonly { id: string }[] };
    return items.map((item) => item.id);
  }

  async stop(): Promise<void> {
    await stop(this.api, 'SIGTERM');
    await stop(this.worker, 'SIGTERM');
    for (const end of this.ends) await end();
  }

  private async child(script: string, readyUrl: string, skewMs = 0): Promise<ChildProcess> {
    const preloads = ['--import', SKEWED_CLOCK, '--import', 'tsx/esm'];
    const child = spawn(process.execPath, [...preloads, script], {
      cwd: ROOT,
      env: { ...inheritedEnvironment(this.env), NODE_OPTIONS: '', TEST_SKEW_MS: String(skewMs) },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const deadline = Date.now() + READY_MS;
    while (!(await answers(readyUrl))) {
      if (child.exitCode !== null) throw new Error(`${script} ended with ${String(child.exitCode)}.`);
      if (Date.now() > deadline) throw new Error(`${script} did not become ready.`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    return child;
  }
}

async function stop(child: ChildProcess | undefined, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  if (!child || child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill(signal);
  await gone;
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(1_000) })).ok;
  } catch (error) {
    // Not listening yet; the deadline above ends the wait.
    if (['TypeError', 'TimeoutError'].includes((error as Error).name)) return false;
    throw error;
  }
}

/** Ports that were free a moment ago. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => {
    const address = server.address();
    return typeof address === 'object' && address ? address.port : 0;
  });
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
