/** How each status of each process is reached, on the example world. The beginning is Monday, 23 November 2026. */
import { exampleContract, examplePolicy, TestWorld } from '../support/world.js';
import { contactMatrixPlaces } from './journeys-contact-matrix.js';
import { escalationPlaces } from './journeys-escalation.js';
import { drillPlaces } from './journeys-drill.js';
import { documentPlaces } from './journeys-document.js';
import { supportCasePlaces } from './journeys-support-case.js';
import { supportToolsPlaces } from './journeys-support-tools.js';
import type { Slug } from '../../domain/processes.js';
import { accessPlaces } from './journeys-access.js';
import { handoverPlaces } from './journeys-handover.js';

export const KIM = 'kim-field';
export const SAM = 'sam-rivers';
export const ROBIN = 'robin-lake';
export const MARIA = 'maria-stone';
export const JAN = 'jan-reed';
/** On the staff, who reads everything and may do nothing: the auditor. */
export const STRANGER = 'jo-brook';

export const CONTRACT_DAY = '2026-11-23T08:00:00Z';
export const START = '2026-11-23T09:00:00Z';
export const VERSION_1 = { documentId: 'user-guide', version: 1, language: 'en' };
const NOTE = { kind: 'note', text: 'Agreed on the phone.' };

/** The contract file without a named service manager and backup. */
export function unstaffed(change: Record<string, unknown> = {}) {
  return exampleContract({ provider: { smManager: KIM, accountManager: 'alex-shore' }, ...change });
}

export async function aContract(file = exampleContract(), at = CONTRACT_DAY): Promise<TestWorld> {
  const world = new TestWorld();
  await done(world.start('contract', 'con_1', file, at));
  return world;
}

export async function anActiveContract(file = exampleContract(), at = CONTRACT_DAY): Promise<TestWorld> {
  const world = await aContract(file, at);
  await done(world.command('con_1', 'activate', { portalRegisteredOn: '2026-11-02' }, at, KIM));
  return world;
}

/** An onboarding `onb_1` that has just started; with a service manager its User Guide has started too. */
export async function anOnboarding(file = exampleContract(), policy = examplePolicy()): Promise<TestWorld> {
  const world = await anActiveContract(file);
  world.policy = policy;
  await done(world.start('onboarding', 'onb_1', { contractId: 'northwind-2026' }, START));
  return world;
}

export async function welcomed(): Promise<TestWorld> {
  const world = await anOnboarding();
  const payload = { contactedOn: '2026-11-24', medium: 'phone', summary: 'Introduced myself.' };
  await done(world.command('onb_1', 'recordWelcome', payload, '2026-11-24T10:00:00Z', SAM));
  return world;
}

export async function kickoffHeld(): Promise<TestWorld> {
  const world = await welcomed();
  await recordKickoff(world);
  return world;
}

export async function recordKickoff(world: TestWorld, at = '2026-11-25T10:00:00Z') {
  const payload = { heldOn: '2026-11-25', attendees: [MARIA, SAM], minutes: 'Walked through the checklist.' };
  return done(world.command('onb_1', 'recordKickoff', payload, at, SAM));
}

export async function settleItem(world: TestWorld, item: string, at = '2026-11-26T10:00:00Z') {
  const payload = { item, doneOn: '2026-11-26', evidence: NOTE };
  return done(world.command('onb_1', 'completeItem', payload, at, SAM));
}

/** Open items of one phase that a person attests, by the policy's order. */
export function itemsOf(world: TestWorld, phase: 'package' | 'live'): string[] {
  const { items } = world.stateOf('onb_1').data as {
    items: { key: string; phase: string; process: string | null; state: string }[];
  };
  return items
    .filter((item) => item.phase === phase && item.process === null && item.state === 'open')
    .map((item) => item.key);
}

export async function packageInProgress(): Promise<TestWorld> {
  const world = await kickoffHeld();
  await settleItem(world, 'contactMatrix');
  return world;
}

/** Every item of the package, the User Guide by its own process. */
export async function packageComplete(): Promise<TestWorld> {
  const world = await packageInProgress();
  await handOver(world);
  for (const item of itemsOf(world, 'package')) await settleItem(world, item, '2026-11-27T10:00:00Z');
  return world;
}

export async function live(): Promise<TestWorld> {
  const world = await packageComplete();
  for (const item of itemsOf(world, 'live')) await settleItem(world, item, '2026-11-30T10:00:00Z');
  await done(world.command('onb_1', 'goLive', {}, '2026-11-30T11:00:00Z', SAM));
  return world;
}

export async function objected(): Promise<TestWorld> {
  const world = await live();
  const payload = { item: 'contactMatrix', reason: 'Two names are wrong.' };
  await done(world.command('onb_1', 'object', payload, '2026-12-01T10:00:00Z', MARIA));
  return world;
}

export async function picked(world: TestWorld, at = '2026-11-24T09:00:00Z', version = VERSION_1) {
  await done(world.command(world.idOf('document'), 'pick', version, at, SAM));
  return world;
}

export async function released(world: TestWorld, at = '2026-11-24T10:00:00Z', version = VERSION_1) {
  await picked(world, at, version);
  await done(world.command(world.idOf('document'), 'release', {}, at, ROBIN));
  return world;
}

export async function acknowledge(world: TestWorld, recipient: string, at: string, version = 1) {
  return world.command(world.idOf('document'), 'acknowledge', { recipient, version }, at, recipient);
}

/** The item of the User Guide, by its own process. */
export async function handOver(world: TestWorld, at = '2026-11-26T11:00:00Z'): Promise<void> {
  const guide = world.idOf('document');
  await done(world.command(guide, 'pick', VERSION_1, at, SAM));
  await done(world.command(guide, 'release', {}, at, ROBIN));
  await done(acknowledge(world, MARIA, at));
}

/** Steps along a journey are facts: one that is refused is a defect of the journey. */
export async function done<T extends { outcome: string } | null>(answer: Promise<T>): Promise<T> {
  const value = await answer;
  if (value?.outcome !== 'accepted') throw new Error(`A step was refused: ${JSON.stringify(value)}`);
  return value;
}

export interface Place {
  readonly name: string;
  readonly slug: Slug;
  readonly status: string;
  /** Which process it is; without it the first of its kind. */
  readonly id?: string;
  readonly world: () => Promise<TestWorld>;
}

type Step = (world: TestWorld) => Promise<unknown>;
const after = (journey: () => Promise<TestWorld>, step: Step) => async () => {
  const world = await journey();
  await step(world);
  return world;
};

export const expired = after(anActiveContract, (world) => world.runTo('2028-11-01T00:00:00Z'));
export const lapsed = after(expired, (world) => world.runTo('2028-12-15T00:00:00Z'));
export const acknowledged = after(anOnboarding, async (world) => {
  await released(world);
  await done(acknowledge(world, MARIA, '2026-11-24T11:00:00Z'));
});
const reviewDue = after(acknowledged, (world) => world.runTo('2027-11-24T12:00:00Z'));
const noMail = (world: TestWorld) => (world.held = (effect) => effect.intent.kind === 'mail');

/** Every status of every process, and the further places in which a clock runs. */
const journeys: readonly Place[] = [
  { slug: 'contract', status: 'draft', name: 'imported', world: () => aContract() },
  { slug: 'contract', status: 'active', name: 'activated', world: () => anActiveContract() },
  {
    slug: 'contract',
    status: 'active',
    name: 'activated without staff',
    world: () => anActiveContract(unstaffed()),
  },
  {
    slug: 'contract',
    status: 'expiring',
    name: 'near its end',
    world: after(anActiveContract, (world) => world.runTo('2028-09-20T00:00:00Z')),
  },
  { slug: 'contract', status: 'expired', name: 'past its end', world: expired },
  { slug: 'contract', status: 'lapsed', name: 'past its renewal window', world: lapsed },
  {
    slug: 'contract',
    status: 'renewed',
    name: 'renewed',
    world: after(expired, (world) =>
      done(world.command('con_1', 'renew', { successorId: 'northwind-2028' }, '2028-11-02T09:00:00Z', KIM)),
    ),
  },
  {
    slug: 'contract',
    status: 'terminated',
    name: 'terminated',
    world: after(anActiveContract, (world) =>
      done(world.command('con_1', 'terminate', { reason: 'Withdrawn.' }, '2026-11-24T09:00:00Z', KIM)),
    ),
  },
  { slug: 'onboarding', status: 'new', name: 'without a manager', world: () => anOnboarding(unstaffed()) },
  { slug: 'onboarding', status: 'smAssigned', name: 'started', world: () => anOnboarding() },
  { slug: 'onboarding', status: 'welcomed', name: 'welcomed', world: welcomed },
  { slug: 'onboarding', status: 'kickoffHeld', name: 'after the kickoff', world: kickoffHeld },
  { slug: 'onboarding', status: 'packageInProgress', name: 'with one item done', world: packageInProgress },
  { slug: 'onboarding', status: 'packageComplete', name: 'with the package done', world: packageComplete },
  { slug: 'onboarding', status: 'packageComplete', name: 'objected to', world: objected },
  {
    slug: 'onboarding',
    status: 'packageInProgress',
    name: 'stalled, with a waiver asked',
    world: after(packageInProgress, async (world) => {
      const payload = { item: 'remoteAccess', reason: 'The End User refuses it.' };
      await done(world.command('onb_1', 'askWaiver', payload, '2026-11-27T10:00:00Z', SAM));
      await world.runTo('2027-02-01T00:00:00Z');
    }),
  },
  { slug: 'onboarding', status: 'live', name: 'live', world: live },
  {
    slug: 'onboarding',
    status: 'cancelled',
    name: 'cancelled',
    world: after(anOnboarding, (world) =>
      done(world.command('onb_1', 'cancel', { reason: 'Merged.' }, '2026-11-24T09:00:00Z', KIM)),
    ),
  },
  { slug: 'document', status: 'draft', name: 'started', world: () => anOnboarding() },
  { slug: 'document', status: 'internalReview', name: 'picked', world: after(anOnboarding, picked) },
  { slug: 'document', status: 'delivered', name: 'released', world: after(anOnboarding, released) },
  {
    slug: 'document',
    status: 'delivered',
    name: 'released, with no mail going out and a new caller',
    world: after(anOnboarding, async (world) => {
      noMail(world);
      await released(world);
      const payload = { callers: [MARIA, JAN, 'noa-lind'], primaryContacts: [MARIA] };
      await world.signal(world.idOf('document'), 'callersChanged', payload, '2026-11-25T09:00:00Z');
    }),
  },
  { slug: 'document', status: 'acknowledged', name: 'acknowledged', world: acknowledged },
  {
    slug: 'document',
    status: 'acknowledged',
    name: 'with a new version published',
    world: after(acknowledged, (world) =>
      world.signal(
        world.idOf('document'),
        'newVersion',
        { documentId: 'user-guide', version: 2 },
        '2026-11-25T09:00:00Z',
      ),
    ),
  },
  { slug: 'document', status: 'reviewDue', name: 'a year later', world: reviewDue },
  {
    slug: 'document',
    status: 'withdrawn',
    name: 'withdrawn',
    world: after(acknowledged, (world) =>
      done(
        world.command(
          world.idOf('document'),
          'withdraw',
          { reason: 'It has ended.' },
          '2026-11-25T09:00:00Z',
          KIM,
        ),
      ),
    ),
  },
  ...accessPlaces,
  ...handoverPlaces(),
  ...contactMatrixPlaces,
  ...documentPlaces(),
  ...supportToolsPlaces,
  ...escalationPlaces,
  ...supportCasePlaces(),
  ...drillPlaces(),
];

/** Each place is reached once in a test file; whoever asks gets a world of his own that stands there. */
export const places: readonly Place[] = journeys.map((place) => {
  let reached: Promise<TestWorld> | undefined;
  return {
    ...place,
    world: async () => {
      reached ??= place.world();
      return (await reached).copy();
    },
  };
});

/** The process of a place in its world. */
export function processAt(place: Place, world: TestWorld): string {
  return place.id ?? world.idOf(place.slug);
}
