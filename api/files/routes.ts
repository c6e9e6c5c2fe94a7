/** Files of a contract: taken in by content, given out as attachments to those who may see them (service spec §3 R7, R11). */
import { create as disposition } from 'content-disposition';
import { z } from 'zod';
import { fileFacts, rememberFile, tenantToAddTo } from '../../db/provision/files.js';
import { judgeMediaType, mediaTypes } from '../../domain/files/media-types.js';
import { secretsIn } from '../../domain/secrets/detectors.js';
import type { Staged } from '../../integrations/files/port.js';
import type { Dependencies } from '../dependencies.js';
import { notFound, problem, type Place } from '../http/problems.js';
import { ok, type Reply } from '../http/reply.js';
import { person, route } from '../http/route.js';
import { flag, idText } from '../http/schemas.js';
import { refuseSecrets } from '../http/secret-places.js';
import { MOST_FILE_BYTES } from '../middleware/limits.js';

const fileName = z
  .string()
  .trim()
  .min(1)
  .max(200)
  .regex(/^[^\p{Cc}\p{Surrogate}/\\]+$/u, 'is a name without a path and without control characters');

const fileOut = z
  .object({
    sha256: z.string(),
    name: z.string(),
    mediaType: z.string(),
    bytes: z.int(),
    internal: z.boolean().describe('Seen by the Provider only'),
  })
  .meta({ id: 'File' });

const upload = route({
  method: 'post',
  path: '/v1/files',
  tag: 'Files',
  summary: 'Upload a file of a contract',
  description: `The body is the file itself, at most ${String(MOST_FILE_BYTES / 1_000_000)} MB, with its media type as Content-Type, or application/octet-stream when that is not known: ${Object.keys(mediaTypes).join(', ')}. What the bytes are is looked at; a text that holds a secret is refused, and nothing of it is kept. The same content again is the same file.`,
  access: person,
  scope: 'command',
  query: z.strictObject({
    contract: idText,
    name: fileName.describe('As it is offered for saving'),
    internal: flag.default(false).describe('Seen by the Provider only'),
  }),
  streamed: '*/*',
  problems: ['NOT_FOUND', 'FORBIDDEN', 'FILE_TYPE', 'FILE_MISMATCH', 'FILE_CUT', 'SECRET_FOUND'],
  answers: { 200: { description: 'Kept, or known already', schema: fileOut } },
  handle: async ({ caller, query, stream, header }, deps) => {
    if (query.internal && caller.side === 'endUser') {
      return problem('FORBIDDEN', { detail: 'Only the Provider keeps internal files.' });
    }
    const tenantId = await tenantToAddTo(deps.database, caller.id, query.contract);
    if (tenantId === null) return notFound();
    if (Number(header('content-length') ?? 0) > MOST_FILE_BYTES) return tooLarge();
    const staged = await arrived(deps, stream);
    if (staged === 'cut') return problem('FILE_CUT');
    if (staged === null) return tooLarge();
    try {
      const refusal = await refusalOf(deps, staged, caller, query.name);
      if (refusal) return refusal;
      const judged = judgeMediaType(declaredType(header('content-type')), staged.found);
      if (!judged.ok) return badType(judged, declaredType(header('content-type')));
      await staged.keep();
      const { sha256, bytes } = staged;
      const facts = {
        sha256,
        bytes,
        name: query.name,
        mediaType: judged.mediaType,
        internal: query.internal,
      };
      return ok(await rememberFile(deps.database, tenantId, facts, caller.id));
    } finally {
      await staged.drop();
    }
  },
});

const download = route({
  method: 'get',
  path: '/v1/files/{sha256}',
  tag: 'Files',
  summary: 'Download a file',
  description:
    'Always as an attachment: nothing that somebody uploaded is shown by a browser as a page of ours.',
  access: person,
  params: z.object({ sha256: z.string().regex(/^[0-9a-f]{64}$/) }),
  answers: { 200: { description: 'The bytes', type: 'application/octet-stream' } },
  handle: async ({ caller, params }, deps) => {
    const facts = await fileFacts(deps.database, caller.id, params.sha256);
    const content = facts && (await deps.files.read(facts.sha256));
    if (facts && !content)
      throw new Error(`The bytes of the file ${facts.sha256} are not in the store of files.`);
    if (!facts || !content) return notFound();
    return {
      status: 200,
      body: content,
      type: facts.mediaType,
      headers: { 'content-disposition': disposition(facts.name), 'content-length': String(facts.bytes) },
    };
  },
});

/** The bytes as they came; `cut` when the caller hung up before their end. */
async function arrived(deps: Dependencies, body: AsyncIterable<Uint8Array>): Promise<Staged | null | 'cut'> {
  try {
    return await deps.files.stage(body, MOST_FILE_BYTES);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ECONNRESET') return 'cut';
    throw error;
  }
}

async function refusalOf(
  deps: Dependencies,
  staged: Staged,
  caller: Parameters<typeof refuseSecrets>[1],
  name: string,
): Promise<Reply | null> {
  const text = await staged.text();
  const places: Place[] = [
    ...secretsIn(name).map((detector) => ({ path: 'name', problem: `looks like a secret: ${detector}` })),
    ...(text === null ? [] : await secretsInLong(text)),
  ];
  return places.length === 0 ? null : refuseSecrets(deps, caller, 'post /v1/files', places);
}

/** Characters that are looked at before others get their turn, and how far two such pieces overlap. */
const PIECE = 200_000;
const OVERLAP = 1_000;

async function secretsInLong(text: string): Promise<Place[]> {
  const found = new Set<string>();
  for (let from = 0; from < text.length; from += PIECE - OVERLAP) {
    for (const detector of secretsIn(text.slice(from, from + PIECE))) found.add(detector);
    await new Promise(setImmediate);
  }
  return [...found].map((detector) => ({ path: '(file)', problem: `looks like a secret: ${detector}` }));
}

function declaredType(header: string | undefined): string {
  return (header ?? 'application/octet-stream').split(';')[0]?.trim().toLowerCase() ?? '';
}

function badType({ why, found }: { why: string; found: string }, declared: string): Reply {
  return why === 'notTaken'
    ? problem('FILE_TYPE', { detail: `The file is ${found}, declared as ${declared}; that is not taken.` })
    : problem('FILE_MISMATCH', {
        detail: `The file is declared as ${declared}, and its bytes are ${found}.`,
      });
}

function tooLarge(): Reply {
  return problem('BODY_TOO_LARGE', {
    detail: `The file is larger than ${String(MOST_FILE_BYTES / 1_000_000)} MB, the most that is kept of one.`,
    remedy: 'Make it smaller, split it, or keep it elsewhere and note where it lies.',
  });
}

export const fileRoutes = [upload, download];
