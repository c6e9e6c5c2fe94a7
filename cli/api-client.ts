/** Asks the HTTP API: identity, idempotency keys, problem documents as failures, answers checked by their schema. */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { CliFailure, type Problem } from './failure.js';
import type { Settings } from './settings.js';

export interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly location: string | undefined;
}

/** An answer with its whole content: a connection may break in the middle of it. */
interface Reply {
  readonly status: number;
  readonly ok: boolean;
  readonly headers: Headers;
  readonly content: Buffer;
}

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

export interface Sending {
  readonly method?: 'POST' | 'PUT' | 'DELETE';
  readonly body?: unknown;
  /** Sent as they are, with this media type, instead of a JSON body. */
  readonly bytes?: { readonly content: Buffer; readonly mediaType: string };
  /** Sent as text/csv instead of a JSON body. */
  readonly table?: string;
  readonly query?: Query;
  /** The seq that the caller has seen. */
  readonly ifMatch?: number | undefined;
}

/** The API itself answers within 5 s; a longer silence is not worth waiting for. */
const PATIENCE_MS = 30_000;
/** A mutation carries its key, so that asking again after a broken connection cannot act twice. */
const ATTEMPTS = 3;
const MOST_RETRY_AFTER_SECONDS = 5;

const problemDocument = z.object({
  title: z.string().optional(),
  detail: z.string().optional(),
  code: z.string().optional(),
  remedy: z.string().optional(),
  problems: z.array(z.object({ path: z.string(), problem: z.string() })).optional(),
});

export class ApiClient {
  #sent = 0;

  /** `key`: of an attempt before, so that what it may have done is not done twice. */
  constructor(
    private readonly settings: Settings,
    private readonly pause: (ms: number) => Promise<void>,
    private readonly key: string = randomUUID(),
  ) {}

  /** A read; a problem is thrown as a CliFailure. */
  async get(path: string, query: Query = {}): Promise<Answer> {
    return this.#ask(path, query, { method: 'GET', headers: this.#headers() });
  }

  /** A change, with an idempotency key of its own; asked again when the connection broke or the API was busy. */
  async send(path: string, sending: Sending = {}): Promise<Answer> {
    const headers: Record<string, string> = { ...this.#headers(), 'idempotency-key': this.#nextKey() };
    if (sending.body !== undefined) headers['content-type'] = 'application/json';
    if (sending.table !== undefined) headers['content-type'] = 'text/csv';
    if (sending.bytes !== undefined) headers['content-type'] = sending.bytes.mediaType;
    if (sending.ifMatch !== undefined) headers['if-match'] = `"${String(sending.ifMatch)}"`;
    return this.#ask(path, sending.query ?? {}, {
      method: sending.method ?? 'POST',
      headers,
      ...(sending.body === undefined ? {} : { body: JSON.stringify(sending.body) }),
      ...(sending.table === undefined ? {} : { body: sending.table }),
      ...(sending.bytes === undefined ? {} : { body: new Uint8Array(sending.bytes.content) }),
    });
  }

  /** A command that sends several requests sends them in the same order when it is repeated. */
  #nextKey(): string {
    this.#sent += 1;
    return this.#sent === 1 ? this.key : `${this.key}-${String(this.#sent)}`;
  }

  /** A file, as it is. */
  async bytes(path: string): Promise<{ readonly content: Buffer; readonly disposition: string }> {
    const reply = await this.#reply(path, {}, { method: 'GET', headers: this.#headers() });
    if (!reply.ok) this.#answerOf(reply);
    return { content: reply.content, disposition: reply.headers.get('content-disposition') ?? '' };
  }

  async #ask(path: string, query: Query, init: RequestInit): Promise<Answer> {
    return this.#answerOf(await this.#reply(path, query, init));
  }

  async #reply(path: string, query: Query, init: RequestInit): Promise<Reply> {
    for (let attempt = 1; ; attempt += 1) {
      const last = attempt >= ATTEMPTS;
      const reply = await this.#once(path, query, init, last);
      if (reply === undefined) {
        await this.pause(200 * attempt);
        continue;
      }
      const wait = Number(reply.headers.get('retry-after') ?? Number.NaN);
      if (reply.status === 503 && !last && wait <= MOST_RETRY_AFTER_SECONDS) {
        await this.pause(wait * 1000);
        continue;
      }
      return reply;
    }
  }

  /** Undefined when the connection broke and another attempt may be made. */
  async #once(path: string, query: Query, init: RequestInit, last: boolean): Promise<Reply | undefined> {
    const url = `${this.settings.url}${path}${queryText(query)}`;
    try {
      const signal = AbortSignal.timeout(PATIENCE_MS);
      const response = await fetch(url, { ...init, redirect: 'error', signal });
      const { status, ok, headers } = response;
      return { status, ok, headers, content: Buffer.from(await response.arrayBuffer()) };
    } catch (error) {
      const reason = reasonOf(error);
      // Nobody listens, or nobody answered for long: asking again at once is of no use.
      if (!last && /ECONNRESET|EPIPE|UND_ERR_SOCKET/.test(reason)) return undefined;
      const heard = !/ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH/.test(reason);
      if (init.method !== 'GET' && heard) throw this.#unknownOutcome(reason, error);
      throw new CliFailure(
        {
          exitCode: 69,
          code: 'API_UNREACHABLE',
          text: `The API at ${this.settings.url} does not answer (${reason}):\nis it running? npm start`,
          remedy: 'Start it with npm start, or name another address with --url or CAREPLUS_URL.',
        },
        { cause: error },
      );
    }
  }

  /** The request went out, and nobody knows what became of it. */
  #unknownOutcome(reason: string, cause: unknown): CliFailure {
    const { key, settings } = this;
    return new CliFailure(
      {
        exitCode: 69,
        code: 'OUTCOME_UNKNOWN',
        text: `The API at ${settings.url} did not answer (${reason}). It may have done what was asked, or not.`,
        remedy: `Repeat the same command with --idempotency-key ${key}: what was done already is not done again.`,
        document: { code: 'OUTCOME_UNKNOWN', detail: reason, idempotencyKey: key },
      },
      { cause },
    );
  }

  #answerOf({ status, ok, headers, content }: Reply): Answer {
    const type = headers.get('content-type') ?? '';
    if (ok && type.startsWith('application/pdf')) return { status, body: content, location: undefined };
    const text = new TextDecoder().decode(content);
    const body = text === '' ? undefined : /\bjson\b/.test(type) ? parsed(text) : text;
    if (ok) return { status, body, location: headers.get('location') ?? undefined };
    throw failureOf(status, body, this.settings);
  }

  #headers(): Record<string, string> {
    const { as, key } = this.settings;
    return {
      accept: 'application/json, application/problem+json, text/plain, text/csv, application/pdf',
      ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
      ...(as === undefined ? {} : { 'x-careplus-as': as }),
    };
  }
}

const page = z.object({ items: z.array(z.unknown()), next: z.string().nullish() });

/** All pages of a list as one body: a review, or a search, that left rows out in silence would be wrong. */
export async function allPages(
  api: ApiClient,
  path: string,
  query: Query = {},
): Promise<{ items: unknown[] }> {
  const items: unknown[] = [];
  let cursor: string | undefined;
  for (;;) {
    const read = typed(page, (await api.get(path, { ...query, limit: 100, cursor })).body);
    items.push(...read.items);
    if (!read.next) return { items };
    cursor = read.next;
  }
}

/** The body as its schema says; another shape means that something else answers there, or another version. */
export function typed<S extends z.ZodType>(schema: S, body: unknown): z.infer<S> {
  const read = schema.safeParse(body);
  if (read.success) return read.data;
  throw new CliFailure({
    exitCode: 1,
    code: 'ANSWER_NOT_UNDERSTOOD',
    text: 'The API answered in a form that this command does not know.',
    remedy: 'Use the command line and the API of one version; --json shows the answer as it is.',
    problems: read.error.issues
      .slice(0, 5)
      .map((issue) => ({ path: issue.path.join('.'), problem: issue.message })),
  });
}

function failureOf(status: number, body: unknown, settings: Settings): CliFailure {
  const read = problemDocument.safeParse(body);
  const document = read.success ? read.data : {};
  const problems: readonly Problem[] | undefined = document.problems;
  const listed = problems !== undefined && problems.length > 0;
  // With a list of problems, the detail only repeats the first of them.
  const text =
    (listed ? document.title : undefined) ??
    document.detail ??
    document.title ??
    `The API answered with status ${String(status)}.`;
  return new CliFailure({
    exitCode: exitCodeOf(status),
    code: document.code ?? (status === 401 ? 'NOT_AUTHENTICATED' : `HTTP_${String(status)}`),
    text,
    // Who asks is said differently here than in a header.
    remedy: status === 401 ? identityRemedy(settings) : (document.remedy ?? remedyOf(status)),
    problems,
    status,
    ...(read.success ? { document: body } : {}),
  });
}

function exitCodeOf(status: number): 1 | 2 | 69 {
  if (status === 400 || status === 413 || status === 415 || status === 422) return 2;
  return status === 502 || status === 503 || status === 504 ? 69 : 1;
}

function identityRemedy({ as, key }: Settings): string {
  return as === undefined && key === undefined
    ? 'Say who you are: --as <person> in development, else an API key in CAREPLUS_API_KEY.'
    : 'The person or the key is not known here: check --as, CAREPLUS_AS and CAREPLUS_API_KEY.';
}

function remedyOf(status: number): string | undefined {
  if (status === 404)
    return 'Check the id, and whether you may see it: careplus today, careplus contract list.';
  if (status >= 500) return 'Try again; if it stays, read the log of the API (npm start names its folder).';
  return undefined;
}

function queryText(query: Query): string {
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)] as [string, string]],
  );
  return pairs.length === 0 ? '' : `?${new URLSearchParams(pairs).toString()}`;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return text;
    throw error;
  }
}

/** The code of the broken connection below the general "fetch failed". */
function reasonOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return String(error);
  if ('name' in error && error.name === 'TimeoutError') return `no answer in ${String(PATIENCE_MS / 1000)} s`;
  const cause: unknown = 'cause' in error ? error.cause : undefined;
  if (typeof cause === 'object' && cause !== null && 'code' in cause) return String(cause.code);
  return 'message' in error ? String(error.message) : 'unknown reason';
}
