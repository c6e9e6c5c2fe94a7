/** T3: receivers that do what they are asked and then fail, and callbacks that come twice and in any order. */
import type { AddressInfo } from 'node:net';
import type { Server } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Email } from 'postal-mime';
import { silentLog } from '../../activities/log.js';
import { createApp } from '../../api/app.js';
import { composeParts } from '../../api/compose.js';
import { defaultLimits } from '../../api/dependencies.js';
import { createLog } from '../../api/middleware/request-log.js';
import { recordingFiles } from '../../integrations/files/recording.js';
import { composeBounce } from '../../integrations/mail/catcher-reports.js';
import { readMailReport } from '../../integrations/mail/report.js';
import { createSmtpMail } from '../../integrations/mail/smtp.js';
import { startWorker } from '../../workers/run-worker.js';
import type { RunningWorker } from '../../workers/run-worker.js';
import { acceptCommand, acceptErrand, GUEST, openBench, TENANT } from '../engine/bench.js';
import type { Bench } from '../engine/bench.js';
import { workflowBundle } from '../engine/bundle.js';
import { errands } from '../engine/errand.js';
import { answersOf, until, untilNone } from '../engine/look.js';
import { violations } from '../engine/violations.js';
import { startSmtpReceiver } from '../mail/smtp-receiver.js';
import type { AfterKeeping, SmtpReceiver } from '../mail/smtp-receiver.js';
import { TEST_NAMESPACE, temporalAddress } from '../support/temporal.js';
import { seedOf } from '../time/seed.js';
import { receivedByKey } from './crowd.js';
import { Chance } from './chance.js';
import { cleanTime, limitOf, report } from './measure.js';
import { size } from './size.js';

const SIZE = size({
  small: { clean: 4, processes: 15, least: 2, testMs: 240_000 },
  full: { clean: 30, processes: 300, least: 30, testMs: 3_600_000 },
});
const CLAIM_MS = 10_000;
/** Claims run out one after another where the second attempt is cut off as well. */
const RECOVERY_MS = 60_000;
const CALLBACKS_AT_MOST = 3;
const CALLBACKS_TOGETHER = 200;

let bench: Bench;
let receiver: SmtpReceiver;
let worker: RunningWorker;
let api: Server;
let chance: Chance;
/** What was done to the effects, by what happened after they were done. */
let happened: Record<AfterKeeping | 'broken', number>;
let failing = false;

beforeEach(async () => {
  chance = new Chance(seedOf('T3'));
  // A test that ran out of time leaves its faults on.
  failing = false;
  happened = { ok: 0, drop: 0, fail: 0, hold: 0, broken: 0 };
  bench = await openBench();
  receiver = await startSmtpReceiver();
  receiver.afterKeeping(() => {
    const after = failing ? chance.of<AfterKeeping>('ok', 'ok', 'drop', 'fail', 'hold') : 'ok';
    happened[after] += 1;
    return after;
  });
  worker = await failingWorker();
  api = createApp({
    ...composeParts({ ...bench, registry: errands, stores: {} }),
    readMailReport,
    files: recordingFiles(),
    log: createLog('silent'),
    profile: 'dev',
    mailSecret: null,
    limits: { ...defaultLimits, requestsPerMinute: 100_000, patienceMs: 10_000 },
  }).listen(0, '127.0.0.1');
});
afterEach(async () => {
  await worker.shutdown();
  await new Promise((resolve) => api.close(resolve));
  await receiver.close();
  await bench.close();
});

/** The same worker, except that other processes, too, may do what they are asked while the answer is lost. */
async function failingWorker(): Promise<RunningWorker> {
  return startWorker({
    databaseUrl: bench.url,
    databasePool: 10,
    temporalAddress: await temporalAddress(),
    temporalNamespace: TEST_NAMESPACE,
    taskQueue: bench.taskQueue,
    workflowTasks: 20,
    cachedWorkflows: 400,
    codePath: (await workflowBundle()).codePath,
    registry: errands,
    stores: {},
    mailPort: createSmtpMail({ url: receiver.url }),
    mailFrom: 'care@provider.example',
    publicUrl: 'http://127.0.0.1:8088',
    linkSecret: 'a secret of the tests',
    log: silentLog,
    claimMs: CLAIM_MS,
    relayLimits: { everyMs: 200, ringAfterMs: 1_000, effectAfterMs: 1_000 },
    crash: async (point, claim) => {
      if (point !== 'afterCall' || !failing || claim.intent.kind === 'mail' || chance.of(1, 2, 3) > 1) return;
      happened.broken += 1;
      throw new Error('the answer is lost');
    },
  });
}

/** Starts processes with children and parents, and finishes them. */
async function lives(count: number): Promise<void> {
  const { processId: parentId } = await acceptErrand(bench);
  const rows: string[] = [];
  for (let index = 0; index < count; index += 1) {
    const { processId, inboxId } = await acceptErrand(bench, { parentId, child: index % 3 === 0 });
    rows.push(
      inboxId,
      await acceptCommand(bench, processId, 'touch'),
      await acceptCommand(bench, processId, 'finish'),
    );
  }
  const decided = async () => (await answersOf(bench, rows)).every((answer) => answer === 'accepted');
  await until('everything is decided', decided, 300_000);
}

const atRest = (what: string, withinMs: number) => untilNone(what, () => violations(bench), withinMs);

interface Outcome {
  readonly key: string;
  readonly kind: string;
  readonly state: string;
  readonly tasks: number;
  readonly bounces: number;
}

async function outcomes(): Promise<readonly Outcome[]> {
  return bench.database.as('step', { tenant: TENANT }, async (trx) =>
    trx.rows<Outcome>(
      `select key, kind, state,
         (select count(*)::integer from tasks t
           where t.process_id = e.process_id and t.kind = 'attention' and t.subject = e.id) as tasks,
         (select count(*)::integer from inbox i
           where i.process_id = e.process_id and i.name = 'undeliverable'
             and i.payload ->> 'effectKey' = e.key) as bounces
         from effects e`,
    ),
  );
}

/** Posts a report about a message that came back; gives what the API says to it. */
async function bounce(mail: Email): Promise<number> {
  const headers = mail.headers.map(({ originalKey, value }) => `${originalKey}: ${value}`).join('\r\n');
  const message = {
    n: 1,
    from: 'care@provider.example',
    to: [GUEST.email],
    subject: '',
    messageId: mail.messageId,
  };
  const raw = composeBounce(
    message as Parameters<typeof composeBounce>[0],
    Buffer.from(headers),
    GUEST.email,
  );
  const { port } = api.address() as AddressInfo;
  const answer = await fetch(`http://127.0.0.1:${String(port)}/v1/mail/reports`, {
    method: 'POST',
    headers: { 'content-type': 'message/rfc822' },
    body: new Uint8Array(raw),
  });
  await answer.text();
  return answer.status;
}

describe('receivers that act and then fail', () => {
  it(
    'T3: get each message at most once, and each order to a process exactly once',
    async () => {
      const clean = await cleanTime(async () => {
        await lives(SIZE.clean);
        await atRest('the clean ones are settled', 120_000);
      });
      const limit = limitOf((clean / SIZE.clean) * SIZE.processes, RECOVERY_MS);
      failing = true;
      await lives(SIZE.processes);
      await atRest('nothing is left in the middle', limit);
      failing = false;
      report('T3', { clean, limit, ...happened });
      for (const fault of ['drop', 'fail', 'hold', 'broken'] as const)
        expect([fault, happened[fault] >= SIZE.least]).toEqual([fault, true]);

      const received = receivedByKey(receiver);
      expect([...received].filter(([, count]) => count > 1)).toEqual([]);
      for (const { key, kind, state, tasks } of await outcomes()) {
        if (kind !== 'mail') expect([key, state]).toEqual([key, 'confirmed']);
        // One automatic message and one task for a person, never more of either.
        else expect([key, state, tasks]).toEqual([key, state, state === 'unknown' ? 1 : 0]);
      }
      const told = await bench.database.as('step', { tenant: TENANT }, async (trx) =>
        trx.rows<{ asked: number; done: number }>(
          `select (select count(*)::integer from effects where kind = 'startProcess') as asked,
             (select count(*)::integer from processes where data ->> 'parentId' <> '' and not exists (
                select from effects e where e.kind = 'tellProcess' and e.process_id = processes.id)) as done`,
        ),
      );
      expect(told[0]?.asked).toBe(told[0]?.done);
    },
    SIZE.testMs,
  );

  it(
    'T3: report twice and in any order, and are heard once',
    async () => {
      await lives(SIZE.processes);
      await atRest('the messages are out', RECOVERY_MS + SIZE.processes * 1_000);
      const mails = receiver.received.filter((mail) => mail.to?.[0]?.address === GUEST.email);
      const twice = mails.flatMap((mail) =>
        Array.from({ length: 1 + chance.below(CALLBACKS_AT_MOST) }, () => mail),
      );
      const statuses: number[] = [];
      const disordered = chance.shuffled(twice);
      // Together, so that doubles meet; no more at once than a listening socket keeps waiting (511).
      for (let from = 0; from < disordered.length; from += CALLBACKS_TOGETHER)
        statuses.push(...(await Promise.all(disordered.slice(from, from + CALLBACKS_TOGETHER).map(bounce))));
      expect(statuses.filter((status) => status === 202)).toHaveLength(mails.length);
      expect(statuses.every((status) => status === 200 || status === 202)).toBe(true);
      expect(twice.length).toBeGreaterThan(mails.length);
      await atRest('everybody has heard', RECOVERY_MS + SIZE.processes * 1_000);
      const keys = new Set(receivedByKey({ received: mails }).keys());
      const bounced = (await outcomes()).filter(({ key }) => keys.has(key));
      expect(bounced.filter(({ bounces }) => bounces !== 1)).toEqual([]);
      report('T3 callbacks', { messages: mails.length, callbacks: twice.length });
    },
    SIZE.testMs,
  );
});
