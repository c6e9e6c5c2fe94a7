// The parts that a supervisor starts in order and stops in reverse: steps, embedded servers, child processes.
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inheritedEnvironment } from '../config/environment.js';
import { codeOf, StartFailure } from './servers/failure.js';
import { lastLines, recordOf, stopProcess, waitUntil, type RunningProcess } from './servers/processes.js';

/** Settings that one part hands to the parts after it, by their environment names (DATABASE_URL …). */
export type Provided = Readonly<Record<string, string>>;

export interface PartContext {
  /** What the parts before this one have provided. */
  readonly provided: Provided;
  readonly log: (sentence: string) => void;
}

/** A part of the system: the supervisor starts it, watches it, starts it again when it dies, and stops it. */
export interface Part {
  /** One word, used in log file names and messages. */
  readonly name: string;
  /** What the screen says, for example "Postgres". */
  readonly title: string;
  start(context: PartContext): Promise<StartedPart>;
}

export interface StartedPart {
  /** Shown behind the title, for example an address. */
  readonly detail?: string;
  readonly provides?: Provided;
  /** Absent for a step that is done when `start` returns (migration, demo data). */
  readonly running?: {
    /** Resolves with a reason when the part has ended. */
    readonly gone: Promise<string>;
    stop(): Promise<void>;
  };
}

export interface ChildOptions {
  readonly name: string;
  readonly title: string;
  /** A TypeScript file of the project, from its root: `api/main.ts`. */
  readonly script: string;
  /** Answers 200 once the child can work; absent: a child that was spawned counts as up. */
  readonly readyUrl?: string;
  readonly detail?: string;
  /** The folder of the log files. */
  readonly logFolder: string;
  /** How long the child's own ordered shutdown may take (milliseconds). */
  readonly stopPatienceMs?: number;
}

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const READY_PATIENCE_MS = 60_000;
const STOP_PATIENCE_MS = 20_000;
/** A log that grew beyond this is set aside at the next start; one older file is kept. */
const MOST_LOG_BYTES = 10_000_000;

/** A part that is a Node process of the project, restarted by the supervisor, ended by SIGTERM. */
export const childPart = (options: ChildOptions): Part => ({
  name: options.name,
  title: options.title,
  start: async ({ provided }) => {
    const logFile = `${options.logFolder}/${options.name}.log`;
    const child = await spawnChild(options.script, logFile, provided);
    const stop = async (): Promise<void> => {
      const patienceMs = options.stopPatienceMs ?? STOP_PATIENCE_MS;
      await stopProcess(child, [
        { signal: 'SIGTERM', patienceMs },
        { signal: 'SIGKILL', patienceMs: 5_000 },
      ]);
    };
    const failure = await untilReady(child, options.readyUrl);
    if (failure === undefined)
      return {
        ...(options.detail === undefined ? {} : { detail: options.detail }),
        running: { gone: child.gone, stop },
      };
    await stop();
    throw new StartFailure(
      1,
      `${options.title} did not start (${failure}); its log ${logFile} ends with:\n${lastLines(logFile, 12)}\n`,
      'Correct that and start again.',
    );
  },
});

/** A step without a process, such as the migration of the database. What `run` gives is shown behind the title. */
export const stepPart = (
  name: string,
  title: string,
  run: (context: PartContext) => Promise<string | undefined>,
): Part => ({
  name,
  title,
  start: async (context) => {
    const detail = await run(context);
    return detail === undefined ? {} : { detail };
  },
});

/** Like `spawnServer`, with a channel: the child learns from its end that the supervisor is gone. */
const spawnChild = async (script: string, logFile: string, provided: Provided): Promise<RunningProcess> => {
  mkdirSync(dirname(logFile), { recursive: true });
  setAsideLargeLog(logFile);
  const log = openSync(logFile, 'a');
  try {
    const guard = fileURLToPath(new URL('supervised-child.mjs', import.meta.url));
    const child = spawn(process.execPath, ['--import', 'tsx/esm', '--import', guard, script], {
      cwd: ROOT,
      env: inheritedEnvironment(provided),
      stdio: ['ignore', log, log, 'ipc'],
      // A session of its own: Ctrl-C reaches the supervisor only, which stops the parts in order.
      detached: true,
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
    const pid = child.pid ?? 0;
    return { pid, startedAs: recordOf(pid)?.startedAs ?? 'ended at once', gone };
  } finally {
    closeSync(log);
  }
};

/** Why the child did not become ready, or nothing. */
const untilReady = async (child: RunningProcess, url: string | undefined): Promise<string | undefined> => {
  if (url === undefined) return undefined;
  let ended: string | undefined;
  void child.gone.then((reason) => (ended = reason));
  const settled = async (): Promise<boolean> => ended !== undefined || (await answersOk(url));
  if (await waitUntil(settled, READY_PATIENCE_MS)) return ended;
  return `${url} did not answer with 200 within ${READY_PATIENCE_MS / 1000} s`;
};

const answersOk = async (url: string): Promise<boolean> => {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    // Not listening yet, or not answering in time: asked again until the patience ends.
    return false;
  }
};

const setAsideLargeLog = (path: string): void => {
  try {
    if (statSync(path).size > MOST_LOG_BYTES) renameSync(path, `${path}.1`);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
};
