/** Asks the engine which runners run. What a list does not show is asked for by its id before anybody believes it. */
import type { Client } from '@temporalio/client';
import { workflowTypeOf } from '../workflows/messages.js';

/** What the checker asks; null wherever the engine cannot be reached or cannot list. */
export interface Runners {
  /** Ids of the runners that run, as a list that may be a little late shows them. */
  list(): Promise<ReadonlySet<string> | null>;
  /** Whether one runs, asked for by its id: never late. */
  runs(processId: string): Promise<boolean | null>;
}

const PAGE = 1_000;
/** A list of some ten thousand takes seconds; nobody waits longer for it. */
const LIST_MS = 20_000;
const ASK_MS = 3_000;
/** gRPC NOT_FOUND is an answer; every other failure is none. */
const NOT_FOUND = 'WorkflowNotFoundError';

/** Runners of one task queue: several installations may share a namespace. */
export function runners(client: Client, taskQueue: string, slugs: readonly string[]): Runners {
  const types = new Set(slugs.map(workflowTypeOf));
  return {
    list: async () => {
      const ids = new Set<string>();
      const query = `TaskQueue = '${taskQueue}' AND ExecutionStatus = 'Running'`;
      try {
        await client.connection.withDeadline(Date.now() + LIST_MS, async () => {
          for await (const { workflowId, type } of client.workflow.list({ query, pageSize: PAGE }))
            if (types.has(type)) ids.add(workflowId);
        });
        return ids;
      } catch (error) {
        return unreachable(error);
      }
    },
    runs: async (processId) => {
      try {
        const { status } = await client.connection.withDeadline(Date.now() + ASK_MS, () =>
          client.workflow.getHandle(processId).describe(),
        );
        return status.name === 'RUNNING';
      } catch (error) {
        return error instanceof Error && error.name === NOT_FOUND ? false : unreachable(error);
      }
    },
  };
}

/** Only the engine's own failures mean that it cannot be asked. */
function unreachable(error: unknown): null {
  if (
    error instanceof Error &&
    /ServiceError|DeadlineExceeded|Unavailable|gRPC/i.test(`${error.name} ${error.message}`)
  )
    return null;
  throw error;
}
