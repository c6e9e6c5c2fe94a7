/** Two transactions of which neither has seen what the other one writes, unless it waits for it. */
import type { Database } from '../../../db/connection.js';
import { raw } from './raw.js';

const SOMEBODY_WAITS = `select 1 from pg_stat_activity
  where datname = current_database() and wait_event_type = 'Lock'`;

/**
 * Runs `first` up to its commit, then `second` until it waits for a lock or has committed; then the first one commits.
 * Each is given the database to use.
 */
export async function beside(
  at: { readonly url: string; readonly database: Database },
  first: (database: Database) => Promise<unknown>,
  second: (database: Database) => Promise<unknown>,
): Promise<void> {
  let commit: () => void = () => undefined;
  const mayCommit = new Promise<void>((resolve) => (commit = resolve));
  let one: Promise<unknown> = Promise.resolve();
  await new Promise<void>((written, failed) => {
    const held: Database = {
      ...at.database,
      as: async (role, scope, work) =>
        at.database.as(role, scope, async (trx) => {
          const result = await work(trx);
          written();
          await mayCommit;
          return result;
        }),
    };
    one = first(held);
    one.catch(failed);
  });
  let over = false;
  const other = second(at.database).finally(() => (over = true));
  other.catch(() => undefined);
  try {
    await raw(at.url, async (client) => {
      while (!over && (await client.query(SOMEBODY_WAITS)).rowCount === 0);
    });
  } finally {
    commit();
  }
  await Promise.all([one, other]);
}
