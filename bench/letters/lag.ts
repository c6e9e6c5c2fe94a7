/** (f) How late a due mark fires: from its instant to the commit of its step, at twenty due a second. */
import { setTimeout as pause } from 'node:timers/promises';
import { median, percentile } from '../blocks.js';
import { inParallel, openDatabase, openWorker, type Context } from '../context.js';
import { reported, type Row } from '../rows.js';
import { errandStart, seedErrands, tenantId } from '../seed-errands.js';
import { ask } from '../servers.js';
import { accepted } from './processes.js';
import { createWorkStore } from '../../db/store/work-store.js';
import { ringer } from '../../messages/ringer.js';

const DUE_PER_SECOND = 20;
/** Each process ticks every 12 s, so that 240 of them give the rate for as long as is watched. */
const TICK_MINUTES = 0.2;
const TICK_MS = TICK_MINUTES * 60_000;
const PROCESSES = (DUE_PER_SECOND * TICK_MS) / 1000;
const WATCH_MS = { quick: 3_000, usual: 36_000, full: 120_000 };
const TENANTS = 10;
const AT_ONCE = 20;

export async function lag(context: Context): Promise<readonly Row[]> {
  const watchMs = WATCH_MS[context.size];
  const { url, database } = await openDatabase(context, 'bench_f', AT_ONCE);
  await seedErrands(database, TENANTS);
  const taskQueue = 'bench-f';
  await openWorker(context, { processes: 'errands', databaseUrl: url, taskQueue });
  const work = createWorkStore(database);
  const bells = ringer({ client: context.client, taskQueue });
  context.note(`${String(PROCESSES)} processes`);
  // The first tick of each comes when all of them stand.
  const from = Date.now() + 15_000;
  await inParallel(PROCESSES, AT_ONCE, async (index) => {
    const tick = { from: from + (index * 1000) / DUE_PER_SECOND, minutes: TICK_MINUTES };
    const start = errandStart(tenantId(index % TENANTS), tick);
    const inboxId = await accepted(work, start);
    const { tenantId: tenant, processId } = start;
    await bells.start({ tenantId: tenant, processId, slug: 'onboarding', lastSeq: 0 }, inboxId, {
      deadlineMs: 60_000,
    });
  });
  const begins = Math.max(from + TICK_MS, Date.now()) + 1_000;
  context.note(`watching ${String(watchMs / 1000)} s`);
  await pause(begins + watchMs + 2_000 - Date.now());
  const rows = await ask<{ lag: number }>(
    url,
    `select (extract(epoch from pg_xact_commit_timestamp(xmin)) - extract(epoch from at))::float8 * 1000 as lag
       from events where trigger = 'mark tick.tick' and at >= $1 and at < $2`,
    [new Date(begins), new Date(begins + watchMs)],
  );
  const lags = rows.map((row) => row.lag);
  const expected = (DUE_PER_SECOND * watchMs) / 1000;
  const what = `due to committed at ${String(DUE_PER_SECOND)} due a second (${String(lags.length)} of ${String(expected)})`;
  return [
    reported('f', `${what}, p50`, 'ms', median(lags)),
    reported('f', `${what}, p99`, 'ms', percentile(lags, 99)),
  ];
}
