/** Who comes in with what: scopes and rotation of keys, people of an issuer, who gave which access, who was ever here. */

/** Of the installation's administration: no screen of a process reads them, and no step. */
const TABLES = ['old_secrets', 'key_requests', 'external_identities', 'last_uses', 'given_grants'];

const isolation = TABLES.map(
  (table) => `
alter table ${table} enable row level security, force row level security;
create policy admin_all on ${table} for all to careplus_admin using (true) with check (true);
grant select, insert, update, delete on ${table} to careplus_admin;`,
).join('\n');

export const sql = `
-- Who makes the change that is under way; set by whoever opens the transaction.
create function app_actor() returns text language sql stable
  return nullif(current_setting('app.actor', true), '');

-- Keys ---------------------------------------------------------------------------------------------------------------

-- Keys that were made before may do what they could. A new one says what it is for.
alter table api_keys
  add column scopes text[] not null default '{read,command,administer}'
    check (cardinality(scopes) > 0 and scopes <@ '{read,command,administer}'),
  add column created_by text,
  add column rotated_at timestamptz,
  add column revoked_by text;
alter table api_keys alter column scopes drop default;
create index api_keys_by_person on api_keys (tenant_id, person_id);

-- Secrets that a rotation replaced and that still open for a while.
create table old_secrets (
  secret_hash text primary key,
  tenant_id text not null references tenants,
  key_id text not null references api_keys,
  ends_at timestamptz not null
);
create index old_secrets_by_key on old_secrets (key_id);

-- Requests that were answered with a secret: it is not stored, so a repeat cannot be answered with it again.
create table key_requests (
  tenant_id text not null references tenants,
  principal text not null,
  key_value text not null,
  body_hash text not null,
  key_id text not null references api_keys,
  at timestamptz not null default business_now(),
  primary key (principal, key_value)
);

-- People of an issuer of tokens ------------------------------------------------------------------------------------------

create table external_identities (
  issuer text not null check (issuer <> ''),
  subject text not null check (subject <> ''),
  tenant_id text not null,
  person_id text not null,
  given_by text,
  given_at timestamptz not null default business_now(),
  primary key (issuer, subject),
  foreign key (tenant_id, person_id) references people
);
create index external_identities_by_person on external_identities (tenant_id, person_id);

-- When somebody last came in, and with what; written at most once a minute.
create table last_uses (
  tenant_id text not null,
  person_id text not null,
  kind text not null check (kind in ('key', 'token', 'name')),
  -- Of the key; empty for the other kinds.
  credential_id text not null default '',
  last_at timestamptz not null,
  primary key (tenant_id, person_id, kind, credential_id),
  foreign key (tenant_id, person_id) references people
);

-- Who gave what ----------------------------------------------------------------------------------------------------------

-- What stood before this is of unknown origin, so both columns may be empty.
create table given_grants (
  tenant_id text not null,
  person_id text not null,
  grant_name text not null,
  given_by text,
  given_at timestamptz,
  primary key (tenant_id, person_id, grant_name),
  foreign key (tenant_id, person_id) references people
);
insert into given_grants (tenant_id, person_id, grant_name)
  select p.tenant_id, p.id, g.name from people p cross join lateral unnest(p.grants) g (name) on conflict do nothing;

create function note_grants() returns trigger language plpgsql as $$
begin
  delete from given_grants where tenant_id = new.tenant_id and person_id = new.id and grant_name <> all(new.grants);
  insert into given_grants (tenant_id, person_id, grant_name, given_by, given_at)
    select new.tenant_id, new.id, g.name, app_actor(), business_now() from unnest(new.grants) g (name)
    on conflict do nothing;
  return null;
end $$;
create trigger people_granted after insert on people
  for each row when (new.grants <> '{}') execute function note_grants();
create trigger people_regranted after update of grants on people
  for each row when (old.grants is distinct from new.grants) execute function note_grants();

-- Rows that refresh_access leaves alone keep whoever gave them.
alter table access add column given_by text, add column given_at timestamptz;
alter table access alter column given_by set default app_actor(), alter column given_at set default business_now();

alter table contract_contacts add column given_by text, add column given_at timestamptz;
create function note_contact() returns trigger language plpgsql as $$
begin
  new.given_by := app_actor();
  new.given_at := business_now();
  return new;
end $$;
create trigger contract_contacts_added before insert on contract_contacts
  for each row execute function note_contact();
create trigger contract_contacts_changed before update on contract_contacts
  for each row when ((old.primary_contact, old.authorised_caller, old.approver, old.active)
    is distinct from (new.primary_contact, new.authorised_caller, new.approver, new.active))
  execute function note_contact();

-- Who read what, newest first.
create index refusals_accesses on refusals (at desc) where kind = 'access';

${isolation}
`;
