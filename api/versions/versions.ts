/** Drafts of calendars, policy sets and rotas: kept unless the newest version says the same already. */
import { z } from 'zod';
import { draftVersion, type VersionedKind } from '../../db/provision/versions.js';
import { PROVIDER } from '../../db/provision/tenants.js';
import { readVersion, type VersionLine } from '../../db/read/set-up.js';
import { canonical } from '../../domain/kernel/hash.js';
import type { Dependencies } from '../dependencies.js';
import { iso } from '../http/instants.js';
import type { Reply } from '../http/reply.js';
import { instantOut } from '../http/schemas.js';

export const versionOut = z
  .object({
    id: z.string(),
    version: z.int(),
    title: z.string().nullable(),
    state: z.enum(['draft', 'approved']),
    inForce: z.boolean(),
    author: z.string(),
    approver: z.string().nullable(),
    createdAt: instantOut,
    approvedAt: instantOut.nullable(),
  })
  .meta({ id: 'Version' });

export function versionView(line: VersionLine) {
  const { id, version, title, state, inForce, author, approver, createdAt, approvedAt } = line;
  return {
    id,
    version,
    title,
    state,
    inForce,
    author,
    approver,
    createdAt: iso(createdAt),
    approvedAt: iso(approvedAt),
  };
}

export const draftedOut = z
  .object({
    id: z.string(),
    version: z.int(),
    state: z.enum(['draft', 'approved']),
    notes: z.array(z.string()).describe('Remarks for the author: what was left out and why'),
  })
  .meta({ id: 'Drafted' });

type Body = Readonly<Record<string, unknown>>;

/** Stores a draft, unless the newest version or the one in force says the same already. */
export async function draft(
  deps: Dependencies,
  kind: VersionedKind,
  author: string,
  newest: VersionLine | undefined,
  file: { readonly id: string; readonly body: Body; readonly notes: readonly string[] },
): Promise<Reply> {
  const { id, body, notes } = file;
  if (newest) {
    const stored = await readVersion(deps.database, author, kind, id, newest.version);
    if (stored && sameBody(stored.body, body)) {
      const { version, state } = newest;
      return { status: 200, body: { id, version, state, notes } };
    }
  }
  const { version } = await draftVersion(deps.database, { kind, tenantId: PROVIDER, id }, body, author);
  const location = `/v1/${ADDRESSES[kind]}/${id}`;
  return { status: 201, body: { id, version, state: 'draft', notes }, headers: { location } };
}

/** Where each kind lives, below /v1. */
export const ADDRESSES = { calendar: 'calendars', policy: 'policies', rota: 'rotas' } as const;

function sameBody(stored: Body, body: Body): boolean {
  const { version: _stored, ...before } = stored;
  const { version: _given, ...after } = body;
  return canonical(before) === canonical(after);
}
