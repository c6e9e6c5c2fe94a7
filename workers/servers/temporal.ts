// The Temporal dev server with a file store: started or found running, answered before it counts as up.
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import { z } from 'zod';
import { inheritedEnvironment } from '../../config/environment.js';
import { reasonOf, StartFailure } from './failure.js';
import { demandWritableFolder } from './folders.js';
import { readJsonFile, writeJsonFile } from './json-file.js';
import { demandFreePort, freePort } from './ports.js';
import {
  isRunning,
  lastLines,
  spawnServer,
  stopProcess,
  waitUntil,
  watch,
  type ProcessRecord,
  type RunningProcess,
} from './processes.js';

export interface TemporalOptions {
  /** The `temporal` program; see obtainProgram. */
  readonly executable: string;
  /** Holds the store, the log, and the note about the running server. */
  readonly dataDir: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** Absent: no web page (tests). */
  readonly uiPort?: number;
  readonly namespace: string;
  readonly log: (sentence: string) => void;
}

export interface TemporalServer {
  /** host:port of the frontend. */
  readonly address: string;
  readonly uiUrl: string | undefined;
  readonly process: RunningProcess;
  /** Found running, left by a supervisor that was killed. */
  readonly reused: boolean;
  stop(): Promise<void>;
}

const HOST = '127.0.0.1';
const START_PATIENCE_MS = 60_000;
/** It takes free ports for its inner services itself, some time before it listens on them, and may lose one meanwhile. */
const MOST_STARTS = 3;

const noteSchema = z.object({
  pid: z.number().int(),
  startedAs: z.string(),
  port: z.number().int(),
  uiPort: z.number().int().nullable(),
  namespace: z.string(),
});
type Note = z.infer<typeof noteSchema>;

/** Starts the dev server on its file store, or reuses the one that runs there with the same ports. */
export const startTemporal = async (options: TemporalOptions): Promise<TemporalServer> => {
  demandWritableFolder(options.dataDir, 'CAREPLUS_DATA');
  const noteFile = join(options.dataDir, 'server.json');
  const left = await leftRunning(noteFile, options);
  if (left !== undefined) return serverOf(left, watch(left), noteFile, true);
  const logFile = join(options.dataDir, 'temporal.log');
  for (let attempt = 1; ; attempt += 1) {
    const port = options.port === 0 ? await freePort() : options.port;
    await demandPorts(port, options);
    const server = await spawnServer({
      command: options.executable,
      args: argumentsOf(port, options),
      // Its own settings file in the home folder would change what is started.
      environment: inheritedEnvironment({ TEMPORAL_CONFIG_FILE: '/dev/null' }),
      logFile,
      cwd: options.dataDir,
    });
    const { pid, startedAs } = server;
    const uiPort = options.uiPort ?? null;
    const note: Note = { pid, startedAs, port, uiPort, namespace: options.namespace };
    writeJsonFile(noteFile, note);
    const up = answers(server, port, options.namespace);
    if (await Promise.race([up, server.gone.then(() => false)]))
      return serverOf(note, server, noteFile, false);
    const ended = !isRunning(server);
    await stopTemporal(server);
    if (ended && attempt < MOST_STARTS) continue;
    throw new StartFailure(
      69,
      `The Temporal dev server does not answer; its log ${logFile} ends with:\n${reasonInLog(logFile)}\n`,
      'Correct that, or set TEMPORAL_ADDRESS to a Temporal of your own.',
    );
  }
};

/** Ends a dev server by its process. A kill loses nothing: the store is a write-ahead log. */
export const stopTemporal = async (server: ProcessRecord): Promise<void> => {
  await stopProcess(server, [
    { signal: 'SIGTERM', patienceMs: 10_000 },
    { signal: 'SIGKILL', patienceMs: 5_000 },
  ]);
};

/**
 * Ends the start with a sentence when a Temporal of the user's own does not answer.
 * `address` is host:port as in TEMPORAL_ADDRESS.
 */
export const demandTemporal = async (
  address: string,
  namespace: string,
  patienceMs: number,
): Promise<void> => {
  let reason = 'no answer';
  const reached = await waitUntil(async () => {
    const refusal = await refusalOf(address, namespace);
    reason = refusal ?? reason;
    return refusal === undefined;
  }, patienceMs);
  if (reached) return;
  throw new StartFailure(
    69,
    `Temporal at ${address} (namespace ${namespace}) cannot be used: ${reason}.`,
    'Start it, correct TEMPORAL_ADDRESS or TEMPORAL_NAMESPACE, or leave them out to start a dev server.',
  );
};

/** Why the server ended, as its log tells: a panic's first lines, not the calls below them. */
const reasonInLog = (logFile: string): string => {
  const lines = lastLines(logFile, 100).split('\n');
  const panic = lines.findLastIndex((line) => line.startsWith('panic:'));
  return (panic < 0 ? lines.slice(-8) : lines.slice(panic, panic + 8)).join('\n');
};

const serverOf = (note: Note, server: RunningProcess, noteFile: string, reused: boolean): TemporalServer => ({
  address: `${HOST}:${note.port}`,
  uiUrl: note.uiPort === null ? undefined : `http://${HOST}:${note.uiPort}`,
  process: server,
  reused,
  stop: async () => {
    await stopTemporal(server);
    rmSync(noteFile, { force: true });
  },
});

/** One that was left by a killed supervisor: used when it is as asked for and answers, ended otherwise. */
const leftRunning = async (noteFile: string, options: TemporalOptions): Promise<Note | undefined> => {
  const note = readJsonFile(noteFile, noteSchema);
  if (note === undefined || !isRunning(note)) return undefined;
  const asWanted =
    (options.port === 0 || options.port === note.port) &&
    (options.uiPort ?? null) === note.uiPort &&
    options.namespace === note.namespace;
  if (asWanted && (await answers(note, note.port, note.namespace))) {
    options.log(`Temporal is already running on port ${note.port} (process ${note.pid}); it is used.`);
    return note;
  }
  options.log(`A Temporal dev server was left running (process ${note.pid}); it is stopped.`);
  await stopTemporal(note);
  return undefined;
};

const demandPorts = async (port: number, options: TemporalOptions): Promise<void> => {
  await demandFreePort({ port, purpose: 'Temporal', variable: 'CAREPLUS_TEMPORAL_PORT' });
  if (options.uiPort === undefined) return;
  const page = { port: options.uiPort, purpose: "Temporal's pages", variable: 'CAREPLUS_TEMPORAL_UI_PORT' };
  await demandFreePort(page);
};

const argumentsOf = (port: number, options: TemporalOptions): readonly string[] => {
  mkdirSync(options.dataDir, { recursive: true });
  const store = [
    '--db-filename',
    join(options.dataDir, 'temporal.db'),
    '--sqlite-pragma',
    'journal_mode=WAL',
  ];
  const page = options.uiPort === undefined ? ['--headless'] : ['--ui-port', String(options.uiPort)];
  const where = ['--ip', HOST, '--port', String(port), '--namespace', options.namespace];
  return ['server', 'start-dev', ...where, ...store, ...page, '--log-level', 'warn'];
};

/** Waits until the server knows the namespace; false when it ended or took too long. */
const answers = async (server: ProcessRecord, port: number, namespace: string): Promise<boolean> => {
  const settled = async (): Promise<boolean> =>
    !isRunning(server) || (await refusalOf(`${HOST}:${port}`, namespace)) === undefined;
  return (await waitUntil(settled, START_PATIENCE_MS)) && isRunning(server);
};

/** Why a Temporal cannot be used, or nothing when it can. */
const refusalOf = async (address: string, namespace: string): Promise<string | undefined> => {
  let connection: Connection;
  try {
    connection = await Connection.connect({ address, connectTimeout: '2s' });
  } catch (error) {
    return reasonOf(error);
  }
  try {
    await connection.withDeadline(Date.now() + 2000, () =>
      connection.workflowService.describeNamespace({ namespace }),
    );
    return undefined;
  } catch (error) {
    return reasonOf(error);
  } finally {
    await connection.close();
  }
};
