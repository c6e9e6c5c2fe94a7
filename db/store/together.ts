/**
 * Reminders of one person that go out as one message: found and claimed with the one that is due first. One message for
 * each customer, never for several: a step sees one customer only, and what is forwarded tells nothing of another one.
 */
import type { Trx } from '../connection.js';
import { holdName } from '../hold.js';
import { instant } from '../instants.js';
import { CLAIMED, claimOf, DUE, ENDED, happenedBefore, type ClaimAt, type ClaimedRow } from './due.js';
import type { Claimed } from './types.js';

const PREFIX = 'digest|';

/** The key of the message for several effects: of the one that leads them and its attempt, whose content it names. */
function togetherKey(leadId: string, fence: number): string {
  return `${PREFIX}${leadId}|${String(fence)}`;
}

export function isTogether(key: string): boolean {
  return key.startsWith(PREFIX);
}

/** Two reminders of one person that are claimed at the same instant would each take half of what goes together. */
export async function oneAtATime(trx: Trx, tenantId: string, personId: string): Promise<void> {
  await holdName(trx, `digest ${tenantId} ${personId}`);
}

/** More than these come with the next message of the same day. */
const MOST_TOGETHER = 100;

/**
 * Claims what is due to the same person together with the effect that leads. Left out is what would be set aside if it
 * were claimed by itself: that is decided when its own turn comes.
 */
const GATHER = `
  with found as (
    select e.tenant_id, e.id from effects e
     where e.tenant_id = :tenantId and e.recipient_id = :personId and e.digest and e.state = 'planned'
       and e.id <> :effectId and e.id <> all(:left::text[]) and ${DUE}
       and not ((e.attempts > 0 or e.held_since is not null) and (exists (
           select from effects n where n.tenant_id = e.tenant_id and n.topic = e.topic and n.state = 'planned'
              and n.id <> e.id and (n.not_before, n.decided_at, n.id) > (e.not_before, e.decided_at, e.id)
              and n.not_before <= :now)
         or ${ENDED}))
     order by e.not_before, e.decided_at, e.id limit ${MOST_TOGETHER} for no key update skip locked)
  update effects e set state = 'sent', fence = e.fence + 1, attempts = e.attempts + 1, sent_with = :key,
      claimed_until = business_now() + make_interval(secs => :claimMs / 1000.0)
    from found f join processes p on p.tenant_id = f.tenant_id
   where e.tenant_id = f.tenant_id and e.id = f.id and p.id = e.process_id
  returning e.id as "effectId", ${CLAIMED}, null as "requestId"`;

export async function gather(
  trx: Trx,
  at: ClaimAt,
  personId: string,
  fence: number,
): Promise<Claimed['together']> {
  const { tenantId, effectId, now, claimMs, inOrder } = at;
  const key = togetherKey(effectId, fence);
  const left = await leftAfterRestore(trx, at, personId);
  const bindings = { tenantId, effectId, personId, key, left, now: instant(now), claimMs, inOrder };
  const rows = await trx.rows<ClaimedRow & { readonly effectId: string }>(GATHER, bindings);
  if (rows.length === 0) return null;
  await trx.run('update effects set sent_with = :key where tenant_id = :tenantId and id = :effectId', {
    tenantId,
    effectId,
    key,
  });
  return { key, others: rows.map((row) => claimOf({ tenantId, effectId: row.effectId }, row)) };
}

/** What may have been sent before a restore is asked for one by one. */
async function leftAfterRestore(trx: Trx, at: ClaimAt, personId: string): Promise<readonly string[]> {
  const rows = await trx.rows<{ id: string; key: string; epoch: number; resent: boolean }>(
    `select e.id, e.key, s.epoch, coalesce(e.evidence ->> 'verdict' = 'resend', false) as resent
       from effects e cross join store_state s
      where s.epoch > 1 and e.tenant_id = :tenantId and e.recipient_id = :personId and e.digest
        and e.state = 'planned' order by e.not_before, e.id limit ${10 * MOST_TOGETHER}`,
    { tenantId: at.tenantId, personId },
  );
  const left: string[] = [];
  for (const row of rows) if (!row.resent && (await happenedBefore(trx, at, row))) left.push(row.id);
  return left;
}

/** One message carries them all: when one of them is known to have gone out, so have the others. */
export async function carriedBy(trx: Trx, tenantId: string, sentWith: string): Promise<string | null> {
  const row = await trx.row<{ messageId: string }>(
    `select evidence ->> 'messageId' as "messageId" from effects
      where sent_with = :sentWith and tenant_id = :tenantId and state = 'confirmed'
        and evidence ->> 'messageId' is not null limit 1`,
    { tenantId, sentWith },
  );
  return row?.messageId ?? null;
}
