/** The Provider's published documents, such as the User Guide: each version once, never changed. */
import { createHash } from 'node:crypto';
import type { Database } from '../connection.js';
import { logChange } from './log.js';
import { PROVIDER } from './tenants.js';

export interface DocumentFile {
  readonly id: string;
  /** Such as `userGuide`. */
  readonly kind: string;
  readonly version: number;
  readonly language: string;
  readonly title: string;
  /** Such as `application/pdf`. */
  readonly mediaType: string;
  readonly body: Buffer;
}

/** Publishes a version; gives its SHA-256, or null when that version stands with another content. */
export async function publishDocument(
  database: Database,
  file: DocumentFile,
  actor: string,
): Promise<string | null> {
  const sha256 = createHash('sha256').update(file.body).digest('hex');
  return database.as('admin', { tenant: PROVIDER }, async (trx) => {
    const added = await trx.run(
      `insert into documents (tenant_id, id, kind, version, language, title, sha256, media_type, body, published_by)
         values ('provider', :id, :kind, :version, :language, :title, :sha256, :mediaType, :body, :actor)
       on conflict do nothing`,
      { ...file, sha256, actor },
    );
    if (added === 1) {
      await logChange(trx, {
        tenantId: PROVIDER,
        what: `document.published ${file.id}@${file.version}.${file.language}`,
        actor,
      });
      return sha256;
    }
    const known = await trx.row<{ sha256: string }>(
      `select sha256 from documents
        where tenant_id = 'provider' and id = :id and version = :version and language = :language`,
      { id: file.id, version: file.version, language: file.language },
    );
    return known?.sha256 === sha256 ? sha256 : null;
  });
}

/** The content of a version, for a reader whose principal may see it; null when there is none. */
export async function readDocument(
  database: Database,
  principal: string,
  at: { readonly id: string; readonly version: number; readonly language: string },
): Promise<{ readonly title: string; readonly mediaType: string; readonly body: Buffer } | null> {
  return database.as('api', { principal }, async (trx) =>
    trx.row(
      `select title, media_type as "mediaType", body from documents
        where id = :id and version = :version and language = :language order by tenant_id = 'provider' limit 1`,
      { id: at.id, version: at.version, language: at.language },
    ),
  );
}
