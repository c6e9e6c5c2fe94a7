/** Accepting work: the row that nothing acknowledged to a caller can be lost behind (architecture §6). */
import type { Database, Trx } from '../connection.js';
import { inOrder } from '../in-order.js';
import { isInfrastructure, isLockTimeout } from '../infrastructure.js';
import { instant } from '../instants.js';
import { newId } from './ids.js';
import type { Acceptance, Accepted } from './types.js';

/** A caller waits no longer than this for a process that another step holds. */
const LOCK_WAIT_MS = 1_000;

/** Rolls back what was written before a known key was met, and carries the answer out. */
class Undo extends Error {
  constructor(readonly answer: Accepted) {
    super('The key is bound already.');
  }
}

/** Accepts one piece of work for a process; see `Accepted` for what may come of it. */
export async function accept(database: Database, work: Acceptance): Promise<Accepted> {
  const inboxId = newId('inb');
  try {
    return await database.as('step', { tenant: work.tenantId }, async (trx) => insert(trx, work, inboxId));
  } catch (error) {
    if (error instanceof Undo) return error.answer;
    if (isLockTimeout(error)) return { kind: 'busy' };
    if (!isInfrastructure(error)) throw error;
    // The connection may have died after the COMMIT: look, never repeat blindly.
    const row = await database.as('step', { tenant: work.tenantId }, async (trx) => byId(trx, work, inboxId));
    if (!row) throw error;
    return { kind: 'accepted', ...row };
  }
}

async function insert(trx: Trx, work: Acceptance, inboxId: string): Promise<Accepted> {
  if (work.start) {
    const known = await boundBy(trx, work);
    if (known) return known;
    await insertProcess(trx, work, work.start);
  }
  const [, process, acceptedAt] = await inOrder([
    trx.rows(`select set_config('lock_timeout', :wait, true)`, { wait: String(LOCK_WAIT_MS) }),
    lockProcess(trx, work),
    insertRow(trx, work, inboxId),
  ]);
  if (!process) return { kind: 'noProcess' };
  if (work.start && process.started) return alreadyStarted(trx, work);
  // Nobody but the holder of the lock numbers rows, so only a key that was bound before keeps one out.
  if (acceptedAt === null) throw new Undo((await boundBy(trx, work)) ?? { kind: 'busy' });
  return { kind: 'accepted', inboxId, processId: work.processId, acceptedAt };
}

async function lockProcess(
  trx: Trx,
  { tenantId, processId }: Acceptance,
): Promise<{ readonly started: boolean } | null> {
  return trx.row(
    `select seq > 0 or inbox_number > 0 as started
       from processes where tenant_id = :tenantId and id = :processId for no key update`,
    { tenantId, processId },
  );
}

async function insertProcess(
  trx: Trx,
  { tenantId, processId }: Acceptance,
  start: NonNullable<Acceptance['start']>,
): Promise<void> {
  await trx.run(
    `insert into processes (tenant_id, id, slug, owner_id, policy_id, policy_version, epoch)
       values (:tenantId, :processId, :slug, :ownerId, :policyId, :policyVersion, (select epoch from store_state))
     on conflict do nothing`,
    {
      tenantId,
      processId,
      slug: start.slug,
      ownerId: start.ownerId,
      policyId: start.policyId,
      policyVersion: start.policyVersion,
    },
  );
}

/**
 * Gives the row the next number of the process, whose lock the statement before it has taken: `accepted_at` is read
 * under the lock. Null when there is nothing to number (no such process, started before), or its key is bound.
 */
async function insertRow(trx: Trx, work: Acceptance, inboxId: string): Promise<number | null> {
  const row = await trx.row<{ acceptedAt: number }>(
    `with added as (
       insert into inbox (tenant_id, id, process_id, number, kind, name, payload, actor, on_behalf_of, accepted_at,
           expected_seq, urgent, key_principal, key_value, body_hash, request_id)
         select :tenantId, :inboxId, p.id, p.inbox_number + 1, :kind, :name, :payload, :actor, :onBehalfOf,
           least(business_now(), :decidedAt::timestamptz), :expectedSeq::integer, :urgent::boolean, :principal, :value,
           :bodyHash, :requestId
           from processes p where p.tenant_id = :tenantId and p.id = :processId
            and (:kind <> 'start' or not (p.seq > 0 or p.inbox_number > 0))
       on conflict (tenant_id, key_principal, key_value) do nothing
       returning process_id, number, accepted_at), numbered as (
       update processes p set inbox_number = added.number from added
        where p.tenant_id = :tenantId and p.id = added.process_id)
     select ms(accepted_at)::float8 as "acceptedAt" from added`,
    {
      tenantId: work.tenantId,
      inboxId,
      processId: work.processId,
      kind: work.kind,
      name: work.name,
      payload: JSON.stringify(work.payload),
      actor: work.actor,
      onBehalfOf: work.onBehalfOf,
      decidedAt: instant(work.decidedAt),
      expectedSeq: work.expectedSeq,
      urgent: work.urgent,
      principal: work.key?.principal ?? null,
      value: work.key?.value ?? null,
      bodyHash: work.key?.bodyHash ?? null,
      requestId: work.requestId ?? null,
    },
  );
  return row?.acceptedAt ?? null;
}

interface Bound {
  readonly inboxId: string;
  readonly processId: string;
  readonly acceptedAt: Date;
  readonly bodyHash: string | null;
}

const BOUND = `select id as "inboxId", process_id as "processId", accepted_at as "acceptedAt", body_hash as "bodyHash"
  from inbox where tenant_id = :tenantId`;

/** What the key was bound to before. */
async function boundBy(trx: Trx, { tenantId, key }: Acceptance): Promise<Accepted | null> {
  if (!key) return null;
  const row = await trx.row<Bound>(`${BOUND} and key_principal = :principal and key_value = :value`, {
    tenantId,
    principal: key.principal,
    value: key.value,
  });
  return row && knownOrConflict(row, key.bodyHash);
}

/** A process is started once: whoever asks again is shown the row that started it. */
async function alreadyStarted(trx: Trx, { tenantId, processId, key }: Acceptance): Promise<Accepted> {
  const row = await trx.row<Bound>(
    `${BOUND} and process_id = :processId and kind = 'start' order by number limit 1`,
    { tenantId, processId },
  );
  if (!row) throw new Error(`Process ${processId} stands without the row that started it.`);
  return knownOrConflict(row, key?.bodyHash ?? row.bodyHash);
}

function knownOrConflict(row: Bound, bodyHash: string | null): Accepted {
  const { inboxId, processId } = row;
  if (row.bodyHash !== null && row.bodyHash !== bodyHash) return { kind: 'conflict', inboxId };
  return { kind: 'known', inboxId, processId, acceptedAt: row.acceptedAt.getTime() };
}

async function byId(trx: Trx, { tenantId }: Acceptance, inboxId: string) {
  const row = await trx.row<Bound>(`${BOUND} and id = :inboxId`, { tenantId, inboxId });
  return row && { inboxId, processId: row.processId, acceptedAt: row.acceptedAt.getTime() };
}
