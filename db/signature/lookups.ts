/** The evidence of a signature that a command names: what it is about, never the name that was typed. */
import type { LookupLoader } from '../registry.js';

export const evidenceOf: LookupLoader = async (trx, { tenantId, payload }) => {
  const named = payload['evidence'];
  const id = typeof named === 'object' && named !== null && 'id' in named ? named.id : null;
  if (typeof id !== 'string') return null;
  return trx.row(
    `select id, sha256, process_id as "processId", person_id as "personId", document_version as version,
       document_sha256 as "documentSha256"
       from signature_evidence where tenant_id = :tenantId and id = :id`,
    { tenantId, id },
  );
};
