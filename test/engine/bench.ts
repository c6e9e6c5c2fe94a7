/** A database with people in it, a task queue on the run's Temporal server, and workers in this process. */
import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import type { WorkerOptions } from '@temporalio/worker';
import { createActivities } from '../../activities/index.js';
import { silentLog } from '../../activities/log.js';
import { connect } from '../../db/connection.js';
import type { Database } from '../../db/connection.js';
import type { Acceptance } from '../../db/store/types.js';
import type { StepStore } from '../../domain/kernel/store.js';
import { createRecordingMail } from '../../integrations/mail/recording.js';
import type { RecordingMail } from '../../integrations/mail/recording.js';
import { connectClient } from '../../messages/ringer.js';
import { createDependencies } from '../../workers/dependencies.js';
import type { Dependencies, Parts } from '../../workers/dependencies.js';
import { freshDatabase } from '../support/database.js';
import type { TestDatabase } from '../support/database.js';
import { TEST_NAMESPACE, temporalAddress, uniqueTaskQueue } from '../support/temporal.js';
import { workflowBundle } from './bundle.js';
import { errands } from './errand.js';
import type { ErrandStart } from './errand.js';
import { seedPeople } from './seed.js';

export const TENANT = 'acme';
export const LINK_SECRET = 'a secret of the tests';
/** A person of the End User; mail to this address is what the tests count. */
export const GUEST = { id: 'gwen', email: 'gwen@acme.example' };

Runtime.install({
  shutdownSignals: [],
  logger: new DefaultLogger('ERROR'),
  telemetryOptions: { logging: { filter: { core: 'ERROR', other: 'ERROR' } } },
});

export interface Bench {
  readonly url: string;
  readonly database: Database;
  readonly client: Client;
  readonly taskQueue: string;
  readonly mail: RecordingMail;
  readonly deps: Dependencies;
  /** Runs a worker of this process while `work` runs. */
  readonly withWorker: <T>(work: () => Promise<T>, options?: Partial<WorkerOptions>) => Promise<T>;
  readonly close: () => Promise<void>;
}

export async function openBench(
  parts: Partial<Parts> & {
    readonly address?: string;
    /** A migrated database without rows; without it one is made in the cluster of the run. */
    readonly fresh?: TestDatabase;
    readonly prepare?: (url: string) => Promise<void>;
    readonly wrapSteps?: (steps: StepStore) => StepStore;
  } = {},
): Promise<Bench> {
  const { address = await temporalAddress(), prepare, wrapSteps, ...changed } = parts;
  const fresh = changed.fresh ?? (await freshDatabase());
  await prepare?.(fresh.url);
  const database = connect({ databaseUrl: fresh.url, poolSize: 10 });
  await seedPeople(database);
  const client = changed.client ?? connectClient({ address, namespace: TEST_NAMESPACE });
  const taskQueue = uniqueTaskQueue();
  const mail = createRecordingMail();
  const plain = createDependencies({
    database,
    client,
    taskQueue,
    registry: errands,
    stores: {},
    mailPort: mail,
    mailFrom: 'care@provider.example',
    publicUrl: 'http://127.0.0.1:8088',
    linkSecret: LINK_SECRET,
    log: silentLog,
    ...changed,
  });
  const deps = wrapSteps ? { ...plain, steps: wrapSteps(plain.steps) } : plain;
  return {
    url: fresh.url,
    database,
    client,
    taskQueue,
    mail,
    deps,
    withWorker: (work, options) => runWorker({ address, taskQueue, deps }, work, options),
    close: async () => {
      await mail.close();
      await client.connection.close();
      await database.close();
      await fresh.drop();
    },
  };
}

async function runWorker<T>(
  at: { readonly address: string; readonly taskQueue: string; readonly deps: Dependencies },
  work: () => Promise<T>,
  options: Partial<WorkerOptions> = {},
): Promise<T> {
  const connection = await NativeConnection.connect({ address: at.address });
  try {
    const worker = await Worker.create({
      connection,
      namespace: TEST_NAMESPACE,
      taskQueue: at.taskQueue,
      workflowBundle: await workflowBundle(),
      activities: { ...createActivities(at.deps) },
      maxConcurrentWorkflowTaskExecutions: 20,
      maxCachedWorkflows: 400,
      ...options,
    });
    return await worker.runUntil(work);
  } finally {
    await connection.close();
  }
}

/** The start of an errand, to be accepted. */
export function startOf(
  processId: string,
  payload: Partial<ErrandStart> = {},
  slug = 'onboarding',
): Acceptance {
  return {
    tenantId: TENANT,
    processId,
    kind: 'start',
    name: 'start',
    payload: { guest: GUEST.id, limitMinutes: 10_000, tickMinutes: 9_000, ...payload },
    actor: null,
    onBehalfOf: null,
    expectedSeq: null,
    urgent: false,
    key: null,
    start: { slug, policyId: 'standard', policyVersion: 1, ownerId: 'olga' },
  };
}

/** A command of the guest, to be accepted; each has a key of its own. */
export function commandOf(processId: string, name: string, urgent = false): Acceptance {
  return {
    tenantId: TENANT,
    processId,
    kind: 'command',
    name,
    payload: {},
    actor: GUEST.id,
    onBehalfOf: null,
    expectedSeq: null,
    urgent,
    key: { principal: GUEST.id, value: randomUUID(), bodyHash: '' },
    start: null,
  };
}

export const newErrandId = (): string => `prc_${randomUUID().replaceAll('-', '')}`;

/** Accepts the start of an errand; nothing is rung. */
export async function acceptErrand(
  bench: Pick<Bench, 'deps'>,
  payload: Partial<ErrandStart> = {},
  slug = 'onboarding',
): Promise<{ readonly processId: string; readonly inboxId: string; readonly slug: string }> {
  const processId = newErrandId();
  const accepted = await bench.deps.work.accept(startOf(processId, payload, slug));
  if (accepted.kind !== 'accepted') throw new Error(`not accepted: ${accepted.kind}`);
  return { processId, inboxId: accepted.inboxId, slug };
}

/** Accepts an errand and starts its runner. */
export async function startErrand(
  bench: Pick<Bench, 'deps'>,
  payload: Partial<ErrandStart> = {},
  slug = 'onboarding',
): Promise<string> {
  const { processId, inboxId } = await acceptErrand(bench, payload, slug);
  await bench.deps.ringer.start({ tenantId: TENANT, processId, slug, lastSeq: 0 }, inboxId);
  return processId;
}

/** Accepts a command of the guest; gives the id of its row. Comes again where the process is busy, as a client does. */
export async function acceptCommand(
  bench: Pick<Bench, 'deps'>,
  processId: string,
  name: string,
  urgent = false,
): Promise<string> {
  for (;;) {
    const accepted = await bench.deps.work.accept(commandOf(processId, name, urgent));
    if (accepted.kind === 'accepted') return accepted.inboxId;
    if (accepted.kind !== 'busy') throw new Error(`not accepted: ${accepted.kind}`);
  }
}

/** Accepts a command and rings; what the runner answered, or null when it was not heard. */
export async function command(bench: Pick<Bench, 'deps'>, processId: string, name: string) {
  const inboxId = await acceptCommand(bench, processId, name);
  const rung = await bench.deps.ringer.ring(processId, inboxId);
  return { inboxId, answer: rung.reached ? rung.answer : null };
}
