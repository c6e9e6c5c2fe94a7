/** The auditor's questions on worlds in memory: what they answer, as of when, and which events prove it. */
import { describe, expect, it } from '@jest/globals';
import { adoptionFileSchema } from '../../domain/contract/adoption.js';
import { questions } from '../../domain/audit/questions/index.js';
import type { Past, RecordedEvent } from '../../domain/audit/questions/recordings.js';
import { TestWorld, example } from '../support/world.js';
import {
  acknowledge,
  anOnboarding,
  done,
  JAN,
  KIM,
  kickoffHeld,
  live,
  MARIA,
  objected,
  packageComplete,
  places,
  released,
  ROBIN,
  SAM,
} from '../processes/journeys.js';
import { access, aSession, JAN_ADMIN, LEE, revoked, TONI } from '../processes/journeys-access.js';
import { readsInstead } from '../support/case-world.js';
import { changePriority } from '../support/escalation-world.js';
import { act, after, anEscalation, CONSENT, waiting } from '../processes/journeys-escalation.js';
import { aDrill } from '../processes/journeys-drill.js';
import { inForce } from '../processes/journeys-contact-matrix.js';
import {
  aCase,
  aDesk,
  along,
  call,
  CALL_AT,
  CASE,
  closed,
  engaged,
  minutes,
  NOOR,
  proposed,
  REMY,
  taken,
  UNKNOWN,
} from '../processes/journeys-support-case.js';
import { signedNotApplicable } from '../processes/journeys-document.js';
import { walkedThrough, withChanges } from '../processes/journeys-support-tools.js';
import { ask, cells, past, provenBy } from './recorded.js';

const NOON = '2026-11-30T12:00:00Z';

describe('every question', () => {
  it('is a sentence with a name of its own, and cites the specification', () => {
    expect(new Set(questions.map(({ name }) => name)).size).toBe(questions.length);
    for (const { name, text, source, columns } of questions) {
      expect(name).toMatch(/^[a-z]+(-[a-z]+)*$/);
      expect(text).toMatch(/^[A-Z].{20,110}\?$/);
      expect(source).toMatch(/^§\d/);
      expect(Object.keys(columns).length).toBeLessThanOrEqual(7);
    }
  });

  // One place of each process: what differs between its statuses is the subject of the tests below.
  const furthest = new Map(places.map((place) => [place.slug, place]));
  it.each(
    [...furthest.values()].map((place) => [`${place.slug} ${place.status}, ${place.name}`, place] as const),
  )(
    'is answered at %s, nothing answers those that must have no answer, and every row is proven',
    async (_title, { world: reach }) => {
      const world = await reach();
      const about = past(world, new Date(world.now).toISOString());
      for (const { name, columns, mustBeEmpty } of questions) {
        const rows = ask(name, about);
        if (mustBeEmpty) expect([name, rows.map((row) => row.cells)]).toEqual([name, []]);
        for (const row of rows) expect(Object.keys(row.cells)).toEqual(Object.keys(columns));
        // Whom nobody sent anything is in no event.
        if (name !== 'guide-held' && name !== 'onboarding-items')
          expect([name, rows.filter((row) => row.proof.length === 0)]).toEqual([name, []]);
      }
    },
  );
});

describe('about fire drills', () => {
  it('one is shown with who was paged, reached and acknowledged, as it stood at the instant', async () => {
    const world = await aDrill();
    world.held = ({ intent }) => intent.kind === 'page' && intent.content.recipient === 'ira-penn';
    const [page] = world.mailsOf('drl_1', 'deskPage');
    const payload = { effectKey: 'x', notices: ['deskPage'], recipient: 'noor-dale', via: 'link' };
    await world.signal('drl_1', 'pageAcknowledged', { ...payload, decidedAt: page?.at }, after(2));
    await world.runTo(after(120));
    const shown = { startedAt: Date.parse(after(0)), startedBy: KIM };
    expect(cells('drills', past(world, after(1)))).toEqual([
      { ...shown, endedAt: null, paged: 1, reached: 1, acknowledged: 0, desk: null },
    ]);
    const over = past(world, after(121));
    const [row] = cells('drills', over);
    expect(row).toMatchObject({
      ...shown,
      endedAt: Date.parse(after(120)),
      acknowledged: 1,
      desk: 'noor-dale',
    });
    // All but the one of the top level.
    expect(Number(row?.['paged'])).toBeGreaterThan(4);
    expect(Number(row?.['paged']) - Number(row?.['reached'])).toBe(1);
    expect(provenBy(ask('drills', over)[0])).toEqual([
      'drill.started',
      'drill.deskAcknowledged',
      'drill.timeUp',
    ]);
    for (const question of ['breaches', 'escalation-levels']) expect(cells(question, over)).toEqual([]);
  });
});

describe('about escalations', () => {
  it('each level is shown with when it was due, when it was reached, and who accepted it', async () => {
    const world = await anEscalation();
    await done(act(world, 'accept', { level: 'L1' }, after(70), KIM));
    const rows = ask('escalation-levels', past(world, after(80)));
    expect(rows.map((row) => row.cells)).toMatchObject([
      { level: 'L0', dueAt: null, reachedAt: Date.parse(after(0)) },
      { level: 'L1', dueAt: Date.parse(after(60)), reachedAt: Date.parse(after(60)), acceptedBy: KIM },
      { level: 'L2', dueAt: Date.parse(after(240)), reachedAt: null, acceptedBy: null },
      { level: 'L3', dueAt: Date.parse(after(24 * 60)) },
      { level: 'L4', dueAt: Date.parse(after(48 * 60)) },
    ]);
    expect(provenBy(rows[1])).toEqual(['escalation.levelReached', 'escalation.levelAccepted']);
  });

  it('a pause is shown with who owed what and who consented', async () => {
    const world = await waiting({ pause: true, consent: CONSENT });
    await done(act(world, 'endWait', { text: 'It is there.' }, after(50)));
    expect(cells('escalation-pauses', past(world, after(60)))).toMatchObject([
      {
        priority: 'P1',
        fromAt: Date.parse(after(30)),
        untilAt: Date.parse(after(50)),
        owedBy: 'Network team',
        outcome: 'satisfied',
        consent: MARIA,
      },
    ]);
    expect(cells('pauses-without-consent', past(world, after(40)))).toEqual([]);
  });

  it('a case that somebody lowered silently is found', async () => {
    const world = await anEscalation();
    await changePriority(world, 'P3', after(30));
    expect(cells('silent-lowerings', past(world, after(40)))).toEqual([
      { about: 'C-1', keptAt: 'P1', loweredAt: Date.parse(after(30)) },
    ]);
  });
});

describe('about the Senior Desk', () => {
  const HOLIDAY = '2026-12-25T02:30:00Z';

  it('a call on a holiday is shown in local time, with how soon it was accepted against its target', async () => {
    const world = await aDesk();
    await done(call(world, {}, HOLIDAY));
    await done(world.command(CASE, 'accept', {}, '2026-12-25T02:34:00Z', NOOR));
    await done(call(world, { device: 'SN-2', test: true }, '2026-12-25T03:00:00Z', 'cas_2'));
    await done(call(world, { device: 'SN-3', priority: 'P3' }, '2026-12-25T03:00:00Z', 'cas_3'));
    const rows = ask('desk-calls', past(world, '2026-12-25T04:00:00Z'));
    expect(rows.map((row) => row.cells)).toMatchObject([
      {
        priority: 'P1',
        called: 'Fri 2026-12-25 03:30 +01:00',
        hours: expect.stringMatching(/^holiday: ./),
        target: 15,
        minutes: 4,
        inTime: true,
      },
    ]);
    expect(provenBy(rows[0])).toEqual(['supportCase.queued', 'supportCase.engaged']);
  });

  it('a call that nobody accepts is late once its target has passed', async () => {
    const world = await aCase();
    await world.runTo(minutes(30));
    const inTime = (minute: number) => cells('desk-calls', past(world, minutes(minute)))[0]?.['inTime'];
    expect([inTime(14), inTime(16)]).toEqual([null, false]);
    expect(cells('desk-calls', past(world, minutes(16)))).toMatchObject([{ hours: 'open', minutes: null }]);
  });

  it('an engineer is shown with whether he was senior for the product', async () => {
    const world = await aDesk();
    readsInstead(world, { skills: { [NOOR]: ['routing'] } });
    await done(call(world, { product: 'Routing' }));
    await done(world.command(CASE, 'accept', {}, minutes(4), NOOR));
    const rows = ask('time-to-engineer', past(world, minutes(60)));
    expect(rows.map((row) => row.cells)).toMatchObject([
      {
        since: Date.parse(CALL_AT),
        dueAt: Date.parse(minutes(15)),
        engagedAt: Date.parse(minutes(4)),
        engineer: NOOR,
        senior: true,
      },
    ]);
    expect(provenBy(rows[0])).toEqual(['supportCase.queued', 'supportCase.engaged']);
  });

  it('a hand-over is in time when the next one has accepted it; one that nobody accepts is a gap', async () => {
    const summary = 'Line card suspected; logs are collected; next step: replace it.';
    const world = await along(
      await engaged(),
      ['handOver', { to: REMY, summary }, 400],
      ['acceptHandOver', {}, 410, REMY],
      ['handOver', { to: NOOR, summary }, 800, REMY],
    );
    await world.runTo(minutes(1000));
    const about = past(world, minutes(900));
    expect(cells('shift-hand-overs', about)).toMatchObject([
      { from: NOOR, to: REMY, acceptedAt: Date.parse(minutes(410)), inTime: true },
      { from: REMY, to: NOOR, givenAt: Date.parse(minutes(800)), acceptedAt: null, inTime: false },
    ]);
    const gaps = ask('hand-over-gaps', about);
    expect(gaps.map((row) => row.cells)).toMatchObject([
      { engineer: REMY, to: NOOR, dueAt: Date.parse(minutes(410 + 480)) },
    ]);
    expect(provenBy(gaps[0])[0]).toBe('supportCase.handOverAccepted');
    expect(ask('hand-over-gaps', past(world, minutes(880)))).toEqual([]);
    await along(world, ['acceptHandOver', {}, 1010, NOOR]);
    expect(ask('hand-over-gaps', past(world, minutes(1020)))).toEqual([]);
    expect(cells('shift-hand-overs', past(world, minutes(1020)))[1]).toMatchObject({ inTime: false });
  });
});

describe('about cases', () => {
  it('a clock that stood without a dependency on record is found', async () => {
    const wait = { on: 'endUser', owes: MARIA, what: 'The logs of the last hour.' };
    const world = await along(await taken(), ['wait', wait, 20], ['satisfy', { outcome: 'Here.' }, 30]);
    const about = past(world, minutes(60));
    const stood = about.clocks.filter(({ pauses }) => pauses.length > 0);
    expect(stood.map(({ name }) => name)).toEqual(['restore', 'age']);
    expect(ask('pauses-without-dependency', about)).toEqual([]);
    const emptied = { ...stood[0]?.process.data, dependencies: [] };
    const forged = about.clocks.map((clock) => ({
      ...clock,
      process: { ...clock.process, data: clock.processId === CASE ? emptied : clock.process.data },
    }));
    const stoodFor = { fromAt: Date.parse(minutes(20)), untilAt: Date.parse(minutes(30)) };
    expect(cells('pauses-without-dependency', { ...about, clocks: forged })).toMatchObject([
      stoodFor,
      stoodFor,
    ]);
  });

  it('the time of a lower priority is no pause', async () => {
    const world = await proposed();
    await along(world, ['agreePriority', { to: 'P3', agreedBy: MARIA }, 40, MARIA]);
    await along(world, ['raisePriority', { to: 'P1', reason: 'It is down again.' }, 50]);
    const about = past(world, minutes(60));
    expect(about.clocks.filter(({ pauses }) => pauses.length > 0).map(({ name }) => name)).toEqual(['age']);
    expect(ask('pauses-without-dependency', about)).toEqual([]);
  });

  it('an override is shown with who, why and until when; nobody overrides his own call', async () => {
    const world = await aCase({ caller: UNKNOWN });
    const reason = 'Known to the account team.';
    await along(world, ['override', { reason }, 20, KIM]);
    const about = past(world, minutes(30));
    const rows = ask('entitlements', about);
    expect(rows.map((row) => row.cells)).toMatchObject([
      { openedBy: NOOR, overriddenBy: KIM, because: reason, until: Date.parse(minutes(20 + 24 * 60)) },
    ]);
    expect(provenBy(rows[0])).toEqual(['supportCase.queued', 'supportCase.overridden']);
    expect(ask('own-approvals', about)).toEqual([]);
    const own = changed(about, ({ record }) =>
      record.event === 'supportCase.overridden' ? { actor: NOOR } : {},
    );
    expect(cells('own-approvals', own)).toMatchObject([{ what: 'override', asked: NOOR, decided: NOOR }]);
  });

  it('a case that stays provisional past its time is found', async () => {
    const world = await aCase({ caller: UNKNOWN });
    await world.runTo('2026-11-26T09:00:00Z');
    expect(ask('provisional-too-long', past(world, '2026-11-24T09:00:00Z'))).toEqual([]);
    const rows = ask('provisional-too-long', past(world, '2026-11-25T09:00:00Z'));
    expect(rows.map((row) => row.cells)).toMatchObject([
      { since: Date.parse(CALL_AT), dueAt: Date.parse('2026-11-24T16:00:00Z') },
    ]);
    expect(provenBy(rows[0])[0]).toBe('supportCase.queued');
  });

  it('and so is one that has been closed meanwhile, until somebody settles it; a test call is not', async () => {
    const WEDNESDAY = '2026-11-25T09:00:00Z';
    const world = await closed({ caller: UNKNOWN });
    await world.runTo(WEDNESDAY);
    expect(cells('provisional-too-long', past(world, WEDNESDAY))).toMatchObject([
      { dueAt: Date.parse('2026-11-24T16:00:00Z') },
    ]);
    // Closed when the end of a case still ended the clock.
    const about = past(world, WEDNESDAY);
    const clocks = about.clocks.map((clock) => ({ ...clock, endedAt: clock.endedAt ?? about.at }));
    expect(cells('provisional-too-long', { ...about, clocks })).toHaveLength(1);
    await along(world, ['refuseEntitlement', { reason: 'Nobody knows him.' }, 3000, KIM]);
    const settled = past(world, minutes(3001));
    expect(cells('provisional-too-long', settled)).toEqual([]);
    expect(provenBy(ask('entitlements', settled)[0]).at(-1)).toBe('supportCase.entitlementRefused');
    const test = await closed({ caller: UNKNOWN, test: true });
    await test.runTo(WEDNESDAY);
    expect(cells('provisional-too-long', past(test, WEDNESDAY))).toEqual([]);
  });

  it('a closed P1 is proven by its events alone, and found when they do not show it', async () => {
    const about = past(await closed(), '2026-11-30T12:00:00Z');
    const rows = ask('closures', about);
    expect(rows.map((row) => row.cells)).toMatchObject([{ how: 'consent', by: MARIA, proven: true }]);
    expect(provenBy(rows[0])).toEqual(['supportCase.queued', 'supportCase.resolved', 'supportCase.closed']);
    const events = about.events.filter(({ record }) => record.event !== 'supportCase.resolved');
    expect(ask('closures-unproven', about)).toEqual([]);
    expect(cells('closures-unproven', { ...about, events })).toMatchObject([
      { event: 'closed', actor: MARIA },
    ]);
    const silent = changed(about, ({ record }) =>
      record.event === 'supportCase.closed' ? { event: 'supportCase.closedBySilence', actor: null } : {},
    );
    expect(cells('closures-unproven', silent)).toMatchObject([{ event: 'closedBySilence' }]);
  });

  it('a caller is shown with whether he had the guide in force when he opened his first P1', async () => {
    const world = await aDesk(await anOnboarding());
    await done(call(world, { caller: { personId: JAN } }, '2026-11-24T09:00:00Z', 'cas_1'));
    await released(world);
    await done(call(world, { device: 'SN-2' }, '2026-11-24T12:00:00Z', 'cas_2'));
    await done(call(world, { device: 'SN-3' }, '2026-11-24T13:00:00Z', 'cas_3'));
    const rows = ask('guide-at-first-call', past(world, NOON));
    expect(rows.map(({ cells: one }) => [one['caller'], one['openedAt'], one['had']])).toEqual([
      [JAN, Date.parse('2026-11-24T09:00:00Z'), false],
      [MARIA, Date.parse('2026-11-24T12:00:00Z'), true],
    ]);
    expect(provenBy(rows[0])).toEqual(['supportCase.queued']);
    expect(provenBy(rows[1])).toEqual([
      'supportCase.queued',
      'document.delivered',
      ...(rows[1]?.proof.length === 3 ? ['document.delivered'] : []),
    ]);
  });

  it('an escalation is shown with the version of the matrix it went by, and its age then', async () => {
    const world = await anEscalation({ openedAt: '2026-11-30T08:00:00Z' });
    const [about, matrix] = [past(world, NOON), past(await inForce(), NOON)];
    const both: Past = {
      ...about,
      events: [...matrix.events, ...about.events],
      processes: [...matrix.processes, ...about.processes],
    };
    const rows = ask('case-escalations', both);
    expect(rows[0]?.cells).toMatchObject({ case: 'C-1', priority: 'P1', level: 'L0', matrix: 1, days: 5 });
    expect(provenBy(rows[0])).toEqual(['contactMatrix.cameIntoForce', 'escalation.raised']);
  });
});

describe('about the checklist', () => {
  it('an item is shown with its clock, who settled it and how, and the step that did it', async () => {
    const about = past(await live(), NOON);
    const row = ask('onboarding-items', about).find(
      ({ cells: one }) => one['item'] === 'Contact matrix agreed',
    );
    expect(row?.cells).toEqual({
      item: 'Contact matrix agreed',
      state: 'done',
      settledAt: Date.parse('2026-11-26T10:00:00Z'),
      // The end of the 20th business day after Monday, 23 November, in Berlin.
      dueAt: Date.parse('2026-12-21T16:00:00Z'),
      inTime: true,
      by: SAM,
      evidence: 'note',
    });
    expect(provenBy(row)).toEqual(['onboarding.started', 'onboarding.itemCompleted']);
    const guide = ask('onboarding-items', about).find(({ cells: one }) => one['evidence'] === 'process');
    expect(provenBy(guide)).toEqual(['onboarding.started', 'onboarding.itemSettled']);
  });

  it('is answered as of then: what came later is not known yet', async () => {
    const world = await objected();
    const settled = (at: string) =>
      cells('onboarding-items', past(world, at)).filter((one) => one['settledAt'] !== null).length;
    const all = cells('onboarding-items', past(world, NOON)).length;
    expect(settled('2026-11-26T09:00:00Z')).toBe(0);
    expect(settled(NOON)).toBe(all);
    expect(settled('2026-12-01T12:00:00Z')).toBe(all - 1);
    expect(cells('state', past(world, NOON))).toContainEqual(
      expect.objectContaining({ process: 'Onboarding', status: 'live', policy: 'standard 1' }),
    );
  });

  it('says of an item that is not settled that it is late once its clock has run out', async () => {
    const world = await kickoffHeld();
    await world.runTo('2027-01-15T12:00:00Z');
    const inTime = (at: string) =>
      new Set(cells('onboarding-items', past(world, at)).map((one) => one['inTime']));
    expect(inTime('2026-11-26T12:00:00Z')).toEqual(new Set([null]));
    expect(inTime('2027-01-15T12:00:00Z')).toEqual(new Set([false]));
  });

  it('names who asked for a waiver and who decided it', async () => {
    const world = await packageComplete();
    const onb = (command: string, payload: object, actor: string) =>
      done(world.command('onb_1', command, { ...payload }, '2026-11-30T10:00:00Z', actor));
    await onb('askWaiver', { item: 'collectorPlan', reason: 'It was refused.' }, SAM);
    expect(cells('waivers', past(world, NOON))).toMatchObject([{ askedBy: SAM, decision: null }]);
    await onb('approveWaiver', { item: 'collectorPlan' }, KIM);
    const rows = ask('waivers', past(world, NOON));
    expect(rows.map((row) => row.cells)).toMatchObject([
      {
        item: 'Collector plan agreed',
        askedBy: SAM,
        reason: 'It was refused.',
        decision: 'approved',
        decidedBy: KIM,
      },
    ]);
    expect(provenBy(rows[0])).toEqual(['onboarding.waiverAsked', 'onboarding.waiverApproved']);
    expect(ask('own-approvals', past(world, NOON))).toEqual([]);
  });

  it('a decision by whoever had asked is found', async () => {
    const world = await packageComplete();
    const onb = (command: string, payload: object, actor: string) =>
      done(world.command('onb_1', command, { ...payload }, '2026-11-30T10:00:00Z', actor));
    await onb('askWaiver', { item: 'collectorPlan', reason: 'It was refused.' }, SAM);
    await onb('approveWaiver', { item: 'collectorPlan' }, KIM);
    const forged = changed(past(world, NOON), ({ record }) =>
      record.event === 'onboarding.waiverApproved' ? { actor: SAM } : {},
    );
    expect(cells('own-approvals', forged)).toMatchObject([
      { what: 'waiver: collectorPlan', asked: SAM, decided: SAM },
    ]);
  });
});

describe('about a customer from before Care Plus', () => {
  it('what was done before is proven by the adoption', async () => {
    const file = adoptionFileSchema.parse(example('adoption/larkspur-2025.yaml'));
    const world = new TestWorld();
    const contact = world.directory.people[MARIA];
    for (const { id } of file.contacts) Object.assign(world.directory.people, { [id]: { ...contact, id } });
    await done(world.start('contract', 'con_1', file, '2026-11-30T08:00:00Z', KIM));
    const about = past(world, NOON);
    const before = ask('onboarding-items', about).filter(
      ({ cells: one }) => one['evidence'] === 'beforeCarePlus',
    );
    expect(before.length).toBeGreaterThan(1);
    for (const row of before) expect(provenBy(row).at(-1)).toBe('onboarding.adopted');
    const [held] = ask('guide-held', about).filter(({ cells: one }) => one['holds'] === true);
    expect(provenBy(held)).toEqual(['document.adopted']);
    for (const { name, mustBeEmpty } of questions)
      if (mustBeEmpty) expect([name, cells(name, about)]).toEqual([name, []]);
  });
});

describe('about the User Guide', () => {
  it('each authorised caller is shown with what he held of the version in force', async () => {
    const world = await anOnboarding();
    await released(world);
    await acknowledge(world, MARIA, '2026-11-24T11:00:00Z');
    const before = cells('guide-held', past(world, '2026-11-24T09:30:00Z'));
    expect(before.map((one) => [one['caller'], one['inForce'], one['holds']])).toEqual([
      [MARIA, null, false],
      [JAN, null, false],
    ]);
    const rows = ask('guide-held', past(world, '2026-11-24T12:00:00Z'));
    expect(rows.map(({ cells: one }) => [one['caller'], one['inForce'], one['sent'], one['holds']])).toEqual([
      [MARIA, 1, 1, true],
      [JAN, 1, 1, true],
    ]);
    expect(provenBy(rows[0])).toEqual(['document.released', 'document.delivered', 'document.acknowledged']);
  });

  it('whose message is on its way does not hold it', async () => {
    const world = await anOnboarding();
    world.held = (effect) => effect.intent.kind === 'mail';
    await released(world);
    expect(cells('guide-held', past(world, NOON)).map((one) => one['holds'])).toEqual([false, false]);
    expect(cells('deliveries', past(world, NOON))).toContainEqual(
      expect.objectContaining({
        notice: 'guideDelivered',
        recipient: JAN,
        state: 'planned',
        settledAt: null,
      }),
    );
  });

  it('a delivery is proven by the step that sent it and by the report about it', async () => {
    const world = await anOnboarding();
    await released(world);
    const row = ask('deliveries', past(world, NOON)).find(
      ({ cells: one }) => one['recipient'] === JAN && one['notice'] === 'guideDelivered',
    );
    expect(row?.cells).toMatchObject({ process: 'Document hand-over', state: 'confirmed' });
    expect(provenBy(row)).toEqual(['document.released', 'document.delivered']);
  });
});

describe('about other documents', () => {
  it('the one in force is shown, or who signed that there is none', async () => {
    const world = await signedNotApplicable();
    const rows = ask('documents-in-force', past(world, NOON));
    expect(rows.map((row) => row.cells)).toMatchObject([
      {
        kind: 'Outage guideline',
        version: null,
        notNeeded: expect.stringMatching(/outage/),
        signedBy: MARIA,
      },
    ]);
    expect(provenBy(rows[0])).toEqual([
      'document.started',
      'document.declaredNotApplicable',
      'document.signedNotApplicable',
    ]);
    const declared = cells('documents-in-force', past(world, '2026-11-24T12:00:00Z'));
    expect(declared).toMatchObject([{ signedBy: null, signedAt: null }]);
    const guide = await anOnboarding();
    await released(guide);
    expect(cells('documents-in-force', past(guide, NOON))).toMatchObject([
      { kind: 'User Guide', version: 1, notNeeded: null },
    ]);
  });
});

describe('about the web support tools', () => {
  it('each caller is shown with his accounts and his walkthrough', async () => {
    const rows = cells('tool-coverage', past(await walkedThrough(), NOON));
    expect(rows).toMatchObject([
      { person: JAN, caller: true, verified: false, walkedThroughAt: null },
      { person: MARIA, caller: true, verified: false, walkedThroughAt: Date.parse('2026-11-25T09:00:00Z') },
    ]);
    expect(rows[0]?.['accounts']).toMatch(/^caseManager: provisioned, /);
  });

  it('accounts of a leaver are found once they stand longer than they may, and no more when they are gone', async () => {
    const world = await withChanges();
    const [due] = past(world, NOON).clocks.filter(({ name }) => name === 'leaver');
    expect(due?.dueAt).toBe(Date.parse('2026-11-27T16:00:00Z'));
    expect(ask('leavers-with-accounts', past(world, '2026-11-27T08:00:00Z'))).toEqual([]);
    await world.runTo('2026-11-28T12:00:00Z');
    const rows = ask('leavers-with-accounts', past(world, '2026-11-28T12:00:00Z'));
    expect(rows.map((row) => row.cells)).toMatchObject([{ person: JAN, accounts: 5, dueAt: due?.dueAt }]);
    expect(provenBy(rows[0])).toEqual(['supportTools.peopleChanged']);
    await done(
      world.command('tls_1', 'recordRemoved', { accounts: [{ person: JAN }] }, '2026-11-28T13:00:00Z', SAM),
    );
    expect(ask('leavers-with-accounts', past(world, '2026-11-28T14:00:00Z'))).toEqual([]);
  });
});

describe('about the contact matrix', () => {
  const DAY = '2026-12-04T10:00:00Z';

  it('the version in force is shown with its age and with the agreement that made it', async () => {
    const rows = ask('matrix-in-force', past(await inForce(), DAY));
    expect(rows.map((row) => row.cells)).toEqual([
      {
        version: 1,
        since: Date.parse('2026-11-24T10:00:00Z'),
        days: 10,
        confirmedAt: Date.parse('2026-11-24T10:00:00Z'),
        stale: false,
        contacts: 10,
      },
    ]);
    expect(provenBy(rows[0])).toEqual(['contactMatrix.cameIntoForce']);
    expect(ask('matrix-in-force', past(await inForce(), '2026-11-24T09:30:00Z'))).toEqual([]);
  });

  it('whoever could approve something is shown with what', async () => {
    const about = past(await inForce(), DAY);
    expect(
      cells('matrix-approvers', about).map((one) => [one['who'], one['approves'], one['deputy']]),
    ).toEqual([
      [MARIA, 'access, credits', JAN],
      ['lea-frost', 'window', null],
    ]);
  });

  it('an agreement by whoever wrote a part of the draft is found, also when somebody else wrote last', async () => {
    const about = past(await inForce(), DAY);
    expect(ask('own-approvals', about)).toEqual([]);
    const forged = changed(about, ({ record }) =>
      record.event === 'contactMatrix.sideAgreed' ? { actor: SAM } : {},
    );
    expect(cells('own-approvals', forged)).toMatchObject([
      { what: 'contact matrix', asked: SAM, decided: SAM },
    ]);
  });
});

describe('about remote access', () => {
  const NEXT_DAY = '2026-12-08T10:00:00Z';

  it('a session is shown with whose consent and which agreement it was held under', async () => {
    const world = await aSession();
    await done(world.command('ses_1', 'end', { changed: 'Nothing.' }, '2026-12-07T11:00:00Z', LEE));
    const rows = ask('sessions', past(world, NEXT_DAY));
    expect(rows.map((row) => row.cells)).toMatchObject([
      {
        engineer: LEE,
        approver: MARIA,
        consent: 'given',
        agreement: 1,
        endedAt: Date.parse('2026-12-07T11:00:00Z'),
      },
    ]);
    expect(provenBy(rows[0])).toEqual(['accessSession.started', 'accessSession.ended']);
    for (const name of ['sessions-without-agreement', 'sessions-without-approver', 'sessions-not-ended'])
      expect([name, cells(name, past(world, NEXT_DAY))]).toEqual([name, []]);
  });

  it('a session that nobody ended is found once its planned end has passed', async () => {
    const world = await aSession();
    await world.runTo('2026-12-07T13:00:00Z');
    expect(cells('sessions-not-ended', past(world, '2026-12-07T11:00:00Z'))).toEqual([]);
    expect(cells('sessions-not-ended', past(world, '2026-12-07T12:30:00Z'))).toMatchObject([
      { engineer: LEE, status: 'overrun', plannedEndAt: Date.parse('2026-12-07T12:00:00Z') },
    ]);
  });

  it('a session without a live agreement is found by the events of the agreement, whatever the session says', async () => {
    const world = await aSession();
    const about = past(world, NEXT_DAY);
    const revokedBefore: Past = {
      ...about,
      events: about.events.map((event) =>
        event.record.event === 'remoteAccess.activated'
          ? { ...event, record: { ...event.record, event: 'remoteAccess.revoked' } }
          : event,
      ),
    };
    const rows = ask('sessions-without-agreement', revokedBefore);
    expect(rows.map((row) => row.cells)).toMatchObject([{ agreement: 1, why: 'remoteAccess.revoked' }]);
    expect(provenBy(rows[0])).toEqual(['accessSession.started', 'remoteAccess.revoked']);
    const led = await aSession({ method: 'endUserScreenShare' });
    expect(ask('sessions-without-agreement', past(led, NEXT_DAY))).toEqual([]);
  });

  it('a session that names no approver needs the standing consent of its agreement', async () => {
    const about = past(await aSession(), NEXT_DAY);
    const processes = about.processes.map((process) =>
      process.slug === 'accessSession'
        ? { ...process, data: { ...process.data, approverId: null } }
        : process,
    );
    expect(cells('sessions-without-approver', { ...about, processes })).toMatchObject([{ engineer: LEE }]);
  });

  it('a revocation is measured against its deadline until both sides have confirmed it', async () => {
    const world = await revoked();
    await world.runTo('2026-12-07T12:00:00Z');
    const asked = (at: string) => cells('revocations', past(world, at));
    const dueAt = Date.parse('2026-12-07T11:00:00Z');
    expect(asked('2026-12-07T10:30:00Z')).toMatchObject([
      { what: 'agreement', dueAt, removedAt: null, inTime: null },
    ]);
    expect(asked('2026-12-07T11:30:00Z')).toMatchObject([{ removedAt: null, inTime: false }]);
    for (const actor of [TONI, JAN_ADMIN])
      await done(access(world, 'confirmRemoval', {}, '2026-12-07T12:00:00Z', actor));
    const rows = ask('revocations', past(world, NEXT_DAY));
    expect(rows.map((row) => row.cells)).toMatchObject([{ minutes: 120, inTime: false }]);
    expect(provenBy(rows[0])).toEqual(['remoteAccess.revoked', 'remoteAccess.removalConfirmed']);
  });

  it('an engineer who has left and is still named is found', async () => {
    const about = past(await aSession(), NEXT_DAY);
    const people = { ...about.directory?.people };
    delete people[LEE];
    const without = { ...about, directory: { providerCalendarId: 'berlin-office', people } };
    expect(ask('leavers-with-access', about)).toEqual([]);
    expect(cells('leavers-with-access', without)).toEqual([{ engineer: LEE, agreement: 1 }]);
  });
});

describe('about deadlines', () => {
  it('a missed promise names everybody who was told of it, and when', async () => {
    const world = await anOnboarding();
    await world.runTo('2026-12-20T12:00:00Z');
    const rows = ask('breaches', past(world, '2026-12-20T12:00:00Z')).filter(
      ({ cells: one }) => one['timer'] === 'First contact',
    );
    expect(rows.map(({ cells: one }) => [one['as'], one['told'], one['mail']])).toEqual(
      expect.arrayContaining([
        ['Service manager', SAM, 'confirmed'],
        ["Owner's manager", KIM, 'confirmed'],
      ]),
    );
    for (const row of rows) {
      expect(row.cells['toldAt']).toBeGreaterThanOrEqual(Number(row.cells['missedAt']));
      expect(provenBy(row)[0]).toBe('onboarding.started');
    }
    const missedAt = Number(rows[0]?.cells['missedAt']);
    expect(ask('breaches', past(world, new Date(missedAt - 1).toISOString()))).toEqual([]);
  });

  it('a mark that nobody took is found, a minute after it was due', async () => {
    const world = await anOnboarding();
    const clock = past(world, NOON).clocks.find(({ name }) => name === 'firstContact');
    const first = Math.min(...(clock?.marks ?? []).map(({ dueAt }) => dueAt ?? Infinity));
    const later = (ms: number) => ({ ...past(world, new Date(first + ms).toISOString()), now: first + ms });
    expect(ask('timers-forgotten', later(59_999))).toEqual([]);
    const [row] = ask('timers-forgotten', later(60_000));
    expect(row?.cells).toMatchObject({ process: 'Onboarding', timer: 'First contact', dueAt: first });
  });
});

describe('about people and facts', () => {
  it('an open process whose owner has gone is found', async () => {
    const about = past(await anOnboarding(), NOON);
    const people = { ...about.directory?.people };
    const gone = { ...people[SAM], active: false } as (typeof people)[string];
    const without: Past = {
      ...about,
      directory: { providerCalendarId: 'berlin-office', people: { ...people, [SAM]: gone } },
    };
    expect(cells('without-owner', without).map((one) => [one['process'], one['owner']])).toEqual([
      ['Contract', SAM],
      ['Onboarding', SAM],
      ['Document hand-over', SAM],
    ]);
  });

  it('a late fact is listed, and moved nothing', async () => {
    const world = await live();
    await world.signal(
      'onb_1',
      'itemSettled',
      { item: 'userGuide', processId: 'x', outcome: 'done', reason: 'Again.' },
      NOON,
    );
    expect(cells('late-facts', past(world, NOON))).toMatchObject([
      { process: 'Onboarding', fact: 'signal itemSettled', effects: 0, clocks: 0 },
    ]);
  });

  it('a fact that moved a process twice is found', async () => {
    const world = await anOnboarding();
    await released(world);
    const about = past(world, NOON);
    const inboxId = about.events.find(({ record }) => record.event === 'document.released')?.record.inboxId;
    const doubled = changed(about, ({ record }) =>
      record.event === 'document.picked' ? { inboxId: inboxId ?? null } : {},
    );
    expect(ask('facts-taken-twice', about)).toEqual([]);
    expect(cells('facts-taken-twice', doubled)).toMatchObject([{ process: 'Document hand-over', times: 2 }]);
  });

  it('who looked is listed with what he looked at', async () => {
    const looked = { number: 7, hash: 'f'.repeat(64), at: Date.parse(NOON), processId: 'onb_1' };
    const about: Past = {
      ...past(await anOnboarding(), NOON),
      accesses: [{ ...looked, code: 'audit.exported', trigger: 'audit.exported', person: ROBIN }],
    };
    const rows = ask('accesses', about);
    expect(rows.map((row) => row.cells)).toMatchObject([{ who: ROBIN, taken: true, process: 'onb_1' }]);
    expect(provenBy(rows[0])).toEqual(['audit.exported']);
  });
});

/** What an event says, forged: the store itself refuses to hold it. */
function changed(about: Past, change: (event: RecordedEvent) => Partial<RecordedEvent['record']>): Past {
  const events = about.events.map((event) => ({ ...event, record: { ...event.record, ...change(event) } }));
  return { ...about, events };
}
