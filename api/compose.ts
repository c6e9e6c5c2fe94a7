/** The parts of the API that are made of a database and a client of the engine. */
import type { Client } from '@temporalio/client';
import { WorkflowIdConflictPolicy, WorkflowIdReusePolicy } from '@temporalio/client';
import type { Database } from '../db/connection.js';
import type { StoreRegistry } from '../db/registry.js';
import { InputsReader } from '../db/store/inputs.js';
import { createWorkStore } from '../db/store/work-store.js';
import type { Registry } from '../domain/kernel/advance.js';
import { linkSigning } from '../integrations/signing/link.js';
import { ringer } from '../messages/ringer.js';
import { runners } from '../messages/runners.js';
import { CALENDAR_FAN_OUT, calendarFanOutId, type CalendarFanOutInput } from '../workflows/messages.js';
import type { Dependencies } from './dependencies.js';
import { currentRequest } from './middleware/request-context.js';

export interface Made {
  readonly database: Database;
  readonly client: Client;
  readonly taskQueue: string;
  readonly registry: Registry;
  readonly stores: StoreRegistry;
}

type Composed = Pick<
  Dependencies,
  'database' | 'work' | 'ringer' | 'registry' | 'inputs' | 'runners' | 'startFanOut' | 'signing'
>;

const FAN_OUT_DEADLINE_MS = 3_000;

export function composeParts({ database, client, taskQueue, registry, stores }: Made): Composed {
  const work = createWorkStore(database);
  return {
    database,
    registry,
    work: { ...work, accept: (one) => work.accept({ ...one, requestId: currentRequest() }) },
    ringer: ringer({ client, taskQueue }),
    inputs: new InputsReader(stores),
    runners: runners(client, taskQueue, Object.keys(registry.definitions)),
    signing: linkSigning,
    startFanOut: (calendar) => startFanOut(client, taskQueue, calendar),
  };
}

/** Once per version: a second start of the same one finds the first. */
async function startFanOut(client: Client, taskQueue: string, input: CalendarFanOutInput): Promise<boolean> {
  const { tenantId, calendarId, version } = input;
  const start = () =>
    client.workflow.start(CALENDAR_FAN_OUT, {
      taskQueue,
      workflowId: calendarFanOutId(tenantId, calendarId, version),
      workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
      workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
      args: [input],
    });
  try {
    await client.connection.withDeadline(Date.now() + FAN_OUT_DEADLINE_MS, start);
    return true;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    // The version is approved whatever becomes of this; the relay of the worker finds clocks of older versions.
    return error.name === 'WorkflowExecutionAlreadyStartedError';
  }
}
