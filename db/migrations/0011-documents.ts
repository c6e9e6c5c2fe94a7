/** Files by their content, and documents of one contract. */
export const sql = `
-- What is known of a file; its bytes lie in the store of files, under the same hash.
create table files (
  tenant_id text not null references tenants,
  sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
  name text not null check (name <> ''),
  media_type text not null,
  bytes bigint not null check (bytes >= 0),
  internal boolean not null,
  uploaded_by text not null,
  uploaded_at timestamptz not null default business_now(),
  primary key (tenant_id, sha256)
);
alter table files enable row level security, force row level security;
create policy api_reads on files for select to careplus_api
  using (tenant_id in (select a.tenant_id from access a where a.principal = app_principal()));
create policy step_owns on files for all to careplus_step
  using (tenant_id = app_tenant()) with check (tenant_id = app_tenant());
create policy admin_all on files for all to careplus_admin using (true) with check (true);
-- Staff are those who have access to the Provider's own tenant.
create policy internal_stays_inside on files as restrictive for select to careplus_api
  using (not internal
    or exists (select from access a where a.principal = app_principal() and a.tenant_id = 'provider'));
grant select on files to careplus_api, careplus_step, careplus_admin;
grant insert on files to careplus_step;
-- A name may hold a person's; what was internal may be shown later.
grant update (name, internal) on files to careplus_step, careplus_admin;

-- A guideline, procedure or plan belongs to one contract; the User Guide to none.
alter table documents add column contract_id text;
-- What a structured document says, as it was checked when it was published.
alter table documents add column content jsonb;
`;
