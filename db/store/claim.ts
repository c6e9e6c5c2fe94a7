/** Claiming an effect before the act; what waited for a mail server is put in order here, in the same transaction. */
import type { EffectIntent } from '../../domain/kernel/state.js';
import type { Database, Trx } from '../connection.js';
import { instant } from '../instants.js';
import { openAttention } from './attention.js';
import { CLAIMED, claimOf, DUE, ENDED, happenedBefore, type ClaimAt, type ClaimedRow } from './due.js';
import { lockProcess, mayBeOver } from './effects.js';
import { carriedBy, gather, oneAtATime } from './together.js';
import type { Claimed, SetAside } from './types.js';

/** See `WorkStore.claim`. */
export async function claim(database: Database, at: ClaimAt): Promise<Claimed | SetAside | null> {
  return database.as('step', { tenant: at.tenantId }, async (trx) => {
    const seen = await peek(trx, at);
    if (seen?.digestOf) await oneAtATime(trx, at.tenantId, seen.digestOf);
    if (seen?.kind === 'mail' && seen.state === 'planned') {
      const aside = await setAside(trx, at, seen);
      if (aside) return aside;
    }
    return take(trx, at, seen);
  });
}

interface Peek {
  readonly processId: string;
  readonly kind: EffectIntent['kind'];
  readonly state: string;
  readonly key: string;
  readonly topic: string | null;
  /** It could not be sent when it was due. */
  readonly waited: boolean;
  readonly route: string;
  readonly epoch: number;
  /** A person has decided that it is to be sent. */
  readonly resent: boolean;
  /** Whose digest it may be in. */
  readonly digestOf: string | null;
}

/** Nothing is locked yet: what follows from it is asked again under the lock. */
async function peek(trx: Trx, { tenantId, effectId, now, inOrder }: ClaimAt): Promise<Peek | null> {
  return trx.row<Peek>(
    `select e.process_id as "processId", e.kind, e.state, e.key, e.topic,
       e.attempts > 0 or e.held_since is not null as waited, r.state as route, s.epoch,
       coalesce(e.evidence ->> 'verdict' = 'resend', false) as resent,
       case when e.digest then e.recipient_id end as "digestOf"
       from effects e cross join mail_route r cross join store_state s
      where e.tenant_id = :tenantId and e.id = :effectId and ${DUE}`,
    { tenantId, effectId, now: instant(now), inOrder },
  );
}

async function setAside(trx: Trx, at: ClaimAt, seen: Peek): Promise<SetAside | null> {
  if (seen.route !== 'up' && !at.inOrder) return hold(trx, at);
  if (seen.epoch > 1 && !seen.resent && (await happenedBefore(trx, at, seen))) return ask(trx, at, seen);
  if (seen.topic === null || !seen.waited) return null;
  // The process first, as everybody locks who may find it over.
  const process = await lockProcess(trx, at.tenantId, seen.processId);
  const kind = (await supersede(trx, at, seen.topic)) ?? (await drop(trx, at));
  if (!kind) return null;
  return { setAside: kind, advance: await mayBeOver(trx, { ...at, processId: seen.processId }, process) };
}

/** At the earliest so much later is it looked at again, unless the queue comes to it before. */
const LEAST_HOLD = `interval '30 seconds'`;
const MOST_HOLD = `interval '1 hour'`;

async function hold(trx: Trx, { tenantId, effectId, now }: ClaimAt): Promise<SetAside | null> {
  const held = await trx.run(
    `update effects e set held_since = coalesce(held_since, business_now()),
         next_attempt_at = :now::timestamptz + least(${MOST_HOLD}, greatest(${LEAST_HOLD}, :now::timestamptz - not_before)),
         problem = 'The mail server is away.'
      where tenant_id = :tenantId and id = :effectId and state = 'planned'`,
    { tenantId, effectId, now: instant(now) },
  );
  return held === 1 ? { setAside: 'held', advance: true } : null;
}

/** A newer reminder of the same that is due as well says all that this one would say. */
async function supersede(trx: Trx, at: ClaimAt, topic: string): Promise<'superseded' | null> {
  const { tenantId, effectId, now } = at;
  const done = await trx.run(
    `update effects e set state = 'superseded', settled_at = business_now(), claimed_until = null, superseded_by = n.id,
         problem = 'A newer reminder of the same stands for it: mail was away.'
       from (select id, not_before, decided_at from effects
              where tenant_id = :tenantId and topic = :topic and state = 'planned' and not_before <= :now
              order by not_before desc, decided_at desc, id desc limit 1) n
      where e.tenant_id = :tenantId and e.id = :effectId and e.state = 'planned' and n.id <> e.id`,
    { tenantId, effectId, topic, now: instant(now) },
  );
  return done === 1 ? 'superseded' : null;
}

/** What it reminds of was done, and this is not the first that its recipient would hear of it. */
async function drop(trx: Trx, { tenantId, effectId }: ClaimAt): Promise<'dropped' | null> {
  const done = await trx.run(
    `update effects e set state = 'dropped', settled_at = business_now(), claimed_until = null,
         problem = 'What it reminds of had ended before mail was back.'
      where e.tenant_id = :tenantId and e.id = :effectId and e.state = 'planned' and ${ENDED}`,
    { tenantId, effectId },
  );
  return done === 1 ? 'dropped' : null;
}

/** SMTP cannot be asked, so a person is. */
async function ask(trx: Trx, at: ClaimAt, { processId }: Peek): Promise<SetAside | null> {
  const { tenantId, effectId } = at;
  await lockProcess(trx, tenantId, processId);
  const asked = await trx.run(
    `update effects set state = 'unknown', settled_at = business_now(), claimed_until = null,
         problem = 'The same message was sent or tried before the database was restored.'
      where tenant_id = :tenantId and id = :effectId and state = 'planned'`,
    { tenantId, effectId },
  );
  if (asked === 0) return null;
  await openAttention(trx, {
    tenantId,
    processId,
    id: `unknown|${effectId}`,
    label: 'Unknown outcome: mail',
    subject: effectId,
  });
  return { setAside: 'unknown', advance: false };
}

const TAKE = `
  with found as (
    select e.tenant_id, e.id, e.state = 'sent' as expired from effects e
     where e.tenant_id = :tenantId and e.id = :effectId and ${DUE}
     for no key update
  )
  update effects e set state = 'sent', fence = e.fence + 1, attempts = e.attempts + 1,
      sent_with = case when f.expired then e.sent_with end,
      claimed_until = business_now() + make_interval(secs => :claimMs / 1000.0)
    from found f join processes p on p.tenant_id = f.tenant_id
   where e.tenant_id = f.tenant_id and e.id = f.id and p.id = e.process_id
  returning ${CLAIMED}, f.expired, (
      select i.request_id from inbox i where i.tenant_id = e.tenant_id and i.process_id = e.process_id
         and i.request_id is not null and i.answer ->> 'seq' = split_part(e.event_id, ':', 3)
         and i.answer ->> 'outcome' = 'accepted' limit 1) as "requestId"`;

async function take(trx: Trx, at: ClaimAt, seen: Peek | null): Promise<Claimed | null> {
  const { tenantId, effectId, now, claimMs, inOrder } = at;
  const row = await trx.row<ClaimedRow>(TAKE, { tenantId, effectId, now: instant(now), claimMs, inOrder });
  if (!row) return null;
  const { expired, topic, sentWith } = row;
  const gathers = seen?.digestOf != null && !expired;
  return {
    ...claimOf(at, row),
    expired,
    standsFor: topic === null ? [] : await standFor(trx, at, topic),
    together: gathers ? await gather(trx, at, seen.digestOf, row.fence) : null,
    carriedBy: expired && sentWith !== null ? await carriedBy(trx, tenantId, sentWith) : null,
  };
}

/** Takes the place of older reminders of the same that could not be sent, and of those that these stood for. */
async function standFor(
  trx: Trx,
  { tenantId, effectId }: ClaimAt,
  topic: string,
): Promise<readonly number[]> {
  await trx.run(
    `update effects e set state = 'superseded', settled_at = business_now(), claimed_until = null,
         superseded_by = :effectId, problem = 'A newer reminder of the same stands for it: mail was away.'
      where e.tenant_id = :tenantId and e.topic = :topic and e.state = 'planned' and e.id <> :effectId
        and (e.attempts > 0 or e.held_since is not null)
        and e.not_before <= (select not_before from effects where tenant_id = :tenantId and id = :effectId)`,
    { tenantId, effectId, topic },
  );
  await trx.run(
    `update effects e set superseded_by = :effectId from effects middle
      where middle.tenant_id = :tenantId and middle.superseded_by = :effectId
        and e.tenant_id = :tenantId and e.superseded_by = middle.id`,
    { tenantId, effectId },
  );
  const rows = await trx.rows<{ at: number }>(
    `select ms(decided_at)::float8 as at from effects
      where tenant_id = :tenantId and superseded_by = :effectId order by decided_at, id`,
    { tenantId, effectId },
  );
  return rows.map((row) => row.at);
}
