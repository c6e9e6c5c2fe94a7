/** Signs where the audit chains stand, and carries every signed checkpoint to the places outside of the database. */
import { lastNumber, makeCheckpoint, markDelivered, undelivered } from '../../db/audit/checkpoints.js';
import type { Database } from '../../db/connection.js';
import type { Signer } from '../../domain/audit/checkpoint.js';
import type { CheckpointPlace } from '../../integrations/checkpoints/port.js';
import type { BusinessClock } from '../business-clock.js';
import type { ActivityLog } from '../log.js';
import type { SystemJob } from './system-job.js';

export interface CheckpointDependencies {
  readonly database: Database;
  readonly clock: BusinessClock;
  readonly log: ActivityLog;
  /** Absent where an installation was given no key. */
  readonly signer: Signer | null;
  readonly places: readonly CheckpointPlace[];
}

const EVERY_MS = 15 * 60_000;
/** Carried to one place in one run; the next run goes on. */
const MOST_AT_ONCE = 200;

/** A checkpoint that cannot be signed or kept; the name is shown with the heartbeat. */
export class CheckpointProblem extends Error {
  override readonly name = 'CheckpointProblem';
}

export function checkpointJob(deps: CheckpointDependencies): SystemJob {
  return { name: 'checkpoint', everyMs: EVERY_MS, run: async () => runCheckpoint(deps) };
}

/** `number` is the newest checkpoint there is; `written` 1 when this run made it; `delivered` over all places. */
export interface CheckpointReport extends Readonly<Record<string, number>> {
  readonly number: number;
  readonly written: number;
  readonly delivered: number;
}

/**
 * One run. Cut off anywhere, the next one carries what was not carried. Throws `CheckpointProblem` when there is no
 * key, when a place holds a newer checkpoint than the database knows (an older database was put in its place), and,
 * after all places had their turn, when one of them did not keep what it was given.
 */
export async function runCheckpoint(deps: CheckpointDependencies): Promise<CheckpointReport> {
  const { database, signer, clock } = deps;
  if (!signer) throw new CheckpointProblem('No checkpoint is signed: CAREPLUS_CHECKPOINT_KEY is not set.');
  await refuseOlderDatabase(deps);
  const made = await makeCheckpoint(database, signer, await clock.now());
  const number = made.kind === 'made' ? made.checkpoint.number : made.kind === 'nothing' ? 0 : made.number;
  const problems: string[] = [];
  let delivered = 0;
  for (const place of deps.places) {
    const result = await deliver(database, place);
    delivered += result.delivered;
    if (result.problem !== null) problems.push(result.problem);
  }
  if (problems.length > 0) throw new CheckpointProblem(problems.join(' '));
  return { number, written: made.kind === 'made' ? 1 : 0, delivered };
}

async function refuseOlderDatabase({ database, places, log }: CheckpointDependencies): Promise<void> {
  const known = await lastNumber(database);
  for (const place of places) {
    const newest = await place.newest();
    if (newest === null || newest <= known) continue;
    log.error(
      { place: place.name, newest, known },
      'the database is older than a checkpoint that is kept outside: if it was restored, declare that with careplus doctor restore',
    );
    throw new CheckpointProblem(
      `The ${place.name} holds checkpoint ${String(newest)}, and the database knows ${String(known)}.`,
    );
  }
}

async function deliver(
  database: Database,
  place: CheckpointPlace,
): Promise<{ readonly delivered: number; readonly problem: string | null }> {
  let delivered = 0;
  for (const { number, bytes } of await undelivered(database, place, MOST_AT_ONCE)) {
    const outcome = await place.keep({ number, text: bytes });
    if (outcome.kind !== 'kept') {
      const why = outcome.kind === 'conflict' ? 'it holds another one under this number' : outcome.reason;
      return { delivered, problem: `The ${place.name} did not keep checkpoint ${String(number)}: ${why}.` };
    }
    await markDelivered(database, number, place.name);
    delivered += 1;
  }
  return { delivered, problem: null };
}
