/** A process in which people write: their texts go into payload, data, headline, mails and answers. */
import { z } from 'zod';
import type { Registry } from '../../domain/kernel/advance.js';
import { notePayload } from '../../domain/kernel/common.js';
import { activeOnly } from '../../domain/kernel/directory.js';
import { define, rulesFor } from '../../domain/kernel/rules.js';
import { words } from '../../domain/kernel/words.js';

const said = z.object({ by: z.string(), text: z.string() });

const w = words({
  slug: 'onboarding',
  prefix: 'tlk',
  version: 1,
  title: 'Talk',
  summary: 'A process for tests in which people write.',
  source: 'none',
  data: z.strictObject({ guest: z.string(), title: z.string(), said: z.array(said) }),
  policy: z.object({}),
  lookups: {},
  calendars: ({ directory }) => ({ main: 'round', provider: directory.providerCalendarId }),
  statuses: { open: { label: 'Open', kind: 'open' }, done: { label: 'Done', kind: 'closed' } },
  roles: {
    owner: { label: 'Owner', who: ({ directory }) => activeOnly(directory, ['olga']) },
    guest: { label: 'Guest', who: ({ data, directory }) => activeOnly(directory, [data.guest]) },
  },
  owner: 'owner',
  notices: {
    heard: {
      label: 'Something was said',
      urgent: true,
      show: ({ data }) => ({ title: data.title, text: data.said.at(-1)?.text ?? '' }),
    },
  },
  clocks: {
    limit: {
      label: 'Limit',
      promise: false,
      calendar: 'main',
      steps: ['end'],
      marks: () => ({ end: { of: { amount: 10_000, unit: 'minutes' } } }),
      policyPath: 'limit',
    },
  },
  start: { label: 'Begin', payload: z.strictObject({ guest: z.string(), title: z.string() }), grants: [] },
  commands: {
    note: { label: 'Say', by: ['owner', 'guest'], payload: notePayload },
    finish: { label: 'Finish', by: ['owner', 'guest'], payload: z.strictObject({}) },
  },
  signals: {},
  refusals: {},
  headline: (data) => data.title,
  contractId: () => null,
});

const on = rulesFor(w);
const talk = define(w, [
  on.start({
    to: 'open',
    event: 'begun',
    init: ({ payload }) => ({ ...payload, said: [] }),
    clocks: { limit: 'start' },
  }),
  on.on.note({
    from: 'open',
    event: 'noted',
    set: {
      said: ({ data, payload, actor }) => [...data.said, { by: actor ?? '', text: payload.text }],
    },
    tell: { owner: 'heard', guest: 'heard' },
  }),
  on.on.finish({ from: 'open', to: 'done', event: 'finished' }),
  on.due.limit.end({ from: 'open', to: 'done', event: 'ended' }),
]);

/** Under a slug of the product, so that the product's own workflow drives it. */
export const talks: Registry = {
  definitions: { onboarding: talk },
  hashes: { onboarding: 'talk' },
  zoneData: 'test',
};
