/** What ties the audit chains to places outside of the database: checkpoints, declared restores, archived histories. */

/** Of the whole installation, so that no tenant and no screen reads them: only the jobs and the audit do. */
const TABLES = [
  'checkpoint_keys',
  'checkpoints',
  'checkpoint_deliveries',
  'restores',
  'archived_histories',
  'archive_state',
];

/** Nothing in these is ever changed or deleted. */
const GROWING = ['checkpoint_keys', 'checkpoints', 'checkpoint_deliveries', 'restores', 'archived_histories'];

const isolation = TABLES.map(
  (table) => `
alter table ${table} enable row level security, force row level security;
create policy admin_all on ${table} for all to careplus_admin using (true) with check (true);
grant select, insert on ${table} to careplus_admin;`,
).join('\n');

const growing = GROWING.map(
  (table) => `
create trigger ${table}_grow before update or delete on ${table} for each row execute function refuse_change();
create trigger ${table}_stay before truncate on ${table} for each statement execute function refuse_change();`,
).join('\n');

export const sql = `
-- Public keys that checkpoints were ever signed with; the private ones are never in the database.
create table checkpoint_keys (
  id text primary key,
  public_key text not null,
  first_used_at timestamptz not null default business_now()
);

-- The exact text of each signed checkpoint, written here first: the number is given away once, whoever is killed when.
create table checkpoints (
  number bigint primary key check (number > 0),
  at timestamptz not null,
  hash text not null unique,
  bytes text not null
);

create table checkpoint_deliveries (
  number bigint not null references checkpoints,
  place text not null,
  delivered_at timestamptz not null default business_now(),
  primary key (number, place)
);

-- Signed statements that an older database was put in place on purpose, and which checkpoint is abandoned by that.
create table restores (
  hash text primary key,
  at timestamptz not null,
  declared_by text not null check (declared_by <> ''),
  reason text not null check (reason <> ''),
  abandoned_number bigint,
  abandoned_hash text,
  bytes text not null,
  check ((abandoned_number is null) = (abandoned_hash is null))
);

-- Runs whose history lies in the archive, by the hash of the exact file.
create table archived_histories (
  workflow_id text not null,
  run_id text not null,
  -- The tenant of the process that the run drove; null for runs that drove none.
  tenant_id text references tenants,
  workflow_type text not null,
  status text not null,
  closed_at timestamptz not null,
  archived_at timestamptz not null default business_now(),
  hash text not null,
  bytes bigint not null,
  primary key (workflow_id, run_id)
);
create index archived_histories_by_close on archived_histories (closed_at);

-- Up to which closing time everything that was visible is archived.
create table archive_state (
  single boolean primary key default true check (single),
  closed_through timestamptz not null
);

${isolation}
${growing}
grant update (closed_through) on archive_state to careplus_admin;

-- Erasing a person reaches everything that is no link of a chain.
grant update (content, evidence, problem) on effects to careplus_admin;
grant update (data, headline, blocked) on processes to careplus_admin;
grant update (answer, problem) on inbox to careplus_admin;
grant update (subject, label) on tasks to careplus_admin;
grant update (payload) on one_time_links to careplus_admin;
`;
