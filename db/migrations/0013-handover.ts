/** Who is away and when, read by every decision about who serves; and who may read a hand-over. */

/** Its rows say what they belong to; a hand-over is the Provider's own business and not for all of its staff. */
const OF_PROCESS = ['events', 'event_details', 'clocks', 'tasks', 'effects', 'inbox', 'refusals'];

const hidden = OF_PROCESS.map(
  (table) => `
create policy handover_stays_between on ${table} as restrictive for select to careplus_api
  using (tenant_id <> 'provider' or process_id is null
    or process_id in (select p.id from processes p where p.tenant_id = 'provider'));`,
).join('\n');

/** Tables that the Provider's own steps read across tenants: what a person is handing over. */
const PORTFOLIO = ['contracts', 'processes', 'tasks', 'clocks'];

const portfolio = PORTFOLIO.map(
  (table) => `
create policy provider_looks_over on ${table} for select to careplus_step using (app_tenant() = 'provider');`,
).join('\n');

export const sql = `
create table absences (
  tenant_id text not null references tenants,
  handover_id text not null,
  person_id text not null,
  starts_at timestamptz not null,
  -- Null: he does not come back.
  ends_at timestamptz,
  -- Past its beginning, as the hand-over itself has decided.
  begun boolean not null,
  primary key (tenant_id, handover_id),
  foreign key (tenant_id, handover_id) references processes
);
create index absences_by_person on absences (person_id);

alter table absences enable row level security, force row level security;
create policy step_owns on absences for all to careplus_step
  using (tenant_id = app_tenant()) with check (tenant_id = app_tenant());
create policy step_reads_provider on absences for select to careplus_step
  using (tenant_id = 'provider' and app_tenant() is not null);
create policy admin_all on absences for all to careplus_admin using (true) with check (true);
create policy relay_sees on absences for select to careplus_relay using (true);
grant select, insert, update, delete on absences to careplus_step;
grant select on absences to careplus_admin, careplus_relay;

${portfolio}

-- Why somebody is away is known to those concerned, to whoever leads, and to those who see to the whole.
create policy handover_stays_between on processes as restrictive for select to careplus_api
  using (tenant_id <> 'provider' or slug <> 'handover' or owner_id = app_principal()
    or coalesce(data -> 'people' ? app_principal(), false)
    or exists (select from people p where p.id = app_principal() and p.tenant_id = 'provider' and p.active
      and p.grants && array['smManager', 'supportDirector', 'dutyManager', 'auditor', 'operator']));
${hidden}
`;
