/** Priority: raised at once, lowered by consent, disputes; what escalations are told (service spec §3 R4, §3a, §4.16). */
import { describe, expect, it } from '@jest/globals';
import { readsInstead } from '../support/case-world.js';
import type { TestWorld } from '../support/world.js';
import { done, JAN, MARIA, SAM } from './journeys.js';
import {
  aCase,
  act,
  along,
  CASE,
  dataOf,
  diagnosing,
  downgraded,
  minutes,
  NOOR,
  proposed,
  REMY,
  taken,
  TONI,
  workedAround,
} from './journeys-support-case.js';

const HOUR = 60;
const statusOf = (world: TestWorld) => world.stateOf(CASE).status;
const running = (world: TestWorld) =>
  world
    .stateOf(CASE)
    .clocks.map(({ name }) => name)
    .sort();
const dueOf = (world: TestWorld, clock: string) => {
  const dueAt = world.clockOf(CASE, clock)?.marks.find(({ step }) => step === 'due')?.dueAt;
  return dueAt == null ? null : new Date(dueAt).toISOString();
};
const recipients = (world: TestWorld, notice: string) =>
  world.mailsOf(CASE, notice).map(({ recipient }) => recipient);
const lower = async (world: TestWorld, to: string, minute: number) =>
  along(
    world,
    ['proposePriority', { to, reason: 'The impact is smaller.' }, minute],
    ['agreePriority', { to, agreedBy: MARIA }, minute, MARIA],
  );
describe('a raise', () => {
  it('in the queue counts the response from itself, and pages again without restarting the ladder', async () => {
    const world = await aCase({ priority: 'P2' });
    await done(act(world, 'raisePriority', { to: 'P1', reason: 'All of it is down.' }, minutes(8), MARIA));
    expect(dueOf(world, 'engage')).toBe(minutes(8 + 15));
    expect(dueOf(world, 'restore')).toBe(minutes(8 + 4 * HOUR));
    expect(recipients(world, 'page')).toEqual([NOOR, REMY, NOOR]);
    await world.runTo(minutes(10));
    expect(recipients(world, 'page')).toEqual([NOOR, REMY, NOOR, TONI]);
    expect(dataOf(world).priorityChanges).toEqual([
      {
        at: Date.parse(minutes(8)),
        from: 'P2',
        to: 'P1',
        askedBy: MARIA,
        agreedBy: null,
        reason: 'All of it is down.',
        evidence: null,
      },
    ]);
    expect(dataOf(world).definition).toContain('Critical');
  });

  it('of a case of the normal desk brings it to the Senior Desk', async () => {
    const world = await along(await taken(), ['raisePriority', { to: 'P2', reason: 'It spreads.' }, 60]);
    expect(statusOf(world)).toBe('queued');
    expect(running(world)).toEqual(['age', 'engage', 'page', 'restore']);
    expect(recipients(world, 'page')).toEqual([NOOR]);
    expect(dueOf(world, 'engage')).toBe(minutes(60 + 30));
    expect(dataOf(world).engineers).toMatchObject([{ personId: NOOR, leftAt: Date.parse(minutes(60)) }]);
  });

  it('of a workaround that no longer holds pages a senior engineer', async () => {
    const world = await lower(await workedAround(), 'P3', 90);
    expect(statusOf(world)).toBe('workaround');
    expect(running(world)).toEqual(['update']);
    await done(act(world, 'raisePriority', { to: 'P1', reason: 'The detour is down too.' }, minutes(100)));
    expect(statusOf(world)).toBe('queued');
    expect(dataOf(world)).toMatchObject({ workaround: null, restoredAt: null, desk: 'senior' });
  });
});

describe('a lowering', () => {
  it('needs the agreement of the End User, who is asked with a link', async () => {
    const world = await proposed();
    expect(world.mailsOf(CASE, 'lowerAsked')[0]).toMatchObject({
      recipient: MARIA,
      link: { command: 'agreePriority', payload: { to: 'P3', agreedBy: MARIA } },
    });
    expect(dataOf(world).priority).toBe('P1');
    const onThePhone = { to: 'P3', agreedBy: JAN, evidence: 'Agreed on the phone.' };
    await done(act(world, 'agreePriority', onThePhone, minutes(40)));
    expect(statusOf(world)).toBe('downgraded');
    expect(dataOf(world).priorityChanges).toMatchObject([
      { from: 'P1', to: 'P3', askedBy: NOOR, agreedBy: JAN, evidence: 'Agreed on the phone.' },
    ]);
  });

  it('to P3 hands the case to the Support Centre: nobody is paged, a first response in business hours', async () => {
    const world = await downgraded();
    expect(running(world)).toEqual(['age', 'respond', 'restore']);
    expect(dueOf(world, 'respond')).toBe(minutes(40 + 4 * HOUR));
    // Ten business days from the opening: the close of Monday, 7 December.
    expect(dueOf(world, 'restore')).toBe('2026-12-07T16:00:00.000Z');
    expect(dataOf(world).engineerId).toBeNull();
    await world.runTo(minutes(60));
    await done(act(world, 'accept', {}, minutes(70), REMY));
    expect(statusOf(world)).toBe('diagnosing');
  });

  it('from P1 to P2 in the queue counts thirty minutes from Queued, and the ladder runs on', async () => {
    const world = await lower(await aCase(), 'P2', 7);
    expect(statusOf(world)).toBe('queued');
    expect(dueOf(world, 'engage')).toBe(minutes(30));
    await world.runTo(minutes(10));
    expect(recipients(world, 'page')).toEqual([NOOR, REMY, TONI]);
  });
});

describe('a disputed priority', () => {
  it('is decided by the Duty Manager, and the dispute is kept in the audit', async () => {
    const world = await along(await proposed(), [
      'disputePriority',
      { reason: 'It is not small.' },
      40,
      MARIA,
    ]);
    expect(recipients(world, 'priorityDisputed')).toContain(TONI);
    await done(
      act(world, 'decidePriority', { lower: false, reason: 'The End User is right.' }, minutes(50), TONI),
    );
    expect(dataOf(world)).toMatchObject({ priority: 'P1', proposal: null, priorityChanges: [] });
    await along(
      world,
      ['proposePriority', { to: 'P2', reason: 'Half of it runs.' }, 60],
      ['disputePriority', { reason: 'It does not.' }, 65, MARIA],
      ['decidePriority', { lower: true, reason: 'The graphs show it.' }, 70, TONI],
    );
    expect(statusOf(world)).toBe('diagnosing');
    expect(dataOf(world)).toMatchObject({
      priority: 'P2',
      priorityChanges: [{ agreedBy: TONI, evidence: 'The graphs show it.' }],
    });
    expect(world.eventsOf(CASE).filter((event) => event === 'supportCase.priorityDisputed')).toHaveLength(2);
  });
});

describe('the special outage guideline', () => {
  it('in force is attached to a P1, at the call or with the raise, and named where somebody is paged', async () => {
    const guideline = { documentId: 'outage', version: 2, title: 'Outages', sha256: 'c'.repeat(64) };
    const world = await aCase({ priority: 'P2' });
    expect(dataOf(world)).toMatchObject({ outageGuideline: null });
    readsInstead(world, { guideline });
    await done(act(world, 'raisePriority', { to: 'P1', reason: 'All of it is down.' }, minutes(8), MARIA));
    expect(dataOf(world)).toMatchObject({ outageGuideline: guideline });
    expect(world.mailsOf(CASE, 'page').at(-1)?.show['outageGuideline']).toBe('Outages, version 2');
  });
});

describe('a P1 that is lowered at 3 h 50 min and raised again', () => {
  it('has the time of P1 from the raise; its escalation counts the time at P1 before', async () => {
    const world = await diagnosing();
    const reason = 'The outage is not understood.';
    const asked = { contractId: 'northwind-2026', caseId: CASE, reason };
    await done(world.start('escalation', 'esc_1', asked, minutes(60), SAM));
    await lower(world, 'P2', 3 * HOUR + 50);
    // From the opening, at the target of P2.
    expect(dueOf(world, 'restore')).toBe(minutes(24 * HOUR));
    expect(world.stateOf('esc_1').data).toMatchObject({ priority: 'P2' });
    await along(world, ['raisePriority', { to: 'P1', reason: 'It is down again.' }, 5 * HOUR]);
    expect(dueOf(world, 'restore')).toBe(minutes(9 * HOUR));
    expect(world.stateOf('esc_1').data).toMatchObject({ priority: 'P1' });
    // L2 after 4 h at P1, of which 3 h 50 min are spent; never before the acknowledgement target (service spec §3a).
    const level2 = world.clockOf('esc_1', 'level')?.marks.find(({ step }) => step === 'L2');
    expect(level2?.dueAt).toBe(Date.parse(minutes(5 * HOUR + 30)));
  });
});

describe('escalations of a case', () => {
  it('are told of every change of status and owner, each once', async () => {
    const world = await aCase();
    readsInstead(world, { escalations: ['esc_1'] });
    await along(
      world,
      ['accept', {}, 4],
      ['startDiagnosis', {}, 6],
      ['assign', { to: REMY, reason: 'Ill.' }, 10, TONI],
    );
    await done(act(world, 'resolve', { rootCause: 'The line card.' }, minutes(60), REMY));
    const told = world.store.effects.flatMap(({ intent }) =>
      intent.kind === 'tellProcess' && intent.content.signal === 'caseChanged'
        ? [intent.key.split('|')[2]]
        : [],
    );
    expect(told).toEqual(['changed.owner', 'changed.status', 'changed.owner', 'changed.status']);
  });
});
