/** What belongs to one process: its timeline, its clocks, who was told and when it was delivered. */
import type { EventRecord } from '../../domain/kernel/event.js';
import type { ClockState, EffectIntent } from '../../domain/kernel/state.js';
import type { Data } from '../../domain/kernel/words.js';
import type { Database } from '../connection.js';

export interface TimelineEntry {
  readonly seq: number;
  readonly event: string;
  readonly from: string | null;
  readonly via: string | null;
  readonly to: string | null;
  readonly trigger: string;
  readonly actor: string | null;
  readonly actorName: string | null;
  readonly onBehalfOf: string | null;
  /** Business instant and instant of recording, epoch milliseconds. */
  readonly at: number;
  readonly recordedAt: number;
  readonly internal: boolean;
  /** The record that the audit chain holds. */
  readonly record: EventRecord;
  /** What the trigger brought; null for timers and where it was erased. */
  readonly payload: Data | null;
  readonly erased: boolean;
  readonly hash: string;
}

/** Oldest first, after an event of the process; at most `limit`. */
export async function readTimeline(
  database: Database,
  principal: string,
  processId: string,
  page: { readonly afterSeq: number; readonly limit: number },
): Promise<readonly TimelineEntry[]> {
  return database.as('api', { principal }, async (trx) =>
    trx.rows<TimelineEntry>(
      `select e.seq, e.event, e.from_status as "from", e.via_status as via, e.to_status as "to", e.trigger, e.actor,
         a.name as "actorName", e.on_behalf_of as "onBehalfOf", ms(e.at)::float8 as at,
         ms(e.recorded_at)::float8 as "recordedAt", e.internal, e.bytes::json as record,
         d.fired -> 'payload' as payload, d.erased_at is not null as erased, e.hash
         from events e
         left join event_details d on d.tenant_id = e.tenant_id and d.event_id = e.id
         left join people a on a.id = e.actor
        where e.process_id = :processId and e.seq > :afterSeq order by e.seq limit :limit`,
      { processId, afterSeq: page.afterSeq, limit: page.limit },
    ),
  );
}

export interface ClockView extends ClockState {
  readonly dueAt: number | null;
  readonly dueStep: string | null;
  /** The instant of the promise, or of the next mark of another clock. */
  readonly promiseDueAt: number | null;
}

/** All clocks of a process, running ones first. */
export async function readClocks(
  database: Database,
  principal: string,
  processId: string,
): Promise<readonly ClockView[]> {
  return database.as('api', { principal }, async (trx) =>
    trx.rows<ClockView>(
      `select name, key, run, promise, calendar_id as "calendarId", calendar_version as "calendarVersion",
         ms(started_at)::float8 as "startedAt", marks, pauses, outcome, ms(missed_at)::float8 as "missedAt",
         ms(ended_at)::float8 as "endedAt", policy_path as "policyPath", ms(due_at)::float8 as "dueAt",
         due_step as "dueStep", ms(promise_due_at)::float8 as "promiseDueAt"
         from clocks where process_id = :processId
        order by ended_at is not null, due_at nulls last, ended_at desc, name, key, run`,
      { processId },
    ),
  );
}

export interface EffectView {
  readonly effectId: string;
  readonly key: string;
  readonly kind: EffectIntent['kind'];
  readonly content: EffectIntent['content'];
  readonly recipientId: string | null;
  readonly recipientName: string | null;
  readonly state: 'planned' | 'sent' | 'confirmed' | 'failed' | 'unknown' | 'dropped';
  /** Of the event that decided it. */
  readonly seq: number;
  readonly notBefore: number;
  readonly decidedAt: number;
  readonly nextAttemptAt: number;
  readonly settledAt: number | null;
  readonly attempts: number;
  readonly problem: string | null;
  /** What the receiver answered, such as the line of a mail server. */
  readonly evidence: Data | null;
}

const EFFECT = `e.id as "effectId", e.key, e.kind, e.content, e.recipient_id as "recipientId",
  r.name as "recipientName", e.state, split_part(e.event_id, ':', 3)::integer as seq,
  ms(e.not_before)::float8 as "notBefore", ms(e.decided_at)::float8 as "decidedAt",
  ms(e.next_attempt_at)::float8 as "nextAttemptAt", ms(e.settled_at)::float8 as "settledAt", e.attempts, e.problem,
  e.evidence`;

/** What a process did to the outside, oldest first. */
export async function readEffects(
  database: Database,
  principal: string,
  processId: string,
): Promise<readonly EffectView[]> {
  return database.as('api', { principal }, async (trx) =>
    trx.rows<EffectView>(
      `select ${EFFECT} from effects e left join people r on r.id = e.recipient_id
        where e.process_id = :processId order by e.decided_at, e.key limit 1000`,
      { processId },
    ),
  );
}

/** Effects whose outcome is unknown, of all tenants that the principal sees, oldest first. */
export async function readUnknownEffects(
  database: Database,
  principal: string,
  limit: number,
): Promise<readonly (EffectView & { readonly tenantId: string; readonly processId: string })[]> {
  return database.as('api', { principal }, async (trx) =>
    trx.rows(
      `select ${EFFECT}, e.tenant_id as "tenantId", e.process_id as "processId"
         from effects e left join people r on r.id = e.recipient_id
        where e.state = 'unknown' order by e.settled_at, e.id limit :limit`,
      { limit },
    ),
  );
}
