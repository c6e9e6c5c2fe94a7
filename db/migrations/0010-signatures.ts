/** Evidence of signatures: who typed which name from which address, about which version of a document. */
export const sql = `
-- Kept outside the chain, which holds the hash only: the name and the address can be erased while it still verifies.
create table signature_evidence (
  tenant_id text not null,
  id text not null,
  process_id text not null,
  person_id text not null,
  -- What the signature was made with.
  adapter text not null,
  title text not null,
  document_version integer not null check (document_version > 0),
  document_sha256 text not null,
  typed_name text,
  ip text,
  signed_at timestamptz not null,
  -- Of the canonical JSON of all the above, as it was when it was signed.
  sha256 text not null,
  erased_at timestamptz,
  primary key (tenant_id, id),
  foreign key (tenant_id, process_id) references processes,
  check (erased_at is not null or (typed_name is not null and ip is not null))
);
create index signature_evidence_by_process on signature_evidence (tenant_id, process_id);
create index signature_evidence_by_person on signature_evidence (person_id);

alter table signature_evidence enable row level security, force row level security;
create policy step_owns on signature_evidence for all to careplus_step
  using (tenant_id = app_tenant()) with check (tenant_id = app_tenant());
create policy admin_all on signature_evidence for all to careplus_admin using (true) with check (true);
-- A signature that was refused leaves nothing behind, hence the right to delete; none is ever changed.
grant select, insert, delete on signature_evidence to careplus_step;
grant select on signature_evidence to careplus_admin;
grant update (typed_name, ip, erased_at) on signature_evidence to careplus_admin;
`;
