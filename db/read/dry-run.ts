/**
 * What a decision would see, read without deciding: the same inputs as a step's, with the role `step`, as they were at one
 * instant. Otherwise a request could be refused for what its own repetition has brought about while it was being read.
 * Who asks has been shown with his own role that he may see the process.
 */
import type { Definition } from '../../domain/kernel/rules.js';
import type { Inputs } from '../../domain/kernel/state.js';
import type { LoadedProcess } from '../../domain/kernel/store.js';
import type { Data } from '../../domain/kernel/words.js';
import { businessNow } from '../business-clock.js';
import type { Database } from '../connection.js';
import { inOrder } from '../in-order.js';
import type { InputsReader } from '../store/inputs.js';
import { loadProcess } from '../store/load.js';
import { readBoundKey, type BoundKey } from './inbox.js';

export interface DryRun {
  readonly loaded: LoadedProcess;
  readonly inputs: Inputs;
  /** Business time, epoch milliseconds. */
  readonly now: number;
}

interface Key {
  readonly principal: string;
  readonly value: string;
}

type Read<T> =
  { readonly kind: 'bound'; readonly bound: BoundKey } | { readonly kind: 'read'; readonly read: T };

/** A process with the inputs of a trigger with this payload; null when the tenant has no such process. */
export async function readDryRun(
  database: Database,
  reader: InputsReader,
  at: {
    readonly tenantId: string;
    readonly processId: string;
    readonly definition: Definition;
    readonly payload: Data;
    readonly key: Key | null;
  },
): Promise<Read<DryRun | null>> {
  const { tenantId, processId, definition, payload } = at;
  return database.as('step', { tenant: tenantId, reads: true }, async (trx) => {
    const [bound, stored] = await inOrder([
      at.key ? readBoundKey(trx, tenantId, at.key) : Promise.resolve(null),
      loadProcess(trx, { tenantId, processId }),
    ]);
    if (bound) return { kind: 'bound', bound };
    if (!stored) return { kind: 'read', read: null };
    const { loaded, policyId, policyVersion, readAt } = stored;
    const data = loaded.state?.data ?? null;
    const clockCalendars = (loaded.state?.clocks ?? []).map((clock) => clock.calendarId);
    // Before its start a process has no data: its inputs can only be read with the payload that starts it.
    const startPayload = loaded.pending.find((row) => row.kind === 'start')?.payload ?? {};
    const request = {
      tenantId,
      processId,
      data,
      payload: data === null ? startPayload : payload,
      policyId,
      policyVersion,
      clockCalendars,
    };
    const { inputs } = await reader.read(trx, request, definition);
    return { kind: 'read', read: { loaded, inputs, now: readAt } };
  });
}

/** The inputs of a start under a policy version. */
export async function readStartInputs(
  database: Database,
  reader: InputsReader,
  at: {
    readonly tenantId: string;
    readonly processId: string;
    readonly definition: Definition;
    readonly payload: Data;
    readonly policy: { readonly id: string; readonly version: number };
    readonly key: Key | null;
  },
): Promise<Read<{ readonly inputs: Inputs; readonly now: number }>> {
  return database.as('step', { tenant: at.tenantId, reads: true }, async (trx) => {
    const bound = at.key && (await readBoundKey(trx, at.tenantId, at.key));
    if (bound) return { kind: 'bound', bound };
    const request = {
      tenantId: at.tenantId,
      processId: at.processId,
      data: null,
      payload: at.payload,
      policyId: at.policy.id,
      policyVersion: at.policy.version,
      clockCalendars: [],
    };
    const { inputs } = await reader.read(trx, request, at.definition);
    return { kind: 'read', read: { inputs, now: await businessNow(trx) } };
  });
}
