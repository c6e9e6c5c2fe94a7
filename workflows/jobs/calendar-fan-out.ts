/** After a calendar changed: asks every process with running clocks of an older version to recalculate them. */
import { continueAsNew, proxyActivities, setCurrentDetails, sleep } from '@temporalio/workflow';
import type { CalendarActivities, CalendarFanOutInput } from '../messages.js';

const { recalculateBatch } = proxyActivities<CalendarActivities>({
  startToCloseTimeout: '60s',
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '60s' },
});

const BATCH = 200;
/** Leaves the workers to the people who wait for an answer: at most 200 processes in this time. */
const PAUSE_MS = 5_000;
const MOST_PAUSE_MS = 300_000;
const BATCHES_PER_RUN = 100;

/**
 * Repeated until no running clock has an older version: a process that started while the calendar changed may
 * have read the old one.
 */
export async function calendarFanOutWorkflow(input: CalendarFanOutInput): Promise<number> {
  let done = input.done ?? 0;
  let quiet = 0;
  for (let batch = 0; batch < BATCHES_PER_RUN; batch += 1) {
    const { asked, left } = await recalculateBatch({ ...input, limit: BATCH });
    done += asked;
    setCurrentDetails(`Asked ${done} times, ${left} processes to go.`);
    if (left === 0) return done;
    // Processes that were asked and have not answered yet (blocked ones never do) are waited for, ever longer.
    quiet = asked === 0 ? quiet + 1 : 0;
    const delayMs = Math.min(MOST_PAUSE_MS, PAUSE_MS * 2 ** quiet);
    await sleep(delayMs, { summary: 'next batch' });
  }
  return continueAsNew<typeof calendarFanOutWorkflow>({ ...input, done });
}
