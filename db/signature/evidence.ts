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

/** Of a signature that was refused: nothing stays behind. */
export async function dropEvidence(database: Database, { tenantId, id }: At): Promise<void> {
  await database.as('step', { tenant: tenantId }, async (trx) =>
    trx.run('delete from signature_evidence where tenant_id = :tenantId and id = :id', { tenantId, id }),
  );
}
