/** A small process that has everything a store can be asked for: promise, ladder, pause, window, effects, defects. */
import { z } from 'zod';
import type { Registry } from '../../../domain/kernel/advance.js';
import { notePayload } from '../../../domain/kernel/common.js';
import { activeOnly } from '../../../domain/kernel/directory.js';
import { define, rulesFor } from '../../../domain/kernel/rules.js';
import { words } from '../../../domain/kernel/words.js';

const minutes = (amount: number) => ({ amount, unit: 'minutes' as const });

const parcelWords = words({
  slug: 'parcel',
  prefix: 'par',
  version: 1,
  title: 'Parcel',
  summary: 'A process for tests of the stores.',
  source: 'none',
  data: z.strictObject({
    title: z.string(),
    calendarId: z.string(),
    answers: z.number(),
    places: z.array(z.string()),
    delivered: z.number(),
    broken: z.boolean(),
    fragile: z.boolean(),
  }),
  policy: z.object({ answerMinutes: z.number(), ladderMinutes: z.number() }),
  lookups: { sealed: { schema: z.boolean() } },
  calendars: ({ data, directory }) => ({ main: data.calendarId, provider: directory.providerCalendarId }),
  statuses: {
    open: { label: 'Open', kind: 'open' },
    held: { label: 'Held', kind: 'open' },
    done: { label: 'Done', kind: 'closed' },
  },
  roles: {
    owner: { label: 'Owner', who: ({ directory }) => activeOnly(directory, ['olga']) },
    guest: { label: 'Guest', who: ({ directory }) => activeOnly(directory, ['gwen']) },
  },
  owner: 'owner',
  notices: {
    hello: { label: 'It has begun', urgent: true },
    late: { label: 'It is late', urgent: true },
  },
  clocks: {
    answer: {
      label: 'Answer',
      promise: true,
      calendar: 'main',
      steps: ['half', 'due'],
      marks: ({ policy }) => ({
        half: { of: minutes(policy.answerMinutes), percent: 50 },
        due: { of: minutes(policy.answerMinutes) },
      }),
      policyPath: 'answerMinutes',
    },
    ladder: {
      label: 'Ladder',
      promise: false,
      calendar: 'provider',
      steps: ['again'],
      marks: ({ policy }) => ({
        again: { of: minutes(policy.ladderMinutes), every: minutes(policy.ladderMinutes) },
      }),
      policyPath: 'ladderMinutes',
    },
    window: {
      label: 'Window after the end',
      promise: false,
      calendar: 'main',
      steps: ['close'],
      marks: () => ({ close: { of: minutes(60) } }),
      policyPath: 'window',
    },
  },
  start: {
    label: 'Send a parcel',
    payload: z.strictObject({
      title: z.string(),
      calendarId: z.string().default('round'),
      fragile: z.boolean().default(false),
    }),
    grants: [],
  },
  commands: {
    answer: { label: 'Answer', by: ['owner'], payload: z.strictObject({ text: z.string().max(20) }) },
    hold: { label: 'Hold', by: ['owner'] },
    release: { label: 'Release', by: ['owner'] },
    restart: { label: 'Start the ladder again', by: ['owner', 'guest'] },
    finish: { label: 'Finish', by: ['owner', 'guest'] },
    end: { label: 'End without a window', by: ['owner'] },
    child: { label: 'Send another one', by: ['owner'] },
    crash: { label: 'Meet a defect', by: ['owner'] },
    breakLadder: { label: 'Let the ladder meet a defect', by: ['owner'] },
    note: { label: 'Note', by: ['owner', 'guest'], payload: notePayload },
  },
  signals: {
    arrived: { label: 'It arrived somewhere', payload: z.strictObject({ place: z.string() }) },
    delivered: { label: 'A message was delivered' },
  },
  refusals: {
    sealed: { text: 'The parcel is sealed.', remedy: 'Break the seal.' },
    silent: { text: 'An answer says something.', remedy: 'Say something.' },
  },
  headline: (data) => data.title,
  contractId: () => null,
});

const { start, on, hear, due, guard, check } = rulesFor(parcelWords);
const notSealed = guard('sealed', ({ look }) => !look.sealed);
const says = check<{ text: string }>('silent', ({ payload }) => payload.text !== '');

export const parcel = define(parcelWords, [
  start({
    to: 'open',
    event: 'sent',
    init: ({ payload }) => ({ ...payload, answers: 0, places: [], delivered: 0, broken: false }),
    clocks: { answer: 'start', ladder: 'start' },
    tell: { guest: 'hello' },
  }),
  on.answer({
    from: 'open',
    event: 'answered',
    guards: [notSealed, says],
    set: { answers: ({ data }) => data.answers + 1 },
    clocks: { answer: 'meet' },
  }),
  on.hold({ from: 'open', to: 'held', event: 'held', clocks: { answer: 'pause', ladder: 'pause' } }),
  on.release({ from: 'held', to: 'open', event: 'released', clocks: { answer: 'resume', ladder: 'resume' } }),
  on.restart({ from: 'open', event: 'restarted', clocks: { ladder: 'restart', answer: 'restart' } }),
  on.finish({ from: ['open', 'held'], to: 'done', event: 'finished', clocks: { window: 'start' } }),
  on.end({ from: ['open', 'held'], to: 'done', event: 'ended' }),
  on.child({
    from: 'open',
    event: 'childSent',
    effects: [
      {
        kind: 'startProcess',
        slug: 'parcel',
        intent: 'child',
        once: ({ data }) => data.title,
        payload: ({ data }) => ({ title: `${data.title} again` }),
      },
    ],
  }),
  on.crash({ from: 'open', event: 'crashed', set: { answers: defect } }),
  on.breakLadder({ from: 'open', event: 'ladderBroken', set: { broken: true } }),
  hear.arrived({
    from: 'open',
    event: 'arrived',
    set: { places: ({ data, payload }) => [...data.places, payload.place] },
  }),
  hear.delivered({
    from: ['open', 'held', 'done'],
    event: 'delivered',
    set: { delivered: ({ data }) => data.delivered + 1 },
  }),
  due.answer.half({ from: ['open', 'held'], event: 'reminded', tell: { owner: 'late' } }),
  due.answer.due({ from: ['open', 'held'], event: 'missed', tell: { owner: 'late', guest: 'late' } }),
  due.ladder.again({
    from: ['open', 'held'],
    event: 'climbed',
    set: { answers: ({ data }) => (data.broken ? defect() : data.answers) },
    tell: { owner: 'late' },
  }),
  due.window.close({ from: 'done', event: 'closed' }),
]);

function defect(): number {
  throw new Error('This rule has a defect.');
}

export const registry: Registry = { definitions: { parcel }, hashes: { parcel: 'test' }, zoneData: 'test' };

/** The figures that the tests count with. */
export const policyBody = { answerMinutes: 20, ladderMinutes: 30 };
export const MINUTE = 60_000;
