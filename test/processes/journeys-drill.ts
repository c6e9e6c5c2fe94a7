/** How each status of a fire drill is reached, and its refusals: a drill begun on Tuesday, 24 November 2026 at 09:00. */
import { withEscalations } from '../support/escalation-world.js';
import type { TestWorld } from '../support/world.js';
import { aContract, anActiveContract, done, KIM, type Place } from './journeys.js';

export const DRILLED = '2026-11-24T08:00:00Z';
const CONTRACT = { contractId: 'northwind-2026' };

export async function aDrill(actor = KIM): Promise<TestWorld> {
  const world = withEscalations(await anActiveContract());
  await done(world.start('drill', 'drl_1', CONTRACT, DRILLED, actor));
  return world;
}

export function drillPlaces(): readonly Place[] {
  return [
    { slug: 'drill', status: 'running', name: 'running', world: () => aDrill() },
    {
      slug: 'drill',
      status: 'ended',
      name: 'over',
      world: async () => {
        const world = await aDrill();
        await done(world.command('drl_1', 'end', {}, '2026-11-24T08:30:00Z', KIM));
        return world;
      },
    },
  ];
}

export const drillRefusals: readonly (readonly [
  string,
  () => Promise<{ code?: string; outcome: string } | null>,
])[] = [
  ['DRILL_CONTRACT_NOT_ACTIVE', async () => (await aContract()).start('drill', 'drl_1', CONTRACT, DRILLED)],
  ['DRILL_ALREADY_RUNNING', async () => (await aDrill()).start('drill', 'drl_2', CONTRACT, DRILLED)],
];
