/** What a contract reads beyond itself, and what its other processes read of it. */
import { z } from 'zod';
import type { ContractFacts } from '../../domain/contract/facts.js';
import type { Data } from '../../domain/kernel/words.js';
import type { Trx } from '../connection.js';
import { holdName } from '../hold.js';
import type { LookupLoader, LookupSubject } from '../registry.js';

/** The other processes of this contract that are not over, in the order in which they came. */
const family: LookupLoader = async (trx, { tenantId, processId, data, payload }) =>
  trx.rows(
    `select slug, id as "processId" from processes
      where tenant_id = :tenantId and contract_id = :contractId and id <> :processId and not over
      order by created_at, id`,
    { tenantId, processId, contractId: textOf(data?.['contractId'] ?? payload['id']) },
  );

/** In the place of a process that this End User may not know of. */
const ELSEWHERE = 'another End User';

/**
 * Another process of the same contract, or that another End User has the id. There is no row to hold before the first
 * import, so the id itself is held, for all End Users.
 */
const sameContract: LookupLoader = async (trx, subject) => {
  const { tenantId, processId, data, payload } = subject;
  if (data !== null) return null;
  const contractId = textOf(payload['id']);
  await holdName(trx, `contract ${contractId}`);
  const row = await trx.row<{ id: string | null; elsewhere: boolean }>(
    `select (select process_id from contracts
         where tenant_id = :tenantId and id = :contractId and process_id <> :processId) as id,
       contract_id_taken(:contractId) as elsewhere`,
    { tenantId, contractId, processId },
  );
  return row?.id ?? (row?.elsewhere ? ELSEWHERE : null);
};

/** Who is away now. Whoever is being named is held: his absence begins before this is read, or after it is written. */
const away: LookupLoader = async (trx, { payload }) => {
  await holdPeople(trx, namedIn(payload), 'shared');
  return trx.rows(
    `select handover_id as "handoverId", person_id as "personId" from absences
      where tenant_id = 'provider' and begun order by handover_id`,
  );
};

/** The people whom the payload of an import, a naming or a hand-over puts in a place. */
function namedIn({ personId, to, provider }: Data): readonly string[] {
  const { serviceManager, backup } = z
    .object({ serviceManager: z.unknown(), backup: z.unknown() })
    .partial()
    .catch({})
    .parse(provider);
  return [personId, to, serviceManager, backup].filter((id) => typeof id === 'string');
}

/** Orders what is decided about where people serve. Sorted, so that nobody waits in a circle. */
export async function holdPeople(
  trx: Trx,
  people: readonly string[],
  how: 'shared' | 'alone' | ((id: string) => 'shared' | 'alone'),
): Promise<void> {
  for (const id of [...new Set(people)].sort()) {
    await holdName(trx, `serving ${id}`, typeof how === 'function' ? how(id) : how);
  }
}

export const contractLookups = { family, sameContract, away };

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
  if (trx.reads) return;
  await trx.rows(
    'select 1 from contracts where tenant_id = :tenantId and id = :contractId for no key update',
    { tenantId, contractId },
  );
}

/**
 * Another open process of a kind of which a contract has one at a time. A start holds the contract, so that of two at once
 * one gets through.
 */
export async function otherOpen(trx: Trx, subject: LookupSubject, slug: string): Promise<string | null> {
  const { tenantId, processId, data } = subject;
  const contractId = contractIdOf(subject);
  if (data === null) await lockContract(trx, tenantId, contractId);
  const row = await trx.row<{ id: string }>(
    `select id from processes
      where tenant_id = :tenantId and contract_id = :contractId and slug = :slug and not closed and id <> :processId
      order by created_at, id limit 1`,
    { tenantId, contractId, slug, processId },
  );
  return row?.id ?? null;
}

function textOf(value: unknown): string {
  if (typeof value !== 'string') throw new Error('The process names no contract.');
  return value;
}
