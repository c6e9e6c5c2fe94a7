/** Published documents, and the processes that are told of them. */
import type { Database } from '../connection.js';

export interface DocumentLine {
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

export async function listDocuments(database: Database, principal: string): Promise<readonly DocumentLine[]> {
  return database.as('api', { principal }, async (trx) =>
    trx.rows<DocumentLine>(
      `select id as "documentId", kind, version, language, title, sha256, published_by as "publishedBy",
         ms(published_at)::float8 as "publishedAt"
         from documents order by id, version desc, language limit 500`,
    ),
  );
}

/** Ids of the processes of a kind that are not closed, of all tenants, with the relay's role. */
export async function openProcesses(
  database: Database,
  slug: string,
): Promise<readonly { readonly tenantId: string; readonly processId: string }[]> {
  return database.as('relay', {}, async (trx) =>
    trx.rows(
      `select tenant_id as "tenantId", id as "processId" from processes
        where slug = :slug and not closed and seq > 0 order by id`,
      { slug },
    ),
  );
}
