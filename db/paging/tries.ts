/** Tries of a page, each written down before it is made and again when its outcome is known. */
import type { Channel } from '../../domain/paging/policy.js';
import { sha256 } from '../../domain/kernel/hash.js';
import type { Database, Trx } from '../connection.js';
import type { Claim } from '../store/types.js';

/** Only who holds the effect may try: somebody who slept past his claim writes nothing. */
const HELD = `e.tenant_id = :tenantId and e.id = :effectId and e.state = 'sent' and e.fence = :fence
  and e.claimed_until > business_now()`;

export interface TryAt {
  readonly channel: Channel;
  readonly round: number;
  /** A keyed hash of the address. */
  readonly destination: string;
}

/** The same however often it is begun: a receiver that honours keys takes one message under it. */
export function tryId(tenantId: string, effectKey: string, { round, channel }: TryAt): string {
  return `pgt_${sha256([tenantId, effectKey, round, channel]).slice(0, 26)}`;
}

/**
 * Writes the try down. `joined`: the same step has a message for this destination already, which stands for this one.
 * `lost`: somebody else holds the effect by now, or the page was acknowledged meanwhile.
 */
export async function beginTry(
  database: Database,
  held: Claim,
  at: TryAt,
): Promise<'begun' | 'joined' | 'lost'> {
  const { tenantId, effectId, fence, intent } = held;
  const { round, channel, destination } = at;
  const row = { tenantId, effectId, fence, id: tryId(tenantId, intent.key, at), round, channel, destination };
  return database.as('step', { tenant: tenantId }, async (trx) => {
    if ((await trx.run(BEGIN, row)) === 1) return 'begun';
    return (await trx.run(JOIN, row)) === 1 ? 'joined' : 'lost';
  });
}

const COLUMNS = `tenant_id, id, effect_id, process_id, event_id, person_id, round, channel, destination, outcome, joined,
  ended_at`;
const OF_EFFECT = `e.tenant_id, :id, e.id, e.process_id, e.event_id, e.recipient_id, :round, :channel, :destination`;
const UNANSWERED = `not exists (select from page_acknowledgements a
  where a.tenant_id = e.tenant_id and a.effect_id = e.id)`;

const BEGIN = `insert into page_tries (${COLUMNS})
  select ${OF_EFFECT}, 'trying', false, null from effects e where ${HELD} and ${UNANSWERED}
  on conflict do nothing`;

/** The one that was made is held, so that its end, and reports about it, are seen either here or there. */
const JOIN = `insert into page_tries (${COLUMNS})
  select ${OF_EFFECT}, case made.outcome when 'trying' then 'accepted' else made.outcome end, true, business_now()
    from effects e
    join page_tries made on made.tenant_id = e.tenant_id and made.event_id = e.event_id and made.round = :round
     and made.destination = :destination and not made.joined and made.effect_id <> e.id
   where ${HELD} and ${UNANSWERED}
     for share of made
  on conflict do nothing`;

export interface TryResult {
  readonly outcome: 'accepted' | 'delivered' | 'failed' | 'unknown';
  readonly problem: string | null;
  readonly messageId: string | null;
}

/**
 * A report that came before the answer says more than the answer: it stays. What the message stood for beside shares
 * its fate.
 */
export async function endTry(
  database: Database,
  held: Claim,
  at: TryAt,
  { outcome, problem, messageId }: TryResult,
): Promise<void> {
  const { tenantId, intent } = held;
  await database.as('step', { tenant: tenantId }, async (trx) => {
    const id = tryId(tenantId, intent.key, at);
    await lockTry(trx, tenantId, id);
    const ended = await trx.rows<{ effectId: string }>(
      `update page_tries t set outcome = :outcome, ended_at = business_now(), problem = :problem, message_id = :messageId
         from page_tries made
        where made.tenant_id = :tenantId and made.id = :id and made.outcome = 'trying'
          and t.tenant_id = made.tenant_id and t.event_id = made.event_id and t.round = made.round
          and t.destination = made.destination
       returning t.effect_id as "effectId"`,
      { tenantId, id, outcome, problem, messageId },
    );
    await hurry(
      trx,
      tenantId,
      ended.map((one) => one.effectId),
    );
  });
}

/** Before a statement that also sees those who joined it. */
export async function lockTry(trx: Trx, tenantId: string, id: string): Promise<void> {
  await trx.rows('select id from page_tries where tenant_id = :tenantId and id = :id for update', {
    tenantId,
    id,
  });
}

/**
 * Tries that nobody ended: whoever made them was cut off, so nobody knows whether they reached the person, nor those for
 * whom the message stood beside.
 */
export async function cutOffTries(database: Database, held: Claim): Promise<void> {
  const { tenantId, effectId, fence } = held;
  const problem = 'The try was interrupted.';
  await database.as('step', { tenant: tenantId }, async (trx) => {
    const cut = await trx.rows<{ id: string }>(
      `update page_tries t set outcome = 'unknown', ended_at = business_now(), problem = :problem
         from effects e where ${HELD} and t.tenant_id = e.tenant_id and t.effect_id = e.id and t.outcome = 'trying'
       returning t.id`,
      { tenantId, effectId, fence, problem },
    );
    if (cut.length === 0) return;
    const beside = await trx.rows<{ effectId: string }>(
      `update page_tries t set outcome = 'unknown', problem = :problem from page_tries made
        where made.tenant_id = :tenantId and made.id = any(:ids::text[]) and t.tenant_id = made.tenant_id
          and t.event_id = made.event_id and t.round = made.round and t.destination = made.destination
          and t.joined and t.outcome = 'accepted'
       returning t.effect_id as "effectId"`,
      { tenantId, problem, ids: cut.map(({ id }) => id) },
    );
    await hurry(
      trx,
      tenantId,
      beside.map((one) => one.effectId),
    );
  });
}

/**
 * After the effect was put off: a report of failure or an acknowledgement that came meanwhile has found nothing to hurry.
 * Neither the next channel nor the end is to wait for it.
 */
export async function hurryIfAnswered(database: Database, held: Claim): Promise<void> {
  const { tenantId, effectId } = held;
  await database.as('step', { tenant: tenantId }, async (trx) => hurry(trx, tenantId, [effectId]));
}

/** Pages whose last try has failed, or that somebody has acknowledged, are due now. */
export async function hurry(trx: Trx, tenantId: string, effectIds: readonly string[]): Promise<void> {
  await trx.run(
    `update effects e set next_attempt_at = business_now()
      where e.tenant_id = :tenantId and e.id = any(:effectIds::text[]) and e.state = 'planned'
        and e.next_attempt_at > business_now()
        and ((select t.outcome from page_tries t where t.tenant_id = e.tenant_id and t.effect_id = e.id
               order by t.started_at desc, t.round desc limit 1) in ('failed', 'unknown')
          or exists (select from page_acknowledgements a where a.tenant_id = e.tenant_id and a.effect_id = e.id))`,
    { tenantId, effectIds },
  );
}
