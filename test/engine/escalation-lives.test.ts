/**
 * The same generated escalations on the memory store and through real runners on Temporal with skipped time: equal events.
 * FC_SEED repeats one run; FULL=1 lives two thousand of them, LIVES=… as many as it says. A small run takes
 * neither the shortest nor the longest lives.
 */
import { describe, expect, it } from '@jest/globals';
import { seedOf } from '../time/seed.js';
import { liveInMemory, liveOnTemporal, storyInMemory, type Lived } from './escalation-lives.js';

const given = process.env['LIVES'] ?? (process.env['FULL'] ? '2000' : undefined);
const LIVES = Number(given ?? 2);
const [LEAST, MOST] = given === undefined ? [10, 30] : [0, Infinity];
/** One instant follows the other, so one lane leaves a core idle. */
const LANES = 2;
/** Lives that share a database and a worker. */
const AT_ONCE = 20;

/** Compares each life with what it was in memory; gives how many events were compared. */
async function compare(lives: readonly Lived[]): Promise<number> {
  const told = await liveOnTemporal(lives);
  let events = 0;
  for (const life of lives) {
    const { seed, processId } = life;
    const story = storyInMemory(life);
    expect({ seed, story: told.get(processId) }).toEqual({ seed, story });
    events += story.length;
  }
  return events;
}

describe('generated escalations', () => {
  it(
    'have equal events in memory and on Temporal',
    async () => {
      let seed = seedOf('lives of escalations');
      let left = LIVES;
      let events = 0;
      const since = performance.now();
      const lane = async (): Promise<void> => {
        while (left > 0) {
          const share = Math.min(left, AT_ONCE, Math.ceil(LIVES / LANES));
          left -= share;
          const lives: Lived[] = [];
          while (lives.length < share) {
            const life = await liveInMemory(seed++);
            const { length } = storyInMemory(life);
            if (length >= LEAST && length <= MOST) lives.push(life);
          }
          const compared = await compare(lives);
          events += compared;
        }
      };
      await Promise.all(Array.from({ length: LANES }, lane));
      const seconds = Math.round((performance.now() - since) / 1000);
      process.stdout.write(
        `${String(LIVES)} lives, ${String(events)} events: equal after ${String(seconds)} s\n`,
      );
      // Lives in which nothing happens prove nothing.
      expect(events).toBeGreaterThan(5 * LIVES);
    },
    60_000 + LIVES * 20_000,
  );
});
