/** Doing effects: claim before the act, settle after it, with a fence against whoever woke up too late. */
import type { EffectIntent } from '../../domain/kernel/state.js';
import type { Data } from '../../domain/kernel/words.js';
import type { Database, Trx } from '../connection.js';
import { instant } from '../instants.js';
import { newId } from './ids.js';
import { openAttention } from './attention.js';
import type { Claim, Settlement } from './types.js';

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
}

/**
 * Due by the caller's `now`; expired only by the clock that everybody shares, so that a machine whose clock runs ahead
 * takes nothing from anybody.
 */
const CLAIM = `
  with found as (
    select e.tenant_id, e.id, e.state = 'sent' as expired from effects e
     where e.tenant_id = :tenantId and e.id = :effectId
       and ((e.state = 'planned' and e.next_attempt_at <= :now)
         or (e.state = 'sent' and e.claimed_until <= least(:now, business_now())))
     for no key update
  )
  update effects e set state = 'sent', fence = e.fence + 1, attempts = e.attempts + 1,
      claimed_until = business_now() + make_interval(secs => :claimMs / 1000.0)
    from found f join processes p on p.tenant_id = f.tenant_id
   where e.tenant_id = f.tenant_id and e.id = f.id and p.id = e.process_id
  returning e.process_id as "processId", p.slug, e.fence, e.attempts as attempt, f.expired, e.kind, e.key,
    e.not_before as "notBefore", e.content`;

/** See `WorkStore.claim`. */
export async function claim(
  database: Database,
  tenantId: string,
  effectId: string,
  now: number,
  claimMs: number,
): Promise<(Claim & { readonly expired: boolean }) | null> {
  return database.as('step', { tenant: tenantId }, async (trx) => {
    const row = await trx.row<ClaimedRow>(CLAIM, { tenantId, effectId, now: instant(now), claimMs });
    if (!row) return null;
    const { processId, slug, fence, attempt, expired, kind, key, content } = row;
    // Written by writeEffects from an intent of exactly this shape.
    const intent = { kind, key, notBefore: row.notBefore.getTime(), content } as EffectIntent;
    return { effectId, tenantId, processId, slug, fence, attempt, intent, expired };
  });
}

const STATE = {
  confirmed: 'confirmed',
  failed: 'failed',
  unknown: 'unknown',
  deferred: 'planned',
  dropped: 'dropped',
} as const satisfies Record<Settlement['kind'], string>;

/** See `WorkStore.settle`. */
export async function settle(
  database: Database,
  held: Claim,
  settlement: Settlement,
  signal: { readonly name: string; readonly payload: Data } | null,
): Promise<{ readonly fenced: boolean; readonly advance: boolean }> {
  return database.as('step', { tenant: held.tenantId }, async (trx) => {
    // The process first, as every step does: its end is seen either here or there, never by neither.
    const process = await lockProcess(trx, held.tenantId, held.processId);
    if (!(await writeSettlement(trx, held, settlement))) return { fenced: true, advance: false };
    if (settlement.kind === 'unknown') {
      await openAttention(trx, {
        ...held,
        id: `unknown|${held.effectId}`,
        label: `Unknown outcome: ${held.intent.kind}`,
        subject: held.effectId,
      });
    }
    if (signal) await insertSignal(trx, held.tenantId, held.processId, held.effectId, signal);
    const advance = signal !== null || settlement.kind === 'deferred';
    return { fenced: false, advance: advance || (await mayBeOver(trx, held, process)) };
  });
}

interface LockedProcess {
  readonly closed: boolean;
  readonly over: boolean;
}

async function lockProcess(trx: Trx, tenantId: string, processId: string): Promise<LockedProcess> {
  const row = await trx.row<LockedProcess>(
    'select closed, over from processes where tenant_id = :tenantId and id = :processId for no key update',
    { tenantId, processId },
  );
  if (!row) throw new Error(`Process ${processId} of an effect is gone.`);
  return row;
}

async function writeSettlement(trx: Trx, held: Claim, settlement: Settlement): Promise<boolean> {
  const settled = await trx.run(
    `update effects set state = :state, claimed_until = null,
         settled_at = case when :state = 'planned' then null else business_now() end,
         next_attempt_at = coalesce(:nextAttemptAt, next_attempt_at), problem = :problem,
         evidence = coalesce(:evidence, evidence)
      where tenant_id = :tenantId and id = :effectId and state = 'sent' and fence = :fence`,
    {
      tenantId: held.tenantId,
      effectId: held.effectId,
      fence: held.fence,
      state: STATE[settlement.kind],
      nextAttemptAt: settlement.kind === 'deferred' ? instant(settlement.nextAttemptAt) : null,
      problem: settlement.kind === 'confirmed' ? null : settlement.problem,
      evidence: settlement.kind === 'confirmed' ? JSON.stringify(settlement.evidence) : null,
    },
  );
  return settled === 1;
}

/** Puts a signal about an effect into the inbox of its process, whose row is locked; once per effect and name. */
export async function insertSignal(
  trx: Trx,
  tenantId: string,
  processId: string,
  effectId: string,
  signal: { readonly name: string; readonly payload: Data },
): Promise<void> {
  await trx.run(
    `with added as (
       insert into inbox (tenant_id, id, process_id, number, kind, name, payload, accepted_at, urgent, key_principal,
           key_value, body_hash)
         select :tenantId, :inboxId, id, inbox_number + 1, 'signal', :name, :payload, business_now(), false, 'effect',
           :value, ''
           from processes where tenant_id = :tenantId and id = :processId
       on conflict (tenant_id, key_principal, key_value) do nothing
       returning process_id, number)
     update processes p set inbox_number = added.number from added
      where p.tenant_id = :tenantId and p.id = added.process_id`,
    {
      tenantId,
      processId,
      inboxId: newId('inb'),
      name: signal.name,
      payload: JSON.stringify(signal.payload),
      value: `${effectId}|${signal.name}`,
    },
  );
}

/** Whether this was the last thing that a closed process waited for: one more step finds it over. */
async function mayBeOver(trx: Trx, held: Claim, process: LockedProcess): Promise<boolean> {
  if (!process.closed || process.over) return false;
  const row = await trx.row<{ idle: boolean }>(
    `select not exists (select from effects where tenant_id = :tenantId and process_id = :processId
         and state in ('planned', 'sent', 'unknown'))
       and not exists (select from clocks where tenant_id = :tenantId and process_id = :processId and ended_at is null)
         as idle`,
    { tenantId: held.tenantId, processId: held.processId },
  );
  return row?.idle === true;
}
