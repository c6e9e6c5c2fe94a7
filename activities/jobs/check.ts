/** The scheduled run of the production checker: what must never be seen in the store is an ERROR in the log. */
import { runChecks } from '../../db/check/run.js';
import type { Runners } from '../../messages/runners.js';
import type { Database } from '../../db/connection.js';
import type { ActivityLog } from '../log.js';
import type { SystemJob } from './system-job.js';

const EVERY_MS = 10 * 60_000;

interface CheckDependencies {
  readonly database: Database;
  readonly runners: Runners;
  readonly log: ActivityLog;
}

export function checkJob({ database, runners, log }: CheckDependencies): SystemJob {
  return {
    name: 'check',
    everyMs: EVERY_MS,
    async run() {
      const results = await runChecks(database, { runners });
      const broken = results.filter((result) => result.count > 0);
      for (const { name, title, count, examples, remedy } of broken)
        log.error({ invariant: name, count, examples, remedy }, `${title}; see careplus check`);
      const counts = Object.fromEntries(broken.map(({ name, count }) => [name, count]));
      return { invariants: results.length, violated: broken.length, ...counts };
    },
  };
}
