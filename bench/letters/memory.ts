/** (e) What a thousand open processes cost in memory: worker, Temporal, Postgres. */
import { inParallel, openDatabase, openWorker, type Context } from '../context.js';
import { memoryMb, postgresMemoryMb } from '../machine.js';
import { reported, type Row } from '../rows.js';
import { errandStart, seedErrands, tenantId } from '../seed-errands.js';
import { accepted } from './processes.js';
import { createWorkStore } from '../../db/store/work-store.js';
import { ringer } from '../../messages/ringer.js';

const PROCESSES = { quick: 50, usual: 500, full: 2_000 };
const TENANTS = 10;
const AT_ONCE = 20;
/** So many come first, so that what every worker needs once is not counted. */
const BEFORE = 50;

export async function memory(context: Context): Promise<readonly Row[]> {
  const count = PROCESSES[context.size];
  const { url, database } = await openDatabase(context, 'bench_e', AT_ONCE);
  await seedErrands(database, TENANTS);
  const taskQueue = 'bench-e';
  // All of them stay in the cache: what a cached runner costs. Runners beyond the cache cost the worker nothing.
  const cachedWorkflows = count + BEFORE + 50;
  const worker = await openWorker(
    context,
    { processes: 'errands', databaseUrl: url, taskQueue },
    { cachedWorkflows },
  );
  const work = createWorkStore(database);
  const bells = ringer({ client: context.client, taskQueue });
  const open = (processes: number) =>
    inParallel(processes, AT_ONCE, async (index) => {
      const start = errandStart(tenantId(index % TENANTS));
      const inboxId = await accepted(work, start);
      const { tenantId: tenant, processId } = start;
      await bells.start({ tenantId: tenant, processId, slug: 'onboarding', lastSeq: 0 }, inboxId, {
        deadlineMs: 60_000,
      });
    });
  const { temporalPid, postgresPid } = context.servers;
  const look = () => [memoryMb(worker.pid), memoryMb(temporalPid), postgresMemoryMb(postgresPid)] as const;
  context.note(`the first ${String(BEFORE)}`);
  await open(BEFORE);
  const before = look();
  context.note(`${String(count)} open processes`);
  await open(count);
  const after = look();
  const perThousand = (part: 0 | 1 | 2) => ((after[part] - before[part]) * 1000) / count;
  const what = (name: string) => `memory of ${name} per 1,000 open processes (${String(count)} opened)`;
  return [
    reported('e', what(`the worker, cache ${String(cachedWorkflows)},`), 'MB', perThousand(0)),
    reported('e', what('Temporal'), 'MB', perThousand(1)),
    reported('e', what('Postgres'), 'MB', perThousand(2)),
  ];
}
