/** The processes that are served under a policy set, with what their decisions would read under another body of it. */
import type { Definition } from '../../domain/kernel/rules.js';
import type { ClockState, Inputs, ProcessState } from '../../domain/kernel/state.js';
import type { CalendarVersion } from '../../domain/time/calendar.js';
import type { Database, Trx } from '../connection.js';
import type { InputsReader } from '../store/inputs.js';
import { loadProcess } from '../store/load.js';

export interface ServedProcess {
  readonly headline: string;
  readonly contractId: string | null;
  readonly definition: Definition;
  readonly state: ProcessState;
  /** Under the pinned policy; whoever asks puts the other body in its place. */
  readonly inputs: Inputs;
  /** The version that a clock was computed with, which may be older than the one in force. */
  readonly calendarOf: (clock: ClockState) => CalendarVersion;
}

interface ServedPage {
  readonly processes: readonly ServedProcess[];
  /** Processes with running clocks that the principal may see; and how many of them come after this page. */
  readonly total: number;
  readonly more: number;
  /** The id that the next page begins after; null on the last one. */
  readonly next: string | null;
}

interface Found {
  readonly tenantId: string;
  readonly id: string;
  readonly slug: string;
  readonly headline: string;
  readonly contractId: string | null;
}

const SERVED = `from processes p where p.policy_id = :policyId and not p.over and p.seq > 0
  and exists (select from clocks c where c.tenant_id = p.tenant_id and c.process_id = p.id and c.ended_at is null)`;

/** One page by id. Who asks sees his own processes; their inputs are then read as a step would read them. */
export async function readServed(
  database: Database,
  reader: InputsReader,
  principal: string,
  definitions: Readonly<Record<string, Definition>>,
  page: { readonly policyId: string; readonly after: string | null; readonly limit: number },
): Promise<ServedPage> {
  const { policyId, after, limit } = page;
  const { found, total, more } = await database.as('api', { principal }, async (trx) => {
    const rows = await trx.rows<Found>(
      `select p.tenant_id as "tenantId", p.id, p.slug, p.headline, p.contract_id as "contractId" ${SERVED}
          and (:after::text is null or p.id > :after) order by p.id limit :limit`,
      { policyId, after, limit },
    );
    const last = rows.at(-1)?.id ?? after ?? '';
    const counts = await trx.row<{ total: number; more: number }>(
      `select count(*)::integer as total, (count(*) filter (where p.id > :last))::integer as more ${SERVED}`,
      { policyId, last },
    );
    return { found: rows, total: counts?.total ?? 0, more: counts?.more ?? 0 };
  });
  const processes: ServedProcess[] = [];
  for (const one of found) {
    const definition = definitions[one.slug];
    const read = definition && (await readOne(database, reader, definition, one));
    if (read) processes.push(read);
  }
  return { processes, total, more, next: more > 0 ? (found.at(-1)?.id ?? null) : null };
}

async function readOne(
  database: Database,
  reader: InputsReader,
  definition: Definition,
  { tenantId, id, headline, contractId }: Found,
): Promise<ServedProcess | null> {
  return database.as('step', { tenant: tenantId, reads: true }, async (trx) => {
    const stored = await loadProcess(trx, { tenantId, processId: id });
    const state = stored?.loaded.state;
    // It may have ended since it was found.
    if (!stored || !state) return null;
    const { policyId, policyVersion } = stored;
    const clockCalendars = state.clocks.map((clock) => clock.calendarId);
    const request = {
      tenantId,
      processId: id,
      data: state.data,
      payload: {},
      policyId,
      policyVersion,
      clockCalendars,
    };
    const { inputs, calendarTenants } = await reader.read(trx, request, definition);
    const versions = await calendarVersions(trx, reader, state.clocks, calendarTenants);
    const calendarOf = (clock: ClockState) => {
      const calendar = versions.get(versionKey(clock));
      if (!calendar) throw new Error(`Calendar ${clock.calendarId} is not loaded.`);
      return calendar;
    };
    return { headline, contractId, definition, state, inputs, calendarOf };
  });
}

async function calendarVersions(
  trx: Trx,
  reader: InputsReader,
  clocks: readonly ClockState[],
  calendarTenants: Readonly<Record<string, string>>,
): Promise<ReadonlyMap<string, CalendarVersion>> {
  const versions = new Map<string, CalendarVersion>();
  for (const clock of clocks) {
    const { calendarId: id, calendarVersion: version } = clock;
    const tenantId = calendarTenants[id];
    if (tenantId === undefined) throw new Error(`Calendar ${id} is not in force.`);
    const key = versionKey(clock);
    if (!versions.has(key)) versions.set(key, await reader.calendar(trx, { tenantId, id, version }));
  }
  return versions;
}

function versionKey({ calendarId, calendarVersion }: ClockState): string {
  return `${calendarId}@${String(calendarVersion)}`;
}
