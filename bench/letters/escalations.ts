/** (h) How late a missed acknowledgement is told while many escalations are open, each with its runner and its notices. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Database } from '../../db/connection.js';
import { newId } from '../../db/store/ids.js';
import type { Acceptance } from '../../db/store/types.js';
import { createWorkStore } from '../../db/store/work-store.js';
import { ringer } from '../../messages/ringer.js';
import { SEED, seedFamily } from '../../test/support/family.js';
import { standardPolicy } from '../../test/support/policies.js';
import { median, percentile } from '../blocks.js';
import { inParallel, openDatabase, openWorker, type Context } from '../context.js';
import { reported, type Row } from '../rows.js';
import { ask } from '../servers.js';
import { accepted } from './processes.js';

/** `minutes`: until an acknowledgement is missed, and again; long enough for all to stand before the first is. */
const SIZES = {
  quick: [{ open: 20, minutes: 1 }],
  usual: [{ open: 1_000, minutes: 4 }],
  full: [
    { open: 1_000, minutes: 4 },
    { open: 10_000, minutes: 40 },
  ],
};
const WATCH_MS = { quick: 30_000, usual: 60_000, full: 120_000 };
const AT_ONCE = 10;
const PATIENCE = { deadlineMs: 60_000 };

export async function escalations(context: Context): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const size of SIZES[context.size]) rows.push(...(await withOpen(context, size)));
  return rows;
}

async function withOpen(
  context: Context,
  { open, minutes }: { readonly open: number; readonly minutes: number },
): Promise<readonly Row[]> {
  const name = `bench_h_${String(open)}`;
  const { url, database } = await openDatabase(context, name, AT_ONCE);
  await seedFamily(database, missedAfter(minutes));
  const worker = await openWorker(context, { processes: 'product', databaseUrl: url, taskQueue: name });
  context.note(`${String(open)} escalations`);
  const first = Date.now();
  await startAll(context, database, name, open);
  const stand = Date.now();
  const begins = Math.max(stand, first + minutes * 60_000);
  const ends = begins + WATCH_MS[context.size];
  context.note(`they stand after ${String(Math.round((stand - first) / 1000))} s; watching`);
  await pause(ends + 2_000 - Date.now());
  const late = await ask<{ lag: number }>(
    url,
    `select (extract(epoch from pg_xact_commit_timestamp(xmin)) - extract(epoch from at))::float8 * 1000 as lag
       from events where trigger like 'mark acknowledge.%' and at >= $1 and at < $2`,
    [new Date(begins), new Date(ends)],
  );
  await worker.stop();
  const lags = late.map(({ lag }) => lag);
  const what = `${String(open)} open escalations, due to committed (${String(lags.length)} marks in ${String((ends - begins) / 1000)} s)`;
  return [
    reported('h', `${what}, p50`, 'ms', median(lags)),
    reported('h', `${what}, p99`, 'ms', percentile(lags, 99)),
  ];
}

/** The policy set of the examples with another target; one mail for each page is enough. */
function missedAfter(minutes: number): object {
  const { escalation, paging } = standardPolicy() as unknown as {
    escalation: { targets: { noCase: object } };
    paging: object;
  };
  const target = `${String(minutes)} minutes`;
  const noCase = { ...escalation.targets.noCase, acknowledge: target, again: target };
  return {
    escalation: { ...escalation, targets: { ...escalation.targets, noCase } },
    paging: { ...paging, channels: { provider: ['mail'], endUser: ['mail'] }, times: 1 },
  };
}

async function startAll(
  context: Context,
  database: Database,
  taskQueue: string,
  open: number,
): Promise<void> {
  const work = createWorkStore(database);
  const bells = ringer({ client: context.client, taskQueue });
  await inParallel(open, AT_ONCE, async (index) => {
    const start = startOf(index);
    const { tenantId, processId } = start;
    const inboxId = await accepted(work, start);
    const rung = await bells.start(
      { tenantId, processId, slug: 'escalation', lastSeq: 0 },
      inboxId,
      PATIENCE,
    );
    if (!rung.reached || rung.answer !== 'accepted')
      throw new Error(`An escalation was not started: ${JSON.stringify(rung)}`);
  });
}

function startOf(index: number): Acceptance {
  return {
    tenantId: SEED.tenant,
    processId: newId('esc'),
    kind: 'start',
    name: 'start',
    payload: {
      contractId: SEED.contract,
      category: 'readiness',
      matter: { reference: `upgrade ${String(index)}`, text: 'The window is in doubt.' },
      reason: 'Nobody answers for the window.',
    },
    actor: 'sam-rivers',
    onBehalfOf: null,
    expectedSeq: null,
    urgent: false,
    key: null,
    start: { slug: 'escalation', policyId: 'standard', policyVersion: 1, ownerId: 'sam-rivers' },
  };
}
