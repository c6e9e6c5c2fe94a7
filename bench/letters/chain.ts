/** (g) What the audit chain costs: steps a second with and without its head, in one tenant and over twenty. */
import { interleaved } from '../blocks.js';
import { inParallel, openDatabase, timed, type Context } from '../context.js';
import { errands } from '../errand.js';
import { compared, type Row } from '../rows.js';
import { errandCommand, errandStart, seedErrands, tenantId } from '../seed-errands.js';
import { unchained } from '../unchained.js';
import { accepted } from './processes.js';
import type { Database } from '../../db/connection.js';
import { PostgresStepStore } from '../../db/store/step-store.js';
import type { WorkStore } from '../../db/store/types.js';
import { createWorkStore } from '../../db/store/work-store.js';
import { advance } from '../../domain/kernel/advance.js';

const MANY = 20;
/** Steps at once: the pool of a worker. */
const AT_ONCE = 10;
const STEPS = { quick: 40, usual: 600, full: 3_000 };
/** Each process has its own row lock; so many of them never wait for one another. */
const PROCESSES = 60;

export async function chain(context: Context): Promise<readonly Row[]> {
  const { database } = await openDatabase(context, 'bench_g', AT_ONCE);
  await seedErrands(database, MANY + 1);
  const work = createWorkStore(database);
  const on = steps(database);
  const off = steps(unchained(database));
  // The last tenant alone; the others together.
  const one = await opened(work, on, () => MANY);
  const many = await opened(work, on, (index) => index % MANY);
  const measure = (stepper: Stepper, processes: readonly At[]) => async () => {
    const count = STEPS[context.size];
    await inParallel(count, AT_ONCE, (index) => accepted(work, stepOf(processes, index)));
    const ms = await timed(() => inParallel(count, AT_ONCE, (index) => stepper(atOf(processes, index))));
    return (count * 1000) / ms;
  };
  const measured = await interleaved(
    [
      { name: 'one tenant, chained', run: measure(on, one) },
      { name: 'one tenant, unchained', run: measure(off, one) },
      { name: '20 tenants, chained', run: measure(on, many) },
      { name: '20 tenants, unchained', run: measure(off, many) },
    ],
    context.blocks,
    context.note,
  );
  const line = (where: string) => ({
    letter: 'g',
    what: `events a second without the chain, ${where}`,
    unit: '/s',
    against: 'with the chain',
    gate: { kind: 'atMost', value: 1.4 } as const,
  });
  return [
    compared(
      line('one tenant'),
      measured['one tenant, unchained'] ?? [],
      measured['one tenant, chained'] ?? [],
    ),
    compared(
      line('20 tenants'),
      measured['20 tenants, unchained'] ?? [],
      measured['20 tenants, chained'] ?? [],
    ),
  ];
}

interface At {
  readonly tenantId: string;
  readonly processId: string;
}
type Stepper = (at: At) => Promise<unknown>;

/** The very step of the product, without the engine around it. */
function steps(database: Database): Stepper {
  const store = new PostgresStepStore(database, { onboarding: { lookups: {} } });
  return async (at) => {
    const { seq, answers } = await advance(store, errands, { ...at, now: Date.now(), lastSeq: 0 });
    if (Object.keys(answers).length !== 1) throw new Error(`Nothing was decided at event ${String(seq)}.`);
  };
}

async function opened(
  work: WorkStore,
  step: Stepper,
  tenantOf: (index: number) => number,
): Promise<readonly At[]> {
  const processes: At[] = [];
  await inParallel(PROCESSES, AT_ONCE, async (index) => {
    const start = errandStart(tenantId(tenantOf(index)));
    await accepted(work, start);
    await step(start);
    processes.push({ tenantId: start.tenantId, processId: start.processId });
  });
  return processes;
}

function atOf(processes: readonly At[], index: number): At {
  const at = processes[index % processes.length];
  if (!at) throw new Error('There is no process to step.');
  return { tenantId: at.tenantId, processId: at.processId };
}

function stepOf(processes: readonly At[], index: number) {
  const at = atOf(processes, index);
  return errandCommand(at.tenantId, at.processId, 'step');
}
