/** The same work on both stores gives the same events, effects, tasks and answers (T20 of the reliability tests). */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { redecide } from '../../db/audit/redecide.js';
import { verifyChain } from '../../db/audit/verify.js';
import type { EventRecord } from '../../domain/kernel/event.js';
import type { Work } from './support/bench.js';
import { memoryBench } from './support/memory-bench.js';
import { MINUTE, registry } from './support/parcel.js';
import { postgresBench, type PostgresBench } from './support/postgres-bench.js';
import { TENANT } from './support/world.js';

/** One thing that may happen to a parcel. */
type Move =
  | { readonly kind: 'work'; readonly work: Work }
  | { readonly kind: 'skip'; readonly minutes: number }
  | { readonly kind: 'steps'; readonly count: number };

const command = (name: string, payload: Work['payload'] = {}, actor = 'olga'): Work => ({
  kind: 'command',
  name,
  payload,
  actor,
});

const work: fc.Arbitrary<Work> = fc.oneof(
  fc
    .constantFrom('hold', 'release', 'restart', 'finish', 'end', 'child', 'unknown')
    .map((name) => command(name)),
  fc.constantFrom('', 'yes').map((text) => command('answer', { text })),
  fc.constantFrom('restart', 'finish', 'end').map((name) => command(name, {}, 'gwen')),
  fc
    .constantFrom('Oslo', 'Rome')
    .map((place): Work => ({ kind: 'signal', name: 'arrived', payload: { place } })),
  fc.integer({ min: 0, max: 6 }).map((expectedSeq) => ({ ...command('restart'), expectedSeq })),
  fc.boolean().map((internal) => command('note', { text: 'a note', internal })),
);

const move: fc.Arbitrary<Move> = fc.oneof(
  { weight: 5, arbitrary: work.map((one): Move => ({ kind: 'work', work: one })) },
  {
    weight: 2,
    arbitrary: fc.integer({ min: 1, max: 70 }).map((minutes): Move => ({ kind: 'skip', minutes })),
  },
  { weight: 3, arbitrary: fc.integer({ min: 1, max: 4 }).map((count): Move => ({ kind: 'steps', count })) },
);

/** The instant of recording is the only thing that two stores may tell differently. */
const comparable = (events: readonly EventRecord[]) => events.map((event) => ({ ...event, recordedAt: 0 }));

const RUNS = 25;
/** Nothing of a parcel lasts for more steps than this after its last move. */
const LAST_STEPS = 60;

let bench: PostgresBench;
beforeAll(async () => {
  bench = await postgresBench();
});
afterAll(async () => {
  await bench.close();
});

describe('the store of record and the store in memory', () => {
  it('write the same book for the same work', async () => {
    const seed = Number(process.env['TEST_SEED'] ?? Date.now() % 1_000_000);
    process.stdout.write(`model test: seed ${seed}\n`);
    let events = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(move, { minLength: 3, maxLength: 25 }), async (moves) => {
        events += await sameBook(moves);
      }),
      { seed, numRuns: RUNS, endOnFailure: true },
    );
    expect(events).toBeGreaterThan(RUNS * 3);
    expect((await verifyChain(bench.database, TENANT)).problems).toEqual([]);
    expect(await redecide(bench.database, registry, { tenantId: TENANT })).toMatchObject({
      differences: [],
      erased: 0,
    });
  });
});

/** Plays the moves on both; the accepted instants of the one are handed to the other. Gives the number of events. */
async function sameBook(moves: readonly Move[]): Promise<number> {
  const memory = memoryBench();
  const id = await bench.send('model');
  const [start] = await bench.inTenant(async (trx) =>
    trx.rows<{ id: string; at: Date }>('select id, accepted_at as at from inbox where process_id = :id', {
      id,
    }),
  );
  if (!start) throw new Error('The start was not accepted.');
  memory.open(id);
  memory.put(id, start.id, start.at.getTime(), { kind: 'start', name: 'start', payload: { title: 'model' } });
  const rows = [start.id];
  const step = async () => {
    const now = await bench.now();
    const [there, here] = [await bench.step(id, now), await memory.step(id, now)];
    expect({ ...there, effects: [] }).toEqual({ ...here, effects: [] });
    return there;
  };
  await step();
  for (const one of moves) {
    if (one.kind === 'skip') await bench.skip(one.minutes * MINUTE);
    else if (one.kind === 'steps') for (let n = 0; n < one.count; n += 1) await step();
    else {
      const taken = await bench.accept(id, one.work);
      memory.put(id, taken.inboxId, taken.acceptedAt, one.work);
      rows.push(taken.inboxId);
    }
  }
  let seq = -1;
  for (let n = 0; n < LAST_STEPS; n += 1) {
    const result = await step();
    if (result.seq === seq && !result.pending && Object.keys(result.answers).length === 0) break;
    seq = result.seq;
  }
  const events = await bench.events(id);
  expect(comparable(events)).toEqual(comparable(await memory.events(id)));
  const keys = async (of: typeof memory | PostgresBench) =>
    (await of.effects(id)).map((effect) => effect.key).sort();
  expect(await keys(bench)).toEqual(await keys(memory));
  const byId = <T extends { readonly id: string }>(all: readonly T[]) =>
    [...all].sort((a, b) => (a.id < b.id ? -1 : 1));
  expect(byId(await bench.tasks(id))).toEqual(byId(await memory.tasks(id)));
  expect(await bench.refusals(id)).toEqual(await memory.refusals(id));
  for (const row of rows) expect(await bench.answer(id, row)).toEqual(await memory.answer(id, row));
  return events.length;
}
