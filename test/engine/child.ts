/** Starts workers in processes of their own, and starts the next one when one was killed. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { inheritedEnvironment } from '../../config/environment.js';
import { temporalAddress } from '../support/temporal.js';
import type { Bench } from './bench.js';
import { workflowBundle } from './bundle.js';

export interface ChildPlan {
  readonly databaseUrl: string;
  readonly address: string;
  readonly taskQueue: string;
  readonly codePath: string;
  readonly smtpUrl: string;
  readonly claimMs: number;
  /** Where the test names the point to die at, and each death leaves a note; absent: none dies by itself. */
  readonly crashFolder?: string;
}

/** The file in the crash folder that names the point. */
export const ARMED = 'armed';

const SCRIPT = fileURLToPath(new URL('./worker-child.ts', import.meta.url));
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const READY_MS = 60_000;
const STOP_MS = 25_000;

export async function childPlan(
  bench: Pick<Bench, 'url' | 'taskQueue'>,
  wanted: Pick<ChildPlan, 'smtpUrl' | 'claimMs' | 'crashFolder'>,
): Promise<ChildPlan> {
  const address = await temporalAddress();
  const { codePath } = await workflowBundle();
  return { databaseUrl: bench.url, taskQueue: bench.taskQueue, address, codePath, ...wanted };
}

/** Keeps workers running until they are stopped; counts how often one was killed. */
export class Workers {
  kills = 0;
  /** Exit codes of those that were asked to stop. */
  readonly exits: (number | null)[] = [];
  private readonly children = new Set<ChildProcess>();
  private readonly ended: Promise<void>[] = [];
  private stopping = false;

  constructor(
    private readonly plan: ChildPlan,
    private readonly count: number,
  ) {}

  /** Resolves when every worker is up. */
  async start(): Promise<void> {
    const started = Array.from({ length: this.count }, async () => {
      await new Promise<void>((resolve, reject) => {
        this.ended.push(this.keepUp(resolve, reject));
      });
    });
    await Promise.all(started);
  }

  /** kill -9 of the one that runs longest; the next worker starts by itself. */
  kill(): void {
    const [oldest] = this.children;
    oldest?.kill('SIGKILL');
  }

  async stop(): Promise<void> {
    this.stopping = true;
    for (const child of this.children) child.kill('SIGTERM');
    // An ordered end takes seconds; one that does not come must not hide why the test failed.
    const patience = setTimeout(() => {
      for (const child of this.children) child.kill('SIGKILL');
    }, STOP_MS);
    await Promise.all(this.ended);
    clearTimeout(patience);
  }

  private async keepUp(up: () => void, failed: (error: Error) => void): Promise<void> {
    while (!this.stopping) {
      const child = spawn(process.execPath, ['--import', 'tsx/esm', SCRIPT, JSON.stringify(this.plan)], {
        cwd: ROOT,
        env: inheritedEnvironment({ NODE_OPTIONS: '' }),
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      this.children.add(child);
      const late = setTimeout(() => child.kill('SIGKILL'), READY_MS);
      child.stdout.once('data', () => {
        clearTimeout(late);
        up();
      });
      const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
      clearTimeout(late);
      this.children.delete(child);
      if (signal === 'SIGKILL') this.kills += 1;
      else if (this.stopping) this.exits.push(code);
      else return failed(new Error(`The worker ended by itself with ${code ?? signal}.`));
    }
  }
}
