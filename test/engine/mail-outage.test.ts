/** The mail server is away for a day: nothing is held open, and when it is back mail goes out in its order, no burst. */
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Email } from 'postal-mime';
import { advanceProcess } from '../../activities/advance.js';
import { performEffect } from '../../activities/perform.js';
import { BusinessClock } from '../../db/business-clock.js';
import { readStanding } from '../../db/read/gauges.js';
import { installTestClock } from '../../db/test-clock.js';
import { createSmtpMail } from '../../integrations/mail/smtp.js';
import { mailQueueRound } from '../../workers/mail-queue.js';
import { startSmtpReceiver, type SmtpReceiver } from '../mail/smtp-receiver.js';
import { startProxyFor, type Proxy } from '../support/proxy.js';
import { acceptCommand, openBench, TENANT, type Bench } from './bench.js';
import { promises } from './promise.js';

const MINUTE = 60_000;
let bench: Bench;
let receiver: SmtpReceiver;
let server: Proxy;

beforeEach(async () => {
  receiver = await startSmtpReceiver();
  server = await startProxyFor(receiver.url);
  bench = await openBench({
    registry: promises,
    mailPort: createSmtpMail({ url: server.through(receiver.url) }),
    prepare: installTestClock,
  });
});
afterEach(async () => {
  await bench.close();
  await server.close();
  await receiver.close();
});

const ids = new Set<string>();

async function aPromise(title: string): Promise<string> {
  const processId = `prc_${randomUUID().replaceAll('-', '')}`;
  const accepted = await bench.deps.work.accept({
    ...{ tenantId: TENANT, processId, kind: 'start', name: 'start', payload: { title } },
    ...{ actor: null, onBehalfOf: null, expectedSeq: null, urgent: false, key: null },
    start: { slug: 'onboarding', policyId: 'standard', policyVersion: 1, ownerId: 'olga' },
  });
  if (accepted.kind !== 'accepted') throw new Error(`not accepted: ${accepted.kind}`);
  ids.add(processId);
  await work();
  return processId;
}

/** What runners do: steps until nothing is due, and every effect that is due is tried. */
async function work(): Promise<void> {
  for (const processId of ids) {
    for (let round = 0; round < 100; round += 1) {
      const now = await bench.deps.clock.now();
      const report = await advanceProcess(bench.deps, { tenantId: TENANT, processId, now, lastSeq: 0 });
      for (const effect of report.effects.filter((one) => one.nextAttemptAt <= now))
        await performEffect(bench.deps, { tenantId: TENANT, effectId: effect.id });
      if (!report.pending && (report.nextMarkAt ?? Infinity) > now) break;
    }
  }
}

async function pass(minutes: number): Promise<void> {
  const now = await bench.deps.clock.now();
  await new BusinessClock(bench.database).raiseTo(now + minutes * MINUTE);
}

/** Rounds of the queue until it is empty. */
async function drain(): Promise<void> {
  for (let round = 0; round < 10; round += 1) await mailQueueRound(bench.deps, new AbortController().signal);
}

interface Row {
  readonly id: string;
  readonly notice: string;
  readonly state: string;
  readonly attempts: number;
  readonly supersededBy: string | null;
  readonly problem: string | null;
}

async function mailRows(processId: string, notice: string): Promise<readonly Row[]> {
  return bench.database.as('step', { tenant: TENANT }, async (trx) =>
    trx.rows<Row>(
      `select id, content ->> 'notice' as notice, state, attempts, superseded_by as "supersededBy", problem
         from effects where process_id = :processId and content ->> 'notice' = :notice order by not_before`,
      { processId, notice },
    ),
  );
}

const route = async () => (await bench.deps.work.mailRoute()).state;
const noticeOf = (mail: Email) =>
  (mail.headers.find(({ key }) => key === 'x-careplus-key')?.value ?? '').split('|')[2];

beforeEach(() => ids.clear());

describe('while the mail server is away', () => {
  it('nothing is held open: one message in thirty seconds tries it, the others wait without an attempt', async () => {
    await server.set({ kind: 'reset' });
    const first = await aPromise('one');
    expect(await route()).toBe('down');
    expect(server.counts.connections).toBe(1);
    const second = await aPromise('two');
    expect(await mailRows(first, 'begun')).toMatchObject([{ state: 'planned', attempts: 0 }]);
    expect(await mailRows(second, 'begun')).toMatchObject([
      { state: 'planned', attempts: 0, problem: 'The mail server is away.' },
    ]);
    await pass(24 * 60);
    await work();
    expect(server.counts.connections).toBe(1);
    // Half a hundred reminders wait by now; the next one to try is one, and not again before half a minute.
    await drain();
    expect(server.counts.connections).toBe(2);
    expect((await mailRows(first, 'stillDue')).length).toBeGreaterThan(40);
    expect(await route()).toBe('down');
    await server.set({ kind: 'pass' });
    await pass(1);
    await drain();
    expect(await route()).toBe('up');
    expect(receiver.received.map(noticeOf)).toEqual(['begun', 'begun', 'stillDue', 'stillDue']);
  });
});

describe('an operator', () => {
  it('is alarmed: what waits for the server is old, however often it is put off', async () => {
    const age = async () =>
      (await readStanding(bench.database)).effects.find(({ state }) => state === 'planned')?.oldestSeconds ??
      0;
    await server.set({ kind: 'reset' });
    await aPromise('one');
    for (let minutes = 0; minutes < 20; minutes += 5) {
      await pass(5);
      await work();
      await drain();
    }
    // CareplusEffectsStuck asks for 900.
    expect(await age()).toBeGreaterThan(900);
    await server.set({ kind: 'pass' });
    await pass(1);
    await drain();
    expect(await age()).toBe(0);
  });

  it('is not alarmed by a message that the server puts off for itself', async () => {
    receiver.treatNext('gwen@acme.example', 'defer');
    await aPromise('one');
    await pass(20);
    await work();
    const { effects } = await readStanding(bench.database);
    expect(effects.filter(({ oldestSeconds }) => oldestSeconds > 0)).toEqual([]);
  });
});

describe('when the mail server is back', () => {
  it('one mail stands for three reminders of one promise, two promises are two mails, urgent ones go first', async () => {
    const one = await aPromise('one');
    const two = await aPromise('two');
    expect(receiver.received).toHaveLength(2);
    await server.set({ kind: 'refuse' });
    for (const minutes of [31, 30, 30]) {
      await pass(minutes);
      await work();
    }
    await acceptCommand({ deps: bench.deps }, two, 'ring');
    const late = await aPromise('late');
    expect(receiver.received).toHaveLength(2);
    expect((await mailRows(one, 'stillDue')).map((row) => row.state)).toEqual([
      'planned',
      'planned',
      'planned',
    ]);
    await server.set({ kind: 'pass' });
    await pass(1);
    await work();
    expect(receiver.received).toHaveLength(2);
    await drain();
    const order = receiver.received.slice(2).map(noticeOf);
    expect(order).toEqual(['alarm', 'stillDue', 'stillDue', 'begun']);
    for (const processId of [one, two]) {
      const [half, due, again] = await mailRows(processId, 'stillDue');
      expect(again).toMatchObject({ state: 'confirmed', supersededBy: null });
      const replaced = {
        state: 'superseded',
        supersededBy: again?.id,
        problem: 'A newer reminder of the same stands for it: mail was away.',
      };
      expect([half, due]).toMatchObject([replaced, replaced]);
    }
    expect(await mailRows(late, 'begun')).toMatchObject([{ state: 'confirmed' }]);
    const reminder = receiver.received.find((mail) => noticeOf(mail) === 'stillDue');
    expect(reminder?.text).toMatch(/also stands for the earlier reminders of:\n\n- .+\n- .+\n/);
    expect(await route()).toBe('up');
  });

  it('a reminder of what was done meanwhile is dropped, but not the first that its recipient would hear', async () => {
    const heard = await aPromise('heard');
    const unheard = await aPromise('unheard');
    await pass(31);
    const held = new Set([unheard]);
    for (const processId of [...held]) ids.delete(processId);
    await work();
    ids.add(unheard);
    await server.set({ kind: 'refuse' });
    await work();
    await pass(30);
    await work();
    for (const processId of [heard, unheard]) await acceptCommand({ deps: bench.deps }, processId, 'keep');
    await work();
    await server.set({ kind: 'pass' });
    await pass(1);
    await drain();
    expect((await mailRows(heard, 'stillDue')).map((row) => row.state)).toEqual(['confirmed', 'dropped']);
    expect((await mailRows(unheard, 'stillDue')).map((row) => row.state)).toEqual([
      'superseded',
      'confirmed',
    ]);
    expect(await mailRows(heard, 'kept')).toMatchObject([{ state: 'confirmed' }]);
    await work();
    const over = await bench.database.as('step', { tenant: TENANT }, async (trx) =>
      trx.rows<{ over: boolean }>('select over from processes order by id'),
    );
    expect(over).toEqual([{ over: true }, { over: true }]);
  });
});

describe('while mail works', () => {
  it('two reminders that wait for the same morning both go out', async () => {
    const one = await aPromise('one');
    await pass(61);
    await work();
    expect((await mailRows(one, 'stillDue')).map((row) => row.state)).toEqual(['confirmed', 'confirmed']);
  });

  it('a message that the server puts off for itself keeps nobody else waiting', async () => {
    receiver.treatNext('gwen@acme.example', 'defer');
    const one = await aPromise('one');
    expect(await route()).toBe('up');
    expect(await mailRows(one, 'begun')).toMatchObject([{ state: 'planned', attempts: 1 }]);
    await pass(31);
    await work();
    expect(receiver.received.map(noticeOf)).toEqual(['begun', 'stillDue']);
  });
});
