/** A snapshot for the forecast: processes as they stand, with what their decisions would read. */
import type { MemoryProcess, World } from '../../domain/kernel/memory-store.js';
import type { Definition } from '../../domain/kernel/rules.js';
import type { CalendarVersion } from '../../domain/time/calendar.js';
import { businessNow } from '../business-clock.js';
import type { Database, Trx } from '../connection.js';
import type { InputsReader } from '../store/inputs.js';
import { loadProcess, type StoredProcess } from '../store/load.js';
import { namesOf } from './process.js';

export interface Snapshot {
  readonly tenantId: string;
  /** Business time, epoch milliseconds. */
  readonly now: number;
  readonly processes: readonly MemoryProcess[];
  readonly world: World;
}

/** More processes than any contract has. */
const MOST = 200;

/**
 * The process, or every process of the contract that is not over. Lookups are read once and stay as they are. With the
 * role `step`: the caller has shown that he may see them.
 */
export async function readSnapshot(
  database: Database,
  reader: InputsReader,
  at: { readonly tenantId: string; readonly contractId: string | null; readonly processId: string | null },
  definitions: Readonly<Record<string, Definition>>,
): Promise<Snapshot> {
  const { tenantId } = at;
  return database.as('step', { tenant: tenantId, reads: true }, async (trx) => {
    const stored = await readStored(trx, at);
    const calendars: Record<string, CalendarVersion> = {};
    const look: Record<string, Readonly<Record<string, unknown>>> = {};
    const processes: MemoryProcess[] = [];
    const read = async (slug: string, from: StoredProcess) => {
      const definition = definitions[slug];
      const { loaded, policyId, policyVersion } = from;
      if (!definition || look[slug]) return null;
      const own = loaded.ref.slug === slug ? (loaded.state?.data ?? null) : null;
      const request = {
        tenantId,
        processId: loaded.ref.id,
        data: own,
        // What a process that is not started yet would be started with.
        payload: own ? {} : { id: at.contractId ?? '', contractId: at.contractId ?? '' },
        policyId,
        policyVersion,
        clockCalendars: (loaded.state?.clocks ?? []).map((clock) => clock.calendarId),
      };
      const { inputs } = await reader.read(trx, request, definition);
      Object.assign(calendars, inputs.calendars);
      look[slug] = inputs.look;
      return inputs;
    };
    for (const one of stored) {
      await read(one.loaded.ref.slug, one);
      const { ref, state, over, blocked } = one.loaded;
      const policy = await reader.policy(trx, one.policyId, one.policyVersion);
      processes.push({ ref, state, over, blocked, policy });
    }
    const [first] = stored;
    // Kinds that may be started meanwhile.
    if (first && at.contractId !== null) for (const slug of Object.keys(definitions)) await read(slug, first);
    const directory = await reader.directory(trx, tenantId);
    const world = { directory, calendars: () => calendars, look: (slug: string) => look[slug] ?? {} };
    return { tenantId, now: await businessNow(trx), processes, world };
  });
}

async function readStored(
  trx: Trx,
  at: { readonly tenantId: string; readonly contractId: string | null; readonly processId: string | null },
): Promise<readonly StoredProcess[]> {
  const ids = await trx.rows<{ id: string }>(
    `select id from processes
      where tenant_id = :tenantId and seq > 0 and case when :processId::text is null
        then contract_id = :contractId and not over else id = :processId end
      order by created_at, id limit ${String(MOST)}`,
    { ...at },
  );
  const stored: StoredProcess[] = [];
  for (const { id } of ids) {
    const one = await loadProcess(trx, { tenantId: at.tenantId, processId: id });
    if (one) stored.push(one);
  }
  return stored;
}

/** Names for a reader. */
export async function readNames(
  database: Database,
  principal: string,
  ids: readonly string[],
): Promise<Readonly<Record<string, string>>> {
  return database.as('api', { principal }, async (trx) => namesOf(trx, ids));
}
