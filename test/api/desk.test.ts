/** Calls at the Senior Desk over HTTP, down to the database, the engine and the pages. */
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { runChecks } from '../../db/check/run.js';
import { lockContract } from '../../db/contract/lookups.js';
import { policyWith } from '../support/policies.js';
import { activateExample, example, expected, openApi, until, type ApiBench } from './support/bench.js';
import { p95OfCalls } from './support/p95.js';
import type { Started } from './support/shapes.js';

interface Taken {
  readonly processId: string;
  readonly number: string;
  readonly joined: boolean;
}
interface Queue {
  readonly items: readonly { readonly number: string; readonly priority: string; readonly verdict: string }[];
}

/** A P3 becomes an escalation by itself after so many seconds, so that somebody can ask for one at the same instant. */
const AGE_SECONDS = 3;
const SOON = { amount: AGE_SECONDS / 60, unit: 'minutes' };

const TENANT = 'northwind';

let api: ApiBench;
beforeAll(async () => {
  const { escalation, ...others } = policyWith('userGuide') as unknown as Escalating;
  const targets = { ...escalation.targets, P3: { ...escalation.targets.P3, levels: { L1: SOON } } };
  api = await openApi({ policy: { ...others, escalation: { ...escalation, targets } } });
  await activateExample(api);
});
afterAll(async () => {
  await api.close();
});

const CALL = {
  contractId: 'northwind-2026',
  caller: { personId: 'maria-stone' },
  priority: 'P1',
  device: 'SN-4711',
  impact: 'The core router is down; nothing is dispatched.',
};
const take = async (person: string, change: object = {}, headers: Record<string, string> = {}) =>
  api.as(person).post('/v1/desk/calls', { ...CALL, ...change }, headers);
const queueOf = async (person: string) =>
  expected<Queue>(await api.as(person).get('/v1/desk/queue'), 200).items;
let first: Taken;

interface Escalating {
  readonly escalation: { readonly targets: { readonly P3: object } };
}
const escalate = (person: string, caseId: string) =>
  api.as(person).post('/v1/processes/escalation', {
    contractId: CALL.contractId,
    caseId,
    reason: 'Nothing has moved since.',
  });

interface EscalationRow {
  readonly id: string;
  readonly open: boolean;
  readonly source: string;
}
/** Those of a case that have begun. */
const escalationsOf = async (caseId: string): Promise<readonly EscalationRow[]> =>
  api.database.as('admin', {}, async (trx) =>
    trx.rows(
      `select id, not closed as open, data ->> 'source' as source from processes
        where slug = 'escalation' and data ->> 'caseId' = :caseId`,
      { caseId },
    ),
  );
/** What the production checker finds, with nothing excused as still under way. */
const violations = async (): Promise<readonly string[]> =>
  (await runChecks(api.database, { graceMs: 0 }))
    .filter(({ count }) => count > 0)
    .map(({ name, examples }) => `${name}: ${examples.join(', ')}`);
/** Blocked, parked, or begun and refused without an end. */
const leftBehind = async (): Promise<readonly { readonly id: string }[]> =>
  api.database.as('admin', {}, async (trx) =>
    trx.rows(
      `select id from processes where is_blocked or (seq = 0 and not over)
       union all select id from inbox where state not in ('answered', 'skipped')`,
    ),
  );

/** How many starts of escalations of these cases are so (a condition on their rows). */
const startsOf = async (caseIds: readonly string[], condition: string): Promise<number> =>
  api.database.as('admin', {}, async (trx) => {
    const row = await trx.row<{ count: number }>(
      `select count(*)::integer as count from inbox
        where kind = 'start' and payload ->> 'caseId' = any(:caseIds::text[]) and ${condition}`,
      { caseIds },
    );
    return row?.count ?? 0;
  });

/** As the API accepts it once its dry run has found nothing against it. */
async function acceptEscalation(caseId: string): Promise<void> {
  const processId = `esc_${randomUUID().replaceAll('-', '')}`;
  const slug = 'escalation';
  const accepted = await api.deps.work.accept({
    ...{ tenantId: TENANT, processId, kind: 'start', name: 'start', actor: 'noor-dale', onBehalfOf: null },
    ...{ expectedSeq: null, urgent: false, key: null },
    payload: { contractId: CALL.contractId, caseId, reason: 'Nothing has moved since.' },
    start: { slug, policyId: 'standard', policyVersion: 1, ownerId: 'kim-field' },
  });
  if (accepted.kind !== 'accepted') throw new Error(`not accepted: ${accepted.kind}`);
  void api.deps.ringer.start({ tenantId: TENANT, processId, slug, lastSeq: 0 }, accepted.inboxId);
}

/** Nothing is left blocked, poisoned or without an end. */
async function expectNothingLeft(): Promise<void> {
  let found: readonly unknown[] = [];
  await until(async () => (found = [...(await violations()), ...(await leftBehind())]).length === 0).catch(
    () => undefined,
  );
  expect(found).toEqual([]);
}

describe('a call at the Senior Desk', () => {
  it('is one request, answered with the number of the case, and the engineer on duty is paged', async () => {
    const key = { 'idempotency-key': 'call-1' };
    first = expected<Taken>(await take('noor-dale', {}, key), 201);
    expect(first).toMatchObject({ joined: false, status: 'queued' });
    expect(first.number).toMatch(/^C-/);
    expect(expected(await take('noor-dale', {}, key), 201)).toEqual(first);
    await until(async () => api.mail.delivered('noor.dale@provider.example')[0]);
    expect(await queueOf('noor-dale')).toMatchObject([
      { number: first.number, priority: 'P1', verdict: 'entitled' },
    ]);
    const { body } = await api.as('noor-dale').get(`/v1/processes/${first.processId}`);
    expect(body).toMatchObject({ headline: `${first.number} P1`, data: { number: first.number } });
    const found = await api.as('noor-dale').get(`/v1/processes?headline=${first.number}`);
    expect(expected(found, 200)).toMatchObject({ items: [{ id: first.processId }] });
  });

  it('about the same outage is joined, however often it is repeated', async () => {
    const again = { caller: { personId: 'jan-reed' }, device: 'sn-4711', impact: 'The hub cannot dispatch.' };
    const key = { 'idempotency-key': 'call-2' };
    for (let time = 0; time < 2; time += 1) {
      const joined = expected<Taken>(await take('noor-dale', again, key), 200);
      expect(joined).toMatchObject({ joined: true, number: first.number, processId: first.processId });
    }
    const { body } = await api.as('noor-dale').get(`/v1/processes/${first.processId}`);
    expect(body).toMatchObject({ data: { calls: [{ caller: { personId: 'jan-reed' } }] } });
  });

  it('of somebody unknown is provisional as a P1, and called back as a P2', async () => {
    const caller = { name: 'Uwe Nord', phone: '+49 30 5550 299' };
    const site = { caller, device: undefined, siteId: 'northwind-berlin' };
    expect(expected(await take('noor-dale', site), 201)).toMatchObject({ status: 'queued' });
    const other = expected(await take('noor-dale', { caller, priority: 'P2', device: 'SN-9' }), 201);
    expect(other).toMatchObject({ status: 'received' });
    expect((await queueOf('noor-dale')).map(({ verdict }) => verdict)).toEqual([
      'entitled',
      'provisional',
      'provisional',
    ]);
  });

  it('of an End User is for himself, and waits to be answered', async () => {
    const foreign = await take('jan-reed', { device: 'SN-8' });
    expect(expected(foreign, 422)).toMatchObject({ problems: [{ path: 'caller.personId' }] });
    const own = expected<Taken>(await take('maria-stone', { device: 'SN-8', priority: 'P2' }), 201);
    const { body } = await api.as('maria-stone').get(`/v1/processes/${own.processId}`);
    expect(body).toMatchObject({ data: { source: { kind: 'api' }, answeredAt: null } });
    expect((await queueOf('maria-stone')).length).toBeGreaterThan(0);
  });

  it('becomes an escalation when somebody of the End User asks for one, and he asks for his own only', async () => {
    const asked = {
      contractId: CALL.contractId,
      caseId: first.processId,
      reason: 'Nothing has moved since.',
    };
    const start = (person: string, body: object) => api.as(person).post('/v1/processes/escalation', body);
    const { processId } = expected<Started>(await start('maria-stone', asked), 201);
    const { body } = await api.as('maria-stone').get(`/v1/processes/${processId}`);
    expect(body).toMatchObject({
      status: 'raised',
      data: { source: 'asked', askers: [{ personId: 'maria-stone' }] },
    });
    expect(expected(await start('maria-stone', asked), 409)).toMatchObject({
      code: 'ESCALATION_ALREADY_OPEN',
    });
    // Of another contract he learns nothing, not even that it is there.
    const foreign = { ...asked, contractId: 'tailspin-2026' };
    expect(expected(await start('maria-stone', foreign), 422)).toMatchObject({
      problems: [{ path: 'contractId' }],
    });
    expect(expected(await start('alex-shore', asked), 403)).toMatchObject({ code: 'FORBIDDEN' });
  });

  it('that two people escalate at once has one escalation: the other is named it, and joins', async () => {
    let refusedByTheStep = 0;
    for (let index = 0; index < 2; index += 1) {
      const { processId } = expected<Taken>(await take('noor-dale', { device: `SN-2${String(index)}` }), 201);
      const people = ['maria-stone', 'noor-dale'] as const;
      const answers = await Promise.all(people.map((person) => escalate(person, processId)));
      expect(answers.map(({ status }) => status).sort()).toEqual([201, 409]);
      const won = answers.findIndex(({ status }) => status === 201);
      const { processId: opened } = answers[won]?.body as Started;
      const refused = answers[1 - won]?.body as { code: string; problems: { problem: string }[] };
      expect(refused.code).toBe('ESCALATION_ALREADY_OPEN');
      expect(JSON.stringify(refused)).toContain(opened);
      const rows = await escalationsOf(processId);
      expect(rows).toEqual([{ id: opened, open: true, source: 'asked' }]);
      refusedByTheStep += await startsOf([processId], `answer ->> 'code' = 'ESCALATION_ALREADY_OPEN'`);
      const joiner = people[1 - won] ?? '';
      const join = `/v1/processes/${opened}/commands/join`;
      expected(await api.as(joiner).post(join, { reason: 'We are hit too.' }), 200);
      const { body } = await api.as('noor-dale').get(`/v1/processes/${opened}`);
      const { askers } = (body as { data: { askers: { personId: string }[] } }).data;
      expect(askers.map(({ personId }) => personId)).toEqual([people[won], joiner]);
    }
    // Asked one after the other, the second one would have been stopped before the store was asked.
    expect(refusedByTheStep).toBeGreaterThan(0);
    await expectNothingLeft();
  }, 60_000);

  it('that somebody escalates at the instant at which its age does has one escalation', async () => {
    const cases: string[] = [];
    for (const device of ['SN-30', 'SN-31']) {
      const call = { priority: 'P3', device, impact: 'A card restarts.' };
      cases.push(expected<Taken>(await take('noor-dale', call), 201).processId);
    }
    const [byStore = '', byApi = ''] = cases;
    // Whoever starts one of its processes waits for the contract: while it is held, neither gets past the other.
    const asked = await api.database.as('step', { tenant: TENANT }, async (trx) => {
      await pause(AGE_SECONDS * 500);
      await lockContract(trx, TENANT, CALL.contractId);
      await acceptEscalation(byStore);
      const answer = escalate('maria-stone', byApi);
      await until(
        async () => (await startsOf(cases, `answer is null and payload ->> 'source' = 'age'`)) === 2,
      );
      return { answer };
    });
    expect([201, 409]).toContain((await asked.answer).status);
    await expectNothingLeft();
    for (const caseId of cases) {
      expect(await escalationsOf(caseId)).toMatchObject([{ open: true }]);
      expect(await startsOf([caseId], `answer ->> 'code' = 'ESCALATION_ALREADY_OPEN'`)).toBe(1);
    }
    const sources = (await Promise.all(cases.map(escalationsOf))).flat().map(({ source }) => source);
    process.stdout.write(`escalated by age and by somebody at once: opened as ${sources.join(', ')}\n`);
  }, 60_000);

  it('is taken by the desk only', async () => {
    expect(expected(await take('alex-shore'), 403)).toMatchObject({ code: 'FORBIDDEN' });
    expect(expected(await take('noor-dale', { device: undefined }), 409)).toMatchObject({
      code: 'SUPPORT_CASE_PLACE_MISSING',
    });
  });

  it('is accepted by command, and its override is decided with the hours of the Provider', async () => {
    const command = `/v1/processes/${first.processId}/commands`;
    expect(expected(await api.as('noor-dale').post(`${command}/accept`, {}), 200)).toMatchObject({
      status: 'sseEngaged',
    });
    const settled = await api.as('kim-field').post(`${command}/override`, { reason: 'Not needed.' });
    expect(expected(settled, 409)).toMatchObject({ code: 'SUPPORT_CASE_NOT_IN_DOUBT' });
    expect((await queueOf('noor-dale')).map(({ number }) => number)).not.toContain(first.number);
  });

  it('is accepted by whoever the skill register of the provider file names for the product', async () => {
    const provider = example('provider.yaml') as { staff: { id: string }[] };
    const staff = provider.staff.map((one) =>
      one.id === 'noor-dale' ? { ...one, skills: ['routing'] } : one,
    );
    expected(await api.as('kim-field').put('/v1/staff', { ...provider, staff }), 200);
    const firewall = expected<Taken>(await take('noor-dale', { device: 'SN-6', product: 'firewall' }), 201);
    const router = expected<Taken>(await take('noor-dale', { device: 'SN-7', product: 'Routing' }), 201);
    const accept = async ({ processId }: Taken) =>
      api.as('noor-dale').post(`/v1/processes/${processId}/commands/accept`, {});
    expect(expected(await accept(firewall), 409)).toMatchObject({ code: 'SUPPORT_CASE_NO_SKILL' });
    expected(await accept(router), 200);
  });

  it('that was joined has used up its key: another call is none of it, and after the case it is answered as before', async () => {
    const unknown = { name: 'Uwe Nord', phone: '+49 30 5550 299' };
    const call = { device: 'SN-40', priority: 'P2', caller: unknown };
    const opened = expected<Taken>(await take('noor-dale', call), 201);
    const key = { 'idempotency-key': 'call-3' };
    const again = { ...call, caller: { personId: 'jan-reed' }, impact: 'Nothing leaves the hub.' };
    const joined = expected<Taken>(await take('noor-dale', again, key), 200);
    expect(joined).toMatchObject({ joined: true, processId: opened.processId });
    for (const change of [{ device: 'SN-41' }, { priority: 'P1' }, { siteId: 'northwind-berlin' }]) {
      const other = await take('noor-dale', { ...again, ...change }, key);
      expect(expected(other, 422)).toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
    }
    const refuse = `/v1/processes/${opened.processId}/commands/refuseEntitlement`;
    expected(await api.as('kim-field').post(refuse, { reason: 'Nobody knows the caller.' }), 200);
    expect(expected(await take('noor-dale', again, key), 200)).toEqual(joined);
    expect((await queueOf('noor-dale')).map(({ number }) => number)).not.toContain(opened.number);
    const anew = expected<Taken>(await take('noor-dale', again, { 'idempotency-key': 'call-4' }), 201);
    expect(anew.processId).not.toBe(opened.processId);
  });

  it('is answered with its number within two seconds at the 95th percentile', async () => {
    const p95 = await p95OfCalls(async (index) => {
      const taken = expected<Taken>(await take('noor-dale', { device: `SN-1${String(index)}` }), 201);
      expect(taken.number).toMatch(/^C-/);
    });
    process.stdout.write(`calls: p95 ${String(p95)} ms\n`);
    expect(p95).toBeLessThan(2_000);
  }, 120_000);
});

describe('a fire drill', () => {
  const report = async (person: string, id: string) => api.as(person).get(`/v1/drills/${id}`);

  it('pages the desk, says so in the mail, and measures who acknowledged by which channel', async () => {
    const body = { contractId: 'northwind-2026' };
    expect(expected(await api.as('noor-dale').post('/v1/processes/drill', body), 403)).toMatchObject({
      code: 'FORBIDDEN',
    });
    const { processId } = expected<Started>(
      await api.as('sam-rivers').post('/v1/processes/drill', body),
      201,
    );
    expect(expected(await api.as('sam-rivers').post('/v1/processes/drill', body), 409)).toMatchObject({
      code: 'DRILL_ALREADY_RUNNING',
    });
    const mail = await until(async () =>
      api.mail.delivered('noor.dale@provider.example').find(({ subject }) => subject.includes('drill')),
    );
    expect(mail.subject).toMatch(/^DRILL, no emergency: /);
    expect(mail.text).toMatch(/^DRILL, no emergency: /);
    const token = /\/l\/([\w-]+)/.exec(mail.text)?.[1] ?? '';
    expected(await api.as(null).post(`/l/${token}`), 200);
    const shown = await until(async () => {
      const { body: answer } = await report('sam-rivers', processId);
      return (answer as { desk: object | null }).desk ? answer : undefined;
    });
    expect(shown).toMatchObject({
      status: 'running',
      startedBy: { id: 'sam-rivers' },
      ended: null,
      desk: { by: { id: 'noor-dale', name: 'Noor Dale' } },
      levels: [],
      people: expect.arrayContaining([
        expect.objectContaining({
          person: { id: 'noor-dale', name: 'Noor Dale' },
          reached: 'accepted',
          acknowledged: { channel: 'mail', afterSeconds: expect.any(Number) },
        }),
      ]),
      notReached: [],
    });
    const { desk } = expected<{ desk: { processId: string } | null }>(
      await report('jo-brook', processId),
      200,
    );
    expect(desk).not.toBeNull();
    for (const person of ['maria-stone', 'lee-ward'])
      expect((await report(person, processId)).status).toBe(403);
    expected(await api.as('sam-rivers').post(`/v1/processes/${processId}/commands/end`, {}), 200);
    expect(expected(await report('sam-rivers', processId), 200)).toMatchObject({
      status: 'ended',
      ended: { how: 'ended', by: { id: 'sam-rivers' } },
    });
  });
});
