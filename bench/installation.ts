/** A store of the product with an API and a worker in front of it, and the bare API beside them. */
import { startChild, type Child } from './children.js';
import { inParallel, openWorker, SETTINGS, type Context } from './context.js';
import { demanded, httpClient, type HttpClient } from './http-client.js';
import { NAMESPACE } from './servers.js';
import { seedBook, type Book } from './seed-book.js';
import { ringer } from '../messages/ringer.js';

export interface Installation {
  readonly url: string;
  readonly book: Book;
  readonly api: Child;
  readonly worker: Child;
  readonly http: HttpClient;
  readonly bareHttp: HttpClient;
}

/** `nodeOptions`: for the profile. */
export async function openInstallation(
  context: Context,
  name: string,
  processes: number,
  { timed, nodeOptions = [] }: { readonly timed: boolean; readonly nodeOptions?: readonly string[] } = {
    timed: false,
  },
): Promise<Installation> {
  const url = await context.servers.database(name);
  context.note(`seeding ${String(processes)} processes`);
  const book = await seedBook(url, processes);
  const taskQueue = `queue-${name}`;
  const worker = await openWorker(
    context,
    { processes: 'product', databaseUrl: url, taskQueue },
    {},
    {
      timed,
      nodeOptions,
    },
  );
  const { temporalAddress } = context.servers;
  const { poolSize } = SETTINGS;
  const where = { databaseUrl: url, poolSize, temporalAddress, namespace: NAMESPACE, taskQueue };
  const api = await startChild('api', { ...where, timed }, nodeOptions);
  context.after(() => api.stop());
  const bare = await startChild('bare-api', { databaseUrl: url, poolSize });
  context.after(() => bare.stop());
  const http = httpClient(api.port);
  const bareHttp = httpClient(bare.port);
  context.after(async () => {
    http.close();
    bareHttp.close();
  });
  context.note(`${String(book.open)} runners`);
  const bells = ringer({ client: context.client, taskQueue });
  await inParallel(book.running.length, 20, async (index) => {
    const running = book.running[index];
    if (running) await bells.start(running, null, { deadlineMs: 30_000 });
  });
  return { url, book, api, worker, http, bareHttp };
}

/** One list as a service manager asks for it, and the same statements from the bare API. */
export const LISTS = [
  {
    name: 'GET /v1/processes?limit=50',
    ours: '/v1/processes?limit=50',
    bare: (book: Book) => `/processes?limit=50&reader=${book.principal}`,
  },
  {
    name: 'GET /v1/today',
    ours: '/v1/today',
    bare: (book: Book) => `/today?owner=${book.principal}`,
  },
] as const;

/** Asks for a list and gives the milliseconds. */
export async function timedRead(client: HttpClient, path: string, authorization?: string): Promise<number> {
  const since = performance.now();
  demanded(await client.send('GET', path, authorization === undefined ? {} : { authorization }), 200);
  return performance.now() - since;
}

/** A contact note that records an answer: it starts a clock anew, which arms the runner's timer anew. */
const NOTE = JSON.stringify({ text: 'Spoke on the phone; they answered.', medium: 'phone', answer: true });

/** Gives a command to one of the manager's onboardings and gives the milliseconds until it is answered. */
export async function timedCommand({ http, book }: Installation, index: number): Promise<number> {
  const at = book.onboardings[index % book.onboardings.length];
  if (!at) throw new Error('The manager has no onboarding.');
  const headers = {
    authorization: book.authorization,
    'content-type': 'application/json',
    'idempotency-key': `bench-${String(index)}-${String(process.hrtime.bigint())}`,
  };
  const since = performance.now();
  demanded(await http.send('POST', `/v1/processes/${at.processId}/commands/note`, headers, NOTE), 200);
  return performance.now() - since;
}
