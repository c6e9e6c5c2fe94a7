/** Reminders of a day as one message: which wait for it, until when, and what it says of them. */
import { describe, expect, it } from '@jest/globals';
import { digestVariables, entriesOf, type DigestReminder } from '../../activities/effects/digest.js';
import type { MailContent } from '../../domain/kernel/state.js';
import { digestInstant, mailPolicy } from '../../domain/policy/mail.js';
import { exampleCalendar, examplePolicy, registry, type TestWorld } from '../support/world.js';
import { anOnboarding, done, JAN, released, SAM } from './journeys.js';

const berlin = exampleCalendar('berlin-office');
const AT_0830 = { digest: { at: '08:30' } };

async function anOnboardingWith(mail: typeof AT_0830 | { digest: null }): Promise<TestWorld> {
  return anOnboarding(undefined, { ...examplePolicy(), mail });
}
const mailsTo = (world: TestWorld, person: string) =>
  world.store.effects.flatMap(({ intent }) =>
    intent.kind === 'mail' && intent.content.recipient === person ? [intent] : [],
  );

describe('when the policy has one message a day', () => {
  it('the reminders of a day wait for its time, of whatever process; all others go as they did', async () => {
    const world = await anOnboardingWith(AT_0830);
    await world.runTo('2026-12-01T12:00:00Z');
    const reminders = mailsTo(world, SAM).filter(({ topic }) => topic !== undefined);
    const nextDay = reminders.filter(({ content }) => content.at > Date.parse('2026-11-30T00:00:00Z'));
    expect(nextDay.length).toBeGreaterThan(2);
    // The office opens at nine.
    for (const { notBefore, digest, content } of reminders) {
      expect(digest).toBe(true);
      expect(new Date(notBefore).toISOString()).toMatch(/T08:00:00/);
      expect(notBefore - content.at).toBeGreaterThan(0);
    }
    for (const one of mailsTo(world, SAM).filter(({ topic }) => topic === undefined))
      expect(one.digest).toBeUndefined();
  });

  it('what asks for an answer with a link of its own does not wait', async () => {
    const world = await anOnboardingWith(AT_0830);
    await released(world);
    await world.runTo('2026-12-10T12:00:00Z');
    const toJan = mailsTo(world, JAN).map(({ content, digest }) => [content.notice, digest]);
    expect(toJan).toContainEqual(['guideReminder', undefined]);
  });

  it('a note or a decision is no reminder', async () => {
    const world = await anOnboardingWith(AT_0830);
    await done(
      world.command('onb_1', 'askWaiver', { item: 'credits', reason: 'None.' }, '2026-11-24T10:00:00Z', SAM),
    );
    const asked = world.mailsOf('onb_1', 'waiverAsked').map(({ recipient }) => recipient);
    expect(asked).not.toEqual([]);
    for (const person of asked) {
      const [mail] = mailsTo(world, person).filter(({ content }) => content.notice === 'waiverAsked');
      expect(mail).toMatchObject({ notBefore: mail?.content.at });
    }
  });

  it('none are kept back where it has not', async () => {
    const world = await anOnboardingWith({ digest: null });
    await world.runTo('2026-12-15T12:00:00Z');
    expect(mailsTo(world, SAM).some(({ digest }) => digest)).toBe(false);
  });

  it.each(['8:30', '24:00', '08:60', 'morning'])('its time is a time of day, not %s', (at) => {
    expect(mailPolicy.safeParse({ digest: { at } }).success).toBe(false);
  });
});

describe('the instant of the digest', () => {
  // Berlin, Monday to Friday from nine to five; in December an hour ahead of UTC.
  it.each([
    [
      'before the office opens: when it opens',
      '08:30',
      'Europe/Berlin',
      '2026-11-30T06:00Z',
      '2026-11-30T08:00Z',
    ],
    ['within the office hours: then', '10:00', 'Europe/Berlin', '2026-11-30T06:00Z', '2026-11-30T09:00Z'],
    ['at that very instant: now', '10:00', 'Europe/Berlin', '2026-11-30T09:00Z', '2026-11-30T09:00Z'],
    ['after it: the next day', '10:00', 'Europe/Berlin', '2026-11-30T09:01Z', '2026-12-01T09:00Z'],
    [
      'on a Friday evening: on Monday at its time',
      '10:00',
      'Europe/Berlin',
      '2026-12-04T20:00Z',
      '2026-12-07T09:00Z',
    ],
    ['on a Saturday: the same', '10:00', 'Europe/Berlin', '2026-12-05T12:00Z', '2026-12-07T09:00Z'],
    ['over Christmas: when he is back', '10:00', 'Europe/Berlin', '2026-12-24T16:30Z', '2026-12-28T09:00Z'],
    [
      'after closing time: when it opens next',
      '18:00',
      'Europe/Berlin',
      '2026-11-30T10:00Z',
      '2026-12-01T08:00Z',
    ],
    ['in the zone of who gets it', '10:00', 'Europe/London', '2026-11-30T06:00Z', '2026-11-30T10:00Z'],
    [
      'over Easter and the change to summer time',
      '10:00',
      'Europe/Berlin',
      '2027-03-26T06:00Z',
      '2027-03-30T08:00Z',
    ],
  ])('%s', (_what, at, zone, decided, due) => {
    expect(digestInstant(Date.parse(decided), { at }, zone, berlin)).toBe(Date.parse(due));
  });
});

describe('what one message says', () => {
  const content = (at: number, notice = 'stageDue'): MailContent => ({
    ...{ notice, role: 'owner', recipient: SAM, instead: [], show: {}, link: null, urgent: false },
    at,
  });
  const reminder = (clock: string, at: number): DigestReminder => ({
    slug: 'onboarding',
    processId: 'onb_1',
    intent: { content: content(at), topic: `onb_1|stageDue|${clock}//1|${SAM}` },
    context: {
      customer: 'Northwind Logistics',
      headline: 'CP-2026-0417',
      ownerId: SAM,
      people: {
        [SAM]: {
          name: 'Sam Rivers',
          email: 'sam@provider.example',
          phone: null,
          zone: 'UTC',
          language: 'en',
        },
      },
    },
  });

  it('names each thing once: its newest reminder, and when the earlier ones of the same came up', () => {
    const all = [reminder('kickoff', 30), reminder('package', 20), reminder('kickoff', 10)];
    expect(entriesOf(all).map(({ newest, earlier }) => [newest.intent.content.at, earlier])).toEqual([
      [30, [10]],
      [20, []],
    ]);
  });

  it('gives each its reason, its link, its step and a way to answer', () => {
    const source = { registry, publicUrl: 'https://care.example' };
    const { entries, count, customer } = digestVariables(
      [reminder('kickoff', 10), reminder('package', 20)],
      source,
    );
    expect({ count, customer }).toEqual({ count: 2, customer: 'Northwind Logistics' });
    expect(entries).toMatchObject([
      {
        title: 'A step of the onboarding is due',
        step: 'Kickoff',
        role: 'Service manager',
        process: { title: 'Onboarding CP-2026-0417', url: 'https://care.example/processes/onb_1' },
        actions: [{ command: 'careplus next onb_1' }],
      },
      { step: 'Package out' },
    ]);
  });
});
