/** Migrations and the committed picture of the schema. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { connect } from '../../db/connection.js';
import { migrate } from '../../db/migrate.js';
import { dumpSchema } from '../../db/schema-dump.js';
import { installTestClock } from '../../db/test-clock.js';
import { BusinessClock, businessNow } from '../../db/business-clock.js';
import { raw } from './support/raw.js';
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

describe('a migration', () => {
  it('that asks for contract ids of one contract each names those that are not, and changes nothing', async () => {
    const old = await freshDatabase();
    try {
      await raw(old.url, async (client) => {
        await client.query(`drop index contracts_by_id; drop function contract_id_taken;
          delete from migrations where name = '0018-contract-ids';
          insert into tenants (id, name, kind) values ('acme', 'Acme', 'endUser'), ('umbra', 'Umbra', 'endUser');
          insert into contracts (tenant_id, id, process_id, number, status) values ('acme', 'one', 'con_1', '1', 'active'),
            ('umbra', 'two', 'con_2', '1', 'active'), ('umbra', 'one', 'con_3', '2', 'active')`);
        const before = await dumpSchema(old.url);
        await expect(migrate(old.url)).rejects.toThrow(
          /^Migration 0018-contract-ids: .*these are taken by several End Users: one \(acme, umbra\)$/,
        );
        expect(await dumpSchema(old.url)).toBe(before);
        await client.query(`delete from contracts where process_id = 'con_3'`);
      });
      await migrate(old.url);
      expect(await dumpSchema(old.url)).toBe(await dumpSchema(fresh.url));
    } finally {
      await old.drop();
    }
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
