/** What an escalation reads in Postgres: its case by the data of another kind of process, the matrix, and the open one. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { advance } from '../../domain/kernel/advance.js';
import type { Answer } from '../../domain/kernel/store.js';
import type { Data } from '../../domain/kernel/words.js';
import { businessNow } from '../../db/business-clock.js';
import { connect, type Database } from '../../db/connection.js';
import { createTenant, savePeople, saveSetting } from '../../db/provision/tenants.js';
import { importVersion } from '../../db/provision/versions.js';
import { newId } from '../../db/store/ids.js';
import { PostgresStepStore } from '../../db/store/step-store.js';
import { createWorkStore } from '../../db/store/work-store.js';
import { stores } from '../../db/stores.js';
import { freshDatabase, type TestDatabase } from '../support/database.js';
import { exampleMatrix } from '../support/escalation-world.js';
import {
  exampleCalendar,
  exampleContract,
  exampleDirectory,
  examplePolicy,
  registry,
  TENANT,
} from '../support/world.js';
import { aPerson } from './support/world.js';

const CONTRACT = 'northwind-2026';
const NOOR = 'noor-dale';
let fresh: TestDatabase;
let database: Database;

const day = (offset: number) => new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10);

async function accept(
  kind: 'start' | 'command',
  processId: string,
  slug: string,
  name: string,
  payload: Data,
  actor: string,
) {
  const start =
    kind === 'start' ? { slug, policyId: 'standard', policyVersion: 1, ownerId: 'kim-field' } : null;
  const row = { kind, name, payload, actor, onBehalfOf: null, expectedSeq: null };
  const accepted = await createWorkStore(database).accept({
    tenantId: TENANT,
    processId,
    ...row,
    urgent: false,
    key: null,
    start,
  });
  if (accepted.kind !== 'accepted') throw new Error(`Not accepted: ${accepted.kind}.`);
  return accepted.inboxId;
}

async function step(processId: string): Promise<void> {
  const now = await database.as('step', {}, businessNow);
  const at = { tenantId: TENANT, processId, now, lastSeq: 0 };
  await advance(new PostgresStepStore(database, stores), registry, at);
}

async function answerOf(inboxId: string): Promise<Answer | null> {
  return (await createWorkStore(database).readInbox(TENANT, inboxId))?.answer ?? null;
}

async function run(
  kind: 'start' | 'command',
  processId: string,
  slug: string,
  name: string,
  payload: Data,
  actor = 'kim-field',
) {
  const inboxId = await accept(kind, processId, slug, name, payload, actor);
  await step(processId);
  return answerOf(inboxId);
}

/** A process of another kind, as it stands in the table. */
async function standing(id: string, slug: string, data: Data, closed = false): Promise<void> {
  await database.as('step', { tenant: TENANT }, async (trx) =>
    trx.run(
      `insert into processes (tenant_id, id, slug, status, data, seq, owner_id, policy_id, policy_version, contract_id, closed)
         values (:tenantId, :id, :slug, 'queued', :data::jsonb, 1, 'kim-field', 'standard', 1, :contractId, :closed)`,
      { tenantId: TENANT, id, slug, data: JSON.stringify(data), contractId: CONTRACT, closed },
    ),
  );
}

const aCase = (change: Data = {}) => ({
  contractId: CONTRACT,
  number: 'C-1',
  priority: 'P1',
  openedAt: Date.now() - 60_000,
  siteId: 'northwind-berlin',
  restoredAt: null,
  priorityChanges: [],
  report: null,
  ...change,
});

beforeAll(async () => {
  fresh = await freshDatabase();
  database = connect({ databaseUrl: fresh.url, poolSize: 6 });
  await createTenant(database, { id: 'provider', name: 'Provider' });
  await saveSetting(database, 'providerCalendarId', 'berlin-office');
  const staff = Object.values(exampleDirectory().people).filter((person) => person.side === 'provider');
  const people = staff.map(({ id, grants, deputyId }) => aPerson(id, { grants, deputyId }));
  await savePeople(database, 'provider', people, null);
  const by = { author: 'kim-field', approver: 'dana-hill' };
  const calendar = { ...exampleCalendar('berlin-office') };
  await importVersion(database, { kind: 'calendar', id: 'berlin-office' }, calendar, by);
  await importVersion(database, { kind: 'policy', id: 'standard' }, { ...examplePolicy() }, by);
  await createTenant(database, { id: TENANT, name: 'Northwind' });
  const contract = newId('prc');
  await run(
    'start',
    contract,
    'contract',
    'start',
    exampleContract({ startsOn: day(-30), endsOn: day(300) }),
  );
  await run('command', contract, '', 'activate', { portalRegisteredOn: day(-1) });
  const { version, contacts } = exampleMatrix(3);
  const inForce = { version, from: Date.now() - 86_400_000, contacts };
  await standing('mtx_1', 'contactMatrix', { inForce, staleSince: null, served: [{ contractId: CONTRACT }] });
});
afterAll(async () => {
  await database.close();
  await fresh.drop();
});

describe('an escalation', () => {
  it('is opened once when two ask at the same moment; the other one is told which to join, and joins it', async () => {
    await standing('cas_1', 'supportCase', aCase({ somethingElse: true }));
    const ids = [newId('esc'), newId('esc')];
    const payload = { contractId: CONTRACT, caseId: 'cas_1', reason: 'The line is down.' };
    const actors = [NOOR, 'sam-rivers'];
    const asked = await Promise.all(
      ids.map(async (id, index) => accept('start', id, 'escalation', 'start', payload, actors[index] ?? '')),
    );
    await Promise.all(ids.map(step));
    const answers = await Promise.all(asked.map(answerOf));
    expect(answers.map((answer) => answer?.outcome).sort()).toEqual(['accepted', 'refused']);
    const winner = answers.findIndex((answer) => answer?.outcome === 'accepted');
    const refused = answers[1 - winner];
    expect(refused?.code).toBe('ESCALATION_ALREADY_OPEN');
    expect(refused?.problems?.[0]?.problem).toContain(ids[winner]);
    const joined = await run(
      'command',
      ids[winner] ?? '',
      '',
      'join',
      { reason: 'We too.' },
      actors[1 - winner],
    );
    expect(joined?.outcome).toBe('accepted');
    const [row] = await database.as('step', { tenant: TENANT }, async (trx) =>
      trx.rows<{ data: { askers: { personId: string }[] } }>(
        `select data from processes where slug = 'escalation' and seq > 0 and not closed`,
      ),
    );
    expect(row?.data.askers.map(({ personId }) => personId).sort()).toEqual([...actors].sort());
  });

  it('reads the case, the matrix in force and who is away into its decision', async () => {
    const [row] = await database.as('step', { tenant: TENANT }, async (trx) =>
      trx.rows<{ look: Record<string, unknown> }>(
        `select d.look from event_details d join events e on e.id = d.event_id
          where e.event = 'escalation.raised' limit 1`,
      ),
    );
    expect(row?.look).toMatchObject({
      case: { caseId: 'cas_1', number: 'C-1', priority: 'P1', closed: false, ownerId: 'kim-field' },
      matrix: { processId: 'mtx_1', version: 3 },
      away: [],
      sameMatter: null,
    });
  });

  it('of a case that is none, or belongs to another contract, is refused', async () => {
    await standing('cas_2', 'supportCase', { number: 'C-2' });
    await standing('cas_3', 'supportCase', aCase({ contractId: 'another' }));
    for (const caseId of ['cas_2', 'cas_3', 'cas_4', 'mtx_1']) {
      const payload = { contractId: CONTRACT, caseId, reason: 'The line is down.' };
      const answer = await run('start', newId('esc'), 'escalation', 'start', payload, NOOR);
      expect(answer?.code).toBe('ESCALATION_UNKNOWN_CASE');
    }
  });

  it('does not come back while another one of its matter is open', async () => {
    await standing('cas_5', 'supportCase', aCase({ number: 'C-5' }));
    const payload = { contractId: CONTRACT, caseId: 'cas_5', reason: 'The line is down.' };
    const [first, second] = [newId('esc'), newId('esc')];
    await run('start', first, 'escalation', 'start', payload, NOOR);
    await run('command', first, '', 'decline', { reason: 'A question.' }, NOOR);
    expect((await run('start', second, 'escalation', 'start', payload, NOOR))?.outcome).toBe('accepted');
    const appeal = async () => run('command', first, '', 'appeal', { reason: 'None.' }, NOOR);
    expect((await appeal())?.code).toBe('ESCALATION_ALREADY_OPEN');
    await run('command', second, '', 'withdraw', { reason: 'Settled.' }, NOOR);
    expect((await appeal())?.outcome).toBe('accepted');
  });

  it('of a matter goes by its reference, however it is written', async () => {
    const matter = (reference: string) => ({
      contractId: CONTRACT,
      category: 'readiness',
      matter: { reference, text: 'In doubt.' },
      reason: 'No answer.',
    });
    const start = async (reference: string) =>
      run('start', newId('esc'), 'escalation', 'start', matter(reference), NOOR);
    expect((await start('Upgrade 7'))?.outcome).toBe('accepted');
    expect((await start('upgrade 7'))?.code).toBe('ESCALATION_ALREADY_OPEN');
    expect((await start('upgrade 8'))?.outcome).toBe('accepted');
  });
});
