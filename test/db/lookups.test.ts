/** What the kinds of processes keep in tables of their own, and read back before they decide. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { advanceProcess } from '../../activities/advance.js';
import { silentLog } from '../../activities/log.js';
import { advance } from '../../domain/kernel/advance.js';
import type { Answer } from '../../domain/kernel/store.js';
import type { Data } from '../../domain/kernel/words.js';
import { erasePerson, type Erasure } from '../../db/audit/erase-person.js';
import { ERASED } from '../../db/audit/redact.js';
import { connect, type Database } from '../../db/connection.js';
import { businessNow } from '../../db/business-clock.js';
import { publishDocument } from '../../db/provision/documents.js';
import { createTenant, savePeople, saveSetting } from '../../db/provision/tenants.js';
import { importVersion } from '../../db/provision/versions.js';
import type { StoreRegistry } from '../../db/registry.js';
import { newId } from '../../db/store/ids.js';
import { PostgresStepStore } from '../../db/store/step-store.js';
import { createWorkStore } from '../../db/store/work-store.js';
import { readDryRun, readStartInputs } from '../../db/read/dry-run.js';
import { InputsReader } from '../../db/store/inputs.js';
import { stores } from '../../db/stores.js';
import { contractRules } from '../../domain/contract/rules.js';
import { supportCaseRules } from '../../domain/support-case/rules.js';
import type { CaseScene } from '../../domain/support-case/scene.js';
import { isOpen } from '../../domain/time/business.js';
import { freshDatabase, type TestDatabase } from '../support/database.js';
import {
  exampleCalendar,
  exampleContract,
  exampleDirectory,
  examplePolicy,
  registry,
  TENANT,
} from '../support/world.js';
import { beside } from './support/beside.js';
import { tamper } from './support/raw.js';
import { aPerson } from './support/world.js';

let fresh: TestDatabase;
let database: Database;
let contractProcess: string;

const day = (offset: number) => new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10);
/** The example, with a term around today. */
const file = (change: Record<string, unknown> = {}) =>
  exampleContract({ startsOn: day(-30), endsOn: day(300), ...change });

async function accept(
  kind: 'start' | 'command',
  slug: string,
  processId: string,
  name: string,
  payload: Data,
  actor: string,
) {
  const start =
    kind === 'start' ? { slug, policyId: 'standard', policyVersion: 1, ownerId: 'kim-field' } : null;
  const row = {
    kind,
    name,
    payload,
    actor,
    onBehalfOf: null,
    expectedSeq: null,
    urgent: false,
    key: null,
    start,
  };
  const accepted = await createWorkStore(database).accept({ tenantId: TENANT, processId, ...row });
  if (accepted.kind !== 'accepted') throw new Error(`Not accepted: ${accepted.kind}.`);
  return accepted.inboxId;
}

async function step(processId: string): Promise<void> {
  const now = await database.as('step', {}, businessNow);
  await advance(new PostgresStepStore(database, stores), registry, {
    tenantId: TENANT,
    processId,
    now,
    lastSeq: 0,
  });
}

async function answerOf(inboxId: string): Promise<Answer | null> {
  return (await createWorkStore(database).readInbox(TENANT, inboxId))?.answer ?? null;
}

async function start(slug: string, payload: Data): Promise<{ id: string; answer: Answer | null }> {
  const id = newId('prc');
  const inboxId = await accept('start', slug, id, 'start', payload, 'kim-field');
  await step(id);
  return { id, answer: await answerOf(inboxId) };
}

async function command(
  processId: string,
  name: string,
  payload: Data,
  actor = 'kim-field',
): Promise<Answer | null> {
  const inboxId = await accept('command', '', processId, name, payload, actor);
  await step(processId);
  return answerOf(inboxId);
}

async function rows<R>(sql: string): Promise<readonly R[]> {
  return database.as('step', { tenant: TENANT }, async (trx) => trx.rows<R>(sql));
}

const accessOf = async (principal: string) =>
  (
    await database.as('api', { principal }, async (trx) =>
      trx.rows<{ role: string }>(`select role from access where tenant_id = '${TENANT}'`),
    )
  ).map(({ role }) => role);

beforeAll(async () => {
  fresh = await freshDatabase();
  database = connect({ databaseUrl: fresh.url, poolSize: 6 });
  await createTenant(database, { id: 'provider', name: 'Provider' });
  await saveSetting(database, 'providerCalendarId', 'berlin-office');
  const staff = Object.values(exampleDirectory().people).filter((person) => person.side === 'provider');
  await savePeople(
    database,
    'provider',
    staff.map(({ id, grants, deputyId }) => aPerson(id, { grants, deputyId })),
    null,
  );
  const people = { author: 'kim-field', approver: 'dana-hill' };
  await importVersion(
    database,
    { kind: 'calendar', id: 'berlin-office' },
    { ...exampleCalendar('berlin-office') },
    people,
  );
  await importVersion(database, { kind: 'policy', id: 'standard' }, { ...examplePolicy() }, people);
  await createTenant(database, { id: TENANT, name: 'Northwind' });
  const guide = {
    id: 'user-guide',
    kind: 'userGuide',
    tenantId: 'provider',
    contractId: null,
    content: null,
    version: 1,
    language: 'en',
    title: 'Guide',
    mediaType: 'text/markdown',
  };
  await publishDocument(database, { ...guide, body: Buffer.from('# Guide') }, 'kim-field');
  contractProcess = (
    await start('contract', file({ provider: { smManager: 'kim-field', accountManager: 'alex-shore' } }))
  ).id;
});
afterAll(async () => {
  await database.close();
  await fresh.drop();
});

describe('a contract', () => {
  it('brings its row, its sites, its contacts and their people with it', async () => {
    expect(await rows('select id, status, manager_id, sm_manager_id, policy_version from contracts')).toEqual(
      [
        {
          id: 'northwind-2026',
          status: 'draft',
          manager_id: null,
          sm_manager_id: 'kim-field',
          policy_version: 1,
        },
      ],
    );
    const contacts = file()
      .contacts.map((contact) => contact.id)
      .sort();
    expect(await rows('select person_id as id from contract_contacts where active order by 1')).toEqual(
      contacts.map((id) => ({ id })),
    );
    expect(await rows(`select id from people where tenant_id = '${TENANT}' and active order by 1`)).toEqual(
      contacts.map((id) => ({ id })),
    );
    expect(await rows('select id, country from sites')).toMatchObject([
      { id: 'northwind-berlin', country: 'DE' },
    ]);
  });

  it('gives access to those whom it names, and to its contacts', async () => {
    expect(await accessOf('kim-field')).toEqual(['smManager']);
    expect(await accessOf('alex-shore')).toEqual(['accountManager']);
    expect(await accessOf('maria-stone')).toEqual(['endUser']);
    expect(await accessOf('sam-rivers')).toEqual([]);
    expect(await accessOf('jo-brook')).toEqual(['auditor']);
  });

  it('gives access to the service manager and whoever stands in for him as soon as he is named', async () => {
    await command(contractProcess, 'activate', { portalRegisteredOn: day(-1) });
    expect(await command(contractProcess, 'assignManager', { personId: 'sam-rivers' })).toMatchObject({
      outcome: 'accepted',
    });
    expect(await accessOf('sam-rivers')).toEqual(['manager']);
    expect(await accessOf('robin-lake')).toEqual(['standIn']);
    expect(await rows('select status, manager_id from contracts')).toEqual([
      { status: 'active', manager_id: 'sam-rivers' },
    ]);
  });

  it('takes the access of a contact away whom an amendment leaves out, and gives it back to one who returns', async () => {
    const gone = file().contacts.find((contact) => !contact.primaryContact);
    const left = file()
      .contacts.filter((contact) => contact.id !== gone?.id)
      .map((contact) => ({ ...contact, deputy: undefined }));
    expect(await command(contractProcess, 'amend', file({ contacts: left }))).toMatchObject({
      outcome: 'accepted',
    });
    expect(await accessOf(gone?.id ?? '')).toEqual([]);
    expect(await rows(`select id from people where not active`)).toEqual([{ id: gone?.id }]);
    expect(await command(contractProcess, 'amend', file())).toMatchObject({ outcome: 'accepted' });
    expect(await accessOf(gone?.id ?? '')).toEqual(['endUser']);
  });
});

describe('an onboarding', () => {
  it('is started once for a contract, also when two are asked for at the same moment', async () => {
    const ids = [newId('onb'), newId('onb'), newId('onb')];
    const payload = { contractId: 'northwind-2026' };
    const asked = await Promise.all(
      ids.map(async (id) => accept('start', 'onboarding', id, 'start', payload, 'kim-field')),
    );
    await Promise.all(ids.map(step));
    const answers = await Promise.all(asked.map(answerOf));
    expect(answers.map((answer) => answer?.outcome).sort()).toEqual(['accepted', 'refused', 'refused']);
    expect(answers.find((answer) => answer?.outcome === 'refused')?.code).toBe('ONBOARDING_ALREADY_RUNNING');
  });

  it('is found by its contract, together with the hand-over of the User Guide', async () => {
    const onboarding = await rows<{ id: string }>(
      `select id from processes where slug = 'onboarding' and seq > 0`,
    );
    const guide = await start('document', {
      kind: 'userGuide',
      contractId: 'northwind-2026',
      onboardingId: onboarding[0]?.id ?? '',
    });
    expect(guide.answer).toMatchObject({ outcome: 'accepted' });
    await command(contractProcess, 'note', { text: 'A note.' }, 'sam-rivers');
    const [last] = await rows<{ look: unknown }>(
      `select d.look from event_details d join events e on e.id = d.event_id
        where e.process_id = '${contractProcess}' order by e.seq desc limit 1`,
    );
    expect(last?.look).toEqual({
      away: [],
      family: [
        { slug: 'onboarding', processId: onboarding[0]?.id },
        { slug: 'document', processId: guide.id },
      ],
      sameContract: null,
    });
  });

  it('reads the contract as it stands', async () => {
    const [row] = await rows<{ look: { contract: Record<string, unknown> } }>(
      `select d.look from event_details d join events e on e.id = d.event_id where e.event = 'onboarding.started' limit 1`,
    );
    expect(row?.look.contract).toMatchObject({
      contractId: 'northwind-2026',
      processId: contractProcess,
      status: 'active',
      managerId: 'sam-rivers',
      primaryContacts: ['maria-stone'],
    });
  });
});

describe('a change around a process', () => {
  const work = () => createWorkStore(database);
  const ownerOf = async (slug: string) =>
    (
      await rows<{ owner: string }>(
        `select owner_id as owner from processes where slug = '${slug}' and seq > 0`,
      )
    )[0]?.owner;
  const settleAll = async () => {
    await work().acceptRecalculations(100);
    const all = await rows<{ id: string }>('select id from processes where seq > 0');
    for (let round = 0; round < 3; round += 1) for (const { id } of all) await step(id);
  };

  it('of its service manager reaches the processes of the contract', async () => {
    await settleAll();
    expect(await ownerOf('document')).toBe('sam-rivers');
    await command(contractProcess, 'assignManager', { personId: 'robin-lake' });
    await settleAll();
    expect(await ownerOf('document')).toBe('robin-lake');
    expect(await work().acceptRecalculations(100)).toBe(0);
  });

  it('of the people who do it leaves nothing without an owner', async () => {
    const { grants, deputyId } = exampleDirectory().people['robin-lake'] ?? { grants: [], deputyId: null };
    const robin = aPerson('robin-lake', { grants, deputyId });
    await savePeople(database, 'provider', [{ ...robin, active: false }], 'dana-hill');
    await settleAll();
    expect(await ownerOf('contract')).toBe('kim-field');
    expect(await ownerOf('document')).toBe('kim-field');
    await savePeople(database, 'provider', [robin], 'dana-hill');
  });
});

describe('a case', () => {
  const CALL = {
    contractId: 'northwind-2026',
    caller: { personId: 'maria-stone' },
    priority: 'P1',
    impact: 'The core router is down.',
  };
  const codesOf = (asked: readonly { answer: Answer | null }[]) =>
    asked.map(({ answer }) => answer?.code ?? answer?.outcome).sort();
  /** What the next decision about a case reads. */
  const lookOf = async (processId: string) => {
    const read = await readDryRun(database, new InputsReader(stores), {
      tenantId: TENANT,
      processId,
      definition: supportCaseRules,
      payload: {},
      key: null,
    });
    if (read.kind !== 'read' || !read.read) throw new Error(`${processId} is not there.`);
    return { look: read.read.inputs.look as CaseScene['look'], now: read.read.now };
  };

  it('is one, also when two people call about the same outage at the same moment', async () => {
    for (const place of [{ device: 'SN-4711' }, { siteId: 'northwind-berlin' }]) {
      const asked = await Promise.all([1, 2].map(async () => start('supportCase', { ...CALL, ...place })));
      expect(codesOf(asked)).toEqual(['SUPPORT_CASE_SAME_OUTAGE', 'accepted']);
    }
  });

  it('is one, also when an outside system reports it twice at once', async () => {
    const outside = { source: 'outside', outside: { system: 'desk-one', key: 'INC-9' }, priority: 'P4' };
    const report = { ...CALL, ...outside, device: 'SN-9' };
    const asked = await Promise.all([1, 2].map(async () => start('supportCase', report)));
    expect(codesOf(asked)).toEqual(['SUPPORT_CASE_SOURCE_KNOWN', 'accepted']);
  });

  it('is asked about as of one instant: a report is not refused for what its repetition brought about meanwhile', async () => {
    const outside = { source: 'outside', outside: { system: 'desk-one', key: 'INC-10' }, priority: 'P4' };
    const report = { ...CALL, ...outside, device: 'SN-10' };
    let twin: Awaited<ReturnType<typeof start>> | undefined;
    const overtaken: Database = {
      ...database,
      as: async (role, scope, work) =>
        database.as(role, scope, async (trx) => {
          const row: typeof trx.row = async (sql, bindings) => {
            const first = await trx.row<never>(sql, bindings);
            twin ??= await start('supportCase', report);
            return first;
          };
          return work({ ...trx, row });
        }),
    };
    const read = await readStartInputs(overtaken, new InputsReader(stores), {
      tenantId: TENANT,
      processId: newId('cas'),
      definition: supportCaseRules,
      payload: report,
      policy: { id: 'standard', version: 1 },
      key: { principal: 'desk-one', value: 'INC-10' },
    });
    expect(twin?.answer?.outcome).toBe('accepted');
    expect(read).toMatchObject({ kind: 'read', read: { inputs: { look: { sameSource: null } } } });
  });

  it('reads who is on duty, the skill register, the open hours of the Provider and its onboarding', async () => {
    await saveSetting(database, 'skillRegister', { 'noor-dale': ['routing'] });
    const { id } = await start('supportCase', { ...CALL, device: 'SN-1' });
    const { look, now } = await lookOf(id);
    expect(look).toMatchObject({
      cover: { tier: 'plus', sites: [{ id: 'northwind-berlin', calendarId: 'berlin-office' }] },
      matrix: null,
      device: 'notRecorded',
      duty: { engineers: ['noor-dale'], dutyManager: 'toni-vale', supportDirector: 'dana-hill' },
      skills: { 'noor-dale': ['routing'] },
      escalations: [],
      sameOutage: null,
    });
    const [open] = await rows<{ id: string }>(
      `select id from processes where slug = 'onboarding' and not closed`,
    );
    expect(look.onboarding).toBe(open?.id ?? null);
    const hours = exampleCalendar('berlin-office');
    for (const { fromMs, toMs } of look.providerHours) {
      expect(Math.abs(fromMs - now)).toBeLessThan(3 * 86_400_000);
      expect([isOpen(fromMs, hours), isOpen(toMs, hours), toMs - fromMs]).toEqual([
        true,
        false,
        8 * 3_600_000,
      ]);
    }
    expect(look.providerHours.some(({ fromMs, toMs }) => fromMs <= now && now < toMs)).toBe(
      isOpen(now, hours),
    );
  });

  it('finds the open escalations that name it', async () => {
    const { id } = await start('supportCase', { ...CALL, device: 'SN-2' });
    expect((await lookOf(id)).look.escalations).toEqual([]);
    await database.as('step', { tenant: TENANT }, async (trx) =>
      trx.run(
        `insert into processes (tenant_id, id, slug, contract_id, status, data, seq, epoch, last_at, owner_id, policy_id,
           policy_version, headline, closed, over)
         select tenant_id, 'esc_1', 'escalation', contract_id, 'raised', jsonb_build_object('caseId', id), 1, epoch,
           last_at, owner_id, policy_id, policy_version, '', false, false
           from processes where id = :id`,
        { id },
      ),
    );
    expect((await lookOf(id)).look.escalations).toEqual(['esc_1']);
  });
});

describe('an import', () => {
  it('makes one process of a contract, also when several ask for it at the same moment', async () => {
    const again = { ...file(), id: 'northwind-spare', number: 'CP-2026-0999' };
    const asked = await Promise.all(Array.from({ length: 4 }, async () => start('contract', again)));
    const codes = asked.map(({ answer }) => answer?.code ?? answer?.outcome);
    expect([...codes].sort()).toEqual([
      'CONTRACT_ALREADY_IMPORTED',
      'CONTRACT_ALREADY_IMPORTED',
      'CONTRACT_ALREADY_IMPORTED',
      'accepted',
    ]);
  });

  describe('of two End Users with one id', () => {
    const OTHER = 'southwind';
    const started = async (tenantId: string, id: string) => {
      const processId = newId('con');
      const contacts = file().contacts.map(({ deputy: _deputy, ...one }) => ({
        ...one,
        id: `${tenantId}-${one.id}`,
      }));
      const sites = file().sites.map((site) => ({ ...site, id: `${tenantId}-${id}` }));
      const endUser = { id: tenantId, name: tenantId };
      const accepted = await createWorkStore(database).accept({
        ...{ tenantId, processId, kind: 'start', name: 'start', actor: 'kim-field', onBehalfOf: null },
        ...{
          payload: { ...file({ contacts, sites }), id, endUser, number: id },
          expectedSeq: null,
          urgent: false,
        },
        ...{
          key: null,
          start: { slug: 'contract', policyId: 'standard', policyVersion: 1, ownerId: 'kim-field' },
        },
      });
      if (accepted.kind !== 'accepted') throw new Error(`Not accepted: ${accepted.kind}.`);
      return { tenantId, processId, inboxId: accepted.inboxId };
    };
    /** As a worker does it, with parking. */
    const advanced = async (one: { tenantId: string; processId: string }, from: StoreRegistry = stores) => {
      const now = await database.as('step', {}, businessNow);
      const work = createWorkStore(database);
      const deps = { steps: new PostgresStepStore(database, from), work, registry, log: silentLog };
      await advanceProcess(deps, { ...one, now, lastSeq: 0 });
    };
    const rowOf = async ({ tenantId, inboxId }: { tenantId: string; inboxId: string }) => {
      const row = await createWorkStore(database).readInbox(tenantId, inboxId);
      return row?.answer?.code ?? row?.answer?.outcome ?? row?.state;
    };
    const holders = async (id: string) =>
      database.as('admin', {}, async (trx) =>
        trx.rows<{ tenantId: string }>('select tenant_id as "tenantId" from contracts where id = :id', {
          id,
        }),
      );

    beforeAll(async () => {
      await createTenant(database, { id: OTHER, name: 'Southwind' });
    });

    it('is taken by one of them, and the other one is refused', async () => {
      const both = [await started(TENANT, 'one-id'), await started(OTHER, 'one-id')];
      await Promise.all(both.map(async (one) => advanced(one)));
      expect((await Promise.all(both.map(rowOf))).sort()).toEqual(['CONTRACT_ALREADY_IMPORTED', 'accepted']);
      expect(await holders('one-id')).toHaveLength(1);
    });

    it('is refused before anything is stored, too', async () => {
      const payload = { ...file(), id: 'northwind-2026', endUser: { id: OTHER, name: OTHER } };
      const read = await readStartInputs(database, new InputsReader(stores), {
        ...{ tenantId: OTHER, processId: newId('con'), definition: contractRules, payload, key: null },
        policy: { id: 'standard', version: 1 },
      });
      expect(read).toMatchObject({
        kind: 'read',
        read: { inputs: { look: { sameContract: 'another End User' } } },
      });
    });

    it('is parked where nobody looked, and not lost', async () => {
      const blind = { ...stores.contract.lookups, sameContract: async () => null };
      const first = await started(TENANT, 'parked-id');
      const second = await started(OTHER, 'parked-id');
      await advanced(first);
      await advanced(second, { ...stores, contract: { ...stores.contract, lookups: blind } });
      expect(await Promise.all([first, second].map(rowOf))).toEqual(['accepted', 'parked']);
      expect(await holders('parked-id')).toEqual([{ tenantId: TENANT }]);
    });
  });
});

describe('a contact matrix', () => {
  /** What is known of somebody: his row, and what each version says of him. */
  const knownOf = async (id: string) => ({
    person: (
      await rows<object>(
        `select name, email, phone, active from people where id = '${id}' and tenant_id = '${TENANT}'`,
      )
    )[0],
    versions: await rows<object>(
      `select version, name, email, phone from matrix_contacts where person_id = '${id}' order by version`,
    ),
  });
  const taken = async (processId: string, name: string, payload: Data, actor: string) =>
    expect(await command(processId, name, payload, actor)).toMatchObject({ outcome: 'accepted' });

  const contacts = (
    [
      ['maria-stone', 'endUser', 'itManager', 'L1'],
      ['jan-reed', 'endUser', 'operator', 'L0'],
      ['lea-frost', 'endUser', 'director', 'L2'],
      ['max-boyd', 'endUser', 'vicePresident', 'L3'],
      ['lee-ward', 'provider', 'onDutyEngineer', 'L0'],
      ['sam-rivers', 'provider', 'serviceManager', 'L1'],
      ['robin-lake', 'provider', 'serviceManager', 'L1'],
      ['toni-vale', 'provider', 'dutyManager', 'L2'],
      ['dana-hill', 'provider', 'supportDirector', 'L3'],
      ['kim-field', 'provider', 'executive', 'L4'],
    ] as const
  ).map(([id, side, role, level], n) => ({
    ...{ id, side, role, level, name: `Contact Number ${String(n)}`, phone: `+49 30 5550 90${String(n)}` },
    ...{ email: `number-${String(n)}@northwind.example`, zone: 'Europe/Berlin', hours: '24x7' },
  }));

  it('does not bring back whom somebody erases while another version of it is being written', async () => {
    const lea = contacts.find(({ id }) => id === 'lea-frost');
    if (!lea) throw new Error('The table has no Lea.');
    const matrix = (await start('contactMatrix', { contractId: 'northwind-2026' })).id;
    await taken(matrix, 'import', { contacts }, 'robin-lake');
    await taken(matrix, 'share', {}, 'robin-lake');
    await taken(matrix, 'agree', { version: 1 }, 'kim-field');
    await taken(matrix, 'agree', { version: 1 }, 'maria-stone');
    const { name, email, phone } = lea;
    expect(await knownOf(lea.id)).toEqual({
      person: { name, email, phone, active: true },
      versions: [{ version: 1, name, email, phone }],
    });
    // What waits to be sent to her would refuse the erasure.
    await tamper(fresh.url, `update effects set state = 'dropped' where state = 'planned'`);
    const left = await accept('command', '', matrix, 'removeLeaver', { personId: 'max-boyd' }, 'robin-lake');
    const asked = { personId: lea.id, reason: 'Asked for in a letter.' };
    let erasure: Erasure | undefined;
    await beside(
      { url: fresh.url, database },
      async (held) => {
        erasure = await erasePerson(held, asked, 'dana-hill');
      },
      async () => step(matrix),
    );
    expect(erasure).toMatchObject({ kind: 'erased' });
    expect(await answerOf(left)).toMatchObject({ outcome: 'accepted' });
    const nobody = { name: ERASED, email: null, phone: null };
    expect(await knownOf(lea.id)).toEqual({
      person: { ...nobody, active: false },
      versions: [
        { version: 1, ...nobody },
        { version: 2, ...nobody },
      ],
    });
  });
});
