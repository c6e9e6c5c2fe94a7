/**
 * The store without the head of the audit chain, for measuring what the head costs: the same insert with the same hash
 * of the entry itself, its number from a sequence. No setting of the product does this; such a book does not verify.
 */
import type { Database, Trx } from '../db/connection.js';

const WITHOUT_HEAD = `
  with next as (
    select nextval('bare_numbers') as number, '' as prev_hash,
      encode(sha256(convert_to(:kind || E'\\n' || :bytes, 'UTF8')), 'hex') as hash
  )`;

export function unchained(database: Database): Database {
  return {
    as: async (role, scope, work) => database.as(role, scope, async (trx) => work(without(trx))),
    close: async () => database.close(),
  };
}

function without(trx: Trx): Trx {
  return { ...trx, run: async (sql, bindings) => trx.run(withoutHead(sql), bindings) };
}

function withoutHead(sql: string): string {
  if (!sql.includes('chain_heads')) return sql;
  const insert = sql.indexOf('insert into events');
  if (insert < 0) throw new Error('The statement that appends an event has changed: see db/store/chain.ts.');
  return `${WITHOUT_HEAD}\n${sql.slice(insert)}`;
}
