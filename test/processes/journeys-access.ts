/** How each status of remote access and of its sessions is reached, on the example world. */
import type { Data } from '../../domain/kernel/words.js';
import type { TestWorld } from '../support/world.js';
import { anActiveContract, done, START, type Place } from './journeys.js';

// journeys.ts lists these places, so nothing of it is read before it stands.
const [SAM, ROBIN, KIM, MARIA] = ['sam-rivers', 'robin-lake', 'kim-field', 'maria-stone'] as const;
export const LEE = 'lee-ward';
export const TONI = 'toni-vale';
export const JAN_ADMIN = 'jan-reed';
export const AGREEMENT = {
  title: 'Agreement on remote access',
  sha256: 'a'.repeat(64),
  method: 'jumpHost',
  siteIds: ['northwind-berlin'],
  devices: ['edge-7'],
  engineers: [LEE, SAM],
  standingConsent: false,
  administrators: { provider: TONI, endUser: JAN_ADMIN },
};
export const ACTIVE_AT = '2026-12-01T10:00:00Z';

/** What a signer's command says, with evidence of his own unless another's is named. */
export function signatureBy(
  signer: string,
  text: { title?: string; version?: number; sha256?: string } = {},
) {
  const { title = AGREEMENT.title, version = 1, sha256 = AGREEMENT.sha256 } = text;
  return { title, version, sha256, evidence: { id: `sig_${signer}`, sha256: 'b'.repeat(64) } };
}

export async function anAccess(onboardingId: string | null = null, world?: TestWorld): Promise<TestWorld> {
  const made = world ?? (await anActiveContract());
  await done(made.start('remoteAccess', 'acc_1', { contractId: 'northwind-2026', onboardingId }, START, SAM));
  return made;
}

export async function access(world: TestWorld, name: string, payload: Data, at: string, actor: string) {
  return world.command(world.idOf('remoteAccess'), name, payload, at, actor);
}

type Line = readonly [command: string, payload: Data, at: string, actor: string];

/** The way to an active agreement, step by step. */
const way: Readonly<Record<string, Line>> = {
  draft: ['draft', AGREEMENT, '2026-11-24T09:00:00Z', SAM],
  legalReview: ['submit', {}, '2026-11-25T09:00:00Z', SAM],
  sentForSignature: ['passReview', { evidence: 'No objections.' }, '2026-11-26T09:00:00Z', ROBIN],
  counterSignPending: ['sign', signatureBy(MARIA), '2026-11-27T09:00:00Z', MARIA],
  signed: ['counterSign', signatureBy(KIM), '2026-11-30T09:00:00Z', KIM],
  tested: [
    'recordTest',
    { testedOn: '2026-12-01', passed: true, text: 'Logged in to the hub.' },
    '2026-12-01T09:00:00Z',
    LEE,
  ],
  active: ['activate', {}, ACTIVE_AT, SAM],
};

/** Goes the way as far as a status. */
export async function accessAt(status: keyof typeof way, from?: TestWorld): Promise<TestWorld> {
  const world = from ?? (await anAccess());
  for (const [reached, line] of Object.entries(way)) {
    await done(access(world, ...line));
    if (reached === status) return world;
  }
  throw new Error(`The way does not lead to ${String(status)}.`);
}

export const SESSION = {
  contractId: 'northwind-2026',
  caseNumber: '2026-1207-0001',
  siteId: 'northwind-berlin',
  devices: ['core-1'],
  engineerId: LEE,
  approverId: MARIA,
  purpose: 'Collect the state of the routing engine.',
  method: 'jumpHost',
  plannedEnd: '2026-12-07T12:00:00Z',
};
export const SESSION_AT = '2026-12-07T10:00:00Z';
export const LED = { ...SESSION, method: 'endUserScreenShare' };

export async function startSession(world: TestWorld, change: Data = {}, at = SESSION_AT, id = 'ses_1') {
  return world.start('accessSession', id, { ...SESSION, ...change }, at, LEE);
}

export async function aSession(change: Data = {}): Promise<TestWorld> {
  const world = await accessAt('active');
  await done(startSession(world, change));
  return world;
}

type Step = (world: TestWorld) => Promise<unknown>;
const after = (journey: () => Promise<TestWorld>, step: Step) => async () => {
  const world = await journey();
  await step(world);
  return world;
};
const at = (status: keyof typeof way) => () => accessAt(status);
const REASON = { reason: 'Our security does not allow it.' };

export const noteDeclared = after(anAccess, (world) =>
  done(access(world, 'declareNotRequired', { text: 'We share our screens.' }, '2026-11-24T09:00:00Z', SAM)),
);
/** The item of an onboarding, by its own process and the shortest way. */
export async function decideAccess(world: TestWorld, when = '2026-11-26T11:00:00Z'): Promise<void> {
  await done(access(world, 'declareNotRequired', { text: 'We share our screens.' }, when, SAM));
  await signNote(world, when);
}
export async function signNote(world: TestWorld, when = '2026-11-25T09:00:00Z') {
  const { note } = world.stateOf(world.idOf('remoteAccess')).data as {
    note: { title: string; version: number; sha256: string };
  };
  return done(access(world, 'sign', signatureBy(MARIA, note), when, MARIA));
}
/** After the time at which refusals are tried. */
export const TEST = { startsAt: '2028-01-10T10:00:00+01:00', place: 'https://bridge.example/access' };
export const testPlanned = after(at('signed'), (world) =>
  done(access(world, 'planTest', TEST, '2026-11-30T10:00:00Z', SAM)),
);
export const reviewDue = after(at('active'), (world) => world.runTo('2027-06-02T10:00:00Z'));
export const expired = after(at('active'), (world) => world.runTo('2027-12-01T10:00:00Z'));
export const extended = after(expired, (world) =>
  done(
    access(world, 'extend', { caseNumber: '7', reason: 'The hub is down.' }, '2027-12-01T11:00:00Z', MARIA),
  ),
);
export const revoked = after(at('active'), (world) =>
  done(access(world, 'revoke', REASON, '2026-12-07T10:00:00Z', MARIA)),
);
const ended = after(aSession, (world) =>
  done(world.command('ses_1', 'end', { changed: 'Nothing.' }, '2026-12-07T11:00:00Z', LEE)),
);
export const leftOpen = after(aSession, (world) =>
  done(world.command('con_1', 'terminate', { reason: 'Withdrawn.' }, '2026-12-07T10:30:00Z', KIM)),
);
/** Its successor is drafted while the agreement holds. */
const successor = after(at('active'), (world) =>
  done(access(world, 'draft', { ...AGREEMENT, method: 'vpn' }, '2026-12-02T10:00:00Z', SAM)),
);
export const successorSent = after(successor, async (world) => {
  await done(access(world, 'submit', {}, '2026-12-02T11:00:00Z', SAM));
  await done(access(world, 'passReview', { evidence: 'No objections.' }, '2026-12-02T12:00:00Z', ROBIN));
});

const place = (status: string, name: string, world: () => Promise<TestWorld>): Place => ({
  slug: 'remoteAccess',
  status,
  name,
  world,
});

export const accessPlaces: readonly Place[] = [
  place('notDecided', 'started', () => anAccess()),
  place('draft', 'drafted', at('draft')),
  place('legalReview', 'submitted', at('legalReview')),
  place('sentForSignature', 'sent', at('sentForSignature')),
  place('sentForSignature', 'with a note that none is required', noteDeclared),
  place('counterSignPending', 'signed by the End User', at('counterSignPending')),
  place('signed', 'signed by both', at('signed')),
  place('signed', 'with a test planned', testPlanned),
  place('tested', 'tested', at('tested')),
  place('active', 'active', at('active')),
  place(
    'active',
    'with an engineer who leaves',
    after(at('active'), (world) =>
      world.signal('acc_1', 'peopleLeft', { people: [LEE] }, '2026-12-02T10:00:00Z'),
    ),
  ),
  place('draft', 'drafted while its predecessor holds', successor),
  place('reviewDue', 'unused for half a year', reviewDue),
  place('expired', 'a year later', expired),
  place('extended', 'extended for an emergency', extended),
  place(
    'draft',
    'drafted during an extension',
    after(extended, (world) => done(access(world, 'draft', AGREEMENT, '2027-12-01T12:00:00Z', SAM))),
  ),
  place(
    'rejected',
    'rejected',
    after(at('sentForSignature'), (world) =>
      done(access(world, 'reject', REASON, '2026-11-27T09:00:00Z', MARIA)),
    ),
  ),
  place(
    'notRequired',
    'not required',
    after(noteDeclared, (world) => signNote(world)),
  ),
  place('revoked', 'revoked', revoked),
  place(
    'ended',
    'ended with the contract',
    after(at('active'), (world) =>
      done(world.command('con_1', 'terminate', { reason: 'Withdrawn.' }, '2026-12-02T09:00:00Z', KIM)),
    ),
  ),
  { slug: 'accessSession', status: 'running', name: 'running', world: () => aSession() },
  {
    slug: 'accessSession',
    status: 'overrun',
    name: 'past its planned end',
    world: after(aSession, (world) => world.runTo('2026-12-07T12:00:00Z')),
  },
  { slug: 'accessSession', status: 'ended', name: 'ended', world: ended },
  {
    slug: 'accessSession',
    status: 'leftOpen',
    name: 'left open by the end of the contract',
    world: leftOpen,
  },
  {
    slug: 'accessSession',
    status: 'ended',
    name: 'disputed',
    world: after(ended, (world) =>
      done(world.command('ses_1', 'dispute', { text: 'The filter too.' }, '2026-12-08T11:00:00Z', MARIA)),
    ),
  },
];
