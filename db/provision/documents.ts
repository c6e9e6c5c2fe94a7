/** Published documents, of the Provider and of single contracts: each version once, never changed. */
import { createHash } from 'node:crypto';
import type { Nameable } from '../../domain/document/outage-guideline.js';
import type { Database } from '../connection.js';
import { nameable } from '../document/lookups.js';
import { logChange } from './log.js';

export interface DocumentFile {
  readonly tenantId: string;
  /** Null for a document of the Provider. */
  readonly contractId: string | null;
  readonly id: string;
  /** A `DocumentKind`. */
  readonly kind: string;
  readonly version: number;
  readonly language: string;
  readonly title: string;
  /** Such as `application/pdf`. */
  readonly mediaType: string;
  readonly body: Buffer;
  /** What a structured document says; null for a text. */
  readonly content: unknown;
}

/** Publishes a version; gives its SHA-256, or null when that version stands with another content. */
export async function publishDocument(
  database: Database,
  file: DocumentFile,
  actor: string,
): Promise<string | null> {
  const sha256 = createHash('sha256').update(file.body).digest('hex');
  return database.as('admin', { tenant: file.tenantId }, async (trx) => {
    const added = await trx.run(
      `insert into documents (tenant_id, id, contract_id, kind, version, language, title, sha256, media_type, body,
           content, published_by)
         values (:tenantId, :id, :contractId, :kind, :version, :language, :title, :sha256, :mediaType, :body,
           :content::jsonb, :actor)
       on conflict do nothing`,
      { ...file, content: file.content === null ? null : JSON.stringify(file.content), sha256, actor },
    );
    if (added === 1) {
      await logChange(trx, {
        tenantId: file.tenantId,
        what: `document.published ${file.id}@${file.version}.${file.language}`,
        actor,
      });
      return sha256;
    }
    const known = await trx.row<{ sha256: string }>(
      `select sha256 from documents
        where tenant_id = :tenantId and id = :id and version = :version and language = :language
          and kind = :kind and contract_id is not distinct from :contractId`,
      {
        tenantId: file.tenantId,
        id: file.id,
        version: file.version,
        language: file.language,
        kind: file.kind,
        contractId: file.contractId,
      },
    );
    return known?.sha256 === sha256 ? sha256 : null;
  });
}

/** Whom and what an outage guideline of the contract may name. */
export async function readNameable(
  database: Database,
  tenantId: string,
  contractId: string,
): Promise<Nameable> {
  return database.as('step', { tenant: tenantId, reads: true }, async (trx) =>
    nameable(trx, tenantId, contractId),
  );
}

export interface DocumentContent {
  /** Null for a document of the Provider. */
  readonly contractId: string | null;
  readonly title: string;
  readonly mediaType: string;
  readonly body: Buffer;
}

/**
 * The contents of a version that the principal may see: of one contract, or of all. There are several when End Users
 * have documents of the same id; then the Provider's is not among them.
 */
export async function readDocuments(
  database: Database,
  principal: string,
  at: {
    readonly id: string;
    readonly version: number;
    readonly language: string;
    readonly contractId: string | null;
  },
): Promise<readonly DocumentContent[]> {
  const found = await database.as('api', { principal }, async (trx) =>
    trx.rows<DocumentContent>(
      `select contract_id as "contractId", title, media_type as "mediaType", body from documents
        where id = :id and version = :version and language = :language
          and (:contractId::text is null or contract_id = :contractId)
        order by contract_id nulls last limit 20`,
      at,
    ),
  );
  const [first] = found;
  return first?.contractId == null ? found : found.filter(({ contractId }) => contractId !== null);
}
