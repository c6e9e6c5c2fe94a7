/** Keeps the evidence of signatures, one row each. */
import { hashOfEvidence, type SignatureEvidence } from '../../domain/signature/words.js';
import type { Database } from '../connection.js';

interface Kept {
  readonly id: string;
  readonly sha256: string;
}

interface At {
  readonly tenantId: string;
  readonly id: string;
}

/** Keeps it under an id; what stands there already stays, and is given back. */
export async function keepEvidence(
  database: Database,
  { tenantId, id }: At,
  evidence: SignatureEvidence,
): Promise<Kept> {
  return database.as('step', { tenant: tenantId }, async (trx) => {
    await trx.run(
      `insert into signature_evidence (tenant_id, id, process_id, person_id, adapter, title, document_version,
           document_sha256, typed_name, ip, signed_at, sha256)
         values (:tenantId, :id, :processId, :personId, :adapter, :title, :version, :documentSha256, :typedName, :ip,
           :signedAt, :sha256)
       on conflict do nothing`,
      {
        tenantId,
        id,
        processId: evidence.processId,
        personId: evidence.personId,
        adapter: evidence.adapter,
        title: evidence.title,
        version: evidence.version,
        documentSha256: evidence.sha256,
        typedName: evidence.typedName,
        ip: evidence.ip,
        signedAt: new Date(evidence.signedAt),
        sha256: hashOfEvidence(evidence),
      },
    );
    const kept = await trx.row<Kept>(
      'select id, sha256 from signature_evidence where tenant_id = :tenantId and id = :id',
      { tenantId, id },
    );
    if (!kept) throw new Error('The evidence of a signature was not kept.');
    return kept;
  });
}

/**
 * Of a signature that was refused: nothing stays behind. Sent twice, both share one row: where the other one is accepted
 * or waits for its step, the row is its evidence.
 */
export async function dropEvidence(
  database: Database,
  {
    tenantId,
    id,
    processId,
    key,
  }: At & {
    readonly processId: string;
    readonly key: { readonly principal: string; readonly value: string };
  },
): Promise<void> {
  await database.as('step', { tenant: tenantId }, async (trx) => {
    // Whoever is just being accepted holds the process until his row can be seen.
    await trx.rows(
      'select 1 from processes where tenant_id = :tenantId and id = :processId for no key update',
      { tenantId, processId },
    );
    await trx.run(
      `delete from signature_evidence where tenant_id = :tenantId and id = :id and not exists (
         select from inbox where tenant_id = :tenantId and key_principal = :principal and key_value = :value
            and (answer is null or answer ->> 'outcome' = 'accepted'))`,
      { tenantId, id, ...key },
    );
  });
}
