/** How each status of a contact matrix is reached, on the example world. */
import type { ContactRow } from '../../domain/contact-matrix/contact-file.js';
import { exampleContract, type TestWorld } from '../support/world.js';
import { anActiveContract, done, JAN, KIM, MARIA, ROBIN, SAM, START, type Place } from './journeys.js';

export const MATRIX = 'mtx_1';
const AT = '2026-11-24T09:00:00Z';

type Fields = Partial<ContactRow>;

/** A row of the table; whoever has no phone of his own gets an invented one. */
export function row(id: string, fields: Fields = {}): ContactRow {
  return {
    id,
    side: 'endUser',
    role: 'operator',
    level: 'L0',
    name: id,
    phone: '+49 30 5550 900',
    email: `${id}@northwind.example`,
    zone: 'Europe/Berlin',
    language: 'en',
    hours: '24x7',
    authorisedCaller: false,
    mayApprove: [],
    ...fields,
  };
}

/** A matrix that has everybody it needs. */
export function rows(): ContactRow[] {
  const provider = (id: string, fields: Fields) =>
    row(id, { side: 'provider', role: 'dutyManager', email: `${id}@provider.example`, ...fields });
  return [
    row(MARIA, {
      level: 'L1',
      role: 'itManager',
      authorisedCaller: true,
      mayApprove: ['access', 'credits'],
      deputy: JAN,
      hours: 'berlin-office',
    }),
    row(JAN, { level: 'L0', authorisedCaller: true, deputy: MARIA }),
    row('lea-frost', { level: 'L2', role: 'director', mayApprove: ['window'] }),
    row('max-boyd', { level: 'L3', role: 'vicePresident' }),
    provider('lee-ward', { level: 'L0', role: 'onDutyEngineer' }),
    provider(SAM, { level: 'L1', role: 'serviceManager', deputy: ROBIN, hours: 'berlin-office' }),
    provider(ROBIN, { level: 'L1', role: 'serviceManager' }),
    provider('toni-vale', { level: 'L2' }),
    provider('dana-hill', { level: 'L3', role: 'supportDirector' }),
    provider(KIM, { level: 'L4', role: 'executive' }),
  ];
}

/** Puts into the world whom the matrix names besides the contacts of the contract. */
export function withMatrix(world: TestWorld): TestWorld {
  const people = world.directory.people as Record<string, object>;
  for (const id of ['lea-frost', 'max-boyd'])
    people[id] = { ...people[JAN], id, deputyId: null, language: 'en' };
  return world;
}

export async function aMatrix(): Promise<TestWorld> {
  const world = withMatrix(await anActiveContract(exampleContract()));
  await done(world.start('contactMatrix', MATRIX, { contractId: 'northwind-2026' }, START));
  return world;
}

export const act = (world: TestWorld, command: string, payload: object, at: string, actor: string) =>
  world.command(MATRIX, command, payload as Record<string, unknown>, at, actor);

export async function imported(
  world: TestWorld,
  contacts = rows(),
  at = AT,
  more: object = {},
): Promise<TestWorld> {
  await done(act(world, 'import', { contacts, ...more }, at, SAM));
  return world;
}

export async function shared(contacts = rows(), more: object = {}): Promise<TestWorld> {
  const world = await imported(await aMatrix(), contacts, AT, more);
  await done(act(world, 'share', {}, AT, SAM));
  return world;
}

/** Both sides agree to what is shared. */
export async function agreed(world: TestWorld, at = '2026-11-24T10:00:00Z'): Promise<TestWorld> {
  const { draft } = world.stateOf(MATRIX).data as { draft: { version: number } };
  await done(act(world, 'agree', { version: draft.version }, at, ROBIN));
  await done(act(world, 'agree', { version: draft.version }, at, MARIA));
  return world;
}

export async function inForce(contacts = rows()): Promise<TestWorld> {
  return agreed(await shared(contacts));
}

const after = (world: () => Promise<TestWorld>, step: (world: TestWorld) => Promise<unknown>) => async () => {
  const reached = await world();
  await step(reached);
  return reached;
};
const toThe = (world: () => Promise<TestWorld>, at: string) => after(world, (one) => one.runTo(at));
const slug = 'contactMatrix';
const DAY = '2026-11-25T09:00:00Z';

export const contactMatrixPlaces: readonly Place[] = [
  { slug, status: 'draft', name: 'started', world: aMatrix },
  { slug, status: 'sharedForReview', name: 'shared', world: () => shared() },
  {
    slug,
    status: 'agreed',
    name: 'agreed for later',
    world: after(
      () => shared(rows(), { from: '2026-12-01T00:00:00Z' }),
      (world) => agreed(world),
    ),
  },
  { slug, status: 'inForce', name: 'in force', world: () => inForce() },
  { slug, status: 'stale', name: 'stale', world: toThe(() => inForce(), '2027-03-20T00:00:00Z') },
  {
    slug,
    status: 'inForce',
    name: 'with a contact who ends',
    world: () => inForce([...rows(), row('ada-cole', { validTo: '2026-12-10' })]),
  },
  {
    slug,
    status: 'inForce',
    name: 'with a leaver reported',
    world: after(
      () => inForce(),
      (world) => done(act(world, 'reportLeaver', { personId: JAN }, DAY, MARIA)),
    ),
  },
  {
    slug,
    status: 'draft',
    name: 'with a joiner',
    world: after(
      () => inForce(),
      (world) => done(act(world, 'reportJoiner', { contact: row('noa-lind') }, DAY, MARIA)),
    ),
  },
  {
    slug,
    status: 'inForce',
    name: 'with somebody not reached',
    world: after(
      () => inForce(),
      (world) => done(act(world, 'callNotReached', { personId: JAN, about: 'case 4711' }, DAY, SAM)),
    ),
  },
  {
    slug,
    status: 'inForce',
    name: 'with a defect',
    world: after(
      () => inForce(),
      (world) => done(act(world, 'recordCall', { personId: JAN, outcome: 'notReached' }, DAY, SAM)),
    ),
  },
  { slug, status: 'inForce', name: 'with its test due', world: callDownDue },
  {
    slug,
    status: 'shared',
    name: 'served by another',
    id: 'mtx_2',
    world: after(aMatrix, (world) =>
      done(world.start('contactMatrix', 'mtx_2', { contractId: 'northwind-2026' }, AT)),
    ),
  },
  {
    slug,
    status: 'superseded',
    name: 'ended',
    world: after(
      () => inForce(),
      (world) => world.signal(MATRIX, 'contractEnded', {}, DAY),
    ),
  },
];

/** A year later; the matrix was re-confirmed each quarter. */
async function callDownDue(): Promise<TestWorld> {
  const world = await inForce();
  for (const at of [
    '2027-02-10T09:00:00Z',
    '2027-05-10T09:00:00Z',
    '2027-08-02T09:00:00Z',
    '2027-10-25T09:00:00Z',
  ]) {
    await done(act(world, 'confirm', { version: 1 }, at, ROBIN));
    await done(act(world, 'confirm', { version: 1 }, at, MARIA));
  }
  await world.runTo('2027-11-24T10:00:00Z');
  return world;
}
