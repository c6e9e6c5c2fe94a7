/** What a letter is given: the servers, how much to do, and a place to leave what must be stopped afterwards. */
import type { Client } from '@temporalio/client';
import { connect, type Database } from '../db/connection.js';
import { connectClient } from '../messages/ringer.js';
import { startChild, type Child } from './children.js';
import type { Size } from './options.js';
import type { Row } from './rows.js';
import { NAMESPACE, type Servers } from './servers.js';

/** The defaults of the product (config/environment.ts), which every measurement takes unless its line says otherwise. */
export const SETTINGS = { poolSize: 10, workflowTasks: 20, cachedWorkflows: 400 };

export interface Context {
  readonly servers: Servers;
  readonly client: Client;
  readonly size: Size;
  readonly blocks: number;
  readonly note: (sentence: string) => void;
  /** Ends at the end of the letter, the last one first. */
  readonly after: (end: () => Promise<unknown>) => void;
}

export type LetterRun = (context: Context) => Promise<readonly Row[]>;

/** Runs a letter and ends what it has started, also when it failed. */
export async function runLetter(
  run: LetterRun,
  servers: Servers,
  how: Pick<Context, 'size' | 'blocks' | 'note'>,
): Promise<readonly Row[]> {
  const ends: (() => Promise<unknown>)[] = [];
  const client = connectClient({ address: servers.temporalAddress, namespace: NAMESPACE });
  ends.push(() => client.connection.close());
  try {
    return await run({ ...how, servers, client, after: (end) => void ends.push(end) });
  } finally {
    for (const end of ends.reverse()) await end();
  }
}

/** A database of the letter's own. */
export async function openDatabase(
  context: Context,
  name: string,
  poolSize = SETTINGS.poolSize,
): Promise<{ readonly url: string; readonly database: Database }> {
  const url = await context.servers.database(name);
  const database = connect({ databaseUrl: url, poolSize, name: 'bench' });
  context.after(() => database.close());
  return { url, database };
}

const NOT_PROFILED = { timed: false, nodeOptions: [] };

export async function openWorker(
  context: Context,
  plan: {
    readonly processes: 'product' | 'errands';
    readonly databaseUrl: string;
    readonly taskQueue: string;
  },
  change: Partial<typeof SETTINGS> = {},
  profile: { readonly timed: boolean; readonly nodeOptions: readonly string[] } = NOT_PROFILED,
): Promise<Child> {
  const { temporalAddress, folder } = context.servers;
  const where = { temporalAddress, folder, namespace: NAMESPACE };
  const child = await startChild(
    'worker',
    { ...SETTINGS, ...where, timed: profile.timed, ...plan, ...change },
    profile.nodeOptions,
  );
  context.after(() => child.stop());
  return child;
}

export async function openBareWorker(
  context: Context,
  plan: { readonly databaseUrl: string; readonly taskQueue: string },
): Promise<Child> {
  const where = { temporalAddress: context.servers.temporalAddress, namespace: NAMESPACE };
  const child = await startChild('bare-worker', { ...SETTINGS, ...where, ...plan });
  context.after(() => child.stop());
  return child;
}

/** Works on the numbers from 0 to `count` - 1, `atOnce` at a time. */
export async function inParallel(
  count: number,
  atOnce: number,
  work: (index: number) => Promise<unknown>,
): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let index = next++; index < count; index = next++) await work(index);
  };
  // All lanes end before a failure is told: what they use is closed after it.
  const lanes = await Promise.allSettled(Array.from({ length: Math.min(atOnce, count) }, lane));
  const failed = lanes.find((one) => one.status === 'rejected');
  if (failed) throw failed.reason;
}

/** Milliseconds that `work` takes. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const since = performance.now();
  await work();
  return performance.now() - since;
}
