/** Documents that are handed over: publish a version, list and read them. */
import { z } from 'zod';
import { documentKind, type DocumentKind } from '../../domain/document/kinds.js';
import { readOutageGuideline } from '../../domain/document/outage-guideline.js';
import { publishDocument, readDocuments, readNameable } from '../../db/provision/documents.js';
import { tenantToAddTo } from '../../db/provision/files.js';
import { PROVIDER } from '../../db/provision/tenants.js';
import { listDocuments, openHandOvers } from '../../db/read/documents.js';
import { readStandingAt, type InForce } from '../../db/read/in-force.js';
import type { Dependencies } from '../dependencies.js';
import { iso } from '../http/instants.js';
import { forbidden, notFound, problem, type Place } from '../http/problems.js';
import { ok } from '../http/reply.js';
import { person, route, staff } from '../http/route.js';
import { idText, instantOut } from '../http/schemas.js';

const SIGNAL = 'newVersion';
/** More are told by the relay, which rings for every row that waits. */
const MOST_BELLS = 50;

const version = z.int().min(1).max(1_000_000);
const language = z.string().regex(/^[a-z]{2}$/, 'a two-letter language code');

const publication = z
  .strictObject({
    kind: documentKind.default('userGuide'),
    contractId: idText.optional().describe("Of every kind but the User Guide, which is the Provider's"),
    documentId: z
      .string()
      .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'lower-case letters, digits and dashes, at most 63'),
    version,
    language,
    title: z.string().trim().min(1).max(200),
    body: z.string().min(1).max(900_000).optional().describe('Markdown'),
    content: z
      .record(z.string(), z.unknown())
      .optional()
      .describe('An outage guideline, in place of a body: see examples/outage-guidelines'),
  })
  .superRefine(({ kind, contractId, body, content }, context) => {
    const wrong = (path: string, message: string) =>
      context.addIssue({ code: 'custom', path: [path], message });
    if (kind === 'userGuide' && contractId !== undefined)
      wrong('contractId', 'a User Guide belongs to no contract');
    if (kind !== 'userGuide' && contractId === undefined)
      wrong('contractId', 'name the contract that it belongs to');
    const [needed, other] = kind === 'outageGuideline' ? ['content', 'body'] : ['body', 'content'];
    const sent = { body, content };
    if (sent[needed as 'body'] === undefined)
      wrong(needed, `is missing: a document of this kind has a ${needed}`);
    if (sent[other as 'body'] !== undefined) wrong(other, `does not belong to a document of this kind`);
  });
type Publication = z.infer<typeof publication>;

/** The User Guide goes to every End User; what belongs to one contract its service manager publishes too. */
const PUBLISHES_GUIDES = ['smManager', 'policyAdministrator'] as const;

const publish = route({
  method: 'post',
  path: '/v1/documents',
  tag: 'Documents',
  summary: 'Publish a version of a document',
  description:
    'Published versions never change. Hand-overs of the document under way are told of a new version. An outage guideline is held against the contract: everything that is wrong in it is named, by its place in the content.',
  access: staff('serviceManager', ...PUBLISHES_GUIDES),
  body: publication,
  example: {
    kind: 'userGuide',
    documentId: 'user-guide',
    version: 1,
    language: 'en',
    title: 'Support User Guide',
    body: '# Support User Guide',
  },
  problems: ['DOCUMENT_KNOWN', 'NOT_FOUND'],
  answers: {
    200: {
      description: 'Published, or published before with the same content',
      schema: z.object({ sha256: z.string(), told: z.int().describe('Processes that were told now') }),
    },
  },
  handle: async ({ caller, body }, deps) => {
    const { kind, contractId = null, documentId } = body;
    if (contractId === null && !PUBLISHES_GUIDES.some((grant) => caller.grants.includes(grant)))
      return forbidden(PUBLISHES_GUIDES);
    const tenantId =
      contractId === null ? PROVIDER : await tenantToAddTo(deps.database, caller.id, contractId);
    if (tenantId === null) return notFound();
    const read = await contentOf(deps, tenantId, body);
    if (!read.ok) return problem('BODY_INVALID', { problems: read.problems });
    const { title, language: inLanguage } = body;
    const file = {
      tenantId,
      contractId,
      id: documentId,
      kind,
      version: body.version,
      language: inLanguage,
      title,
    };
    const sha256 = await publishDocument(deps.database, { ...file, ...read.file }, caller.id);
    if (sha256 === null) return problem('DOCUMENT_KNOWN');
    return ok({ sha256, told: await tellAll(deps, { kind, contractId, documentId, version: body.version }) });
  },
});

type Content =
  | { readonly ok: true; readonly file: { mediaType: string; body: Buffer; content: unknown } }
  | { readonly ok: false; readonly problems: readonly Place[] };

/** The bytes that are published, and what they say where the kind has a form. */
async function contentOf(deps: Dependencies, tenantId: string, sent: Publication): Promise<Content> {
  if (sent.content === undefined) {
    const body = Buffer.from(sent.body ?? '', 'utf8');
    return { ok: true, file: { mediaType: 'text/markdown; charset=utf-8', body, content: null } };
  }
  const mayName = await readNameable(deps.database, tenantId, sent.contractId ?? '');
  const read = readOutageGuideline(sent.content, mayName);
  if (!read.ok) return read;
  const body = Buffer.from(`${JSON.stringify(read.value, null, 2)}\n`, 'utf8');
  return { ok: true, file: { mediaType: 'application/json; charset=utf-8', body, content: read.value } };
}

interface Told {
  readonly kind: DocumentKind;
  readonly contractId: string | null;
  readonly documentId: string;
  readonly version: number;
}

/** Once per process and version, whatever the language; repeating the request tells those that are left. */
async function tellAll(deps: Dependencies, { kind, contractId, documentId, version }: Told): Promise<number> {
  const processes = await openHandOvers(deps.database, { kind, contractId });
  const toRing: { readonly processId: string; readonly inboxId: string }[] = [];
  for (const { tenantId, processId } of processes) {
    const accepted = await deps.work.accept({
      tenantId,
      processId,
      kind: 'signal',
      name: SIGNAL,
      payload: { documentId, version },
      actor: null,
      onBehalfOf: null,
      expectedSeq: null,
      urgent: false,
      key: {
        principal: 'documents',
        value: `${documentId}@${String(version)}|${processId}`,
        bodyHash: '',
      },
      start: null,
    });
    if (accepted.kind === 'accepted') toRing.push({ processId, inboxId: accepted.inboxId });
  }
  const bells = toRing.slice(0, MOST_BELLS);
  await Promise.all(
    bells.map(({ processId, inboxId }) => deps.ringer.ring(processId, inboxId, { deadlineMs: 2_000 })),
  );
  return toRing.length;
}

const documentOut = z
  .object({
    documentId: z.string(),
    contractId: z.string().nullable().describe('Null for a document of the Provider'),
    kind: z.string(),
    version: z.int(),
    language: z.string(),
    title: z.string(),
    sha256: z.string(),
    publishedBy: z.string(),
    publishedAt: instantOut,
  })
  .meta({ id: 'Document' });

const list = route({
  method: 'get',
  path: '/v1/documents',
  tag: 'Documents',
  summary: 'Published versions, newest first',
  access: person,
  query: z.strictObject({ kind: documentKind.optional(), contract: idText.optional() }),
  answers: { 200: { description: 'At most 500', schema: z.object({ items: z.array(documentOut) }) } },
  handle: async ({ caller, query }, deps) => {
    const rows = await listDocuments(deps.database, caller.id, {
      kind: query.kind ?? null,
      contractId: query.contract ?? null,
    });
    return ok({ items: rows.map((row) => ({ ...row, publishedAt: iso(row.publishedAt) })) });
  },
});

const content = route({
  method: 'get',
  path: '/v1/documents/{documentId}/versions/{version}/{language}',
  tag: 'Documents',
  summary: 'The content of a version',
  access: person,
  params: z.object({
    documentId: idText,
    version: z
      .string()
      .regex(/^[1-9]\d{0,6}$/)
      .transform(Number)
      .meta({ type: 'integer', minimum: 1 }),
    language,
  }),
  query: z.strictObject({
    contract: idText.optional().describe('Where several End Users have a document of this id'),
  }),
  problems: ['DOCUMENT_OF_SEVERAL'],
  answers: { 200: { description: 'Markdown; an outage guideline as JSON', type: 'text/markdown' } },
  handle: async ({ caller, params, query }, deps) => {
    const { documentId: id, version: number, language: inLanguage } = params;
    const at = { id, version: number, language: inLanguage, contractId: query.contract ?? null };
    const [found, ...others] = await readDocuments(deps.database, caller.id, at);
    if (!found) return notFound();
    if (others.length > 0)
      return problem('DOCUMENT_OF_SEVERAL', {
        problems: [found, ...others].map(({ contractId, title }) => ({
          path: 'contract',
          problem: `${contractId ?? ''}: ${title}`,
        })),
      });
    return { status: 200, body: found.body, type: found.mediaType };
  },
});

const reference = { processId: z.string(), eventId: z.string().describe('The event that proves it') };

const standing = route({
  method: 'get',
  path: '/v1/contracts/{contractId}/documents/{kind}/in-force',
  tag: 'Documents',
  summary: 'The document of a kind that is in force, at any instant',
  description:
    'A version is in force from its first delivery to one of its recipients until the first delivery of the next one. Or the End User has signed that there is none.',
  access: person,
  params: z.object({ contractId: idText, kind: documentKind }),
  query: z.strictObject({
    at: z.iso.datetime({ offset: true }).optional().describe('Without it: now'),
  }),
  answers: {
    200: {
      description: 'What holds, by reference',
      schema: z
        .object({
          kind: z.string(),
          at: instantOut,
          inForce: z
            .object({
              documentId: z.string(),
              version: z.int(),
              language: z.string(),
              title: z.string(),
              sha256: z.string(),
              since: instantOut,
              ...reference,
            })
            .nullable(),
          notApplicable: z
            .object({
              reason: z.string(),
              declaredBy: z.string(),
              signedBy: z.string(),
              signedAt: instantOut,
              ...reference,
            })
            .nullable(),
        })
        .meta({ id: 'InForce' }),
    },
  },
  handle: async ({ caller, params, query }, deps) => {
    const at = query.at === undefined ? null : Date.parse(query.at);
    const found = await readStandingAt(deps.database, caller.id, { ...params, at });
    if (!found) return notFound();
    const { inForce, notApplicable } = found;
    return ok({
      kind: params.kind,
      at: iso(found.at),
      inForce: inForce && sinceOf(inForce),
      notApplicable: notApplicable && { ...notApplicable, signedAt: iso(notApplicable.signedAt) },
    });
  },
});

function sinceOf({ sinceAt, ...others }: InForce) {
  return { ...others, since: iso(sinceAt) };
}

export const documentRoutes = [publish, list, content, standing];
