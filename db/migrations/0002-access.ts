/** Roles, row level security and the derived table of who may see which tenant. */

/** Tables of one tenant each: read by who has access to it, written by the steps of the tenant. */
const TENANT_TABLES = [
  'people',
  'settings',
  'sites',
  'contracts',
  'contract_contacts',
  'processes',
  'events',
  'event_details',
  'contents',
  'chain_heads',
  'refusals',
  'clocks',
  'effects',
  'inbox',
  'tasks',
  'one_time_links',
  'calendars',
  'calendar_heads',
  'policies',
  'documents',
  'api_keys',
];

/** Never read for a screen: secrets, and what only the audit opens. */
const NOT_FOR_API = ['api_keys', 'one_time_links', 'contents', 'chain_heads'];

/** Also kept for the whole installation in the Provider's own tenant, which every step reads and no step writes. */
const PROVIDER_WIDE = ['people', 'settings', 'calendars', 'calendar_heads', 'policies', 'documents'];

/** What the relay sees of the queues: ids, states and times. */
const RELAY_COLUMNS: Readonly<Record<string, string>> = {
  processes: 'tenant_id, id, slug, seq, closed, over, is_blocked, next_due_at, created_at',
  inbox: 'tenant_id, id, process_id, number, kind, name, urgent, state, accepted_at, touched_at',
  effects: 'tenant_id, id, process_id, kind, state, attempts, next_attempt_at, claimed_until, settled_at',
  clocks:
    'tenant_id, process_id, name, run, outcome, due_at, promise_due_at, calendar_tenant_id, calendar_id, calendar_version, ended_at',
  calendar_heads: 'tenant_id, id, version',
};

const ROLES = ['careplus_api', 'careplus_step', 'careplus_relay', 'careplus_admin'];

/** Roles belong to the whole cluster, so another database may just be making them. */
const roles = ROLES.map(
  (role) => `
do $$ begin
  if not exists (select from pg_roles where rolname = '${role}') then create role ${role} nologin; end if;
exception when duplicate_object or unique_violation then null;
end $$;
do $$ begin
  if not pg_has_role(current_user, '${role}', 'member') then execute format('grant ${role} to %I', current_user); end if;
end $$;
grant usage on schema public to ${role};`,
).join('\n');

const isolation = TENANT_TABLES.map(
  (table) => `
alter table ${table} enable row level security, force row level security;
create policy api_reads on ${table} for select to careplus_api
  using (tenant_id in (select a.tenant_id from access a where a.principal = app_principal()));
create policy step_owns on ${table} for all to careplus_step
  using (tenant_id = app_tenant()) with check (tenant_id = app_tenant());
create policy admin_all on ${table} for all to careplus_admin using (true) with check (true);
grant select on ${table} to ${NOT_FOR_API.includes(table) ? '' : 'careplus_api, '}careplus_step, careplus_admin;`,
).join('\n');

const providerWide = PROVIDER_WIDE.map(
  (table) => `
create policy step_reads_provider on ${table} for select to careplus_step
  using (tenant_id = 'provider' and app_tenant() is not null);
create policy api_reads_provider on ${table} for select to careplus_api
  using (tenant_id = 'provider' and exists (select from access a where a.principal = app_principal()));`,
).join('\n');

const relay = Object.entries(RELAY_COLUMNS)
  .map(
    ([table, columns]) => `
create policy relay_sees on ${table} for select to careplus_relay using (true);
grant select (${columns}) on ${table} to careplus_relay;`,
  )
  .join('\n');

/** Staff are those who have access to the Provider's own tenant. */
const STAFF = `exists (select from access a where a.principal = app_principal() and a.tenant_id = 'provider')`;

/** What a reader of the End User's side sees of a table whose rows are not all meant for him. */
const END_USER_SEES: Readonly<Record<string, string>> = {
  events: 'not internal',
  event_details: 'not internal',
  refusals: 'principal = app_principal()',
  inbox: 'actor = app_principal()',
  tasks: `kind = 'command'`,
  // People of his own tenant are the only ones that row level security shows him there.
  effects: 'recipient_id in (select p.id from people p where p.tenant_id = effects.tenant_id)',
};
const internal = Object.entries(END_USER_SEES)
  .map(
    ([table, rows]) => `
create policy internal_stays_inside on ${table} as restrictive for select to careplus_api
  using (${rows} or ${STAFF});`,
  )
  .join('\n');

export const sql = `
create function app_tenant() returns text language sql stable
  return nullif(current_setting('app.tenant', true), '');
create function app_principal() returns text language sql stable
  return nullif(current_setting('app.principal', true), '');

${roles}

alter table access enable row level security, force row level security;
create policy api_reads on access for select to careplus_api using (principal = app_principal());
create policy step_owns on access for all to careplus_step
  using (tenant_id = app_tenant()) with check (tenant_id = app_tenant());
create policy admin_all on access for all to careplus_admin using (true) with check (true);
grant select on access to careplus_api, careplus_step, careplus_admin;

alter table tenants enable row level security, force row level security;
create policy api_reads on tenants for select to careplus_api
  using (id in (select a.tenant_id from access a where a.principal = app_principal()));
create policy step_reads on tenants for select to careplus_step
  using (app_tenant() is not null and id in (app_tenant(), 'provider'));
create policy step_counts_people on tenants for update to careplus_step
  using (id = app_tenant()) with check (id = app_tenant());
create policy admin_all on tenants for all to careplus_admin using (true) with check (true);
grant select on tenants to careplus_api, careplus_step, careplus_admin;

${isolation}
${providerWide}
${relay}
${internal}

-- A step locks the calendar version that it uses (FOR SHARE asks for an update right) and cannot change it.
create policy step_locks_provider on calendar_heads for update to careplus_step
  using (tenant_id in (app_tenant(), 'provider')) with check (false);
create policy step_changes_none on calendar_heads as restrictive for update to careplus_step
  using (true) with check (false);
grant update (version) on calendar_heads to careplus_step;

grant insert, update, delete on
  access, people, sites, contracts, contract_contacts, tasks, one_time_links to careplus_step;
grant insert, update on processes, clocks, effects, inbox to careplus_step;
grant insert on events, event_details, contents, refusals to careplus_step;
grant update (number, hash) on chain_heads to careplus_step;
grant update (directory_version) on tenants to careplus_step;

grant insert, update on tenants, settings, people, sites, calendars, calendar_heads, policies, api_keys to careplus_admin;
grant insert on documents to careplus_admin;
grant insert, delete on access to careplus_admin;
grant insert, update on chain_heads to careplus_admin;
grant insert on refusals to careplus_admin;
grant update on event_details to careplus_admin;
grant update (payload) on inbox to careplus_admin;
grant update, delete on contents to careplus_admin;

-- Derives who may see one tenant (service spec §3a "Tenant"). Runs with the caller's own rights.
create function refresh_access(tenant text) returns void language sql volatile as $$
  with staff as (
    select p.id, p.grants, p.deputy_id from people p where p.tenant_id = 'provider' and p.active
  ), named as (
    select n.person_id, n.role from contracts c
     cross join lateral (values (c.manager_id, 'manager'), (c.backup_id, 'backup'),
       (c.sm_manager_id, 'smManager'), (c.account_manager_id, 'accountManager')) n (person_id, role)
     where c.tenant_id = tenant and n.person_id is not null
  ), wanted (principal, role) as (
    select s.id, g.role from staff s cross join lateral unnest(s.grants) g (role)
     where g.role in ('seniorDesk', 'dutyManager', 'supportDirector', 'auditor', 'operator')
    union select s.id, n.role from named n join staff s on s.id = n.person_id
    union select d.id, 'standIn' from named n join people p on p.id = n.person_id and p.tenant_id = 'provider'
      join staff d on d.id = p.deputy_id where n.role = 'manager'
    union select s.id, 'staff' from staff s where tenant = 'provider'
    union select p.id, 'endUser' from people p where p.tenant_id = tenant and p.active and p.side = 'endUser'
  ), gone as (
    delete from access a where a.tenant_id = tenant
       and not exists (select from wanted w where w.principal = a.principal and w.role = a.role)
  )
  insert into access (principal, tenant_id, role)
    select w.principal, tenant, w.role from wanted w
    on conflict do nothing
$$;
`;
