/** Backups of a database of the tests: copied by the server, and put in place of the one in use. */
import { randomUUID } from 'node:crypto';
import pg from 'pg';

export interface Backup {
  readonly name: string;
}

/** Copies the database as it stands. Connections to it are cut, as a copy needs; a pool opens new ones. */
export async function backUp(url: string): Promise<Backup> {
  const name = `night_${randomUUID().replaceAll('-', '')}`;
  await withoutConnections(url, (admin, database) =>
    admin.query(`create database ${name} template ${database}`),
  );
  return { name };
}

/** Puts a backup in place; what was there is dropped. */
export async function restore(url: string, backup: Backup): Promise<void> {
  await withoutConnections(url, async (admin, database) => {
    await admin.query(`drop database ${database} with (force)`);
    await admin.query(`alter database ${backup.name} rename to ${database}`);
  });
}

const MOST_TRIES = 20;
/** Somebody connected again between the cut and the copy. */
const IN_USE = '55006';

async function withoutConnections(
  url: string,
  work: (admin: pg.Client, database: string) => Promise<unknown>,
): Promise<void> {
  const database = new URL(url).pathname.slice(1);
  const admin = new pg.Client({
    connectionString: Object.assign(new URL(url), { pathname: '/postgres' }).href,
  });
  await admin.connect();
  try {
    for (let attempt = 1; ; attempt += 1) {
      await admin.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [
        database,
      ]);
      try {
        await work(admin, database);
        return;
      } catch (error) {
        const inUse = error instanceof pg.DatabaseError && error.code === IN_USE;
        if (!inUse || attempt >= MOST_TRIES) throw error;
      }
    }
  } finally {
    await admin.end();
  }
}
