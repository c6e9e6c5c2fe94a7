/** Effects of which nobody knows whether they happened: a person decides. */
import type { EffectIntent } from '../../domain/kernel/state.js';
import type { Data } from '../../domain/kernel/words.js';
import type { Database } from '../connection.js';
import { logChange } from '../provision/log.js';
import { closeAttention } from './attention.js';
import { insertSignal } from './effects.js';

export interface UnknownEffect {
  readonly tenantId: string;
  readonly effectId: string;
  readonly processId: string;
  readonly slug: string;
  readonly kind: EffectIntent['kind'];
  readonly problem: string | null;
  readonly attempts: number;
  /** Epoch milliseconds. */
  readonly since: number;
}

/** Those of one tenant or of all, oldest first. */
export async function listUnknown(
  database: Database,
  tenantId: string | null,
  limit: number,
): Promise<readonly UnknownEffect[]> {
  return database.as('admin', {}, async (trx) =>
    trx.rows<UnknownEffect>(
      `select e.tenant_id as "tenantId", e.id as "effectId", e.process_id as "processId", p.slug, e.kind, e.problem,
         e.attempts, ms(e.settled_at)::float8 as since
         from effects e join processes p on p.tenant_id = e.tenant_id and p.id = e.process_id
        where e.state = 'unknown' and (:tenantId::text is null or e.tenant_id = :tenantId)
        order by e.settled_at, e.id limit :limit`,
      { tenantId, limit },
    ),
  );
}

/** It happened; do it again now; it did not happen and will not. */
export type Verdict = 'done' | 'resend' | 'giveUp';

const STATES = { done: 'confirmed', resend: 'planned', giveUp: 'failed' } as const satisfies Record<
  Verdict,
  string
>;

/** A text of a person: it stands in the evidence, which can be erased, and never in the chain. */
export interface Decision {
  readonly verdict: Verdict;
  readonly by: string;
  readonly reason: string;
}

/**
 * Writes a person's decision; those before it stay. `signal` is what the process hears of it, as after an attempt. Null
 * when the effect is not unknown (any more); otherwise the process is to be advanced.
 */
export async function decideUnknown(
  database: Database,
  effect: { readonly tenantId: string; readonly effectId: string },
  { verdict, by, reason }: Decision,
  signal: { readonly name: string; readonly payload: Data } | null,
): Promise<{ readonly processId: string } | null> {
  const { tenantId, effectId } = effect;
  return database.as('step', { tenant: tenantId }, async (trx) => {
    // The process first, as everybody locks.
    const process = await trx.row<{ processId: string }>(
      `select p.id as "processId" from processes p
        where p.tenant_id = :tenantId
          and p.id = (select e.process_id from effects e where e.tenant_id = :tenantId and e.id = :effectId)
        for no key update`,
      { tenantId, effectId },
    );
    if (!process) return null;
    const decided = await trx.run(
      `update effects set state = :state, claimed_until = null,
           settled_at = case when :state = 'planned' then null else business_now() end,
           next_attempt_at = case when :state = 'planned' then business_now() else next_attempt_at end,
           evidence = coalesce(evidence, '{}') || jsonb_build_object('verdict', :verdict::text,
             'decisions', coalesce(evidence -> 'decisions', '[]') || jsonb_build_object('verdict', :verdict::text,
               'by', :by::text, 'reason', :reason::text, 'at', ms(business_now())),
             'resends', coalesce((evidence ->> 'resends')::integer, 0) + (:state = 'planned')::integer)
        where tenant_id = :tenantId and id = :effectId and state = 'unknown'`,
      { tenantId, effectId, state: STATES[verdict], verdict, by, reason },
    );
    if (decided === 0) return null;
    await closeAttention(trx, tenantId, `unknown|${effectId}`);
    if (signal) await insertSignal(trx, tenantId, process.processId, effectId, signal);
    await logChange(trx, { tenantId, what: `effect.decided ${effectId} ${verdict}`, actor: by });
    return process;
  });
}
