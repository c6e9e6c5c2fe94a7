/** Versions of contact matrices with their contacts: who was to be called at any instant; bounces that a matrix is to hear of. */
const TABLES = ['matrix_versions', 'matrix_contacts'];

const isolation = TABLES.map(
  (table) => `
alter table ${table} enable row level security, force row level security;
create policy api_reads on ${table} for select to careplus_api
  using (tenant_id in (select a.tenant_id from access a where a.principal = app_principal()));
create policy step_owns on ${table} for all to careplus_step
  using (tenant_id = app_tenant()) with check (tenant_id = app_tenant());
create policy admin_all on ${table} for all to careplus_admin using (true) with check (true);
grant select on ${table} to careplus_api, careplus_step, careplus_admin;
grant insert, update, delete on ${table} to careplus_step;
grant update on ${table} to careplus_admin;`,
).join('\n');

export const sql = `
create table matrix_versions (
  tenant_id text not null,
  process_id text not null,
  version integer not null check (version > 0),
  -- Null: a draft. In the future: agreed, and not in force yet.
  in_force_from timestamptz,
  in_force_to timestamptz,
  reason text not null check (reason in ('agreed', 'leaver')),
  -- Over the contacts with their names and numbers; stays when those are erased.
  sha256 text not null,
  authors text[] not null,
  agreed_provider text,
  agreed_end_user text,
  primary key (tenant_id, process_id, version),
  foreign key (tenant_id, process_id) references processes,
  check (in_force_to is null or in_force_from is not null)
);
create index matrix_versions_by_time on matrix_versions (tenant_id, in_force_from);

create table matrix_contacts (
  tenant_id text not null,
  process_id text not null,
  version integer not null,
  person_id text not null,
  side text not null check (side in ('provider', 'endUser')),
  role text not null,
  level text not null check (level in ('L0', 'L1', 'L2', 'L3', 'L4')),
  zone text not null,
  hours text not null,
  deputy_id text,
  authorised_caller boolean not null,
  may_approve text[] not null,
  valid_from timestamptz,
  valid_to timestamptz,
  -- Of the person; erased with him, while the version stays.
  name text not null,
  phone text,
  email text,
  language text not null,
  primary key (tenant_id, process_id, version, person_id),
  foreign key (tenant_id, process_id, version) references matrix_versions on delete cascade
);
create index matrix_contacts_by_person on matrix_contacts (person_id);
${isolation}

-- Messages that did not arrive, until the matrix of the recipient has heard of it. Written with the row that tells the
-- process which sent the message, wherever that row comes from.
create table bounces (
  tenant_id text not null,
  inbox_id text not null,
  primary key (tenant_id, inbox_id),
  foreign key (tenant_id, inbox_id) references inbox on delete cascade
);
alter table bounces enable row level security, force row level security;
create policy step_owns on bounces for all to careplus_step
  using (tenant_id = app_tenant()) with check (tenant_id = app_tenant());
create policy admin_all on bounces for all to careplus_admin using (true) with check (true);
create policy relay_sees on bounces for select to careplus_relay using (true);
grant select, insert, delete on bounces to careplus_step;
grant select, insert on bounces to careplus_admin;
grant select on bounces to careplus_relay;

create function note_bounce() returns trigger language plpgsql as $$
begin
  insert into bounces (tenant_id, inbox_id) values (new.tenant_id, new.id);
  return null;
end $$;
create trigger inbox_bounces after insert on inbox
  for each row when (new.kind = 'signal' and new.name = 'undeliverable') execute function note_bounce();
`;
