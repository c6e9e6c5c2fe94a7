/** Published documents, and the processes that are told of them. */
import type { Database } from '../connection.js';

export interface DocumentLine {
  /** Null for a document of the Provider. */
  readonly contractId: string | null;
  readonly documentId: string;
  readonly kind: string;
  readonly version: number;
  readonly language: string;
  readonly title: string;
  readonly sha256: string;
  readonly publishedBy: string;
  /** Epoch milliseconds. */
  readonly publishedAt: number;
}

export async function listDocuments(
  database: Database,
  principal: string,
  wanted: { readonly kind: string | null; readonly contractId: string | null },
): Promise<readonly DocumentLine[]> {
  return database.as('api', { principal }, async (trx) =>
    trx.rows<DocumentLine>(
      `select id as "documentId", contract_id as "contractId", kind, version, language, title, sha256, published_by as "publishedBy",
         ms(published_at)::float8 as "publishedAt"
         from documents
        where (:kind::text is null or kind = :kind)
          and (:contractId::text is null or contract_id = :contractId)
        order by id, version desc, language limit 500`,
      wanted,
    ),
  );
}

/** The hand-overs of a kind of document that are not closed: of one contract, or of all. */
export async function openHandOvers(
  database: Database,
  wanted: { readonly kind: string; readonly contractId: string | null },
): Promise<readonly { readonly tenantId: string; readonly processId: string }[]> {
  return database.as('admin', { reads: true }, async (trx) =>
    trx.rows(
      `select tenant_id as "tenantId", id as "processId" from processes
        where slug = 'document' and data ->> 'kind' = :kind and not closed
          and (:contractId::text is null or contract_id = :contractId) order by id`,
      wanted,
    ),
  );
}
