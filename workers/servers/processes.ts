// Processes by id: whether one is still the process that we mean, and how to start and stop a server.
import { execFileSync, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, readSync, fstatSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { codeOf, statusOf } from './failure.js';

/**
 * A process as it can be written down: ids are reused by the system, so the start time goes with it.
 * `startedAs` is opaque; equal values mean the same process.
 */
export interface ProcessRecord {
  readonly pid: number;
  readonly startedAs: string;
}

/** A server that was started here or found running. */
export interface RunningProcess extends ProcessRecord {
  /** Resolves with a sentence once the process has ended, for whatever reason. */
  readonly gone: Promise<string>;
}

export interface SpawnPlan {
  readonly command: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly logFile: string;
  readonly cwd: string;
  /** The account to run under; absent: the present one. */
  readonly account?: Account | undefined;
}

export interface Account {
  readonly uid: number;
  readonly gid: number;
}

const POLL_MS = 25;
const WATCH_MS = 500;

/** Notes the running process with this id, or nothing when there is none (a zombie counts as none). */
export const recordOf = (pid: number): ProcessRecord | undefined => {
  const startedAs = process.platform === 'linux' ? startTimeFromProc(pid) : startTimeFromPs(pid);
  return startedAs === undefined ? undefined : { pid, startedAs };
};

/** Whether the very process of the record still runs. */
export const isRunning = (record: ProcessRecord): boolean =>
  recordOf(record.pid)?.startedAs === record.startedAs;

/** The command line of a running process, or an empty text when it cannot be read. */
export const commandLineOf = (pid: number): string => {
  try {
    if (process.platform === 'linux')
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
    return execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' });
  } catch (error) {
    if (isMissing(error)) return '';
    throw error;
  }
};

/**
 * Starts a server in a session of its own, so that Ctrl-C in the terminal reaches only the supervisor and the
 * order of the shutdown is ours. Its output goes to a file: a pipe would break when the supervisor dies.
 */
export const spawnServer = async (plan: SpawnPlan): Promise<RunningProcess> => {
  mkdirSync(dirname(plan.logFile), { recursive: true });
  const log = openSync(plan.logFile, 'a');
  try {
    const child = spawn(plan.command, [...plan.args], {
      cwd: plan.cwd,
      env: { ...plan.environment },
      stdio: ['ignore', log, log],
      detached: true,
      ...(plan.account ?? {}),
    });
    const gone = new Promise<string>((resolve) => {
      child.once('exit', (code, signal) =>
        resolve(signal === null ? `exit code ${code}` : `signal ${signal}`),
      );
    });
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', reject);
    });
    child.unref();
    const pid = child.pid ?? 0;
    return { pid, startedAs: recordOf(pid)?.startedAs ?? 'ended at once', gone };
  } finally {
    closeSync(log);
  }
};

/** Watches a process that is not our child: there is no exit event for it. */
export const watch = (record: ProcessRecord): RunningProcess => {
  const gone = new Promise<string>((resolve) => {
    const timer = setInterval(() => {
      if (isRunning(record)) return;
      clearInterval(timer);
      resolve('it is no longer there');
    }, WATCH_MS);
    timer.unref();
  });
  return { ...record, gone };
};

/** One attempt to end a process: the signal, and how long it may take (milliseconds). */
export interface StopStep {
  readonly signal: NodeJS.Signals;
  readonly patienceMs: number;
}

/** Ends a process with the given signals one after another; returns the one that did it, or none if it was gone. */
export const stopProcess = async (
  record: ProcessRecord,
  steps: readonly StopStep[],
): Promise<NodeJS.Signals | undefined> => {
  for (const { signal, patienceMs } of steps) {
    if (!isRunning(record)) return undefined;
    sendSignal(record, signal);
    if (await waitUntil(() => !isRunning(record), patienceMs)) return signal;
  }
  return undefined;
};

/** Sends a signal unless the process has ended in the meantime. */
export const sendSignal = (record: ProcessRecord, signal: NodeJS.Signals): void => {
  if (!isRunning(record)) return;
  try {
    process.kill(record.pid, signal);
  } catch (error) {
    if (codeOf(error) !== 'ESRCH') throw error;
  }
};

/** Waits for a condition; false when it did not come true in time. */
export const waitUntil = async (
  condition: () => boolean | Promise<boolean>,
  timeoutMs: number,
): Promise<boolean> => {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    if (await condition()) return true;
    if (performance.now() >= deadline) return false;
    await pause(POLL_MS);
  }
};

/** The last lines of a log file, for a message to a person. */
export const lastLines = (path: string, count: number): string => {
  const most = 8192;
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return '';
    throw error;
  }
  try {
    const { size } = fstatSync(file);
    const buffer = Buffer.alloc(Math.min(most, size));
    readSync(file, buffer, 0, buffer.length, Math.max(0, size - most));
    return buffer.toString('utf8').trimEnd().split('\n').slice(-count).join('\n');
  } finally {
    closeSync(file);
  }
};

const startTimeFromProc = (pid: number): string | undefined => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in parentheses may hold blanks; the fields after it are the state (3rd) and the start time (22nd).
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state, start] = [fields[0], fields[19]];
    if (state === 'Z' || state === 'X' || start === undefined) return undefined;
    return `${bootId()}/${start}`;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
};

/** Start times count from the boot; after a restart of the machine equal numbers mean nothing. */
const bootId = (): string => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();

const startTimeFromPs = (pid: number): string | undefined => {
  try {
    const [state, ...start] = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], {
      encoding: 'utf8',
    })
      .trim()
      .split(/\s+/);
    return state === undefined || state === '' || state.startsWith('Z') ? undefined : start.join(' ');
  } catch (error) {
    // ps ends with status 1 when there is no such process.
    if (statusOf(error) === 1) return undefined;
    throw error;
  }
};

const isMissing = (error: unknown): boolean =>
  codeOf(error) === 'ENOENT' || codeOf(error) === 'ESRCH' || statusOf(error) === 1;
