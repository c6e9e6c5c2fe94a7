/** The auditor's questions read from Postgres: what the auditor may see, as of then, with the hashes of the chain. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  readAskedContract,
  readNames,
  readRecordings,
  type AskedContract,
} from '../../db/audit/recordings.js';
import { connect, type Database } from '../../db/connection.js';
import { recordRefusal } from '../../db/store/refusals.js';
import { questions } from '../../domain/audit/questions/index.js';
import { pastOf, type Past } from '../../domain/audit/questions/recordings.js';
import { cells, ask } from '../audit/recorded.js';
import { freshDatabase, type TestDatabase } from '../support/database.js';
import { SEED, seedFamily } from '../support/family.js';

const AUDITOR = 'jo-brook';

let fresh: TestDatabase;
let database: Database;
let contract: AskedContract;
beforeAll(async () => {
  fresh = await freshDatabase();
  database = connect({ databaseUrl: fresh.url, poolSize: 4 });
  await seedFamily(database);
  contract = (await readAskedContract(database, AUDITOR, SEED.contract)) as AskedContract;
}, 60_000);
afterAll(async () => {
  await database.close();
  await fresh.drop();
});

async function past(at: number | null = null): Promise<Past> {
  const recordings = await readRecordings(database, AUDITOR, contract, at);
  if (recordings === 'tooMany') throw new Error('Too many events.');
  return pastOf(recordings, at ?? recordings.now);
}

describe('what was recorded about a contract', () => {
  it('is read for whoever may see it, and for nobody else', async () => {
    expect(contract).toMatchObject({ tenantId: SEED.tenant, contractId: SEED.contract });
    expect(await readAskedContract(database, 'lee-ward', 'nowhere')).toBeNull();
    expect(await readAskedContract(database, 'nobody-here', SEED.contract)).toBeNull();
    const unseen = await readRecordings(database, 'nobody-here', contract, null);
    expect(unseen).toMatchObject({ events: [], clocks: [], mails: [], accesses: [], directory: null });
    expect(await readNames(database, AUDITOR, [AUDITOR])).toEqual({ [AUDITOR]: 'Jo Brook' });
  });

  it('answers every question with rows that the chain proves', async () => {
    const about = await past();
    expect(cells('state', about).map((row) => row['process'])).toEqual(
      expect.arrayContaining(['Contract', 'Onboarding', 'Document hand-over']),
    );
    expect(cells('onboarding-items', about).length).toBeGreaterThan(5);
    expect(cells('guide-held', about)).toHaveLength(SEED.people.length);
    expect(cells('deliveries', about).length).toBeGreaterThan(0);
    for (const { name, mustBeEmpty } of questions) if (mustBeEmpty) expect(cells(name, about)).toEqual([]);
    const proofs = questions.flatMap(({ name }) => ask(name, about)).flatMap((row) => row.proof);
    const stored = await database.as('admin', {}, async (trx) =>
      trx.rows<{ hash: string }>('select hash from events union select hash from refusals'),
    );
    const known = new Set(stored.map(({ hash }) => hash));
    expect(proofs.length).toBeGreaterThan(10);
    expect(proofs.filter(({ hash }) => !known.has(hash))).toEqual([]);
  });

  it('knows of an earlier instant only what had happened then', async () => {
    const about = await past(contract.since);
    expect(cells('state', about)).toMatchObject([{ process: 'Contract', status: 'draft' }]);
    expect(about.clocks.every(({ endedAt, missedAt }) => endedAt === null && missedAt === null)).toBe(true);
    expect(cells('onboarding-items', about)).toEqual([]);
  });

  it('holds looks at the audit of the End User, and none of another contract', async () => {
    const entry = { code: 'audit.asked', trigger: 'state', principal: AUDITOR, kind: 'access' } as const;
    await recordRefusal(database, { ...entry, tenantId: SEED.tenant, processId: contract.processId });
    await recordRefusal(database, { ...entry, tenantId: 'provider', processId: null });
    expect(cells('accesses', await past())).toEqual([
      expect.objectContaining({ who: AUDITOR, what: 'state', process: contract.processId, taken: false }),
    ]);
    expect(cells('accesses', await past(contract.since))).toEqual([]);
  });
});
