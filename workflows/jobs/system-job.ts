/** One run of one system job. A Schedule starts it; what it does is an activity, bounded in time and in attempts. */
import { proxyActivities } from '@temporalio/workflow';
import type { SystemJobActivities, SystemJobReport } from '../messages.js';

const jobs = proxyActivities<SystemJobActivities>({
  startToCloseTimeout: '10m',
  // The next run of the Schedule is the real retry; a run that hangs on would keep it from starting.
  retry: { initialInterval: '5s', backoffCoefficient: 3, maximumAttempts: 3 },
});

/** Fails when the job failed at every attempt; the job's heartbeat then grows old, which is an alarm by itself. */
export async function systemJobWorkflow(name: string): Promise<SystemJobReport> {
  return jobs.runSystemJob.executeWithOptions({ summary: `job ${name}` }, [name]);
}
