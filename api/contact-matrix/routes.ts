/** The contact matrix of a contract: as it stands, who is to be called at any instant, on paper, and imported as a table. */
import { z } from 'zod';
import {
  readHours,
  readMatrixAt,
  readMatrixDraft,
  readMatrixHome,
  type MatrixHome,
  type MatrixRead,
} from '../../db/contact-matrix/read.js';
import type { Person } from '../../db/read/person.js';
import {
  ALWAYS,
  approvals,
  coverageRuleNames,
  isValid,
  levels,
  sides,
  whoAt,
} from '../../domain/contact-matrix/matrix.js';
import { pageOf, pageText, type Page } from '../../domain/contact-matrix/page.js';
import { isOpen } from '../../domain/time/business.js';
import { differenceOut } from '../contracts/diff.js';
import type { Dependencies } from '../dependencies.js';
import { daysBetween, iso } from '../http/instants.js';
import { notFound, problem } from '../http/problems.js';
import { ok, type Reply } from '../http/reply.js';
import { person, route, staff } from '../http/route.js';
import { idText, instantOut } from '../http/schemas.js';
import { acceptedOut, outcomeOut } from '../processes/answers.js';
import { importTable } from './import.js';
import { pagePdf } from './pdf.js';

const params = z.object({ contractId: idText });
const atQuery = z.iso
  .datetime({ offset: true })
  .optional()
  .describe('Any past or future instant; without it now');

const versionOut = z.object({
  processId: z.string(),
  version: z.int(),
  inForceFrom: instantOut.nullable(),
  inForceTo: instantOut.nullable(),
  ageDays: z.int().nullable().describe('Whole days for which it was in force at the instant asked about'),
  reason: z.enum(['agreed', 'leaver']),
  sha256: z.string(),
  agreedBy: z.object({ provider: z.string().nullable(), endUser: z.string().nullable() }),
  selfAgreed: z.array(z.string()).describe('Who agreed to what he wrote or asked for himself: nobody'),
});
const contactOut = z.object({
  id: z.string(),
  name: z.string(),
  phone: z.string().nullable(),
  email: z.string().nullable(),
  side: z.enum(sides),
  role: z.string(),
  level: z.enum(levels),
  zone: z.string(),
  language: z.string(),
  hours: z.string(),
  deputyId: z.string().nullable(),
  authorisedCaller: z.boolean(),
  mayApprove: z.array(z.enum(approvals)),
  validFrom: instantOut.nullable(),
  validTo: instantOut.nullable(),
});
const matrixOut = versionOut.extend({ contacts: z.array(contactOut) }).meta({ id: 'MatrixVersion' });

function versionView(matrix: MatrixRead, at: number): z.input<typeof versionOut> {
  const { processId, version, reason, sha256, inForceFrom, inForceTo, authors } = matrix;
  const agreedBy = { provider: matrix.agreedProvider, endUser: matrix.agreedEndUser };
  return {
    processId,
    version,
    inForceFrom: iso(inForceFrom),
    inForceTo: iso(inForceTo),
    ageDays: inForceFrom === null ? null : daysBetween(inForceFrom, at),
    reason,
    sha256,
    agreedBy,
    selfAgreed: Object.values(agreedBy).filter((id): id is string => id !== null && authors.includes(id)),
  };
}

function matrixView(matrix: MatrixRead, at: number): z.input<typeof matrixOut> {
  const contacts = matrix.contacts.map(({ personId, validFrom, validTo, ...contact }) => ({
    ...contact,
    id: personId,
    validFrom: iso(validFrom),
    validTo: iso(validTo),
  }));
  return { ...versionView(matrix, at), contacts };
}

interface Found {
  readonly home: MatrixHome;
  readonly matrix: MatrixRead;
  readonly at: number;
}

/** The version in force at an instant, or the answer that says why there is none. */
async function found(
  deps: Dependencies,
  caller: Person,
  contractId: string,
  asked: string | undefined,
): Promise<Found | Reply> {
  const home = await readMatrixHome(deps.database, caller.id, contractId);
  if (!home) return notFound();
  const at = asked === undefined ? home.now : Date.parse(asked);
  const matrix = await readMatrixAt(deps.database, caller.id, home.tenantId, new Date(at));
  if (matrix) return { home, matrix, at };
  return problem('MATRIX_NONE', { detail: `None is in force at ${new Date(at).toISOString()}.` });
}

/** The calendars that the hours of the contacts name. */
async function calendarsOf(deps: Dependencies, caller: Person, home: MatrixHome, { contacts }: MatrixRead) {
  const ids = contacts.map(({ hours }) => hours).filter((hours) => hours !== ALWAYS);
  return readHours(deps.database, caller.id, home.tenantId, [...new Set(ids)]);
}

const show = route({
  method: 'get',
  path: '/v1/contracts/{contractId}/matrix',
  tag: 'Contact matrix',
  summary: 'The contact matrix in force, with the draft beside it',
  access: person,
  params,
  query: z.strictObject({ at: atQuery }),
  problems: ['NOT_FOUND'],
  answers: {
    200: {
      description: 'Either may be missing',
      schema: z.object({
        processId: z.string().nullable().describe('Its commands go through this process'),
        inForce: matrixOut.nullable(),
        draft: matrixOut.nullable(),
        confirmedAt: instantOut.nullable(),
        staleSince: instantOut.nullable(),
      }),
    },
  },
  handle: async ({ caller, params: { contractId }, query }, deps) => {
    const home = await readMatrixHome(deps.database, caller.id, contractId);
    if (!home) return notFound();
    const at = query.at === undefined ? home.now : Date.parse(query.at);
    const inForce = await readMatrixAt(deps.database, caller.id, home.tenantId, new Date(at));
    const draft = await readMatrixDraft(deps.database, caller.id, home);
    const { serving } = home;
    return ok({
      processId: serving?.processId ?? null,
      inForce: inForce && matrixView(inForce, at),
      draft: draft && matrixView(draft, at),
      confirmedAt: iso(serving?.confirmedAt ?? null),
      staleSince: iso(serving?.staleSince ?? null),
    });
  },
});

const who = route({
  method: 'get',
  path: '/v1/contracts/{contractId}/matrix/who',
  tag: 'Contact matrix',
  summary: 'Who is to be called, in which order',
  description:
    'From the level asked upwards: who is in his hours, deputies in theirs, then both out of hours, then the next level.',
  access: person,
  params,
  query: z.strictObject({
    at: atQuery,
    level: z.enum(levels).default('L0'),
    side: z.enum(sides).default('endUser'),
  }),
  problems: ['NOT_FOUND', 'MATRIX_NONE'],
  answers: {
    200: {
      description: 'In the order of the calls',
      schema: z.object({
        at: instantOut,
        version: versionOut,
        approvers: z
          .array(z.object({ id: z.string(), name: z.string(), mayApprove: z.array(z.enum(approvals)) }))
          .describe('Who could approve what at the instant'),
        calls: z.array(
          z.object({
            id: z.string(),
            name: z.string(),
            phone: z.string().nullable(),
            email: z.string().nullable(),
            level: z.enum(levels),
            role: z.string(),
            deputyOf: z.string().nullable(),
            inHours: z.boolean(),
          }),
        ),
      }),
    },
  },
  handle: async ({ caller, params: { contractId }, query }, deps) => {
    const one = await found(deps, caller, contractId, query.at);
    if ('status' in one) return one;
    const { matrix, at, home } = one;
    const { contacts } = matrix;
    const calendars = await calendarsOf(deps, caller, home, matrix);
    const order = whoAt(contacts, { side: query.side, level: query.level, at }, (hours, instant) => {
      const calendar = calendars.get(hours);
      return calendar !== undefined && isOpen(instant, calendar);
    });
    return ok({
      at: iso(at),
      version: versionView(matrix, at),
      approvers: contacts
        .filter((contact) => contact.mayApprove.length > 0 && isValid(contact, at))
        .map(({ personId, name, mayApprove }) => ({ id: personId, name, mayApprove })),
      calls: order.map(({ personId, ...call }) => {
        const contact = contacts.find((candidate) => candidate.personId === personId);
        const { name = personId, phone = null, email = null } = contact ?? {};
        return { id: personId, name, phone, email, ...call };
      }),
    });
  },
});

async function paged(
  deps: Dependencies,
  caller: Person,
  contractId: string,
  render: (page: Page) => Promise<Reply> | Reply,
): Promise<Reply> {
  const one = await found(deps, caller, contractId, undefined);
  if ('status' in one) return one;
  const { home, matrix } = one;
  const { confirmedAt = null, staleSince = null } = home.serving ?? {};
  const { contacts, version, inForceTo, sha256 } = matrix;
  const calendars = await calendarsOf(deps, caller, home, matrix);
  const page = pageOf(
    {
      ...home,
      version,
      inForceFrom: matrix.inForceFrom ?? home.now,
      inForceTo,
      sha256,
      contacts,
      confirmedAt,
      stale: staleSince !== null,
      calendars: [...calendars.values()],
    },
    home.now,
    caller.zone,
  );
  return render(page);
}

const printText = route({
  method: 'get',
  path: '/v1/contracts/{contractId}/matrix/page.txt',
  tag: 'Contact matrix',
  summary: 'The matrix in force as plain text, 80 columns wide',
  access: person,
  params,
  problems: ['NOT_FOUND', 'MATRIX_NONE'],
  answers: { 200: { description: 'The page', type: 'text/plain; charset=utf-8' } },
  handle: ({ caller, params: { contractId } }, deps) =>
    paged(deps, caller, contractId, (page) => ({
      status: 200,
      body: pageText(page),
      type: 'text/plain; charset=utf-8',
    })),
});

const printPdf = route({
  method: 'get',
  path: '/v1/contracts/{contractId}/matrix/page.pdf',
  tag: 'Contact matrix',
  summary: 'The matrix in force as one sheet of paper',
  access: person,
  params,
  problems: ['NOT_FOUND', 'MATRIX_NONE'],
  answers: { 200: { description: 'The page', type: 'application/pdf' } },
  handle: ({ caller, params: { contractId } }, deps) =>
    paged(deps, caller, contractId, async (page) => ({
      status: 200,
      body: await pagePdf(page),
      type: 'application/pdf',
    })),
});

const importRoute = route({
  method: 'post',
  path: '/v1/contracts/{contractId}/matrix/import',
  tag: 'Contact matrix',
  summary: 'Import a table of contacts as a draft, or see what it would change',
  description:
    'Without `apply: true` nothing is stored. Everything wrong is named with its row and column, and then nothing is stored either.',
  access: staff('serviceManager', 'smManager'),
  scope: 'command',
  params,
  body: z.strictObject({
    table: z.string().max(500_000).describe('The CSV table with its header'),
    from: z.iso.datetime({ offset: true }).optional().describe('In force from; without it when both agree'),
    dropMany: z.boolean().default(false).describe('It is meant that so many contacts are gone'),
    apply: z.boolean().default(false),
  }),
  key: true,
  refusals: true,
  problems: ['NOT_FOUND', 'MATRIX_NONE', 'IDEMPOTENCY_KEY_REUSED', 'PROCESS_BUSY'],
  answers: {
    200: {
      description: 'What it changes against the matrix in force, and what the draft still lacks',
      schema: z
        .object({
          processId: z.string(),
          contacts: z.int(),
          diff: z.array(differenceOut),
          gaps: z.array(z.enum(coverageRuleNames as [string, ...string[]])),
        })
        .extend(outcomeOut.partial().omit({ processId: true }).shape),
    },
    202: { description: 'Accepted; not answered within 5 seconds', schema: acceptedOut },
  },
  handle: async ({ caller, params: { contractId }, body, idempotencyKey }, deps) => {
    const home = await readMatrixHome(deps.database, caller.id, contractId);
    return home ? importTable(deps, caller, home, body, idempotencyKey) : notFound();
  },
});

export const contactMatrixRoutes = [show, who, printText, printPdf, importRoute];
