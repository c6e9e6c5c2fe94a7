/** A connection with all rights, for what no role of the product may do: tamper, hold locks, look at everything. */
import pg from 'pg';

export async function raw<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Runs statements with triggers and constraints switched off, as somebody with the disk in his hands could. */
export async function tamper(url: string, ...statements: readonly string[]): Promise<void> {
  await raw(url, async (client) => {
    await client.query('set session_replication_role = replica');
    for (const statement of statements) await client.query(statement);
  });
}
