/** Holding things until the end of a transaction, so that two decisions about the same thing follow one another. */
import type { Trx } from './connection.js';

/**
 * Holds a name for what has no row to lock: `shared` with others who hold it so, else `alone`. Whoever takes several
 * takes them sorted, so that nobody waits in a circle. In a transaction that only reads nothing can be held, and it
 * need not be: it sees one instant.
 */
export async function holdName(trx: Trx, name: string, how: 'alone' | 'shared' = 'alone'): Promise<void> {
  if (trx.reads) return;
  await trx.rows(
    how === 'shared'
      ? 'select pg_advisory_xact_lock_shared(hashtextextended(:name, 0))'
      : 'select pg_advisory_xact_lock(hashtextextended(:name, 0))',
    { name },
  );
}
