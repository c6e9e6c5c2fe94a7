/** What shows that the database is older than its installation, the mode in which nothing is written, mail that waits. */

/** Of the whole installation: one row each, or rows that belong to no tenant. */
const WIDE = ['store_state', 'restored_modes', 'mail_route'];

const wide = WIDE.map(
  (table) => `
alter table ${table} enable row level security, force row level security;
create policy admin_all on ${table} for all to careplus_admin using (true) with check (true);
grant select on ${table} to careplus_admin;`,
).join('\n');

export const sql = `
-- One row. Every transaction reads it: while restored_mode is set, none of them writes.
create table store_state (
  single boolean primary key default true check (single),
  -- The same in every backup of this store, so that a worker knows whose pulse it remembers.
  store_id uuid not null default gen_random_uuid(),
  -- Raised by every declared restore; part of the ids of events and effects.
  epoch integer not null default 1 check (epoch > 0),
  -- Raised every few seconds and remembered outside: a lower one is a store that came back older.
  pulse bigint not null default 0,
  restored_mode text
);
insert into store_state (epoch)
  select coalesce((select (value #>> '{}')::integer from settings where tenant_id = 'provider' and name = 'epoch'), 1);

-- How it was found that the store is older than the installation, and how far the repair has come. Each instant says
-- that the part of the repair before it is done, so that a repair that was killed goes on where it was.
create table restored_modes (
  id text primary key,
  found_at timestamptz not null default business_now(),
  found_by text not null check (found_by in ('runner', 'pulse', 'checkpoint', 'operator')),
  evidence jsonb not null,
  applied_by text,
  reason text,
  effects_set_at timestamptz,
  declared_hash text,
  epoch integer,
  left_at timestamptz,
  runners_restarted_at timestamptz
);
alter table store_state add foreign key (restored_mode) references restored_modes;

-- Effects that the engine had done or tried in the time that was lost. The same intent in a later epoch is not done
-- blindly: a person decides.
create table abandoned_effects (
  tenant_id text not null references tenants,
  effect_id text not null,
  process_id text not null,
  kind text not null,
  outcome text not null,
  primary key (tenant_id, effect_id)
);

-- Whether mail can go out at all. While the server is away one message at a time probes it; when it answers, what
-- waits goes out in its order, and only then everybody sends freely again.
create table mail_route (
  single boolean primary key default true check (single),
  state text not null default 'up' check (state in ('up', 'down', 'draining')),
  since timestamptz not null default business_now(),
  probe_at timestamptz not null default business_now(),
  problem text
);
insert into mail_route default values;

alter table effects drop constraint effects_state_check, add constraint effects_state_check
  check (state in ('planned', 'sent', 'confirmed', 'failed', 'unknown', 'dropped', 'superseded'));
-- What a reminder reminds of: of those that wait, the newest stands for the older ones.
alter table effects add column topic text;
alter table effects add column superseded_by text;
-- Since when it waits because the mail server is away.
alter table effects add column held_since timestamptz;
alter table effects add column urgent boolean not null generated always as (content @> '{"urgent": true}') stored;
alter table effects add check ((state = 'superseded') = (superseded_by is not null));
create index effects_by_topic on effects (tenant_id, topic, not_before) where topic is not null;
create index effects_superseded on effects (tenant_id, superseded_by) where superseded_by is not null;
create index effects_mail_queue on effects (urgent desc, not_before, id) where state = 'planned' and kind = 'mail';
grant select (not_before, urgent, held_since) on effects to careplus_relay;

${wide}
create policy everybody_reads on store_state for select to public using (true);
grant select on store_state to careplus_api, careplus_step, careplus_relay;
create policy relay_beats on store_state for update to careplus_relay using (true) with check (true);
grant update (pulse) on store_state to careplus_relay;
grant update (epoch, restored_mode) on store_state to careplus_admin;
grant insert, update on restored_modes to careplus_admin;
create policy everybody_routes on mail_route for all to careplus_step, careplus_relay using (true) with check (true);
grant select, update on mail_route to careplus_step, careplus_relay;

alter table abandoned_effects enable row level security, force row level security;
create policy step_owns on abandoned_effects for select to careplus_step using (tenant_id = app_tenant());
create policy admin_all on abandoned_effects for all to careplus_admin using (true) with check (true);
grant select on abandoned_effects to careplus_step, careplus_admin;
grant insert on abandoned_effects to careplus_admin;

grant update (epoch) on processes to careplus_admin;
`;
