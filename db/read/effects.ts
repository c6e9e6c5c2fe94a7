/** What a process did to the outside: who was told, other processes that were started or told. */
import type { EffectIntent } from '../../domain/kernel/state.js';
import type { Data } from '../../domain/kernel/words.js';
import type { Database } from '../connection.js';

export interface EffectView {
  readonly effectId: string;
  readonly key: string;
  readonly kind: EffectIntent['kind'];
  readonly content: EffectIntent['content'];
  readonly recipientId: string | null;
  readonly recipientName: string | null;
  readonly state: 'planned' | 'sent' | 'confirmed' | 'failed' | 'unknown' | 'dropped' | 'superseded';
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
