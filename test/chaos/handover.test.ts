/** A hand-over while the worker is killed with -9: at no instant is anything without an owner (service spec §3 R6). */
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { runChecks } from '../../db/check/run.js';
import { example, expected, openApi, type ApiBench } from '../api/support/bench.js';
import { childPlan, Workers } from '../engine/child.js';
import { startSmtpReceiver, type SmtpReceiver } from '../mail/smtp-receiver.js';
import { report } from './measure.js';
import { size } from './size.js';

const SIZE = size({
  small: { contracts: 1, rounds: 1, testMs: 900_000 },
  full: { contracts: 30, rounds: 10, testMs: 3_600_000 },
});
const POLL_MS = 20;
/** Long enough for the first message of a worker that has just started, beside other programs. */
const CLAIM_MS = 8_000;
/**
 * A worker starts, activities of the one killed run out (40 s), the relay finds what became unknown, an operator decides,
 * and it is sent again: a minute and a half by design, on a machine that has other work too.
 */
const RECOVERY_MS = 300_000;
const SAM = 'sam-rivers';
const ROBIN = 'robin-lake';
const KIM = 'kim-field';

/** What R6 forbids at any instant, and what the steps of the contracts have not reached yet. */
const OWNERS = `
  select count(*) filter (where p.owner_id is null or p.owner_id = '' or not exists (
      select from people o where o.id = p.owner_id and o.tenant_id = 'provider'))::integer as ownerless,
    count(*) filter (where p.seq > 0 and not p.closed and p.tenant_id <> 'provider' and exists (
      select from absences a where a.person_id = p.owner_id and a.begun))::integer as behind
    from processes p`;

let api: ApiBench;
let receiver: SmtpReceiver;
let workers: Workers;
/** How many processes are his before anything is handed over. */
let his = 0;
/** The hand-over that was last. */
let last = '';
beforeAll(async () => {
  [api, receiver] = await Promise.all([openApi({ worker: false }), startSmtpReceiver()]);
  const plan = { smtpUrl: receiver.url, claimMs: CLAIM_MS, product: true } as const;
  workers = new Workers(await childPlan(api, plan), 1);
  await workers.start();
  for (let index = 0; index < SIZE.contracts; index += 1) await aFamily(`handed-${String(index)}`);
  await eventually('every process that belongs to them has started', allStarted);
  his = await ownedBy(SAM);
}, 900_000);
afterAll(async () => {
  await workers.stop();
  await receiver.close();
  await api.close();
}, 60_000);

/** A contract in force with its onboarding and what that starts; mail to its people goes out at any hour. */
async function aFamily(id: string): Promise<void> {
  const file = example('contract.yaml');
  const [contact] = file['contacts'] as object[];
  const [site] = file['sites'] as object[];
  const { processId } = await post('/v1/contracts', {
    file: {
      ...file,
      id,
      number: id,
      calendar: 'round-the-clock',
      endUser: { id: `${id}-user`, name: id },
      sites: [{ ...site, id: `${id}-site` }],
      contacts: [{ ...contact, id: `${id}-contact`, email: `contact@${id}.example`, deputy: undefined }],
    },
  });
  await post(`/v1/processes/${processId}/commands/activate`, { portalRegisteredOn: '2026-11-02' });
  await post('/v1/processes/onboarding', { contractId: id });
}

/** Asks, and waits for the step where the worker was away. */
async function post(path: string, body: unknown, as = KIM): Promise<{ readonly processId: string }> {
  const answer = await api.as(as).post(path, body);
  if (answer.status !== 202) return expected(answer, answer.status === 201 ? 201 : 200);
  const { inboxId } = answer.body as { readonly inboxId: string };
  await eventually(`${path} is decided`, async () => (await outcomeOf(inboxId)) !== null);
  expect(await outcomeOf(inboxId)).toBe('accepted');
  return answer.body as { readonly processId: string };
}

const look = async <R>(sql: string, bindings = {}): Promise<R> =>
  api.database.as('admin', {}, async (trx) => (await trx.row<R>(sql, bindings)) as R);
const outcomeOf = async (id: string): Promise<string | null> =>
  (
    await look<{ outcome: string | null }>(
      `select answer ->> 'outcome' as outcome from inbox where id = :id`,
      { id },
    )
  ).outcome;
const statusOf = async (id: string): Promise<string> =>
  (await look<{ status: string }>('select status from processes where id = :id', { id })).status;
const countOf = async (sql: string, bindings: object): Promise<number> =>
  (await look<{ n: number }>(`select count(*)::integer as n from ${sql}`, bindings)).n;
const ownedBy = async (person: string): Promise<number> =>
  countOf(`processes where tenant_id <> 'provider' and seq > 0 and not closed and owner_id = :person`, {
    person,
  });
/** Groups whose End User was not told yet. */
const untold = async (id: string): Promise<number> =>
  countOf(
    `processes, jsonb_array_elements(data -> 'groups') g
      where id = :id and g -> 'toldAt' = 'null' and status <> 'ended'`,
    { id },
  );
const allStarted = async (): Promise<boolean> =>
  (await ownedBy(SAM)) >= 3 * SIZE.contracts &&
  (await countOf(`effects where kind = 'startProcess' and state in ('planned', 'sent')`, {})) === 0 &&
  (await countOf(`processes where seq = 0`, {})) === 0;
const asItWas = async (): Promise<boolean> => (await ownedBy(SAM)) === his;

async function eventually(what: string, holds: () => Promise<boolean>): Promise<void> {
  const ends = performance.now() + RECOVERY_MS;
  while (!(await holds())) {
    if (performance.now() > ends) throw new Error(`It did not happen: ${what}.\n${await inTheMiddle()}`);
    await pause(5 * POLL_MS);
  }
}

/** What is not at rest, for somebody who wants to know why it did not happen. */
async function inTheMiddle(): Promise<string> {
  const rows = await api.database.as('admin', {}, async (trx) =>
    trx.rows<{ line: string }>(
      `select concat_ws(' ', p.slug, p.id, p.status, 'seq', p.seq, p.blocked::text) as line from processes p
         where not p.closed
       union all
       select concat_ws(' ', 'effect', process_id, key, state, 'attempts', attempts, problem, next_attempt_at) from effects
         where state in ('planned', 'sent', 'unknown', 'failed')
       union all
       select concat_ws(' ', 'inbox', process_id, name, id, state, accepted_at) from inbox where state <> 'answered'`,
    ),
  );
  return [...rows.map(({ line }) => line), ...(await violations())].join('\n');
}

/** Looks at the owners again and again until it is told to stop. */
function watch() {
  const seen = { looks: 0, ownerless: 0, behindMs: 0 };
  let watching = true;
  const end = (async () => {
    let since: number | null = null;
    while (watching) {
      const { ownerless, behind } = await look<{ ownerless: number; behind: number }>(OWNERS);
      seen.looks += 1;
      seen.ownerless += ownerless;
      since = behind > 0 ? (since ?? performance.now()) : null;
      if (since !== null) seen.behindMs = Math.max(seen.behindMs, performance.now() - since);
      await pause(POLL_MS);
    }
  })();
  return {
    seen,
    stop: async () => {
      watching = false;
      await end;
    },
  };
}

/** Of a message that was on its way in the instant of a kill nobody knows; an operator has it sent again. */
async function sendAgain(): Promise<void> {
  const unknown = await api.database.as('admin', {}, async (trx) =>
    trx.rows<{ id: string }>(`select id from effects where state = 'unknown'`),
  );
  for (const { id } of unknown) {
    const body = { decision: 'resend', reason: 'A worker was killed.' };
    expected(await api.as('lee-ward').post(`/v1/operations/effects/${id}/decide`, body), 200);
  }
}

/** Kills the worker as soon as something holds; the next one starts by itself. */
async function killWhen(what: string, holds: () => Promise<boolean>): Promise<void> {
  await eventually(what, holds);
  expect(workers.kill()).toBe(true);
}

async function violations(): Promise<readonly string[]> {
  const results = await runChecks(api.database, { graceMs: 0 });
  return results
    .filter(({ count }) => count > 0)
    .map(({ name, examples }) => `${name}: ${examples.join(', ')}`);
}

describe('a hand-over', () => {
  it('cannot leave a process without an owner: the store refuses it', async () => {
    const disown = async (owner: string) =>
      api.database.as('step', { tenant: 'handed-0-user' }, async (trx) =>
        trx.run(`update processes set owner_id = ${owner}`),
      );
    await expect(disown('null')).rejects.toThrow(/not-null/);
    await expect(disown(`''`)).rejects.toThrow(/check constraint/);
  });

  it(
    'leaves nothing without an owner at any instant while workers are killed, and comes to its end',
    async () => {
      const watched = watch();
      for (let round = 0; round < SIZE.rounds; round += 1) {
        const payload = {
          from: SAM,
          to: ROBIN,
          kind: 'absence',
          effectiveAt: new Date(Date.now() + 500).toISOString(),
          until: new Date(Date.now() + 86_400_000).toISOString(),
          reason: 'A test.',
        };
        const { processId } = await post('/v1/processes/handover', payload);
        last = processId;
        await killWhen('it has begun', async () => (await statusOf(processId)) === 'effective');
        await eventually('nothing is his', async () => (await ownedBy(SAM)) === 0);
        await post(`/v1/processes/${processId}/commands/accept`, { group: 'all' }, ROBIN);
        if (round % 2 === 1) expect(workers.kill()).toBe(true);
        await eventually('every End User is told', async () => {
          await sendAgain();
          return (await untold(processId)) === 0;
        });
        await post(`/v1/processes/${processId}/commands/endAbsence`, {}, SAM);
        await eventually('everything is as it was', asItWas);
      }
      await watched.stop();
      report('hand-over', { rounds: SIZE.rounds, kills: workers.kills, ...watched.seen });
      expect(workers.kills).toBeGreaterThanOrEqual(SIZE.rounds);
      expect(watched.seen.looks).toBeGreaterThan(20);
      expect(watched.seen.ownerless).toBe(0);
      expect(watched.seen.behindMs).toBeGreaterThan(0);
      await eventually('no invariant is violated', async () => (await violations()).length === 0);
      expect(receiver.received.length).toBeGreaterThan(0);
    },
    SIZE.testMs,
  );

  it('is shown to those concerned and to whoever leads or sees to the whole, and to nobody else', async () => {
    const seen: Record<string, unknown> = {};
    const people = [SAM, ROBIN, KIM, 'toni-vale', 'jo-brook', 'alex-shore', 'noor-dale', 'handed-0-contact'];
    for (const person of people) {
      const one = await api.as(person).get(`/v1/processes/${last}`);
      const items = await api.as(person).get(`/v1/handovers/${last}/items`);
      const list = expected<{ items: unknown[] }>(await api.as(person).get('/v1/handovers?closed=true'), 200);
      const listed = items.status === 200 ? (items.body as { items: unknown[] }).items.length : null;
      seen[person] = [one.status, listed, list.items.length > 0];
    }
    const all = [200, SIZE.contracts, true];
    const none = [404, null, false];
    expect(seen).toEqual({
      [SAM]: all,
      [ROBIN]: all,
      [KIM]: all,
      'toni-vale': all,
      'jo-brook': all,
      'alex-shore': none,
      'noor-dale': none,
      'handed-0-contact': none,
    });
    const behind = await api.database.as('api', { principal: 'alex-shore' }, async (trx) =>
      trx.rows(
        `select 1 from events where process_id = :last union all select 1 from event_details where process_id = :last
         union all select 1 from inbox where process_id = :last union all select 1 from effects where process_id = :last
         union all select 1 from clocks where process_id = :last union all select 1 from tasks where process_id = :last`,
        { last },
      ),
    );
    expect(behind).toEqual([]);
  });

  it('lists every open process, task and clock as it stood at the beginning', async () => {
    const body = expected<{ keptAt: string; items: { group: string; processes: Kept[] }[] }>(
      await api.as(ROBIN).get(`/v1/handovers/${last}/items`),
      200,
    );
    const [first] = body.items;
    expect(body.keptAt).not.toBeNull();
    expect(first?.group).toBe('handed-0');
    const slugs = first?.processes.map(({ slug }) => slug);
    expect(slugs).toEqual(expect.arrayContaining(['contract', 'onboarding', 'document']));
    expect(new Set(first?.processes.map(({ owner }) => owner.id))).toEqual(new Set([SAM]));
    const count = (of: (one: Kept) => number) =>
      (first?.processes ?? []).reduce((sum, one) => sum + of(one), 0);
    expect(count(({ clocks }) => clocks.length)).toBeGreaterThan(3);
    expect(count(({ tasks }) => tasks.length)).toBeGreaterThan(1);
  });

  it.each([
    [{ from: 'nobody-known' }, 'HANDOVER_NOT_A_SERVICE_MANAGER'],
    [{ to: SAM }, 'HANDOVER_SAME_PERSON'],
  ])('is refused with a remedy: %j', async (change, code) => {
    const payload = { from: SAM, kind: 'leaves', effectiveAt: new Date().toISOString(), reason: 'A test.' };
    const answer = await api.as(KIM).post('/v1/processes/handover', { ...payload, ...change });
    expect([answer.status, (answer.body as { code: string }).code]).toEqual([409, code]);
    expect(answer.text).toContain('"remedy"');
  });
});

interface Kept {
  readonly slug: string;
  readonly owner: { readonly id: string };
  readonly tasks: readonly unknown[];
  readonly clocks: readonly unknown[];
}
