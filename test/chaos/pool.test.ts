/** T13: more slow requests than the API has connections. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { until } from '../engine/look.js';
import { cleanTime, report } from './measure.js';
import { size } from './size.js';
import { Stack } from './stack.js';

const POOL = 5;
const SIZE = size({
  small: { requests: 20, rounds: 1, testMs: 180_000 },
  full: { requests: 50, rounds: 5, testMs: 900_000 },
});
/** Whoever gets no connection is told so within this time; a machine that is slow in itself is allowed for. */
const REFUSED_WITHIN_MS = 1_200;
const RECOVERED_WITHIN_MS = 5_000;

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start({ CAREPLUS_DATABASE_POOL: String(POOL) });
  await stack.importContract('slow');
}, 240_000);
afterAll(async () => {
  await stack.stop();
}, 60_000);

const list = () => stack.ask('/v1/processes?limit=1');

/** While somebody holds the table, whoever reads it is slow. */
async function whileHeld(work: () => Promise<void>): Promise<void> {
  const holder = new pg.Client({ connectionString: stack.databaseUrl });
  await holder.connect();
  try {
    await holder.query('begin; lock table processes in access exclusive mode');
    await work();
  } finally {
    await holder.end();
  }
}

describe('an API with five connections and many slow requests', () => {
  it(
    'T13: refuses those that it cannot serve in time with Retry-After, and recovers',
    async () => {
      let refused = 0;
      for (let round = 0; round < SIZE.rounds; round += 1) {
        const clean = await cleanTime(async () => expect((await list()).status).toBe(200));
        const limit = REFUSED_WITHIN_MS + 4 * clean;
        const answers: {
          readonly status: number;
          readonly retryAfter: string | null;
          readonly ms: number;
        }[] = [];
        await whileHeld(async () => {
          await Promise.all(
            Array.from({ length: SIZE.requests }, async () => {
              const since = performance.now();
              const { status, retryAfter } = await list();
              answers.push({ status, retryAfter, ms: performance.now() - since });
            }),
          );
        });
        const recovery = await cleanTime(() =>
          until(
            'it serves again',
            async () => (await list()).status === 200,
            RECOVERED_WITHIN_MS + 4 * clean,
          ),
        );
        const away = answers.filter(({ status }) => status === 503);
        const slowest = Math.max(...away.slice(0, SIZE.requests - POOL).map(({ ms }) => ms));
        refused += away.length;
        report('T13', { requests: SIZE.requests, refused: away.length, slowest, clean, recovery });
        expect(answers.filter(({ status }) => status !== 503 && status !== 200)).toEqual([]);
        expect(away.filter(({ retryAfter }) => retryAfter === null)).toEqual([]);
        // Those that hold a connection wait for the lock; all others are told at once.
        expect(away.filter(({ ms }) => ms <= limit).length).toBeGreaterThanOrEqual(SIZE.requests - POOL);
      }
      expect(refused).toBeGreaterThanOrEqual(SIZE.rounds * (SIZE.requests - POOL));
      for (let request = 0; request < SIZE.requests; request += 1) expect((await list()).status).toBe(200);
    },
    SIZE.testMs,
  );
});
