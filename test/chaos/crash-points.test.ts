/** T2: a worker dies at every point of every kind of effect. */
import { mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { CrashPoint } from '../../activities/perform.js';
import type { EffectKind } from '../../workflows/messages.js';
import { acceptCommand, acceptErrand, openBench, startErrand } from '../engine/bench.js';
import type { Bench } from '../engine/bench.js';
import { ARMED, childPlan, Workers } from '../engine/child.js';
import type { Armed } from '../engine/child.js';
import { childrenOf, effectsOf, statusOf, until } from '../engine/look.js';
import { violations } from '../engine/violations.js';
import { startSmtpReceiver } from '../mail/smtp-receiver.js';
import type { SmtpReceiver } from '../mail/smtp-receiver.js';
import { mailProblems } from './crowd.js';
import { cleanTime, limitOf, report } from './measure.js';
import { size } from './size.js';

const POINTS: readonly CrashPoint[] = ['beforeCall', 'afterCall', 'afterCommit', 'beforeReport'];
const KINDS: readonly EffectKind[] = ['mail', 'tellProcess', 'startProcess'];
/** All kinds at a point in one death; in full also each kind alone. */
const GROUPS = size({ small: [KINDS], full: [KINDS, ...KINDS.map((kind) => [kind])] });
const DEATHS: readonly Armed[] = GROUPS.flatMap((kinds) =>
  POINTS.map((point) => ({ note: `${point}-${kinds.join('-')}`, point, kinds })),
);
/** Claims run out after this time; nothing that a worker does alone comes near it. */
const CLAIM_MS = 4_000;
/** A worker starts, claims and the sticky queue of the dead one run out, the relay looks. */
const RECOVERY_MS = 30_000;
const TEST_MS = 120_000 + DEATHS.length * 90_000;

let bench: Bench;
let receiver: SmtpReceiver;
let crashFolder: string;
beforeEach(async () => {
  bench = await openBench();
  receiver = await startSmtpReceiver();
  crashFolder = mkdtempSync(join(tmpdir(), 'careplus-crash-'));
});
afterEach(async () => {
  await receiver.close();
  await bench.close();
  rmSync(crashFolder, { recursive: true, force: true });
});

const settled = async () => (await violations(bench)).length === 0;

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
      const plan = await childPlan(bench, { smtpUrl: receiver.url, claimMs: CLAIM_MS, crashFolder });
      const workers = new Workers(plan, 1);
      const parents: string[] = [];
      let clean = 0;
      await workers.start();
      try {
        const grandparent = await startErrand(bench);
        const ending = await Promise.all(DEATHS.map(() => startErrand(bench, { parentId: grandparent })));
        clean = await cleanTime(() => until('the first mails are out', settled, 90_000));
        const limit = limitOf(clean, RECOVERY_MS);
        for (const [index, armed] of DEATHS.entries()) {
          // One process ends (a mail, and its parent is told), another one begins (a mail, and a child is started).
          arm(armed);
          await acceptCommand(bench, ending[index] ?? '', 'finish');
          parents.push((await acceptErrand(bench, { child: true })).processId);
          await until(`the worker has died ${armed.note}`, async () => workers.kills > index, limit);
          // Left alone, the effects of this death would meet the next one.
          await until(`no invariant is violated after ${armed.note}`, settled, limit);
        }
        report('T2', { deaths: workers.kills, clean, limit });
        expect(readdirSync(crashFolder).sort()).toEqual([...DEATHS.map(({ note }) => note), ARMED].sort());
        expect((await statusOf(bench, grandparent))?.data?.['childrenDone']).toBe(DEATHS.length);
        const children = (await Promise.all(parents.map((parent) => childrenOf(bench, parent)))).flat();
        expect(children).toHaveLength(DEATHS.length);
        expect(await mailProblems(bench, receiver)).toEqual([]);
        const ids = [grandparent, ...ending, ...parents, ...children.map((child) => child.id)];
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
