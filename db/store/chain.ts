/**
 * The audit chains: one of events and one of refusals and accesses per tenant. Each entry's hash covers the exact bytes
 * stored and the hash before it. The head row is locked last in a transaction, directly before COMMIT, because
 * everybody else who appends in this tenant waits for it.
 */
import { genesis, linkHash, type ChainKind } from '../../domain/audit/chain.js';
import { canonical } from '../../domain/kernel/hash.js';
import type { EventRecord } from '../../domain/kernel/event.js';
import type { Trx } from '../connection.js';
import { instant } from '../instants.js';

export { genesis, linkHash };
export type { ChainKind };

/** Makes the heads of a new tenant. */
export async function openChains(trx: Trx, tenantId: string): Promise<void> {
  for (const kind of ['event', 'refusal'] as const) {
    await trx.run(
      `insert into chain_heads (tenant_id, kind, number, hash) values (:tenantId, :kind, 0, :hash)
       on conflict do nothing`,
      { tenantId, kind, hash: genesis(tenantId, kind) },
    );
  }
}

const ADVANCE_HEAD = `
  with head as (
    select number, hash from chain_heads where tenant_id = :tenantId and kind = :kind for update
  ), next as (
    update chain_heads c
       set number = head.number + 1,
           hash = encode(sha256(convert_to(head.hash || E'\\n' || :bytes, 'UTF8')), 'hex')
      from head where c.tenant_id = :tenantId and c.kind = :kind
    returning c.number, c.hash, head.hash as prev_hash
  )`;

/** Appends an event. */
export async function appendEvent(trx: Trx, event: EventRecord, internal: boolean): Promise<void> {
  const written = await trx.run(
    `${ADVANCE_HEAD}
     insert into events (tenant_id, process_id, seq, epoch, id, event, from_status, via_status, to_status, trigger,
         actor, on_behalf_of, at, recorded_at, owner_id, internal, bytes, prev_hash, hash, chain_no)
       select :tenantId, :processId, :seq, :epoch, :id, :event, :from, :via, :to, :trigger,
         :actor, :onBehalfOf, :at, :recordedAt, :ownerId, :internal, :bytes, prev_hash, hash, number from next`,
    {
      kind: 'event',
      tenantId: event.tenantId,
      processId: event.processId,
      seq: event.seq,
      epoch: event.epoch,
      id: event.id,
      event: event.event,
      from: event.from,
      via: event.via,
      to: event.to,
      trigger: event.trigger,
      actor: event.actor,
      onBehalfOf: event.onBehalfOf,
      at: instant(event.at),
      recordedAt: instant(event.recordedAt),
      ownerId: event.ownerId,
      internal,
      bytes: canonical(event),
    },
  );
  if (written !== 1) throw new Error(`Tenant ${event.tenantId} has no head of its event chain.`);
}

/** What is remembered beside the events: a refusal, an access (an export, a read of the audit), a change of set-up. */
export interface RefusalEntry {
  readonly tenantId: string;
  readonly kind: 'refusal' | 'access' | 'change';
  readonly processId: string | null;
  readonly inboxId: string | null;
  /** The refusal's code, or what was accessed or changed. */
  readonly code: string;
  /** What was asked for, such as `command activate`. */
  readonly trigger: string;
  readonly principal: string | null;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** Appends to the chain of refusals, accesses and changes. */
export async function appendRefusal(trx: Trx, entry: RefusalEntry): Promise<void> {
  const { tenantId, processId, inboxId, code, principal } = entry;
  const written = await trx.run(
    `${ADVANCE_HEAD}
     insert into refusals (tenant_id, number, kind, process_id, inbox_id, code, principal, at, bytes, prev_hash, hash)
       select :tenantId, number, :entryKind, :processId, :inboxId, :code, :principal, :at, :bytes, prev_hash, hash
         from next`,
    {
      kind: 'refusal',
      entryKind: entry.kind,
      tenantId,
      processId,
      inboxId,
      code,
      principal,
      at: instant(entry.at),
      bytes: canonical(entry),
    },
  );
  if (written !== 1) throw new Error(`Tenant ${tenantId} has no head of its refusal chain.`);
}
