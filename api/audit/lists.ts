/** Who read the audit, who was refused what, who changed the set-up: the second chain as lists. */
import { z } from 'zod';
import { PROVIDER } from '../../db/provision/tenants.js';
import { listSecondChain, type SecondChainFilter, type SecondChainLine } from '../../db/read/accesses.js';
import type { Person } from '../../db/read/person.js';
import type { Dependencies } from '../dependencies.js';
import { nextLink, readCursor, writeCursor } from '../http/cursor.js';
import { iso } from '../http/instants.js';
import { problem } from '../http/problems.js';
import { ok, type Reply } from '../http/reply.js';
import { route, staff } from '../http/route.js';
import { idText, instantOut, pageQuery } from '../http/schemas.js';
import { remember } from './remember.js';

const auditors = staff('auditor', 'supportDirector');

const filters = {
  person: idText.optional().describe('Only what this person did'),
  process: idText.optional().describe('Only about this process'),
};

const lineOut = z
  .object({
    at: instantOut,
    kind: z.enum(['refusal', 'access', 'change']),
    code: z.string(),
    trigger: z.string(),
    tenantId: z.string(),
    number: z.int().describe('Place in the chain of the organisation'),
    processId: z.string().nullable(),
    person: z.string().nullable(),
  })
  .meta({ id: 'SecondChainLine' });
const page = {
  description: 'Newest first',
  schema: z.object({ items: z.array(lineOut), next: z.string().nullable() }),
  headers: { link: 'The next page' },
};

const ACCESSES = '/v1/audit/accesses';
const accesses = route({
  method: 'get',
  path: ACCESSES,
  tag: 'Audit',
  summary: 'Who read the audit, and what of it',
  description: 'This very look stands first in it.',
  access: auditors,
  remembered: 'audit.accessesRead',
  query: z.strictObject({ ...filters, ...pageQuery }),
  answers: { 200: page },
  handle: async ({ caller, query }, deps) => {
    await remember(deps, caller, PROVIDER, query.process ?? null, 'audit.accessesRead');
    return listReply(deps, caller, 'access', ACCESSES, query);
  },
});

const REFUSALS = '/v1/audit/refusals';
const refusals = route({
  method: 'get',
  path: REFUSALS,
  tag: 'Audit',
  summary: 'What was refused to whom, or who changed the set-up',
  access: auditors,
  remembered: 'audit.refusalsRead',
  query: z.strictObject({
    kind: z.enum(['refusal', 'change']).default('refusal'),
    ...filters,
    ...pageQuery,
  }),
  answers: { 200: page },
  handle: async ({ caller, query }, deps) => {
    await remember(deps, caller, PROVIDER, query.process ?? null, 'audit.refusalsRead');
    return listReply(deps, caller, query.kind, REFUSALS, query);
  },
});

interface ListQuery {
  readonly person?: string | undefined;
  readonly process?: string | undefined;
  readonly cursor?: string | undefined;
  readonly limit: number;
}

async function listReply(
  deps: Dependencies,
  caller: Person,
  kind: SecondChainFilter['kind'],
  path: string,
  query: ListQuery,
): Promise<Reply> {
  const after = query.cursor === undefined ? null : placeOf(query.cursor);
  if (after === undefined) {
    const problems = [{ path: 'cursor', problem: 'is not one that a page gave' }];
    return problem('QUERY_INVALID', { problems });
  }
  const filter = { kind, processId: query.process ?? null, person: query.person ?? null };
  const lines = await listSecondChain(deps.database, caller.id, filter, { after, limit: query.limit + 1 });
  const items = lines.slice(0, query.limit);
  const last = items.at(-1);
  const next = lines.length > items.length && last ? cursorOf(last) : null;
  const headers = next === null ? {} : { link: nextLink(path, { ...query }, next) };
  return ok({ items: items.map(lineView), next }, headers);
}

function lineView({ principal, at, ...line }: SecondChainLine): z.input<typeof lineOut> {
  return { ...line, at: iso(at), person: principal };
}

function cursorOf({ at, tenantId, number }: SecondChainLine): string {
  return writeCursor({ ms: at, id: `${tenantId}/${String(number)}` });
}

function placeOf(text: string) {
  const cursor = readCursor(text);
  const [, tenantId, number] = /^(.+)\/(\d{1,15})$/.exec(cursor?.id ?? '') ?? [];
  if (!cursor || tenantId === undefined || number === undefined) return undefined;
  return { at: cursor.ms, tenantId, number: Number(number) };
}

export const auditListRoutes = [accesses, refusals];
