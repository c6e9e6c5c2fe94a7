/** Workers killed with -9: in the middle of work (T1), and at every point of every kind of effect (T2). */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { startSmtpReceiver } from '../mail/smtp-receiver.js';
import type { SmtpReceiver } from '../mail/smtp-receiver.js';
import type { CrashPoint } from '../../activities/perform.js';
import { acceptCommand, acceptErrand, openBench, startErrand, TENANT } from './bench.js';
import type { Bench } from './bench.js';
import { ARMED, childPlan, Workers } from './child.js';
import { answersOf, childrenOf, closedCount, effectsOf, statusOf, until } from './look.js';
import { violations } from './violations.js';

let bench: Bench;
let receiver: SmtpReceiver;
beforeEach(async () => {
  bench = await openBench();
  receiver = await startSmtpReceiver();
});
afterEach(async () => {
  await receiver.close();
  await bench.close();
});

/** How often each message was received, by its business key. */
function receivedByKey(): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const mail of receiver.received) {
    const key = mail.headers.find((header) => header.key === 'x-careplus-key')?.value ?? '';
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

/** Confirmed means received once, unknown at most once; nothing else is left. */
async function expectHonestMail(processIds: readonly string[]): Promise<void> {
  const received = receivedByKey();
  expect([...received.values()].every((count) => count === 1)).toBe(true);
  for (const processId of processIds) {
    for (const effect of await effectsOf(bench, processId)) {
      if (effect.kind !== 'mail') expect(effect.state).toBe('confirmed');
      else if (effect.state === 'confirmed') expect(received.get(effect.key)).toBe(1);
      else expect(effect.state).toBe('unknown');
    }
  }
}

// Real processes die on a machine that may be busy: a second try is allowed, and the first failure is printed.
jest.retryTimes(1, { logErrorsBeforeRetry: true });

const POINTS: readonly CrashPoint[] = ['beforeCall', 'afterCall', 'afterCommit', 'beforeReport'];
const settled = async () => (await violations(bench)).length === 0;

describe('a worker that is killed with -9', () => {
  it('T1: loses none of 60 processes, doubles no effect, and leaves no gap', async () => {
    const workers = new Workers(await childPlan(bench, { smtpUrl: receiver.url, claimMs: 8_000 }), 2);
    await workers.start();
    try {
      const slugs = ['contract', 'onboarding', 'userGuide'];
      const rows: string[] = [];
      const ids: string[] = [];
      for (let index = 0; index < 60; index += 1) {
        const slug = slugs[index % 3] ?? 'contract';
        const { processId, inboxId } = await acceptErrand(bench, {}, slug);
        const input = { tenantId: TENANT, processId, slug, lastSeq: 0 };
        // Callers do not wait here: what is not heard is the relay's.
        void bench.deps.ringer.start(input, inboxId, { deadlineMs: 1_000 });
        ids.push(processId);
        rows.push(inboxId, await acceptCommand(bench, processId, 'touch'));
        if (index === 30) {
          await until('some mail is out', async () => receiver.received.length > 5);
          workers.kill();
        }
      }
      for (const processId of ids) {
        const row = await acceptCommand(bench, processId, 'finish');
        void bench.deps.ringer.ring(processId, row, { deadlineMs: 1_000 });
        rows.push(row);
      }
      await until('all are closed', async () => (await closedCount(bench)) === ids.length, 60_000);
      await until('no invariant is violated', settled, 30_000);
      expect(workers.kills).toBe(1);
      expect(await answersOf(bench, rows)).toEqual(rows.map(() => 'accepted'));
      await expectHonestMail(ids);
    } finally {
      await workers.stop();
    }
    expect(workers.exits).toEqual([0, 0]);
    expect(await violations(bench)).toEqual([]);
  }, 120_000);

  it('T2: does each effect at most once, whichever point it is killed at, and keyed ones exactly once', async () => {
    const crashFolder = mkdtempSync(join(tmpdir(), 'careplus-crash-'));
    const plan = await childPlan(bench, { smtpUrl: receiver.url, claimMs: 4_000, crashFolder });
    const workers = new Workers(plan, 1);
    await workers.start();
    try {
      const grandparent = await startErrand(bench);
      const ending = await Promise.all(POINTS.map(() => startErrand(bench, { parentId: grandparent })));
      await until('the first mails are out', async () => receiver.received.length === 5 && settled(), 90_000);
      const beginning: string[] = [];
      for (const [index, point] of POINTS.entries()) {
        writeFileSync(join(crashFolder, ARMED), point);
        // One process ends (a mail, and its parent is told), another one begins (a mail, and a child is started).
        await acceptCommand(bench, ending[index] ?? '', 'finish');
        beginning.push((await acceptErrand(bench, { child: true })).processId);
        await until(`the worker has died ${point}`, async () => workers.kills >= index + 1, 90_000);
      }
      await until('no invariant is violated', settled, 90_000);
      expect(readdirSync(crashFolder).sort()).toEqual([...POINTS, ARMED].sort());
      expect((await statusOf(bench, grandparent))?.data?.['childrenDone']).toBe(POINTS.length);
      const children = (await Promise.all(beginning.map((parent) => childrenOf(bench, parent)))).flat();
      expect(children).toHaveLength(POINTS.length);
      const ids = [grandparent, ...ending, ...beginning, ...children.map((child) => child.id)];
      await expectHonestMail(ids);
      const effects = (await Promise.all(ids.map((processId) => effectsOf(bench, processId)))).flat();
      // Killed before the call, and between the call and its commit: nobody knows, and nobody tries again.
      expect(effects.filter((effect) => effect.state === 'unknown').length).toBeGreaterThanOrEqual(2);
    } finally {
      await workers.stop();
      rmSync(crashFolder, { recursive: true, force: true });
    }
  }, 240_000);
});
