// One Postgres for the whole test run, one migrated template in it, and a database of its own for whoever asks.
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import pg from 'pg';
import { migrate } from '../../db/migrate.js';
import { writeJsonFile } from '../../workers/servers/json-file.js';
import { startPostgres } from '../../workers/servers/postgres.js';
import { onceInRun, readServer, runFolder, serverFile, type SharedServer } from './run.js';

export interface TestDatabase {
  /** Of a user who may do everything in it. */
  readonly url: string;
  /** Removes the database; connections that are still open are cut. */
  drop(): Promise<void>;
}

const TEMPLATE = 'careplus_template';
/** Two files that copy the template at the same moment: the later one is refused and tries again. */
const MOST_COPY_ATTEMPTS = 20;

/** For speed only: these tests kill processes, not the machine. */
const TEST_SETTINGS = {
  fsync: 'off',
  full_page_writes: 'off',
  synchronous_commit: 'off',
  max_connections: '300',
};

/** A new database with the newest schema and no rows, or a copy of one that nobody is connected to. */
export const freshDatabase = (original?: TestDatabase): Promise<TestDatabase> =>
  copyOf(original ? new URL(original.url).pathname.slice(1) : TEMPLATE);

/** A new database without any schema, for tests of the migrations themselves. */
export const emptyDatabase = (): Promise<TestDatabase> => copyOf('template0');

/** The shared server; its url names the database `careplus`, which stays empty. */
export const sharedPostgres = (): Promise<SharedServer> =>
  onceInRun('postgres', () => readServer('postgres'), startShared);

const startShared = async (): Promise<SharedServer> => {
  const server = await startPostgres({
    dataDir: join(runFolder(), 'postgres'),
    port: 0,
    settings: TEST_SETTINGS,
    log: () => undefined,
  });
  const { pid, startedAs } = server.process;
  const shared: SharedServer = { address: server.url, process: { pid, startedAs }, endSignal: 'SIGQUIT' };
  // Noted as unfinished first: a template that fails to migrate must not leave the server behind unnoticed.
  writeJsonFile(serverFile('postgres-unfinished'), shared);
  await makeTemplate(server.url);
  writeJsonFile(serverFile('postgres'), shared);
  return shared;
};

const makeTemplate = async (url: string): Promise<void> => {
  await withAdmin(url, async (admin) => {
    await admin.query(`drop database if exists ${TEMPLATE}`);
    await admin.query(`create database ${TEMPLATE}`);
  });
  await migrate(urlOf(url, TEMPLATE));
  await withAdmin(url, (admin) =>
    admin.query(`alter database ${TEMPLATE} with is_template true allow_connections false`),
  );
};

const copyOf = async (template: string): Promise<TestDatabase> => {
  const { address } = await sharedPostgres();
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await withAdmin(address, (admin) => createFrom(admin, name, template));
  return {
    url: urlOf(address, name),
    drop: async () => {
      await withAdmin(address, (admin) => admin.query(`drop database if exists ${name} with (force)`));
    },
  };
};

const createFrom = async (admin: pg.Client, name: string, template: string): Promise<void> => {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await admin.query(`create database ${name} template ${template}`);
      return;
    } catch (error) {
      const busy = error instanceof pg.DatabaseError && error.code === '55006';
      if (!busy || attempt >= MOST_COPY_ATTEMPTS) throw error;
    }
  }
};

const withAdmin = async (url: string, work: (admin: pg.Client) => Promise<unknown>): Promise<void> => {
  const admin = new pg.Client({ connectionString: urlOf(url, 'postgres') });
  await admin.connect();
  try {
    await work(admin);
  } finally {
    await admin.end();
  }
};

const urlOf = (url: string, database: string): string =>
  Object.assign(new URL(url), { pathname: `/${database}` }).href;
