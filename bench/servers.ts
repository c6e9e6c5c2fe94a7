/** The servers of one run: embedded Postgres with fsync on and a Temporal dev server with a file store, in a folder of their own. */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { describeProblems, programFolders, readEnvironment } from '../config/environment.js';
import { migrate } from '../db/migrate.js';
import { obtainProgram } from '../workers/servers/obtain.js';
import { startPostgres } from '../workers/servers/postgres.js';
import { startTemporal } from '../workers/servers/temporal.js';

export const NAMESPACE = 'default';

/** What differs from the settings of `npm start`. */
export const POSTGRES_SETTINGS = {
  fsync: 'on',
  synchronous_commit: 'on',
  // For the instant at which a step was committed (letter f).
  track_commit_timestamp: 'on',
};

export interface Servers {
  /** Of the run; removed at its end. */
  readonly folder: string;
  readonly temporalAddress: string;
  readonly postgresPid: number;
  readonly temporalPid: number;
  readonly postgresVersion: string;
  /** A new database with the schema of the product and no rows. */
  readonly database: (name: string) => Promise<string>;
  readonly stop: () => Promise<void>;
}

export async function startServers(log: (sentence: string) => void): Promise<Servers> {
  const read = readEnvironment();
  if (!read.ok) throw new Error(describeProblems(read.problems));
  const { cacheFolder } = read.environment;
  const folder = mkdtempSync(join(tmpdir(), 'careplus-bench-'));
  // Postgres runs under another account when this runs as root, and must be able to enter.
  chmodSync(folder, 0o755);
  const program = await obtainProgram('dev-server', { programFolders: programFolders(), cacheFolder, log });
  const postgres = await startPostgres({
    dataDir: join(folder, 'postgres'),
    port: 0,
    settings: POSTGRES_SETTINGS,
    log,
  });
  const temporal = await startTemporal({
    executable: program.path,
    dataDir: join(folder, 'temporal'),
    port: 0,
    namespace: NAMESPACE,
    log,
  });
  const [version] = await ask<{ server_version: string }>(postgres.url, 'show server_version');
  return {
    folder,
    temporalAddress: temporal.address,
    postgresPid: postgres.process.pid,
    temporalPid: temporal.process.pid,
    postgresVersion: version?.server_version ?? 'unknown',
    database: async (name) => {
      await ask(postgres.url, `create database ${name}`);
      const url = Object.assign(new URL(postgres.url), { pathname: `/${name}` }).href;
      await migrate(url);
      await ask(url, BARE_TABLE);
      return url;
    },
    stop: async () => {
      await temporal.stop();
      await postgres.stop();
      rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
    },
  };
}

/** What the bare workflows write: one row per step, without anything around it. */
const BARE_TABLE = `
  create table bare_rows (
    id bigint generated always as identity primary key,
    workflow_id text not null,
    step integer not null,
    body jsonb not null,
    at timestamptz not null default clock_timestamp());
  -- Far above the numbers that chains reach.
  create sequence bare_numbers start 1000000000;
  grant usage on sequence bare_numbers to careplus_step;`;

/** One statement with all rights, on a connection of its own. */
export async function ask<R extends object>(
  url: string,
  sql: string,
  values: readonly unknown[] = [],
): Promise<readonly R[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<R>(sql, [...values])).rows;
  } finally {
    await client.end();
  }
}
