/** Every activity that a worker offers, by its wire name. */
import type {
  CalendarActivities,
  EffectKind,
  RunnerActivities,
  SystemJobActivities,
} from '../workflows/messages.js';
import { advanceProcess } from './advance.js';
import type { AdvanceDependencies } from './advance.js';
import { withoutContents } from './failure.js';
import { calendarFanOut } from './jobs/calendar-fan-out.js';
import type { FanOutDependencies } from './jobs/calendar-fan-out.js';
import { systemJobs } from './jobs/run-system-job.js';
import type { RunJobDependencies } from './jobs/run-system-job.js';
import { performEffect } from './perform.js';
import type { PerformDependencies } from './perform.js';

export type ActivityDependencies = AdvanceDependencies &
  PerformDependencies &
  FanOutDependencies &
  RunJobDependencies;

export function createActivities(
  deps: ActivityDependencies,
): RunnerActivities & CalendarActivities & SystemJobActivities {
  const perform = (name: EffectKind) =>
    withoutContents(name, deps.log, (input: Parameters<RunnerActivities['mail']>[0]) =>
      performEffect(deps, input),
    );
  const fanOut = calendarFanOut(deps);
  const jobs = systemJobs(deps);
  return {
    advance: withoutContents('advance', deps.log, (input) => advanceProcess(deps, input)),
    park: withoutContents('park', deps.log, async ({ tenantId, processId, problem }) => {
      deps.log.error({ tenantId, processId }, problem);
      await deps.work.park({ tenantId, processId }, null, problem);
    }),
    mail: perform('mail'),
    page: perform('page'),
    startProcess: perform('startProcess'),
    tellProcess: perform('tellProcess'),
    recalculateBatch: withoutContents('recalculateBatch', deps.log, (input) =>
      fanOut.recalculateBatch(input),
    ),
    runSystemJob: withoutContents('runSystemJob', deps.log, (name) => jobs.runSystemJob(name)),
  };
}
