/** T5: Postgres is killed with -9 under load, and started again on what it left. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chmodSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { isInfrastructure } from '../../db/infrastructure.js';
import { migrate } from '../../db/migrate.js';
import { startPostgres, type PostgresServer } from '../../workers/servers/postgres.js';
import { openBench, TENANT } from '../engine/bench.js';
import type { Bench } from '../engine/bench.js';
import { childPlan, Workers } from '../engine/child.js';
import { startSmtpReceiver } from '../mail/smtp-receiver.js';
import type { SmtpReceiver } from '../mail/smtp-receiver.js';
import { size } from './size.js';
import { weather } from './storm.js';

const SIZE = size({
  small: { clean: 10, everyMs: 1_500, forMs: 0, atLeast: 1, reads: 3, testMs: 240_000 },
  full: { clean: 50, everyMs: 12_000, forMs: 60_000, atLeast: 5, reads: 50, testMs: 3_600_000 },
});
const CLAIM_MS = 8_000;
/** Claims whose settlement was cut off run out, the relay looks, runners wait up to a minute for a store that was away. */
const RECOVERY_MS = 90_000;

/** What was committed outlives the process, not the machine: it is with the system when the caller hears of it. */
const SETTINGS = { fsync: 'off', full_page_writes: 'off', synchronous_commit: 'on' };

let folder: string;
let server: PostgresServer;
let bench: Bench;
let receiver: SmtpReceiver;

const start = (port: number): Promise<PostgresServer> =>
  startPostgres({ dataDir: folder, port, settings: SETTINGS, log: () => undefined });

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'careplus-postgres-'));
  // Postgres runs under another account when the tests run as root, and must be able to enter.
  chmodSync(folder, 0o755);
  server = await start(0);
  await migrate(server.url);
  bench = await openBench({ fresh: { url: server.url, drop: async () => undefined } });
  receiver = await startSmtpReceiver();
}, 120_000);
afterEach(async () => {
  await receiver.close();
  await bench.close();
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

async function killAndStart(): Promise<boolean> {
  process.kill(server.process.pid, 'SIGKILL');
  await server.process.gone;
  server = await start(server.port);
  return true;
}

/** Books that do not balance at this moment; null when nobody can look. */
async function unbalanced(): Promise<readonly string[] | null> {
  try {
    return await bench.database.as('step', { tenant: TENANT }, async (trx) => {
      const rows = await trx.rows<{ id: string }>(
        `select p.id from processes p
          where p.seq <> (select count(*) from events e where e.process_id = p.id)
             or p.seq <> (select coalesce(max(seq), 0) from events e where e.process_id = p.id)
             or p.inbox_number <> (select count(*) from inbox i where i.process_id = p.id)
             or exists (select from inbox i where i.process_id = p.id and i.state = 'answered'
                  and i.answer ->> 'outcome' = 'accepted' and p.seq = 0)`,
      );
      return rows.map(({ id }) => id);
    });
  } catch (error) {
    if (!isInfrastructure(error)) throw error;
    return null;
  }
}

describe('a Postgres that is killed with -9', () => {
  it(
    'T5: loses no acknowledged write, and its books balance in every read',
    async () => {
      const workers = new Workers(await childPlan(bench, { smtpUrl: receiver.url, claimMs: CLAIM_MS }), 1);
      await workers.start();
      const wrong: string[] = [];
      let reads = 0;
      let looking = true;
      const reader = (async () => {
        while (looking) {
          const found = await unbalanced();
          if (found) {
            reads += 1;
            wrong.push(...found);
          }
          await new Promise((resolve) => setTimeout(resolve, 200));
        }
      })();
      try {
        const crowd = await weather({
          ...SIZE,
          name: 'T5',
          bench,
          receiver,
          workers,
          fault: killAndStart,
          recoveryMs: RECOVERY_MS,
        });
        expect(crowd.retried).toBeGreaterThan(0);
        expect(reads).toBeGreaterThan(SIZE.reads);
        expect(wrong).toEqual([]);
      } finally {
        looking = false;
        await reader;
        await workers.stop();
      }
    },
    SIZE.testMs,
  );
});
