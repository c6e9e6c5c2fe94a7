/**
 * The repair after an older database was put in place (architecture §10). Every part is done once however often it is
 * asked for, so that a repair that was killed goes on where it was, and a second one changes nothing.
 */
import { businessNow } from '../../db/business-clock.js';
import { declareRestore } from '../../db/audit/checkpoints.js';
import type { Signer } from '../../db/audit/checkpoints.js';
import { checkpointHash } from '../../domain/audit/checkpoint.js';
import type { SignedCheckpoint } from '../../domain/audit/checkpoint.js';
import { enterRestoredMode, readRestoredMode, repairing, type RestoredMode } from '../../db/restore/mode.js';
import {
  beginRepair,
  declaredBefore,
  keepAbandonedEffects,
  leaveRestoredMode,
  noteDeclared,
  noteRunnersRestarted,
  raiseEpoch,
  setUnsureToUnknown,
} from '../../db/restore/repair.js';
import { createWorkStore } from '../../db/store/work-store.js';
import { ringer } from '../../messages/ringer.js';
import { findDifferences, showsOlderStore, type Compared, type Differences } from './differences.js';

/** Where a test may end the repair, to see that it goes on. */
export type RepairPoint = 'begun' | 'kept' | 'effects' | 'declared' | 'epoch' | 'left' | 'restarted';

export interface RepairOptions extends Compared {
  readonly by: string;
  readonly reason: string;
  readonly sign: Signer;
  readonly checkpoint: SignedCheckpoint | null;
  readonly progress?: (sentence: string) => void;
  readonly crash?: (point: RepairPoint) => Promise<void>;
}

export type Repaired =
  /** The store is as new as everything that remembers it, and restored mode does not hold. */
  | { readonly kind: 'nothing'; readonly differences: Differences }
  | {
      readonly kind: 'repaired';
      readonly differences: Differences;
      readonly epoch: number;
      readonly effects: number;
      readonly runners: number;
      /** Hash of the signed statement. */
      readonly statement: string;
    };

const AT_ONCE = 10;
const PAGE = 200;
const DEADLINE_MS = 10_000;

/** Throws when store or engine fail in between; the same call again goes on. */
export async function repairRestore(options: RepairOptions): Promise<Repaired> {
  const { database, engine } = options;
  const differences = await findDifferences(options);
  const mode = (await readRestoredMode(database)) ?? (await beginByHand(options, differences));
  if (!mode) return { kind: 'nothing', differences };
  const say = options.progress ?? (() => undefined);
  const reached = options.crash ?? (async () => undefined);
  await beginRepair(database, mode, options);
  await reached('begun');
  let effects = 0;
  if (mode.leftAt === null) {
    await keepAbandonedEffects(database, abandonedOf(differences));
    await reached('kept');
    effects = await setUnsureToUnknown(database, mode, heardOf(differences));
    say(`${String(effects)} effects wait for a person: careplus ops attention.`);
    await reached('effects');
  }
  const statement = await declare(options, mode);
  await reached('declared');
  const epoch = await raiseEpoch(database, mode);
  await reached('epoch');
  await leaveRestoredMode(database, mode);
  say(`Restored mode has ended; the epoch of the store is ${String(epoch)}.`);
  await reached('left');
  // Only now can a runner take a step. Those that are never reached end by themselves: their epoch is given up.
  const runners = engine ? await restartRunners(options, engine, differences, epoch) : 0;
  if (engine) await noteRunnersRestarted(database, mode);
  say(`${String(runners)} runners were started again, next due first.`);
  await reached('restarted');
  return { kind: 'repaired', differences, epoch, effects, runners, statement };
}

/** An operator may find what no runner has met yet. */
async function beginByHand(
  { database, checkpoint }: RepairOptions,
  differences: Differences,
): Promise<RestoredMode | null> {
  if (!showsOlderStore(differences)) return null;
  const { behind, lostProcesses } = differences;
  await enterRestoredMode(database, 'operator', {
    behind: behind.length,
    lostProcesses: lostProcesses.length,
    checkpoint: checkpoint?.number ?? 0,
  });
  return readRestoredMode(database);
}

function abandonedOf({ lostEffects }: Differences) {
  return lostEffects.flatMap(({ tenantId, ...effect }) =>
    tenantId === null ? [] : [{ ...effect, tenantId }],
  );
}

function heardOf({ unsure }: Differences): ReadonlyMap<string, string> {
  return new Map(
    unsure.flatMap(({ effectId, heard }): [string, string][] => (heard === null ? [] : [[effectId, heard]])),
  );
}

async function declare(options: RepairOptions, mode: RestoredMode): Promise<string> {
  const { database, by, reason, checkpoint, sign } = options;
  // Whoever began the repair has declared it, whoever goes on with it.
  const before = (await readRestoredMode(database)) ?? mode;
  const known = await declaredBefore(database, before);
  if (known !== null) {
    await noteDeclared(database, mode, known);
    return known;
  }
  const repair = repairing(database);
  const now = await database.as('relay', {}, businessNow);
  const who = { by: before.appliedBy ?? by, reason: before.reason ?? reason };
  const statement = await declareRestore(repair, { ...who, abandoned: checkpoint, sign }, now);
  const hash = checkpointHash(statement);
  await noteDeclared(database, mode, hash);
  return hash;
}

/** Every process that is not over gets a runner of the new line; runners that have none left are woken to end. */
async function restartRunners(
  { database, progress }: RepairOptions,
  { client, taskQueue }: NonNullable<Compared['engine']>,
  differences: Differences,
  epoch: number,
): Promise<number> {
  const work = createWorkStore(database);
  const bells = ringer({ client, taskQueue });
  let started = 0;
  let after: string | null = null;
  for (;;) {
    const page = await work.notOver(after, PAGE);
    for (let first = 0; first < page.length; first += AT_ONCE) {
      const few = page.slice(first, first + AT_ONCE);
      const rung = await Promise.all(
        few.map(({ tenantId, processId, slug, seq }) =>
          bells.restart({ tenantId, processId, slug, lastSeq: seq, epoch }, { deadlineMs: DEADLINE_MS }),
        ),
      );
      const missed = rung.find((one) => !one.reached);
      if (missed && !missed.reached) throw new Error(`Temporal cannot be reached: ${missed.problem}`);
      started += few.length;
    }
    progress?.(`${String(started)} runners …`);
    const last = page.at(-1);
    if (!last || page.length < PAGE) break;
    after = last.cursor;
  }
  const ending = differences.lostProcesses.filter((one) => one.running).map((one) => one.processId);
  // Its next step tells it that its line was given up.
  for (const processId of [...ending, ...differences.givenUp]) {
    await bells.nudge(processId, { deadlineMs: DEADLINE_MS });
  }
  return started;
}
