/** Which effects are due, as a claim reads them, and what a claimed one is. */
import { effectId as idOf } from '../../domain/kernel/memory-store.js';
import type { EffectIntent } from '../../domain/kernel/state.js';
import type { Trx } from '../connection.js';
import type { Claim } from './types.js';

export interface ClaimAt {
  readonly tenantId: string;
  readonly effectId: string;
  readonly now: number;
  readonly claimMs: number;
  readonly inOrder: boolean;
}

/**
 * Due by the caller's `now`; expired only by the clock that everybody shares, so that a machine whose clock runs ahead
 * takes nothing from anybody. Who works the queue need not wait for what only waited for the server.
 */
export const DUE = `((e.state = 'planned'
      and (e.next_attempt_at <= :now or :inOrder and e.held_since is not null and e.not_before <= :now))
    or (e.state = 'sent' and e.claimed_until <= least(:now, business_now())))`;

/** What it reminds of was done (marks are left over), and this is not the first that its recipient would hear of it. */
export const ENDED = `(exists (select from effects o
      where o.tenant_id = e.tenant_id and o.topic = e.topic and o.state = 'confirmed')
    and exists (select from clocks c where c.tenant_id = e.tenant_id and c.process_id = e.process_id
      and concat_ws('/', c.name, c.key, c.run) = split_part(e.topic, '|', 3) and c.ended_at is not null
      and exists (select from jsonb_array_elements(c.marks) m where m ->> 'state' = 'armed')))`;

export interface ClaimedRow {
  readonly processId: string;
  readonly slug: string;
  readonly fence: number;
  readonly attempt: number;
  readonly expired: boolean;
  readonly kind: EffectIntent['kind'];
  readonly key: string;
  readonly notBefore: Date;
  readonly content: unknown;
  readonly eventId: string;
  readonly requestId: string | null;
  readonly topic: string | null;
  readonly sentWith: string | null;
}

export const CLAIMED = `e.process_id as "processId", p.slug, e.fence, e.attempts as attempt, e.kind, e.key,
    e.not_before as "notBefore", e.content, e.event_id as "eventId", e.topic, e.sent_with as "sentWith"`;

export function claimOf(
  { tenantId, effectId }: Pick<ClaimAt, 'tenantId' | 'effectId'>,
  row: ClaimedRow,
): Claim {
  const { processId, slug, fence, attempt, kind, key, content, topic, eventId, requestId } = row;
  // Written by writeEffects from an intent of exactly this shape.
  const written = { kind, key, notBefore: row.notBefore.getTime(), content } as EffectIntent;
  const intent = topic === null ? written : { ...written, topic };
  return { effectId, tenantId, processId, slug, fence, attempt, intent, eventId, requestId };
}

/** The same intent was done, or tried, on a line of history that a restore has given up. */
export async function happenedBefore(
  trx: Trx,
  { tenantId }: ClaimAt,
  { key, epoch }: { readonly key: string; readonly epoch: number },
): Promise<boolean> {
  const [processId = '', , ...rest] = key.split('|');
  const twins = Array.from({ length: epoch - 1 }, (_, before) =>
    idOf(tenantId, [processId, before + 1, ...rest].join('|')),
  );
  const row = await trx.row<{ id: string }>(
    `select effect_id as id from abandoned_effects
      where tenant_id = :tenantId and effect_id = any(:twins::text[]) limit 1`,
    { tenantId, twins },
  );
  return row !== null;
}
