/** A small process to measure the engine with: every step arms its clock anew; a second clock ticks when asked to. */
import { z } from 'zod';
import type { Registry } from '../domain/kernel/advance.js';
import { activeOnly } from '../domain/kernel/directory.js';
import { define, rulesFor } from '../domain/kernel/rules.js';
import { words } from '../domain/kernel/words.js';

const startPayload = z.strictObject({
  /** When the ticking begins, epoch milliseconds; 0: it does not tick. */
  tickFrom: z.number(),
  tickMinutes: z.number(),
});

const errandWords = words({
  slug: 'onboarding',
  prefix: 'prc',
  version: 1,
  title: 'Errand',
  summary: 'A process for measurements.',
  source: 'none',
  data: z.strictObject({ ...startPayload.shape, steps: z.number(), ticks: z.number() }),
  policy: z.object({}),
  lookups: {},
  calendars: ({ directory }) => ({ main: 'round', provider: directory.providerCalendarId }),
  statuses: {
    open: { label: 'Open', kind: 'open' },
    done: { label: 'Done', kind: 'closed' },
  },
  roles: { owner: { label: 'Owner', who: ({ directory }) => activeOnly(directory, ['olga']) } },
  owner: 'owner',
  notices: {},
  clocks: {
    limit: {
      label: 'Limit',
      promise: false,
      calendar: 'main',
      steps: ['end'],
      marks: () => ({ end: { of: { amount: 60 * 24 * 30, unit: 'minutes' } } }),
      policyPath: 'limit',
    },
    tick: {
      label: 'Tick',
      promise: false,
      calendar: 'main',
      steps: ['tick'],
      since: ({ data }) => data.tickFrom,
      marks: ({ data }) => ({
        tick: {
          of: { amount: data.tickMinutes, unit: 'minutes' },
          every: { amount: data.tickMinutes, unit: 'minutes' },
        },
      }),
      policyPath: 'tick',
    },
  },
  start: { label: 'Start', payload: startPayload, grants: [] },
  commands: {
    step: { label: 'Take a step', by: ['owner'], payload: z.strictObject({}) },
    finish: { label: 'Finish', by: ['owner'], payload: z.strictObject({}) },
  },
  signals: {},
  refusals: {},
  headline: () => 'errand',
  contractId: () => null,
});

const { start, on, due } = rulesFor(errandWords);
const init = ({ payload }: { payload: z.infer<typeof startPayload> }) => ({ ...payload, steps: 0, ticks: 0 });

const errand = define(errandWords, [
  start({
    when: ({ payload }) => payload.tickFrom > 0,
    to: 'open',
    event: 'started',
    init,
    clocks: { limit: 'start', tick: 'start' },
  }),
  start({ to: 'open', event: 'started', init, clocks: { limit: 'start' } }),
  on.step({
    from: 'open',
    event: 'stepped',
    set: { steps: ({ data }) => data.steps + 1 },
    clocks: { limit: 'restart' },
  }),
  on.finish({ from: 'open', to: 'done', event: 'finished' }),
  due.tick.tick({ from: 'open', event: 'ticked', set: { ticks: ({ data }) => data.ticks + 1 } }),
  due.limit.end({ from: 'open', to: 'done', event: 'expired' }),
]);

/** Under a slug of the product, so that the product's own workflow drives it. */
export const errands: Registry = {
  definitions: { onboarding: errand },
  hashes: { onboarding: 'errand' },
  zoneData: 'bench',
};
