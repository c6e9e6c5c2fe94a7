/** T18: runs that end all the time and go on as new ones apply every message once. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { advanceProcess } from '../../activities/advance.js';
import { acceptCommand, command, openBench, startErrand, TENANT } from './bench.js';
import type { Bench } from './bench.js';
import { answersOf, eventsOf, statusOf, until, untilOver } from './look.js';

const PROCESSES = 4;
const MESSAGES = 20;

let bench: Bench;
beforeAll(async () => {
  bench = await openBench({ eventsPerRun: 20 });
});
afterAll(async () => {
  await bench.close();
});

describe('a runner that continues as new every 20 events', () => {
  it('applies every message once, one after another and in bursts', async () => {
    await bench.withWorker(async () => {
      const ids = await Promise.all(Array.from({ length: PROCESSES }, () => startErrand(bench)));
      const rows = await Promise.all(ids.map((processId, index) => sendMessages(processId, index % 2 === 0)));
      for (const [index, processId] of ids.entries()) {
        const answers = await answersOf(bench, rows[index] ?? []);
        expect(answers).toEqual(Array.from({ length: MESSAGES }, () => 'accepted'));
        expect((await statusOf(bench, processId))?.data?.['touches']).toBe(MESSAGES);
        const touched = (await eventsOf(bench, processId)).filter((event) => event.endsWith('.touched'));
        expect(touched).toHaveLength(MESSAGES);
        await command(bench, processId, 'finish');
        await untilOver(bench, processId);
        expect(await runsOf(processId)).toBeGreaterThan(2);
      }
    });
  }, 60_000);
});

/** Sends the messages; what is not heard (a run that just ended) is rung for again, as the relay would. */
async function sendMessages(processId: string, inBursts: boolean): Promise<readonly string[]> {
  const rows: string[] = [];
  const size = inBursts ? 10 : 1;
  for (let sent = 0; sent < MESSAGES; sent += size) {
    const burst = Array.from(
      { length: size },
      async () => (await command(bench, processId, 'touch')).inboxId,
    );
    rows.push(...(await Promise.all(burst)));
  }
  const input = { tenantId: TENANT, processId, slug: 'onboarding', lastSeq: 0 };
  await bench.deps.ringer.wake(input);
  await until('every row is decided', async () => !(await answersOf(bench, rows)).includes(null));
  return rows;
}

/** How many runs the process had: the chain of continued ones, from the last back to the first. */
async function runsOf(processId: string): Promise<number> {
  let runs = 0;
  let runId: string | undefined;
  for (;;) {
    const handle = bench.client.workflow.getHandle(processId, runId);
    const [started] = (await handle.fetchHistory()).events ?? [];
    const before = started?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId;
    runs += 1;
    if (!before) return runs;
    runId = before;
  }
}

describe('the command after the end', () => {
  it('is refused as CLOSED by whoever steps, and restarts nothing', async () => {
    await bench.withWorker(async () => {
      const processId = await startErrand(bench, { limitMinutes: 0.01 });
      await untilOver(bench, processId);
      await bench.client.workflow.getHandle(processId).result();
      const row = await acceptCommand(bench, processId, 'touch');
      expect(await bench.deps.ringer.ring(processId, row, { deadlineMs: 2_000 })).toMatchObject({
        reached: false,
      });
      const now = await bench.deps.clock.now();
      await advanceProcess(bench.deps, { tenantId: TENANT, processId, now, lastSeq: 0 });
      expect((await bench.deps.work.readInbox(TENANT, row))?.answer).toMatchObject({
        outcome: 'refused',
        code: 'PROCESS_CLOSED',
      });
    });
  });
});
