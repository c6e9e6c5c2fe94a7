/** What escalations are for, on the example world: asked for once, acknowledged in time, climbing, ending by consent. */
import { describe, expect, it } from '@jest/globals';
import {
  aCase,
  changePriority,
  exampleMatrix,
  factsOf,
  withEscalations,
} from '../support/escalation-world.js';
import type { TestWorld } from '../support/world.js';
import { anActiveContract, done, JAN, KIM, MARIA, ROBIN, SAM } from './journeys.js';
import {
  acknowledged,
  act,
  after,
  aMatter,
  anEscalation,
  aWorld,
  closed,
  CONSENT,
  declined,
  inProgress,
  mitigated,
  NOOR,
  OPENED,
  resolved,
  waiting,
} from './journeys-escalation.js';

const DANA = 'dana-hill';
const TONI = 'toni-vale';
const NIGHT = '2026-11-24T21:00:00Z';
const CASE = { contractId: 'northwind-2026', caseId: 'cas_1', reason: 'The line is down.' };

/** The matrix names nobody of the Provider at a level. */
function withoutLevel(world: TestWorld, level: string): void {
  const { contacts, ...matrix } = exampleMatrix();
  const left = contacts.filter((one) => one.side === 'endUser' || one.level !== level);
  factsOf(world).matrix = { ...matrix, contacts: left };
}

/** Who got a notice, in the order in which it was decided. */
function toldOf(world: TestWorld, notice: string): string[] {
  return world.mailsOf('esc_1', notice).map(({ recipient }) => recipient);
}
const dataOf = (world: TestWorld) => world.stateOf('esc_1').data as Record<string, unknown>;
const statusOf = (world: TestWorld) => world.stateOf('esc_1').status;
const dueOf = (world: TestWorld, clock: string, step: string, key = '') =>
  world.clockOf('esc_1', clock, key)?.marks.find((mark) => mark.step === step)?.dueAt;
const minutesOf = (world: TestWorld, clock: string, step: string, key = '') => {
  const at = dueOf(world, clock, step, key);
  return at == null ? null : (at - Date.parse(OPENED)) / 60_000;
};

describe('asking for an escalation', () => {
  it('of two people at the same instant, one opens it and the other is told which to join; then both are named', async () => {
    const world = await aWorld();
    const first = world.start('escalation', 'esc_1', CASE, OPENED, NOOR);
    const second = world.start('escalation', 'esc_2', { ...CASE, askedBy: JAN }, OPENED, SAM);
    expect((await first)?.outcome).toBe('accepted');
    expect(await second).toMatchObject({
      outcome: 'refused',
      code: 'ESCALATION_ALREADY_OPEN',
      problems: [{ path: 'caseId', problem: expect.stringContaining('esc_1') as unknown }],
    });
    await done(act(world, 'join', { reason: 'We are hit too.', askedBy: JAN }, OPENED, SAM));
    expect(dataOf(world)['askers']).toMatchObject([
      { personId: NOOR, enteredBy: NOOR },
      { personId: JAN, enteredBy: SAM },
    ]);
    expect(world.stateOf('esc_1').seq).toBe(2);
  });

  it('is possible again once the first is over, and for another matter meanwhile', async () => {
    const world = await aMatter();
    const payload = { contractId: 'northwind-2026', category: 'planning', reason: 'No answer.' };
    const matter = { reference: 'upgrade 2027-1', text: 'Still in doubt.' };
    const again = await world.start('escalation', 'esc_2', { ...payload, matter }, after(10), SAM);
    expect(again?.code).toBe('ESCALATION_ALREADY_OPEN');
    const other = { ...matter, reference: 'upgrade 2027-2' };
    expect(
      (await world.start('escalation', 'esc_3', { ...payload, matter: other }, after(10), SAM))?.outcome,
    ).toBe('accepted');
    await done(act(world, 'withdraw', { reason: 'Settled.' }, after(20), SAM));
    expect((await world.start('escalation', 'esc_4', { ...payload, matter }, after(30), SAM))?.outcome).toBe(
      'accepted',
    );
  });

  it('starts at the level that the age of the case has earned, a second before and at it', async () => {
    const young = await anEscalation({ at: after(4 * 60 - 1 / 60) });
    expect(dataOf(young)['level']).toBe('L1');
    const old = await anEscalation({ at: after(4 * 60) });
    expect(dataOf(old)['level']).toBe('L2');
    expect(toldOf(old, 'raised')).toEqual([DANA]);
    // The level that it starts with has to accept like any other.
    expect(minutesOf(old, 'accept', 'due', 'L2')).toBe(4 * 60 + 30);
    expect(minutesOf(old, 'level', 'L3')).toBe(24 * 60);
  });

  it('names the source: who asks by hand has asked, whatever he says; a case says how it came', async () => {
    const world = await aWorld();
    await done(world.start('escalation', 'esc_1', { ...CASE, source: 'age' }, OPENED, NOOR));
    expect(dataOf(world)['source']).toBe('asked');
    const byAge = await anEscalation({ source: 'age' });
    expect(dataOf(byAge)).toMatchObject({ source: 'age', askers: [] });
  });

  it('serves a P1 whose contract has ended, and nothing less', async () => {
    for (const [priority, outcome] of [
      ['P1', 'accepted'],
      ['P3', 'refused'],
    ] as const) {
      const world = withEscalations(await anActiveContract());
      await done(world.command('con_1', 'terminate', { reason: 'Over.' }, OPENED, KIM));
      factsOf(world).cases.set('cas_1', aCase(priority, OPENED));
      expect((await world.start('escalation', 'esc_1', CASE, OPENED, NOOR))?.outcome).toBe(outcome);
    }
  });
});

describe('acknowledgement', () => {
  it('is in time at the very instant of the mark, and both are recorded when it comes a millisecond later', async () => {
    const inTime = await anEscalation();
    await inTime.runTo(after(29));
    await done(act(inTime, 'acknowledge', {}, after(30)));
    expect(inTime.eventsOf('esc_1')).not.toContain('escalation.acknowledgementMissed');
    const late = await anEscalation();
    const at = new Date(Date.parse(after(30)) + 1).toISOString();
    await done(act(late, 'acknowledge', {}, at));
    expect(late.eventsOf('esc_1').slice(-2)).toEqual([
      'escalation.acknowledgementMissed',
      'escalation.acknowledged',
    ]);
  });

  it('at a level that was told because another was silent counts as accepting that level once it is reached', async () => {
    const world = await anEscalation();
    await world.runTo(after(61));
    expect(dataOf(world)['level']).toBe('L1');
    await done(act(world, 'acknowledge', {}, after(65), KIM));
    expect(dataOf(world)['levels']).toMatchObject([
      { level: 'L0' },
      { level: 'L1', accepted: { by: KIM, at: Date.parse(after(65)) } },
    ]);
    expect(world.clockOf('esc_1', 'accept', 'L1')).toBeUndefined();
  });

  it('is not for a level that was not told', async () => {
    const world = await anEscalation();
    expect((await act(world, 'acknowledge', {}, after(10), DANA))?.code).toBe('PROCESS_ROLE');
  });
});

describe('levels', () => {
  it('are called in their hours: the team and the service manager by day', async () => {
    const world = await anEscalation();
    await world.runTo(after(60));
    expect(toldOf(world, 'levelReached')).toEqual([KIM, SAM]);
    expect(toldOf(world, 'endUserInformed')).toEqual([JAN, MARIA]);
  });

  it('outside SM hours are held by the Duty Manager at level 1, and the service manager gets a mail', async () => {
    const world = await anEscalation({ openedAt: NIGHT });
    await world.runTo(after(60, NIGHT));
    expect(toldOf(world, 'levelReached')).toEqual([TONI]);
    const mails = world.mailsOf('esc_1', 'managerInformed').filter(({ role }) => role === 'managerByMail');
    expect(mails.map(({ recipient, urgent }) => [recipient, urgent])).toEqual([
      [SAM, false],
      [SAM, false],
    ]);
  });

  it('are taken from the version of the matrix that is in force when they are reached', async () => {
    const world = await anEscalation();
    await world.runTo(after(60));
    const next = exampleMatrix(2);
    const contacts = next.contacts.map((one) =>
      one.personId === DANA ? { ...one, personId: 'ira-penn' } : one,
    );
    factsOf(world).matrix = { ...next, contacts };
    await world.runTo(after(4 * 60));
    expect(toldOf(world, 'levelReached')).toEqual([KIM, SAM, 'ira-penn']);
    expect(dataOf(world)['levels']).toMatchObject([
      { matrixVersion: 1 },
      { matrixVersion: 1 },
      { matrixVersion: 2, people: ['ira-penn'] },
    ]);
  });

  it('fall to a deputy while a contact is away, and to the next level when nobody is named', async () => {
    const world = await anEscalation();
    const matrix = exampleMatrix();
    factsOf(world).matrix = {
      ...matrix,
      contacts: matrix.contacts
        .filter(({ level, side }) => level !== 'L2' || side === 'endUser')
        .map((one) => (one.personId === KIM ? { ...one, deputyId: 'dana-hill' } : one)),
    };
    factsOf(world).away = [KIM];
    await world.runTo(after(60));
    expect(toldOf(world, 'levelReached')).toEqual([DANA, SAM]);
    await world.runTo(after(4 * 60));
    // Level 2 is empty; of level 3 both are in their hours.
    expect(toldOf(world, 'levelReached').slice(2)).toEqual(['vic-lane', 'una-park']);
  });

  it('are held by staff functions while there is no matrix', async () => {
    const world = withEscalations(await anActiveContract());
    factsOf(world).matrix = null;
    factsOf(world).cases.set('cas_1', aCase('P1', OPENED));
    await done(world.start('escalation', 'esc_1', CASE, OPENED, null));
    await world.runTo(after(24 * 60));
    expect(toldOf(world, 'raised')).toEqual([NOOR]);
    expect(toldOf(world, 'levelReached')).toEqual([SAM, DANA, DANA]);
  });

  it('are called by day and by night whoever is on duty, of a matrix without a level 0', async () => {
    for (const openedAt of [OPENED, NIGHT]) {
      const world = await aWorld('P1', openedAt);
      withoutLevel(world, 'L0');
      await done(world.start('escalation', 'esc_1', CASE, openedAt, SAM));
      expect(toldOf(world, 'raised')).toEqual([NOOR]);
    }
  });

  it('of a matrix with level 1 alone, where nobody is on duty, fall to the Duty Manager and not to who is at home', async () => {
    const world = await aWorld('P1', NIGHT);
    withoutLevel(world, 'L0');
    factsOf(world).away = [NOOR];
    await done(world.start('escalation', 'esc_1', CASE, NIGHT, SAM));
    expect(toldOf(world, 'raised')).toEqual([TONI]);
  });

  it('make the next one be told too when they do not accept in time, and not when they do', async () => {
    const silent = await anEscalation();
    await silent.runTo(after(90));
    expect(toldOf(silent, 'levelSilent')).toEqual([DANA]);
    const heard = await anEscalation();
    await done(act(heard, 'accept', { level: 'L1' }, after(90), KIM));
    await heard.runTo(after(91));
    expect(toldOf(heard, 'levelSilent')).toEqual([]);
  });

  it('are answered for by whoever accepts a higher one', async () => {
    const world = await anEscalation();
    await world.runTo(after(4 * 60));
    await done(act(world, 'accept', { level: 'L2' }, after(4 * 60 + 5), DANA));
    expect(world.clockOf('esc_1', 'accept', 'L1')).toBeUndefined();
    expect(world.clockOf('esc_1', 'accept', 'L2')).toBeUndefined();
  });

  it('stop climbing at the top of the ladder of a priority, which is told again and again', async () => {
    const world = await anEscalation({ priority: 'P4' });
    // 96 business hours are twelve days of eight: from Tuesday 09:00 to the close of Wednesday, 9 December.
    expect(dueOf(world, 'level', 'L1')).toBe(Date.parse('2026-12-09T16:00:00Z'));
    await world.runTo('2026-12-09T16:00:00Z');
    expect(dataOf(world)['level']).toBe('L1');
    expect(world.clockOf('esc_1', 'level')).toBeUndefined();
    expect(dueOf(world, 'top', 'again')).toBe(Date.parse('2026-12-16T16:00:00Z'));
  });
});

describe('owner, plan and updates', () => {
  it('pass through owned in one step, or by naming the owner first', async () => {
    const world = await acknowledged();
    const at = after(20);
    const plan = { ownerId: NOOR, action: 'Replace the card.', nextUpdateAt: after(50) };
    await done(act(world, 'setPlan', plan, at));
    expect(world.store.events.at(-1)).toMatchObject({ via: 'owned', to: 'inProgress' });
    const slower = await acknowledged();
    await done(act(slower, 'setOwner', { ownerId: ROBIN }, at));
    expect(statusOf(slower)).toBe('owned');
    expect(toldOf(slower, 'planDue')).toEqual([ROBIN]);
    expect(slower.stateOf('esc_1').ownerId).toBe(ROBIN);
  });

  it('keep a promise with each update, and break one with each that is missing', async () => {
    const world = await inProgress();
    await done(act(world, 'postUpdate', { text: 'Half of it is back.' }, after(80)));
    expect(world.stateOf('esc_1').runs['update']).toBe(2);
    await world.runTo(new Date(Date.parse(after(140)) - 1).toISOString());
    expect(toldOf(world, 'updateMissed')).toEqual([]);
    await world.runTo(after(140));
    expect(toldOf(world, 'updateMissed')).toEqual([NOOR, KIM, SAM]);
  });

  it('belong to the deputy of an owner who is away', async () => {
    const world = await inProgress();
    await done(act(world, 'setOwner', { ownerId: ROBIN }, after(30)));
    factsOf(world).away = [ROBIN];
    await done(act(world, 'postUpdate', { text: 'Going on.' }, after(40)));
    expect(world.stateOf('esc_1').ownerId).toBe(SAM);
  });

  it('slow down to the next lower priority once a workaround is accepted', async () => {
    const world = await mitigated();
    expect(minutesOf(world, 'update', 'due')).toBe(40 + 4 * 60);
    expect(world.clockOf('esc_1', 'level')).toBeUndefined();
    expect(world.clockOf('esc_1', 'restore')).toBeUndefined();
    expect(dataOf(world)['mitigation']).toMatchObject({ consent: { personId: MARIA, evidence: null } });
  });

  it('go on where the ladder stood when a workaround fails', async () => {
    const world = await mitigated();
    await done(act(world, 'reportUnsolved', { reason: 'Down again.' }, after(100), MARIA));
    expect(statusOf(world)).toBe('inProgress');
    // Level 1 was 20 minutes away when it was mitigated.
    expect(minutesOf(world, 'level', 'L1')).toBe(120);
    expect(minutesOf(world, 'restore', 'due')).toBe(4 * 60 + 60);
  });
});

describe('standing down, declining, withdrawing', () => {
  it('takes the consent of the End User, ends the climb and the level', async () => {
    const world = await inProgress();
    await world.runTo(after(60));
    await done(act(world, 'standDown', { reason: 'One device only.', consent: CONSENT }, after(70)));
    expect(dataOf(world)).toMatchObject({ level: 'L0', standDown: { fromLevel: 'L1' } });
    await world.runTo(after(6 * 60));
    expect(dataOf(world)['level']).toBe('L0');
  });

  it('is appealed one level up, and decided there', async () => {
    const world = await declined();
    expect(world.clockOf('esc_1', 'acknowledge')).toBeUndefined();
    await done(act(world, 'appeal', { reason: 'It is no question.' }, after(20), MARIA));
    expect(dataOf(world)).toMatchObject({ level: 'L1', appeals: 1 });
    expect(toldOf(world, 'appealed')).toEqual([KIM, SAM]);
    expect((await act(world, 'decline', { reason: 'Still one.' }, after(25)))?.code).toBe('PROCESS_ROLE');
    expect(minutesOf(world, 'acknowledge', 'due')).toBe(50);
  });

  it('is appealed against as the case stands by then, although nobody told it while it was declined', async () => {
    const world = await anEscalation({ priority: 'P4' });
    await done(act(world, 'decline', { reason: 'It is a question.' }, after(10)));
    await changePriority(world, 'P1', after(15));
    expect(dataOf(world)).toMatchObject({ priority: 'P4' });
    await done(act(world, 'appeal', { reason: 'All is down.' }, after(20), MARIA));
    expect(dataOf(world)).toMatchObject({ priority: 'P1', changes: [{ to: 'P1' }], level: 'L1' });
    expect(minutesOf(world, 'acknowledge', 'due')).toBe(50);
  });

  it('is no way out of a climb that the case has earned by its age: from then on it stands like one that came by it', async () => {
    const before = await anEscalation();
    const last = new Date(Date.parse(after(60)) - 1).toISOString();
    await done(act(before, 'withdraw', { reason: 'It went away.' }, last, MARIA));
    expect(statusOf(before)).toBe('withdrawn');
    const world = await anEscalation();
    await done(act(world, 'withdraw', { reason: 'It went away.' }, after(60), MARIA));
    expect(statusOf(world)).toBe('raised');
    expect(dataOf(world)['askers']).toEqual([]);
    expect(toldOf(world, 'requestWithdrawn')).toEqual([SAM]);
    const refused = await act(world, 'decline', { reason: 'Nobody asks.' }, after(61), KIM);
    expect(refused?.code).toBe('ESCALATION_CAME_BY_ITSELF');
    await world.runTo(after(4 * 60));
    expect(dataOf(world)['level']).toBe('L2');
    // The age of the case does not stand while its escalation waits.
    const paused = await waiting({ pause: true, consent: CONSENT });
    await done(act(paused, 'withdraw', { reason: 'It went away.' }, after(60), MARIA));
    expect(statusOf(paused)).toBe('awaitingEndUser');
  });

  it('is one for a case whose service was back before that age, and for what is no case', async () => {
    const world = await inProgress();
    factsOf(world).cases.set('cas_1', aCase('P1', OPENED, { restoredAt: Date.parse(after(59)) }));
    await done(act(world, 'withdraw', { reason: 'It is back.' }, after(90), MARIA));
    expect(statusOf(world)).toBe('withdrawn');
    const matter = await aMatter();
    await matter.runTo('2026-12-20T09:00:00Z');
    expect(dataOf(matter)['level']).toBe('L1');
    await done(act(matter, 'withdraw', { reason: 'Settled.' }, '2026-12-20T09:00:00Z', SAM));
    expect(statusOf(matter)).toBe('withdrawn');
  });

  it('by one of two who ask takes only his name away', async () => {
    const world = await anEscalation();
    await done(act(world, 'join', { reason: 'We too.' }, after(5), JAN));
    await done(act(world, 'withdraw', { reason: 'Not mine.' }, after(6), JAN));
    expect(statusOf(world)).toBe('raised');
    await done(act(world, 'withdraw', { reason: 'It went away.' }, after(7), MARIA));
    expect(statusOf(world)).toBe('withdrawn');
    expect(world.stateOf('esc_1').clocks).toEqual([]);
  });
});

describe('the end', () => {
  it('is by consent, with a report for a P1 and the time to reopen', async () => {
    const world = await closed();
    expect(
      world
        .stateOf('esc_1')
        .clocks.map(({ name }) => name)
        .sort(),
    ).toEqual(['reopening', 'report']);
    expect(dueOf(world, 'report', 'due')).toBe(Date.parse('2026-12-01T16:00:00Z'));
    await done(act(world, 'deliverReport', { reference: 'Archive 4711' }, '2026-11-30T10:00:00Z'));
    await done(act(world, 'rate', { score: 2 }, '2026-11-30T11:00:00Z', MARIA));
    expect(dataOf(world)).toMatchObject({ satisfaction: { score: 2, by: MARIA } });
  });

  it('comes by silence after three chases and five days, but of a P1 only by the reasoned close of the Duty Manager', async () => {
    const p3 = await resolved({ priority: 'P3' });
    await p3.runTo('2026-12-01T15:59:59.999Z');
    expect(statusOf(p3)).toBe('resolved');
    await p3.runTo('2026-12-01T16:00:00Z');
    expect(statusOf(p3)).toBe('closed');
    expect(p3.eventsOf('esc_1').filter((event) => event === 'escalation.closureChased')).toHaveLength(3);
    const p1 = await resolved();
    await p1.runTo('2026-12-03T16:00:00Z');
    expect(statusOf(p1)).toBe('resolved');
    expect(toldOf(p1, 'closureUndecided')).toEqual([TONI, NOOR, TONI, TONI]);
    await done(act(p1, 'closeInSilence', { reason: 'It has run for a week.' }, '2026-12-03T17:00:00Z', TONI));
    expect(dataOf(p1)).toMatchObject({ closed: { decidedBy: TONI, consent: null } });
  });

  it('is taken back within ten days, and the level is kept', async () => {
    const world = await inProgress();
    await world.runTo(after(60));
    await done(act(world, 'resolve', { rootCause: 'A card failed.' }, after(70)));
    await done(act(world, 'agreeClosure', {}, after(80), MARIA));
    const last = '2026-12-08T16:00:00Z';
    await done(act(world, 'reopen', { reason: 'Again.' }, last, MARIA));
    expect(dataOf(world)).toMatchObject({ level: 'L1', reopened: 1 });
    // 70 minutes counted until it was resolved.
    expect(dueOf(world, 'level', 'L2')).toBe(Date.parse(last) + (240 - 70) * 60_000);
  });

  it('of a report asked for by somebody with a P2 has its own clock', async () => {
    const world = await closed({ priority: 'P2' });
    expect(world.clockOf('esc_1', 'report')).toBeUndefined();
    await done(act(world, 'askReport', {}, '2026-11-25T09:00:00Z', MARIA));
    expect(dueOf(world, 'report', 'due')).toBe(Date.parse('2026-12-02T16:00:00Z'));
  });

  it('of the contract leaves open P1 and P2 running, and withdraws the rest', async () => {
    const urgent = await inProgress();
    await urgent.signal('esc_1', 'contractEnded', {}, after(30));
    expect(statusOf(urgent)).toBe('inProgress');
    const matter = await aMatter();
    await matter.signal('esc_1', 'contractEnded', {}, after(30));
    expect(statusOf(matter)).toBe('withdrawn');
  });
});
