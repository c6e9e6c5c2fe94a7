/** Everything that an operator wants to know at once: each line ok or a problem with what to do. Changes nothing. */
import { statfs } from 'node:fs/promises';
import { connect } from '../../db/connection.js';
import { definitions } from '../../domain/processes.js';
import { connectClient, TASK_QUEUE } from '../../messages/ringer.js';
import { checkEngine } from './check-engine.js';
import { checkBook, checkServer, withoutStore } from './check-store.js';
import { away, ok, wrong, type Finding } from './finding.js';
import type { Installation } from './installation.js';

const POOL = 3;
const HEALTH_MS = 3_000;
const LEAST_FREE_BYTES = 1_000_000_000;
const LEAST_FREE_SHARE = 0.05;

export async function examine(installation: Installation): Promise<readonly Finding[]> {
  const { databaseUrl, environment, temporalAddress: address } = installation;
  const server = await checkServer(databaseUrl);
  const usable =
    databaseUrl !== null &&
    server.every(({ name, state }) => !['postgres', 'migrations', 'roles'].includes(name) || state === 'ok');
  const database = usable
    ? connect({ databaseUrl, poolSize: POOL, name: 'careplus-doctor', acquireMs: HEALTH_MS })
    : null;
  const client = connectClient({ address, namespace: environment.temporalNamespace });
  try {
    const book = database ? await checkBook(database) : withoutStore;
    const engine = { client, address, taskQueue: TASK_QUEUE, slugs: Object.keys(definitions) };
    return [
      ...server,
      ...book,
      ...(await checkEngine(engine, database)),
      await health('worker', `${installation.workerOps}/readyz`),
      await health('api', `${installation.apiOps}/readyz`),
      await disk(environment.dataFolder),
    ];
  } finally {
    await client.connection.close();
    await database?.close();
  }
}

async function health(name: 'worker' | 'api', url: string): Promise<Finding> {
  const remedy = `Start it (npm start); its log is in the folder log of CAREPLUS_DATA.`;
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(HEALTH_MS) });
    const text = await answer.text();
    if (answer.ok) return ok(name, `ready at ${url}`);
    return wrong(name, `answers that it cannot work: ${text.slice(0, 200)}`, remedy);
  } catch (error) {
    if (!(error instanceof Error) || !['TypeError', 'TimeoutError'].includes(error.name)) throw error;
    return away(name, `does not answer at ${url}`, remedy);
  }
}

async function disk(folder: string): Promise<Finding> {
  const { bavail, blocks, bsize } = await statfs(folder);
  const free = bavail * bsize;
  const detail = `${(free / 1e9).toFixed(1)} GB free at ${folder}`;
  const enough = free >= LEAST_FREE_BYTES && free >= blocks * bsize * LEAST_FREE_SHARE;
  return enough ? ok('disk', detail) : wrong('disk', detail, 'Make room, or move CAREPLUS_DATA.');
}
