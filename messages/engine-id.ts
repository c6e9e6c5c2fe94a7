/** Which engine answers: the id of its namespace, which is made anew together with its store. */
import type { Client } from '@temporalio/client';

const DEADLINE_MS = 3_000;

/** Null when none answers. */
export async function engineId(client: Client): Promise<string | null> {
  try {
    const { namespaceInfo } = await client.connection.withDeadline(Date.now() + DEADLINE_MS, () =>
      client.workflowService.describeNamespace({ namespace: client.options.namespace }),
    );
    return namespaceInfo?.id ?? 'unnamed';
  } catch (error) {
    // Only the engine's own failures mean that it does not answer.
    if (
      error instanceof Error &&
      /ServiceError|gRPC|DEADLINE|UNAVAILABLE|NOT_FOUND/i.test(`${error.name} ${error.message}`)
    )
      return null;
    throw error;
  }
}
