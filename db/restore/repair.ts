/**
 * The parts of a repair after a restore, each done once however often it is asked for: a repair that was killed goes on
 * where it was.
 */
import type { Database } from '../connection.js';
import { openAttention } from '../store/attention.js';
import { repairing, type RestoredMode } from './mode.js';
import { MAY_HAVE_HAPPENED, readUnsureEffects } from './read.js';

/** Writes down who repairs and why; the first one stays. */
export async function beginRepair(
  database: Database,
  mode: RestoredMode,
  who: { readonly by: string; readonly reason: string },
): Promise<void> {
  await repairing(database).as('admin', {}, async (trx) =>
    trx.run(
      `update restored_modes set applied_by = coalesce(applied_by, :by), reason = coalesce(reason, :reason)
        where id = :id`,
      { ...who, id: mode.id },
    ),
  );
}

export interface AbandonedEffect {
  readonly tenantId: string;
  readonly effectId: string;
  readonly processId: string;
  readonly kind: string;
  readonly outcome: string;
}

/** Effects that were done, or tried, after the store that was restored: the same intent is not done again blindly. */
export async function keepAbandonedEffects(
  database: Database,
  effects: readonly AbandonedEffect[],
): Promise<void> {
  await repairing(database).as('admin', {}, async (trx) =>
    trx.run(
      `insert into abandoned_effects (tenant_id, effect_id, process_id, kind, outcome)
         select a."tenantId", a."effectId", a."processId", a.kind, a.outcome
           from jsonb_to_recordset(:effects::jsonb) as a
             ("tenantId" text, "effectId" text, "processId" text, kind text, outcome text)
           join tenants t on t.id = a."tenantId"
       on conflict do nothing`,
      { effects: JSON.stringify(effects) },
    ),
  );
}

/**
 * Sets every effect that may have happened to `unknown`, with an entry for a person. `heard`: what the engine remembers
 * of it. Gives how many.
 */
export async function setUnsureToUnknown(
  database: Database,
  mode: RestoredMode,
  heard: ReadonlyMap<string, string>,
): Promise<number> {
  const repair = repairing(database);
  const unsure = await readUnsureEffects(repair);
  for (const { tenantId, effectId, processId, kind } of unsure) {
    const outcome = heard.get(effectId);
    const problem = `The database was restored; it may have happened before. ${
      outcome === undefined ? 'The engine knows nothing of it.' : `The engine remembers it as: ${outcome}.`
    }`;
    await repair.as('step', { tenant: tenantId }, async (trx) => {
      // The process first, as everybody locks.
      await trx.row(
        'select 1 from processes where tenant_id = :tenantId and id = :processId for no key update',
        {
          tenantId,
          processId,
        },
      );
      const set = await trx.run(
        `update effects e set state = 'unknown', fence = fence + 1, claimed_until = null, settled_at = business_now(),
             problem = :problem
          where e.tenant_id = :tenantId and e.id = :effectId and ${MAY_HAVE_HAPPENED}`,
        { tenantId, effectId, problem },
      );
      if (set === 0) return;
      await openAttention(trx, {
        tenantId,
        processId,
        id: `unknown|${effectId}`,
        label: `Unknown outcome: ${kind}`,
        subject: effectId,
      });
    });
  }
  await repair.as('admin', {}, async (trx) =>
    trx.run(
      'update restored_modes set effects_set_at = coalesce(effects_set_at, business_now()) where id = :id',
      {
        id: mode.id,
      },
    ),
  );
  return unsure.length;
}

/** The statement about this restore that an earlier attempt has made; null when none has. */
export async function declaredBefore(database: Database, mode: RestoredMode): Promise<string | null> {
  if (mode.declaredHash !== null) return mode.declaredHash;
  return database.as('admin', {}, async (trx) => {
    const row = await trx.row<{ hash: string }>(
      `select r.hash from restores r join restored_modes m on m.id = :id
        where r.at >= m.found_at and r.declared_by = m.applied_by and r.reason = m.reason order by r.at desc limit 1`,
      { id: mode.id },
    );
    return row?.hash ?? null;
  });
}

export async function noteDeclared(database: Database, mode: RestoredMode, hash: string): Promise<void> {
  await repairing(database).as('admin', {}, async (trx) =>
    trx.run('update restored_modes set declared_hash = coalesce(declared_hash, :hash) where id = :id', {
      id: mode.id,
      hash,
    }),
  );
}

/** Raises the epoch of the store and of its processes, once for this restore. Gives the new one. */
export async function raiseEpoch(database: Database, mode: RestoredMode): Promise<number> {
  return repairing(database).as('admin', {}, async (trx) => {
    const before = await trx.row<{ epoch: number | null }>(
      'select epoch from restored_modes where id = :id for no key update',
      { id: mode.id },
    );
    if (before?.epoch) return before.epoch;
    const raised = await trx.row<{ epoch: number }>(
      'update store_state set epoch = epoch + 1 returning epoch',
    );
    if (!raised) throw new Error('The store does not say what it is.');
    await trx.run('update processes set epoch = :epoch', { epoch: raised.epoch });
    await trx.run('update restored_modes set epoch = :epoch where id = :id', { ...raised, id: mode.id });
    return raised.epoch;
  });
}

/** Ends restored mode: from now on steps and effects are taken again. */
export async function leaveRestoredMode(database: Database, mode: RestoredMode): Promise<void> {
  await repairing(database).as('admin', {}, async (trx) => {
    await trx.run('update restored_modes set left_at = coalesce(left_at, business_now()) where id = :id', {
      id: mode.id,
    });
    await trx.run('update store_state set restored_mode = null where restored_mode = :id', { id: mode.id });
  });
}

export async function noteRunnersRestarted(database: Database, mode: RestoredMode): Promise<void> {
  await database.as('admin', {}, async (trx) =>
    trx.run(
      'update restored_modes set runners_restarted_at = coalesce(runners_restarted_at, business_now()) where id = :id',
      { id: mode.id },
    ),
  );
}
