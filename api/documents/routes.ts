/** The Provider's documents: publish a version, list and read them. */
import { z } from 'zod';
import { publishDocument, readDocument } from '../../db/provision/documents.js';
import { listDocuments, openProcesses } from '../../db/read/documents.js';
import type { Dependencies } from '../dependencies.js';
import { iso } from '../http/instants.js';
import { notFound, problem } from '../http/problems.js';
import { ok } from '../http/reply.js';
import { person, route, staff } from '../http/route.js';
import { idText, instantOut } from '../http/schemas.js';

const KIND = 'userGuide';
const SIGNAL = 'newVersion';
/** More are told by the relay, which rings for every row that waits. */
const MOST_BELLS = 50;

const version = z.int().min(1).max(1_000_000);
const language = z.string().regex(/^[a-z]{2}$/, 'a two-letter language code');

const publish = route({
  method: 'post',
  path: '/v1/documents',
  tag: 'Documents',
  summary: 'Publish a version of the User Guide',
  description: 'Published versions never change. Every hand-over under way is told of a new version.',
  access: staff('smManager', 'policyAdministrator'),
  body: z.strictObject({
    documentId: z
      .string()
      .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'lower-case letters, digits and dashes, at most 63'),
    version,
    language,
    title: z.string().trim().min(1).max(200),
    body: z.string().min(1).max(900_000).describe('Markdown'),
  }),
  problems: ['DOCUMENT_KNOWN'],
  answers: {
    200: {
      description: 'Published, or published before with the same content',
      schema: z.object({ sha256: z.string(), told: z.int().describe('Processes that were told now') }),
    },
  },
  handle: async ({ caller, body }, deps) => {
    const { documentId, title } = body;
    const file = {
      id: documentId,
      kind: KIND,
      version: body.version,
      language: body.language,
      title,
      mediaType: 'text/markdown; charset=utf-8',
      body: Buffer.from(body.body, 'utf8'),
    };
    const sha256 = await publishDocument(deps.database, file, caller.id);
    if (sha256 === null) return problem('DOCUMENT_KNOWN');
    return ok({ sha256, told: await tellAll(deps, documentId, body.version) });
  },
});

/** Once per process and version, whatever the language; repeating the request tells those that are left. */
async function tellAll(deps: Dependencies, documentId: string, newVersion: number): Promise<number> {
  const processes = await openProcesses(deps.database, KIND);
  const toRing: { readonly processId: string; readonly inboxId: string }[] = [];
  for (const { tenantId, processId } of processes) {
    const accepted = await deps.work.accept({
      tenantId,
      processId,
      kind: 'signal',
      name: SIGNAL,
      payload: { version: newVersion },
      actor: null,
      onBehalfOf: null,
      expectedSeq: null,
      urgent: false,
      key: {
        principal: 'documents',
        value: `${documentId}@${String(newVersion)}|${processId}`,
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
  answers: { 200: { description: 'At most 500', schema: z.object({ items: z.array(documentOut) }) } },
  handle: async ({ caller }, deps) => {
    const rows = await listDocuments(deps.database, caller.id);
    return ok({ items: rows.map((row) => ({ ...row, publishedAt: iso(row.publishedAt) })) });
  },
});

const content = route({
  method: 'get',
  path: '/v1/documents/{documentId}/versions/{version}/{language}',
  tag: 'Documents',
  summary: 'The text of a version',
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
  answers: { 200: { description: 'Markdown', type: 'text/markdown' } },
  handle: async ({ caller, params }, deps) => {
    const { documentId: id, version: number, language: inLanguage } = params;
    const found = await readDocument(deps.database, caller.id, { id, version: number, language: inLanguage });
    return found ? { status: 200, body: found.body, type: found.mediaType } : notFound();
  },
});

export const documentRoutes = [publish, list, content];
