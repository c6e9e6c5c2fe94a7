/** The list of processes: the same pages whichever way they are read. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connect, type Database } from '../../db/connection.js';
import { listProcesses, type ProcessFilter } from '../../db/read/process-list.js';
import { freshDatabase, type TestDatabase } from '../support/database.js';
import { seedMany } from '../support/many.js';
import { raw } from './support/raw.js';

const TENANTS = 40;
const PROCESSES = 1_200;
const PAGE = 7;
const ALL: ProcessFilter = {
  slug: null,
  status: null,
  contractId: null,
  ownerId: null,
  open: null,
  headline: null,
};

const OF_FEW = `tenant_id in ('many-1', 'many-2')`;

let fresh: TestDatabase;
let database: Database;
/** Of two End Users, each with a role twice, and of all. */
const FEW = 'reader-of-few';
const MANY = 'reader-of-all';
const NOBODY = 'reader-of-none';
beforeAll(async () => {
  fresh = await freshDatabase();
  await seedMany(fresh, { processes: PROCESSES, tenants: TENANTS });
  await raw(fresh.url, async (client) => {
    await client.query(`
      insert into access (principal, tenant_id, role)
        select '${FEW}', id, role from tenants, unnest(array['serviceManager', 'auditor']) role where id in ('many-1', 'many-2')
        union all select '${MANY}', id, 'auditor' from tenants`);
    // Some of them at one instant, and not in the order of their ids.
    await client.query(`
      update processes set created_at = created_at - interval '1 hour' * (hashtext(id) % 20)`);
  });
  database = connect({ databaseUrl: fresh.url, poolSize: 2 });
});
afterAll(async () => {
  await database.close();
  await fresh.drop();
});

/** Page after page to the end. */
async function pages(principal: string, filter: Partial<ProcessFilter>): Promise<readonly string[]> {
  const ids: string[] = [];
  let after: { readonly ms: number; readonly id: string } | null = null;
  for (;;) {
    const rows = await listProcesses(database, principal, { ...ALL, ...filter }, { after, limit: PAGE });
    ids.push(...rows.map(({ id }) => id));
    const last = rows[PAGE - 1];
    if (!last) return ids;
    after = { ms: last.openedAt, id: last.id };
  }
}

const oracle = async (condition: string): Promise<readonly string[]> =>
  raw(fresh.url, async (client) => {
    const { rows } = await client.query<{ id: string }>(
      `select id from processes where seq > 0 and ${condition} order by created_at desc, id desc`,
    );
    return rows.map(({ id }) => id);
  });

it('has several pages of each kind for a reader of few', async () => {
  expect((await oracle(`${OF_FEW} and slug = 'onboarding'`)).length).toBeGreaterThan(2 * PAGE);
});

/** What Postgres has counted decides which way is the shorter one; -1 is what it says before it has counted. */
const counted = async (tenants: number): Promise<void> =>
  raw(fresh.url, async (client) => {
    await client.query(`update pg_class set reltuples = $1 where oid = 'tenants'::regclass`, [tenants]);
  });

describe.each([
  ['not counted yet', -1],
  ['few End Users', 3],
  ['many End Users', 100_000],
])('the list where Postgres has %s', (_, tenants) => {
  beforeAll(async () => counted(tenants));

  it.each<readonly [string, string, Partial<ProcessFilter>, string]>([
    ['of a reader of few', FEW, {}, OF_FEW],
    ['of a reader of few, by kind', FEW, { slug: 'onboarding' }, `${OF_FEW} and slug = 'onboarding'`],
    ['of a reader of few, closed ones', FEW, { open: false }, `${OF_FEW} and closed`],
    ['of a reader of all', MANY, {}, 'true'],
    ['of a reader of all, by kind', MANY, { slug: 'contract' }, `slug = 'contract'`],
    ['of somebody who may see nothing', NOBODY, {}, 'false'],
  ])('%s', async (_name, principal, filter, condition) => {
    const wanted = await oracle(condition);
    expect(await pages(principal, filter)).toEqual(wanted);
  });
});
