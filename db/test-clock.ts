/**
 * Business time that can be moved forward, for databases of tests and rehearsals only. Production has nothing to move:
 * there `business_now()` is the plain clock of Postgres, and this file refuses a database that is in use.
 */
import knex from 'knex';

const SQL = `
create table test_clock (id boolean primary key default true check (id), offset_ms bigint not null default 0);
insert into test_clock default values;
grant select, update on test_clock to careplus_api, careplus_step, careplus_relay, careplus_admin;
create or replace function business_now() returns timestamptz language plpgsql volatile as $$
begin
  return date_trunc('milliseconds', clock_timestamp())
    + (select offset_ms from test_clock) * interval '1 millisecond';
end $$;`;

/** Makes the clock of an empty, migrated database movable. */
export async function installTestClock(databaseUrl: string): Promise<void> {
  const pool = knex({ client: 'pg', connection: databaseUrl, pool: { min: 0, max: 1 } });
  try {
    const { rows } = await pool.raw<{ rows: readonly unknown[] }>('select 1 from processes limit 1');
    if (rows.length > 0) throw new Error('This database holds processes; its clock stays as it is.');
    await pool.raw(SQL);
  } finally {
    await pool.destroy();
  }
}
