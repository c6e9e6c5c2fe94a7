/** Rings runners. A bell that is not heard is a value, not an error: the inbox row tells the truth. */
import { Client, Connection, WithStartWorkflowOperation } from '@temporalio/client';
import { RING, WAKE, workflowTypeOf } from '../workflows/messages.js';
import type { RingAnswer, RunnerInput } from '../workflows/messages.js';

/** `problem` is for the log: the name of the failure. */
export type Rung =
  | { readonly reached: true; readonly answer: RingAnswer | null }
  | { readonly reached: false; readonly problem: string };

export interface RingOptions {
  /** How long to wait for the answer; an Update hangs for ever when no worker polls. */
  readonly deadlineMs?: number;
}

export interface Ringer {
  /** Rings a runner that exists. One that is missing or over is not an error: the relay looks after the row. */
  ring(processId: string, inboxId: string, options?: RingOptions): Promise<Rung>;
  /**
   * Starts the runner unless it runs, and rings it when there is a row to ring for (Update-with-Start). For starts and
   * the reconciler, and only when the store says that the process is not over.
   */
  start(input: RunnerInput, inboxId: string | null, options?: RingOptions): Promise<Rung>;
  /**
   * Starts the runner unless it runs, and wakes it. A signal waits for no worker: one runner that is stuck with a dead
   * worker keeps the relay from no other one.
   */
  wake(input: RunnerInput, options?: RingOptions): Promise<Rung>;
  /**
   * Starts the runner anew, ending one that runs: only for the repair of a restored store, whose processes must not be
   * driven by runners that have seen more than it holds.
   */
  restart(input: RunnerInput, options?: RingOptions): Promise<Rung>;
  /** Lets a runner look into the store, where it finds whether it still has something to do. One that is gone is none. */
  nudge(processId: string, options?: RingOptions): Promise<Rung>;
}

export interface RingerOptions {
  readonly client: Client;
  readonly taskQueue: string;
  /** Of the runners that it starts; for tests that force many short runs. */
  readonly eventsPerRun?: number;
}

export const TASK_QUEUE = 'careplus';
const DEADLINE_MS = 5_000;

/** A client that connects when it is first used, so that the API starts while Temporal is down. */
export function connectClient(options: { readonly address: string; readonly namespace: string }): Client {
  const connection = Connection.lazy({ address: options.address });
  return new Client({ connection, namespace: options.namespace });
}

export function ringer({ client, taskQueue, eventsPerRun }: RingerOptions): Ringer {
  const within = async (options: RingOptions | undefined, work: () => Promise<RingAnswer | null>) => {
    try {
      const deadline = Date.now() + (options?.deadlineMs ?? DEADLINE_MS);
      const answer = await client.connection.withDeadline(deadline, work);
      return { reached: true, answer } as const;
    } catch (error) {
      // Every failure looks alike to the caller: a timeout does not mean that the row was not decided.
      return { reached: false, problem: error instanceof Error ? error.name : 'unknown' } as const;
    }
  };
  const startOptions = (input: RunnerInput) => ({
    workflowId: input.processId,
    taskQueue,
    args: [eventsPerRun === undefined ? input : { ...input, eventsPerRun }] as [RunnerInput],
    // A process that was over may be opened again under its own id.
    workflowIdReusePolicy: 'ALLOW_DUPLICATE' as const,
    workflowIdConflictPolicy: 'USE_EXISTING' as const,
    staticSummary: `${input.slug} ${input.processId}`,
    memo: { slug: input.slug, tenantId: input.tenantId },
  });
  return {
    ring: (processId, inboxId, options) =>
      within(options, () =>
        client.workflow
          .getHandle(processId)
          .executeUpdate<RingAnswer, [string]>(RING, { args: [inboxId], updateId: inboxId }),
      ),
    start: (input, inboxId, options) =>
      within(options, async () => {
        const type = workflowTypeOf(input.slug);
        if (inboxId === null) {
          await client.workflow.start<Runner>(type, startOptions(input));
          return null;
        }
        const startWorkflowOperation = new WithStartWorkflowOperation<Runner>(type, startOptions(input));
        return client.workflow.executeUpdateWithStart<Runner, RingAnswer, [string]>(RING, {
          args: [inboxId],
          updateId: inboxId,
          startWorkflowOperation,
        });
      }),
    restart: (input, options) =>
      within(options, async () => {
        const start = { ...startOptions(input), workflowIdConflictPolicy: 'TERMINATE_EXISTING' as const };
        await client.workflow.start<Runner>(workflowTypeOf(input.slug), start);
        return null;
      }),
    nudge: (processId, options) =>
      within(options, async () => {
        try {
          await client.workflow.getHandle(processId).signal(WAKE);
        } catch (error) {
          if (!(error instanceof Error) || error.name !== 'WorkflowNotFoundError') throw error;
        }
        return null;
      }),
    wake: (input, options) =>
      within(options, async () => {
        const start = { ...startOptions(input), signal: WAKE, signalArgs: [] as [] };
        await client.workflow.signalWithStart<Runner>(workflowTypeOf(input.slug), start);
        return null;
      }),
  };
}

type Runner = (input: RunnerInput) => Promise<void>;
