/** What the doctor asks of Temporal: whether it answers, and whether its runners are those that the store needs. */
import type { Client } from '@temporalio/client';
import { compareRunners } from '../../db/check/runners.js';
import type { Database } from '../../db/connection.js';
import { readStoreState } from '../../db/restore/mode.js';
import { createWorkStore } from '../../db/store/work-store.js';
import { engineId } from '../../messages/engine-id.js';
import { readRunnerRecord } from '../../messages/runner-record.js';
import { runners } from '../../messages/runners.js';
import { away, ok, skipped, wrong, type Finding } from './finding.js';

export interface EngineAsked {
  readonly client: Client;
  readonly address: string;
  readonly taskQueue: string;
  readonly slugs: readonly string[];
}

/** How long what is under way may take before it counts as left behind. */
const GRACE_MS = 60_000;
/** Processes whose runners are read one by one, next due first. */
const MOST_READ = 200;
const AT_ONCE = 8;

/** `database` is null while the store cannot be asked. */
export async function checkEngine(
  asked: EngineAsked,
  database: Database | null,
): Promise<readonly Finding[]> {
  const { client, address } = asked;
  if ((await engineId(client)) === null) {
    const remedy =
      'Start it, or correct TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE. Work is accepted meanwhile, and urgent work is done.';
    return [
      away('temporal', `${address} (namespace ${client.options.namespace}) does not answer`, remedy),
      ...['runners', 'lastSeq'].map((name) => skipped(name, 'Temporal does not answer')),
    ];
  }
  const answers = ok('temporal', `answers at ${address}, namespace ${client.options.namespace}`);
  if (!database)
    return [answers, ...['runners', 'lastSeq'].map((name) => skipped(name, 'there is no store'))];
  return [answers, ...(await checkRunners(asked, database)), ...(await checkSeen(asked, database))];
}

async function checkRunners(
  { client, taskQueue, slugs }: EngineAsked,
  database: Database,
): Promise<readonly Finding[]> {
  const found = runners(client, taskQueue, slugs);
  const running = await found.list();
  const open = await createWorkStore(database).notOver(null, 1);
  if (running?.size === 0 && open.length > 0) {
    const remedy =
      'Its store is empty or another one: a worker starts every runner again by itself, next due first.';
    return [wrong('runners', 'no runner runs, and processes are open', remedy)];
  }
  const results = await compareRunners(database, found, GRACE_MS);
  const broken = results.filter(({ count }) => count > 0);
  if (broken.length === 0)
    return [ok('runners', `${String(running?.size ?? 0)} run, one for each open process`)];
  return broken.map(({ name, title, remedy, count, examples }) =>
    wrong(`runners ${name}`, `${title}: ${String(count)} (${examples.join(', ')})`, remedy),
  );
}

/** A runner that has seen more than the store holds: the store is older. */
async function checkSeen({ client }: EngineAsked, database: Database): Promise<readonly Finding[]> {
  const { epoch } = await readStoreState(database);
  const open = await createWorkStore(database).notOver(null, MOST_READ);
  const ahead: string[] = [];
  for (let first = 0; first < open.length; first += AT_ONCE) {
    const few = open.slice(first, first + AT_ONCE);
    await Promise.all(
      few.map(async ({ processId, seq }) => {
        const record = await readRunnerRecord(client, { processId }, epoch);
        if (record && record.lastSeq > seq)
          ahead.push(`${processId} (${String(seq)} of ${String(record.lastSeq)})`);
      }),
    );
  }
  if (ahead.length === 0)
    return [ok('lastSeq', `no runner has seen more than the store (${String(open.length)} read)`)];
  const detail = `runners have seen more than the store holds: ${ahead.slice(0, 5).join(', ')}`;
  return [wrong('lastSeq', detail, 'An older database is in place: see careplus doctor restore.')];
}
