/** The worker over HTTP: /livez says that the process runs, /readyz that it can work, /metrics what it counts. */
import { createServer } from 'node:http';
import type { Server, ServerResponse } from 'node:http';
import type { Scrape } from '../telemetry/installation.js';

export interface OpsOptions {
  readonly host: string;
  readonly port: number;
  /** The names of what is missing; empty when the worker can work. */
  readonly missing: () => Promise<readonly string[]>;
  /** `restored`: nothing is written and no effect is done until an operator has looked. */
  readonly mode: () => Promise<'normal' | 'restored'>;
  readonly metrics?: Scrape | undefined;
}

export interface OpsServer {
  close(): Promise<void>;
}

/** Starts listening; rejects when the port is taken. */
export async function startOps({ host, port, missing, mode, metrics }: OpsOptions): Promise<OpsServer> {
  const server = createServer((request, response) => {
    const answer = (status: number, body: object): void => {
      response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
      response.end(JSON.stringify(body));
    };
    if (request.url === '/livez') return answer(200, { status: 'ok' });
    if (request.url === '/metrics' && metrics) return void scraped(metrics, response);
    if (request.url !== '/readyz') return answer(404, { status: 'not found' });
    missing().then(
      async (names) => {
        if (names.length > 0) return answer(503, { status: 'no', names });
        answer(200, { status: 'ok', names, mode: await mode().catch(() => 'unknown') });
      },
      () => answer(503, { status: 'no', names: ['unknown'] }),
    );
  });
  await listen(server, host, port);
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function scraped(metrics: Scrape, response: ServerResponse): Promise<void> {
  const text = await metrics.scrape();
  response.writeHead(200, { 'content-type': metrics.contentType, 'cache-control': 'no-store' });
  response.end(text);
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve());
  });
}
