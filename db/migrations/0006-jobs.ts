/** Heartbeats of the system jobs, the request behind a row of the inbox, and what the production checker sees. */

/** Ids, states and times that the checker compares beside what the relay sees already. */
const CHECKER_COLUMNS: Readonly<Record<string, string>> = {
  processes: 'status, status_since, owner_id, last_at',
  events: 'tenant_id, process_id, seq, epoch, id, event, trigger, at, recorded_at, chain_no, hash',
  chain_heads: 'tenant_id, kind, number, hash',
  refusals: 'tenant_id, number, kind, process_id, code, at, hash',
  clocks: 'key, promise, started_at, missed_at',
  effects: 'key, decided_at',
  inbox: 'answered_at, request_id',
  tasks: 'tenant_id, id, process_id, kind, subject',
  people: 'tenant_id, id, active',
  calendars: 'tenant_id, id, version, state, approved_at',
};

/** Tables of which the relay has seen nothing so far. */
const NEW_FOR_RELAY = ['events', 'chain_heads', 'refusals', 'tasks', 'people', 'calendars'];

const checker = [
  ...NEW_FOR_RELAY.map(
    (table) => `create policy checker_sees on ${table} for select to careplus_relay using (true);`,
  ),
  ...Object.entries(CHECKER_COLUMNS).map(
    ([table, columns]) => `grant select (${columns}) on ${table} to careplus_relay;`,
  ),
].join('\n');

export const sql = `
-- One row for each declared job of the installation; no tenant's data. On the wall clock: jobs are started by the
-- engine in real time, also where a test moves business time.
create table job_heartbeats (
  name text primary key check (name <> ''),
  every_ms bigint not null check (every_ms > 0),
  declared_at timestamptz not null default clock_timestamp(),
  last_success_at timestamptz,
  -- Numbers and words that the last successful run reported; never contents.
  last_report jsonb,
  last_failure_at timestamptz,
  -- Name of the last failure, never its text.
  last_failure text
);
alter table job_heartbeats enable row level security, force row level security;
create policy relay_keeps on job_heartbeats for all to careplus_relay using (true) with check (true);
create policy admin_all on job_heartbeats for all to careplus_admin using (true) with check (true);
grant select, insert, update, delete on job_heartbeats to careplus_relay;
grant select on job_heartbeats to careplus_admin;

-- The request (X-Request-Id) that brought the row, so that the log of the API and of a worker can be joined.
alter table inbox add column request_id text;

${checker}
`;
