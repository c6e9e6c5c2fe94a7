/** Takes the histories of closed runs out of the engine before it forgets them. */
import { isGrpcServiceError, WorkflowNotFoundError } from '@temporalio/client';
import type { Client } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import {
  closedThrough,
  notArchived,
  raiseClosedThrough,
  rememberArchived,
  type ClosedRun,
} from '../../db/audit/archive.js';
import type { Database } from '../../db/connection.js';
import { canonical, sha256 } from '../../domain/kernel/hash.js';
import type { HistoryArchive } from '../../integrations/archive/port.js';
import { SYSTEM_JOB } from '../../workflows/messages.js';
import { nameOf } from '../failure.js';
import type { ActivityLog } from '../log.js';
import type { SystemJob } from './system-job.js';

export interface ArchiveDependencies {
  readonly database: Database;
  readonly client: Client;
  /** Whose runs are archived: others may share the namespace. */
  readonly taskQueue: string;
  readonly archive: HistoryArchive;
  readonly log: ActivityLog;
  /** The wall clock, in which the engine counts; tests bring their own. */
  readonly wallNow?: () => number;
  /** The list of closed runs; tests hide entries of it. */
  readonly list?: (query: string) => AsyncIterable<ClosedRun>;
}

const EVERY_MS = 10 * 60_000;
/** gRPC's status of what is not there. */
const NOT_FOUND = 5;
/** Entries of the engine's list may come late; each pass looks this far back behind the one before. */
const OVERLAP_MS = 6 * 3_600_000;
/** Runs looked up in the database at once. */
const BATCH = 200;
/** A pass ends itself before its activity is given up; the next one goes on. */
const MOST_MS = 8 * 60_000;

/** Histories that could not be kept; the name is shown with the heartbeat. */
export class ArchiveProblem extends Error {
  override readonly name = 'ArchiveProblem';
}

/** A pass that could not keep what it tried has failed, or nobody would hear of it before the engine forgets. */
export function archiveJob(deps: ArchiveDependencies): SystemJob {
  return {
    name: 'archive',
    everyMs: EVERY_MS,
    async run() {
      const report = await runArchive(deps);
      if (report.failed > 0)
        throw new ArchiveProblem(`${String(report.failed)} histories could not be archived.`);
      return report;
    },
  };
}

export interface ArchiveReport extends Readonly<Record<string, number>> {
  /** Histories that this run archived. */
  readonly archived: number;
  /** Closed runs that were seen and are not archived yet. */
  readonly waiting: number;
  /** Of these, how many were tried in vain; the others were left to the next pass. */
  readonly failed: number;
  /** Since the oldest of those closed, in seconds; 0 when none waits. */
  readonly oldestWaitingSeconds: number;
  /** Runs whose history the engine has already forgotten. */
  readonly lost: number;
}

/**
 * One pass over the runs that closed since the last whole pass, with an overlap. A run is archived once whatever is
 * killed when: the file is named by its content, the row by the run. System jobs leave no history behind: their result
 * is their heartbeat.
 */
export async function runArchive(deps: ArchiveDependencies): Promise<ArchiveReport> {
  const { database, wallNow = Date.now } = deps;
  const startedAt = wallNow();
  const since = await closedThrough(database);
  const counts: Counts = { archived: 0, failed: 0, lost: 0, waiting: [] };
  let batch: ClosedRun[] = [];
  for await (const run of (deps.list ?? listOf(deps.client))(queryFrom(since, deps.taskQueue))) {
    batch.push(run);
    if (batch.length < BATCH) continue;
    await archiveBatch(deps, batch, startedAt + MOST_MS, counts);
    batch = [];
  }
  await archiveBatch(deps, batch, startedAt + MOST_MS, counts);
  if (counts.waiting.length === 0) await raiseClosedThrough(database, startedAt);
  const oldest = Math.min(startedAt, ...counts.waiting);
  return {
    archived: counts.archived,
    waiting: counts.waiting.length,
    failed: counts.failed,
    oldestWaitingSeconds: Math.round((startedAt - oldest) / 1_000),
    lost: counts.lost,
  };
}

interface Counts {
  archived: number;
  failed: number;
  lost: number;
  /** When the runs closed that could not be archived in this pass. */
  waiting: number[];
}

async function archiveBatch(
  deps: ArchiveDependencies,
  runs: readonly ClosedRun[],
  until: number,
  counts: Counts,
): Promise<void> {
  const { database, log, wallNow = Date.now } = deps;
  for (const run of await notArchived(database, runs)) {
    if (wallNow() > until) {
      counts.waiting.push(run.closedAt);
      continue;
    }
    const { workflowId, runId } = run;
    try {
      if (await archiveOne(deps, run)) counts.archived += 1;
    } catch (error) {
      if (isForgotten(error)) {
        counts.lost += 1;
        log.error({ workflowId, runId }, 'the engine forgot the history of a run before it was archived');
      } else {
        counts.failed += 1;
        counts.waiting.push(run.closedAt);
        log.warn({ workflowId, runId, error: nameOf(error) }, 'the history of a run was not archived');
      }
    }
  }
}

async function archiveOne(
  { database, client, archive }: ArchiveDependencies,
  run: ClosedRun,
): Promise<boolean> {
  const history = await client.workflow.getHandle(run.workflowId, run.runId).fetchHistory();
  // The engine gives maps in any order: only the canonical form is the same each time.
  const text = canonical(JSON.parse(historyToJSON(history)));
  const hash = sha256(text);
  await archive.keep(hash, text);
  return rememberArchived(database, { ...run, hash, bytes: Buffer.byteLength(text) });
}

/** The client passes the engine's own answer on. */
function isForgotten(error: unknown): boolean {
  if (error instanceof WorkflowNotFoundError) return true;
  return isGrpcServiceError(error) && Number(error.code) === NOT_FOUND;
}

function queryFrom(since: number | null, taskQueue: string): string {
  const parts = [
    `ExecutionStatus != "Running"`,
    `WorkflowType != "${SYSTEM_JOB}"`,
    `TaskQueue = "${taskQueue}"`,
  ];
  if (since !== null) parts.push(`CloseTime >= "${new Date(since - OVERLAP_MS).toISOString()}"`);
  return parts.join(' AND ');
}

function listOf(client: Client): (query: string) => AsyncIterable<ClosedRun> {
  return async function* (query) {
    for await (const { workflowId, runId, type, status, closeTime } of client.workflow.list({ query })) {
      if (closeTime)
        yield { workflowId, runId, workflowType: type, status: status.name, closedAt: closeTime.getTime() };
    }
  };
}
