/**
 * Restored mode (architecture §10): the store was found to be older than its installation, so nothing is written and
 * no effect is done until an operator has looked at every difference. Kept in the store itself, for every process of
 * the installation.
 */
import type { Database } from '../connection.js';
import { newId } from '../store/ids.js';

export type FoundBy = 'runner' | 'pulse' | 'checkpoint' | 'operator';

/** Ids and numbers that show it; no personal data. */
export type Evidence = Readonly<Record<string, string | number>>;

export interface StoreState {
  readonly storeId: string;
  readonly epoch: number;
  readonly pulse: number;
  /** Id of the restored mode that holds; null when the installation works. */
  readonly restoredMode: string | null;
}

export interface RestoredMode {
  readonly id: string;
  /** Epoch milliseconds. */
  readonly foundAt: number;
  readonly foundBy: FoundBy;
  readonly evidence: Evidence;
  readonly appliedBy: string | null;
  readonly reason: string | null;
  readonly effectsSetAt: number | null;
  readonly declaredHash: string | null;
  readonly epoch: number | null;
  readonly leftAt: number | null;
  readonly runnersRestartedAt: number | null;
}

/** The same database for what repairs it: its transactions write in restored mode too. */
export function repairing(database: Database): Database {
  return {
    ...database,
    as: async (role, scope, work) => database.as(role, { ...scope, repair: true }, work),
  };
}

export async function readStoreState(database: Database): Promise<StoreState> {
  return database.as('relay', {}, async (trx) => {
    const row = await trx.row<StoreState>(
      `select store_id::text as "storeId", epoch, pulse::float8 as pulse, restored_mode as "restoredMode" from store_state`,
    );
    if (!row) throw new Error('The store does not say what it is.');
    return row;
  });
}

/** Begins restored mode, once: where it holds already, its id is given. */
export async function enterRestoredMode(
  database: Database,
  foundBy: FoundBy,
  evidence: Evidence,
): Promise<string> {
  return repairing(database).as('admin', {}, async (trx) => {
    const held = await trx.row<{ id: string | null }>(
      'select restored_mode as id from store_state for no key update',
    );
    if (held?.id) return held.id;
    const id = newId('rst');
    await trx.run('insert into restored_modes (id, found_by, evidence) values (:id, :foundBy, :evidence)', {
      id,
      foundBy,
      evidence: JSON.stringify(evidence),
    });
    await trx.run('update store_state set restored_mode = :id', { id });
    return id;
  });
}

const MODE = `
  select id, ms(found_at)::float8 as "foundAt", found_by as "foundBy", evidence, applied_by as "appliedBy", reason,
    ms(effects_set_at)::float8 as "effectsSetAt", declared_hash as "declaredHash", epoch, ms(left_at)::float8 as "leftAt",
    ms(runners_restarted_at)::float8 as "runnersRestartedAt" from restored_modes`;

/** The mode that holds, or the last one whose runners were not all started again; null when there is nothing to repair. */
export async function readRestoredMode(database: Database): Promise<RestoredMode | null> {
  return database.as('admin', {}, async (trx) =>
    trx.row<RestoredMode>(
      `${MODE} where left_at is null or runners_restarted_at is null order by found_at desc, id desc limit 1`,
    ),
  );
}
