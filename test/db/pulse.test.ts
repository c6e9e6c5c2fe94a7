/** The pulse of the store is no alarm while it is only busy. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { readRestoredMode } from '../../db/restore/mode.js';
import { StorePulse } from '../../db/restore/pulse.js';
import { postgresBench, type PostgresBench } from './support/postgres-bench.js';

let bench: PostgresBench;
beforeAll(async () => {
  bench = await postgresBench();
});
afterAll(async () => {
  await bench.close();
});

it('a store that many look at while others raise its pulse is not taken for an older one', async () => {
  const pulse = new StorePulse(bench.database);
  const looks: Promise<boolean>[] = [];
  for (let round = 0; round < 20; round += 1) {
    looks.push(...Array.from({ length: 8 }, () => pulse.alive()));
    await Promise.all(Array.from({ length: 4 }, () => pulse.beat()));
  }
  expect((await Promise.all(looks)).every(Boolean)).toBe(true);
  expect(await readRestoredMode(bench.database)).toBeNull();
});
