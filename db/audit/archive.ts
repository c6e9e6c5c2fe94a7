/** Which closed runs of the engine are archived, and by which hash. */
import type { Database } from '../connection.js';
import { businessNow } from '../business-clock.js';
import { instant } from '../instants.js';
import { PROVIDER } from '../provision/tenants.js';
import { appendRefusal } from '../store/chain.js';

/** One run of a workflow that ended, also by continuing as new. Instants in epoch milliseconds. */
export interface ClosedRun {
  readonly workflowId: string;
  readonly runId: string;
  readonly workflowType: string;
  readonly status: string;
  readonly closedAt: number;
}

export interface ArchivedHistory extends ClosedRun {
  /** SHA-256 of the exact file. */
  readonly hash: string;
  readonly bytes: number;
}

/** Those of these runs that are not archived, in the order given. */
export async function notArchived<R extends ClosedRun>(
  database: Database,
  runs: readonly R[],
): Promise<readonly R[]> {
  const known = await database.as('admin', {}, async (trx) =>
    trx.rows<{ key: string }>(
      `select workflow_id || ' ' || run_id as key from archived_histories where run_id = any(:runs::text[])`,
      { runs: runs.map((run) => run.runId) },
    ),
  );
  const keys = new Set(known.map((row) => row.key));
  return runs.filter((run) => !keys.has(`${run.workflowId} ${run.runId}`));
}

/**
 * Remembers an archived history, with a `change` entry `history.archived <workflow> <run> <hash>` in the second chain
 * of its customer (the Provider's for a run that drove no process). Gives false when it was remembered before.
 */
export async function rememberArchived(database: Database, run: ArchivedHistory): Promise<boolean> {
  const { workflowId, runId, workflowType, status, hash, bytes } = run;
  return database.as('admin', {}, async (trx) => {
    const owner = await trx.row<{ tenantId: string }>(
      'select tenant_id as "tenantId" from processes where id = :workflowId',
      { workflowId },
    );
    const tenantId = owner?.tenantId ?? null;
    const closedAt = instant(run.closedAt);
    const written = await trx.run(
      `insert into archived_histories
           (workflow_id, run_id, tenant_id, workflow_type, status, closed_at, hash, bytes)
         values (:workflowId, :runId, :tenantId, :workflowType, :status, :closedAt, :hash, :bytes)
         on conflict do nothing`,
      { workflowId, runId, tenantId, workflowType, status, closedAt, hash, bytes },
    );
    if (written === 0) return false;
    await appendRefusal(trx, {
      tenantId: tenantId ?? PROVIDER,
      kind: 'change',
      processId: owner ? workflowId : null,
      inboxId: null,
      code: 'history.archived',
      trigger: `history.archived ${workflowId} ${runId} ${hash}`,
      principal: null,
      at: await businessNow(trx),
    });
    return true;
  });
}

/** Up to when everything that was visible is archived, epoch milliseconds; null before the first whole pass. */
export async function closedThrough(database: Database): Promise<number | null> {
  return database.as('admin', {}, async (trx) => {
    const row = await trx.row<{ ms: number }>('select ms(closed_through)::float8 as ms from archive_state');
    return row?.ms ?? null;
  });
}

/** Moves the mark forward, never back. */
export async function raiseClosedThrough(database: Database, at: number): Promise<void> {
  await database.as('admin', {}, async (trx) =>
    trx.run(
      `insert into archive_state (closed_through) values (:at)
        on conflict (single) do update
          set closed_through = greatest(archive_state.closed_through, excluded.closed_through)`,
      { at: instant(at) },
    ),
  );
}

export interface ArchiveState {
  readonly histories: number;
  readonly bytes: number;
  readonly closedThrough: number | null;
  readonly newest: readonly (ArchivedHistory & { readonly tenantId: string | null })[];
}

const COLUMNS = `workflow_id as "workflowId", run_id as "runId", tenant_id as "tenantId",
  workflow_type as "workflowType", status, ms(closed_at)::float8 as "closedAt", hash, bytes::float8 as bytes`;

/** How much is archived, and what came last. */
export async function readArchiveState(database: Database, limit: number): Promise<ArchiveState> {
  const through = await closedThrough(database);
  return database.as('admin', {}, async (trx) => {
    const sums = await trx.row<{ histories: number; bytes: number }>(
      'select count(*)::float8 as histories, coalesce(sum(bytes), 0)::float8 as bytes from archived_histories',
    );
    const newest = await trx.rows<ArchiveState['newest'][number]>(
      `select ${COLUMNS} from archived_histories order by closed_at desc, run_id limit :limit`,
      { limit },
    );
    return { histories: sums?.histories ?? 0, bytes: sums?.bytes ?? 0, closedThrough: through, newest };
  });
}

/** The archived histories of one process, the oldest run first. */
export async function archivedOf(database: Database, processId: string): Promise<readonly ArchivedHistory[]> {
  return database.as('admin', {}, async (trx) =>
    trx.rows<ArchivedHistory>(
      `select ${COLUMNS} from archived_histories where workflow_id = :processId order by closed_at, run_id`,
      { processId },
    ),
  );
}
