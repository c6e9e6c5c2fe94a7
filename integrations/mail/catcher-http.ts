/** The mail catcher's HTTP side: pages for people, JSON for programs, rules by PUT. */
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import PostalMime from 'postal-mime';
import type { Email } from 'postal-mime';
import { inboxPage, messagePage, notFoundPage } from './catcher-page.js';
import type { ReportPoster } from './catcher-reports.js';
import { catcherRules } from './catcher-rules.js';
import type { MessageStore, StoredMessage } from './catcher-store.js';

const MAX_BODY_BYTES = 256 * 1024;
const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 500;

const PAGE_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
/** A mail's own HTML: no scripts, no forms, nothing loaded from anywhere; links open in a window of their own. */
const MAIL_POLICY =
  "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'";

interface Site {
  readonly store: MessageStore;
  readonly poster: ReportPoster;
  readonly postsTo: string | undefined;
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string | Buffer;
  readonly policy?: string;
}

/** The server, not yet listening. */
export function createCatcherHttp(site: Site): Server {
  return createServer((request, response) => {
    answer(site, request)
      .catch((error: unknown): Answer => {
        const text = error instanceof Error ? error.message : String(error);
        return { status: 500, type: 'text/plain; charset=utf-8', body: `the mail catcher failed: ${text}\n` };
      })
      .then((result) => write(response, request, result))
      .catch((error: unknown) => response.destroy(error instanceof Error ? error : new Error(String(error))));
  });
}

function write(response: ServerResponse, request: IncomingMessage, result: Answer): void {
  response.writeHead(result.status, {
    'content-type': result.type,
    'content-security-policy': result.policy ?? PAGE_POLICY,
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
  });
  response.end(request.method === 'HEAD' ? undefined : result.body);
}

async function answer(site: Site, request: IncomingMessage): Promise<Answer> {
  if (!isLocalName(request)) return problem(421, 'unknown host name');
  const address = `http://catcher.invalid${request.url ?? '/'}`;
  if (!URL.canParse(address)) return problem(400, 'not an address');
  const url = new URL(address);
  if (url.pathname === '/rules') return rules(site, request);
  if (request.method !== 'GET' && request.method !== 'HEAD') return problem(405, 'only GET here');
  if (url.pathname === '/' || url.pathname === '/messages.json') {
    return list(site, url, request.headers.host ?? 'localhost');
  }
  const match = /^\/messages\/(\d{1,9})(\.json|\.eml|\/html|\/text)?$/.exec(url.pathname);
  const message = match === null ? undefined : site.store.get(Number(match[1]));
  if (message === undefined) return page(notFoundPage(), 404);
  return show(site, message, match?.[2] ?? '');
}

/** A page elsewhere must not read this inbox by pointing its own name at the loopback address. */
function isLocalName(request: IncomingMessage): boolean {
  const address = request.socket.localAddress ?? '';
  const loopback = address === '::1' || address.startsWith('127.') || address.startsWith('::ffff:127.');
  const name = (request.headers.host ?? '').replace(/:\d+$/, '').toLowerCase();
  return !loopback || name === 'localhost' || name === '[::1]' || /^127(\.\d{1,3}){3}$/.test(name);
}

function list(site: Site, url: URL, host: string): Answer {
  const asked = Number(url.searchParams.get('limit') ?? DEFAULT_LIMIT);
  const limit = Number.isInteger(asked) && asked > 0 ? Math.min(asked, MAX_LIMIT) : DEFAULT_LIMIT;
  const to = url.searchParams.get('to')?.trim() ?? '';
  const filter = to === '' ? { limit } : { to, limit };
  const messages = site.store.list(filter);
  if (url.pathname === '/messages.json') {
    return json({
      messages: messages.map((message) => ({ ...message, report: site.poster.stateOf(message.n) })),
    });
  }
  const origin = `http://${host}`;
  const view =
    site.postsTo === undefined ? { ...filter, origin } : { ...filter, origin, postsTo: site.postsTo };
  return page(inboxPage(messages, site.store.rules(), view));
}

async function show(site: Site, message: StoredMessage, part: string): Promise<Answer> {
  const raw = await site.store.raw(message.n);
  if (part === '.eml') return { status: 200, type: 'message/rfc822', body: raw };
  const mail = await PostalMime.parse(raw, { attachmentEncoding: 'utf8', forceRfc822Attachments: true });
  if (part === '/text') return { status: 200, type: 'text/plain; charset=utf-8', body: textOf(mail) ?? '' };
  if (part === '/html') return page(mail.html ?? '', mail.html === undefined ? 404 : 200, MAIL_POLICY);
  const headers = mail.headers.map(({ originalKey, value }) => ({ name: originalKey, value }));
  const post = site.poster.stateOf(message.n);
  if (part === '.json') {
    return json({ ...message, report: post, headers, text: textOf(mail) ?? null, html: mail.html ?? null });
  }
  return page(messagePage({ message, headers, text: textOf(mail), hasHtml: mail.html !== undefined, post }));
}

/** The text part; of a bounce, its machine-readable parts too, since a person wants to see them. */
function textOf(mail: Email): string | undefined {
  const parts = mail.attachments
    .filter(({ mimeType }) => mimeType === 'message/delivery-status' || mimeType === 'text/rfc822-headers')
    .map(({ mimeType, content }) => `[${mimeType}]\n${typeof content === 'string' ? content : ''}`);
  const all = [...(mail.text === undefined ? [] : [mail.text]), ...parts];
  return all.length === 0 ? undefined : all.join('\n');
}

async function rules(site: Site, request: IncomingMessage): Promise<Answer> {
  if (request.method === 'GET') return json(site.store.rules());
  if (request.method !== 'PUT') return problem(405, 'GET or PUT');
  // A form of another site cannot send JSON without asking first, and nobody here says yes.
  if (!/^application\/json\b/.test(request.headers['content-type'] ?? '')) {
    return problem(415, 'rules are application/json');
  }
  const body = await readBody(request);
  if (body === undefined) return problem(413, 'too large');
  const parsed = catcherRules.safeParse(parseJson(body));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return problem(422, `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not a list of rules'}`);
  }
  await site.store.setRules(parsed.data);
  return json(parsed.data);
}

async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk as Uint8Array);
    size += bytes.length;
    if (size > MAX_BODY_BYTES) return undefined;
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function page(html: string, status = 200, policy: string = PAGE_POLICY): Answer {
  return { status, type: 'text/html; charset=utf-8', body: html, policy };
}

function json(value: unknown): Answer {
  return { status: 200, type: 'application/json; charset=utf-8', body: JSON.stringify(value) };
}

function problem(status: number, detail: string): Answer {
  return {
    status,
    type: 'application/problem+json; charset=utf-8',
    body: JSON.stringify({ status, detail }),
  };
}
