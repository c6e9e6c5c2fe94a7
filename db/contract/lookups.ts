/** What a contract reads beyond itself, and what its other processes read of it. */
import type { ContractFacts } from '../../domain/onboarding/words.js';
import type { Trx } from '../connection.js';
import type { LookupLoader, LookupSubject } from '../registry.js';

/** The processes of this contract that are not over, the newest of each kind. */
const family: LookupLoader = async (trx, { tenantId, data, payload }) => {
  const rows = await trx.rows<{ slug: string; id: string }>(
    `select distinct on (slug) slug, id from processes
      where tenant_id = :tenantId and contract_id = :contractId and slug in ('onboarding', 'userGuide') and not over
      order by slug, created_at desc, id desc`,
    { tenantId, contractId: textOf(data?.['contractId'] ?? payload['id']) },
  );
  const idOf = (slug: string) => rows.find((row) => row.slug === slug)?.id ?? null;
  return { onboardingId: idOf('onboarding'), userGuideId: idOf('userGuide') };
};

/** Another process of the same contract. There is no row to hold before the first import, so the id itself is held. */
const sameContract: LookupLoader = async (trx, subject) => {
  const { tenantId, processId, data, payload } = subject;
  if (data !== null) return null;
  const contractId = textOf(payload['id']);
  await trx.rows(`select pg_advisory_xact_lock(hashtextextended(:name, 0))`, {
    name: `contract ${tenantId} ${contractId}`,
  });
  const row = await trx.row<{ id: string }>(
    `select process_id as id from contracts
      where tenant_id = :tenantId and id = :contractId and process_id <> :processId`,
    { tenantId, contractId, processId },
  );
  return row?.id ?? null;
};

export const contractLookups = { family, sameContract };

const FACTS = `
  select c.id as "contractId", c.process_id as "processId", c.number, c.status, c.calendar_id as "calendarId",
    c.manager_id as "managerId", c.backup_id as "backupId", c.sm_manager_id as "smManagerId",
    c.account_manager_id as "accountManagerId",
    coalesce(array_agg(k.person_id order by k.person_id) filter (where k.primary_contact), '{}') as "primaryContacts",
    coalesce(array_agg(k.person_id order by k.person_id) filter (where k.authorised_caller), '{}') as callers,
    coalesce(array_agg(k.person_id order by k.person_id) filter (where k.approver), '{}') as approvers
    from contracts c
    left join contract_contacts k on k.tenant_id = c.tenant_id and k.contract_id = c.id and k.active
   where c.tenant_id = :tenantId and c.id = :contractId
   group by c.tenant_id, c.id`;

/** The contract as it stands, for its onboarding and its documents. */
export const contractOf: LookupLoader = async (trx, subject) => {
  const contractId = contractIdOf(subject);
  const facts = await trx.row<ContractFacts>(FACTS, { tenantId: subject.tenantId, contractId });
  if (!facts) throw new Error(`The tenant has no contract named ${contractId}.`);
  return facts;
};

/** Pinned in the data from the start on; before that the payload names it. */
export function contractIdOf({ data, payload }: Pick<LookupSubject, 'data' | 'payload'>): string {
  return textOf(data?.['contractId'] ?? payload['contractId']);
}

/** Holds the contract so that two processes of it cannot be started past each other. */
export async function lockContract(trx: Trx, tenantId: string, contractId: string): Promise<void> {
  await trx.rows(
    'select 1 from contracts where tenant_id = :tenantId and id = :contractId for no key update',
    { tenantId, contractId },
  );
}

function textOf(value: unknown): string {
  if (typeof value !== 'string') throw new Error('The process names no contract.');
  return value;
}
