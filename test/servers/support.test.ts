import { afterAll, describe, expect, it } from '@jest/globals';
import { Connection } from '@temporalio/client';
import pg from 'pg';
import { emptyDatabase, freshDatabase, type TestDatabase } from '../support/database.js';
import { temporalAddress, timeSkippingServer, uniqueTaskQueue } from '../support/temporal.js';

const databases: TestDatabase[] = [];
afterAll(async () => {
  await Promise.all(databases.map((database) => database.drop()));
});

const query = async (url: string, sql: string): Promise<readonly unknown[]> => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
};

describe('the servers of a test run', () => {
  it('gives each caller a migrated database that the others do not see', async () => {
    databases.push(...(await Promise.all([freshDatabase(), freshDatabase(), freshDatabase()])));
    const [first, second] = databases;
    await query(first?.url ?? '', 'create table only_here (id int)');
    const found = await query(
      second?.url ?? '',
      "select to_regclass('only_here') as here, to_regclass('migrations') as schema",
    );
    expect(found).toEqual([{ here: null, schema: 'migrations' }]);
  });

  it('removes a database although somebody is still connected', async () => {
    const database = await emptyDatabase();
    const client = new pg.Client({ connectionString: database.url });
    // Two errors follow: the server's farewell, and the end of the connection.
    const cut = new Promise((resolve) => client.on('error', resolve));
    await client.connect();
    await database.drop();
    expect(await cut).toMatchObject({ code: '57P01' });
  });

  it('gives everybody the same Temporal server, and different task queues', async () => {
    const [one, other] = await Promise.all([temporalAddress(), temporalAddress()]);
    expect(one).toBe(other);
    expect(uniqueTaskQueue()).not.toBe(uniqueTaskQueue());
    const connection = await Connection.connect({ address: one });
    const { serverVersion } = await connection.workflowService.getSystemInfo({});
    expect(serverVersion).toMatch(/^\d+\.\d+/);
    await connection.close();
  });

  it('gives a server of its own that skips time', async () => {
    const environment = await timeSkippingServer();
    const before = await environment.currentTimeMs();
    await environment.sleep('30 days');
    expect((await environment.currentTimeMs()) - before).toBeGreaterThanOrEqual(30 * 86_400_000);
    await environment.teardown();
  });
});
