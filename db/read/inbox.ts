/** The row behind an accepted request. */
import type { Answer } from '../../domain/kernel/store.js';
import type { Database, Trx } from '../connection.js';

export interface InboxRead {
  readonly inboxId: string;
  readonly processId: string;
  readonly state: 'pending' | 'answered' | 'parked' | 'skipped';
  readonly acceptedAt: number;
  readonly answer: Answer | null;
}

const ROW = `select id as "inboxId", process_id as "processId", state, ms(accepted_at)::float8 as "acceptedAt", answer
  from inbox where id = :inboxId`;

/**
 * A row that the principal may see. His own he always may: a contract that he has just imported shows itself to him
 * only after its first step.
 */
export async function readInboxRow(
  database: Database,
  principal: string,
  inboxId: string,
): Promise<InboxRead | null> {
  const seen = await database.as('api', { principal }, async (trx) => trx.row<InboxRead>(ROW, { inboxId }));
  if (seen) return seen;
  return database.as('admin', {}, async (trx) =>
    trx.row<InboxRead>(`${ROW} and actor = :principal`, { inboxId, principal }),
  );
}

export interface BoundKey {
  readonly inboxId: string;
  readonly processId: string;
  readonly bodyHash: string;
}

/** What an idempotency key of a principal is bound to; with the role `step` of the tenant. */
export async function readBoundKey(
  trx: Trx,
  tenantId: string,
  key: { readonly principal: string; readonly value: string },
): Promise<BoundKey | null> {
  return trx.row<BoundKey>(
    `select id as "inboxId", process_id as "processId", body_hash as "bodyHash" from inbox
      where tenant_id = :tenantId and key_principal = :principal and key_value = :value`,
    { tenantId, ...key },
  );
}
