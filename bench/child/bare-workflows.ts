/** What somebody would write without a store of record: a workflow whose steps are signals, activities and a timer. */
import {
  CancellationScope,
  condition,
  defineSignal,
  defineUpdate,
  isCancellation,
  proxyActivities,
  setHandler,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import type { BareActivities } from './bare-worker.js';

const { act, write } = proxyActivities<BareActivities>({ startToCloseTimeout: '10s' });

export const step = defineSignal('step');
export const writeRow = defineUpdate<void, [number]>('writeRow');

/** As many steps as `steps`; `rows`: each one writes a row. */
export async function bareProcess(input: { readonly steps: number; readonly rows: boolean }): Promise<void> {
  let asked = 0;
  setHandler(step, () => void (asked += 1));
  const { workflowId } = workflowInfo();
  let timer = armed();
  for (let done = 0; done < input.steps; done += 1) {
    await condition(() => asked > done);
    timer.cancel();
    await (input.rows ? write : act)({ workflowId, step: done });
    timer = armed();
  }
  timer.cancel();
}

/** Takes Updates for ever; each one writes a row. */
export async function bareUpdates(): Promise<void> {
  const { workflowId } = workflowInfo();
  setHandler(writeRow, async (number) => write({ workflowId, step: number }));
  await condition(() => false);
}

function armed(): CancellationScope {
  const scope = new CancellationScope();
  scope
    .run(() => sleep('30 days'))
    .catch((error: unknown) => {
      if (!isCancellation(error)) throw error;
    });
  return scope;
}
