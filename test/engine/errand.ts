/** A small process that has everything a runner meets: clocks, mails, children, parents, signals, a spin. */
import { z } from 'zod';
import type { Registry } from '../../domain/kernel/advance.js';
import { activeOnly } from '../../domain/kernel/directory.js';
import { define, rulesFor } from '../../domain/kernel/rules.js';
import type { Definition } from '../../domain/kernel/rules.js';
import { words } from '../../domain/kernel/words.js';
import { definitions } from '../../domain/processes.js';

const errandStart = z.strictObject({
  guest: z.string(),
  /** When it ends by itself. */
  limitMinutes: z.number(),
  /** How often its second clock ticks. */
  tickMinutes: z.number(),
  /** Started as a child of the other kind. */
  child: z.boolean().default(false),
  parentId: z.string().default(''),
  /** Starts a clock again that is due at once, for ever. */
  spin: z.boolean().default(false),
  /** A rule that throws: what a defect looks like. */
  broken: z.boolean().default(false),
});
export type ErrandStart = z.input<typeof errandStart>;

const errandData = z.strictObject({
  ...errandStart.shape,
  touches: z.number(),
  ticks: z.number(),
  delivered: z.number(),
  childrenDone: z.number(),
  failures: z.number(),
});

/** A text that no bundle of workflows may contain. */
export const DOMAIN_MARKER = 'Cover the process from every side';

/** More than a runner takes for a circle. */
export const CROWD = Array.from({ length: 110 }, (_, index) => `one${String(index)}`);

function errand(slug: string, childSlug: string): Definition {
  const w = words({
    slug,
    prefix: 'prc',
    version: 1,
    title: 'Errand',
    summary: DOMAIN_MARKER,
    source: 'a process for tests',
    data: errandData,
    policy: z.object({}),
    lookups: {},
    calendars: ({ directory }) => ({ main: 'round', provider: directory.providerCalendarId }),
    statuses: {
      open: { label: 'Open', kind: 'open' },
      done: { label: 'Done', kind: 'closed' },
    },
    roles: {
      owner: { label: 'Owner', who: ({ directory }) => activeOnly(directory, ['olga']) },
      guest: { label: 'Guest', who: ({ data, directory }) => activeOnly(directory, [data.guest]) },
    },
    owner: 'owner',
    notices: {
      hello: { label: 'It has begun', urgent: true, link: { command: 'touch', payload: () => ({}) } },
      goodbye: { label: 'It has ended', urgent: true },
    },
    clocks: {
      limit: {
        label: 'Limit',
        promise: false,
        calendar: 'main',
        steps: ['end'],
        marks: ({ data }) => ({ end: { of: { amount: data.limitMinutes, unit: 'minutes' } } }),
        policyPath: 'limit',
      },
      tick: {
        label: 'Tick',
        promise: false,
        calendar: 'main',
        steps: ['tick'],
        marks: ({ data }) => ({
          tick: {
            of: { amount: data.tickMinutes, unit: 'minutes' },
            every: { amount: data.tickMinutes, unit: 'minutes' },
          },
        }),
        policyPath: 'tick',
      },
      spin: {
        label: 'Spin',
        promise: false,
        calendar: 'main',
        steps: ['now'],
        marks: () => ({ now: { of: { amount: 0, unit: 'minutes' } } }),
        policyPath: 'spin',
      },
      soon: {
        label: 'Soon',
        promise: false,
        calendar: 'main',
        steps: ['bell'],
        marks: () => ({ bell: { of: { amount: 0.01, unit: 'minutes' } } }),
        policyPath: 'soon',
      },
      crowd: {
        label: 'One of a crowd',
        promise: false,
        calendar: 'main',
        keyed: true,
        steps: ['come'],
        marks: () => ({ come: { of: { amount: 0.01, unit: 'minutes' } } }),
        policyPath: 'crowd',
      },
    },
    start: { label: 'Start an errand', payload: errandStart, grants: [] },
    commands: {
      touch: { label: 'Touch it', by: ['guest'], payload: z.strictObject({}) },
      urge: { label: 'Touch it now', by: ['guest'], payload: z.strictObject({}), urgent: true },
      hurry: { label: 'Ring it soon', by: ['guest'], payload: z.strictObject({}) },
      crowd: { label: 'Let a crowd come at one instant', by: ['guest'], payload: z.strictObject({}) },
      spin: { label: 'Let it spin', by: ['guest'], payload: z.strictObject({}) },
      fail: { label: 'Meet the defect', by: ['guest'], payload: z.strictObject({}) },
      finish: { label: 'Finish it', by: ['guest'], payload: z.strictObject({}) },
    },
    signals: {
      delivered: { label: 'A message went out' },
      childDone: { label: 'A child has ended', payload: z.strictObject({ childId: z.string() }) },
    },
    refusals: {},
    headline: () => 'errand',
    contractId: () => null,
  });
  const on = rulesFor(w);
  const touch = { from: 'open', event: 'touched', set: { touches: counted('touches') } } as const;
  return define(w, [
    on.start({
      to: 'open',
      event: 'started',
      init: ({ payload }) => ({
        ...payload,
        touches: 0,
        ticks: 0,
        delivered: 0,
        childrenDone: 0,
        failures: 0,
      }),
      clocks: { limit: 'start', tick: 'start' },
      tell: { guest: 'hello' },
      effects: [
        {
          kind: 'startProcess',
          slug: childSlug,
          intent: 'child',
          when: ({ data }) => data.child,
          payload: ({ data, processId }) => ({
            guest: data.guest,
            limitMinutes: data.limitMinutes,
            tickMinutes: data.tickMinutes,
            parentId: processId,
          }),
        },
      ],
    }),
    on.on.touch(touch),
    on.on.urge(touch),
    on.on.spin({ from: 'open', event: 'spun', clocks: { spin: 'start' } }),
    on.on.hurry({ from: 'open', event: 'hurried', clocks: { soon: 'start' } }),
    on.on.crowd({ from: 'open', event: 'crowdCalled', clocks: { crowd: { start: () => CROWD } } }),
    on.on.fail({ from: 'open', event: 'failed', set: { failures: broken } }),
    on.on.finish({
      from: 'open',
      to: 'done',
      event: 'finished',
      tell: { guest: 'goodbye' },
      effects: [tellParent],
    }),
    on.hear.delivered({
      from: ['open', 'done'],
      event: 'delivered',
      set: { delivered: counted('delivered') },
    }),
    on.hear.childDone({
      from: ['open', 'done'],
      event: 'childDone',
      set: { childrenDone: counted('childrenDone') },
    }),
    on.due.tick.tick({ from: 'open', event: 'ticked', set: { ticks: counted('ticks') } }),
    on.due.soon.bell({ from: 'open', event: 'rangSoon' }),
    on.due.crowd.come({ from: 'open', event: 'came' }),
    on.due.spin.now({ from: 'open', event: 'spunAgain', clocks: { spin: 'restart' } }),
    on.due.limit.end({
      from: 'open',
      to: 'done',
      event: 'expired',
      tell: { guest: 'goodbye' },
      effects: [tellParent],
    }),
  ]);
}

type Counter = 'touches' | 'ticks' | 'delivered' | 'childrenDone';

function counted(field: Counter) {
  return ({ data }: { data: Record<Counter, number> }): number => data[field] + 1;
}

function broken(): number {
  throw new Error('a rule has a defect');
}

const tellParent = {
  kind: 'tellProcess',
  intent: 'done',
  signal: 'childDone',
  to: ({ data }: { data: { parentId: string } }) => (data.parentId === '' ? [] : [data.parentId]),
  payload: ({ processId }: { processId: string }) => ({ childId: processId }),
} as const;

/** Of errands that send a child; every other one would send a contract. */
const CHILDREN: Readonly<Record<string, string>> = { contract: 'onboarding', onboarding: 'document' };
const slugs = Object.keys(definitions);

/** The errand under the slugs of the product, so that the product's own workflows drive it. */
export const errands: Registry = {
  definitions: Object.fromEntries(slugs.map((slug) => [slug, errand(slug, CHILDREN[slug] ?? 'contract')])),
  hashes: Object.fromEntries(slugs.map((slug) => [slug, 'errand'])),
  zoneData: 'test',
};
