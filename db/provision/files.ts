/** What is known of uploaded files; the bytes lie in the store of files. */
import type { Database } from '../connection.js';
import { logChange } from './log.js';

export interface FileFacts {
  readonly sha256: string;
  readonly name: string;
  readonly mediaType: string;
  readonly bytes: number;
  /** Never shown to the End User. */
  readonly internal: boolean;
}

/** Staff who only look on add nothing. */
const ONLOOKERS = ['auditor', 'operator'];

/** The tenant of a contract to which the person may add files and documents; null when he may not, or sees no such contract. */
export async function tenantToAddTo(
  database: Database,
  principal: string,
  contractId: string,
): Promise<string | null> {
  return database.as('api', { principal, reads: true }, async (trx) => {
    const row = await trx.row<{ tenantId: string }>(
      `select c.tenant_id as "tenantId" from contracts c
        where c.id = :contractId and exists (select from access a
          where a.principal = :principal and a.tenant_id = c.tenant_id and a.role <> all (:onlookers))
        order by c.tenant_id limit 1`,
      { contractId, principal, onlookers: ONLOOKERS },
    );
    return row?.tenantId ?? null;
  });
}

/** Remembers a file; the same content again keeps its first name, and stays internal only if both are. */
export async function rememberFile(
  database: Database,
  tenantId: string,
  facts: FileFacts,
  actor: string,
): Promise<FileFacts> {
  return database.as('step', { tenant: tenantId }, async (trx) => {
    const added = await trx.run(
      `insert into files (tenant_id, sha256, name, media_type, bytes, internal, uploaded_by)
         values (:tenantId, :sha256, :name, :mediaType, :bytes, :internal, :actor) on conflict do nothing`,
      { ...facts, tenantId, actor },
    );
    if (added === 1) {
      await logChange(trx, { tenantId, what: `file.kept ${facts.sha256}`, actor });
      return facts;
    }
    const row = await trx.row<FileFacts>(
      `update files set internal = internal and :internal where tenant_id = :tenantId and sha256 = :sha256
       returning ${COLUMNS}`,
      { tenantId, sha256: facts.sha256, internal: facts.internal },
    );
    if (!row) throw new Error('The row of a file was neither written nor there.');
    return row;
  });
}

/** A file that the person may see; null when there is none. */
export async function fileFacts(
  database: Database,
  principal: string,
  sha256: string,
): Promise<FileFacts | null> {
  return database.as('api', { principal, reads: true }, async (trx) =>
    trx.row<FileFacts>(
      `select ${COLUMNS} from files where sha256 = :sha256 order by uploaded_at, tenant_id limit 1`,
      { sha256 },
    ),
  );
}

const COLUMNS = `sha256, name, media_type as "mediaType", bytes::float8 as bytes, internal`;
