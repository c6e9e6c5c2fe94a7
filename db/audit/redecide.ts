/** Decides every stored event once more from what it was decided from, and compares what comes out. */
import type { Registry } from '../../domain/kernel/advance.js';
import { decide } from '../../domain/kernel/decide.js';
import type { Directory } from '../../domain/kernel/directory.js';
import { outcomeOf, type EventRecord } from '../../domain/kernel/event.js';
import { evolve } from '../../domain/kernel/evolve.js';
import { canonical } from '../../domain/kernel/hash.js';
import type { Decision, Fired, Inputs, ProcessState } from '../../domain/kernel/state.js';
import type { Database, Trx } from '../connection.js';
import { InputsReader } from '../store/inputs.js';

export interface Difference {
  readonly processId: string;
  readonly eventId: string;
  readonly seq: number;
  /** Names of the parts of the outcome that differ, or the error that came instead. */
  readonly differs: readonly string[];
  /** What is decided now. */
  readonly now: unknown;
}

export interface RedecisionReport {
  /** Events that were decided again. */
  readonly checked: number;
  /** Other results under the same definition: must be empty. */
  readonly differences: readonly Difference[];
  /** Other results under rules that have changed since. */
  readonly rulesChanged: readonly Difference[];
  /** Events that cannot be decided again because what they, or events before them, saw was erased. */
  readonly erased: number;
}

/**
 * Re-decides the events of a tenant or of one process. After the first other result of a process its later events are
 * left out: they stood on a state that does not come about any more.
 */
export async function redecide(
  database: Database,
  registry: Registry,
  scope: { readonly tenantId: string; readonly processId?: string },
): Promise<RedecisionReport> {
  const reader = new InputsReader({});
  const report = { checked: 0, differences: [] as Difference[], rulesChanged: [] as Difference[], erased: 0 };
  const processes = await processIds(database, scope);
  for (const processId of processes) {
    const { tenantId } = scope;
    const events = await database.as('admin', { tenant: tenantId }, async (trx) =>
      readEvents(trx, reader, tenantId, processId),
    );
    let state: ProcessState | null = null;
    for (const [index, stored] of events.entries()) {
      if (!stored.scene) {
        report.erased += events.length - index;
        break;
      }
      const again = decideAgain(registry, stored.record, stored.scene, state);
      report.checked += 1;
      if (again.differs.length > 0) {
        const { id: eventId, seq, definition, slug } = stored.record;
        const difference = { processId, eventId, seq, differs: again.differs, now: again.now };
        const same = registry.hashes[slug] === definition.hash;
        (same ? report.differences : report.rulesChanged).push(difference);
        break;
      }
      state = again.state;
    }
  }
  return report;
}

interface StoredEvent {
  readonly record: EventRecord;
  /** Null when it was erased. */
  readonly scene: { readonly fired: Fired; readonly inputs: Inputs } | null;
}

interface Again {
  readonly differs: readonly string[];
  readonly now: unknown;
  readonly state: ProcessState | null;
}

function decideAgain(
  registry: Registry,
  record: EventRecord,
  scene: NonNullable<StoredEvent['scene']>,
  state: ProcessState | null,
): Again {
  const { fired, inputs } = scene;
  const ref = { id: record.processId, tenantId: record.tenantId, slug: record.slug, epoch: record.epoch };
  const definition = registry.definitions[record.slug];
  if (!definition) return { differs: ['definition'], now: null, state };
  let decision: Decision;
  try {
    decision = decide(definition, ref, state, fired, inputs);
  } catch (error) {
    return {
      differs: [`error: ${error instanceof Error ? error.message : String(error)}`],
      now: null,
      state,
    };
  }
  if (decision.kind === 'refused') return { differs: ['refused'], now: decision, state };
  const now = outcomeOf(decision);
  const then: ReadonlyMap<string, unknown> = new Map(Object.entries(record));
  const differs = Object.entries(now)
    .filter(([name, value]) => canonical({ value }) !== canonical({ value: then.get(name) }))
    .map(([name]) => name);
  if (decision.kind === 'accepted') {
    return { differs, now, state: evolve(ref, state, decision, fired.at, record.policy) };
  }
  return { differs, now, state: state && { ...state, seq: state.seq + 1, lastAt: fired.at } };
}

async function processIds(
  database: Database,
  scope: { readonly tenantId: string; readonly processId?: string },
): Promise<readonly string[]> {
  if (scope.processId !== undefined) return [scope.processId];
  const rows = await database.as('admin', {}, async (trx) =>
    trx.rows<{ id: string }>('select id from processes where tenant_id = :tenantId and seq > 0 order by id', {
      tenantId: scope.tenantId,
    }),
  );
  return rows.map((row) => row.id);
}

interface EventRow {
  readonly bytes: string;
  readonly fired: Fired | null;
  readonly look: Inputs['look'] | null;
  readonly directory: Directory | null;
  readonly calendars: Readonly<Record<string, number>> | null;
  /** Calendars that the tenant itself has, the others are the Provider's. */
  readonly own: readonly string[];
}

async function readEvents(
  trx: Trx,
  reader: InputsReader,
  tenantId: string,
  processId: string,
): Promise<readonly StoredEvent[]> {
  const rows = await trx.rows<EventRow>(
    `select e.bytes, d.fired, d.look, c.body as directory, d.calendars,
       array(select h.id from calendar_heads h where h.tenant_id = :tenantId) as own
       from events e
       left join event_details d on d.tenant_id = e.tenant_id and d.event_id = e.id and d.erased_at is null
       left join contents c on c.tenant_id = d.tenant_id and c.hash = d.directory_hash
      where e.tenant_id = :tenantId and e.process_id = :processId order by e.seq`,
    { tenantId, processId },
  );
  const events: StoredEvent[] = [];
  for (const { bytes, fired, look, directory, calendars, own } of rows) {
    // The chain holds the canonical form of exactly this record.
    const record = JSON.parse(bytes) as EventRecord;
    if (!fired || !look || !directory || !calendars) {
      events.push({ record, scene: null });
      continue;
    }
    const policy = await reader.policy(trx, record.policy.id, record.policy.version);
    const versions: Record<string, Inputs['calendars'][string]> = {};
    for (const [id, version] of Object.entries(calendars)) {
      const owner = own.includes(id) ? tenantId : 'provider';
      versions[id] = await reader.calendar(trx, { tenantId: owner, id, version });
    }
    events.push({ record, scene: { fired, inputs: { policy, calendars: versions, look, directory } } });
  }
  return events;
}
