/** T6: connections to Postgres are ended from its side all the time. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { openBench } from '../engine/bench.js';
import type { Bench } from '../engine/bench.js';
import { childPlan, Workers } from '../engine/child.js';
import { startSmtpReceiver } from '../mail/smtp-receiver.js';
import type { SmtpReceiver } from '../mail/smtp-receiver.js';
import { size } from './size.js';
import { weather } from './storm.js';

const SIZE = size({
  small: { clean: 10, forMs: 4_000, atLeast: 10, testMs: 400_000 },
  full: { clean: 50, forMs: 60_000, atLeast: 150, testMs: 3_600_000 },
});
const EVERY_MS = 250;
const CLAIM_MS = 8_000;
/** Claims run out whose settlement was cut off, the relay looks, runners try again. */
const RECOVERY_MS = 25_000;

/** One of the connections that worker and callers have, whatever it is doing. */
const TERMINATE = `
  select pg_terminate_backend(pid) as ended from pg_stat_activity
   where datname = current_database() and application_name like 'careplus%' order by random() limit 1`;

let bench: Bench;
let receiver: SmtpReceiver;
let admin: pg.Client;
beforeEach(async () => {
  bench = await openBench();
  receiver = await startSmtpReceiver();
  admin = new pg.Client({ connectionString: bench.url, application_name: 'storm' });
  await admin.connect();
});
afterEach(async () => {
  await admin.end();
  await receiver.close();
  await bench.close();
});

describe('connections that Postgres ends', () => {
  it(
    'T6: lose nothing and double nothing, whatever they were used for',
    async () => {
      const workers = new Workers(await childPlan(bench, { smtpUrl: receiver.url, claimMs: CLAIM_MS }), 1);
      await workers.start();
      try {
        const crowd = await weather({
          ...SIZE,
          name: 'T6',
          bench,
          receiver,
          workers,
          fault: async () => (await admin.query<{ ended: boolean }>(TERMINATE)).rows[0]?.ended === true,
          everyMs: EVERY_MS,
          recoveryMs: RECOVERY_MS,
        });
        expect(crowd.size).toBeGreaterThan(SIZE.clean);
        // It was felt: by callers, or by the worker, which says so in its log.
        expect(crowd.retried + workers.said.length).toBeGreaterThan(0);
      } finally {
        await workers.stop();
      }
    },
    SIZE.testMs,
  );
});
