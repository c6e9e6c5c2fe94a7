/** How each status of a case is reached, on the example world with a second senior engineer. */
import type { Data } from '../../domain/kernel/words.js';
import type { CaseData } from '../../domain/support-case/data.js';
import type { TestWorld } from '../support/world.js';
import { anActiveContract, done, expired, KIM, type Place } from './journeys.js';

/** Maria Stone, the primary contact: the constants of the other journeys do not stand yet while this file is read. */
export const CALLER = 'maria-stone';
export const NOOR = 'noor-dale';
/** The second engineer on duty. */
export const REMY = 'remy-frost';
export const TONI = 'toni-vale';
export const DANA = 'dana-hill';
export const CASE = 'cas_1';

/** Monday, 23 November 2026, 10:00 in Berlin. */
export const CALL_AT = '2026-11-23T09:00:00Z';
export const CALL = {
  contractId: 'northwind-2026',
  caller: { personId: CALLER },
  priority: 'P1',
  device: 'SN-4711',
  impact: 'The core router is down; nothing is dispatched.',
};
export const UNKNOWN = { name: 'Uwe Nord', phone: '+49 30 5550 299' };
export const EVIDENCE = 'Agreed on the bridge.';
const SUMMARY = 'Line card suspected; logs are collected; next step: replace it.';

/** An instant so many minutes after the call. */
export function minutes(count: number): string {
  return new Date(Date.parse(CALL_AT) + count * 60_000).toISOString();
}

export async function aDesk(world?: TestWorld): Promise<TestWorld> {
  const made = world ?? (await anActiveContract());
  Object.assign(made.directory.people, { [REMY]: { ...made.directory.people[NOOR], id: REMY } });
  return made;
}

export async function call(world: TestWorld, change: Data = {}, at = CALL_AT, id = CASE, actor = NOOR) {
  return world.start('supportCase', id, { ...CALL, ...change }, at, actor);
}

export async function act(world: TestWorld, command: string, payload: Data, at: string, actor = NOOR) {
  return world.command(CASE, command, payload, at, actor);
}

export function dataOf(world: TestWorld, id = CASE): CaseData {
  return world.stateOf(id).data as unknown as CaseData;
}

/** A case of the example contract, just opened. */
export async function aCase(change: Data = {}): Promise<TestWorld> {
  const world = await aDesk();
  await done(call(world, change));
  return world;
}

type Line = readonly [command: string, payload: Data, minute: number, actor?: string];

/** Takes a world along commands; each is a fact. */
export async function along(world: TestWorld, ...lines: readonly Line[]): Promise<TestWorld> {
  for (const [command, payload, minute, actor] of lines)
    await done(act(world, command, payload, minutes(minute), actor));
  return world;
}

const ACCEPT: Line = ['accept', {}, 4];
const DIAGNOSE: Line = ['startDiagnosis', {}, 6];
const waitOn = (on: string): Line => ['wait', { on, owes: CALLER, what: 'The logs.' }, 20];
export const WORKAROUND: Line = [
  'acceptWorkaround',
  { workaround: 'Traffic runs over the second router.', agreedBy: CALLER, evidence: EVIDENCE },
  60,
];
const RESOLVE: Line = ['resolve', { rootCause: 'The line card had failed.' }, 120];

export const engaged = async (change: Data = {}) => along(await aCase(change), ACCEPT);
export const diagnosing = async (change: Data = {}) => along(await engaged(change), DIAGNOSE);
export const awaiting = async (on: string, change: Data = {}) => along(await diagnosing(change), waitOn(on));
export const workedAround = async (change: Data = {}) => along(await diagnosing(change), WORKAROUND);
export const resolved = async (change: Data = {}) => along(await diagnosing(change), RESOLVE);
/** A case of the normal desk, taken by an engineer. */
export const taken = async () => along(await aCase({ priority: 'P3', source: 'api' }), ACCEPT);
export const settledP3 = async () => along(await taken(), RESOLVE);

export async function closurePending(change: Data = {}): Promise<TestWorld> {
  const world = await resolved(change);
  await world.runTo(minutes(120 + 24 * 60));
  return world;
}

export async function closed(change: Data = {}): Promise<TestWorld> {
  return along(await closurePending(change), ['consentClosure', { agreedBy: CALLER }, 1600, CALLER]);
}

export async function expiredContract(): Promise<TestWorld> {
  return aDesk(await expired());
}

/** After the end of the contract; the instants of the journeys lie before it. */
export const AFTER_END = '2028-11-02T09:00:00Z';

export async function refused(): Promise<TestWorld> {
  const world = await expiredContract();
  await done(call(world, { priority: 'P2' }, AFTER_END));
  return world;
}

export async function proposed(to = 'P3'): Promise<TestWorld> {
  return along(await diagnosing(), ['proposePriority', { to, reason: 'The impact is small.' }, 30]);
}

export async function downgraded(): Promise<TestWorld> {
  return along(await proposed(), ['agreePriority', { to: 'P3', agreedBy: CALLER }, 40, CALLER]);
}

const failedContact = (minute: number): Line => ['recordFailedContact', {}, minute];
export const notReached = async (change: Data = {}) =>
  along(await aCase(change), failedContact(5), failedContact(10), failedContact(15));

async function abandoned(): Promise<TestWorld> {
  const world = await notReached({ priority: 'P2', caller: UNKNOWN });
  return along(world, ['abandon', { reason: 'Three call-backs without an answer.' }, 20]);
}

async function overridden(): Promise<TestWorld> {
  const world = await aCase({ caller: UNKNOWN });
  return along(world, ['override', { reason: 'Known to the account team.' }, 20, KIM]);
}

const place = (status: string, name: string, world: () => Promise<TestWorld>): Place => ({
  slug: 'supportCase',
  status,
  name,
  id: CASE,
  world,
});

/** Places of a case; a function, since the journeys of all processes import each other. */
export function supportCasePlaces(): readonly Place[] {
  return [
    place('queued', 'P1 called', () => aCase()),
    place('queued', 'P1 of the API, provisional', () => aCase({ caller: UNKNOWN, source: 'api' })),
    place('queued', 'P3 of the API', () => aCase({ priority: 'P3', source: 'api' })),
    place('queued', 'overridden', overridden),
    place('received', 'P2 of an unknown caller', () => aCase({ priority: 'P2', caller: UNKNOWN })),
    place('rerouted', 'P3 at the Senior Desk', () => aCase({ priority: 'P3' })),
    place('sseEngaged', 'accepted', () => engaged()),
    place('sseEngaged', 'test call accepted', () => engaged({ test: true })),
    place('sseEngaged', 'handed over to the next', async () =>
      along(await engaged(), ['handOver', { to: REMY, summary: SUMMARY }, 30]),
    ),
    place('diagnosing', 'diagnosing', () => diagnosing()),
    place('diagnosing', 'with a lower priority proposed', () => proposed()),
    place('diagnosing', 'with a disputed priority', async () =>
      along(await proposed(), ['disputePriority', { reason: 'It is not small.' }, 40, CALLER]),
    ),
    place('diagnosing', 'with a dropped call', async () => along(await diagnosing(), ['recordDrop', {}, 10])),
    place('awaitingEndUser', 'waiting for the End User', () => awaiting('endUser')),
    place('awaitingEngineering', 'waiting for engineering', () => awaiting('engineering')),
    place('awaitingRma', 'waiting for a replacement', () => awaiting('rma')),
    place('workaround', 'worked around', () => workedAround()),
    place('downgraded', 'lowered to P3', downgraded),
    place('resolved', 'resolved', () => resolved()),
    place('closurePending', 'P1 watched for a day', () => closurePending()),
    place('closurePending', 'P3 resolved', settledP3),
    place('closurePending', 'P1 without an answer', async () => {
      const world = await closurePending();
      await world.runTo('2026-12-07T09:00:00Z');
      return world;
    }),
    place('closed', 'closed by consent', () => closed()),
    place('closed', 'closed before its entitlement was settled', () => closed({ caller: UNKNOWN })),
    place('abandoned', 'abandoned', abandoned),
    place('refused', 'P2 after the end of the contract', refused),
  ];
}
