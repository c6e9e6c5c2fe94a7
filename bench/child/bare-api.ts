/** The least that answers the same lists over HTTP: node:http and a pool; no authentication, no roles, no transaction. */
import { createServer } from 'node:http';
import { bareDatabase } from '../bare-database.js';
import { listProcesses } from '../../db/read/process-list.js';
import { readToday } from '../../db/read/today.js';
import { planOf, serve } from './serve.js';

export interface BareApiPlan {
  readonly databaseUrl: string;
  readonly poolSize: number;
}

const plan = planOf<BareApiPlan>();
const database = bareDatabase(plan.databaseUrl, plan.poolSize);
const everything = { slug: null, status: null, contractId: null, ownerId: null, open: null, headline: null };

const server = createServer((request, response) => {
  const url = new URL(request.url ?? '/', 'http://bare');
  const owner = url.searchParams.get('owner');
  const reader = url.searchParams.get('reader') ?? '';
  const limit = Number(url.searchParams.get('limit') ?? 50) + 1;
  const read =
    url.pathname === '/today'
      ? readToday(database, '', owner)
      : listProcesses(database, reader, everything, { after: null, limit });
  read.then(
    (body) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body));
    },
    (error: unknown) => {
      response.writeHead(500);
      response.end(String(error));
    },
  );
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  serve(typeof address === 'object' && address ? address.port : 0, {
    stop: async () => {
      server.closeAllConnections();
      await database.close();
    },
  });
});
