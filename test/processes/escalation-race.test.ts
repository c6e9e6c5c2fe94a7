/** T19: five hundred answers within 50 ms of the edge of each clock. The accepted instant decides, and both are recorded. */
import { describe, expect, it } from '@jest/globals';
import type { TestWorld } from '../support/world.js';
import { KIM, MARIA } from './journeys.js';
import { acknowledged, act, after, anEscalation, inProgress, NOOR, OPENED } from './journeys-escalation.js';

interface Edge {
  readonly clock: string;
  readonly key?: string;
  readonly journey: () => Promise<TestWorld>;
  /** Minutes after the opening of the case. */
  readonly minutes: number;
  readonly notice: string;
  readonly answer: (
    at: string,
  ) => readonly [command: string, payload: Record<string, unknown>, actor: string];
}

const soon = (at: string) => new Date(Date.parse(at) + 60_000).toISOString();

const edges: readonly Edge[] = [
  {
    clock: 'acknowledge',
    journey: anEscalation,
    minutes: 30,
    notice: 'acknowledgementMissed',
    answer: () => ['acknowledge', {}, NOOR],
  },
  {
    clock: 'plan',
    journey: acknowledged,
    minutes: 130,
    notice: 'planMissed',
    answer: (at) => ['setPlan', { ownerId: NOOR, action: 'Go on.', nextUpdateAt: soon(at) }, NOOR],
  },
  {
    clock: 'update',
    journey: inProgress,
    minutes: 80,
    notice: 'updateMissed',
    answer: () => ['postUpdate', { text: 'Nearly there.' }, NOOR],
  },
  {
    clock: 'accept',
    key: 'L1',
    journey: anEscalation,
    minutes: 90,
    notice: 'levelSilent',
    answer: () => ['accept', { level: 'L1' }, KIM],
  },
  {
    clock: 'restore',
    journey: inProgress,
    minutes: 240,
    notice: 'restoreMissed',
    answer: () => ['acceptWorkaround', { workaround: 'The second line.' }, MARIA],
  },
];
/** Milliseconds beside the mark: 101 for each of the five clocks. */
const offsets = Array.from({ length: 101 }, (_unused, index) => index - 50);

describe('an answer at the edge of a clock', () => {
  it.each(edges.map((edge) => [edge.clock, edge] as const))(
    '%s: is in time up to the mark itself; after it the mark comes first',
    async (_title, edge) => {
      const standing = await edge.journey();
      const outcomes = [];
      for (const offset of offsets) outcomes.push(await answered(standing.copy(), edge, offset));
      expect(outcomes).toEqual(
        offsets.map((offset) => ({ offset, accepted: true, missed: offset > 0, toldAfter: 0 })),
      );
    },
    120_000,
  );
});

async function answered(
  world: TestWorld,
  { clock, key = '', minutes, notice, answer }: Edge,
  offset: number,
) {
  const at = new Date(Date.parse(after(minutes, OPENED)) + offset).toISOString();
  const result = await act(world, ...withInstant(answer(at), at));
  const events = world.store.events.filter((event) => event.processId === 'esc_1');
  const own = events.find(({ operations }) =>
    operations.some((one) => one.op === 'met' && one.clock === clock && one.key === key),
  );
  const missed = events.find(({ operations }) =>
    operations.some((one) => one.op === 'missed' && one.clock === clock && one.key === key),
  );
  await world.runTo(soon(at));
  const told = world.store.events.filter(
    (event) => event.seq > (own?.seq ?? 0) && event.told.some((one) => one.notice === notice),
  );
  return {
    offset,
    accepted: result?.outcome === 'accepted' && own !== undefined,
    missed: missed !== undefined && missed.seq < (own?.seq ?? 0),
    toldAfter: told.length,
  };
}

function withInstant(
  [command, payload, actor]: ReturnType<Edge['answer']>,
  at: string,
): readonly [string, Record<string, unknown>, string, string] {
  return [command, payload, at, actor];
}
