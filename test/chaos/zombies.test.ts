/** T8: a worker that was stopped in its tracks wakes up when others have taken over, and writes nothing. */
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { LATE } from '../../activities/perform.js';
import { acceptCommand, openBench, startErrand, TENANT } from '../engine/bench.js';
import type { Bench } from '../engine/bench.js';
import { childPlan, Workers } from '../engine/child.js';
import { answersOf, until, untilNone } from '../engine/look.js';
import { violations } from '../engine/violations.js';
import { startSmtpReceiver } from '../mail/smtp-receiver.js';
import type { SmtpReceiver } from '../mail/smtp-receiver.js';
import { mailProblems, receivedByKey } from './crowd.js';
import { report } from './measure.js';
import { size } from './size.js';

/**
 * `atOnce`: so many effects are on their way when the worker falls asleep, as many as it does at once. In full it
 * sleeps past the 40 s that the activity of an effect may take.
 */
const SIZE = size({
  small: { rounds: 1, atOnce: 8, refused: 8, sleepMs: 0, claimMs: 10_000, testMs: 240_000 },
  full: { rounds: 2, atOnce: 24, refused: 20, sleepMs: 45_000, claimMs: 30_000, testMs: 3_600_000 },
});
const RECOVERY_MS = 60_000;

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

async function inState(processIds: readonly string[], state: string): Promise<number> {
  return bench.database.as('step', { tenant: TENANT }, async (trx) => {
    const row = await trx.row<{ count: number }>(
      `select count(*)::integer as count from effects where kind = 'mail' and state = :state
          and process_id = any(:processIds::text[])`,
      { state, processIds },
    );
    return row?.count ?? 0;
  });
}

/** One worker sleeps with its hands full, and another one takes over; gives how often the first one was refused. */
async function sleepAndWake(): Promise<number> {
  const plan = { smtpUrl: receiver.url, claimMs: SIZE.claimMs, databasePool: SIZE.atOnce };
  const sleeper = new Workers(await childPlan(bench, plan), 1);
  const other = new Workers(await childPlan(bench, plan), 1);
  await sleeper.start();
  try {
    receiver.afterKeeping(() => 'hold');
    const ids = await Promise.all(Array.from({ length: SIZE.atOnce }, () => startErrand(bench)));
    await until('its hands are full', async () => receiver.held() === SIZE.atOnce);
    const wake = sleeper.freeze();
    receiver.afterKeeping(() => 'ok');
    try {
      expect(await inState(ids, 'sent')).toBe(SIZE.atOnce);
      await other.start();
      await pause(SIZE.sleepMs);
      const taken = async () => (await inState(ids, 'unknown')) === SIZE.atOnce;
      await until('the other one has taken over', taken, SIZE.claimMs + RECOVERY_MS);
      const rows = await Promise.all(ids.map((processId) => acceptCommand(bench, processId, 'touch')));
      const decided = async () => (await answersOf(bench, rows)).every((answer) => answer === 'accepted');
      await until('the processes go on without it', decided, RECOVERY_MS);
      receiver.answerHeld();
    } finally {
      wake();
    }
    const refused = () => sleeper.said.filter((line) => line === LATE).length;
    await until('its late answers are refused', async () => refused() >= SIZE.refused, RECOVERY_MS);
    await untilNone('nothing is left in the middle', () => violations(bench), RECOVERY_MS);
    expect(await inState(ids, 'unknown')).toBe(SIZE.atOnce);
    sleeper.expectAllWell();
    other.expectAllWell();
    return refused();
  } finally {
    await Promise.all([sleeper.stop(), other.stop()]);
  }
}

describe('a worker that wakes up too late', () => {
  it(
    'T8: is refused every write, and doubles nothing',
    async () => {
      let refused = 0;
      for (let round = 0; round < SIZE.rounds; round += 1) refused += await sleepAndWake();
      report('T8', { refused, rounds: SIZE.rounds, messages: receiver.received.length });
      expect(refused).toBeGreaterThanOrEqual(SIZE.refused * SIZE.rounds);
      expect([...receivedByKey(receiver).values()].every((count) => count === 1)).toBe(true);
      expect(await mailProblems(bench, receiver)).toEqual([]);
    },
    SIZE.testMs,
  );
});
