/** The worker's health over HTTP: /livez says that the process runs, /readyz that it can work. */
import { createServer } from 'node:http';
import type { Server } from 'node:http';

export interface OpsOptions {
  readonly host: string;
  readonly port: number;
  /** The names of what is missing; empty when the worker can work. */
  readonly missing: () => Promise<readonly string[]>;
}

export interface OpsServer {
  close(): Promise<void>;
}

/** Starts listening; rejects when the port is taken. */
export async function startOps({ host, port, missing }: OpsOptions): Promise<OpsServer> {
  const server = createServer((request, response) => {
    const answer = (status: number, body: object): void => {
      response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
      response.end(JSON.stringify(body));
    };
    if (request.url === '/livez') return answer(200, { status: 'ok' });
    if (request.url !== '/readyz') return answer(404, { status: 'not found' });
    missing().then(
      (names) => answer(names.length === 0 ? 200 : 503, { status: names.length === 0 ? 'ok' : 'no', names }),
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

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve());
  });
}
