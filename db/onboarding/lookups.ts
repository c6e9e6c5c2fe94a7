/** What an onboarding reads beyond itself. */
import type { LookupLoader } from '../registry.js';
import { contractIdOf, contractOf, lockContract } from '../contract/lookups.js';

/** Another onboarding of the contract that is not closed. A start holds the contract, so that only one gets through. */
const otherOnboarding: LookupLoader = async (trx, subject) => {
  const { tenantId, processId, data } = subject;
  const contractId = contractIdOf(subject);
  if (data === null) await lockContract(trx, tenantId, contractId);
  const row = await trx.row<{ id: string }>(
    `select id from processes
      where tenant_id = :tenantId and contract_id = :contractId and slug = 'onboarding' and not closed
        and id <> :processId
      order by created_at, id limit 1`,
    { tenantId, contractId, processId },
  );
  return row?.id ?? null;
};

export const onboardingLookups = { contract: contractOf, otherOnboarding };
