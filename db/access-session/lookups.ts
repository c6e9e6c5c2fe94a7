/** What an access session reads beyond itself. */
import type { LookupLoader } from '../registry.js';
import { contractIdOf, contractOf, lockContract } from '../contract/lookups.js';

/** The agreement of the contract. A start holds the contract, so that no revocation is decided beside it. */
const agreement: LookupLoader = async (trx, subject) => {
  const { tenantId } = subject;
  const contractId = contractIdOf(subject);
  await lockContract(trx, tenantId, contractId);
  return trx.row(
    `select id as "processId", data -> 'inForce' as "inForce" from processes
      where tenant_id = :tenantId and contract_id = :contractId and slug = 'remoteAccess' and seq > 0
      order by created_at, id limit 1`,
    { tenantId, contractId },
  );
};

export const accessSessionLookups = { contract: contractOf, agreement };
