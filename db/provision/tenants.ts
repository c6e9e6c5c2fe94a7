/** Tenants, their people, and who may see what follows from them. */
import type { Database, Trx } from '../connection.js';
import { holdName } from '../hold.js';
import { inOrder } from '../in-order.js';
import { openChains } from '../store/chain.js';
import { askConcerned } from '../store/recalculate.js';
import { actAs } from './actor.js';
import { logChange } from './log.js';

/** The Provider's own tenant, which holds what belongs to the whole installation. */
export const PROVIDER = 'provider';

export interface PersonRecord {
  readonly id: string;
  readonly name: string;
  readonly email: string | null;
  readonly phone: string | null;
  /** IANA name. */
  readonly zone: string;
  readonly language: string;
  readonly calendarId: string | null;
  readonly deputyId: string | null;
  /** Staff functions; only for people of the Provider. */
  readonly grants: readonly string[];
  readonly active: boolean;
  /** Where pages reach the person beside mail address and number; absent: as it is. Null: nowhere. */
  readonly channels?: Readonly<Record<'sms' | 'voice' | 'chat', string | null>>;
}

/** Makes a tenant with its audit chains, or does nothing when it stands. */
export async function createTenant(
  database: Database,
  tenant: { readonly id: string; readonly name: string },
): Promise<void> {
  await database.as('admin', { tenant: tenant.id }, async (trx) => {
    await trx.run(
      `insert into tenants (id, name, kind) values (:id, :name, case :id when 'provider' then 'provider' else 'endUser' end)
       on conflict do nothing`,
      { id: tenant.id, name: tenant.name },
    );
    await openChains(trx, tenant.id);
    await refreshAccess(trx, tenant.id);
  });
}

/**
 * Writes people of a tenant. Ids are unique in the whole installation: those that another tenant has are given back,
 * and then nothing is written.
 */
export async function savePeople(
  database: Database,
  tenantId: string,
  people: readonly PersonRecord[],
  actor: string | null,
): Promise<{ readonly taken: readonly string[] }> {
  return database.as('admin', { tenant: tenantId }, async (trx) => {
    const taken = await takenIds(
      trx,
      tenantId,
      people.map((person) => person.id),
    );
    if (taken.length > 0) return { taken };
    await actAs(trx, actor);
    const before = await standingOf(trx, tenantId);
    await upsertPeople(trx, tenantId, people);
    await replaceChannels(trx, tenantId, people);
    await refreshAccess(trx, tenantId);
    const after = await standingOf(trx, tenantId);
    const known = [...before.keys()].filter((id) => before.get(id) !== after.get(id));
    await askConcerned(trx, known);
    await logChange(trx, { tenantId, what: `people.saved ${people.length}`, actor });
    return { taken: [] };
  });
}

/** Of those whose channels are given. */
async function replaceChannels(trx: Trx, tenantId: string, people: readonly PersonRecord[]): Promise<void> {
  const given = people.flatMap(({ id, channels }) => (channels ? [{ id, channels }] : []));
  const rows = given.flatMap(({ id, channels }) =>
    Object.entries(channels).flatMap(([kind, address]) => (address === null ? [] : [{ id, kind, address }])),
  );
  await trx.run(
    'delete from contact_channels where tenant_id = :tenantId and person_id = any(:ids::text[])',
    { tenantId, ids: given.map(({ id }) => id) },
  );
  await trx.run(
    `insert into contact_channels (tenant_id, person_id, kind, address)
       select :tenantId, r.id, r.kind, r.address
         from jsonb_to_recordset(:rows::jsonb) as r (id text, kind text, address text)`,
    { tenantId, rows: JSON.stringify(rows) },
  );
}

/** What decides about the work of each person: whether he is there, who stands in, what he may do. */
async function standingOf(trx: Trx, tenantId: string): Promise<ReadonlyMap<string, string>> {
  const rows = await trx.rows<{ id: string; standing: string }>(
    `select id, jsonb_build_array(active, deputy_id, grants, calendar_id)::text as standing
       from people where tenant_id = :tenantId`,
    { tenantId },
  );
  return new Map(rows.map((row) => [row.id, row.standing]));
}

/** Ids of people that already belong to another tenant; with the role `admin`. */
export async function takenIds(
  trx: Trx,
  tenantId: string,
  ids: readonly string[],
): Promise<readonly string[]> {
  const rows = await trx.rows<{ id: string }>(
    'select id from people where id = any(:ids::text[]) and tenant_id <> :tenantId order by id',
    { ids, tenantId },
  );
  return rows.map((row) => row.id);
}

/** Inserts or replaces people of a tenant; calendars and grants as given. */
export async function upsertPeople(
  trx: Trx,
  tenantId: string,
  people: readonly PersonRecord[],
): Promise<void> {
  const rows = people.map((person) => ({
    id: person.id,
    name: person.name,
    email: person.email,
    phone: person.phone,
    zone: person.zone,
    language: person.language,
    calendar_id: person.calendarId,
    deputy_id: person.deputyId,
    grants: person.grants,
    active: person.active,
  }));
  await trx.run(
    `insert into people as p (tenant_id, id, side, name, email, phone, zone, language, calendar_id, deputy_id, grants,
         active)
       select :tenantId, r.id, case :tenantId when 'provider' then 'provider' else 'endUser' end, r.name, r.email,
         r.phone, r.zone, r.language, r.calendar_id, r.deputy_id, r.grants, r.active
         from jsonb_to_recordset(:rows::jsonb) as r (id text, name text, email text, phone text, zone text,
           language text, calendar_id text, deputy_id text, grants text[], active boolean)
     on conflict (tenant_id, id) do update set name = excluded.name, email = excluded.email, phone = excluded.phone,
         zone = excluded.zone, language = excluded.language, calendar_id = excluded.calendar_id,
         deputy_id = excluded.deputy_id, grants = excluded.grants, active = excluded.active
       where (p.name, p.email, p.phone, p.zone, p.language, p.calendar_id, p.deputy_id, p.grants, p.active)
         is distinct from (excluded.name, excluded.email, excluded.phone, excluded.zone, excluded.language,
           excluded.calendar_id, excluded.deputy_id, excluded.grants, excluded.active)`,
    { tenantId, rows: JSON.stringify(rows) },
  );
}

/**
 * Derives again who may see a tenant: after its contracts or its people changed. Staff see tenants by what they are, so
 * a change of the Provider's people concerns all of them. Until the end of the transaction nobody else derives the same:
 * he would not see what this one has written, and would give back what it takes away. The names are held by statements
 * of their own, because a statement that waits still sees what was there before it waited.
 */
export async function refreshAccess(trx: Trx, tenantId: string): Promise<void> {
  if (tenantId === PROVIDER) {
    await inOrder([holdName(trx, 'access'), trx.rows('select refresh_access(id) from tenants order by id')]);
  } else {
    await inOrder([
      holdName(trx, 'access', 'shared'),
      holdName(trx, `access ${tenantId}`),
      trx.rows('select refresh_access(:tenantId)', { tenantId }),
    ]);
  }
}

/** A setting of the whole installation. */
export async function saveSetting(database: Database, name: string, value: unknown): Promise<void> {
  await database.as('admin', { tenant: PROVIDER }, async (trx) =>
    trx.run(
      `insert into settings (tenant_id, name, value) values ('provider', :name, :value)
       on conflict (tenant_id, name) do update set value = excluded.value`,
      { name, value: JSON.stringify(value) },
    ),
  );
}

export async function readSetting(database: Database, name: string): Promise<unknown> {
  return database.as('admin', { tenant: PROVIDER }, async (trx) => {
    const row = await trx.row<{ value: unknown }>(
      `select value from settings where tenant_id = 'provider' and name = :name`,
      { name },
    );
    return row?.value ?? null;
  });
}
