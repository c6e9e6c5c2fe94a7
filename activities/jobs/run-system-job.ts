/** Runs one system job by its name and keeps its heartbeat. */
import { ApplicationFailure } from '@temporalio/common';
import type { Heartbeats } from '../../db/jobs/heartbeats.js';
import type { SystemJobActivities } from '../../workflows/messages.js';
import { nameOf } from '../failure.js';
import type { ActivityLog } from '../log.js';
import type { SystemJob } from './system-jobs.js';

export interface RunJobDependencies {
  readonly jobs: readonly SystemJob[];
  readonly heartbeats: Pick<Heartbeats, 'succeeded' | 'failed'>;
  readonly log: ActivityLog;
}

export function systemJobs({ jobs, heartbeats, log }: RunJobDependencies): SystemJobActivities {
  return {
    async runSystemJob(name) {
      const job = jobs.find((one) => one.name === name);
      // A worker of an older version; one of the newer version takes the next run.
      if (!job) throw ApplicationFailure.nonRetryable(`There is no job ${name}.`, 'UnknownJob');
      const since = performance.now();
      try {
        const report = await job.run();
        await heartbeats.succeeded(job, report);
        log.info({ job: name, ms: Math.round(performance.now() - since), ...report }, 'a job was done');
        return report;
      } catch (error) {
        await heartbeats.failed(job, nameOf(error));
        throw error;
      }
    },
  };
}
