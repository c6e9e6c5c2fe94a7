/** The recording fake of the gateway and of chat rooms: a real HTTP server on this machine, which does what it is told. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * What it does with a request: answers with a status (`keep`: after it has kept the message), keeps it and breaks off,
 * or keeps it and never answers.
 */
export type Treatment =
  | { readonly status: number; readonly keep?: boolean; readonly location?: string; readonly body?: string }
  | 'drop'
  | 'stall';

export interface Received {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  readonly body: Readonly<Record<string, unknown>>;
  /** Epoch milliseconds of the machine. */
  readonly at: number;
}

export interface RecordingReceiver {
  readonly url: string;
  /** What it has kept, oldest first. Never deduplicated. */
  readonly kept: readonly Received[];
  readonly requests: () => number;
  /** The next request to this path is treated like this; used up in order. */
  treat(path: string, treatment: Treatment): void;
  /** How many requests wait for an answer that never comes. */
  stalled(): number;
  close(): Promise<void>;
}

export async function startRecordingReceiver(): Promise<RecordingReceiver> {
  const kept: Received[] = [];
  const treatments: { readonly path: string; readonly treatment: Treatment }[] = [];
  let requests = 0;
  let stalled = 0;
  const serve = (request: IncomingMessage, response: ServerResponse, text: string): void => {
    requests += 1;
    const path = request.url ?? '';
    const index = treatments.findIndex((one) => one.path === path);
    const treatment = index < 0 ? undefined : treatments.splice(index, 1)[0]?.treatment;
    const keep = () => kept.push(receivedFrom(request, text));
    if (treatment === 'drop' || treatment === 'stall') {
      keep();
      if (treatment === 'drop') request.socket.destroy();
      else stalled += 1;
      return;
    }
    const { status = 202, location, body } = treatment ?? {};
    if (!treatment || treatment.keep === true) keep();
    response.writeHead(status, {
      'content-type': 'application/json',
      ...(location === undefined ? {} : { location }),
    });
    response.end(body ?? JSON.stringify({ id: `msg_${String(requests)}` }));
  };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => serve(request, response, Buffer.concat(chunks).toString('utf8')));
  });
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    kept,
    requests: () => requests,
    treat: (path, treatment) => void treatments.push({ path, treatment }),
    stalled: () => stalled,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function receivedFrom(request: IncomingMessage, text: string): Received {
  const headers = Object.entries(request.headers).map(([name, value]) => [name, String(value)] as const);
  return {
    path: request.url ?? '',
    headers: Object.fromEntries(headers),
    text,
    body: JSON.parse(text) as Record<string, unknown>,
    at: Date.now(),
  };
}
