// The embedded Postgres: made once, started or found running, survives kill -9, stopped in fast mode.
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { codeOf, reasonOf, StartFailure } from './failure.js';
import { demandWritableFolder } from './folders.js';
import { demandFreePort, freePort } from './ports.js';
import { findPostgresBinaries, type PostgresBinaries } from './postgres-binaries.js';
import { clusterHome, type ClusterHome } from './postgres-home.js';
import {
  commandLineOf,
  isRunning,
  lastLines,
  recordOf,
  spawnServer,
  stopProcess,
  waitUntil,
  watch,
  type ProcessRecord,
  type RunningProcess,
} from './processes.js';

export interface PostgresOptions {
  /** Holds the password, the log and (where the server's account can reach it) the cluster. */
  readonly dataDir: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** Server settings that differ from ours, by their Postgres names. */
  readonly settings?: Readonly<Record<string, string>>;
  readonly log: (sentence: string) => void;
}

export interface PostgresServer {
  /** With user and password; the database is `careplus`. */
  readonly url: string;
  readonly port: number;
  readonly process: RunningProcess;
  /** Found running, left by a supervisor that was killed. */
  readonly reused: boolean;
  /** Fast mode: open transactions are rolled back, everything committed is on the disk. */
  stop(): Promise<void>;
}

const USER = 'careplus';
const DATABASE = 'careplus';
/** Crash recovery replays at most max_wal_size; a minute is ample for 1 GB on a slow disk. */
const START_PATIENCE_MS = 60_000;
/** After kill -9 of the postmaster its children need a moment to notice, and hold the shared memory until then. */
const ORPHANS_PATIENCE_MS = 15_000;

/** For a machine with 2 cores that other programs use too. */
const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: '127.0.0.1',
  // No socket file: the checkout may lie deeper than the 107 characters that a socket's path may have.
  unix_socket_directories: '',
  max_connections: '120',
  shared_buffers: '128MB',
  max_wal_size: '1GB',
  max_parallel_workers_per_gather: '0',
  autovacuum_max_workers: '2',
  io_method: 'sync',
  jit: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_min_messages: 'warning',
  log_checkpoints: 'off',
};

/** Starts the cluster in the data folder (making it at the first time), or reuses the one that runs on it. */
export const startPostgres = async (options: PostgresOptions): Promise<PostgresServer> => {
  demandWritableFolder(options.dataDir, 'CAREPLUS_DATA');
  const home = clusterHome(options.dataDir, options.log);
  const running = findRunning(home);
  const reused = running === undefined ? undefined : await reuse(running, home, options);
  if (reused !== undefined) return reused;
  const binaries = findPostgresBinaries(home.account, options.log);
  if (!existsSync(home.cluster)) createCluster(home, binaries);
  demandSameVersion(home, binaries);
  const port = options.port === 0 ? await freePort() : options.port;
  await demandFreePort({ port, purpose: 'embedded Postgres', variable: 'CAREPLUS_POSTGRES_PORT' });
  const server = await launch(home, binaries, port, options.settings ?? {});
  return opened(server, home, port, false);
};

/** Ends a Postgres by its process, in fast mode, then harder. */
export const stopPostgres = async (server: ProcessRecord): Promise<void> => {
  await stopProcess(server, [
    { signal: 'SIGINT', patienceMs: 30_000 },
    // Immediate shutdown: no checkpoint, the next start recovers from the log.
    { signal: 'SIGQUIT', patienceMs: 5_000 },
    { signal: 'SIGKILL', patienceMs: 5_000 },
  ]);
};

const opened = async (
  server: RunningProcess,
  home: ClusterHome,
  port: number,
  reused: boolean,
): Promise<PostgresServer> => {
  await createDatabase(port, home);
  return {
    url: urlOf(port, DATABASE, home),
    port,
    process: server,
    reused,
    stop: () => stopPostgres(server),
  };
};

/** What the running server wrote about itself: its lines are pid, folder, start, port, socket, address, memory, status. */
interface PidFile {
  readonly pid: number;
  readonly port: number;
  readonly ready: boolean;
}

const readPidFile = (home: ClusterHome): PidFile | undefined => {
  try {
    const lines = readFileSync(join(home.cluster, 'postmaster.pid'), 'utf8').split('\n');
    return { pid: Number(lines[0]), port: Number(lines[3]), ready: lines[7]?.trim() === 'ready' };
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
};

/** The Postgres that runs on this cluster. A pid file whose process is another program is removed. */
const findRunning = (home: ClusterHome): { record: ProcessRecord; port: number } | undefined => {
  const file = readPidFile(home);
  const record = file === undefined ? undefined : recordOf(file.pid);
  if (file === undefined || record === undefined) return undefined;
  if (commandLineOf(file.pid).includes(home.cluster)) return { record, port: file.port };
  // The id was given to somebody else; Postgres itself would take that process for a running server and refuse.
  rmSync(join(home.cluster, 'postmaster.pid'), { force: true });
  return undefined;
};

const reuse = async (
  running: { record: ProcessRecord; port: number },
  home: ClusterHome,
  options: PostgresOptions,
): Promise<PostgresServer | undefined> => {
  const { record, port } = running;
  const other = options.port !== 0 && options.port !== port ? `, not on ${options.port}` : '';
  options.log(`Postgres is already running on port ${port}${other} (process ${record.pid}); it is used.`);
  // One that is just ending is not used: its data folder is free afterwards.
  const server = watch(record);
  return (await untilReady(server, home, port)) ? opened(server, home, port, true) : undefined;
};

const createCluster = (home: ClusterHome, binaries: PostgresBinaries): void => {
  const staged = `${home.cluster}.new`;
  rmSync(staged, { recursive: true, force: true });
  mkdirSync(staged, { mode: 0o700 });
  const passwordFile = `${staged}.password`;
  writeFileSync(home.passwordFile, randomBytes(24).toString('hex'), { mode: 0o600 });
  writeFileSync(passwordFile, readFileSync(home.passwordFile), { mode: 0o600 });
  if (home.account !== undefined) {
    chownSync(staged, home.account.uid, home.account.gid);
    chownSync(passwordFile, home.account.uid, home.account.gid);
  }
  const args = [
    '-D',
    staged,
    '-U',
    USER,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
  ];
  const locale = ['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
  // The start fails loudly enough when the disk is full; syncing 40 MB of templates only slows the first start.
  const made = spawnSync(binaries.initdb, [...args, ...locale, '--no-sync', '--no-instructions'], {
    cwd: '/',
    env: programEnvironment(),
    encoding: 'utf8',
    ...(home.account ?? {}),
  });
  rmSync(passwordFile, { force: true });
  if (made.status !== 0)
    throw new StartFailure(
      69,
      `The embedded Postgres could not make its data folder: ${made.error?.message ?? made.stderr.trim()}.`,
      'Correct that, or set DATABASE_URL to a Postgres of your own.',
    );
  renameSync(staged, home.cluster);
};

const demandSameVersion = (home: ClusterHome, binaries: PostgresBinaries): void => {
  const version = Number(readFileSync(join(home.cluster, 'PG_VERSION'), 'utf8'));
  if (version === binaries.majorVersion) return;
  throw new StartFailure(
    78,
    `The data in ${home.cluster} belong to Postgres ${version}; installed is ${binaries.majorVersion}.`,
    'Move the folder away to start empty, or dump it with the old version and load it into the new one.',
  );
};

const launch = async (
  home: ClusterHome,
  binaries: PostgresBinaries,
  port: number,
  settings: Readonly<Record<string, string>>,
): Promise<RunningProcess> => {
  const all = { ...SETTINGS, ...settings, port: String(port) };
  const args = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const plan = {
    command: binaries.postgres,
    args: ['-D', home.cluster, ...args],
    environment: programEnvironment(),
    logFile: home.logFile,
    cwd: '/',
    account: home.account,
  };
  const deadline = performance.now() + ORPHANS_PATIENCE_MS;
  for (;;) {
    const server = await spawnServer(plan);
    const ready = await untilReady(server, home, port);
    if (ready) return server;
    const lines = lastLines(home.logFile, 8);
    const orphans = /shared memory block .* is still in use|lock file "postmaster.pid" already exists/.test(
      lines,
    );
    if (!orphans || performance.now() > deadline)
      throw new StartFailure(
        69,
        `The embedded Postgres does not start; its log ${home.logFile} ends with:\n${lines}\n`,
        'Correct that, or set DATABASE_URL to a Postgres of your own.',
      );
  }
};

/** True when the server says that it accepts connections; false when it ended or took too long. */
const untilReady = async (server: RunningProcess, home: ClusterHome, port: number): Promise<boolean> => {
  const settled = (): boolean => !isRunning(server) || isReady(server, home, port);
  if (await waitUntil(settled, START_PATIENCE_MS)) return isRunning(server);
  await stopPostgres(server);
  return false;
};

const isReady = (server: ProcessRecord, home: ClusterHome, port: number): boolean => {
  const file = readPidFile(home);
  return file !== undefined && file.pid === server.pid && file.port === port && file.ready;
};

const createDatabase = async (port: number, home: ClusterHome): Promise<void> => {
  const client = new pg.Client({ connectionString: urlOf(port, 'postgres', home) });
  try {
    await client.connect();
    const found = await client.query('select 1 from pg_database where datname = $1', [DATABASE]);
    if (found.rowCount === 0) await client.query(`create database ${DATABASE}`);
  } catch (error) {
    throw new StartFailure(
      69,
      `The embedded Postgres on port ${port} refuses us: ${reasonOf(error)}.`,
      `Its password is in ${home.passwordFile}; put the file back, or move ${home.cluster} away to start empty.`,
      { cause: error },
    );
  } finally {
    await client.end();
  }
};

const urlOf = (port: number, database: string, home: ClusterHome): string =>
  `postgres://${USER}:${home.password()}@127.0.0.1:${port}/${database}`;

/** Nothing of ours: PGDATA, PGOPTIONS and their like would change what is started. */
const programEnvironment = (): Record<string, string> => ({ PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' });
