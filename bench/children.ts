/** Programs of a measurement in processes of their own, so that what is measured does not share a thread with who measures. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { BareApiPlan } from './child/bare-api.js';
import type { BareWorkerPlan } from './child/bare-worker.js';
import type { ApiPlan } from './child/api.js';
import type { WorkerPlan } from './child/worker.js';
import { inheritedEnvironment } from '../config/environment.js';

export interface Child {
  readonly pid: number;
  /** What it said when it was ready; a server says its port. */
  readonly port: number;
  /** Told of every later message. */
  readonly onMessage: (listener: (message: unknown) => void) => void;
  /** Asks for a report; programs that keep none answer null. */
  readonly report: () => Promise<unknown>;
  readonly stop: () => Promise<void>;
}

interface Plans {
  readonly api: ApiPlan;
  readonly worker: WorkerPlan;
  readonly 'bare-api': BareApiPlan;
  readonly 'bare-worker': BareWorkerPlan;
}

const READY_MS = 60_000;

/** `nodeOptions`: for the profile, such as --cpu-prof. */
export async function startChild<P extends keyof Plans>(
  program: P,
  plan: Plans[P],
  nodeOptions: readonly string[] = [],
): Promise<Child> {
  const path = fileURLToPath(new URL(`child/${program}.ts`, import.meta.url));
  const child = fork(path, [JSON.stringify(plan)], {
    execArgv: ['--import', 'tsx/esm', ...nodeOptions],
    env: inheritedEnvironment({ NODE_ENV: 'production', NODE_OPTIONS: '' }),
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const ready = await message(child, program, (said): said is { port: number } => has(said, 'port'));
  return {
    pid: child.pid ?? 0,
    port: ready.port,
    onMessage: (listener) => void child.on('message', listener),
    report: async () => {
      child.send({ report: true });
      return (await message(child, program, (said): said is { report: unknown } => has(said, 'report')))
        .report;
    },
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.send({ stop: true });
      await gone;
    },
  };
}

function has(said: unknown, key: string): boolean {
  return typeof said === 'object' && said !== null && key in said;
}

function message<T>(child: ChildProcess, program: string, fits: (said: unknown) => said is T): Promise<T> {
  return new Promise((resolve, reject) => {
    const patience = setTimeout(() => settle(() => reject(new Error(`${program} says nothing.`))), READY_MS);
    const onMessage = (said: unknown): void => {
      if (fits(said)) settle(() => resolve(said));
    };
    const onExit = (code: number | null): void =>
      settle(() => reject(new Error(`${program} ended with ${String(code)}.`)));
    const settle = (then: () => void): void => {
      clearTimeout(patience);
      child.off('message', onMessage);
      child.off('exit', onExit);
      then();
    };
    child.on('message', onMessage);
    child.once('exit', onExit);
  });
}
