/** The work on a case: updates, shifts, waits, workaround, resolution and closure (service spec §4.16, §4.19, §3 R3, §3a). */
import { describe, expect, it } from '@jest/globals';
import type { Contact } from '../../domain/contact-matrix/matrix.js';
import type { Data } from '../../domain/kernel/words.js';
import { readsInstead } from '../support/case-world.js';
import type { TestWorld } from '../support/world.js';
import { done, JAN, KIM, MARIA, SAM } from './journeys.js';
import {
  aCase,
  act,
  along,
  awaiting,
  CASE,
  closed,
  closurePending,
  dataOf,
  diagnosing,
  downgraded,
  engaged,
  minutes,
  NOOR,
  notReached,
  REMY,
  resolved,
  settledP3,
  taken,
  TONI,
  WORKAROUND,
  workedAround,
} from './journeys-support-case.js';

const statusOf = (world: TestWorld) => world.stateOf(CASE).status;
const running = (world: TestWorld) =>
  world
    .stateOf(CASE)
    .clocks.map(({ name }) => name)
    .sort();
const recipients = (world: TestWorld, notice: string) =>
  world.mailsOf(CASE, notice).map(({ recipient }) => recipient);
const before = (minute: number) => new Date(Date.parse(minutes(minute)) - 1).toISOString();
const dueOf = (world: TestWorld, clock: string) => {
  const dueAt = world.clockOf(CASE, clock)?.marks.find(({ step }) => step === 'due')?.dueAt;
  return dueAt == null ? null : new Date(dueAt).toISOString();
};
const SUMMARY = 'Line card suspected; logs are collected; next step: replace it.';
const HOUR = 60;

describe('the age of a case', () => {
  const escalationOf = (world: TestWorld) => {
    const id = world.find('escalation');
    return id === null ? null : world.stateOf(id).data;
  };

  it('makes it an escalation by itself where its first level begins, and not before', async () => {
    const world = await diagnosing();
    await world.runTo(before(HOUR));
    expect(escalationOf(world)).toBeNull();
    await world.runTo(minutes(HOUR));
    expect(escalationOf(world)).toMatchObject({ caseId: CASE, source: 'age', level: 'L1', askers: [] });
  });

  it('makes no second one of a case that somebody has escalated', async () => {
    const world = await diagnosing();
    const asked = { contractId: 'northwind-2026', caseId: CASE, reason: 'It is the hub.' };
    await done(world.start('escalation', 'esc_1', asked, minutes(30), NOOR));
    await world.runTo(minutes(HOUR));
    expect(world.eventsOf(CASE)).toContain('supportCase.ageReached');
    expect([...world.store.processes.values()].filter(({ ref }) => ref.slug === 'escalation')).toHaveLength(
      1,
    );
  });

  it('counts from a raise, and not while a workaround holds', async () => {
    const world = await along(await taken(), ['raisePriority', { to: 'P1', reason: 'It spreads.' }, 90]);
    await world.runTo(before(90 + HOUR));
    expect(escalationOf(world)).toBeNull();
    await world.runTo(minutes(90 + HOUR));
    expect(escalationOf(world)).toMatchObject({ priority: 'P1', source: 'age' });
    const held = await along(await diagnosing(), ['acceptWorkaround', WORKAROUND[1], 50]);
    await held.runTo(minutes(10 * HOUR));
    expect(escalationOf(held)).toBeNull();
  });

  it('is that since it was opened again, where it was not solved', async () => {
    const world = await along(await resolved(), ['notSolved', { reason: 'It is down.' }, 200, MARIA]);
    const last = 200 + HOUR;
    const times = () => world.eventsOf(CASE).filter((event) => event === 'supportCase.ageReached').length;
    await world.runTo(before(last));
    const earlier = times();
    await world.runTo(minutes(last));
    expect(times()).toBe(earlier + 1);
  });

  it('is not got round by taking an escalation back before it or after it', async () => {
    const asked = { contractId: 'northwind-2026', caseId: CASE, reason: 'It is the hub.' };
    const escalated = async () => {
      const world = await diagnosing();
      await done(world.start('escalation', 'esc_1', asked, minutes(30), NOOR));
      return world;
    };
    const ends = async (world: TestWorld, command: string, minute: number) =>
      world.command('esc_1', command, { reason: 'Not needed.' }, minutes(minute), NOOR);
    const open = (world: TestWorld) =>
      [...world.store.processes].flatMap(([id, { ref, state }]) =>
        ref.slug === 'escalation' && !['withdrawn', 'declined'].includes(state?.status ?? '') ? [id] : [],
      );
    for (const command of ['withdraw', 'decline']) {
      const early = await escalated();
      await done(ends(early, command, 50));
      expect(open(early)).toEqual([]);
      await early.runTo(minutes(HOUR));
      expect(open(early)).toHaveLength(1);
      const late = await escalated();
      await late.runTo(minutes(HOUR));
      await ends(late, command, 90);
      await late.runTo(minutes(4 * HOUR));
      expect(open(late)).toEqual(['esc_1']);
      expect(late.stateOf('esc_1').data).toMatchObject({ level: 'L2' });
    }
  });

  it('is of no more account once a workaround is accepted: its escalation climbs no further until it fails', async () => {
    const world = await diagnosing();
    await world.runTo(minutes(HOUR));
    await along(world, ['acceptWorkaround', WORKAROUND[1], 70]);
    await world.runTo(minutes(6 * HOUR));
    expect(escalationOf(world)).toMatchObject({ level: 'L1', stoppedAt: Date.parse(minutes(70)) });
    const id = world.find('escalation') ?? '';
    expect(world.mailsOf(id, 'restoreMissed')).toEqual([]);
    await along(
      world,
      ['resolve', { rootCause: 'A line card.' }, 7 * HOUR],
      ['notSolved', { reason: 'It is down.' }, 8 * HOUR, MARIA],
    );
    expect(escalationOf(world)).toMatchObject({ level: 'L1', stoppedAt: null });
    // Of the four hours to level 2, 70 minutes had run.
    await world.runTo(before(8 * HOUR + 170));
    expect(escalationOf(world)).toMatchObject({ level: 'L1' });
    await world.runTo(minutes(8 * HOUR + 170));
    expect(escalationOf(world)).toMatchObject({ level: 'L2' });
  });

  it('of a test call is nothing', async () => {
    const world = await aCase({ test: true });
    await world.runTo(minutes(3 * HOUR));
    expect(escalationOf(world)).toBeNull();
  });
});

describe('updates', () => {
  it('are owed every hour of a P1, counted from the last one', async () => {
    const world = await diagnosing();
    expect(dueOf(world, 'update')).toBe(minutes(4 + HOUR));
    await done(act(world, 'giveUpdate', { text: 'The line card is suspected.' }, minutes(30)));
    expect(dueOf(world, 'update')).toBe(minutes(30 + HOUR));
    await world.runTo(before(30 + HOUR));
    expect(world.eventsOf(CASE)).not.toContain('supportCase.updateMissed');
    await world.runTo(minutes(30 + HOUR));
    expect(recipients(world, 'updateDue')).toEqual([NOOR, TONI]);
    expect(recipients(world, 'update')).toEqual([MARIA]);
  });

  it('come at the pace of the next lower priority once a workaround is in place', async () => {
    const world = await workedAround();
    expect(running(world)).toEqual(['shift', 'update']);
    expect(dueOf(world, 'update')).toBe(minutes(60 + 4 * HOUR));
  });
});

describe('a shift', () => {
  it('ends after eight hours with a written summary that the next engineer accepts', async () => {
    const world = await diagnosing();
    expect(dueOf(world, 'shift')).toBe(minutes(4 + 8 * HOUR));
    await done(act(world, 'handOver', { to: REMY, summary: SUMMARY }, minutes(7 * HOUR)));
    expect(dueOf(world, 'shift')).toBe(minutes(4 + 8 * HOUR));
    const mail = world.mailsOf(CASE, 'handOver');
    expect(mail).toMatchObject([{ recipient: REMY, urgent: true, show: { summary: SUMMARY } }]);
    expect((await act(world, 'acceptHandOver', {}, minutes(7 * HOUR + 5), NOOR))?.code).toBe('PROCESS_ROLE');
    await done(act(world, 'acceptHandOver', {}, minutes(7 * HOUR + 10), REMY));
    expect(world.stateOf(CASE).ownerId).toBe(REMY);
    expect(dueOf(world, 'shift')).toBe(minutes(15 * HOUR + 10));
    expect(dataOf(world).handOvers).toMatchObject([{ from: NOOR, to: REMY, summary: SUMMARY }]);
  });

  it('that nobody accepts is a gap that the Duty Manager is told of', async () => {
    const world = await diagnosing();
    await done(act(world, 'handOver', { to: REMY, summary: SUMMARY }, minutes(7 * HOUR)));
    await world.runTo(before(4 + 8 * HOUR));
    expect(world.eventsOf(CASE)).not.toContain('supportCase.shiftMissed');
    await world.runTo(minutes(4 + 8 * HOUR));
    expect(recipients(world, 'handOverDue')).toEqual([NOOR, TONI]);
  });
});

describe('waiting for somebody else', () => {
  it('stops no clock of a P1 without consent, and the restore clock with it', async () => {
    const without = await awaiting('endUser');
    expect(without.clockOf(CASE, 'restore')?.outcome).toBe('running');
    const wait = {
      on: 'engineering',
      owes: 'Engineering',
      what: 'A patch.',
      consent: { by: MARIA, evidence: 'Mail.' },
    };
    const world = await along(await diagnosing(), ['wait', wait, 20]);
    expect(world.clockOf(CASE, 'restore')?.outcome).toBe('paused');
    expect(world.clockOf(CASE, 'update')?.outcome).toBe('running');
    await done(act(world, 'satisfy', { outcome: 'The patch is here.' }, minutes(50)));
    expect(statusOf(world)).toBe('diagnosing');
    // Four hours from the opening, and the half hour of the pause.
    expect(dueOf(world, 'restore')).toBe(minutes(4 * HOUR + 30));
    expect(world.clockOf(CASE, 'restore')?.pauses).toMatchObject([{ cause: 'waiting' }]);
    expect(dataOf(world).dependencies).toMatchObject([
      { owes: 'Engineering', consent: { by: MARIA }, paused: true, satisfiedAt: Date.parse(minutes(50)) },
    ]);
  });

  it('pauses the restore clock of a P3 by its record alone', async () => {
    const world = await along(await taken(), ['wait', { on: 'rma', owes: 'Logistics', what: 'A card.' }, 20]);
    expect(world.clockOf(CASE, 'restore')?.outcome).toBe('paused');
  });

  it('is over after five business days: the work goes on and the service manager is told', async () => {
    const world = await awaiting('endUser');
    await done(act(world, 'chase', {}, minutes(60)));
    expect(recipients(world, 'dependencyAsked')).toEqual([MARIA, MARIA]);
    // The close of Monday, 30 November.
    await world.runTo('2026-11-30T15:59:59.999Z');
    expect(statusOf(world)).toBe('awaitingEndUser');
    await world.runTo('2026-11-30T16:00:00Z');
    expect(statusOf(world)).toBe('diagnosing');
    expect(recipients(world, 'waitOver')).toEqual([NOOR, SAM]);
    expect(dataOf(world).dependencies).toMatchObject([
      { outcome: null, chasedAt: [Date.parse(minutes(60))] },
    ]);
  });

  describe('that has reached its longest', () => {
    const over = '2026-11-30T16:00:00Z';
    const later = (hours: number) => new Date(Date.parse(over) + hours * 3_600_000).toISOString();
    const WAIT = { on: 'engineering', owes: 'Engineering', what: 'A patch.' };
    const consented = { ...WAIT, consent: { by: MARIA, evidence: 'Mail.' } };
    const waitOver = async (world: TestWorld, payload: Data) => {
      await along(world, ['wait', payload, 20]);
      await world.runTo(over);
      return world;
    };
    const outcomes = (world: TestWorld) => dataOf(world).dependencies.map(({ overAt }) => overAt);

    it('pauses a P3 once more only when the service manager or the SM manager decides it', async () => {
      const world = await waitOver(await taken(), WAIT);
      expect(outcomes(world)).toEqual([Date.parse(over)]);
      expect((await act(world, 'wait', WAIT, later(1)))?.code).toBe('SUPPORT_CASE_SM_DECIDES');
      expect((await act(world, 'wait', WAIT, later(1), TONI))?.code).toBe('PROCESS_ROLE');
      await done(act(world, 'wait', WAIT, later(2), SAM));
      expect(statusOf(world)).toBe('awaitingEngineering');
      expect(world.clockOf(CASE, 'restore')?.outcome).toBe('paused');
      expect(dataOf(world).dependencies.at(-1)).toMatchObject({ askedBy: SAM, paused: true, overAt: null });
      // He decided about this one; the next that runs over is decided anew.
      await done(act(world, 'satisfy', { outcome: 'The patch is here.' }, later(3)));
      await done(act(world, 'wait', WAIT, later(4)));
      await world.runTo('2026-12-07T16:00:00Z');
      expect(statusOf(world)).toBe('diagnosing');
      expect((await act(world, 'wait', WAIT, '2026-12-08T09:00:00Z'))?.code).toBe('SUPPORT_CASE_SM_DECIDES');
      await done(act(world, 'wait', WAIT, '2026-12-08T10:00:00Z', KIM));
    });

    it('lets a P1 wait on while its clocks run, which decides nothing about another pause', async () => {
      const world = await waitOver(await diagnosing(), consented);
      await done(act(world, 'wait', WAIT, later(1)));
      expect(world.clockOf(CASE, 'restore')?.outcome).not.toBe('paused');
      await done(act(world, 'satisfy', { outcome: 'The patch is here.' }, later(2)));
      expect((await act(world, 'wait', consented, later(3)))?.code).toBe('SUPPORT_CASE_SM_DECIDES');
      await done(act(world, 'wait', consented, later(4), SAM));
    });

    it('is that also where no clock stood', async () => {
      const world = await waitOver(await diagnosing(), WAIT);
      expect((await act(world, 'wait', consented, later(1)))?.code).toBe('SUPPORT_CASE_SM_DECIDES');
    });

    it('is not one that was satisfied in time', async () => {
      const world = await along(
        await taken(),
        ['wait', WAIT, 20],
        ['satisfy', { outcome: 'The patch is here.' }, 60],
        ['wait', WAIT, 70],
      );
      expect(outcomes(world)).toEqual([null, null]);
    });
  });

  it('three failed contacts within an hour reach the service manager and level 2, and the case stays open', async () => {
    const world = await engaged();
    const level2: Partial<Contact> = {
      side: 'endUser',
      level: 'L2',
      validFrom: null,
      validTo: null,
      mayApprove: [],
    };
    const contacts = [
      {
        ...level2,
        personId: JAN,
        role: 'itManager',
        zone: 'Europe/Berlin',
        hours: '24x7',
        deputyId: null,
        authorisedCaller: true,
      },
    ];
    readsInstead(world, { matrix: { processId: 'mtx_1', version: 1, since: 0, staleSince: null, contacts } });
    for (const minute of [10, 40, 69]) await done(act(world, 'recordFailedContact', {}, minutes(minute)));
    expect(recipients(world, 'notReached')).toEqual([SAM, JAN]);
    expect(statusOf(world)).toBe('sseEngaged');
    const slow = await engaged();
    for (const minute of [10, 40, 70]) await done(act(slow, 'recordFailedContact', {}, minutes(minute)));
    expect(recipients(slow, 'notReached')).toEqual([]);
  });
});

describe('the objective to restore', () => {
  it('is four hours for a P1, met by a workaround that the End User accepts', async () => {
    const world = await workedAround();
    expect(world.store.steps.at(-1)?.decision).toMatchObject({
      ended: expect.arrayContaining([expect.objectContaining({ name: 'restore', outcome: 'met' })]),
    });
    const late = await diagnosing();
    await late.runTo(before(4 * HOUR));
    expect(late.eventsOf(CASE)).not.toContain('supportCase.restoreMissed');
    await late.runTo(minutes(4 * HOUR));
    expect(recipients(late, 'restoreMissed')).toEqual([NOOR, TONI, SAM]);
    expect(dataOf(late).restoredAt).toBeNull();
  });

  it('needs evidence for what somebody else agreed to, and none from himself', async () => {
    const world = await diagnosing();
    const workaround = { workaround: 'A detour.', agreedBy: MARIA };
    expect((await act(world, 'acceptWorkaround', workaround, minutes(20)))?.code).toBe(
      'SUPPORT_CASE_EVIDENCE_MISSING',
    );
    await done(act(world, 'acceptWorkaround', workaround, minutes(21), MARIA));
  });
});

describe('a resolved case', () => {
  it('is watched for a day, then asks for closure', async () => {
    const world = await resolved();
    await world.runTo(before(120 + 24 * HOUR));
    expect(statusOf(world)).toBe('resolved');
    await world.runTo(minutes(120 + 24 * HOUR));
    expect(statusOf(world)).toBe('closurePending');
    expect(world.mailsOf(CASE, 'closureAsked')).toMatchObject([
      { recipient: MARIA, link: { command: 'consentClosure', payload: { agreedBy: MARIA } } },
    ]);
  });

  it('of P3 asks at once, reminds twice, and is closed by silence after five business days', async () => {
    const world = await settledP3();
    expect(statusOf(world)).toBe('closurePending');
    await world.runTo('2026-11-30T15:59:59.999Z');
    expect(statusOf(world)).toBe('closurePending');
    expect(recipients(world, 'closureAsked')).toEqual([MARIA, MARIA, MARIA]);
    await world.runTo('2026-11-30T16:00:00Z');
    expect(statusOf(world)).toBe('closed');
    expect(dataOf(world).closure).toMatchObject({ how: 'silence', by: null });
    await done(act(world, 'reopen', { reason: 'It is back.' }, '2026-12-01T09:00:00Z', MARIA));
    expect(statusOf(world)).toBe('queued');
    expect(running(world)).toEqual(['age', 'respond', 'restore']);
  });

  it('of P1 is not closed by silence: the Duty Manager closes it with a reason', async () => {
    const world = await closurePending();
    expect((await act(world, 'closeReasoned', { reason: 'No answer.' }, minutes(1600), TONI))?.code).toBe(
      'SUPPORT_CASE_NOT_SILENT',
    );
    await world.runTo('2026-12-01T16:00:00Z');
    expect(statusOf(world)).toBe('closurePending');
    expect(recipients(world, 'reasonedClose')).toEqual([TONI, SAM]);
    // Told again every 24 hours until he has decided.
    await world.runTo('2026-12-02T16:00:00Z');
    expect(recipients(world, 'reasonedClose')).toEqual([TONI, SAM, TONI]);
    const reason = { reason: 'Restored for a week, three unanswered requests.' };
    await done(act(world, 'closeReasoned', reason, '2026-12-02T17:00:00Z', TONI));
    expect(dataOf(world).closure).toMatchObject({ how: 'reasoned', by: TONI });
  });

  it('goes on with the same engineer when it is not solved', async () => {
    const world = await along(await resolved(), ['notSolved', { reason: 'It restarted again.' }, 200, MARIA]);
    expect(statusOf(world)).toBe('diagnosing');
    expect(world.stateOf(CASE).ownerId).toBe(NOOR);
    expect(running(world)).toEqual(['age', 'restore', 'shift', 'update']);
    expect(dueOf(world, 'restore')).toBe(minutes(200 + 4 * HOUR));
    expect(dataOf(world)).toMatchObject({ reopenings: 1, resolution: null, restoredAt: null });
  });

  it('can be opened again for ten business days, and pages anew', async () => {
    const world = await closed();
    // Closed on Tuesday the 24th: the close of Tuesday, 8 December.
    await world.runTo('2026-12-08T15:59:59.999Z');
    await done(act(world, 'reopen', { reason: 'It is back.' }, '2026-12-08T15:59:59.999Z', MARIA));
    expect(statusOf(world)).toBe('queued');
    expect(running(world)).toEqual(['age', 'engage', 'page', 'restore']);
    expect(world.stateOf(CASE).ownerId).toBe(NOOR);
    expect(dataOf(world).engineerId).toBeNull();
    const late = await closed();
    await late.runTo('2026-12-08T16:00:00Z');
    const again = await act(late, 'reopen', { reason: 'It is back.' }, '2026-12-08T16:00:01Z', MARIA);
    expect(again?.code).toBe('SUPPORT_CASE_REOPEN_OVER');
  });
});

describe('a call that nobody can be reached for', () => {
  it('is given up after the tries of the policy, a P1 by the Duty Manager only', async () => {
    const world = await notReached();
    expect((await act(world, 'abandon', { reason: 'No answer.' }, minutes(20)))?.code).toBe(
      'SUPPORT_CASE_DUTY_MANAGER_ONLY',
    );
    await done(act(world, 'abandon', { reason: 'No answer.' }, minutes(21), TONI));
    expect(statusOf(world)).toBe('abandoned');
  });
});

describe('the end of the contract', () => {
  const end = async (world: TestWorld) => {
    await done(world.command('con_1', 'terminate', { reason: 'Withdrawn.' }, minutes(300), 'kim-field'));
    return world;
  };

  it('lets an open P1 run to its end, and closes a P3', async () => {
    const urgent = await end(await diagnosing());
    expect(statusOf(urgent)).toBe('diagnosing');
    expect(urgent.eventsOf(CASE)).toContain('supportCase.contractEndNoted');
    const other = await end(await taken());
    expect(statusOf(other)).toBe('closed');
    expect(dataOf(other).closure).toMatchObject({ how: 'contractEnded' });
  });
});

describe('an outside system', () => {
  const OUTSIDE = { source: 'outside', outside: { system: 'desk-one', key: 'INC-9' } };
  const report = async (world: TestWorld, key: string, state: string, occurred: number, at = occurred) =>
    world.signal(CASE, 'reported', { sourceKey: key, state, occurredAt: minutes(occurred) }, minutes(at));
  const atWork = async () => along(await aCase(OUTSIDE), ['accept', {}, 4], ['startDiagnosis', {}, 6]);

  it('moves the case on, and never back by an old or a doubled report', async () => {
    const world = await atWork();
    await report(world, 'r1', 'open', 8);
    expect(await report(world, 'r2', 'resolved', 30)).toMatchObject({ outcome: 'accepted' });
    expect(statusOf(world)).toBe('resolved');
    const stands = world.stateOf(CASE).data;
    // Sent before the restore, arrived after it; and the same one again.
    for (const late of [
      await report(world, 'r0', 'open', 20, 40),
      await report(world, 'r2', 'resolved', 30, 41),
    ])
      expect(late).toMatchObject({ outcome: 'late', event: 'supportCase.late.reported' });
    expect(statusOf(world)).toBe('resolved');
    expect(world.stateOf(CASE).data).toEqual(stands);
  });

  it('opens it again with news that are newer than our own resolution', async () => {
    const world = await along(await atWork(), ['resolve', { rootCause: 'The line card.' }, 120]);
    await report(world, 'r1', 'open', 110, 130);
    expect(statusOf(world)).toBe('resolved');
    await report(world, 'r2', 'open', 140);
    expect(statusOf(world)).toBe('diagnosing');
    // What was closed before it was opened again does not close it.
    expect(await report(world, 'r3', 'closed', 139, 150)).toMatchObject({ outcome: 'late' });
  });

  it('does not close what the End User has not consented to: its open escalations are told', async () => {
    const world = await atWork();
    readsInstead(world, { escalations: ['esc_1'] });
    await report(world, 'r1', 'closed', 60);
    expect(statusOf(world)).toBe('closurePending');
    expect(recipients(world, 'closedOutside')).toEqual([NOOR, SAM]);
    const told = world.store.effects.flatMap(({ intent }) =>
      intent.kind === 'tellProcess' ? [intent.content] : [],
    );
    expect(told.at(-1)).toMatchObject({
      processId: 'esc_1',
      signal: 'caseChanged',
      payload: { processId: CASE },
    });
  });

  it('tells its escalations also where it waits for consent already, once', async () => {
    const world = await along(await atWork(), ['resolve', { rootCause: 'The line card.' }, 60]);
    await world.runTo(minutes(60 + 24 * 60));
    expect(statusOf(world)).toBe('closurePending');
    readsInstead(world, { escalations: ['esc_1'] });
    const told = () => world.store.effects.filter(({ intent }) => intent.kind === 'tellProcess').length;
    const before = told();
    for (const [key, after] of [
      ['r1', 10],
      ['r2', 20],
    ] as const)
      await report(world, key, 'closed', 60 + 24 * 60 + after);
    expect([statusOf(world), told() - before]).toEqual(['closurePending', 1]);
    expect(recipients(world, 'closedOutside')).toEqual([NOOR, SAM]);
  });

  it('closed what nobody had taken: said not to be solved, it is queued and paged', async () => {
    const world = await aCase(OUTSIDE);
    await report(world, 'r1', 'closed', 3);
    expect(running(world)).toEqual(['closure']);
    await done(act(world, 'notSolved', { reason: 'It is down.' }, minutes(5), MARIA));
    expect(statusOf(world)).toBe('queued');
    expect(recipients(world, 'page')).toEqual([NOOR, NOOR]);
  });

  it('adds notes without a place in the order of states, and orders two reports of one instant by their keys', async () => {
    const world = await atWork();
    const noted = { sourceKey: 'n1', occurredAt: minutes(50), text: 'Seen.' };
    expect(await world.signal(CASE, 'reported', noted, minutes(50))).toMatchObject({ outcome: 'accepted' });
    expect(await world.signal(CASE, 'reported', noted, minutes(51))).toMatchObject({ outcome: 'late' });
    await report(world, 'r2', 'resolved', 30, 52);
    expect(statusOf(world)).toBe('resolved');
    expect(await report(world, 'r1', 'open', 30, 53)).toMatchObject({ outcome: 'late' });
    await report(world, 'r3', 'workaround', 30, 54);
    expect(statusOf(world)).toBe('diagnosing');
  });

  it('resolves again what it had opened again unheard', async () => {
    const world = await atWork();
    await report(world, 'r1', 'closed', 20);
    await report(world, 'r2', 'resolved', 40);
    expect([statusOf(world), running(world)]).toEqual(['resolved', ['monitor']]);
  });

  it('opens again what we have closed, as long as that is possible', async () => {
    const world = await closed();
    const { at = 0 } = dataOf(world).closure ?? {};
    const after = (at - Date.parse(minutes(0))) / 60_000;
    expect(await report(world, 'r1', 'open', after - 1, after + 5)).toMatchObject({ outcome: 'late' });
    await report(world, 'r2', 'open', after + 1, after + 6);
    expect(statusOf(world)).toBe('queued');
    expect(recipients(world, 'page').at(-1)).toBe(NOOR);
    const over = await closed();
    await over.runTo('2027-02-01T09:00:00Z');
    expect(await report(over, 'r2', 'open', 100_000)).toMatchObject({ outcome: 'late' });
  });

  it('raises the priority whenever it says so, but not past our own lowering; a lower one is told to the owner', async () => {
    const says = async (world: TestWorld, to: string, occurred: number, at = occurred) => {
      const said = { sourceKey: `p${String(at)}`, occurredAt: minutes(occurred), to, reason: 'As there.' };
      return world.signal(CASE, 'priorityReported', said, minutes(at));
    };
    const world = await downgraded();
    expect(await says(world, 'P1', 35, 50)).toMatchObject({ event: 'supportCase.priorityDiffers' });
    expect(dataOf(world).priority).toBe('P3');
    await says(world, 'P2', 60);
    expect([dataOf(world).priority, dataOf(world).desk, statusOf(world)]).toEqual(['P2', 'senior', 'queued']);
    expect(await says(world, 'P2', 61)).toMatchObject({ outcome: 'late' });
    await says(world, 'P4', 62);
    expect(dataOf(world)).toMatchObject({ priority: 'P2', priorityOutside: { to: 'P4' } });
    expect(recipients(world, 'priorityDiffers').length).toBeGreaterThan(0);
    // What is resolved already keeps what it was.
    const low = await aCase({ ...OUTSIDE, priority: 'P3' });
    await report(low, 'r1', 'resolved', 30);
    await says(low, 'P1', 20, 40);
    expect([dataOf(low).priority, statusOf(low)]).toEqual(['P1', 'resolved']);
  });

  it('leaves a workaround to the End User’s consent', async () => {
    const world = await atWork();
    await report(world, 'r1', 'workaround', 20);
    expect(statusOf(world)).toBe('diagnosing');
    expect(dataOf(world).report).toMatchObject({ key: 'r1', state: 'workaround' });
    await along(world, WORKAROUND);
  });
});
