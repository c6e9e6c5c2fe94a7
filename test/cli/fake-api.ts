/** An HTTP server that answers like the API, from a table of the test, and remembers what it was asked. */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: IncomingMessage['headers'];
  readonly body: unknown;
}

export interface FakeReply {
  readonly status?: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Breaks the connection instead of answering. */
  readonly cut?: true;
  /** Breaks the connection in the middle of the answer. */
  readonly cutInside?: true;
}

/** Keys such as `GET /v1/today`; a text is sent as text/plain. */
export type Routes = Readonly<Record<string, FakeReply | ((asked: Asked) => FakeReply)>>;

export interface FakeApi {
  readonly url: string;
  readonly asked: Asked[];
  stop(): Promise<void>;
}

export async function startFakeApi(routes: Routes): Promise<FakeApi> {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    void readAll(request).then((text) => {
      const url = new URL(request.url ?? '/', 'http://fake.invalid');
      const one: Asked = {
        method: request.method ?? '',
        path: url.pathname,
        query: Object.fromEntries(url.searchParams),
        headers: request.headers,
        body: text === '' ? undefined : isJson(request) ? JSON.parse(text) : text,
      };
      asked.push(one);
      const route = routes[`${one.method} ${one.path}`];
      const reply = typeof route === 'function' ? route(one) : route;
      if (reply?.cut) {
        request.socket.destroy();
        return;
      }
      const {
        status = 200,
        body,
        headers,
      } = reply ?? problem(404, { code: 'NOT_FOUND', detail: 'Nothing here.' });
      const plain = typeof body === 'string';
      const type = status >= 400 ? 'application/problem+json' : plain ? 'text/plain' : 'application/json';
      response.writeHead(status, { 'content-type': type, ...headers });
      if (reply?.cutInside) {
        response.write('{', () => request.socket.destroy());
        return;
      }
      response.end(plain ? body : body === undefined ? '' : JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${String(portOf(server))}`, asked, stop: () => stopped(server) };
}

function isJson(request: IncomingMessage): boolean {
  return request.headers['content-type'] === 'application/json';
}

/** A problem document as the API writes it. */
export function problem(status: number, members: Readonly<Record<string, unknown>>): FakeReply {
  return { status, body: { type: 'about:blank', title: 'A problem.', status, ...members } };
}

async function readAll(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += String(chunk);
  return text;
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

function stopped(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}
