/** The registry of system jobs: what the installation does by itself again and again, and how often. */
import type { Client } from '@temporalio/client';
import type { Database } from '../../db/connection.js';
import type { WorkStore } from '../../db/store/types.js';
import type { Registry } from '../../domain/kernel/advance.js';
import type { Ringer } from '../../messages/ringer.js';
import { runners } from '../../messages/runners.js';
import type { BusinessClock } from '../business-clock.js';
import type { ActivityLog } from '../log.js';
import type { HistoryArchive } from '../../integrations/archive/port.js';
import { archiveJob } from './archive.js';
import { checkJob } from './check.js';
import { checkpointJob } from './checkpoint.js';
import type { CheckpointDependencies } from './checkpoint.js';
import type { SystemJob } from './system-job.js';

export type { SystemJob } from './system-job.js';

export interface SystemJobDependencies {
  readonly database: Database;
  readonly client: Client;
  readonly taskQueue: string;
  readonly work: WorkStore;
  readonly ringer: Ringer;
  readonly registry: Registry;
  readonly clock: BusinessClock;
  readonly log: ActivityLog;
  /** What lies outside of database and engine; without it nothing is checkpointed or archived. */
  readonly outside?: AuditOutside;
}

/** Where the audit goes beyond the database. */
export interface AuditOutside extends Pick<CheckpointDependencies, 'signer' | 'places'> {
  readonly archive: HistoryArchive;
}

/** Every job; one line each. A job that leaves this list is taken off the engine at the next start of a worker. */
export function createSystemJobs(deps: SystemJobDependencies): readonly SystemJob[] {
  const { client, taskQueue, registry } = deps;
  const running = runners(client, taskQueue, Object.keys(registry.definitions));
  return [checkJob({ ...deps, runners: running }), ...auditJobs(deps)];
}

function auditJobs({ outside, ...deps }: SystemJobDependencies): readonly SystemJob[] {
  return outside ? [checkpointJob({ ...deps, ...outside }), archiveJob({ ...deps, ...outside })] : [];
}
