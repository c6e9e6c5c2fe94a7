/** What the agreement on remote access reads beyond itself, and what its sessions read of it. */
import type { LookupLoader } from '../registry.js';
import { contractIdOf, contractOf, lockContract } from '../contract/lookups.js';
import { evidenceOf } from '../signature/lookups.js';

/** The end of the term as the contract's process knows it, the sites, and the zone of the main calendar. */
const term: LookupLoader = async (trx, subject) => {
  const { tenantId } = subject;
  const row = await trx.row(
    `select (p.data ->> 'endsAt')::float8 as "endsAt", p.data -> 'siteIds' as "siteIds",
       (select v.body ->> 'zone' from calendar_heads h
          join calendars v on v.tenant_id = h.tenant_id and v.id = h.id and v.version = h.version
         where h.tenant_id in (:tenantId, 'provider') and h.id = c.calendar_id
         order by h.tenant_id = :tenantId desc limit 1) as zone
       from contracts c join processes p on p.tenant_id = c.tenant_id and p.id = c.process_id
      where c.tenant_id = :tenantId and c.id = :contractId`,
    { tenantId, contractId: contractIdOf(subject) },
  );
  if (!row) throw new Error(`The tenant has no contract named ${contractIdOf(subject)}.`);
  return row;
};

/** Whoever starts a session holds the contract as well, so none is missed by a revocation, and none gets past it. */
const bound: LookupLoader = async (trx, subject) => {
  const { tenantId, processId } = subject;
  const contractId = contractIdOf(subject);
  await lockContract(trx, tenantId, contractId);
  return trx.row(
    `select
       (select coalesce(json_agg(id order by created_at, id), '[]') from processes
         where tenant_id = :tenantId and contract_id = :contractId and slug = 'accessSession' and not closed)
         as sessions,
       (select id from processes
         where tenant_id = :tenantId and contract_id = :contractId and slug = 'remoteAccess' and id <> :processId
         order by created_at, id limit 1) as other`,
    { tenantId, processId, contractId },
  );
};

export const remoteAccessLookups = { contract: contractOf, term, evidence: evidenceOf, bound };
