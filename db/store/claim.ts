/** Claiming an effect before the act; what waited for a mail server is put in order here, in the same transaction. */
import { effectId as idOf } from '../../domain/kernel/memory-store.js';
import type { EffectIntent } from '../../domain/kernel/state.js';
import type { Database, Trx } from '../connection.js';
import { instant } from '../instants.js';
import { openAttention } from './attention.js';
import { lockProcess, mayBeOver } from './effects.js';
import type { Claimed, SetAside } from './types.js';

interface ClaimAt {
  readonly tenantId: string;
  readonly effectId: string;
  readonly now: number;
  readonly claimMs: number;
  readonly inOrder: boolean;
}

/** See `WorkStore.claim`. */
export async function claim(database: Database, at: ClaimAt): Promise<Claimed | SetAside | null> {
  return database.as('step', { tenant: at.tenantId }, async (trx) => {
    const seen = await peek(trx, at);
    if (seen?.kind === 'mail' && seen.state === 'planned') {
      const aside = await setAside(trx, at, seen);
      if (aside) return aside;
    }
    return take(trx, at, seen?.topic ?? null);
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
}

/** Nothing is locked yet: what follows from it is asked again under the lock. */
async function peek(trx: Trx, { tenantId, effectId, now, inOrder }: ClaimAt): Promise<Peek | null> {
  return trx.row<Peek>(
    `select e.process_id as "processId", e.kind, e.state, e.key, e.topic,
       e.attempts > 0 or e.held_since is not null as waited, r.state as route, s.epoch,
       coalesce(e.evidence ->> 'verdict' = 'resend', false) as resent
       from effects e cross join mail_route r cross join store_state s
      where e.tenant_id = :tenantId and e.id = :effectId and ${DUE}`,
    { tenantId, effectId, now: instant(now), inOrder },
  );
}

/**
 * Due by the caller's `now`; expired only by the clock that everybody shares, so that a machine whose clock runs ahead
 * takes nothing from anybody. Who works the queue need not wait for what only waited for the server.
 */
const DUE = `((e.state = 'planned'
      and (e.next_attempt_at <= :now or :inOrder and e.held_since is not null and e.not_before <= :now))
    or (e.state = 'sent' and e.claimed_until <= least(:now, business_now())))`;

async function setAside(trx: Trx, at: ClaimAt, seen: Peek): Promise<SetAside | null> {
  if (seen.route !== 'up' && !at.inOrder) return hold(trx, at);
  if (seen.epoch > 1 && !seen.resent && (await happenedBefore(trx, at, seen))) return ask(trx, at, seen);
  if (seen.topic === null || !seen.waited) return null;
  // The process first, as everybody locks who may find it over.
  const process = await lockProcess(trx, at.tenantId, seen.processId);
  const kind = (await supersede(trx, at, seen.topic)) ?? (await drop(trx, at, seen.topic));
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

/** What it reminds of was done (marks are left over), and this is not the first that its recipient would hear of it. */
async function drop(trx: Trx, { tenantId, effectId }: ClaimAt, topic: string): Promise<'dropped' | null> {
  const done = await trx.run(
    `update effects e set state = 'dropped', settled_at = business_now(), claimed_until = null,
         problem = 'What it reminds of had ended before mail was back.'
      where e.tenant_id = :tenantId and e.id = :effectId and e.state = 'planned'
        and exists (select from effects o where o.tenant_id = e.tenant_id and o.topic = :topic and o.state = 'confirmed')
        and exists (select from clocks c where c.tenant_id = e.tenant_id and c.process_id = e.process_id
          and concat_ws('/', c.name, c.key, c.run) = split_part(:topic, '|', 3) and c.ended_at is not null
          and exists (select from jsonb_array_elements(c.marks) m where m ->> 'state' = 'armed'))`,
    { tenantId, effectId, topic },
  );
  return done === 1 ? 'dropped' : null;
}

/** The same intent was done, or tried, on a line of history that a restore has given up. */
async function happenedBefore(trx: Trx, { tenantId }: ClaimAt, { key, epoch }: Peek): Promise<boolean> {
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

interface ClaimedRow {
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
}

const TAKE = `
  with found as (
    select e.tenant_id, e.id, e.state = 'sent' as expired from effects e
     where e.tenant_id = :tenantId and e.id = :effectId and ${DUE}
     for no key update
  )
  update effects e set state = 'sent', fence = e.fence + 1, attempts = e.attempts + 1,
      claimed_until = business_now() + make_interval(secs => :claimMs / 1000.0)
    from found f join processes p on p.tenant_id = f.tenant_id
   where e.tenant_id = f.tenant_id and e.id = f.id and p.id = e.process_id
  returning e.process_id as "processId", p.slug, e.fence, e.attempts as attempt, f.expired, e.kind, e.key,
    e.not_before as "notBefore", e.content, e.event_id as "eventId", (
      select i.request_id from inbox i where i.tenant_id = e.tenant_id and i.process_id = e.process_id
         and i.request_id is not null and i.answer ->> 'seq' = split_part(e.event_id, ':', 3)
         and i.answer ->> 'outcome' = 'accepted' limit 1) as "requestId"`;

async function take(trx: Trx, at: ClaimAt, topic: string | null): Promise<Claimed | null> {
  const { tenantId, effectId, now, claimMs, inOrder } = at;
  const row = await trx.row<ClaimedRow>(TAKE, { tenantId, effectId, now: instant(now), claimMs, inOrder });
  if (!row) return null;
  const { processId, slug, fence, attempt, expired, kind, key, content, eventId, requestId } = row;
  // Written by writeEffects from an intent of exactly this shape.
  const intent = { kind, key, notBefore: row.notBefore.getTime(), content } as EffectIntent;
  const standsFor = topic === null ? [] : await standFor(trx, at, topic);
  const references = { eventId, requestId };
  return {
    ...{ effectId, tenantId, processId, slug, fence, attempt, intent, expired, standsFor },
    ...references,
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
