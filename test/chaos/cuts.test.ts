/** T9: every connection between the parts is slow, sliced, cut or silent for a while, one after another. */
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { acceptCommand, openBench, startErrand } from '../engine/bench.js';
import { childPlan, Workers } from '../engine/child.js';
import { until, untilNone } from '../engine/look.js';
import { violations } from '../engine/violations.js';
import { startSmtpReceiver } from '../mail/smtp-receiver.js';
import { startProxyFor } from '../support/proxy.js';
import type { Proxy, ProxyMode } from '../support/proxy.js';
import { seedOf } from '../time/seed.js';
import { Chance } from './chance.js';
import { Crowd, mailProblems, receivedByKey } from './crowd.js';
import { cleanTime, limitOf, report } from './measure.js';
import { size } from './size.js';
import { Stack } from './stack.js';
import type { Answer, Edges } from './stack.js';

const MODES: readonly ProxyMode[] = [
  { kind: 'latency', ms: 300 },
  { kind: 'slice', bytes: 7 },
  { kind: 'reset' },
  { kind: 'blackhole' },
  { kind: 'refuse' },
];
/** Mail servers have a test of their own: what these processes send may wait for office hours. */
const EDGES: readonly (keyof Edges)[] = [
  'workerToPostgres',
  'workerToTemporal',
  'apiToPostgres',
  'apiToTemporal',
];
/** Whoever was refused by a mail server is tried again after half a minute: too long for the small size. */
const MAIL_MODES = size<readonly ProxyMode[]>({
  small: [{ kind: 'slice', bytes: 7 }],
  full: [{ kind: 'latency', ms: 300 }, { kind: 'slice', bytes: 7 }, { kind: 'reset' }, { kind: 'blackhole' }],
});
/** In small each edge once, with a mode that the seed chooses; in full each edge with each mode. */
const SIZE = size({
  small: { modes: 1, cutMs: 2_000, contracts: 2, testMs: 300_000 },
  full: { modes: MODES.length, cutMs: 10_000, contracts: 10, testMs: 3_600_000 },
});
/** A mail server that was away is tried again after this time; then what waited goes out, and everybody sends. */
const PROBED_AFTER_MS = 30_000;
/** A message that was deferred comes after half a minute, and after a minute when it was deferred again. */
const SETTLED_WITHIN_MS = 180_000;
const CLAIM_MS = 8_000;
/** After an edge has healed, a request is decided and answered again within this time on a machine that is not slow itself. */
const RECOVERED_WITHIN_MS = 15_000;
const CALLERS = 3;
const RETRY_MS = 200;

let stack: Stack;
const processes: string[] = [];

const wanted: string[] = [];
let unanswered = 0;

function note(text: string): Promise<Answer> {
  const process = processes[wanted.indexOf(text) % processes.length] ?? '';
  const path = `/v1/processes/${process}/commands/note`;
  return stack.ask(path, {
    method: 'POST',
    body: { text },
    key: text.replaceAll(' ', '-'),
    withinMs: 10_000,
  });
}

/** The same under the same key until it is decided. */
async function decided(text: string): Promise<void> {
  wanted.push(text);
  for (;;) {
    try {
      const { status, body } = await note(text);
      if (status === 200) return;
      if (status !== 202 && status !== 503) throw new Error(`${text}: ${status} ${JSON.stringify(body)}`);
    } catch (error) {
      // fetch says TypeError for every connection that is refused or breaks off.
      if (!['TypeError', 'TimeoutError'].includes((error as Error).name)) throw error;
    }
    unanswered += 1;
    await pause(RETRY_MS);
  }
}

/** Callers go on for as long as the edge is ill; gives how long a new request takes once it is well again. */
async function cut(proxy: Proxy, mode: ProxyMode, name: string): Promise<number> {
  let ill = true;
  const callers = Array.from({ length: CALLERS }, async (_, caller) => {
    for (let sent = 0; ill; sent += 1) await decided(`${name} ${String(caller)} ${String(sent)}`);
  });
  await proxy.set(mode);
  await pause(SIZE.cutMs);
  await proxy.set({ kind: 'pass' });
  const recovery = await cleanTime(() => decided(`${name} after`));
  ill = false;
  await Promise.all(callers);
  return recovery;
}

async function notedTimes(): Promise<ReadonlyMap<string, number>> {
  const rows = await stack.database.as('admin', {}, async (trx) =>
    trx.rows<{ text: string; times: number }>(
      `select d.fired #>> '{payload,text}' as text, count(*)::integer as times
         from events e join event_details d on d.event_id = e.id
        where e.event like '%.noted' group by 1`,
    ),
  );
  return new Map(rows.map(({ text, times }) => [text, times]));
}

describe('connections that are slow, sliced, cut or silent', () => {
  let chance: Chance;
  beforeAll(async () => {
    chance = new Chance(seedOf('T9'));
    stack = await Stack.start();
    for (let index = 0; index < SIZE.contracts; index += 1)
      processes.push(await stack.importContract(`cut-${String(index)}`));
  }, 300_000);
  afterAll(async () => {
    await stack.stop();
  }, 90_000);

  it(
    'T9: lose and double nothing, and serve again soon after they have healed',
    async () => {
      const slow: string[] = [];
      let disturbed = 0;
      const limit = limitOf(await cleanTime(() => decided('clean')), RECOVERED_WITHIN_MS);
      for (const edge of EDGES) {
        for (const mode of chance.shuffled(MODES).slice(0, SIZE.modes)) {
          const proxy = stack.edges[edge];
          const before = { ...proxy.counts };
          const recovery = await cut(proxy, mode, `${edge} ${mode.kind}`);
          const harm = proxy.counts.disturbed + proxy.counts.resets - before.disturbed - before.resets;
          report(`T9 ${edge} ${mode.kind}`, { recovery, harm });
          disturbed += harm;
          if (recovery > limit) slow.push(`${edge} ${mode.kind}: ${String(Math.round(recovery))} ms`);
        }
      }
      report('T9', { requests: wanted.length, unanswered, disturbed });
      expect(slow).toEqual([]);
      const times = await notedTimes();
      expect(wanted.filter((text) => times.get(text) !== 1)).toEqual([]);
      expect(await stack.problems(SETTLED_WITHIN_MS)).toEqual([]);
    },
    SIZE.testMs,
  );
});

describe('a mail server that is slow, sliced, cut or silent', () => {
  it(
    'T9: gets each message at most once, and new ones soon after it has healed',
    async () => {
      const bench = await openBench();
      const receiver = await startSmtpReceiver();
      const proxy = await startProxyFor(receiver.url);
      const plan = await childPlan(bench, { smtpUrl: proxy.through(receiver.url), claimMs: CLAIM_MS });
      const workers = new Workers(plan, 1);
      await workers.start();
      try {
        const crowd = new Crowd(bench);
        /** How long it takes from the start of a process to the message that it sends. */
        const oneMail = async (withinMs: number): Promise<number> => {
          const processId = await startErrand(bench);
          const arrived = async () =>
            [...receivedByKey(receiver).keys()].some((key) => key.startsWith(processId));
          const took = await cleanTime(() => until('a new one arrives', arrived, withinMs));
          await acceptCommand(bench, processId, 'finish');
          return took;
        };
        const clean = await oneMail(60_000);
        for (const mode of MAIL_MODES) {
          const before = { ...proxy.counts };
          await proxy.set(mode);
          const harm = () => proxy.counts.disturbed + proxy.counts.resets - before.disturbed - before.resets;
          const felt = until(`${mode.kind} is felt`, async () => harm() > 0);
          await Promise.all([crowd.drive(10), pause(SIZE.cutMs), felt]);
          await proxy.set({ kind: 'pass' });
          const recovery = await oneMail(limitOf(clean, PROBED_AFTER_MS + RECOVERED_WITHIN_MS));
          report(`T9 workerToSmtp ${mode.kind}`, { clean, recovery, harm: harm() });
        }
        await untilNone('nothing is left in the middle', () => violations(bench), SETTLED_WITHIN_MS);
        expect(await mailProblems(bench, receiver)).toEqual([]);
        workers.expectAllWell();
      } finally {
        await workers.stop();
        await proxy.close();
        await receiver.close();
        await bench.close();
      }
    },
    SIZE.testMs,
  );
});
