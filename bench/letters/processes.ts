/** (a) Processes a second: seven steps with a timer armed anew at each, twenty processes at a time. */
import { randomUUID } from 'node:crypto';
import type { Child } from '../children.js';
import { interleaved } from '../blocks.js';
import { inParallel, openBareWorker, openDatabase, openWorker, timed, type Context } from '../context.js';
import { compared, type Row } from '../rows.js';
import { errandCommand, errandStart, seedErrands, tenantId } from '../seed-errands.js';
import { createWorkStore } from '../../db/store/work-store.js';
import type { Acceptance, WorkStore } from '../../db/store/types.js';
import { ringer, type Ringer } from '../../messages/ringer.js';

/** A start, five commands, a finish. */
const STEPS = 7;
/** A machine that is busy with other things makes a measurement worse, not a failure. */
const PATIENCE = { deadlineMs: 60_000 };
const AT_ONCE = 20;
const PROCESSES = { quick: 20, usual: 50, full: 150 };

export async function processes(context: Context): Promise<readonly Row[]> {
  const count = PROCESSES[context.size];
  const { url, database } = await openDatabase(context, 'bench_a', AT_ONCE);
  await seedErrands(database, 1);
  const taskQueue = 'bench-a';
  await openWorker(context, { processes: 'errands', databaseUrl: url, taskQueue });
  const bareQueue = 'bench-a-bare';
  const bareWorker = await openBareWorker(context, { databaseUrl: url, taskQueue: bareQueue });
  const work = createWorkStore(database);
  const bells = ringer({ client: context.client, taskQueue });
  const steps = new StepsHeard(bareWorker);
  const ours = async (processes: number) => inParallel(processes, AT_ONCE, () => errandToTheEnd(work, bells));
  const bare = (rows: boolean) => async (processes: number) =>
    inParallel(processes, AT_ONCE, () => bareToTheEnd(context, steps, bareQueue, rows));
  const variants = [
    { name: 'ours', run: ours },
    { name: 'bare', run: bare(false) },
    { name: 'bare with rows', run: bare(true) },
  ];
  for (const { name, run } of variants) {
    context.note(`warming up: ${name}`);
    await run(AT_ONCE);
  }
  const measured = await interleaved(
    variants.map(({ name, run }) => ({
      name,
      run: async () => (count * 1000) / (await timed(() => run(count))),
    })),
    context.blocks,
    context.note,
  );
  const { ours: own = [], bare: without = [], 'bare with rows': rows = [] } = measured;
  const line = {
    letter: 'a',
    unit: '/s',
    what: `processes of ${String(STEPS)} steps, ${String(AT_ONCE)} at once`,
  };
  return [
    compared({ ...line, against: 'bare workflow, no database', gate: null }, own, without),
    compared(
      { ...line, against: 'bare workflow, one row per step', gate: { kind: 'atLeast', value: 1.3 } },
      own,
      rows,
    ),
  ];
}

/** As the API does it: accept, ring, wait for the answer; the next step comes after it. */
async function errandToTheEnd(work: WorkStore, bells: Ringer): Promise<void> {
  const start = errandStart(tenantId(0));
  const { tenantId: tenant, processId } = start;
  const started = await accepted(work, start);
  await bells.start({ tenantId: tenant, processId, slug: 'onboarding', lastSeq: 0 }, started, PATIENCE);
  for (let step = 1; step < STEPS; step += 1) {
    const name = step === STEPS - 1 ? 'finish' : 'step';
    const inboxId = await accepted(work, errandCommand(tenant, processId, name));
    const rung = await bells.ring(processId, inboxId, PATIENCE);
    if (!rung.reached || rung.answer !== 'accepted')
      throw new Error(`A step was not taken: ${JSON.stringify(rung)}`);
  }
}

export async function accepted(work: WorkStore, acceptance: Acceptance): Promise<string> {
  const answer = await work.accept(acceptance);
  if (answer.kind !== 'accepted') throw new Error(`Not accepted: ${answer.kind}.`);
  return answer.inboxId;
}

async function bareToTheEnd(
  { client }: Context,
  steps: StepsHeard,
  taskQueue: string,
  rows: boolean,
): Promise<void> {
  const workflowId = `bare_${randomUUID()}`;
  const first = steps.heard(workflowId, 0);
  const handle = await client.workflow.signalWithStart('bareProcess', {
    workflowId,
    taskQueue,
    args: [{ steps: STEPS, rows }],
    signal: 'step',
    signalArgs: [],
  });
  await first;
  for (let step = 1; step < STEPS; step += 1) {
    const done = steps.heard(workflowId, step);
    await handle.signal('step');
    await done;
  }
}

/** A signal has no answer, so the activities of the bare worker say which step is done. */
class StepsHeard {
  private readonly waiting = new Map<string, () => void>();

  constructor(worker: Child) {
    worker.onMessage((said) => {
      if (typeof said !== 'object' || said === null || !('workflowId' in said) || !('step' in said)) return;
      this.waiting.get(`${String(said.workflowId)}/${String(said.step)}`)?.();
    });
  }

  async heard(workflowId: string, step: number): Promise<void> {
    const key = `${workflowId}/${String(step)}`;
    await new Promise<void>((resolve) => this.waiting.set(key, resolve));
    this.waiting.delete(key);
  }
}
