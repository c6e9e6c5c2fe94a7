/** What an escalation reads beyond itself: its case, the matrix in force, who is away, and whether there is one already. */
import { z } from 'zod';
import { caseFactsFrom, type CaseFacts } from '../../domain/escalation/facts.js';
import type { Data } from '../../domain/kernel/words.js';
import { contractIdOf, contractOf, lockContract } from '../contract/lookups.js';
import { matrixOf } from '../contact-matrix/lookups.js';
import type { LookupLoader, LookupSubject } from '../registry.js';

/** The case as it stands; null: the escalation is about none, or it does not exist, or it is not a case. */
const caseOf: LookupLoader = async (trx, subject): Promise<CaseFacts | null> => {
  const caseId = textIn(subject, 'caseId');
  if (caseId === null) return null;
  const row = await trx.row<{ status: string; closed: boolean; ownerId: string; data: unknown }>(
    `select status, closed, owner_id as "ownerId", data from processes
      where tenant_id = :tenantId and id = :caseId and slug = 'supportCase' and seq > 0`,
    { tenantId: subject.tenantId, caseId },
  );
  if (!row) return null;
  const { data, ...process } = row;
  return caseFactsFrom({ caseId, ...process }, data);
};

/** Staff who are away now. */
export const away: LookupLoader = async (trx) => {
  const rows = await trx.rows<{ id: string }>(
    `select distinct person_id as id from absences where tenant_id = 'provider' and begun order by person_id`,
    {},
  );
  return rows.map(({ id }) => id);
};

/**
 * Another escalation of the same case or matter that is open, asked where this one would be opened: at its start, and when
 * it is over and may come back. The contract is held: of two at the same instant one gets through, and the other is told
 * its id, to join.
 */
const sameMatter: LookupLoader = async (trx, subject) => {
  const { tenantId, processId, data, payload } = subject;
  if (data !== null && data['closed'] === null && data['declined'] === null) return null;
  const contractId = contractIdOf(subject);
  await lockContract(trx, tenantId, contractId);
  const caseId = textIn(subject, 'caseId');
  const row = await trx.row<{ id: string }>(
    `select id from processes
      where tenant_id = :tenantId and contract_id = :contractId and slug = 'escalation' and not closed and id <> :processId
        and (data ->> 'caseId' = :caseId::text
          or (data ->> 'caseId' is null and lower(data ->> 'about') = lower(:reference::text)))
      order by created_at, id limit 1`,
    {
      tenantId,
      contractId,
      processId,
      caseId,
      reference: caseId === null ? referenceIn(data, payload) : null,
    },
  );
  return row?.id ?? null;
};

function referenceIn(data: Data | null, payload: Data): string | null {
  return matterIn.parse(data === null ? payload['matter'] : { reference: data['about'] })?.reference ?? null;
}

const matterIn = z.object({ reference: z.string() }).optional().catch(undefined);

function textIn({ data, payload }: LookupSubject, field: string): string | null {
  const value = data === null ? payload[field] : data[field];
  return typeof value === 'string' ? value : null;
}

export const escalationLookups = { contract: contractOf, matrix: matrixOf, case: caseOf, away, sameMatter };
