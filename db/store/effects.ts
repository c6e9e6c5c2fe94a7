/** Settling effects after the act, with a fence against whoever woke up too late. */
import type { Data } from '../../domain/kernel/words.js';
import type { Database, Trx } from '../connection.js';
import { instant } from '../instants.js';
import { repairing } from '../restore/mode.js';
import { newId } from './ids.js';
import { openAttention } from './attention.js';
import { noteRoute } from './mail-route.js';
import type { Claim, Settlement } from './types.js';

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
  // What was done is written down in restored mode too: whoever repairs should know it.
  return repairing(database).as('step', { tenant: held.tenantId }, async (trx) => {
    // The process first, as every step does: its end is seen either here or there, never by neither.
    const process = await lockProcess(trx, held.tenantId, held.processId);
    if (!(await writeSettlement(trx, held, settlement))) return { fenced: true, advance: false };
    if (held.intent.kind === 'mail') await noteRoute(trx, settlement);
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

export interface LockedProcess {
  readonly closed: boolean;
  readonly over: boolean;
}

/** Locks the process of an effect. */
export async function lockProcess(trx: Trx, tenantId: string, processId: string): Promise<LockedProcess> {
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
         attempts = attempts - case when :away then 1 else 0 end,
         held_since = case when :away then coalesce(held_since, business_now()) end,
         evidence = coalesce(coalesce(evidence, '{}') || :evidence::jsonb, evidence)
      where tenant_id = :tenantId and id = :effectId and state = 'sent' and fence = :fence`,
    {
      tenantId: held.tenantId,
      effectId: held.effectId,
      fence: held.fence,
      state: STATE[settlement.kind],
      away: settlement.kind === 'deferred' && settlement.away === true,
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
  urgent = false,
): Promise<void> {
  await trx.run(
    `with added as (
       insert into inbox (tenant_id, id, process_id, number, kind, name, payload, accepted_at, urgent, key_principal,
           key_value, body_hash)
         select :tenantId, :inboxId, id, inbox_number + 1, 'signal', :name, :payload, business_now(), :urgent::boolean, 'effect',
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
      urgent,
      value: `${effectId}|${signal.name}`,
    },
  );
}

/** Whether this was the last thing that a closed process waited for: one more step finds it over. */
export async function mayBeOver(
  trx: Trx,
  held: { readonly tenantId: string; readonly processId: string },
  process: LockedProcess,
): Promise<boolean> {
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
