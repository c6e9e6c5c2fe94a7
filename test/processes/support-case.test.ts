/** A call at the Senior Desk: who is served, in which queue, who is paged when nobody accepts (service spec §4.16, §3 R1). */
import { describe, expect, it } from '@jest/globals';
import { forecast } from '../../domain/kernel/views/forecast.js';
import type { Data } from '../../domain/kernel/words.js';
import { judge } from '../../domain/entitlement/gate.js';
import { caseNumberOf } from '../../domain/support-case/number.js';
import { readsInstead } from '../support/case-world.js';
import { caseLeftAlone } from '../tables/case-left-alone.js';
import { registry, TENANT, type TestWorld } from '../support/world.js';
import { done, JAN, KIM, MARIA, SAM, START } from './journeys.js';
import {
  aCase,
  act,
  aDesk,
  AFTER_END,
  along,
  call,
  CALL_AT,
  CASE,
  closed,
  DANA,
  dataOf,
  engaged,
  expiredContract,
  minutes,
  NOOR,
  notReached,
  refused,
  REMY,
  resolved,
  TONI,
  UNKNOWN,
} from './journeys-support-case.js';

const statusOf = (world: TestWorld) => world.stateOf(CASE).status;
const running = (world: TestWorld) =>
  world
    .stateOf(CASE)
    .clocks.map(({ name }) => name)
    .sort();
const toldOf = (world: TestWorld, notice: string) =>
  world.mailsOf(CASE, notice).map(({ recipient, at }) => [recipient, (at - Date.parse(CALL_AT)) / 60_000]);
/** The instant before a mark is due, and the mark itself. */
const before = (minute: number) => new Date(Date.parse(minutes(minute)) - 1).toISOString();

describe('a P1 of an authorised caller', () => {
  it('is queued at once by way of Verified, with its number, its definition and the engineer on duty paged', async () => {
    const world = await aCase();
    const data = dataOf(world);
    expect(statusOf(world)).toBe('queued');
    const step = world.store.steps.find(({ after }) => after.id === CASE);
    expect(step?.decision).toMatchObject({ via: 'verified', to: 'queued' });
    expect(data.number).toMatch(/^C-[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5}$/);
    expect(data.number).toBe(caseNumberOf(CASE));
    expect(data.definition).toBe('Critical: a mission-critical function is lost or continuously unstable.');
    expect(data.entitlement).toMatchObject({ rule: 1, verdict: 'entitled', doubts: [] });
    expect(running(world)).toEqual(['age', 'engage', 'page', 'restore']);
    expect(toldOf(world, 'page')).toEqual([[NOOR, 0]]);
    expect(world.mailsOf(CASE).filter(({ notice }) => notice === 'page')).toMatchObject([{ urgent: true }]);
  });

  it('pages one after another until somebody accepts, and the last of them every day', async () => {
    const world = await aCase();
    const table: [number, string][] = [
      [5, REMY],
      [10, TONI],
      [15, DANA],
      [15 + 24 * 60, DANA],
      [15 + 48 * 60, DANA],
    ];
    const expected: [string, number][] = [[NOOR, 0]];
    for (const [minute, person] of table) {
      await world.runTo(before(minute));
      expect(toldOf(world, 'page')).toEqual(expected);
      await world.runTo(minutes(minute));
      expected.push([person, minute]);
      expect(toldOf(world, 'page')).toEqual(expected);
    }
    expect(toldOf(world, 'pageTold')).toEqual([[SAM, 10]]);
    expect(toldOf(world, 'engageMissed')).toEqual([
      [TONI, 15],
      [SAM, 15],
      [TONI, 15 + 24 * 60],
      [TONI, 15 + 48 * 60],
    ]);
    expect(world.mailsOf(CASE).every(({ urgent, notice }) => urgent || notice === 'opened')).toBe(true);
  });

  it('is in time when it is accepted in the last second of its fifteen minutes', async () => {
    const world = await aCase();
    await done(act(world, 'accept', {}, '2026-11-23T09:15:00Z'));
    expect(world.store.steps.at(-1)?.decision).toMatchObject({
      event: 'supportCase.engaged',
      ended: expect.arrayContaining([expect.objectContaining({ name: 'engage', outcome: 'met' })]),
    });
    const late = await aCase();
    await done(act(late, 'accept', {}, '2026-11-23T09:15:01Z'));
    expect(late.eventsOf(CASE)).toContain('supportCase.engageMissed');
    expect(dataOf(late).engagedAt).toBe(Date.parse('2026-11-23T09:15:01Z'));
  });

  it('counts half an hour as a P2', async () => {
    const world = await aCase({ priority: 'P2' });
    await world.runTo(before(30));
    expect(world.eventsOf(CASE)).not.toContain('supportCase.engageMissed');
    await world.runTo(minutes(30));
    expect(world.eventsOf(CASE)).toContain('supportCase.engageMissed');
  });

  it('pages the Duty Manager where there is no second engineer', async () => {
    const world = await aDesk();
    readsInstead(world, { duty: { engineers: [NOOR], dutyManager: TONI, supportDirector: DANA } });
    await done(call(world));
    await world.runTo(minutes(5));
    expect(toldOf(world, 'page')).toEqual([
      [NOOR, 0],
      [TONI, 5],
    ]);
  });

  it('is answered within five minutes where it did not come by phone', async () => {
    const phoned = await aCase();
    expect(running(phoned)).not.toContain('answer');
    const world = await aCase({ source: 'api' });
    await world.runTo(before(5));
    expect(world.eventsOf(CASE)).not.toContain('supportCase.answerMissed');
    await world.runTo(minutes(5));
    expect(toldOf(world, 'answerDue')).toEqual([
      [NOOR, 5],
      [TONI, 5],
    ]);
    await done(act(world, 'answer', {}, minutes(6)));
    expect(running(world)).not.toContain('answer');
  });
});

describe('a P1 left alone over a weekend', () => {
  it('is forecast as the table that was worked out from the specification, every page at its instant', async () => {
    const world = await aDesk();
    const from = '2026-11-28T02:00:00Z';
    await done(call(world, {}, from));
    const { items } = await forecast(registry, world.store, {
      tenantId: TENANT,
      from: Date.parse(from),
      until: Date.parse('2026-11-30T11:00:00Z'),
    });
    const foreseen = items.flatMap((item) =>
      item.kind === 'notice' && item.slug === 'supportCase' && item.at > Date.parse(from)
        ? [
            {
              at: item.at,
              sendAt: item.sendAt,
              notice: item.notice,
              role: item.role,
              recipient: item.recipient,
            },
          ]
        : [],
    );
    const expected = caseLeftAlone.map(({ cites: _, at, ...row }) => {
      const instant = Date.parse(at);
      return { at: instant, sendAt: instant, ...row };
    });
    const sorted = (rows: typeof foreseen) => rows.map((row) => JSON.stringify(row)).sort();
    expect(sorted(foreseen)).toEqual(sorted(expected));
  });
});

describe('the skill register', () => {
  it('lets somebody else accept only with a reason, and keeps who was truly senior', async () => {
    const world = await aCase({ product: 'Routing' });
    readsInstead(world, { skills: { [REMY]: ['routing'] } });
    expect((await act(world, 'accept', {}, minutes(2)))?.code).toBe('SUPPORT_CASE_NO_SKILL');
    await done(act(world, 'accept', { because: 'Nobody of the region is senior for it.' }, minutes(3)));
    await done(act(world, 'assign', { to: REMY, reason: 'The next region has come on.' }, minutes(90), TONI));
    expect(dataOf(world).engineers).toMatchObject([
      {
        personId: NOOR,
        senior: false,
        because: 'Nobody of the region is senior for it.',
        leftAt: Date.parse(minutes(90)),
      },
      { personId: REMY, senior: true, leftAt: null },
    ]);
  });

  it('says nothing where there is none', async () => {
    expect(dataOf(await engaged({ product: 'Routing' })).engineers).toMatchObject([{ senior: null }]);
  });
});

describe('the entitlement gate', () => {
  const inputs = {
    priority: 'P2',
    contractStatus: 'active',
    tier: 'plus',
    device: 'covered',
    callerAuthorised: true,
  } as const;
  it.each([
    ['everything in order', {}, 'entitled', []],
    ['a contract near its end', { contractStatus: 'expiring' }, 'entitled', []],
    ['a device that nothing is recorded about', { device: 'notRecorded' }, 'entitled', []],
    ['an unknown caller', { callerAuthorised: false }, 'provisional', ['callerNotAuthorised']],
    ['an expired contract', { contractStatus: 'expired' }, 'refused', ['contractNotActive']],
    ['another tier', { tier: 'basic' }, 'refused', ['tierWithoutFeature']],
    ['a device out of cover', { device: 'notCovered' }, 'refused', ['deviceNotCovered']],
    [
      'P1 with an unknown caller',
      { priority: 'P1', callerAuthorised: false },
      'provisional',
      ['callerNotAuthorised'],
    ],
    [
      'P1 with everything in doubt',
      {
        priority: 'P1',
        contractStatus: 'terminated',
        tier: 'basic',
        device: 'notCovered',
        callerAuthorised: false,
      },
      'provisional',
      ['contractNotActive', 'tierWithoutFeature', 'deviceNotCovered', 'callerNotAuthorised'],
    ],
  ] as const)('judges %s', (_name, change, verdict, doubts) => {
    const tiersServed = ['plus'];
    const asked = { ...inputs, tiersServed, ...change };
    const judged = judge(asked, 0);
    expect(judged).toMatchObject({ verdict, doubts, inputs: asked });
  });

  it('asks for no tier where every tier has what is asked for', () => {
    expect(judge({ ...inputs, tier: 'basic', tiersServed: [] }, 0).verdict).toBe('entitled');
  });

  it('serves a P1 after the end of the contract, and has it settled within a business day', async () => {
    const world = await expiredContract();
    await done(call(world, {}, AFTER_END));
    expect(statusOf(world)).toBe('queued');
    expect(dataOf(world).entitlement).toMatchObject({
      verdict: 'provisional',
      doubts: ['contractNotActive'],
    });
    // Thursday: the close of the first business day after Thursday, 2 November 2028.
    expect(world.clockOf(CASE, 'settle')?.marks[0]?.dueAt).toBe(Date.parse('2028-11-03T16:00:00Z'));
    await world.runTo('2028-11-03T15:59:59.999Z');
    expect(world.eventsOf(CASE)).not.toContain('supportCase.settleMissed');
    await world.runTo('2028-11-03T16:00:00Z');
    expect(world.eventsOf(CASE)).toContain('supportCase.settleMissed');
    await done(act(world, 'refuseEntitlement', { reason: 'Not renewed.' }, '2028-11-06T10:00:00Z', KIM));
    expect(statusOf(world)).toBe('refused');
  });

  it('refuses a P2 after the end of the contract, with the reason, and serves it by an override', async () => {
    const world = await refused();
    expect(dataOf(world).entitlement).toMatchObject({
      verdict: 'refused',
      reason: 'the contract is not active.',
    });
    expect(
      world
        .mailsOf(CASE, 'refused')
        .map(({ recipient }) => recipient)
        .sort(),
    ).toEqual([KIM, MARIA, SAM].sort());
    await done(act(world, 'override', { reason: 'The renewal is signed.' }, '2028-11-02T10:00:00Z', KIM));
    expect(statusOf(world)).toBe('queued');
    expect(dataOf(world)).toMatchObject({
      entitlement: { verdict: 'entitled', doubts: ['contractNotActive'] },
      // Of anything but a P1: for this case alone.
      override: { by: KIM, expiresAt: null },
    });
  });
});

describe('a P1 that is refused while an engineer works on it', () => {
  it('is queued without him when the refusal is overridden', async () => {
    const world = await along(
      await aCase({ caller: UNKNOWN }),
      ['accept', {}, 4],
      ['refuseEntitlement', { reason: 'Nobody knows the caller.' }, 60, KIM],
    );
    expect(world.mailsOf(CASE, 'refused').map(({ recipient }) => recipient)).toContain(NOOR);
    await done(act(world, 'override', { reason: 'The caller is known by now.' }, minutes(90), KIM));
    expect(dataOf(world)).toMatchObject({
      engineerId: null,
      engineers: [{ leftAt: Date.parse(minutes(90)) }],
    });
    expect(running(world)).toEqual(['engage', 'override', 'page', 'restore']);
    expect(world.clockOf(CASE, 'engage')?.marks[0]?.dueAt).toBe(Date.parse(minutes(105)));
  });
});

describe('an unknown caller', () => {
  it('of a P1 is served provisionally, and verified on a number of the matrix', async () => {
    const world = await aCase({ caller: UNKNOWN });
    expect(statusOf(world)).toBe('queued');
    expect(world.store.steps.find(({ after }) => after.id === CASE)?.decision).toMatchObject({
      via: 'provisional',
    });
    expect(running(world)).toContain('settle');
    const known = { personId: JAN, evidence: 'Called back on the number of the matrix.' };
    await done(act(world, 'verifyCaller', known, minutes(8)));
    expect(running(world)).not.toContain('settle');
    expect(dataOf(world)).toMatchObject({
      caller: { personId: JAN, name: null, phone: null },
      entitlement: { verdict: 'entitled' },
      verification: { by: NOOR },
    });
  });

  it('of a P2 is called back within fifteen minutes, and queued when he is verified', async () => {
    const world = await aCase({ priority: 'P2', caller: UNKNOWN });
    expect(statusOf(world)).toBe('received');
    expect(running(world)).toEqual(['callBack']);
    await world.runTo(before(15));
    expect(world.eventsOf(CASE)).not.toContain('supportCase.callBackMissed');
    await done(act(world, 'recordCallBack', { reached: false }, minutes(14)));
    await world.runTo(minutes(15));
    expect(world.eventsOf(CASE)).toContain('supportCase.callBackMissed');
    await done(act(world, 'verifyCaller', { personId: JAN, evidence: 'Called back.' }, minutes(20)));
    expect(statusOf(world)).toBe('queued');
    // The target counts from the queue, not from the call.
    expect(world.clockOf(CASE, 'engage')?.marks[0]?.dueAt).toBe(Date.parse(minutes(50)));
  });

  it('is queued at once when the case becomes a P1 meanwhile', async () => {
    const world = await aCase({ priority: 'P2', caller: UNKNOWN });
    await done(act(world, 'raisePriority', { to: 'P1', reason: 'All of it is down.' }, minutes(3)));
    expect(statusOf(world)).toBe('queued');
    expect(running(world)).toEqual(['age', 'engage', 'page', 'restore', 'settle']);
  });

  it('is known by the matrix in force, not by the contract', async () => {
    const world = await aDesk();
    const contact = {
      personId: MARIA,
      side: 'endUser',
      role: 'operator',
      level: 'L0',
      zone: 'Europe/Berlin',
      hours: '24x7',
      deputyId: null,
      authorisedCaller: true,
      mayApprove: [],
      validFrom: null,
      validTo: Date.parse(minutes(1)),
    };
    readsInstead(world, {
      matrix: { processId: 'mtx_1', version: 3, since: 0, staleSince: null, contacts: [contact] },
    });
    await done(call(world, {}, CALL_AT));
    expect(dataOf(world).entitlement.verdict).toBe('entitled');
    await done(call(world, { separate: true }, minutes(1), 'cas_2'));
    expect(dataOf(world, 'cas_2').entitlement.doubts).toEqual(['callerNotAuthorised']);
    await done(call(world, { separate: true, caller: { personId: JAN } }, minutes(1), 'cas_3'));
    expect(dataOf(world, 'cas_3').entitlement.doubts).toEqual(['callerNotAuthorised']);
  });
});

describe('a case that ends before its entitlement is settled', () => {
  const CONSENT = 1600;
  const RESOLVE = ['resolve', { rootCause: 'The line card had failed.' }, 120] as const;
  const closedInDoubt = async () => closed({ caller: UNKNOWN });
  const dueOf = (world: TestWorld) => world.clockOf(CASE, 'settle')?.marks[0]?.dueAt;
  const KNOWN = { personId: JAN, evidence: 'Called back on the number of the matrix.' };
  const UNCOVERED = { reason: 'Nobody knows the caller.' };
  /** The close of Tuesday, 24 November. */
  const DUE = '2026-11-24T16:00:00Z';

  it('is still to be settled when the End User has consented, and asked for until it is', async () => {
    const world = await closedInDoubt();
    expect(statusOf(world)).toBe('closed');
    expect(running(world)).toEqual(['reopen', 'settle']);
    expect(dueOf(world)).toBe(Date.parse(DUE));
    await world.runTo(new Date(Date.parse(DUE) - 1).toISOString());
    expect(world.eventsOf(CASE)).not.toContain('supportCase.settleMissed');
    await world.runTo(DUE);
    expect(world.eventsOf(CASE)).toContain('supportCase.settleMissed');
    // The time in which it can be opened again ends meanwhile; the duty does not.
    await world.runTo('2026-12-10T16:00:00Z');
    expect(running(world)).toEqual(['settle']);
    expect(toldOf(world, 'provisional').filter(([person]) => person === KIM)).toHaveLength(17);
    await done(act(world, 'verifyCaller', KNOWN, '2026-12-11T09:00:00Z'));
    expect(dataOf(world)).toMatchObject({ caller: { personId: JAN }, entitlement: { verdict: 'entitled' } });
    expect([statusOf(world), running(world)]).toEqual(['closed', []]);
    const again = await act(world, 'verifyCaller', KNOWN, '2026-12-11T10:00:00Z');
    expect(again?.code).toBe('SUPPORT_CASE_NOT_IN_DOUBT');
  });

  it('is refused by the SM manager as it stands: it was served, and stays closed', async () => {
    const world = await closedInDoubt();
    await done(act(world, 'refuseEntitlement', UNCOVERED, minutes(CONSENT + 5), KIM));
    expect(dataOf(world)).toMatchObject({
      entitlement: { verdict: 'refused', reason: UNCOVERED.reason },
      closure: { how: 'consent', by: MARIA },
    });
    expect([statusOf(world), running(world)]).toEqual(['closed', ['reopen']]);
    expect(world.mailsOf(CASE, 'refused').map(({ recipient }) => recipient)).toEqual([SAM]);
    const again = await act(world, 'refuseEntitlement', UNCOVERED, minutes(CONSENT + 6), KIM);
    expect(again?.code).toBe('SUPPORT_CASE_NOT_IN_DOUBT');
  });

  it('is confirmed once what was in doubt is in order', async () => {
    const world = await expiredContract();
    const after = (minute: number) => new Date(Date.parse(AFTER_END) + minute * 60_000).toISOString();
    await done(call(world, {}, AFTER_END));
    for (const minute of [5, 10, 15]) await done(act(world, 'recordFailedContact', {}, after(minute)));
    await done(act(world, 'abandon', { reason: 'No answer.' }, after(20), TONI));
    expect([statusOf(world), running(world)]).toEqual(['abandoned', ['reopen', 'settle']]);
    const confirm = async (minute: number) =>
      act(world, 'confirmEntitlement', { reason: 'It is renewed.' }, after(minute));
    expect((await confirm(30))?.code).toBe('SUPPORT_CASE_STILL_IN_DOUBT');
    readsInstead(world, { contract: { ...world.contractFacts(), status: 'active' } });
    await done(confirm(40));
    expect(dataOf(world).entitlement.verdict).toBe('entitled');
    expect([statusOf(world), running(world)]).toEqual(['abandoned', ['reopen']]);
  });

  it('is one business day from the call, whoever closes it', async () => {
    const silent = await resolved({ caller: UNKNOWN });
    await silent.runTo('2026-12-02T16:00:00Z');
    await done(act(silent, 'closeReasoned', { reason: 'No answer.' }, '2026-12-02T17:00:00Z', TONI));
    expect([statusOf(silent), running(silent)]).toEqual(['closed', ['reopen', 'settle']]);
    expect(dueOf(silent)).toBe(Date.parse(DUE));
    const lowered = ['proposePriority', { to: 'P3', reason: 'The impact is small.' }, 30] as const;
    const agreed = ['agreePriority', { to: 'P3', agreedBy: MARIA }, 40, MARIA] as const;
    const taken = async () => along(await aCase({ caller: UNKNOWN }), lowered, agreed, ['accept', {}, 50]);
    const low = await along(await taken(), RESOLVE);
    await low.runTo('2026-11-30T16:00:00Z');
    expect([dataOf(low).closure?.how, running(low)]).toEqual(['silence', ['reopen', 'settle']]);
    const ended = await taken();
    await done(ended.command('con_1', 'terminate', { reason: 'Withdrawn.' }, minutes(300), KIM));
    expect([dataOf(ended).closure?.how, running(ended)]).toEqual(['contractEnded', ['settle']]);
  });

  it('goes on being settled when it is opened again, and is settled by that where nothing is in doubt', async () => {
    const reopen = async (world: TestWorld) =>
      done(act(world, 'reopen', { reason: 'It is back.' }, minutes(CONSENT + 5), MARIA));
    const world = await closedInDoubt();
    await reopen(world);
    expect(running(world)).toContain('settle');
    expect(dueOf(world)).toBe(Date.parse(DUE));
    const known = await aDesk();
    readsInstead(known, { contract: { ...known.contractFacts(), callers: [] } });
    await done(call(known));
    await along(known, ['accept', {}, 4], ['startDiagnosis', {}, 6], RESOLVE);
    await known.runTo(minutes(26 * 60));
    await along(known, ['consentClosure', { agreedBy: MARIA }, CONSENT, MARIA]);
    expect(running(known)).toContain('settle');
    readsInstead(known, {});
    await reopen(known);
    expect(dataOf(known).entitlement.verdict).toBe('entitled');
    expect(running(known)).not.toContain('settle');
  });

  it('is not refused by a call: what is served in doubt is settled by people', async () => {
    const world = await expiredContract();
    const after = (minute: number) => new Date(Date.parse(AFTER_END) + minute * 60_000).toISOString();
    const at = async (minute: number, command: string, payload: Data, actor = NOOR) =>
      done(act(world, command, payload, after(minute), actor));
    await done(call(world, { caller: UNKNOWN }, AFTER_END));
    await at(5, 'proposePriority', { to: 'P3', reason: 'The impact is small.' });
    await at(10, 'agreePriority', { to: 'P3', agreedBy: MARIA }, MARIA);
    await at(20, 'verifyCaller', KNOWN);
    expect(dataOf(world).entitlement).toMatchObject({
      verdict: 'provisional',
      doubts: ['contractNotActive'],
    });
    await at(30, 'accept', {});
    await at(40, 'resolve', { rootCause: 'The line card had failed.' });
    await at(50, 'consentClosure', { agreedBy: MARIA }, MARIA);
    await at(60, 'refuseEntitlement', UNCOVERED, KIM);
    expect([statusOf(world), running(world)]).toEqual(['closed', ['reopen']]);
  });

  it('is settled by a raise after which nothing is in doubt, and to be settled after one that leaves a doubt', async () => {
    const raise = ['raisePriority', { to: 'P3', reason: 'It spreads.' }, 60] as const;
    const world = await aDesk();
    const { callers } = world.contractFacts();
    readsInstead(world, { contract: { ...world.contractFacts(), callers: [] } });
    await done(call(world));
    await along(
      world,
      ['proposePriority', { to: 'P4', reason: 'The impact is small.' }, 5],
      ['agreePriority', { to: 'P4', agreedBy: MARIA }, 10, MARIA],
    );
    readsInstead(world, { contract: { ...world.contractFacts(), callers } });
    await along(world, raise);
    expect([dataOf(world).entitlement.verdict, running(world)]).toEqual([
      'entitled',
      ['age', 'respond', 'restore'],
    ]);
    const doubted = await aCase({ priority: 'P4', source: 'api' });
    readsInstead(doubted, { contract: { ...doubted.contractFacts(), callers: [] } });
    await along(doubted, raise);
    expect([dataOf(doubted).entitlement.verdict, running(doubted)]).toEqual([
      'provisional',
      ['age', 'respond', 'restore', 'settle'],
    ]);
  });

  it('is nothing to settle where it was a test call, or was never served', async () => {
    const test = await closed({ caller: UNKNOWN, test: true });
    expect([statusOf(test), running(test)]).toEqual(['closed', ['reopen']]);
    const passed = await along(
      await aCase({ caller: UNKNOWN, test: true }),
      ['accept', {}, 4],
      ['passTest', { evidence: 'Engaged in four minutes.' }, 6],
    );
    expect(running(passed)).toEqual([]);
    const never = await along(await notReached({ priority: 'P2', caller: UNKNOWN }), [
      'abandon',
      { reason: 'No answer.' },
      20,
    ]);
    expect([statusOf(never), running(never)]).toEqual(['abandoned', ['reopen']]);
  });
});

describe('an override', () => {
  const NIGHT = '2026-11-23T22:00:00Z';
  const REASON = { reason: 'Known to the account team.' };

  it('is the SM manager’s by day and the Duty Manager’s at night', async () => {
    const world = await aCase({ caller: UNKNOWN });
    expect((await act(world, 'override', REASON, minutes(30), TONI))?.code).toBe(
      'SUPPORT_CASE_IN_BUSINESS_HOURS',
    );
    await done(act(world, 'override', REASON, NIGHT, TONI));
    const byDay = await aCase({ caller: UNKNOWN });
    await done(act(byDay, 'override', REASON, minutes(30), KIM));
    expect(dataOf(byDay).override).toMatchObject({ by: KIM, reason: REASON.reason });
  });

  it('of a P1 ends after 24 hours: the case is served on and is to be settled again', async () => {
    const world = await aCase({ caller: UNKNOWN });
    await done(act(world, 'override', REASON, minutes(10), KIM));
    expect(running(world)).toEqual(['age', 'engage', 'override', 'page', 'restore']);
    await world.runTo(before(10 + 24 * 60));
    expect(dataOf(world).entitlement.verdict).toBe('entitled');
    await world.runTo(minutes(10 + 24 * 60));
    expect(dataOf(world)).toMatchObject({
      entitlement: { verdict: 'provisional' },
      override: { overAt: Date.parse(minutes(10 + 24 * 60)) },
    });
    expect(running(world)).toContain('settle');
  });

  it('does not outlive its time by the end of the case: reopened, it runs on or counts no more', async () => {
    const expiresAt = minutes(1_200);
    const closedUnder = async () => {
      const world = await aCase({ priority: 'P3', caller: UNKNOWN });
      await along(
        world,
        ['override', { ...REASON, expiresAt }, 10, KIM],
        ['accept', {}, 20],
        ['resolve', { rootCause: 'The line card had failed.' }, 120],
      );
      await along(world, ['consentClosure', { agreedBy: MARIA }, 200, MARIA]);
      expect([statusOf(world), running(world)]).toEqual(['closed', ['reopen']]);
      return world;
    };
    const inTime = await closedUnder();
    await along(inTime, ['reopen', { reason: 'It is back.' }, 300, MARIA]);
    expect(dataOf(inTime).entitlement.verdict).toBe('entitled');
    await inTime.runTo(expiresAt);
    expect(dataOf(inTime).entitlement.verdict).toBe('provisional');
    expect(running(inTime)).toContain('settle');
    const late = await closedUnder();
    await along(late, ['reopen', { reason: 'It is back.' }, 1_200, MARIA]);
    expect(dataOf(late).entitlement.verdict).toBe('provisional');
  });
});

describe('a P3 at the Senior Desk', () => {
  it('is rerouted with its number, and the Support Centre responds within four business hours', async () => {
    const world = await aCase({ priority: 'P3' });
    expect(statusOf(world)).toBe('rerouted');
    expect(world.mailsOf(CASE, 'rerouted')).toMatchObject([
      { recipient: MARIA, show: { case: caseNumberOf(CASE) } },
    ]);
    expect(running(world)).toEqual(['age', 'respond', 'restore']);
    expect(toldOf(world, 'page')).toEqual([]);
    await world.runTo(before(240));
    expect(world.eventsOf(CASE)).not.toContain('supportCase.respondMissed');
    await world.runTo(minutes(240));
    expect(world.eventsOf(CASE)).toContain('supportCase.respondMissed');
    await done(act(world, 'accept', {}, minutes(250)));
    expect(statusOf(world)).toBe('diagnosing');
  });
});

describe('a second call for one outage', () => {
  it('is joined: no second case, the owner told, both calls kept', async () => {
    const world = await aCase();
    const again = await call(world, { caller: { personId: JAN } }, minutes(3), 'cas_2');
    expect(again).toMatchObject({
      code: 'SUPPORT_CASE_SAME_OUTAGE',
      problems: [{ problem: `${caseNumberOf(CASE)} (${CASE})` }],
    });
    const joined = { caller: { personId: JAN }, impact: 'The hub cannot dispatch either.' };
    await done(act(world, 'joinCall', joined, minutes(3)));
    expect(dataOf(world).calls).toMatchObject([{ caller: { personId: JAN }, impact: joined.impact }]);
    expect(toldOf(world, 'joined')).toEqual([[NOOR, 3]]);
  });

  it('is a case of its own when it is another fault, another device or no emergency', async () => {
    const world = await aCase();
    await done(call(world, { separate: true }, minutes(3), 'cas_2'));
    await done(call(world, { device: 'SN-4712' }, minutes(3), 'cas_3'));
    await done(call(world, { priority: 'P4' }, minutes(3), 'cas_4'));
  });
});

describe('a call that drops', () => {
  it('is taken up again within five minutes', async () => {
    const world = await along(await engaged(), ['recordDrop', {}, 10]);
    await world.runTo(before(15));
    expect(world.eventsOf(CASE)).not.toContain('supportCase.callBackMissed');
    await world.runTo(minutes(15));
    expect(world.eventsOf(CASE)).toContain('supportCase.callBackMissed');
    await done(act(world, 'recordCallBack', { reached: false }, minutes(16)));
    expect(running(world)).toContain('callBack');
    await done(act(world, 'recordCallBack', { reached: true }, minutes(17)));
    expect(running(world)).not.toContain('callBack');
    expect(dataOf(world).callBacks.map(({ reached }) => reached)).toEqual([false, true]);
  });
});

describe('the test call of an onboarding', () => {
  it('says in every message that it is one, and settles the item when it has passed', async () => {
    const world = await aDesk();
    const { onboarding, ...others } = world.policy;
    const checklist = onboarding.checklist.map((item) =>
      item.key === 'testCall' ? { ...item, process: 'testCall' as const } : item,
    );
    world.policy = { ...others, onboarding: { ...onboarding, checklist } };
    await done(world.start('onboarding', 'onb_1', { contractId: 'northwind-2026' }, START));
    await done(call(world, { test: true }, minutes(10)));
    expect(running(world)).not.toContain('restore');
    await done(act(world, 'accept', {}, minutes(12)));
    await done(act(world, 'passTest', { evidence: 'Engaged in two minutes.' }, minutes(15)));
    expect(world.mailsOf(CASE).every(({ show }) => show['testCall'] === true)).toBe(true);
    const { items } = world.stateOf('onb_1').data as { items: { key: string; state: string }[] };
    expect(items.find(({ key }) => key === 'testCall')?.state).toBe('done');
    expect(statusOf(world)).toBe('closed');
    expect(running(world)).toEqual([]);
  });
});
