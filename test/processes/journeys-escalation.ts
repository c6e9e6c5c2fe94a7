/** How each status of an escalation is reached, on the example world: a case opened on Tuesday, 24 November 2026 at 09:00. */
import type { Priority } from '../../domain/priority.js';
import { aCase, factsOf, withEscalations } from '../support/escalation-world.js';
import type { TestWorld } from '../support/world.js';
import { anActiveContract, done, MARIA, SAM, type Place } from './journeys.js';

export const NOOR = 'noor-dale';
export const OPENED = '2026-11-24T08:00:00Z';
export const CONSENT = { personId: 'maria-stone', evidence: 'Call of today.' };
/** What every escalation of the case is raised with. */
export const RAISED = { contractId: 'northwind-2026', caseId: 'cas_1', reason: 'The line is down.' };

export interface Raising {
  readonly priority?: Priority;
  readonly openedAt?: string;
  readonly at?: string;
  readonly source?: 'asked' | 'age';
}

/** The world of a case that can be escalated. */
export async function aWorld(priority: Priority = 'P1', openedAt = OPENED): Promise<TestWorld> {
  const world = withEscalations(await anActiveContract());
  factsOf(world).cases.set('cas_1', aCase(priority, openedAt));
  return world;
}

/** An escalation `esc_1` of the case, by default asked for by Noor in the name of Maria as soon as it is opened. */
export async function anEscalation(raising: Raising = {}): Promise<TestWorld> {
  const { priority = 'P1', openedAt = OPENED, at = openedAt, source = 'asked' } = raising;
  const world = await aWorld(priority, openedAt);
  const asked = source === 'asked';
  const payload = { ...RAISED, source, ...(asked ? { askedBy: MARIA } : {}) };
  await done(world.start('escalation', 'esc_1', payload, at, asked ? NOOR : null));
  return world;
}

/** Something that is no case: whether a window can be held. */
export async function aMatter(): Promise<TestWorld> {
  const world = withEscalations(await anActiveContract());
  const matter = { reference: 'upgrade 2027-1', text: 'The window is in doubt.' };
  const payload = { contractId: 'northwind-2026', category: 'readiness', matter, reason: 'No answer.' };
  await done(world.start('escalation', 'esc_1', payload, OPENED, SAM));
  return world;
}

export async function act(
  world: TestWorld,
  command: string,
  payload: Record<string, unknown>,
  at: string,
  actor = NOOR,
) {
  return world.command('esc_1', command, payload, at, actor);
}

/** Minutes after the opening of the case. */
export function after(minutes: number, from = OPENED): string {
  return new Date(Date.parse(from) + minutes * 60_000).toISOString();
}

export async function acknowledged(raising: Raising = {}): Promise<TestWorld> {
  const world = await anEscalation(raising);
  await done(act(world, 'acknowledge', {}, after(10, raising.at ?? raising.openedAt)));
  return world;
}

export async function setPlan(world: TestWorld, at: string, ownerId = NOOR) {
  const payload = { ownerId, action: 'Replace the card.', nextUpdateAt: after(30, at) };
  return done(act(world, 'setPlan', payload, at));
}

export async function inProgress(raising: Raising = {}): Promise<TestWorld> {
  const world = await acknowledged(raising);
  await setPlan(world, after(20, raising.at ?? raising.openedAt));
  return world;
}

export const WAIT = { of: 'endUser', owedBy: 'Network team', what: 'A trace.' };

export async function waiting(wait: Record<string, unknown> = {}, raising: Raising = {}) {
  const world = await inProgress(raising);
  await done(act(world, 'wait', { ...WAIT, ...wait }, after(30, raising.at ?? raising.openedAt)));
  return world;
}

export async function mitigated(raising: Raising = {}): Promise<TestWorld> {
  const world = await inProgress(raising);
  const payload = { workaround: 'The second line.' };
  await done(act(world, 'acceptWorkaround', payload, after(40, raising.openedAt), MARIA));
  return world;
}

export async function resolved(raising: Raising = {}): Promise<TestWorld> {
  const world = await inProgress(raising);
  await done(act(world, 'resolve', { rootCause: 'A card failed.' }, after(50, raising.openedAt)));
  return world;
}

export async function closed(raising: Raising = {}): Promise<TestWorld> {
  const world = await resolved(raising);
  await done(act(world, 'agreeClosure', {}, after(60, raising.openedAt), MARIA));
  return world;
}

export async function declined(raising: Raising = {}): Promise<TestWorld> {
  const world = await anEscalation(raising);
  await done(act(world, 'decline', { reason: 'It is a question.' }, after(10, raising.openedAt)));
  return world;
}

const then =
  (journey: () => Promise<TestWorld>, step: (world: TestWorld) => Promise<unknown>) => async () => {
    const world = await journey();
    await step(world);
    return world;
  };

export const escalationPlaces: readonly Place[] = [
  { slug: 'escalation', status: 'raised', name: 'raised', world: () => anEscalation() },
  { slug: 'escalation', status: 'raised', name: 'about no case', world: aMatter },
  {
    slug: 'escalation',
    status: 'raised',
    name: 'come by age, at level 1',
    world: then(
      () => anEscalation({ source: 'age' }),
      (world) => world.runTo(after(60)),
    ),
  },
  {
    slug: 'escalation',
    status: 'raised',
    name: 'at the top',
    world: then(anEscalation, (world) => world.runTo(after(48 * 60))),
  },
  { slug: 'escalation', status: 'acknowledged', name: 'acknowledged', world: () => acknowledged() },
  {
    slug: 'escalation',
    status: 'owned',
    name: 'owned',
    world: then(acknowledged, (world) => done(act(world, 'setOwner', { ownerId: NOOR }, after(15)))),
  },
  { slug: 'escalation', status: 'inProgress', name: 'in progress', world: () => inProgress() },
  {
    slug: 'escalation',
    status: 'inProgress',
    name: 'stood down',
    world: then(inProgress, (world) =>
      done(act(world, 'standDown', { reason: 'One device only.', consent: CONSENT }, after(30))),
    ),
  },
  { slug: 'escalation', status: 'awaitingEndUser', name: 'waiting for the End User', world: () => waiting() },
  {
    slug: 'escalation',
    status: 'awaitingDelivery',
    name: 'waiting for a delivery, paused',
    world: () => waiting({ of: 'delivery', pause: true, consent: CONSENT }),
  },
  { slug: 'escalation', status: 'mitigated', name: 'mitigated', world: () => mitigated() },
  { slug: 'escalation', status: 'resolved', name: 'resolved', world: () => resolved() },
  {
    slug: 'escalation',
    status: 'resolved',
    name: 'resolved, and the End User silent',
    world: then(resolved, (world) => world.runTo('2026-12-02T09:00:00Z')),
  },
  { slug: 'escalation', status: 'closed', name: 'closed', world: () => closed() },
  {
    slug: 'escalation',
    status: 'closed',
    name: 'closed without a report',
    world: () => closed({ priority: 'P3' }),
  },
  { slug: 'escalation', status: 'declined', name: 'declined', world: () => declined() },
  {
    slug: 'escalation',
    status: 'withdrawn',
    name: 'withdrawn',
    world: then(anEscalation, (world) =>
      done(act(world, 'withdraw', { reason: 'It went away.' }, after(5), MARIA)),
    ),
  },
];
