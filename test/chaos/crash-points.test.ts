/** T2: a worker dies at every point of every kind of effect. */
import { mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { CrashPoint } from '../../activities/perform.js';
import type { EffectKind } from '../../workflows/messages.js';
import { acceptCommand, acceptErrand, startErrand, TENANT } from '../engine/bench.js';
import { ARMED, childPlan, Workers } from '../engine/child.js';
import type { Armed } from '../engine/child.js';
import { childrenOf, effectsOf, statusOf, until, untilNone } from '../engine/look.js';
import { acknowledgePages, openPageBench, type PageBench } from '../engine/page-bench.js';
import { pagedErrands } from '../engine/paged-errand.js';
import { violations } from '../engine/violations.js';
import { startSmtpReceiver } from '../mail/smtp-receiver.js';
import type { SmtpReceiver } from '../mail/smtp-receiver.js';
import { mailProblems, pageProblems } from './crowd.js';
import { cleanTime, limitOf, report } from './measure.js';
import { size } from './size.js';

const POINTS: readonly CrashPoint[] = ['beforeCall', 'afterCall', 'afterCommit', 'beforeReport'];
const KINDS: readonly EffectKind[] = ['mail', 'page', 'tellProcess', 'startProcess'];
/** All kinds at a point in one death; in full also each kind alone. */
const GROUPS = size({ small: [KINDS], full: [KINDS, ...KINDS.map((kind) => [kind])] });
const DEATHS: readonly Armed[] = GROUPS.flatMap((kinds) =>
  POINTS.map((point) => ({ note: `${point}-${kinds.join('-')}`, point, kinds })),
);
/** Claims run out after this time; nothing that a worker does alone comes near it. */
const CLAIM_MS = 4_000;
/** A worker starts, claims and the activities of the dead one (40 s) run out, the relay looks. */
const RECOVERY_MS = 90_000;
const TEST_MS = 120_000 + DEATHS.length * 90_000;

let bench: PageBench;
let receiver: SmtpReceiver;
let crashFolder: string;
beforeEach(async () => {
  bench = await openPageBench();
  receiver = await startSmtpReceiver();
  crashFolder = mkdtempSync(join(tmpdir(), 'careplus-crash-'));
});
afterEach(async () => {
  await receiver.close();
  await bench.close();
  rmSync(crashFolder, { recursive: true, force: true });
});

async function unsettled(): Promise<readonly string[]> {
  await acknowledgePages(bench, TENANT, pagedErrands);
  return violations(bench);
}

/** Dies while the gateway has taken a message and not answered: of that try nobody knows, and the next channel follows. */
async function dieAtTheGateway(workers: Workers, limit: number): Promise<string> {
  // The guest's short message and the owner's call.
  for (const _ of ['guest', 'owner']) bench.receiver.treat('/messages', 'stall');
  const processId = await startErrand(bench);
  await until('both are with the gateway', async () => bench.receiver.stalled() === 2);
  expect(workers.kill()).toBe(true);
  const tries = () =>
    bench.rows<{ tried: string }>(
      `select concat_ws(' ', person_id, channel, outcome, problem) as tried from page_tries
        where process_id = :processId order by person_id, started_at`,
      { processId },
    );
  const wanted = [
    ...['gwen sms unknown The try was interrupted.', 'gwen chat delivered'],
    ...['olga voice unknown The try was interrupted.', 'olga chat delivered'],
  ];
  const reached = async () => (await tries()).map(({ tried }) => tried).join() === wanted.join();
  await until('the next channel has reached both', reached, limit);
  await untilNone('no invariant is violated after the gateway', unsettled, limit);
  return processId;
}

/** The worker reads the file at any moment, so it appears whole. */
function arm(armed: Armed): void {
  const whole = join(crashFolder, `${ARMED}.new`);
  writeFileSync(whole, JSON.stringify(armed));
  renameSync(whole, join(crashFolder, ARMED));
}

describe('a worker that is killed with -9', () => {
  it(
    'T2: does each effect at most once, whichever point it is killed at, and keyed ones exactly once',
    async () => {
      const plan = await childPlan(bench, {
        ...{ smtpUrl: receiver.url, pagingUrl: bench.receiver.url },
        ...{ claimMs: CLAIM_MS, crashFolder },
      });
      const workers = new Workers(plan, 1);
      const parents: string[] = [];
      let clean = 0;
      await workers.start();
      try {
        const grandparent = await startErrand(bench);
        const ending = await Promise.all(DEATHS.map(() => startErrand(bench, { parentId: grandparent })));
        clean = await cleanTime(() => untilNone('the first pages are out', unsettled, 90_000));
        const limit = limitOf(clean, RECOVERY_MS);
        for (const [index, armed] of DEATHS.entries()) {
          // One process ends (a mail, and its parent is told), another one begins (two pages, and a child is started).
          arm(armed);
          await acceptCommand(bench, ending[index] ?? '', 'finish');
          parents.push((await acceptErrand(bench, { child: true })).processId);
          await until(`the worker has died ${armed.note}`, async () => workers.kills > index, limit);
          // Left alone, the effects of this death would meet the next one.
          await untilNone(`no invariant is violated after ${armed.note}`, unsettled, limit);
        }
        const paged = await dieAtTheGateway(workers, limit);
        report('T2', { deaths: workers.kills, clean, limit });
        expect(readdirSync(crashFolder).sort()).toEqual([...DEATHS.map(({ note }) => note), ARMED].sort());
        expect((await statusOf(bench, grandparent))?.data?.['childrenDone']).toBe(DEATHS.length);
        const children = (await Promise.all(parents.map((parent) => childrenOf(bench, parent)))).flat();
        expect(children).toHaveLength(DEATHS.length);
        expect(await mailProblems(bench, receiver)).toEqual([]);
        expect(await pageProblems(bench, bench.receiver)).toEqual([]);
        const ids = [grandparent, paged, ...ending, ...parents, ...children.map((child) => child.id)];
        const effects = (await Promise.all(ids.map((processId) => effectsOf(bench, processId)))).flat();
        // Killed before the call, and between the call and its commit: nobody knows, and nobody tries again.
        expect(effects.filter((effect) => effect.state === 'unknown').length).toBeGreaterThanOrEqual(2);
        expect(effects.filter((effect) => effect.attempts > 1).length).toBeGreaterThanOrEqual(
          DEATHS.length / 2,
        );
        workers.expectAllWell();
      } finally {
        await workers.stop();
      }
    },
    TEST_MS,
  );
});
