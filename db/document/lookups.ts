/** What the hand-over of a document reads beyond itself. */
import { matrixFacts } from '../../domain/contact-matrix/facts.js';
import type { Nameable } from '../../domain/document/outage-guideline.js';
import type { Trx } from '../connection.js';
import type { LookupLoader, LookupSubject } from '../registry.js';
import { matrixOf } from '../contact-matrix/lookups.js';
import { contractIdOf, contractOf } from '../contract/lookups.js';

/** Published versions of the kind, newest first: the Provider's own, or those of the contract. */
const versions: LookupLoader = async (trx, subject) =>
  trx.rows(
    `select id as "documentId", version, language, title, sha256 from documents
      where kind = :kind and (case when :kind = 'userGuide' then tenant_id = 'provider' and contract_id is null
        else tenant_id = :tenantId and contract_id = :contractId end)
      order by version desc, id, language limit 200`,
    { kind: kindOf(subject), tenantId: subject.tenantId, contractId: contractIdOf(subject) },
  );

const outage: LookupLoader = async (trx, subject) => {
  if (kindOf(subject) !== 'outageGuideline') return null;
  const { tenantId, payload } = subject;
  const contractId = contractIdOf(subject);
  return { ...(await nameable(trx, tenantId, contractId)), picked: await picked(trx, tenantId, payload) };
};

export const documentLookups = { contract: contractOf, versions, outage };

/**
 * Whom and what a guideline of a contract may name: the contacts of its matrix in force, without one those of the
 * contract; active staff; its sites (service spec §4.5: a guideline must not contradict the matrix).
 */
export async function nameable(trx: Trx, tenantId: string, contractId: string): Promise<Nameable> {
  const subject = { tenantId, processId: '', data: null, payload: { contractId } };
  const matrix = matrixFacts.parse(await matrixOf(trx, subject));
  const inMatrix = matrix?.contacts.map(({ personId }) => personId) ?? null;
  const row = await trx.row<{ people: string[]; sites: string[] }>(
    `select array(select unnest(:inMatrix::text[])
       union select k.person_id from contract_contacts k where :inMatrix::text[] is null
         and k.tenant_id = :tenantId and k.contract_id = :contractId and k.active
       union select p.id from people p where p.tenant_id = 'provider' and p.active order by 1) as people,
       array(select s.id from sites s where s.tenant_id = :tenantId and s.contract_id = :contractId order by 1) as sites`,
    { tenantId, contractId, inMatrix },
  );
  return { people: row?.people ?? [], sites: row?.sites ?? [] };
}

/** What the version says that a command names; null when it names none. */
async function picked(trx: Trx, tenantId: string, payload: LookupSubject['payload']): Promise<unknown> {
  const { documentId, version, language } = payload;
  if (typeof documentId !== 'string' || typeof version !== 'number' || typeof language !== 'string')
    return null;
  const row = await trx.row<{ content: unknown }>(
    `select content from documents
      where tenant_id = :tenantId and id = :documentId and version = :version and language = :language`,
    { tenantId, documentId, version, language },
  );
  return row?.content ?? null;
}

function kindOf({ data, payload }: LookupSubject): string {
  return String(data?.['kind'] ?? payload['kind']);
}
