/** Starts workers in processes of their own, and starts the next one when one was killed. */
import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { CrashPoint } from '../../activities/perform.js';
import { inheritedEnvironment } from '../../config/environment.js';
import type { EffectKind } from '../../workflows/messages.js';
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
  readonly databasePool?: number;
  readonly reconcileEveryMs?: number;
  /** Where the test names the point to die at, and each death leaves a note; absent: none dies by itself. */
  readonly crashFolder?: string;
  /** Drives errands that page people, by a gateway and chat rooms at this address. */
  readonly pagingUrl?: string;
  /** Drives real cases and escalations beside errands. */
  readonly desk?: true;
  /** Drives the product's own processes instead of errands. */
  readonly product?: true;
}

/** The file in the crash folder that holds what the next worker is to die of. */
export const ARMED = 'armed';
export interface Armed {
  /** The name of the note that the death leaves. */
  readonly note: string;
  readonly point: CrashPoint;
  /** It dies when an effect of each of these kinds stands at the point. */
  readonly kinds: readonly EffectKind[];
}

/** What a worker writes when it is up; every other line is a message of its log. */
export const UP = 'up';

const SCRIPT = fileURLToPath(new URL('./worker-child.ts', import.meta.url));
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const READY_MS = 60_000;
const STOP_MS = 25_000;
const MOST_REPORTED = 20;

export async function childPlan(
  bench: Pick<Bench, 'url' | 'taskQueue'>,
  wanted: Pick<ChildPlan, 'smtpUrl' | 'claimMs'> & Partial<ChildPlan>,
): Promise<ChildPlan> {
  const address = wanted.address ?? (await temporalAddress());
  const { codePath } = await workflowBundle();
  return { databaseUrl: bench.url, taskQueue: bench.taskQueue, codePath, ...wanted, address };
}

type Child = ChildProcessByStdio<Writable, Readable, null>;

/** Keeps workers running until they are stopped; counts how often one was killed. */
export class Workers {
  kills = 0;
  /** Exit codes of those that were asked to stop. */
  readonly exits: (number | null)[] = [];
  /** Messages of the log that were warnings or errors. */
  readonly said: string[] = [];
  private readonly up = new Set<Child>();
  private readonly all = new Set<Child>();
  private readonly ended: Promise<void>[] = [];
  private stopping = false;
  private readonly problems: string[] = [];

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

  /** How many are up and not killed. */
  get running(): number {
    return this.up.size;
  }

  /** kill -9 of the one that is up for longest; the next worker starts by itself. False when none is up. */
  kill(): boolean {
    const [oldest] = this.up;
    if (!oldest) return false;
    this.up.delete(oldest);
    return oldest.kill('SIGKILL');
  }

  /** Stops the one that is up for longest in its tracks; call what is given back to let it go on. */
  freeze(): () => void {
    const [oldest] = this.up;
    if (!oldest?.kill('SIGSTOP')) throw new Error('No worker is up.');
    return () => void oldest.kill('SIGCONT');
  }

  /** Throws when a worker has ended of which nobody asked it. */
  expectAllWell(): void {
    if (this.problems.length > 0) throw new Error(this.problems.join(' '));
  }

  /** Prints what the workers logged, the most frequent first. */
  report(): void {
    const counts = new Map<string, number>();
    for (const line of this.said) counts.set(line, (counts.get(line) ?? 0) + 1);
    const most = [...counts].sort(([, one], [, other]) => other - one).slice(0, MOST_REPORTED);
    for (const [line, count] of most) process.stdout.write(`  ${count} x ${line}\n`);
  }

  async stop(): Promise<void> {
    this.stopping = true;
    for (const child of this.all) child.kill('SIGTERM');
    // An ordered end takes seconds; one that does not come must not hide why the test failed.
    const patience = setTimeout(() => {
      for (const child of this.all) child.kill('SIGKILL');
    }, STOP_MS);
    await Promise.all(this.ended);
    clearTimeout(patience);
  }

  private async keepUp(up: () => void, failed: (error: Error) => void): Promise<void> {
    while (!this.stopping) {
      // Its standard input ends with this process, however that ends: then the worker goes too.
      const child = spawn(process.execPath, ['--import', 'tsx/esm', SCRIPT, JSON.stringify(this.plan)], {
        cwd: ROOT,
        env: inheritedEnvironment({ NODE_OPTIONS: '' }),
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      this.all.add(child);
      const late = setTimeout(() => child.kill('SIGKILL'), READY_MS);
      createInterface(child.stdout).on('line', (line) => {
        if (line !== UP) {
          this.said.push(line);
          return;
        }
        clearTimeout(late);
        this.up.add(child);
        up();
      });
      const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
      clearTimeout(late);
      this.all.delete(child);
      this.up.delete(child);
      if (signal === 'SIGKILL') this.kills += 1;
      else if (this.stopping) this.exits.push(code);
      else {
        const problem = `A worker ended by itself with ${String(code ?? signal)}.`;
        this.problems.push(problem);
        return failed(new Error(problem));
      }
    }
  }
}
