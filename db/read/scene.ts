/** What a dry run needs: a process with all that a decision would read, without locking or writing anything. */
import type { Definition } from '../../domain/kernel/rules.js';
import type { Inputs } from '../../domain/kernel/state.js';
import type { LoadedProcess } from '../../domain/kernel/store.js';
import type { Data } from '../../domain/kernel/words.js';
import { businessNow } from '../business-clock.js';
import type { Database } from '../connection.js';
import type { StoreRegistry } from '../registry.js';
import { InputsReader } from '../store/inputs.js';
import { loadProcess } from '../store/load.js';

export interface ProcessScene {
  readonly loaded: LoadedProcess;
  readonly inputs: Inputs;
  /** Business time, epoch milliseconds. */
  readonly now: number;
}

/** The caller has shown with the role `api` that his principal may see the process. */
export class SceneReader {
  private readonly reader: InputsReader;

  constructor(
    private readonly database: Database,
    registry: StoreRegistry,
  ) {
    this.reader = new InputsReader(registry);
  }

  /** Null when the tenant has no such process. */
  async process(
    at: { readonly tenantId: string; readonly processId: string },
    definition: Definition,
    payload: Data,
  ): Promise<ProcessScene | null> {
    return this.database.as('step', { tenant: at.tenantId }, async (trx) => {
      const stored = await loadProcess(trx, at, false);
      if (!stored) return null;
      const { loaded, policyId, policyVersion, readAt } = stored;
      const clockCalendars = (loaded.state?.clocks ?? []).map((clock) => clock.calendarId);
      const subject = { ...at, data: loaded.state?.data ?? null, payload };
      const request = { ...subject, policyId, policyVersion, clockCalendars };
      const { inputs } = await this.reader.read(trx, request, definition, false);
      return { loaded, inputs, now: readAt };
    });
  }

  /** What the start of a process that does not stand yet would read. */
  async start(
    at: { readonly tenantId: string; readonly processId: string },
    definition: Definition,
    payload: Data,
    policy: { readonly id: string; readonly version: number },
  ): Promise<{ readonly inputs: Inputs; readonly now: number }> {
    return this.database.as('step', { tenant: at.tenantId }, async (trx) => {
      const pinned = { policyId: policy.id, policyVersion: policy.version, clockCalendars: [] };
      const { inputs } = await this.reader.read(
        trx,
        { ...at, data: null, payload, ...pinned },
        definition,
        false,
      );
      return { inputs, now: await businessNow(trx) };
    });
  }
}
