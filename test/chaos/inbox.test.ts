/** T17: whatever comes in comes in none to three times and in any order; the book is that of one sorted delivery. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { advanceProcess } from '../../activities/advance.js';
import type { Acceptance } from '../../db/store/types.js';
import { commandOf, newErrandId, openBench, startOf, TENANT } from '../engine/bench.js';
import type { Bench } from '../engine/bench.js';
import { violations } from '../engine/violations.js';
import { seedOf } from '../time/seed.js';
import { Chance } from './chance.js';
import { inLanes } from './crowd.js';
import { report } from './measure.js';
import { size } from './size.js';

const SIZE = size({
  small: { books: 8, testMs: 120_000 },
  full: { books: 300, testMs: 1_800_000 },
});
const EVENTS = 12;
const DELIVERIES_AT_MOST = 3;
/** Nothing of an errand lasts for more steps than this. */
const MOST_STEPS = 200;

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
});
afterAll(async () => {
  await bench.close();
});

/** Something that came from outside, with the instant at which it happened there. */
interface Inbound {
  readonly name: 'delivered' | 'childDone' | 'touch';
  readonly at: number;
  readonly key: string;
  readonly times: number;
}

function drawn(chance: Chance, now: number): readonly Inbound[] {
  return Array.from({ length: EVENTS }, (_, index) => ({
    name: chance.of('delivered', 'childDone', 'touch'),
    // In the past: what came late is taken at the instant at which it happened.
    at: now - (EVENTS - index) * 1_000,
    key: `source-${String(index)}`,
    times: chance.below(DELIVERIES_AT_MOST + 1),
  }));
}

function acceptanceOf(processId: string, { name, at, key }: Inbound): Acceptance {
  const asked = {
    ...commandOf(processId, name),
    key: { principal: 'source', value: `${processId}/${key}`, bodyHash: '' },
  };
  if (name === 'touch') return { ...asked, decidedAt: at };
  const payload = name === 'childDone' ? { childId: key } : {};
  return { ...asked, kind: 'signal', actor: null, payload, decidedAt: at };
}

/** Accepts, and counts how often it was known already. */
async function deliver(processId: string, events: readonly Inbound[], lanes: number): Promise<number> {
  let known = 0;
  await inLanes(events, lanes, async (event) => {
    for (;;) {
      const { kind } = await bench.deps.work.accept(acceptanceOf(processId, event));
      if (kind === 'busy') continue;
      if (kind !== 'accepted' && kind !== 'known') throw new Error(`${event.key}: ${kind}`);
      if (kind === 'known') known += 1;
      return;
    }
  });
  return known;
}

/** A process with its start accepted in the past, before everything that is delivered to it. */
async function begun(now: number): Promise<string> {
  const processId = newErrandId();
  const accepted = await bench.deps.work.accept({ ...startOf(processId), decidedAt: now - 3_600_000 });
  if (accepted.kind !== 'accepted') throw new Error(`not accepted: ${accepted.kind}`);
  return processId;
}

async function stepped(processId: string): Promise<void> {
  for (let step = 0; step < MOST_STEPS; step += 1) {
    const now = await bench.deps.clock.now();
    const { pending } = await advanceProcess(bench.deps, { tenantId: TENANT, processId, now, lastSeq: 0 });
    if (!pending) return;
  }
  throw new Error(`${processId} does not come to rest.`);
}

/** Everything that the store tells of a process, without its ids and without when it was written down. */
async function bookOf(processId: string): Promise<unknown> {
  return bench.database.as('step', { tenant: TENANT }, async (trx) => {
    const parts = {
      process: 'select status, seq, closed, over, data, owner_id from processes where id = :processId',
      events: `select seq, event, from_status, to_status, trigger, actor, ms(at)::float8 as at
         from events where process_id = :processId order by seq`,
      inbox: `select kind, name, payload, replace(key_value, :processId, '') as key, state, answer ->> 'outcome' as outcome
         from inbox where process_id = :processId order by accepted_at`,
      effects: `select replace(key, :processId, '') as key, kind, state from effects
         where process_id = :processId order by 1`,
      clocks: `select name, key, run, outcome, ms(due_at)::float8 as due, ms(started_at)::float8 as started
         from clocks where process_id = :processId order by name, key, run`,
      tasks: 'select kind, label, command from tasks where process_id = :processId order by 1, 2, 3',
    };
    const book: Record<string, unknown> = {};
    for (const [name, sql] of Object.entries(parts)) book[name] = await trx.rows(sql, { processId });
    return JSON.parse(JSON.stringify(book).replaceAll(processId, 'prc')) as unknown;
  });
}

describe('an inbox to which everything comes twice, late, disordered or not at all', () => {
  it(
    'T17: gives the book of one delivery of each in the order in which it happened',
    async () => {
      const chance = new Chance(seedOf('T17'));
      let [doubled, lost, known] = [0, 0, 0];
      for (let book = 0; book < SIZE.books; book += 1) {
        const now = await bench.deps.clock.now();
        const events = drawn(chance, now);
        const [wild, tame] = [await begun(now), await begun(now)];
        const deliveries = events.flatMap((event) => Array.from({ length: event.times }, () => event));
        known += await deliver(wild, chance.shuffled(deliveries), 3);
        await deliver(
          tame,
          events.filter(({ times }) => times > 0),
          1,
        );
        await stepped(wild);
        await stepped(tame);
        expect(await bookOf(wild)).toEqual(await bookOf(tame));
        // What is delivered again after it was decided changes nothing either.
        const before = await bookOf(wild);
        known += await deliver(wild, chance.shuffled(deliveries), 3);
        await stepped(wild);
        expect(await bookOf(wild)).toEqual(before);
        doubled += deliveries.length - events.filter(({ times }) => times > 0).length;
        lost += events.filter(({ times }) => times === 0).length;
      }
      report('T17', { books: SIZE.books, doubled, lost, known });
      expect(doubled).toBeGreaterThan(SIZE.books);
      expect(lost).toBeGreaterThan(SIZE.books);
      expect(known).toBeGreaterThan(doubled);
      const left = (await violations(bench)).filter((found) => !/effect|runner/i.test(found));
      expect(left).toEqual([]);
    },
    SIZE.testMs,
  );
});
