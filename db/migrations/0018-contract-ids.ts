/**
 * A contract id names one contract in the whole installation, whoever asks for it at the same moment. A step does not see
 * other End Users; of them it is told only whether one of them has an id.
 */
export const sql = `
do $$
declare doubled text;
begin
  select string_agg(format('%s (%s)', d.id, d.tenants), ', ' order by d.id) into doubled
    from (select c.id, string_agg(c.tenant_id, ', ' order by c.tenant_id) as tenants
            from contracts c group by c.id having count(*) > 1) d;
  if doubled is not null then
    raise exception 'Contract ids name one contract in the whole installation, and these are taken by several End Users: %',
      doubled using hint = 'Nothing was changed. All but one contract of each id must go before this version can start.';
  end if;
end $$;
create unique index contracts_by_id on contracts (id);

create function contract_id_taken(contract_id text) returns boolean language sql stable security definer
  set search_path = public, pg_temp as $$
  select exists (select from contracts c where c.id = contract_id and c.tenant_id is distinct from app_tenant())
$$;
revoke execute on function contract_id_taken(text) from public;
grant execute on function contract_id_taken(text) to careplus_step;
`;
