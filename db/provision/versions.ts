/** Versions of calendars, policies and rotas: drafted by one person, approved by another, never changed afterwards. */
import type { Database } from '../connection.js';
import { holdName } from '../hold.js';
import { PROVIDER } from './tenants.js';
import { logChange } from './log.js';

export type VersionedKind = 'calendar' | 'policy' | 'rota';

/** Table names are words of this file, never of a caller. */
const TABLES = { calendar: 'calendars', policy: 'policies', rota: 'rotas' } as const;

export interface VersionAt {
  readonly kind: VersionedKind;
  /** The Provider's tenant for what belongs to the whole installation. */
  readonly tenantId: string;
  readonly id: string;
}

/** Stores a draft under the next number. Its body names the id and the version too, so they are set in it. */
export async function draftVersion(
  database: Database,
  at: VersionAt,
  body: Readonly<Record<string, unknown>>,
  author: string,
): Promise<{ readonly version: number }> {
  const table = TABLES[at.kind];
  return database.as('admin', { tenant: at.tenantId }, async (trx) => {
    await holdName(trx, `${table}/${at.tenantId}/${at.id}`);
    const row = await trx.row<{ version: number }>(
      `insert into ${table} (tenant_id, id, version, body, author, state)
         select :tenantId, :id, n.version, :body::jsonb || jsonb_build_object('id', :id::text, 'version', n.version),
           :author, 'draft'
           from (select coalesce(max(version), 0) + 1 as version from ${table}
                  where tenant_id = :tenantId and id = :id) n
       returning version`,
      { tenantId: at.tenantId, id: at.id, body: JSON.stringify(body), author },
    );
    if (!row) throw new Error(`No version of ${at.id} was written.`);
    await logChange(trx, {
      tenantId: at.tenantId,
      what: `${at.kind}.drafted ${at.id}@${row.version}`,
      actor: author,
    });
    return row;
  });
}

export type Approval = 'approved' | 'notFound' | 'alreadyApproved' | 'ownDraft';

/**
 * Approves a draft; nobody approves his own (service spec §3a). For a calendar this waits for the steps that use the
 * version before, so that the recalculation which follows finds all of their clocks.
 */
export async function approveVersion(
  database: Database,
  at: VersionAt & { readonly version: number },
  approver: string,
): Promise<Approval> {
  const table = TABLES[at.kind];
  return database.as('admin', { tenant: at.tenantId }, async (trx) => {
    const draft = await trx.row<{ author: string; state: string }>(
      `select author, state from ${table}
        where tenant_id = :tenantId and id = :id and version = :version for update`,
      { tenantId: at.tenantId, id: at.id, version: at.version },
    );
    if (!draft) return 'notFound';
    if (draft.state === 'approved') return 'alreadyApproved';
    if (draft.author === approver) return 'ownDraft';
    await trx.run(
      `update ${table} set state = 'approved', approver = :approver, approved_at = business_now()
        where tenant_id = :tenantId and id = :id and version = :version`,
      { tenantId: at.tenantId, id: at.id, version: at.version, approver },
    );
    await logChange(trx, {
      tenantId: at.tenantId,
      what: `${at.kind}.approved ${at.id}@${at.version}`,
      actor: approver,
    });
    return 'approved';
  });
}

/** Drafts and approves in one go, for imports whose file names both people. Gives the version in force. */
export async function importVersion(
  database: Database,
  at: Omit<VersionAt, 'tenantId'> & { readonly tenantId?: string },
  body: Readonly<Record<string, unknown>>,
  people: { readonly author: string; readonly approver: string },
): Promise<number> {
  const full = { ...at, tenantId: at.tenantId ?? PROVIDER };
  const { version } = await draftVersion(database, full, body, people.author);
  const approval = await approveVersion(database, { ...full, version }, people.approver);
  if (approval !== 'approved')
    throw new Error(`Version ${version} of ${at.id} was not approved: ${approval}.`);
  return version;
}
