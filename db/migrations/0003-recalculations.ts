/** Processes that are to look again at who does what, because people or a contract changed around them. */
export const sql = `
-- No lock on the process is needed to ask: whoever changes people or a contract may hold the row of another one.
create table recalculations (
  tenant_id text not null,
  process_id text not null,
  asked_at timestamptz not null,
  primary key (tenant_id, process_id),
  foreign key (tenant_id, process_id) references processes
);
create index recalculations_by_age on recalculations (asked_at);

alter table recalculations enable row level security, force row level security;
create policy step_owns on recalculations for all to careplus_step
  using (tenant_id = app_tenant()) with check (tenant_id = app_tenant());
create policy admin_all on recalculations for all to careplus_admin using (true) with check (true);
create policy relay_sees on recalculations for select to careplus_relay using (true);
grant select, insert, update, delete on recalculations to careplus_step;
grant select, insert, update on recalculations to careplus_admin;
grant select on recalculations to careplus_relay;
`;
