/** Migrations and the committed picture of the schema. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { connect } from '../../db/connection.js';
import { migrate } from '../../db/migrate.js';
import { dumpSchema } from '../../db/schema-dump.js';
import { installTestClock } from '../../db/test-clock.js';
import { BusinessClock, businessNow } from '../../db/business-clock.js';
import { seedWorld } from './support/world.js';
import { acceptance } from './support/postgres-bench.js';
import { createWorkStore } from '../../db/store/work-store.js';
import { emptyDatabase, freshDatabase, type TestDatabase } from '../support/database.js';

const FILE = fileURLToPath(new URL('../../db/schema.sql', import.meta.url));

let empty: TestDatabase;
let fresh: TestDatabase;
beforeAll(async () => {
  empty = await emptyDatabase();
  fresh = await freshDatabase();
});
afterAll(async () => {
  await empty.drop();
  await fresh.drop();
});

describe('the schema', () => {
  it('comes about once when three processes migrate at the same moment, and once more changes nothing', async () => {
    await Promise.all([migrate(empty.url), migrate(empty.url), migrate(empty.url)]);
    const made = await dumpSchema(empty.url);
    await migrate(empty.url);
    expect(await dumpSchema(empty.url)).toBe(made);
    expect(made).toBe(await dumpSchema(fresh.url));
  });

  // After a new migration: TEST_WRITE_SCHEMA=1 npx jest test/db/schema.test.ts
  it('is the one that is committed as db/schema.sql', async () => {
    const dump = await dumpSchema(fresh.url);
    if (process.env['TEST_WRITE_SCHEMA'] === '1') writeFileSync(FILE, dump);
    expect(dump).toBe(readFileSync(FILE, 'utf8'));
  });
});

describe('the clock', () => {
  it('of an installation cannot be moved', async () => {
    const database = connect({ databaseUrl: fresh.url, poolSize: 2 });
    try {
      await new BusinessClock(database).raiseTo(Date.now() + 3_600_000);
      const now = await database.as('step', {}, businessNow);
      expect(Math.abs(now - Date.now())).toBeLessThan(60_000);
      await seedWorld(database);
      await createWorkStore(database).accept(acceptance('par_1', { kind: 'start', name: 'start' }));
      await expect(installTestClock(fresh.url)).rejects.toThrow(/holds processes/);
    } finally {
      await database.close();
    }
  });

  it('of a test goes forward only', async () => {
    await installTestClock(empty.url);
    const database = connect({ databaseUrl: empty.url, poolSize: 2 });
    try {
      const clock = new BusinessClock(database);
      const read = async () => database.as('step', {}, businessNow);
      const before = await read();
      await clock.raiseTo(before + 3_600_000);
      const raised = await read();
      expect(raised).toBeGreaterThanOrEqual(before + 3_600_000);
      await clock.raiseTo(before);
      expect(await read()).toBeGreaterThanOrEqual(raised);
    } finally {
      await database.close();
    }
  });
});
