/** How each status of the web support tools is reached, on the example world. */
import type { Person } from '../../domain/kernel/directory.js';
import { exampleContract, type TestWorld } from '../support/world.js';
import { anActiveContract, done, JAN, KIM, MARIA, SAM, START, type Place } from './journeys.js';

export const NOA = 'noa-lind';
const DAY_1 = '2026-11-24T09:00:00Z';
const EVIDENCE = 'Listed in the portal.';

/** The tools of the example contract, `tls_1`, just started. */
export async function someTools(onboardingId: string | null = null): Promise<TestWorld> {
  const world = await anActiveContract();
  await done(world.start('supportTools', 'tls_1', { contractId: 'northwind-2026', onboardingId }, START));
  return world;
}

export async function act(
  world: TestWorld,
  command: string,
  payload: Record<string, unknown>,
  at: string,
  actor = SAM,
) {
  return world.command('tls_1', command, payload, at, actor);
}

export async function provisioned(): Promise<TestWorld> {
  const world = await someTools();
  const accounts = [
    { person: MARIA, login: 'mstone' },
    { person: JAN, login: 'jreed' },
  ];
  await done(act(world, 'recordProvisioned', { accounts }, DAY_1));
  return world;
}

export const PLAN = { startsAt: '2026-12-01T10:00:00+01:00', place: 'https://bridge.example/tools' };

export async function plannedIn(journey: () => Promise<TestWorld>): Promise<TestWorld> {
  const world = await journey();
  await done(act(world, 'planWalkthrough', PLAN, '2026-11-24T10:00:00Z'));
  return world;
}

export async function recordHeld(world: TestWorld, at: string, attendees = [MARIA, SAM]) {
  return done(act(world, 'recordWalkthrough', { heldAt: at, attendees, recording: 'Archive 4711' }, at));
}

/** The walkthrough was held, the portal is still to be linked. */
export async function walkedThrough(): Promise<TestWorld> {
  const world = await provisioned();
  await recordHeld(world, '2026-11-25T09:00:00Z');
  return world;
}

export async function inService(): Promise<TestWorld> {
  const world = await walkedThrough();
  await done(act(world, 'linkPortal', { evidence: EVIDENCE }, '2026-11-25T10:00:00Z'));
  return world;
}

type Contact = ReturnType<typeof exampleContract>['contacts'][number];

/** Amends the contract to these contacts; somebody new becomes known to the directory. */
export async function amendContacts(world: TestWorld, at: string, ...ids: readonly string[]) {
  const known = exampleContract().contacts;
  const [, model] = known;
  if (!model) throw new Error('The example contract has two contacts.');
  const contacts = ids.map((id): Contact => {
    const { deputy, ...contact } = known.find((one) => one.id === id) ?? {
      ...model,
      id,
      email: `${id}@northwind.example`,
    };
    return deputy !== undefined && ids.includes(deputy) ? { ...contact, deputy } : contact;
  });
  const people = world.directory.people as Record<string, Person>;
  for (const { id, zone, language } of contacts) {
    const reach = { zone, language, calendarId: null, deputyId: null, active: true };
    people[id] ??= { id, side: 'endUser', grants: [], ...reach };
  }
  await done(world.command('con_1', 'amend', exampleContract({ contacts }), at, KIM));
}

/** Noa has come, Jan has left, and there is a new tool. */
export async function someChanges(world: TestWorld, at = '2026-11-26T09:00:00Z'): Promise<TestWorld> {
  await amendContacts(world, at, MARIA, NOA);
  const tool = { key: 'labPortal', label: 'Lab portal', accounts: 'everyCaller' };
  await done(act(world, 'addTool', tool, at));
  return world;
}

export async function withChanges(): Promise<TestWorld> {
  return someChanges(await inService());
}

export async function changedBeforeTheLink(): Promise<TestWorld> {
  return someChanges(await walkedThrough());
}

export const supportToolsPlaces: readonly Place[] = [
  { slug: 'supportTools', status: 'preparing', name: 'started', world: () => someTools() },
  {
    slug: 'supportTools',
    status: 'preparing',
    name: 'with accounts and a walkthrough planned',
    world: () => plannedIn(provisioned),
  },
  { slug: 'supportTools', status: 'preparing', name: 'walked through, portal open', world: walkedThrough },
  {
    slug: 'supportTools',
    status: 'preparing',
    name: 'walked through, then people and tools changed',
    world: changedBeforeTheLink,
  },
  { slug: 'supportTools', status: 'inService', name: 'in service', world: inService },
  { slug: 'supportTools', status: 'inService', name: 'with people and tools changed', world: withChanges },
  {
    slug: 'supportTools',
    status: 'withdrawn',
    name: 'withdrawn, with accounts to remove',
    world: async () => {
      const world = await inService();
      await done(act(world, 'withdraw', { reason: 'Not needed.' }, '2026-11-26T09:00:00Z', KIM));
      return world;
    },
  },
];
