/** The clocks of escalations: under changes of priority, while waiting, and just before and just after each mark. */
import { describe, expect, it } from '@jest/globals';
import type { CaseFacts } from '../../domain/escalation/facts.js';
import { priorities, type Priority } from '../../domain/priority.js';
import { explainClock } from '../../domain/kernel/views/explain.js';
import { forecast } from '../../domain/kernel/views/forecast.js';
import { changePriority, factsOf } from '../support/escalation-world.js';
import { example, exampleCalendar, registry, TENANT, type TestWorld } from '../support/world.js';
import { randomOf } from '../kernel/simulation.js';
import { berlin, lordHowe, newYork } from '../time/calendars.js';
import { MinuteOracle } from '../time/minute-oracle.js';
import { seedOf } from '../time/seed.js';
import { done, KIM, MARIA, SAM } from './journeys.js';
import {
  acknowledged,
  act,
  after,
  anEscalation,
  aWorld,
  CONSENT,
  declined,
  inProgress,
  mitigated,
  NOOR,
  OPENED,
  RAISED,
  resolved,
  WAIT,
  waiting,
} from './journeys-escalation.js';

const { targets } = (example('policies/standard.yaml') as { escalation: { targets: Targets } }).escalation;
/** As they stand in the file. */
type Targets = Readonly<
  Record<Priority, { acknowledge: string; restore: string; levels: Readonly<Record<string, string>> }>
>;

const calendar = exampleCalendar('berlin-office');
const dataOf = (world: TestWorld) => world.stateOf('esc_1').data as Record<string, unknown>;
const clockOf = (world: TestWorld, name: string, key = '') => world.clockOf('esc_1', name, key);
const dueOf = (world: TestWorld, clock: string, step: string) =>
  clockOf(world, clock)?.marks.find((mark) => mark.step === step)?.dueAt ?? null;
/** Minutes after the opening of the case. */
const minutesOf = (world: TestWorld, clock: string, step: string) => {
  const at = dueOf(world, clock, step);
  return at === null ? null : (at - Date.parse(OPENED)) / 60_000;
};
const told = (world: TestWorld, notice: string) =>
  world.mailsOf('esc_1', notice).map(({ recipient }) => recipient);

describe('a raise of priority', () => {
  it('starts the clocks at the change, with nothing broken backwards', async () => {
    const world = await anEscalation({ priority: 'P2' });
    await changePriority(world, 'P1', after(50));
    expect(minutesOf(world, 'acknowledge', 'due')).toBe(80);
    expect(minutesOf(world, 'level', 'L1')).toBe(110);
    expect(minutesOf(world, 'level', 'L2')).toBe(50 + 240);
    expect(minutesOf(world, 'restore', 'due')).toBe(50 + 240);
    expect(world.eventsOf('esc_1')).toEqual(['escalation.raised', 'escalation.priorityRaised']);
    expect(told(world, 'priorityChanged')).toEqual([NOOR]);
  });

  it('after a lowering at 3 h 50 min counts what was spent at that priority, but leaves the time to acknowledge', async () => {
    const world = await anEscalation();
    await world.runTo(after(60));
    await changePriority(world, 'P2', after(230), MARIA);
    // From case opening; the level that was reached stays.
    expect(dataOf(world)).toMatchObject({ level: 'L1', priority: 'P2' });
    expect(minutesOf(world, 'level', 'L2')).toBe(24 * 60);
    expect(minutesOf(world, 'restore', 'due')).toBe(24 * 60);
    await changePriority(world, 'P1', after(300));
    expect(dataOf(world)).toMatchObject({ level: 'L1', priority: 'P1' });
    // 230 of 240 minutes are spent: ten are left, but 30 are given.
    expect(minutesOf(world, 'level', 'L2')).toBe(330);
    expect(minutesOf(world, 'restore', 'due')).toBe(330);
    expect(minutesOf(world, 'level', 'L3')).toBe(300 - 230 + 24 * 60);
    await world.runTo(after(330));
    expect(dataOf(world)['level']).toBe('L2');
  });

  it('is explained with the time that did not count, and with the least that it leaves', async () => {
    const world = await anEscalation();
    await changePriority(world, 'P2', after(10), MARIA);
    await changePriority(world, 'P1', after(100));
    const clock = clockOf(world, 'level');
    if (!clock) throw new Error('the ladder does not run');
    const explained = explainClock(clock, calendar);
    expect(explained.pauses).toMatchObject([{ cause: 'priority P2' }]);
    expect(explained.marks.find(({ step }) => step === 'L1')).toMatchObject({
      rule: expect.stringMatching(/^1 hour, not before 30 minutes after/) as unknown,
      agrees: true,
      dueAt: Date.parse(after(150)),
    });
    expect(explained.policy.path).toBe('escalation.targets.levels');
  });

  it('gives a level that has not accepted yet the time of the new priority', async () => {
    const world = await anEscalation({ priority: 'P2' });
    await world.runTo(after(4 * 60));
    await changePriority(world, 'P1', after(250));
    const due = clockOf(world, 'accept', 'L1')?.marks.find((mark) => mark.step === 'due')?.dueAt;
    expect(due).toBe(Date.parse(after(280)));
    // The four hours of level 2 count from the change.
    expect(minutesOf(world, 'level', 'L2')).toBe(250 + 240);
  });

  it('lets what was stood down climb again', async () => {
    const world = await inProgress({ priority: 'P2' });
    await done(act(world, 'standDown', { reason: 'Small.', consent: CONSENT }, after(30)));
    await changePriority(world, 'P1', after(60));
    expect(dataOf(world)['standDown']).toBeNull();
    expect(minutesOf(world, 'level', 'L1')).toBe(120);
  });

  it('reaches the plan, the update and a mitigated escalation alike', async () => {
    const planned = await acknowledged({ priority: 'P2' });
    await changePriority(planned, 'P1', after(30));
    expect(minutesOf(planned, 'plan', 'due')).toBe(150);
    const working = await inProgress({ priority: 'P2' });
    await changePriority(working, 'P1', after(30));
    expect(minutesOf(working, 'update', 'due')).toBe(90);
    const held = await mitigated({ priority: 'P2' });
    await changePriority(held, 'P1', after(60));
    // A mitigated P1 keeps the pace of a P2, and does not climb.
    expect(minutesOf(held, 'update', 'due')).toBe(60 + 240);
    expect(clockOf(held, 'level')).toBeUndefined();
    const over = await resolved({ priority: 'P3' });
    await changePriority(over, 'P1', after(60));
    expect(dataOf(over)['priority']).toBe('P1');
  });
});

describe('a lowering of priority', () => {
  it('without the agreement of the End User changes nothing, and the owner is told', async () => {
    const world = await anEscalation();
    await changePriority(world, 'P3', after(30));
    expect(dataOf(world)['priority']).toBe('P1');
    expect(minutesOf(world, 'level', 'L1')).toBe(60);
    expect(told(world, 'loweredSilently')).toEqual([SAM]);
    // Another word about the same case does not tell it again.
    await world.signal('esc_1', 'caseChanged', { processId: 'cas_1' }, after(31));
    expect(told(world, 'loweredSilently')).toEqual([SAM]);
    await changePriority(world, 'P1', after(40));
    expect(world.eventsOf('esc_1').at(-1)).toBe('escalation.caseConfirmed');
  });

  it('ends the climb of a level that the lower priority does not have', async () => {
    const world = await anEscalation();
    await world.runTo(after(4 * 60));
    await changePriority(world, 'P3', after(250), MARIA);
    expect(dataOf(world)).toMatchObject({ level: 'L2', priority: 'P3' });
    expect(clockOf(world, 'level')).toBeUndefined();
    expect(clockOf(world, 'top')).toBeDefined();
  });
});

describe('a case that is closed outside', () => {
  it('leaves its escalation open, and tells the owner once', async () => {
    const world = await inProgress();
    const { cases } = factsOf(world);
    const facts = cases.get('cas_1');
    if (facts) cases.set('cas_1', { ...facts, closed: true, status: 'closed' });
    await world.signal('esc_1', 'caseChanged', { processId: 'cas_1' }, after(30));
    await world.signal('esc_1', 'caseChanged', { processId: 'cas_1' }, after(31));
    expect(world.stateOf('esc_1').status).toBe('inProgress');
    expect(told(world, 'caseClosedOutside')).toEqual([NOOR]);
    expect(minutesOf(world, 'level', 'L1')).toBe(60);
  });

  it('is late information for an escalation that is over', async () => {
    const world = await anEscalation();
    await done(act(world, 'withdraw', { reason: 'It went away.' }, after(5), MARIA));
    await world.signal('esc_1', 'caseChanged', { processId: 'cas_1' }, after(30));
    expect(world.eventsOf('esc_1').at(-1)).toBe('escalation.late.caseChanged');
  });
});

describe('a case whose service is back', () => {
  /** What the case says from an instant on; the escalation is told. */
  const caseSays = async (world: TestWorld, minutes: number, change: Partial<CaseFacts>) => {
    const { cases } = factsOf(world);
    const facts = cases.get('cas_1');
    if (facts) cases.set('cas_1', { ...facts, ...change });
    await world.signal('esc_1', 'caseChanged', { processId: 'cas_1' }, after(minutes));
  };
  const isBack = (minutes: number) => ({ restoredAt: Date.parse(after(minutes)) });
  const running = (world: TestWorld) =>
    world
      .stateOf('esc_1')
      .clocks.map(({ name }) => name)
      .sort();

  it('ends the climb and keeps the restore objective; acknowledgement, plan and updates are owed still', async () => {
    const raised = await anEscalation();
    await raised.runTo(after(60));
    await caseSays(raised, 70, isBack(70));
    expect(raised.eventsOf('esc_1').at(-1)).toBe('escalation.caseRestored');
    expect(running(raised)).toEqual(['acknowledge']);
    expect(told(raised, 'mitigated')).toEqual([SAM, KIM]);
    await done(act(raised, 'acknowledge', {}, after(80), KIM));
    expect(running(raised)).toEqual(['plan']);
    await raised.runTo(after(5 * 60));
    expect(dataOf(raised)['level']).toBe('L1');
    expect(told(raised, 'restoreMissed')).toEqual([]);
    const planned = await inProgress();
    await caseSays(planned, 40, isBack(40));
    expect(running(planned)).toEqual(['update']);
  });

  it('climbs on where it stood when the service fails again, and not for the time in which it ran', async () => {
    const world = await inProgress();
    await caseSays(world, 40, isBack(40));
    await caseSays(world, 100, { restoredAt: null });
    expect(world.eventsOf('esc_1').at(-1)).toBe('escalation.caseUnsolved');
    expect(told(world, 'unsolved')).toEqual([NOOR]);
    // Level 1 was 20 minutes away when service was back.
    expect(minutesOf(world, 'level', 'L1')).toBe(120);
    expect(minutesOf(world, 'restore', 'due')).toBe(4 * 60 + 60);
  });

  it('climbs on too where the End User says it here, and what the case says again does not stop it', async () => {
    const world = await acknowledged();
    const unsolved = (minutes: number) =>
      act(world, 'reportUnsolved', { reason: 'Down again.' }, after(minutes), MARIA);
    expect((await unsolved(20))?.code).toBe('ESCALATION_CLIMBS_STILL');
    await caseSays(world, 40, isBack(40));
    await done(unsolved(100));
    await caseSays(world, 110, { status: 'closurePending' });
    expect(world.stateOf('esc_1').status).toBe('acknowledged');
    expect(minutesOf(world, 'level', 'L1')).toBe(120);
    await caseSays(world, 115, isBack(115));
    expect(running(world)).toEqual(['plan']);
  });

  it('is stopped no more than once by a case that was restored before it was asked for', async () => {
    const world = await aWorld();
    const { cases } = factsOf(world);
    const facts = cases.get('cas_1');
    if (facts) cases.set('cas_1', { ...facts, ...isBack(10) });
    await done(world.start('escalation', 'esc_1', RAISED, after(20), NOOR));
    await caseSays(world, 30, { status: 'closurePending' });
    expect(minutesOf(world, 'level', 'L1')).toBe(60);
  });

  it('does not climb for a raise while the workaround holds, and does when the raise finds it failed', async () => {
    const holds = await inProgress({ priority: 'P2' });
    await caseSays(holds, 40, isBack(40));
    await changePriority(holds, 'P1', after(60));
    expect(running(holds)).toEqual(['update']);
    const failed = await inProgress({ priority: 'P3' });
    await caseSays(failed, 40, isBack(40));
    const facts = factsOf(failed).cases.get('cas_1');
    if (facts) factsOf(failed).cases.set('cas_1', { ...facts, restoredAt: null });
    await changePriority(failed, 'P1', after(60));
    expect(minutesOf(failed, 'level', 'L1')).toBe(120);
    expect(minutesOf(failed, 'restore', 'due')).toBe(60 + 240);
  });

  it('stays stopped where it was stood down before it fails again', async () => {
    const world = await inProgress();
    await done(act(world, 'standDown', { reason: 'Small.', consent: CONSENT }, after(30)));
    await caseSays(world, 40, isBack(40));
    await caseSays(world, 50, { restoredAt: null });
    expect(running(world)).toEqual(['restore', 'update']);
  });

  it('keeps a pause with consent over the time in which it ran', async () => {
    const world = await waiting({ pause: true, consent: CONSENT });
    await caseSays(world, 40, isBack(40));
    expect(running(world)).toEqual(['update', 'wait']);
    await caseSays(world, 60, { restoredAt: null });
    expect(clockOf(world, 'level')?.outcome).toBe('paused');
    await done(act(world, 'endWait', { text: 'It is there.' }, after(90)));
    // Thirty minutes had run when the wait began.
    expect(minutesOf(world, 'level', 'L1')).toBe(120);
  });

  it('closed outside in the same step is told to the owner, and does not climb either', async () => {
    const world = await inProgress();
    await caseSays(world, 40, { ...isBack(40), closed: true });
    expect(told(world, 'caseClosedOutside')).toEqual([NOOR]);
    expect(running(world)).toEqual(['update']);
  });

  it('is read anew by an appeal, for nobody told it while it was declined', async () => {
    const world = await declined({ priority: 'P2' });
    const facts = factsOf(world).cases.get('cas_1');
    if (facts) factsOf(world).cases.set('cas_1', { ...facts, ...isBack(15) });
    await done(act(world, 'appeal', { reason: 'It was slow.' }, after(20), MARIA));
    expect(running(world)).toEqual(['accept', 'acknowledge']);
    await done(act(world, 'decline', { reason: 'It was not.' }, after(30), KIM));
    if (facts) factsOf(world).cases.set('cas_1', facts);
    await done(act(world, 'appeal', { reason: 'Down again.' }, after(50), MARIA));
    expect(minutesOf(world, 'restore', 'due')).toBe(24 * 60 + 30);
  });
});

describe('waiting', () => {
  it('without a pause lets every clock of a P1 run on', async () => {
    const world = await waiting();
    await world.runTo(after(60));
    expect(dataOf(world)['level']).toBe('L1');
    expect(dataOf(world)['dependencies']).toMatchObject([
      { number: 1, of: 'endUser', owedBy: 'Network team', askedAt: Date.parse(after(30)), pause: null },
    ]);
  });

  it('with recorded consent holds the ladder and the restore objective of a P1, never the updates', async () => {
    const world = await waiting({ pause: true, consent: CONSENT });
    expect(clockOf(world, 'level')).toMatchObject({
      outcome: 'paused',
      pauses: [{ cause: 'waitingForEndUser', toMs: null }],
    });
    expect(clockOf(world, 'restore')?.outcome).toBe('paused');
    expect(minutesOf(world, 'update', 'due')).toBe(80);
    await done(act(world, 'endWait', { text: 'The trace is there.' }, after(75)));
    expect(minutesOf(world, 'level', 'L1')).toBe(60 + 45);
    expect(minutesOf(world, 'restore', 'due')).toBe(240 + 45);
    expect(dataOf(world)['dependencies']).toMatchObject([
      { outcome: 'satisfied', pause: { consent: { personId: MARIA } } },
    ]);
  });

  it('chases three times and ends after five business days, to the second', async () => {
    const world = await waiting({ pause: true, consent: CONSENT });
    await world.runTo('2026-12-01T15:59:59.999Z');
    expect(world.stateOf('esc_1').status).toBe('awaitingEndUser');
    const [dependency] = dataOf(world)['dependencies'] as { chasedAt: number[] }[];
    expect(dependency?.chasedAt).toEqual(
      ['2026-11-25', '2026-11-26', '2026-11-30'].map((day) => Date.parse(`${day}T16:00:00Z`)),
    );
    await world.runTo('2026-12-01T16:00:00Z');
    expect(world.stateOf('esc_1').status).toBe('inProgress');
    // 30 minutes of the ladder were left when it was held.
    expect(dueOf(world, 'level', 'L1')).toBe(Date.parse('2026-12-01T16:30:00Z'));
    expect(dataOf(world)['dependencies']).toMatchObject([{ outcome: 'limit' }]);
    const again = { ...WAIT, pause: true, consent: CONSENT };
    const later = '2026-12-01T16:05:00Z';
    expect((await act(world, 'wait', again, later))?.code).toBe('ESCALATION_SM_DECIDES');
    await done(act(world, 'wait', again, later, KIM));
  });

  it('of a P3 may pause without consent, until the case becomes a P1', async () => {
    const world = await waiting({ of: 'delivery', pause: true }, { priority: 'P3' });
    expect(clockOf(world, 'level')?.outcome).toBe('paused');
    await changePriority(world, 'P1', after(100));
    expect(world.stateOf('esc_1').status).toBe('awaitingDelivery');
    expect(clockOf(world, 'level')?.outcome).toBe('running');
    expect(minutesOf(world, 'level', 'L1')).toBe(160);
  });

  it('with consent stays a pause over a raise, and the ladder of the new priority is held too', async () => {
    const world = await waiting({ pause: true, consent: CONSENT }, { priority: 'P2' });
    await changePriority(world, 'P1', after(100));
    expect(clockOf(world, 'level')?.outcome).toBe('paused');
    await done(act(world, 'endWait', { text: 'It is there.' }, after(130)));
    // Nothing of the hour has run: it was held from the change on.
    expect(minutesOf(world, 'level', 'L1')).toBe(190);
  });

  it('keeps an earlier pause when the priority changes later', async () => {
    const world = await waiting({ pause: true, consent: CONSENT });
    await done(act(world, 'endWait', { text: 'It is there.' }, after(50)));
    await changePriority(world, 'P2', after(55), MARIA);
    // Four hours from case opening, and the twenty minutes that were held.
    expect(minutesOf(world, 'level', 'L1')).toBe(4 * 60 + 20);
  });
});

describe('each promise is broken at its mark and not a millisecond before', () => {
  const cases = [
    ['acknowledgement', () => anEscalation(), 30, 'acknowledgementMissed'],
    ['plan', () => acknowledged(), 10 + 120, 'planMissed'],
    ['update', () => inProgress(), 20 + 60, 'updateMissed'],
    ['restore', () => inProgress(), 240, 'restoreMissed'],
    ['acceptance of level 1', () => anEscalation(), 90, 'levelSilent'],
  ] as const;
  it.each(cases)('%s', async (_title, journey, minutes, event) => {
    const world = await journey();
    const at = Date.parse(after(minutes));
    await world.runTo(new Date(at - 1).toISOString());
    expect(world.eventsOf('esc_1')).not.toContain(`escalation.${event}`);
    await world.runTo(new Date(at).toISOString());
    expect(world.eventsOf('esc_1')).toContain(`escalation.${event}`);
  });

  it('and when everything is done in the very second of its mark, nothing is', async () => {
    const world = await anEscalation();
    await done(act(world, 'acknowledge', {}, after(30)));
    await done(act(world, 'accept', { level: 'L1' }, after(90), SAM));
    const plan = { ownerId: NOOR, action: 'Replace it.', nextUpdateAt: after(210) };
    await done(act(world, 'setPlan', plan, after(150)));
    await done(act(world, 'postUpdate', { text: 'Nearly.' }, after(210)));
    await done(act(world, 'acceptWorkaround', { workaround: 'The second line.' }, after(240), MARIA));
    const missed = world.store.events.flatMap(({ operations }) =>
      operations.filter(({ op }) => op === 'missed'),
    );
    expect(missed.map(({ clock, key }) => `${clock}/${key}`)).toEqual([]);
  });
});

describe('forecast', () => {
  it('of a P1 names each coming update and level, and what follows if nobody acts', async () => {
    const world = await inProgress();
    const { items } = await forecast(registry, world.store, {
      tenantId: TENANT,
      from: Date.parse(after(20)),
      until: Date.parse(after(100)),
    });
    const notices = items.flatMap((item) =>
      item.kind === 'notice' && item.processId === 'esc_1'
        ? [`${String((item.at - Date.parse(OPENED)) / 60_000)} ${item.notice} ${item.recipient}`]
        : [],
    );
    expect(notices).toEqual([
      '60 endUserInformed maria-stone',
      '60 levelReached kim-field',
      '60 levelReached sam-rivers',
      '80 updateMissed noor-dale',
      '80 updateMissed kim-field',
      '80 updateMissed sam-rivers',
      '90 levelSilent dana-hill',
    ]);
  });
});

/** Each with the instant at which its clocks change. */
const changes = [
  { calendar: berlin, at: '2027-03-28T01:00Z' },
  { calendar: berlin, at: '2027-10-31T01:00Z' },
  { calendar: newYork, at: '2027-03-14T07:00Z' },
  { calendar: newYork, at: '2027-11-07T06:00Z' },
  { calendar: lordHowe, at: '2027-04-03T15:00Z' },
  { calendar: lordHowe, at: '2027-10-02T15:30Z' },
];
const DRAWN = 12;
const DAY_MS = 86_400_000;

describe.each(changes)('around the clock change of $calendar.zone at $at', ({ calendar: hours, at }) => {
  const changeAt = Date.parse(at);
  const random = randomOf(seedOf(`escalations around ${at}`));
  const oracle = new MinuteOracle(hours, Math.floor(changeAt / DAY_MS - 14) * DAY_MS, 120 * 1440);
  /** A duration as the policy file has it, counted by the oracle. */
  const dueAfter = (from: number, text: string): number => {
    const [amount = '', ...unit] = text.split(' ');
    const count = Number(amount);
    switch (unit.join(' ').replace(/s$/, '')) {
      case 'minute':
        return oracle.afterMinutes(from, count, [], true);
      case 'hour':
        return oracle.afterMinutes(from, count * 60, [], true);
      case 'business hour':
        return oracle.afterMinutes(from, count * 60);
      case 'business day':
        return oracle.afterOpenDates(from, count);
      default:
        throw new Error(`no such unit: ${text}`);
    }
  };

  it.each(priorities)('every clock of a %s is due when the oracle says', async (priority) => {
    const { acknowledge, restore, levels } = targets[priority];
    for (let drawn = 0; drawn < DRAWN; drawn += 1) {
      // Half of them in the hours around the change itself.
      const spread = drawn % 2 === 0 ? 150 : 7 * 1440;
      const openedAt = changeAt + Math.floor((2 * random() - 1) * spread) * 60_000;
      const world = await aWorld(priority, new Date(openedAt).toISOString());
      world.calendars = { 'berlin-office': { ...hours, id: 'berlin-office', version: 1 } };
      await done(world.start('escalation', 'esc_1', RAISED, new Date(openedAt).toISOString(), NOOR));
      const due: Record<string, number | null> = {
        acknowledge: dueOf(world, 'acknowledge', 'due'),
        restore: dueOf(world, 'restore', 'due'),
      };
      const wanted: Record<string, number> = {
        acknowledge: dueAfter(openedAt, acknowledge),
        restore: dueAfter(openedAt, restore),
      };
      for (const [level, text] of Object.entries(levels)) {
        due[level] = dueOf(world, 'level', level);
        wanted[level] = dueAfter(openedAt, text);
      }
      expect({ openedAt: new Date(openedAt), due }).toEqual({ openedAt: new Date(openedAt), due: wanted });
    }
  });
});
