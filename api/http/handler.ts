/** Turns a route into what Express calls once the door has let somebody in: parse, handle, send. */
import type { Request, RequestHandler, Response } from 'express';
import type { Dependencies } from '../dependencies.js';
import { repeatHeaders } from '../middleware/idempotency.js';
import { replyToError } from '../middleware/problem.js';
import { inRequest } from '../middleware/request-context.js';
import { noteOf } from '../middleware/request-log.js';
import { textProblem, uncleanPlaces } from './clean-json.js';
import { jsonPlace } from './json-place.js';
import { places } from './places.js';
import { notFound, problem } from './problems.js';
import type { Reply } from './reply.js';
import type { Access, Call, Route } from './route.js';
import { refuseSecrets, secretPlaces } from './secret-places.js';
import { send } from './send.js';

type ErasedCall = Call<never, never, never, Access>;
type Read<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly reply: Reply };

export function handlerOf(route: Route, deps: Dependencies): RequestHandler {
  return async (request, response) => {
    const note = noteOf(request);
    note.route = route.path;
    const reply = await inRequest(note.id, () => answer(route, deps, request)).catch((error: unknown) =>
      replyToError(error, deps.log.child({ requestId: note.id, route: route.path })),
    );
    finish(request, response, checked(route, deps, reply));
  };
}

/** Sends a reply and notes for the log what it says. */
export function finish(request: Request, response: Response, reply: Reply): void {
  const note = noteOf(request);
  const { body } = reply;
  if (typeof body === 'object' && body !== null && 'code' in body && typeof body.code === 'string')
    note.code = body.code;
  if (reply.log) note.references = reply.log;
  send(response, reply);
}

async function answer(route: Route, deps: Dependencies, request: Request): Promise<Reply> {
  const { caller } = noteOf(request);
  // An id that cannot be one is treated as one that is not there.
  const params = route.params?.safeParse(request.params);
  if (params && !params.success) return notFound();
  const query = readQuery(route, request);
  if (!query.ok) return query.reply;
  const { idempotencyKey, expectedSeq, problems } = repeatHeaders(request);
  if (problems.length > 0) return problem('HEADER_INVALID', { problems });
  const table = route.csv && isCsv(request) ? route.csv : undefined;
  const sent = table ? readText(request) : readClean(route, request);
  if (!sent.ok) return sent.reply;
  const secrets = route.rawBody === undefined ? secretPlaces(sent.value) : [];
  if (secrets.length > 0) {
    return refuseSecrets(deps, caller?.person ?? null, `${route.method} ${route.path}`, secrets);
  }
  const body = table ? sent : fitted(route, sent.value);
  if (!body.ok) return body.reply;
  const call = {
    caller: caller?.person ?? null,
    keyScopes: caller?.credential.kind === 'key' ? caller.credential.scopes : null,
    params: params?.data ?? {},
    query: query.value,
    body: body.value,
    idempotencyKey,
    expectedSeq,
    requestId: noteOf(request).id,
    header: (name: string) => {
      const value = request.headers[name];
      return typeof value === 'string' ? value : undefined;
    },
    ip: request.ip ?? '',
    // What is not read is thrown away by the server; closing the stream would close the connection before the answer.
    stream: request.iterator({ destroyOnReturn: false }),
    loopback: isLoopback(request),
  };
  // Parsed by the schemas that the handler's types come from.
  return (table ?? route).handle(call as unknown as ErasedCall, deps);
}

function readQuery(route: Route, request: Request): Read<unknown> {
  const given = request.query as Readonly<Record<string, unknown>>;
  if (!route.query) {
    const names = Object.keys(given);
    if (names.length === 0) return { ok: true, value: {} };
    const problems = names.map((path) => ({ path, problem: 'is not a parameter of this address' }));
    return { ok: false, reply: problem('QUERY_INVALID', { problems }) };
  }
  const unclean = Object.entries(given).filter(
    ([, value]) => typeof value === 'string' && textProblem(value) !== null,
  );
  const read = route.query.safeParse(given);
  const problems = [
    ...unclean.map(([path]) => ({ path, problem: 'contains a character that cannot be stored' })),
    ...(read.success ? [] : places(read.error)),
  ];
  if (problems.length > 0) return { ok: false, reply: problem('QUERY_INVALID', { problems }) };
  return { ok: true, value: read.data };
}

/** A body as it came, but for what cannot be stored at all. */
function readClean(route: Route, request: Request): Read<unknown> {
  const { rawBody } = route;
  if (rawBody !== undefined) {
    if (Buffer.isBuffer(request.body)) return { ok: true, value: request.body };
    return { ok: false, reply: problem('BODY_TYPE', { detail: `This address takes ${rawBody}.` }) };
  }
  if (!route.body) return { ok: true, value: undefined };
  const json = route.form ? readForm(request) : readJson(request);
  if (!json.ok) return json;
  const unclean = uncleanPlaces(json.value);
  if (unclean.length > 0) return { ok: false, reply: problem('BODY_INVALID', { problems: unclean }) };
  return json;
}

function fitted({ rawBody, body: schema }: Route, value: unknown): Read<unknown> {
  if (rawBody !== undefined || !schema) return { ok: true, value };
  const read = schema.safeParse(value);
  if (read.success) return { ok: true, value: read.data };
  return { ok: false, reply: problem('BODY_INVALID', { problems: places(read.error) }) };
}

function isCsv(request: Request): boolean {
  return (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() === 'text/csv';
}

function readText(request: Request): Read<unknown> {
  const text: unknown = request.body;
  const value = typeof text === 'string' ? text : '';
  const unclean = textProblem(value);
  if (unclean === null) return { ok: true, value };
  return { ok: false, reply: problem('BODY_INVALID', { problems: [{ path: '(table)', problem: unclean }] }) };
}

/** What is no form, such as an empty body, has no fields. */
function readForm(request: Request): Read<unknown> {
  const text: unknown = request.body;
  const fields = new URLSearchParams(typeof text === 'string' ? text : '');
  return { ok: true, value: Object.fromEntries(fields) };
}

function readJson(request: Request): Read<unknown> {
  const text: unknown = request.body;
  if (typeof text !== 'string') {
    const sent = request.headers['content-length'] ?? request.headers['transfer-encoding'];
    if (sent === undefined || sent === '0') return { ok: true, value: {} };
    return { ok: false, reply: problem('BODY_TYPE', { detail: 'This address takes application/json.' }) };
  }
  if (text.trim() === '') return { ok: true, value: {} };
  try {
    const value: unknown = JSON.parse(text);
    return { ok: true, value };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const { line, column } = jsonPlace(text, error.message);
    const where = `line ${String(line)}, column ${String(column)}`;
    const problems = [{ path: where, problem: 'the text is not JSON from here on' }];
    return {
      ok: false,
      reply: problem('BODY_NOT_JSON', { detail: `The body is not JSON at ${where}.`, problems }),
    };
  }
}

/** What a proxy on this machine hands on comes from elsewhere. */
function isLoopback({ socket, headers }: Request): boolean {
  const address = socket.remoteAddress ?? '';
  if (headers['x-forwarded-for'] !== undefined || headers.forwarded !== undefined) return false;
  return address === '::1' || /^(?:::ffff:)?127\./.test(address);
}

/** In tests: an answer that the documentation of its route does not cover is a defect. */
function checked(route: Route, deps: Dependencies, reply: Reply): Reply {
  if (deps.checkAnswers !== true || reply.type === 'application/problem+json') return reply;
  if (route.csv && reply.type?.startsWith('text/csv')) return reply;
  const documented = route.answers[reply.status];
  const problemText = documented
    ? documented.schema?.safeParse(JSON.parse(JSON.stringify(reply.body ?? null))).error?.message
    : `status ${String(reply.status)} is not documented`;
  if (problemText === undefined) return reply;
  deps.log.error({ route: `${route.method} ${route.path}` }, problemText);
  return problem('DEFECT', { detail: `The answer is not the documented one: ${problemText}` });
}
