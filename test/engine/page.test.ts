/** What becomes of a page: channels one after the other, acknowledgement, sending again, interrupted tries; on Postgres. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { acknowledgePage } from '../../db/paging/acknowledge.js';
import { findMailedPage, notePageReport } from '../../db/paging/reports.js';
import { decideUnknown } from '../../db/store/unknown.js';
import { GUEST, startErrand, TENANT } from './bench.js';
import { attentionOf, effectsOf, eventsOf, until } from './look.js';
import { NUMBER, PLAN, openPageBench, type PageBench } from './page-bench.js';

let bench: PageBench;
beforeAll(async () => {
  bench = await openPageBench();
});
afterAll(() => bench.close());

let processId: string;
let guest: string;
let owner: string;
let keptBefore: number;
beforeEach(async () => {
  keptBefore = bench.receiver.kept.length;
  ({ processId, guest, owner } = await bench.paged());
});

const kept = () => bench.receiver.kept.slice(keptBefore);
const BY_API = { via: 'api', channel: null } as const;
const told = async (effectId: string) =>
  (await bench.tries(effectId)).map(
    ({ round, channel, outcome }) => `${String(round)} ${channel} ${outcome}`,
  );
const stateOf = async (effectId: string) =>
  (await effectsOf(bench, processId)).find(({ id }) => id === effectId)?.state;
const acknowledge = (effectId: string, personId: string) =>
  acknowledgePage(bench.database, { tenantId: TENANT, effectId, personId }, BY_API, () => true);

// First: the others move business time, and a runner goes by the time of its server.
describe('a runner', () => {
  it('drives its pages: the next channel after a failure, and an acknowledgement, within seconds', async () => {
    // Of the guest and of the owner, whoever comes first.
    for (const status of [400, 404]) bench.receiver.treat('/messages', { status });
    await bench.withWorker(async () => {
      const id = await startErrand(bench);
      const page = async () => {
        const effects = await bench.rows<{ id: string }>(
          `select id from effects where process_id = :id and recipient_id = 'gwen'`,
          { id },
        );
        return effects[0]?.id ?? '';
      };
      await until(
        'the next channel has reached him',
        async () => (await told(await page())).join() === '1 sms failed,1 chat delivered',
      );
      await acknowledge(await page(), 'gwen');
      await bench.deps.ringer.wake({ tenantId: TENANT, processId: id, slug: 'onboarding', lastSeq: 0 });
      await until('its process has heard of it', async () =>
        (await eventsOf(bench, id)).includes('onboarding.pageAcknowledged'),
      );
    });
  });
});

describe('a page', () => {
  it('goes to the first channel, and to the next one when its time is over', async () => {
    expect(await bench.perform(guest)).toEqual({ outcome: 'deferred', advance: true });
    expect(await bench.perform(guest)).toEqual({ outcome: 'nothing', advance: false });
    expect(kept().map(({ path, body }) => [path, body['to']])).toEqual([['/messages', NUMBER]]);
    await bench.later(60);
    await bench.perform(guest);
    expect(await told(guest)).toEqual(['1 sms accepted', '1 chat delivered']);
  });

  it('is tried on the next channel within ten seconds of the one that failed, in the same attempt', async () => {
    bench.receiver.treat('/messages', { status: 400 });
    await bench.perform(guest);
    expect(await told(guest)).toEqual(['1 sms failed', '1 chat delivered']);
    const [gap] = await bench.rows<{ ms: number }>(
      `select ms(max(started_at))::float8 - ms(min(ended_at))::float8 as ms from page_tries where effect_id = :guest`,
      { guest },
    );
    expect(gap?.ms).toBeLessThan(10_000);
  });

  it.each(['drop', 'stall', { status: 503, keep: true }] as const)(
    'T3: is sent once to a receiver that executes it and then fails (%j), and goes to the next channel',
    async (treatment) => {
      bench.receiver.treat('/messages', treatment);
      await bench.perform(guest);
      expect(await told(guest)).toEqual(['1 sms unknown', '1 chat delivered']);
      expect(kept().map(({ path }) => path)).toEqual(['/messages', '/room']);
    },
  );

  it('goes by mail with the link that acknowledges it, and says so where there is little room', async () => {
    for (const path of ['/messages', '/room']) bench.receiver.treat(path, { status: 404, keep: true });
    await bench.perform(guest);
    expect(await told(guest)).toEqual(['1 sms failed', '1 chat failed', '1 mail accepted']);
    const [mail] = bench.mail.delivered(GUEST.email).slice(-1);
    expect(mail?.subject).toContain('Come at once');
    expect(mail?.replyTo).toBe('olga@provider.example');
    const texts = [...kept().map(({ body }) => String(body['text'])), mail?.text ?? ''];
    for (const text of texts.slice(0, 2))
      expect(text).toMatch(/^Come at once: Errand errand\. Acknowledge: http:\S+$/);
    // Each channel has a link of its own: whose is used says by which one the person was reached.
    const linked = await Promise.all(
      texts.map(async (text) => {
        const token = /\/l\/([\w-]+)/.exec(text)?.[1] ?? 'none';
        const tokenHash = createHash('sha256').update(token).digest('hex');
        const [link] = await bench.rows<{ command: string; payload: unknown }>(
          'select command, payload from one_time_links where effect_id = :guest and token_hash = :tokenHash',
          { guest, tokenHash },
        );
        return link;
      }),
    );
    expect(linked).toEqual(
      ['sms', 'chat', 'mail'].map((channel) => ({
        command: 'acknowledgePage',
        payload: { effectId: guest, channel },
      })),
    );
  });

  it('of the same step to the same place is one message', async () => {
    for (const effectId of [guest, owner]) {
      bench.receiver.treat('/messages', { status: 400 });
      await bench.perform(effectId);
    }
    expect(kept().filter(({ path }) => path === '/room')).toHaveLength(1);
    const both = [...(await bench.tries(guest)), ...(await bench.tries(owner))];
    expect(both.filter(({ channel }) => channel === 'chat').map(({ joined }) => joined)).toEqual([
      false,
      true,
    ]);
  });

  it('that nobody acknowledges is sent again, and its process hears in the end that nobody did', async () => {
    await bench.perform(guest);
    for (const seconds of [60, 60, 180, 60, 60, 180]) {
      await bench.later(seconds);
      await bench.perform(guest);
    }
    expect(await told(guest)).toEqual([
      ...['1 sms accepted', '1 chat delivered', '1 mail accepted'],
      ...['2 sms accepted', '2 chat delivered', '2 mail accepted'],
    ]);
    expect(await stateOf(guest)).toBe('confirmed');
    await bench.step(processId);
    expect(await eventsOf(bench, processId)).toEqual(['onboarding.started', 'onboarding.pageUnanswered']);
  });

  it('of which nobody knows anything is sent once more when an operator says so', async () => {
    const pagingPort = { send: async () => ({ kind: 'unknown', text: 'no answer' }) as const };
    const chatPort = { post: pagingPort.send };
    const perform = () => bench.perform(guest, { handlers: bench.handlersWith({ pagingPort, chatPort }) });
    for (const seconds of [0, 300]) {
      bench.mail.script({ kind: 'unknown', text: 'cut off' });
      await bench.later(seconds);
      await perform();
    }
    await bench.later(300);
    await perform();
    expect(await stateOf(guest)).toBe('unknown');
    const at = { tenantId: TENANT, effectId: guest };
    const decision = { verdict: 'resend', by: 'lee-ward', reason: 'The gateway was down.' } as const;
    for (const resend of [3, 4]) {
      expect(await decideUnknown(bench.database, at, decision, null)).toEqual({ processId });
      bench.mail.script({ kind: 'unknown', text: 'cut off' });
      await perform();
      expect((await told(guest)).slice(-3)).toEqual(
        ['sms', 'chat', 'mail'].map((channel) => `${String(resend)} ${channel} unknown`),
      );
      await bench.later(300);
      await perform();
      expect(await stateOf(guest)).toBe('unknown');
    }
  });

  it('that was acknowledged is sent no more, and its process hears by whom, once', async () => {
    await bench.perform(guest);
    expect(await acknowledge(guest, 'olga')).toBeNull();
    expect(await acknowledge(guest, 'gwen')).toMatchObject({ kind: 'acknowledged', processId });
    expect(await acknowledge(guest, 'gwen')).toMatchObject({ kind: 'known' });
    await bench.later(400);
    expect(await bench.perform(guest)).toEqual({ outcome: 'nothing', advance: false });
    await bench.step(processId);
    expect(await eventsOf(bench, processId)).toEqual(['onboarding.started', 'onboarding.pageAcknowledged']);
    const [heard] = await bench.rows<{ payload: unknown; urgent: boolean }>(
      `select payload, urgent from inbox where process_id = :processId and name = 'pageAcknowledged'`,
      { processId },
    );
    expect(heard).toMatchObject({
      urgent: true,
      payload: { notices: ['hello'], recipient: 'gwen', via: 'api' },
    });
  });

  it('that is acknowledged in the very moment in which it is put off is settled at once', async () => {
    const { work } = bench.deps;
    const settle: typeof work.settle = async (...given) => {
      await acknowledge(guest, 'gwen');
      return work.settle(...given);
    };
    await bench.perform(guest, { work: { ...work, settle } });
    await bench.perform(guest);
    expect(await stateOf(guest)).toBe('confirmed');
  });

  it('that was acknowledged before its first try is never tried', async () => {
    await acknowledge(guest, 'gwen');
    expect(await bench.perform(guest)).toEqual({ outcome: 'nothing', advance: false });
    expect(kept()).toEqual([]);
  });

  it('that reached nobody is told to the process while it is tried again', async () => {
    bench.mail.script(
      { kind: 'rejected', code: 550, text: '5.1.1 no such user <gwen@acme.example>' },
      GUEST.email,
    );
    for (const path of ['/messages', '/room']) bench.receiver.treat(path, { status: 404 });
    expect(await bench.perform(guest)).toEqual({ outcome: 'deferred', advance: true });
    expect((await bench.tries(guest)).at(-1)?.problem).toBe('550 5.1.1 no such user (address)');
    await bench.step(processId);
    expect((await eventsOf(bench, processId)).at(-1)).toBe('onboarding.undeliverable');
    await bench.later(300);
    await bench.perform(guest);
    expect((await told(guest)).at(-1)).toBe('2 sms accepted');
  });

  it('to somebody without any channel fails, and says why', async () => {
    await bench.database.as('admin', {}, async (trx) => {
      await trx.run(`update people set email = null, phone = null where id = 'gwen'`);
      await trx.run(`update contact_channels set kind = 'voice' where person_id = 'gwen'`);
    });
    try {
      expect(await bench.perform(guest)).toEqual({ outcome: 'failed', advance: true });
      const [effect] = await bench.rows<{ problem: string }>(
        'select problem from effects where id = :guest',
        { guest },
      );
      expect(effect?.problem).toBe('The recipient has no channel that is set up.');
    } finally {
      await bench.database.as('admin', {}, async (trx) => {
        await trx.run(`update people set email = :email, phone = :phone where id = 'gwen'`, {
          ...GUEST,
          phone: NUMBER,
        });
        await trx.run(`update contact_channels set kind = 'chat' where person_id = 'gwen'`);
      });
    }
  });

  it('leaves no number and no address in rows of the process, of its events and of its tries', async () => {
    await bench.perform(guest);
    await acknowledge(guest, 'gwen');
    await bench.step(processId);
    const all = await bench.rows<{ text: string }>(
      `select jsonb_build_array(to_jsonb(e), (select jsonb_agg(to_jsonb(t)) from page_tries t where t.effect_id = e.id),
         (select jsonb_agg(v.bytes) from events v where v.process_id = e.process_id),
         (select jsonb_agg(to_jsonb(i)) from inbox i where i.process_id = e.process_id))::text as text
         from effects e where e.id = :guest`,
      { guest },
    );
    expect(all).toHaveLength(1);
    for (const secret of [NUMBER, GUEST.email, '/room']) expect(all[0]?.text).not.toContain(secret);
  });
});

describe('a worker that dies at a page', () => {
  const never = new Promise<never>(() => undefined);
  const CLAIM_MS = 300;

  it.each(['before', 'after'] as const)(
    '%s the try sends nothing twice, and the next channel is tried',
    async (point) => {
      const { pagingPort: real } = bench.ports;
      const pagingPort = {
        send: async (...sent: Parameters<typeof real.send>) => {
          if (point === 'before') return never;
          await real.send(...sent);
          return never;
        },
      };
      void bench.perform(guest, { claimMs: CLAIM_MS, handlers: bench.handlersWith({ pagingPort }) });
      await until('the try has begun', async () => (await told(guest)).includes('1 sms trying'));
      await until('somebody else holds it', async () => (await bench.perform(guest)).outcome === 'deferred');
      expect(await told(guest)).toEqual(['1 sms unknown', '1 chat delivered']);
      expect(kept().map(({ path }) => path)).toEqual(point === 'before' ? ['/room'] : ['/messages', '/room']);
      expect(await attentionOf(bench, processId)).toEqual([]);
    },
  );

  it.each(['beforeCall', 'afterCall', 'afterCommit'] as const)(
    'at %s loses no page and doubles none',
    async (point) => {
      const crash = async (at: string) => (at === point ? never : undefined);
      void bench.perform(guest, { claimMs: CLAIM_MS, crash });
      const holds = async () => (await stateOf(guest)) !== 'planned' || (await told(guest)).length > 0;
      await until('it was at it', holds);
      await until('it is put off', async () => {
        await bench.perform(guest);
        return (await stateOf(guest)) === 'planned' && (await told(guest)).length > 0;
      });
      expect(await told(guest)).toEqual(['1 sms accepted']);
      expect(kept()).toHaveLength(1);
    },
  );

  it('leaves nobody waiting for whom the message stood beside', async () => {
    for (const status of [400, 404]) bench.receiver.treat('/messages', { status });
    const chatPort = { post: () => never };
    void bench.perform(guest, { claimMs: CLAIM_MS, handlers: bench.handlersWith({ chatPort }) });
    await until('the try has begun', async () => (await told(guest)).includes('1 chat trying'));
    await bench.perform(owner);
    expect(await told(owner)).toEqual(['1 voice failed', '1 chat accepted']);
    await until('somebody else holds it', async () => (await bench.perform(guest)).outcome === 'deferred');
    await bench.perform(owner);
    expect(await told(owner)).toEqual(['1 voice failed', '1 chat unknown', '1 mail accepted']);
  });

  it('and wakes up too late begins no try and ends none', async () => {
    let wake: () => void = () => undefined;
    const asleep = new Promise<void>((resolve) => (wake = resolve));
    const { pagingPort: real } = bench.ports;
    const pagingPort = {
      send: async (...sent: Parameters<typeof real.send>) => {
        const outcome = await real.send(...sent);
        await asleep;
        return outcome;
      },
    };
    const zombie = bench.perform(guest, { claimMs: CLAIM_MS, handlers: bench.handlersWith({ pagingPort }) });
    await until('the try has begun', async () => (await told(guest)).includes('1 sms trying'));
    await until('somebody else holds it', async () => (await bench.perform(guest)).outcome === 'deferred');
    wake();
    expect(await zombie).toEqual({ outcome: 'nothing', advance: false });
    expect(await told(guest)).toEqual(['1 sms unknown', '1 chat delivered']);
  });
});

describe('delivery reports', () => {
  const report = (tryId: string, status: 'delivered' | 'failed', id: string) =>
    notePageReport(bench.database, { id, tryId, status, at: Date.parse('2026-11-29T12:00:00Z') });
  const smsTry = async () => (await bench.tries(guest))[0]?.id ?? '';

  it('of a failure bring the next channel at once', async () => {
    await bench.perform(guest);
    const noted = await report(await smsTry(), 'failed', `rep_${guest}`);
    expect(noted).toMatchObject({
      kind: 'noted',
      processes: [{ id: processId, slug: 'onboarding', over: false }],
    });
    await bench.perform(guest);
    expect(await told(guest)).toEqual(['1 sms failed', '1 chat delivered']);
  });

  it('of a failure that come before the answer of the gateway are not lost', async () => {
    const { pagingPort: real } = bench.ports;
    const pagingPort = {
      send: async (...sent: Parameters<typeof real.send>) => {
        const outcome = await real.send(...sent);
        await report(await smsTry(), 'failed', `rep_${guest}`);
        return outcome;
      },
    };
    await bench.perform(guest, { handlers: bench.handlersWith({ pagingPort }) });
    expect(await told(guest)).toEqual(['1 sms failed', '1 chat delivered']);
  });

  it('T3: doubled, late and in any order come to the same', async () => {
    const orders = [
      ['delivered', 'failed'],
      ['failed', 'delivered'],
      ['failed', 'delivered', 'failed', 'delivered'],
    ] as const;
    for (const order of orders) {
      ({ processId, guest, owner } = await bench.paged());
      await bench.perform(guest);
      const id = await smsTry();
      const answers = [];
      for (const status of order) answers.push((await report(id, status, `rep_${guest}_${status}`))?.kind);
      expect((await told(guest))[0]).toBe('1 sms delivered');
      expect(answers.slice(2)).toEqual(answers.slice(2).map(() => 'known'));
    }
  });

  it('of a mail that came back bring the next channel at once, found by its message id too', async () => {
    // For one End User alone mail comes first.
    await bench.database.as('admin', {}, async (trx) => {
      const paging = { ...PLAN, channels: { ...PLAN.channels, endUser: ['mail', 'sms'] } };
      await trx.run(
        `insert into policies (tenant_id, id, version, body, author, approver, state, approved_at)
           values (:TENANT, 'standard', 2, :body, 'olga', 'otto', 'approved', business_now())`,
        { TENANT, body: JSON.stringify({ paging }) },
      );
    });
    ({ processId, guest, owner } = await bench.paged());
    await bench.perform(guest);
    expect(await told(guest)).toEqual(['1 mail accepted']);
    const [sent] = await bench.rows<{ messageId: string }>(
      `select message_id as "messageId" from page_tries where effect_id = :guest`,
      { guest },
    );
    const messageId = sent?.messageId ?? '';
    const found = await findMailedPage(bench.database, { key: null, messageId });
    expect(found?.email).toBe(GUEST.email);
    const tryId = found?.tryId ?? '';
    expect(await findMailedPage(bench.database, { key: tryId, messageId: null })).toEqual(found);
    await report(tryId, 'failed', `mail:${tryId}`);
    await bench.perform(guest);
    expect(await told(guest)).toEqual(['1 mail failed', '1 sms accepted']);
  });

  it('about nothing that was tried are of no use', async () => {
    expect(await report('pgt_nothing', 'failed', 'rep_nothing')).toBeNull();
  });
});
