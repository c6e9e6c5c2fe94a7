/** Pages: by which channels staff are reached, every try on its channel, reports of the gateway, acknowledgements; rotas. */
const OF_PROCESS = ['page_tries', 'page_acknowledgements', 'page_reports'];

/** Staff read them with the process that pages; how the Provider's people are reached is no End User's business. */
const isolation = OF_PROCESS.map(
  (table) => `
alter table ${table} enable row level security, force row level security;
create policy api_reads on ${table} for select to careplus_api
  using (tenant_id in (select a.tenant_id from access a where a.principal = app_principal())
    and exists (select from access a where a.principal = app_principal() and a.tenant_id = 'provider'));
create policy step_owns on ${table} for all to careplus_step
  using (tenant_id = app_tenant()) with check (tenant_id = app_tenant());
create policy admin_all on ${table} for all to careplus_admin using (true) with check (true);
grant select on ${table} to careplus_api, careplus_step, careplus_admin;
grant insert, update on ${table} to careplus_step;`,
).join('\n');

export const sql = `
-- Beside the mail address and the number of the person. An address is where he is reached, and nothing else.
create table contact_channels (
  tenant_id text not null,
  person_id text not null,
  kind text not null check (kind in ('sms', 'voice', 'chat')),
  address text not null,
  primary key (tenant_id, person_id, kind),
  foreign key (tenant_id, person_id) references people on delete cascade
);
alter table contact_channels enable row level security, force row level security;
create policy step_reads on contact_channels for select to careplus_step
  using (app_tenant() is not null and tenant_id in (app_tenant(), 'provider'));
create policy admin_all on contact_channels for all to careplus_admin using (true) with check (true);
grant select on contact_channels to careplus_step, careplus_admin;
grant insert, update, delete on contact_channels to careplus_admin;

create table page_tries (
  tenant_id text not null,
  id text not null unique,
  effect_id text not null,
  process_id text not null,
  event_id text not null,
  person_id text not null,
  round integer not null check (round > 0),
  channel text not null check (channel in ('sms', 'voice', 'chat', 'mail')),
  -- A keyed hash of where it went: two people behind one number get one message. The number itself is not kept.
  destination text not null,
  outcome text not null check (outcome in ('trying', 'accepted', 'delivered', 'failed', 'unknown')),
  -- The same step has sent a message there for somebody else, which stands for this one too.
  joined boolean not null,
  started_at timestamptz not null default business_now(),
  ended_at timestamptz,
  -- When the receiver said last what became of it.
  reported_at timestamptz,
  problem text,
  message_id text,
  primary key (tenant_id, id),
  unique (tenant_id, effect_id, round, channel),
  foreign key (tenant_id, effect_id) references effects,
  check ((outcome = 'trying') = (ended_at is null))
);
-- One message a destination, however many people a step pages there.
create unique index page_tries_one_each on page_tries (tenant_id, event_id, round, destination)
  where not joined;
create index page_tries_by_process on page_tries (tenant_id, process_id, started_at);

create table page_acknowledgements (
  tenant_id text not null,
  effect_id text not null,
  process_id text not null,
  person_id text not null,
  via text not null check (via in ('link', 'api', 'cli')),
  at timestamptz not null default business_now(),
  primary key (tenant_id, effect_id),
  foreign key (tenant_id, effect_id) references effects
);

create table page_reports (
  tenant_id text not null,
  -- Of the report, as the gateway names it.
  id text not null,
  try_id text not null references page_tries (id),
  status text not null check (status in ('delivered', 'failed')),
  happened_at timestamptz not null,
  received_at timestamptz not null default business_now(),
  -- It changed nothing: more was known already.
  late boolean not null,
  primary key (tenant_id, id)
);
create index page_reports_by_try on page_reports (tenant_id, try_id);
${isolation}

create table rotas (
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
create trigger rotas_frozen before update or delete on rotas
  for each row when (old.state = 'approved') execute function refuse_approved_change();
alter table rotas enable row level security, force row level security;
create policy api_reads on rotas for select to careplus_api
  using (exists (select from access a where a.principal = app_principal() and a.tenant_id = rotas.tenant_id));
create policy step_reads on rotas for select to careplus_step
  using (app_tenant() is not null and tenant_id in (app_tenant(), 'provider'));
create policy admin_all on rotas for all to careplus_admin using (true) with check (true);
grant select on rotas to careplus_api, careplus_step, careplus_admin;
grant insert, update on rotas to careplus_admin;
`;
