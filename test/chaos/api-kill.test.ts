/** T4: the API is killed again and again while callers repeat what they were not answered. */
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { inLanes } from './crowd.js';
import { again, limitOf, report } from './measure.js';
import { size } from './size.js';
import { Stack } from './stack.js';
import type { Answer } from './stack.js';

const SIZE = size({
  small: { processes: 2, clients: 5, mutations: 30, pairs: 10, kills: 1, testMs: 240_000 },
  full: { processes: 20, clients: 20, mutations: 1_000, pairs: 100, kills: 8, testMs: 3_600_000 },
});
const KILL_AFTER_MS = 3_000;
/** An API starts, and a process that somebody held is let go. */
const RECOVERY_MS = 60_000;
const RETRY_MS = 200;

let stack: Stack;
const processes: string[] = [];
beforeAll(async () => {
  stack = await Stack.start();
  for (let index = 0; index < SIZE.processes; index += 1)
    processes.push(await stack.importContract(`chaos-${String(index)}`));
}, 300_000);
afterAll(async () => {
  await stack.stop();
}, 60_000);

interface Mutation {
  readonly key: string;
  readonly path: string;
  readonly text: string;
  readonly twice: boolean;
}

/** What a caller met on his way to an answer. */
const met = { broken: 0, later: 0, unavailable: 0 };

const send = ({ path, text, key }: Mutation): Promise<Answer> =>
  stack.ask(path, { method: 'POST', body: { text }, key });

/** The same under the same key until it is answered. */
async function answered(mutation: Mutation): Promise<Answer> {
  for (;;) {
    try {
      const answer = await send(mutation);
      if (answer.status === 200) return answer;
      if (answer.status === 202) met.later += 1;
      else if (answer.status === 503) met.unavailable += 1;
      else throw new Error(`${mutation.key}: ${answer.status} ${JSON.stringify(answer.body)}`);
    } catch (error) {
      // fetch says TypeError for every connection that is refused or breaks off.
      if (!['TypeError', 'TimeoutError'].includes((error as Error).name)) throw error;
      met.broken += 1;
    }
    await pause(RETRY_MS);
  }
}

const mutationOf = (name: string, index: number, pairs: number): Mutation => ({
  key: `${name}-${String(index)}`,
  path: `/v1/processes/${processes[index % processes.length] ?? ''}/commands/note`,
  text: `Note ${name} ${String(index)}`,
  twice: index < pairs,
});

/** How often each text was noted. */
async function noted(): Promise<ReadonlyMap<string, number>> {
  const rows = await stack.database.as('admin', {}, async (trx) =>
    trx.rows<{ text: string; times: number }>(
      `select d.fired #>> '{payload,text}' as text, count(*)::integer as times
         from events e join event_details d on d.event_id = e.id
        where e.event like '%.noted' group by 1`,
    ),
  );
  return new Map(rows.map(({ text, times }) => [text, times]));
}

describe('an API that is killed with -9', () => {
  it(
    'T4: does what it is asked once, and answers each repetition alike',
    async () => {
      const first = Array.from({ length: SIZE.mutations / 10 }, (_, index) => mutationOf('clean', index, 0));
      const since = performance.now();
      await inLanes(first, SIZE.clients, async (mutation) => void (await answered(mutation)));
      const limit = limitOf((performance.now() - since) * 10, RECOVERY_MS);

      const all: Mutation[] = [];
      const answers = new Map<string, Answer>();
      const unequal: string[] = [];
      let kills = 0;
      let working = true;
      const client = async (): Promise<void> => {
        while (all.length < SIZE.mutations || kills < SIZE.kills) {
          const mutation = mutationOf('chaos', all.length, SIZE.pairs);
          all.push(mutation);
          const both = await Promise.all(
            mutation.twice ? [answered(mutation), answered(mutation)] : [answered(mutation)],
          );
          if (both[0]) answers.set(mutation.key, both[0]);
          if (new Set(both.map(({ body }) => JSON.stringify(body))).size > 1) unequal.push(mutation.key);
        }
      };
      const work = Promise.all(Array.from({ length: SIZE.clients }, client)).finally(() => (working = false));
      // Each one lives for three seconds; the next one is killed while there is still something to do.
      const killing = again(
        async () => {
          if (!working) return false;
          await stack.api.kill();
          kills += 1;
          await stack.api.start();
          return true;
        },
        KILL_AFTER_MS,
        (_, passed) => working && passed < limit,
      );
      await Promise.all([work, killing]);
      report('T4', { mutations: all.length, kills, limit, took: performance.now() - since, ...met });
      expect(unequal).toEqual([]);
      expect(kills).toBeGreaterThanOrEqual(SIZE.kills);
      expect(met.broken).toBeGreaterThanOrEqual(kills);

      const times = await noted();
      expect(all.filter(({ text }) => times.get(text) !== 1)).toEqual([]);
      const replayed: string[] = [];
      await inLanes(all, SIZE.clients, async (mutation) => {
        const { status, body } = await answered(mutation);
        if (status !== 200 || JSON.stringify(body) !== JSON.stringify(answers.get(mutation.key)?.body))
          replayed.push(mutation.key);
      });
      expect(replayed).toEqual([]);
      expect(await noted()).toEqual(times);
      expect(await stack.problems(RECOVERY_MS)).toEqual([]);
    },
    SIZE.testMs,
  );
});
