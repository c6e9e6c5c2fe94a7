/** One shape of fault test: a crowd is driven while faults are committed, and must come through. */
import { expect } from '@jest/globals';
import type { Bench } from '../engine/bench.js';
import type { Workers } from '../engine/child.js';
import type { SmtpReceiver } from '../mail/smtp-receiver.js';
import { Crowd } from './crowd.js';
import { again, cleanTime, limitOf, report } from './measure.js';

export interface Storm {
  readonly name: string;
  readonly bench: Bench;
  readonly receiver: SmtpReceiver;
  readonly workers: Workers;
  /** True when it really happened. */
  readonly fault: () => boolean | Promise<boolean>;
  readonly everyMs: number;
  /** Faults go on until they have lasted this long and have been this many. */
  readonly forMs: number;
  readonly atLeast: number;
  /** How many processes go through without any fault, to measure the machine. */
  readonly clean: number;
  /** How many go through the storm; absent: as many as it lasts for. */
  readonly processes?: number;
  /** What else goes through the storm, until it is at rest: the checks at the end are over everything. */
  readonly beside?: () => Promise<unknown>;
  /** What getting well takes by design, after the last fault. */
  readonly recoveryMs: number;
}

/** Runs it; the crowd is given back for further questions. */
export async function weather(storm: Storm): Promise<Crowd> {
  const crowd = new Crowd(storm.bench);
  const clean = await cleanTime(async () => {
    await crowd.drive(storm.clean);
    await crowd.settle(120_000, storm.receiver);
  });
  const limit = (processes: number) => limitOf((clean / storm.clean) * processes, storm.recoveryMs);
  const most = storm.forMs + limit(Math.max(storm.processes ?? 0, 3 * storm.clean));
  let raging = true;
  const driving =
    storm.processes === undefined ? crowd.driveWhile(() => raging) : crowd.drive(storm.processes);
  const both = Promise.all([driving, storm.beside?.()]);
  const faults = await again(storm.fault, storm.everyMs, (done, passed) => {
    raging = passed < storm.forMs || (done < storm.atLeast && passed < most);
    return raging;
  });
  await both;
  const recovery = await cleanTime(() => crowd.settle(limit(crowd.size), storm.receiver)).catch(
    (error: unknown) => {
      storm.workers.expectAllWell();
      storm.workers.report();
      throw error;
    },
  );
  const { size, retried } = crowd;
  report(storm.name, { processes: size, faults, clean, limit: limit(size), recovery, retried });
  expect(faults).toBeGreaterThanOrEqual(storm.atLeast);
  storm.workers.expectAllWell();
  expect(await crowd.problems(storm.receiver)).toEqual([]);
  return crowd;
}
