/** What a decision reads beyond its process: policy, calendars, people, lookups; what cannot change is kept at hand. */
import type { Directory, Person } from '../../domain/kernel/directory.js';
import type { Definition } from '../../domain/kernel/rules.js';
import type { Inputs } from '../../domain/kernel/state.js';
import type { CalendarVersion } from '../../domain/time/calendar.js';
import type { Trx } from '../connection.js';
import { inOrder } from '../in-order.js';
import type { LookupSubject, StoreRegistry } from '../registry.js';

export interface InputsRequest extends LookupSubject {
  readonly policyId: string;
  readonly policyVersion: number;
  /** Calendars of the clocks that run. */
  readonly clockCalendars: readonly string[];
}

export interface LoadedInputs {
  readonly inputs: Inputs;
  /** Whose version each calendar is, by its id: the tenant's own one or the Provider's. */
  readonly calendarTenants: Readonly<Record<string, string>>;
}

/** Most entries that a cache of immutable values keeps. */
const CACHE_LIMIT = 500;
/** Ids as people give them in files; anything else in the data cannot name a calendar. */
const CALENDAR_ID = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** What cannot change within one epoch of the store. */
class Kept {
  readonly policies = new Map<string, unknown>();
  readonly calendars = new Map<string, CalendarVersion>();
  readonly directories = new Map<string, Directory>();

  constructor(readonly epoch: number) {}
}

/** What says which directory holds. */
interface Standing {
  readonly kept: Kept;
  readonly key: string;
  readonly providerCalendarId: string;
}

export class InputsReader {
  /** Of the epoch seen last: a store that came back from a backup gives its numbers out again, for other contents. */
  private kept = new Kept(0);
  private readonly keptBy = new WeakMap<Trx, Kept>();

  constructor(private readonly registry: StoreRegistry) {}

  /** Holds what it must until the end of a transaction that writes. */
  async read(trx: Trx, request: InputsRequest, definition: Definition): Promise<LoadedInputs> {
    const { tenantId, policyId, policyVersion } = request;
    const { lookups } = definition.words;
    const names = Object.keys(lookups).sort();
    const isLocked = (name: string): boolean => lookups[name]?.locked ?? false;
    const [standing, free] = await inOrder([
      this.standing(trx, tenantId),
      inOrder(names.filter((name) => !isLocked(name)).map(this.loader(trx, request, definition))),
    ]);
    const [policy, directory, locked] = await inOrder([
      policyOf(standing.kept, trx, policyId, policyVersion),
      directoryOf(standing, trx, tenantId),
      oneByOne(names.filter(isLocked), this.loader(trx, request, definition)),
    ]);
    const look = Object.fromEntries([...free, ...locked]);
    const wanted = calendarsNamed(request, look, directory);
    const heads = await calendarHeads(trx, tenantId, wanted);
    const calendars: Record<string, CalendarVersion> = {};
    for (const head of heads) calendars[head.id] = await calendarOf(standing.kept, trx, head);
    return {
      inputs: { policy, calendars, look, directory },
      calendarTenants: Object.fromEntries(heads.map((head) => [head.id, head.tenantId])),
    };
  }

  /** A pinned version never changes. */
  async policy(trx: Trx, id: string, version: number): Promise<Inputs['policy']> {
    return policyOf(await this.keptIn(trx), trx, id, version);
  }

  /** One version of a calendar, also an old one. */
  async calendar(trx: Trx, head: CalendarHead): Promise<CalendarVersion> {
    return calendarOf(await this.keptIn(trx), trx, head);
  }

  /** The people of the tenant and of the Provider, kept as long as nobody changes. */
  async directory(trx: Trx, tenantId: string): Promise<Directory> {
    return directoryOf(await this.standing(trx, tenantId), trx, tenantId);
  }

  private async standing(trx: Trx, tenantId: string): Promise<Standing> {
    const [row] = await trx.rows<{ key: string; provider_calendar_id: string | null; epoch: number }>(
      `select string_agg(id || '@' || directory_version, ' ' order by id) as key,
         (select value #>> '{}' from settings where tenant_id = 'provider' and name = 'providerCalendarId')
           as provider_calendar_id, (select epoch from store_state) as epoch
         from tenants where id in (:tenantId, 'provider')`,
      { tenantId },
    );
    const providerCalendarId = row?.provider_calendar_id;
    if (!providerCalendarId) throw new Error('The Provider has no calendar: setting providerCalendarId.');
    return {
      kept: this.keptSince(trx, row.epoch),
      key: `${row.key} ${providerCalendarId}`,
      providerCalendarId,
    };
  }

  private async keptIn(trx: Trx): Promise<Kept> {
    const known = this.keptBy.get(trx);
    if (known) return known;
    const state = await trx.row<{ epoch: number }>('select epoch from store_state');
    if (!state) throw new Error('The store does not say what it is.');
    return this.keptSince(trx, state.epoch);
  }

  /** Whatever is still being read in another epoch is kept where nobody looks any more. */
  private keptSince(trx: Trx, epoch: number): Kept {
    if (this.kept.epoch !== epoch) this.kept = new Kept(epoch);
    this.keptBy.set(trx, this.kept);
    return this.kept;
  }

  private loader(trx: Trx, subject: InputsRequest, definition: Definition): Load {
    const { slug, lookups } = definition.words;
    return async (name) => {
      const loader = this.registry[slug]?.lookups[name];
      if (!loader) throw new Error(`The store has no lookup ${name} for ${slug}.`);
      return [name, lookups[name]?.schema.parse(await loader(trx, subject))];
    };
  }
}

type Load = (name: string) => Promise<readonly [string, unknown]>;

/** Locked lookups come last, one after another by name, so that two processes take their locks in one order. */
async function oneByOne(
  names: readonly string[],
  load: Load,
): Promise<readonly (readonly [string, unknown])[]> {
  const found: (readonly [string, unknown])[] = [];
  for (const name of names) found.push(await load(name));
  return found;
}

async function policyOf(kept: Kept, trx: Trx, id: string, version: number): Promise<Inputs['policy']> {
  const body = await cached(kept.policies, `${id}@${version}`, async () => {
    const row = await trx.row<{ body: unknown }>(
      `select body from policies
        where id = :id and version = :version and state = 'approved' order by tenant_id = 'provider' limit 1`,
      { id, version },
    );
    if (!row) throw new Error(`Policy ${id} has no approved version ${version}.`);
    return row.body;
  });
  return { id, version, body };
}

async function calendarOf(kept: Kept, trx: Trx, head: CalendarHead): Promise<CalendarVersion> {
  return cached(kept.calendars, `${head.tenantId}/${head.id}@${head.version}`, async () => {
    const row = await trx.row<{ body: CalendarVersion }>(
      'select body from calendars where tenant_id = :tenantId and id = :id and version = :version',
      { tenantId: head.tenantId, id: head.id, version: head.version },
    );
    if (!row) throw new Error(`Calendar ${head.id} has no version ${head.version}.`);
    // The numbers of the row are the truth; the body may have been written before they were given.
    return { ...row.body, id: head.id, version: head.version };
  });
}

async function directoryOf(
  { kept, key, providerCalendarId }: Standing,
  trx: Trx,
  tenantId: string,
): Promise<Directory> {
  return cached(kept.directories, key, async () => {
    const people = await trx.rows<Person>(
      `select id, side, grants, zone, language, calendar_id as "calendarId", deputy_id as "deputyId", active
         from people where tenant_id in (:tenantId, 'provider') order by id`,
      { tenantId },
    );
    return { providerCalendarId, people: Object.fromEntries(people.map((person) => [person.id, person])) };
  });
}

interface CalendarHead {
  readonly tenantId: string;
  readonly id: string;
  readonly version: number;
}

/**
 * The versions in force. FOR SHARE: who approves a new version waits for the steps that still use the one before, so
 * that the recalculation that follows finds their clocks.
 */
async function calendarHeads(
  trx: Trx,
  tenantId: string,
  ids: readonly string[],
): Promise<readonly CalendarHead[]> {
  const heads = await trx.rows<CalendarHead>(
    `select tenant_id as "tenantId", id, version from calendar_heads
      where tenant_id in (:tenantId, 'provider') and id = any(:ids::text[]) order by tenant_id, id
      ${trx.reads ? '' : 'for share'}`,
    { tenantId, ids },
  );
  return heads.filter(
    (head) =>
      head.tenantId === tenantId || !heads.some((own) => own.id === head.id && own.tenantId === tenantId),
  );
}

/**
 * Every text that may name a calendar: of the people, of the clocks, and wherever the data, the lookups and the payload
 * mention one. (A start pins the calendar that its payload or its contract names.)
 */
function calendarsNamed(
  request: InputsRequest,
  look: Inputs['look'],
  directory: Directory,
): readonly string[] {
  const found = new Set<string>([directory.providerCalendarId, ...request.clockCalendars]);
  for (const person of Object.values(directory.people)) if (person.calendarId) found.add(person.calendarId);
  collectIds([request.data, request.payload, look], found);
  return [...found];
}

function collectIds(value: unknown, into: Set<string>): void {
  if (typeof value === 'string') {
    if (CALENDAR_ID.test(value)) into.add(value);
  } else if (typeof value === 'object' && value !== null) {
    for (const member of Object.values(value)) collectIds(member, into);
  }
}

async function cached<T>(cache: Map<string, T>, key: string, load: () => Promise<T>): Promise<T> {
  const known = cache.get(key);
  if (known !== undefined) return known;
  const value = await load();
  const oldest = cache.keys().next();
  if (cache.size >= CACHE_LIMIT && !oldest.done) cache.delete(oldest.value);
  cache.set(key, value);
  return value;
}
