/** Reads a process as the next step finds it. */
import type { ClockState, MarkState, ProcessState } from '../../domain/kernel/state.js';
import type { InboxRow, LoadedProcess, PlannedEffect } from '../../domain/kernel/store.js';
import type { Data } from '../../domain/kernel/words.js';
import type { Pause } from '../../domain/time/business.js';
import type { Trx } from '../connection.js';
import { inOrder } from '../in-order.js';

/** A process in the store, with what the store alone knows of it. */
export interface StoredProcess {
  readonly loaded: LoadedProcess;
  readonly policyId: string;
  readonly policyVersion: number;
  /** Business time when it was read, epoch milliseconds. */
  readonly readAt: number;
}

/** Rows of the inbox that one step looks at; the earliest are enough to choose from. */
const PENDING_LIMIT = 50;

interface ProcessRow {
  readonly slug: string;
  readonly status: string;
  readonly data: Data | null;
  readonly seq: number;
  readonly epoch: number;
  readonly lastAt: Date | null;
  readonly runs: Readonly<Record<string, number>>;
  readonly ownerId: string;
  readonly policyId: string;
  readonly policyVersion: number;
  readonly blocked: boolean;
  readonly over: boolean;
  readonly storeEpoch: number;
}

const PROCESS = `
  select slug, status, data, seq, epoch, last_at as "lastAt", runs, owner_id as "ownerId", policy_id as "policyId",
    policy_version as "policyVersion", is_blocked as blocked, over, (select epoch from store_state) as "storeEpoch"
    from processes where tenant_id = :tenantId and id = :processId`;

interface Around {
  readonly now: Date;
  readonly clocks: readonly ClockRow[];
  readonly pending: readonly InboxRow[];
  readonly planned: readonly PlannedEffect[];
  readonly unsettled: number;
}

interface ClockRow extends Omit<ClockState, 'marks' | 'pauses'> {
  readonly marks: readonly MarkState[];
  readonly pauses: readonly Pause[];
}

/** A statement of its own after the lock, so that it sees all that was committed before. */
const AROUND = `
  select business_now() as now,
    (select coalesce(json_agg(json_build_object('name', name, 'key', key, 'run', run, 'promise', promise,
        'calendarId', calendar_id, 'calendarVersion', calendar_version, 'startedAt', ms(started_at), 'marks', marks,
        'pauses', pauses, 'outcome', outcome, 'missedAt', ms(missed_at), 'endedAt', ms(ended_at),
        'policyPath', policy_path) order by position), '[]')
       from clocks where tenant_id = :tenantId and process_id = :processId and ended_at is null) as clocks,
    (select coalesce(json_agg(row order by skips desc, accepted, number), '[]') from (
       select json_build_object('id', id, 'kind', kind, 'name', name, 'payload', payload, 'actor', actor,
           'onBehalfOf', on_behalf_of, 'acceptedAt', ms(accepted_at), 'number', number,
           'expectedSeq', expected_seq, 'requestId', request_id) as row,
         kind = 'system' and name = 'skipMark' as skips, accepted_at as accepted, number
         from inbox where tenant_id = :tenantId and process_id = :processId and state = 'pending'
        order by skips desc, accepted_at, number limit ${PENDING_LIMIT}) first) as pending,
    (select coalesce(json_agg(json_build_object('id', id, 'kind', kind, 'nextAttemptAt', ms(next_attempt_at))
         order by next_attempt_at, id), '[]')
       from effects where tenant_id = :tenantId and process_id = :processId and state = 'planned') as planned,
    (select count(*)::integer from effects
      where tenant_id = :tenantId and process_id = :processId and state in ('planned', 'sent', 'unknown')) as unsettled`;

/**
 * Reads a process; null when the tenant has none of that id. Its row stays locked until the transaction ends, if that
 * writes: NO KEY, so that rows of other tables may still point to it meanwhile.
 */
export async function loadProcess(
  trx: Trx,
  at: { readonly tenantId: string; readonly processId: string },
): Promise<StoredProcess | null> {
  const where = { tenantId: at.tenantId, processId: at.processId };
  const [row, around] = await inOrder([
    trx.row<ProcessRow>(`${PROCESS} ${trx.reads ? '' : 'for no key update'}`, where),
    trx.row<Around>(AROUND, where),
  ]);
  if (!row) return null;
  if (!around) throw new Error('A select without a table gave no row.');
  const { clocks, pending, planned, unsettled } = around;
  const ref = { id: at.processId, tenantId: at.tenantId, slug: row.slug, epoch: row.epoch };
  const state = stateOf(ref, row, clocks);
  return {
    loaded: {
      ref,
      state,
      pending,
      planned,
      unsettled,
      blocked: row.blocked,
      over: row.over,
      storeEpoch: row.storeEpoch,
    },
    policyId: row.policyId,
    policyVersion: row.policyVersion,
    readAt: around.now.getTime(),
  };
}

function stateOf(
  ref: LoadedProcess['ref'],
  row: ProcessRow,
  clocks: readonly ClockState[],
): ProcessState | null {
  const { status, data, seq, lastAt, runs, ownerId, policyId, policyVersion } = row;
  if (data === null || lastAt === null) return null;
  return {
    ...ref,
    status,
    data,
    seq,
    lastAt: lastAt.getTime(),
    clocks,
    runs,
    ownerId,
    policyId,
    policyVersion,
  };
}
