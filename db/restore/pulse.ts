/**
 * The pulse: a number in the store that only rises, and is remembered outside of it. A store whose pulse is lower than
 * the one remembered came back from a backup, also when no process has moved since.
 */
import type { Database } from '../connection.js';
import { enterRestoredMode, readStoreState } from './mode.js';

export interface Remembered {
  readonly epoch: number;
  readonly pulse: number;
}

/** Where pulses are kept that outlives this process; by the id of the store. */
export interface PulseMemory {
  read(storeId: string): Remembered | null;
  write(storeId: string, remembered: Remembered): void;
}

/** Forgets with the process; for whoever has no place to write to. */
export function shortMemory(): PulseMemory {
  const known = new Map<string, Remembered>();
  return {
    read: (storeId) => known.get(storeId) ?? null,
    write: (storeId, remembered) => void known.set(storeId, remembered),
  };
}

export class StorePulse {
  constructor(
    private readonly database: Database,
    private readonly memory: PulseMemory = shortMemory(),
  ) {}

  /** Whether the store may be written to; begins restored mode when it is older than it was seen before. */
  async alive(): Promise<boolean> {
    const state = await readStoreState(this.database);
    if (state.restoredMode !== null) return false;
    const seen = this.memory.read(state.storeId);
    // What was read may be older than what somebody of this installation has raised and remembered meanwhile; only a
    // store that is still behind the same memory when it is looked at again came back from a backup.
    if (seen && isBehind(state, seen) && isBehind(await readStoreState(this.database), seen)) {
      await enterRestoredMode(this.database, 'pulse', {
        pulse: state.pulse,
        seenPulse: seen.pulse,
        epoch: state.epoch,
        seenEpoch: seen.epoch,
      });
      return false;
    }
    this.remember(state.storeId, state);
    return true;
  }

  /** Raises it by one and remembers it; does nothing to a store that may not be written to. */
  async beat(): Promise<void> {
    if (!(await this.alive())) return;
    const raised = await this.database.as('relay', {}, async (trx) =>
      trx.row<Remembered & { storeId: string }>(
        `update store_state set pulse = pulse + 1
          returning store_id::text as "storeId", epoch, pulse::float8 as pulse`,
      ),
    );
    if (raised) this.remember(raised.storeId, raised);
  }

  /** Never forgets a higher one for a lower one that took longer to arrive. */
  private remember(storeId: string, { epoch, pulse }: Remembered): void {
    const before = this.memory.read(storeId);
    if (!before || isBehind(before, { epoch, pulse })) this.memory.write(storeId, { epoch, pulse });
  }
}

/** A declared restore raises the epoch, so that the pulses of the line of history that was given up count no more. */
function isBehind(state: Remembered, seen: Remembered): boolean {
  return state.epoch < seen.epoch || (state.epoch === seen.epoch && state.pulse < seen.pulse);
}
