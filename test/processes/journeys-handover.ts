/** How each status of a hand-over is reached, on the example world: Sam hands over his contract to Robin. */
import type { TestWorld } from '../support/world.js';
import { anActiveContract, done, KIM, ROBIN, SAM, START, type Place } from './journeys.js';

export const HANDOVER = 'hnd_1';
export const GROUP = 'northwind-2026';
/** Tuesday, 24 November 2026, the opening of business in Berlin. */
export const BEGINS = '2026-11-24T08:00:00Z';
export const ENDS = '2026-12-15T08:00:00Z';

export const leaves = {
  from: 'sam-rivers',
  to: 'robin-lake',
  kind: 'leaves',
  effectiveAt: BEGINS,
  reason: 'Another post.',
};
export const absence = { ...leaves, kind: 'absence', until: ENDS, reason: 'Holiday.' };

/** Asks for a hand-over; gives the answer. */
export async function ask(world: TestWorld, payload: Record<string, unknown>, actor = KIM, id = HANDOVER) {
  return world.start(
    'handover',
    id,
    payload,
    new Date(Math.max(world.now, Date.parse(START))).toISOString(),
    actor,
  );
}

export async function aHandover(payload: Record<string, unknown> = leaves): Promise<TestWorld> {
  const world = await anActiveContract();
  await done(ask(world, payload));
  return world;
}

export async function begun(payload: Record<string, unknown> = leaves): Promise<TestWorld> {
  const world = await aHandover(payload);
  await world.runTo(BEGINS);
  return world;
}

export async function accept(world: TestWorld, at = '2026-11-24T09:00:00Z', actor = ROBIN) {
  return world.command(HANDOVER, 'accept', { group: GROUP }, at, actor);
}

/** Accepted, while no mail goes out: the End User is not told yet. */
export async function taken(payload: Record<string, unknown> = leaves): Promise<TestWorld> {
  const world = await begun(payload);
  world.held = ({ intent }) => intent.kind === 'mail';
  await done(accept(world));
  return world;
}

/** A function, because the journeys and these refer to each other. */
export function handoverPlaces(): readonly Place[] {
  // Where no mail goes out, a promise to tell the End User runs through all of its marks.
  return [
    from('planned', 'planned as an absence', () => aHandover(absence)),
    from('planned', 'planned', () => aHandover()),
    from('accepted', 'accepted, the End User not told', () => taken()),
    from('accepted', 'an absence that is accepted', () => taken(absence)),
    from('effective', 'begun', () => begun()),
    from('effective', 'begun as an absence, without a successor', () => begun({ ...absence, to: null })),
    from('ended', 'handed over', async () => {
      const world = await begun();
      await done(accept(world));
      return world;
    }),
    from('cancelled', 'a hand-over that was cancelled', async () => {
      const world = await aHandover();
      await done(world.command(HANDOVER, 'cancel', { reason: 'Moved.' }, '2026-11-23T10:00:00Z', SAM));
      return world;
    }),
  ];
}

function from(status: string, name: string, world: () => Promise<TestWorld>): Place {
  return { slug: 'handover', status, name, world };
}
