/** A process that promises something, reminds of it again and again, and says other things once. */
import { z } from 'zod';
import type { Registry } from '../../domain/kernel/advance.js';
import { activeOnly } from '../../domain/kernel/directory.js';
import { define, rulesFor } from '../../domain/kernel/rules.js';
import { words } from '../../domain/kernel/words.js';

const promise = words({
  slug: 'onboarding',
  prefix: 'pro',
  version: 1,
  title: 'Promise',
  summary: 'Something was promised.',
  source: 'a process for tests',
  data: z.strictObject({ title: z.string() }),
  policy: z.object({}),
  lookups: {},
  calendars: ({ directory }) => ({ main: 'round', provider: directory.providerCalendarId }),
  statuses: {
    open: { label: 'Open', kind: 'open', waitsFor: 'provider' },
    kept: { label: 'Kept', kind: 'closed' },
  },
  roles: {
    owner: { label: 'Owner', who: ({ directory }) => activeOnly(directory, ['olga']) },
    guest: { label: 'Guest', who: ({ directory }) => activeOnly(directory, ['gwen']) },
  },
  owner: 'owner',
  notices: {
    begun: { label: 'It was promised', link: { command: 'keep', payload: () => ({}) } },
    stillDue: { label: 'It is due', reminder: true, show: ({ data }) => ({ title: data.title }) },
    alarm: { label: 'Look at once', urgent: true },
    kept: { label: 'It was kept' },
  },
  clocks: {
    keep: {
      label: 'Keep it',
      promise: true,
      calendar: 'main',
      steps: ['half', 'due', 'again'],
      marks: () => ({
        half: { of: { amount: 60, unit: 'minutes' }, percent: 50 },
        due: { of: { amount: 60, unit: 'minutes' } },
        again: { of: { amount: 90, unit: 'minutes' }, every: { amount: 30, unit: 'minutes' } },
      }),
      policyPath: 'keep',
    },
  },
  start: { label: 'Promise', payload: z.strictObject({ title: z.string() }), grants: [] },
  commands: {
    ring: { label: 'Raise the alarm', by: ['guest'], payload: z.strictObject({}) },
    keep: { label: 'Keep it', by: ['guest'], payload: z.strictObject({}) },
  },
  signals: {},
  refusals: {},
  headline: (data) => data.title,
  contractId: () => null,
});
const { start, on, due } = rulesFor(promise);
const tell = { owner: 'stillDue' } as const;

const definition = define(promise, [
  start({
    to: 'open',
    event: 'promised',
    init: ({ payload }) => payload,
    clocks: { keep: 'start' },
    tell: { guest: 'begun' },
  }),
  on.ring({ from: 'open', event: 'rung', tell: { owner: 'alarm' } }),
  on.keep({ from: 'open', to: 'kept', event: 'kept', clocks: { keep: 'meet' }, tell: { guest: 'kept' } }),
  due.keep.half({ from: 'open', event: 'reminded', tell }),
  due.keep.due({ from: 'open', event: 'missed', tell }),
  due.keep.again({ from: 'open', event: 'chased', tell }),
]);

/** Under a slug of the product, so that its workflows would drive it. */
export const promises: Registry = {
  definitions: { onboarding: definition },
  hashes: { onboarding: 'promise' },
  zoneData: 'test',
};
