/** T1: workers are killed with -9 again and again while a crowd of processes goes through. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startRecordingReceiver, type RecordingReceiver } from '../../integrations/paging/recording.js';
import { openBench } from '../engine/bench.js';
import type { Bench } from '../engine/bench.js';
import { childPlan, Workers } from '../engine/child.js';
import { startSmtpReceiver } from '../mail/smtp-receiver.js';
import type { SmtpReceiver } from '../mail/smtp-receiver.js';
import { pageProblems } from './crowd.js';
import { DeskCrowd, seedDesk } from './desk-crowd.js';
import { report } from './measure.js';
import { size } from './size.js';
import { weather } from './storm.js';

const SIZE = size({
  small: { processes: 20, cases: 2, clean: 10, forMs: 4_000, atLeast: 2, testMs: 240_000 },
  full: { processes: 1_000, cases: 100, clean: 100, forMs: 60_000, atLeast: 28, testMs: 3_600_000 },
});
const KILL_EVERY_MS = 2_000;
const CLAIM_MS = 8_000;
/** Claims and sticky queues of the last one killed run out, the relay looks, a worker starts. */
const RECOVERY_MS = 45_000;

let bench: Bench;
let receiver: SmtpReceiver;
let gateway: RecordingReceiver;
beforeEach(async () => {
  bench = await openBench();
  await seedDesk(bench);
  receiver = await startSmtpReceiver();
  gateway = await startRecordingReceiver();
});
afterEach(async () => {
  await gateway.close();
  await receiver.close();
  await bench.close();
});

describe('workers that are killed with -9', () => {
  it(
    'T1: lose none of the processes, double no effect, and leave no gap',
    async () => {
      const plan = { smtpUrl: receiver.url, claimMs: CLAIM_MS, desk: true, pagingUrl: gateway.url } as const;
      const workers = new Workers(await childPlan(bench, plan), 2);
      const desk = new DeskCrowd(bench, SIZE.testMs / 2);
      await workers.start();
      try {
        const crowd = await weather({
          ...SIZE,
          name: 'T1',
          bench,
          receiver,
          workers,
          fault: () => workers.kill(),
          beside: async () => {
            await desk.drive(SIZE.cases);
            await desk.settle(SIZE.testMs / 2);
          },
          everyMs: KILL_EVERY_MS,
          recoveryMs: RECOVERY_MS,
        });
        await workers.stop();
        expect(workers.kills).toBeGreaterThanOrEqual(SIZE.atLeast);
        expect(workers.exits).toEqual([0, 0]);
        expect(await crowd.problems(receiver)).toEqual([]);
        expect(await desk.problems()).toEqual([]);
        expect(await pageProblems(bench, gateway)).toEqual([]);
        report('T1', { cases: desk.caseIds.length, pages: gateway.kept.length });
      } finally {
        await workers.stop();
      }
    },
    SIZE.testMs,
  );
});
