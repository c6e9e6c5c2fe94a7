/** The people, the calendar and the policy that errands need. */
import type { Database, Trx } from '../../db/connection.js';
import { openChains } from '../../db/store/chain.js';

const always = [{ opens: '00:00', closes: '24:00' }];
const round = {
  id: 'round',
  version: 1,
  title: 'Round the clock',
  zone: 'UTC',
  weekly: {
    monday: always,
    tuesday: always,
    wednesday: always,
    thursday: always,
    friday: always,
    saturday: always,
    sunday: always,
  },
  holidays: [],
};

/** Tenants `provider` and `acme`, owner Olga, guest Gwen, calendar `round`, policy `standard`. */
export async function seedPeople(database: Database): Promise<void> {
  await database.as('admin', {}, async (trx) => {
    await trx.run(`insert into tenants (id, name, kind) values
      ('provider', 'Provider', 'provider'), ('acme', 'Acme Networks', 'endUser')`);
    await trx.run(`insert into settings (tenant_id, name, value) values
      ('provider', 'providerCalendarId', '"round"')`);
    await trx.run(`insert into people (tenant_id, id, side, name, email, zone) values
      ('provider', 'olga', 'provider', 'Olga Owner', 'olga@provider.example', 'UTC'),
      ('acme', 'gwen', 'endUser', 'Gwen Guest', 'gwen@acme.example', 'UTC')`);
    await insertCalendar(trx, 1);
    await trx.run(`insert into policies (tenant_id, id, version, body, author, approver, state, approved_at) values
      ('provider', 'standard', 1, '{}', 'olga', 'otto', 'approved', business_now())`);
    await openChains(trx, 'provider');
    await openChains(trx, 'acme');
  });
}

/** Approves a version of the calendar. */
export async function addCalendar(database: Database, version: number): Promise<void> {
  await database.as('admin', {}, async (trx) => insertCalendar(trx, version));
}

async function insertCalendar(trx: Trx, version: number): Promise<void> {
  await trx.run(
    `insert into calendars (tenant_id, id, version, body, author, approver, state, approved_at)
     values ('provider', 'round', :version, :body, 'olga', 'otto', 'approved', business_now())`,
    { version, body: JSON.stringify({ ...round, version }) },
  );
}
