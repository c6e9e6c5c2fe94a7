/** A pool that runs the product's own statements and nothing else: no transaction, no role, no scope. */
import pg from 'pg';
import type { Bindings, Database, Trx } from '../db/connection.js';

export function bareDatabase(databaseUrl: string, poolSize: number): Database {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: poolSize });
  const run = async (sql: string, bindings: Bindings = {}) => {
    const { text, names } = positional(sql);
    const values = names.map((name) => bindings[name] ?? null);
    const { rows, rowCount } = await pool.query(text, values);
    return { rows: rows as readonly unknown[], rowCount };
  };
  const trx: Trx = {
    reads: false,
    // The shape of a row is known where its SQL is written, so the caller names it.
    rows: async <R>(sql: string, bindings?: Bindings) => (await run(sql, bindings)).rows as readonly R[],
    row: async <R>(sql: string, bindings?: Bindings) =>
      ((await run(sql, bindings)).rows[0] as R | undefined) ?? null,
    run: async (sql, bindings) => (await run(sql, bindings)).rowCount ?? 0,
  };
  return { as: async (_role, _scope, work) => work(trx), close: async () => pool.end() };
}

const statements = new Map<string, { readonly text: string; readonly names: readonly string[] }>();

/** `:name` to `$1`. */
function positional(sql: string): { readonly text: string; readonly names: readonly string[] } {
  const known = statements.get(sql);
  if (known) return known;
  const names: string[] = [];
  const text = sql.replace(/(?<!:):([a-z]\w*)/gi, (_match, name: string) => `$${String(names.push(name))}`);
  const statement = { text, names };
  statements.set(sql, statement);
  return statement;
}
