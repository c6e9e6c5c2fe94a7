/** The whole system for one test: Postgres, skipped time, catcher, worker and API as processes of their own, the CLI. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { run } from '../../cli/main.js';
import { inheritedEnvironment } from '../../config/environment.js';
import { BusinessClock } from '../../db/business-clock.js';
import { connect, type Database } from '../../db/connection.js';
import { installTestClock } from '../../db/test-clock.js';
import { startCatcher } from '../../integrations/mail/catcher.js';
import { freshDatabase } from '../support/database.js';
import { timeSkippingServer } from '../support/temporal.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const HOUR_MS = 3_600_000;
const READY_MS = 60_000;

export interface CaughtMail {
  readonly number: number;
  readonly to: readonly string[];
  readonly subject: string;
}

export class System {
  private worker: ChildProcess | undefined;
  private api: ChildProcess | undefined;

  private constructor(
    readonly server: TestWorkflowEnvironment,
    readonly database: Database,
    readonly apiUrl: string,
    readonly mailUrl: string,
    private readonly env: Readonly<Record<string, string>>,
    private readonly ends: readonly (() => Promise<void>)[],
  ) {}

  static async start(): Promise<System> {
    const server = await timeSkippingServer();
    const fresh = await freshDatabase();
    await installTestClock(fresh.url);
    const folder = mkdtempSync(join(tmpdir(), 'careplus-journey-'));
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
      TEMPORAL_ADDRESS: server.address,
      SMTP_URL: catcher.smtpUrl,
      PORT: String(port),
      CAREPLUS_OPS_PORT: String(opsPort),
      CAREPLUS_WORKER_OPS_PORT: String(workerOpsPort),
      CAREPLUS_DATA: folder,
      LOG_LEVEL: 'fatal',
    };
    const ends = [
      () => catcher.close(),
      () => database.close(),
      () => fresh.drop(),
      () => server.teardown(),
      async () => rmSync(folder, { recursive: true, force: true }),
    ];
    const system = new System(server, database, apiUrl, catcher.pageUrl, env, ends);
    await system.startWorker();
    system.api = await system.child('api/main.ts', `http://127.0.0.1:${String(opsPort)}/readyz`);
    return system;
  }

  async startWorker(): Promise<void> {
    this.worker = await this.child(
      'workers/main.ts',
      `http://127.0.0.1:${this.env['CAREPLUS_WORKER_OPS_PORT'] ?? ''}/readyz`,
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

  /** Lets time pass for everybody: the engine and the business clock. */
  async skip(hours: number): Promise<void> {
    await this.server.sleep(hours * HOUR_MS);
    await new BusinessClock(this.database).raiseTo(await this.server.currentTimeMs());
  }

  /** Skips to the next Monday, 10:00 in Berlin or near it: offices are open. */
  async skipToMonday(): Promise<void> {
    const now = new Date(await this.server.currentTimeMs());
    const days = (8 - now.getUTCDay()) % 7 || 7;
    const monday = Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate() + days, 9);
    await this.skip((monday - now.getTime()) / HOUR_MS);
  }

  /** Waits, a skipped minute at a time, until something is so. */
  async until<T>(what: string, look: () => Promise<T | null | undefined | false>): Promise<T> {
    for (let tries = 0; tries < 120; tries += 1) {
      const found = await look();
      if (found) return found;
      await this.server.sleep(1_000);
    }
    throw new Error(`It did not come to this: ${what}.`);
  }

  async mails(to: string): Promise<readonly CaughtMail[]> {
    const answer = await fetch(`${this.mailUrl}/messages.json?to=${encodeURIComponent(to)}&limit=200`);
    const body = (await answer.json()) as { messages?: CaughtMail[] } | CaughtMail[];
    return Array.isArray(body) ? body : (body.messages ?? []);
  }

  async mailText(number: number): Promise<string> {
    const answer = await fetch(`${this.mailUrl}/messages/${String(number)}/text`);
    return answer.text();
  }

  async stop(): Promise<void> {
    await stop(this.api, 'SIGTERM');
    await stop(this.worker, 'SIGTERM');
    for (const end of this.ends) await end();
  }

  private async child(script: string, readyUrl: string): Promise<ChildProcess> {
    const child = spawn(process.execPath, ['--import', 'tsx/esm', script], {
      cwd: ROOT,
      env: { ...inheritedEnvironment(this.env), NODE_OPTIONS: '' },
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
    if (error instanceof TypeError || (error as Error).name === 'TimeoutError') return false;
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
