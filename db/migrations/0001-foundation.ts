/** The tables of the foundation: who and what, the book of processes, the queues around it, the audit chains. */
export const sql = `
-- Business time. In tests another body adds an offset (db/test-clock.ts); here nothing can move it.
create function business_now() returns timestamptz language sql volatile
  return date_trunc('milliseconds', clock_timestamp());

-- Instants as epoch milliseconds, the form in which the domain counts.
create function ms(instant timestamptz) returns bigint language sql immutable
  return round(extract(epoch from instant) * 1000)::bigint;

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'The table % only grows: nothing in it is changed or deleted.', tg_table_name using errcode = '42501';
end $$;

-- Who and what -------------------------------------------------------------------------------------------------------

create table tenants (
  id text primary key check (id <> ''),
  name text not null,
  kind text not null check (kind in ('provider', 'endUser')),
  -- Raised by every change of its people, so that a step can keep the directory at hand.
  directory_version integer not null default 0,
  created_at timestamptz not null default business_now(),
  check ((kind = 'provider') = (id = 'provider'))
);

create table settings (
  tenant_id text not null references tenants,
  name text not null,
  value jsonb not null,
  primary key (tenant_id, name)
);

create table people (
  tenant_id text not null references tenants,
  id text not null unique,
  side text not null check (side in ('provider', 'endUser')),
  name text not null,
  email text,
  phone text,
  zone text not null,
  language text not null default 'en',
  calendar_id text,
  deputy_id text,
  grants text[] not null default '{}',
  active boolean not null default true,
  primary key (tenant_id, id),
  check ((side = 'provider') = (tenant_id = 'provider')),
  check (side = 'provider' or grants = '{}')
);
create index people_by_email on people (lower(email));

create function bump_directory() returns trigger language plpgsql as $$
begin
  update tenants set directory_version = directory_version + 1
   where id in (select tenant_id from changed_rows);
  return null;
end $$;
create trigger people_inserted after insert on people referencing new table as changed_rows
  for each statement execute function bump_directory();
create trigger people_updated after update on people referencing new table as changed_rows
  for each statement execute function bump_directory();
create trigger people_deleted after delete on people referencing old table as changed_rows
  for each statement execute function bump_directory();

-- Which principal may see which tenant; derived by refresh_access, never edited by hand.
create table access (
  principal text not null,
  tenant_id text not null references tenants,
  role text not null,
  primary key (principal, tenant_id, role)
);
create index access_by_tenant on access (tenant_id);

create table calendars (
  tenant_id text not null references tenants,
  id text not null,
  version integer not null check (version > 0),
  body jsonb not null,
  author text not null,
  approver text,
  state text not null check (state in ('draft', 'approved')),
  created_at timestamptz not null default business_now(),
  approved_at timestamptz,
  primary key (tenant_id, id, version),
  check (approver is null or approver <> author),
  check ((state = 'approved') = (approver is not null and approved_at is not null))
);

-- The version in force: the row that a step locks, so that an approval waits for the steps that use the one before.
create table calendar_heads (
  tenant_id text not null,
  id text not null,
  version integer not null,
  primary key (tenant_id, id),
  foreign key (tenant_id, id, version) references calendars
);

create function calendar_approved() returns trigger language plpgsql as $$
begin
  insert into calendar_heads (tenant_id, id, version) values (new.tenant_id, new.id, new.version)
    on conflict (tenant_id, id) do update set version = greatest(calendar_heads.version, excluded.version);
  return null;
end $$;
create trigger calendars_approved after insert or update on calendars
  for each row when (new.state = 'approved') execute function calendar_approved();

create function refuse_approved_change() returns trigger language plpgsql as $$
begin
  raise exception 'Version % of % is approved; make a new version.', old.version, old.id using errcode = '42501';
end $$;
create trigger calendars_frozen before update or delete on calendars
  for each row when (old.state = 'approved') execute function refuse_approved_change();

create table policies (
  tenant_id text not null references tenants,
  id text not null,
  version integer not null check (version > 0),
  body jsonb not null,
  author text not null,
  approver text,
  state text not null check (state in ('draft', 'approved')),
  created_at timestamptz not null default business_now(),
  approved_at timestamptz,
  primary key (tenant_id, id, version),
  check (approver is null or approver <> author),
  check ((state = 'approved') = (approver is not null and approved_at is not null))
);
create trigger policies_frozen before update or delete on policies
  for each row when (old.state = 'approved') execute function refuse_approved_change();

-- Versions of the Provider's documents; published ones are never changed.
create table documents (
  tenant_id text not null references tenants,
  id text not null,
  kind text not null,
  version integer not null check (version > 0),
  language text not null,
  title text not null,
  sha256 text not null,
  media_type text not null,
  body bytea not null,
  published_by text not null,
  published_at timestamptz not null default business_now(),
  primary key (tenant_id, id, version, language)
);
create trigger documents_grow before update or delete on documents for each row execute function refuse_change();

create table contracts (
  tenant_id text not null references tenants,
  id text not null,
  process_id text not null unique,
  number text not null,
  status text not null,
  starts_on date,
  ends_on date,
  manager_id text,
  backup_id text,
  sm_manager_id text,
  account_manager_id text,
  calendar_id text,
  policy_id text,
  policy_version integer,
  tier text,
  portal_registered_on date,
  primary key (tenant_id, id)
);
create index contracts_by_staff on contracts (manager_id);

create table sites (
  tenant_id text not null references tenants,
  id text not null,
  contract_id text,
  name text not null,
  zone text not null,
  calendar_id text,
  country text,
  region text,
  address jsonb,
  primary key (tenant_id, id)
);
create index sites_by_contract on sites (tenant_id, contract_id);

create table contract_contacts (
  tenant_id text not null,
  contract_id text not null,
  person_id text not null,
  primary_contact boolean not null default false,
  authorised_caller boolean not null default false,
  approver boolean not null default false,
  active boolean not null default true,
  valid_from date,
  valid_to date,
  primary key (tenant_id, contract_id, person_id),
  foreign key (tenant_id, contract_id) references contracts on delete cascade
);

create table api_keys (
  id text primary key,
  tenant_id text not null references tenants,
  person_id text not null,
  secret_hash text not null unique,
  label text not null,
  expires_at timestamptz,
  created_at timestamptz not null default business_now(),
  revoked_at timestamptz,
  foreign key (tenant_id, person_id) references people
);

-- The book -----------------------------------------------------------------------------------------------------------

create table processes (
  tenant_id text not null references tenants,
  id text not null unique,
  slug text not null,
  -- Before the start step: seq 0, no status, no data.
  status text not null default '',
  status_since timestamptz,
  data jsonb,
  seq integer not null default 0 check (seq >= 0),
  epoch integer not null default 1,
  last_at timestamptz,
  runs jsonb not null default '{}',
  owner_id text not null check (owner_id <> ''),
  policy_id text not null,
  policy_version integer not null,
  contract_id text,
  headline text not null default '',
  -- Why no trigger is taken: the trigger that cannot be decided, with its error.
  blocked jsonb,
  is_blocked boolean not null generated always as (blocked is not null) stored,
  closed boolean not null default false,
  over boolean not null default false,
  inbox_number integer not null default 0,
  next_due_at timestamptz,
  created_at timestamptz not null default business_now(),
  primary key (tenant_id, id),
  check ((seq = 0) = (status = '')),
  check ((seq = 0) = (data is null)),
  check (not over or closed)
);
create index processes_by_slug on processes (tenant_id, slug, status);
create index processes_by_contract on processes (tenant_id, contract_id);
create index processes_running on processes (next_due_at, id) where not over;

create table events (
  tenant_id text not null,
  process_id text not null,
  seq integer not null,
  epoch integer not null,
  id text not null,
  event text not null,
  from_status text,
  via_status text,
  to_status text,
  trigger text not null,
  actor text,
  on_behalf_of text,
  at timestamptz not null,
  recorded_at timestamptz not null,
  owner_id text,
  internal boolean not null,
  -- The exact canonical JSON that was hashed.
  bytes text not null,
  prev_hash text not null,
  hash text not null,
  chain_no bigint not null,
  primary key (tenant_id, process_id, seq),
  unique (tenant_id, id),
  unique (tenant_id, chain_no),
  foreign key (tenant_id, process_id) references processes
);
create index events_by_time on events (tenant_id, at);
create trigger events_grow before update or delete on events for each row execute function refuse_change();
create trigger events_stay before truncate on events for each statement execute function refuse_change();

-- What a decision saw and said in full; may be erased while the chain still verifies.
create table event_details (
  tenant_id text not null,
  event_id text not null,
  process_id text not null,
  fired jsonb,
  inputs_hash text not null,
  look jsonb,
  directory_hash text,
  calendars jsonb not null,
  data jsonb,
  internal boolean not null,
  erased_at timestamptz,
  primary key (tenant_id, event_id)
);
create index event_details_by_process on event_details (tenant_id, process_id);

-- Large inputs that many events share, by the hash of their canonical JSON.
create table contents (
  tenant_id text not null references tenants,
  hash text not null,
  body jsonb not null,
  primary key (tenant_id, hash)
);

create table chain_heads (
  tenant_id text not null references tenants,
  kind text not null check (kind in ('event', 'refusal')),
  number bigint not null default 0,
  hash text not null,
  primary key (tenant_id, kind)
);

create table refusals (
  tenant_id text not null references tenants,
  number bigint not null,
  kind text not null check (kind in ('refusal', 'access', 'change')),
  process_id text,
  inbox_id text,
  code text not null,
  principal text,
  at timestamptz not null,
  bytes text not null,
  prev_hash text not null,
  hash text not null,
  primary key (tenant_id, number)
);
create index refusals_by_process on refusals (tenant_id, process_id);
create trigger refusals_grow before update or delete on refusals for each row execute function refuse_change();
create trigger refusals_stay before truncate on refusals for each statement execute function refuse_change();

create table clocks (
  tenant_id text not null,
  process_id text not null,
  name text not null,
  key text not null,
  run integer not null,
  -- Place among the running clocks of its process: the order in which decisions walk them.
  position integer not null,
  promise boolean not null,
  calendar_tenant_id text,
  calendar_id text not null,
  calendar_version integer not null,
  started_at timestamptz not null,
  marks jsonb not null,
  pauses jsonb not null,
  outcome text not null check (outcome in ('running', 'paused', 'met', 'missed', 'elapsed', 'cancelled')),
  due_at timestamptz,
  due_step text,
  promise_due_at timestamptz,
  missed_at timestamptz,
  ended_at timestamptz,
  policy_path text not null,
  primary key (tenant_id, process_id, name, key, run),
  foreign key (tenant_id, process_id) references processes,
  check ((ended_at is null) = (outcome in ('running', 'paused')))
);
create unique index clocks_running on clocks (tenant_id, process_id, name, key) where ended_at is null;
create index clocks_due on clocks (due_at) where ended_at is null;
create index clocks_by_calendar on clocks (calendar_id, calendar_version) where ended_at is null;

create table effects (
  tenant_id text not null,
  id text not null,
  process_id text not null,
  event_id text not null,
  key text not null,
  kind text not null,
  content jsonb not null,
  recipient_id text,
  not_before timestamptz not null,
  state text not null default 'planned'
    check (state in ('planned', 'sent', 'confirmed', 'failed', 'unknown', 'dropped')),
  fence integer not null default 0,
  attempts integer not null default 0,
  claimed_until timestamptz,
  next_attempt_at timestamptz not null,
  decided_at timestamptz not null,
  settled_at timestamptz,
  problem text,
  evidence jsonb,
  primary key (tenant_id, id),
  unique (tenant_id, key),
  foreign key (tenant_id, process_id) references processes
);
create index effects_by_process on effects (tenant_id, process_id);
create index effects_planned on effects (next_attempt_at) where state = 'planned';
create index effects_sent on effects (claimed_until) where state = 'sent';
create index effects_unknown on effects (tenant_id, settled_at) where state = 'unknown';

-- The queues -----------------------------------------------------------------------------------------------------------

create table inbox (
  tenant_id text not null,
  id text not null,
  process_id text not null,
  number integer not null,
  kind text not null check (kind in ('start', 'command', 'signal', 'system')),
  name text not null,
  payload jsonb not null,
  actor text,
  on_behalf_of text,
  accepted_at timestamptz not null,
  expected_seq integer,
  urgent boolean not null,
  key_principal text,
  key_value text,
  body_hash text,
  state text not null default 'pending' check (state in ('pending', 'answered', 'parked', 'skipped')),
  answer jsonb,
  answered_at timestamptz,
  touched_at timestamptz,
  problem text,
  primary key (tenant_id, id),
  unique (tenant_id, process_id, number),
  unique (tenant_id, key_principal, key_value),
  foreign key (tenant_id, process_id) references processes,
  check ((key_principal is null) = (key_value is null) and (key_value is null) = (body_hash is null)),
  check ((state in ('answered', 'skipped')) = (answer is not null))
);
create index inbox_pending on inbox (tenant_id, process_id, accepted_at, number) where state = 'pending';
create index inbox_waiting on inbox (accepted_at) where state = 'pending';
create index inbox_parked on inbox (tenant_id, accepted_at) where state = 'parked';

-- Derived; can be rebuilt at any time.
create table tasks (
  tenant_id text not null,
  id text not null,
  process_id text not null,
  slug text not null,
  kind text not null check (kind in ('command', 'attention')),
  command text not null,
  label text not null,
  subject text not null default '',
  clock text not null default '',
  clock_key text not null default '',
  due_at timestamptz,
  missed boolean not null default false,
  people text[] not null,
  primary key (tenant_id, id),
  foreign key (tenant_id, process_id) references processes
);
create index tasks_by_people on tasks using gin (people);
create index tasks_by_process on tasks (tenant_id, process_id);

create table one_time_links (
  tenant_id text not null,
  token_hash text not null unique,
  process_id text not null,
  command text not null,
  payload jsonb not null,
  person_id text not null,
  effect_id text not null,
  expires_at timestamptz not null,
  used_at timestamptz,
  created_at timestamptz not null default business_now(),
  primary key (tenant_id, token_hash),
  foreign key (tenant_id, process_id) references processes
);
create index one_time_links_by_effect on one_time_links (tenant_id, effect_id);
`;
