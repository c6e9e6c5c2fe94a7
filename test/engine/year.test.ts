/** A year passes: on the server that skips time, over a Postgres whose business time follows. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { installTestClock } from '../../db/test-clock.js';
import { timeSkippingServer } from '../support/temporal.js';
import { acceptErrand, openBench, TENANT } from './bench.js';
import type { Bench } from './bench.js';
import { eventsOf, statusOf } from './look.js';
import { violations } from './violations.js';

const DAY_MINUTES = 24 * 60;
const YEAR_DAYS = 365;
const WEEK_DAYS = 7;

let server: TestWorkflowEnvironment;
let bench: Bench;
beforeAll(async () => {
  server = await timeSkippingServer();
  bench = await openBench({ address: server.address, client: server.client, prepare: installTestClock });
});
afterAll(async () => {
  await bench.close();
  await server.teardown();
});

describe('a year in which nobody acts', () => {
  it('fires every weekly mark at its own instant, ends at the limit, and sends two mails', async () => {
    const { processId, inboxId, slug } = await acceptErrand(bench, {
      limitMinutes: YEAR_DAYS * DAY_MINUTES,
      tickMinutes: WEEK_DAYS * DAY_MINUTES,
    });
    await bench.withWorker(async () => {
      await bench.deps.ringer.start({ tenantId: TENANT, processId, slug, lastSeq: 0 }, inboxId);
      await server.client.workflow.getHandle(processId).result();
    });
    expect(await statusOf(bench, processId)).toMatchObject({ status: 'done', over: true });
    const ticks = (await eventsOf(bench, processId)).filter((event) => event.endsWith('.ticked'));
    expect(ticks).toHaveLength(Math.floor(YEAR_DAYS / WEEK_DAYS));
    expect(bench.mail.attempts).toHaveLength(2);
    expect(await violations(bench)).toEqual([]);
    const days = await bench.database.as('step', { tenant: TENANT }, async (trx) =>
      trx.rows<{ days: number }>(
        `select round(extract(epoch from at - min(at) over ()) / 86400.0, 6)::float8 as days
           from events where event like '%.ticked' or event like '%.started' or event like '%.expired' order by at`,
      ),
    );
    // The year ends a day after the 52nd week; business instants do not drift however late a timer fires.
    const expected = [...Array.from({ length: 53 }, (_, week) => week * WEEK_DAYS), YEAR_DAYS];
    expect(days.map((row) => row.days)).toEqual(expected);
  }, 60_000);
});
