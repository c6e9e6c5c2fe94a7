/** Every difference between the store, what the engine remembers, and the last signed checkpoint. Changes nothing. */
import type { Client } from '@temporalio/client';
import type { Database } from '../../db/connection.js';
import {
  compareWithMarks,
  readAbandonedNumber,
  readKnownIds,
  readStoredProcesses,
  readUnsureEffects,
  type MarkDifference,
  type StoredProcess,
  type UnsureEffect,
} from '../../db/restore/read.js';
import type { SignedCheckpoint } from '../../domain/audit/checkpoint.js';
import { readStoreState } from '../../db/restore/mode.js';
import { listRunnerRuns, readRunnerRecord, type RunnerRecord } from '../../messages/runner-record.js';

export interface BehindProcess {
  readonly tenantId: string;
  readonly processId: string;
  readonly slug: string;
  readonly storedSeq: number;
  /** The event that a runner has seen. */
  readonly seenSeq: number;
}

export interface LostProcess {
  readonly processId: string;
  readonly tenantId: string | null;
  readonly slug: string | null;
  readonly seenSeq: number;
  readonly running: boolean;
}

/** Accepted, so that somebody was told so, and not in the store any more. */
export interface LostRow {
  readonly inboxId: string;
  readonly processId: string;
  readonly answer: string | null;
}

/** Done or tried by the engine, and unknown to the store. */
export interface LostEffect {
  readonly effectId: string;
  readonly processId: string;
  readonly tenantId: string | null;
  readonly kind: string;
  readonly outcome: string;
}

export interface Differences {
  /** Whether the engine was asked; without it only the store and the checkpoint are compared. */
  readonly engineAsked: boolean;
  /** Processes that were compared. */
  readonly processes: number;
  readonly behind: readonly BehindProcess[];
  readonly lostProcesses: readonly LostProcess[];
  readonly lostRows: readonly LostRow[];
  readonly lostEffects: readonly LostEffect[];
  /** Planned or sent in the store; what the engine remembers of each. */
  readonly unsure: readonly (UnsureEffect & { readonly heard: string | null })[];
  /** Runners of a line of history that was given up before; they end by themselves as soon as they wake. */
  readonly givenUp: readonly string[];
  /** Needs no repair by hand: the reconciler starts these. */
  readonly withoutRunner: readonly StoredProcess[];
  readonly checkpoint: {
    readonly number: number;
    readonly at: string;
    readonly differences: readonly MarkDifference[];
  } | null;
}

export interface Compared {
  readonly database: Database;
  /** Null: the engine is away, or is not to be asked. */
  readonly engine: { readonly client: Client; readonly taskQueue: string } | null;
  readonly slugs: readonly string[];
  readonly checkpoint: SignedCheckpoint | null;
}

/** Runners whose histories are read at one time. */
const AT_ONCE = 8;
/** What surely was not done, or does not concern the outside. */
const NOT_DONE = new Set(['deferred', 'dropped', 'superseded', 'nothing', 'failed']);

/** Throws when the engine fails in between: half a comparison shows nothing. */
export async function findDifferences(compared: Compared): Promise<Differences> {
  const { database, engine, slugs, checkpoint } = compared;
  const { epoch } = await readStoreState(database);
  const stored = await readStoredProcesses(database);
  const records = engine ? await readRecords(engine, { slugs, epoch }, stored) : [];
  const unsure = await readUnsureEffects(database);
  const heard = outcomesOf(records);
  const lost = await readLost(database, stored, records);
  const live = records.filter((one) => one.running);
  const running = new Set(live.filter((one) => !one.givenUp).map((one) => one.processId));
  return {
    engineAsked: engine !== null,
    processes: stored.length,
    ...lost,
    unsure: unsure.map((effect) => ({ ...effect, heard: heard.get(effect.effectId)?.outcome ?? null })),
    givenUp: live.filter((one) => one.givenUp).map((one) => one.processId),
    withoutRunner: engine ? stored.filter((one) => !one.over && !running.has(one.processId)) : [],
    checkpoint: checkpoint && (await readCheckpoint(database, checkpoint)),
  };
}

/** Null for one of a line of history that was given up: the store need not be what it says. */
async function readCheckpoint(
  database: Database,
  { number, at, chains }: SignedCheckpoint,
): Promise<Differences['checkpoint']> {
  if (number <= (await readAbandonedNumber(database))) return null;
  return { number, at, differences: await compareWithMarks(database, chains) };
}

/** Whether any of it shows a store that is older than its installation. */
export function showsOlderStore({
  behind,
  lostProcesses,
  lostRows,
  lostEffects,
  checkpoint,
}: Differences): boolean {
  return (
    behind.length + lostProcesses.length + lostRows.length + lostEffects.length > 0 ||
    (checkpoint?.differences.length ?? 0) > 0
  );
}

async function readRecords(
  { client, taskQueue }: NonNullable<Compared['engine']>,
  { slugs, epoch }: { readonly slugs: readonly string[]; readonly epoch: number },
  stored: readonly StoredProcess[],
): Promise<readonly RunnerRecord[]> {
  const listed = await listRunnerRuns(client, taskQueue, slugs);
  const runsOf = new Map(listed.map((one) => [one.processId, one.runIds]));
  const ids = [...new Set([...stored.map((one) => one.processId), ...runsOf.keys()])];
  const records: RunnerRecord[] = [];
  for (let first = 0; first < ids.length; first += AT_ONCE) {
    const few = await Promise.all(
      ids
        .slice(first, first + AT_ONCE)
        .map((processId) =>
          readRunnerRecord(client, { processId, runIds: runsOf.get(processId) ?? [] }, epoch),
        ),
    );
    records.push(...few.filter((one) => one !== null));
  }
  return records;
}

interface Outcome {
  readonly processId: string;
  readonly kind: string;
  readonly outcome: string;
}

function outcomesOf(records: readonly RunnerRecord[]): ReadonlyMap<string, Outcome> {
  return new Map(
    records.flatMap(({ processId, effects }) =>
      [...effects].map(([effectId, effect]): [string, Outcome] => [effectId, { processId, ...effect }]),
    ),
  );
}

type Lost = Pick<Differences, 'behind' | 'lostProcesses' | 'lostRows' | 'lostEffects'>;

async function readLost(
  database: Database,
  stored: readonly StoredProcess[],
  records: readonly RunnerRecord[],
): Promise<Lost> {
  const known = new Map(stored.map((one) => [one.processId, one]));
  const effectIds = records.flatMap(({ effects }) => [...effects.keys()]);
  const knownEffects = await readKnownIds(database, 'effects', effectIds);
  const rowIds = records.flatMap(({ rows }) => [...rows.keys()]).filter((id) => id.startsWith('inb_'));
  const knownRows = await readKnownIds(database, 'inbox', rowIds);
  return {
    behind: records.flatMap(({ processId, lastSeq }) => {
      const process = known.get(processId);
      if (!process || process.seq >= lastSeq) return [];
      const { tenantId, slug, seq } = process;
      return [{ tenantId, processId, slug, storedSeq: seq, seenSeq: lastSeq }];
    }),
    lostProcesses: records.flatMap(({ processId, tenantId, slug, lastSeq, running, givenUp }) =>
      known.has(processId) || givenUp || (lastSeq === 0 && !running)
        ? []
        : [{ processId, tenantId, slug, seenSeq: lastSeq, running }],
    ),
    lostRows: records.flatMap(({ processId, rows }) =>
      [...rows].flatMap(([inboxId, answer]) =>
        inboxId.startsWith('inb_') && !knownRows.has(inboxId) ? [{ inboxId, processId, answer }] : [],
      ),
    ),
    lostEffects: records.flatMap(({ processId, tenantId, effects }) =>
      [...effects].flatMap(([effectId, { kind, outcome }]) =>
        knownEffects.has(effectId) || NOT_DONE.has(outcome)
          ? []
          : [{ effectId, processId, tenantId, kind, outcome }],
      ),
    ),
  };
}
