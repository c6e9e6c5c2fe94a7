/** What becomes of effects: outcomes, one-time links, expired claims; on Postgres, without a runner. */
import { createHash, createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { advanceProcess } from '../../activities/advance.js';
import { answersTo } from '../../activities/effects/mail.js';
import { performEffect } from '../../activities/perform.js';
import { acceptErrand, GUEST, LINK_SECRET, openBench, TENANT } from './bench.js';
import type { Bench } from './bench.js';
import { attentionOf, effectsOf, eventsOf, until } from './look.js';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
});
afterAll(async () => {
  await bench.close();
});

/** Takes every step that waits. */
async function step(processId: string): Promise<void> {
  for (;;) {
    const now = await bench.deps.clock.now();
    const report = await advanceProcess(bench.deps, { tenantId: TENANT, processId, now, lastSeq: 0 });
    if (!report.pending) return;
  }
}

/** A started errand and its first mail. */
async function errandWithMail(): Promise<{ processId: string; effectId: string }> {
  const { processId } = await acceptErrand(bench);
  await step(processId);
  const [effect] = await effectsOf(bench, processId);
  return { processId, effectId: effect?.id ?? '' };
}

const perform = (effectId: string) => performEffect(bench.deps, { tenantId: TENANT, effectId });

describe('an effect that sends mail', () => {
  it('is confirmed once, and its second attempt finds nothing to do', async () => {
    const { processId, effectId } = await errandWithMail();
    expect(await perform(effectId)).toEqual({ outcome: 'confirmed', advance: true });
    expect(await perform(effectId)).toEqual({ outcome: 'nothing', advance: false });
    await step(processId);
    expect(await eventsOf(bench, processId)).toEqual(['onboarding.started', 'onboarding.delivered']);
  });

  it('bears a one-time link whose hash alone is kept', async () => {
    const { effectId, processId } = await errandWithMail();
    await perform(effectId);
    const mail = bench.mail.delivered(GUEST.email).find(({ key }) => key.startsWith(processId));
    const token = createHmac('sha256', LINK_SECRET).update(`${TENANT}\n${mail?.key}`).digest('base64url');
    expect(mail?.text).toContain(`http://127.0.0.1:8088/l/${token}`);
    const links = await bench.database.as('step', { tenant: TENANT }, async (trx) =>
      trx.rows<{ hash: string; command: string; person: string }>(
        'select token_hash as hash, command, person_id as person from one_time_links where effect_id = :effectId',
        { effectId },
      ),
    );
    const hash = createHash('sha256').update(token).digest('hex');
    expect(links).toEqual([{ hash, command: 'touch', person: GUEST.id }]);
  });

  it('that is rejected tells the process, which tells the owner instead', async () => {
    bench.mail.script({ kind: 'rejected', code: 550, text: '5.1.1 no such user <gwen@acme.example>' });
    const { processId, effectId } = await errandWithMail();
    expect(await perform(effectId)).toEqual({ outcome: 'failed', advance: true });
    await step(processId);
    const effects = await effectsOf(bench, processId);
    expect(effects.map(({ state }) => state).sort()).toEqual(['failed', 'planned']);
    expect(effects.some(({ key }) => key.endsWith('|instead|olga'))).toBe(true);
    const { problem } = (await problemOf(effectId)) ?? {};
    expect(problem).toBe('550 5.1.1 no such user (address)');
  });

  it('that is deferred waits for its next attempt, and then goes out', async () => {
    bench.mail.script({ kind: 'deferred', text: '451 later' });
    const { effectId } = await errandWithMail();
    expect(await perform(effectId)).toEqual({ outcome: 'deferred', advance: true });
    expect(await perform(effectId)).toEqual({ outcome: 'nothing', advance: false });
    await bench.database.as('step', { tenant: TENANT }, async (trx) =>
      trx.run('update effects set next_attempt_at = business_now() where id = :effectId', { effectId }),
    );
    expect(await perform(effectId)).toMatchObject({ outcome: 'confirmed' });
  });

  it('whose outcome nobody knows is never sent again, and a person is asked', async () => {
    bench.mail.script({ kind: 'unknown', text: 'no answer after the message' });
    const { processId, effectId } = await errandWithMail();
    expect(await perform(effectId)).toMatchObject({ outcome: 'unknown' });
    expect(await perform(effectId)).toEqual({ outcome: 'nothing', advance: false });
    expect(await attentionOf(bench, processId)).toEqual([{ label: 'Unknown outcome: mail' }]);
  });

  it('that wakes up after its claim expired writes nothing over what was decided meanwhile', async () => {
    const { processId, effectId } = await errandWithMail();
    bench.mail.script({ kind: 'hang' });
    const claimMs = 300;
    const zombie = performEffect(
      { ...bench.deps, claimMs, crash: async (point) => (point === 'afterCall' ? asleep : undefined) },
      { tenantId: TENANT, effectId },
    );
    await until('it holds the effect', async () => (await effectsOf(bench, processId))[0]?.state === 'sent');
    await until('the claim has expired', async () => (await perform(effectId)).outcome === 'unknown');
    wake();
    expect(await zombie).toEqual({ outcome: 'nothing', advance: false });
    const [effect] = await effectsOf(bench, processId);
    expect(effect).toMatchObject({ state: 'unknown', attempts: 2 });
  });

  it('to somebody without an address fails, and is not tried', async () => {
    await setGuest('email', null);
    try {
      const { effectId } = await errandWithMail();
      expect(await perform(effectId)).toEqual({ outcome: 'failed', advance: true });
      expect(bench.mail.attempts.some(({ mail }) => mail.key.includes(effectId))).toBe(false);
    } finally {
      await setGuest('email', GUEST.email);
    }
  });

  it('is answered to the owner of the process, as it says, and by the owner to nobody else', async () => {
    bench.mail.script({ kind: 'rejected', code: 550, text: '5.1.1 no such user' });
    const { processId, effectId } = await errandWithMail();
    await perform(effectId);
    await step(processId);
    const instead = (await effectsOf(bench, processId)).find(({ key }) => key.endsWith('|instead|olga'));
    await perform(instead?.id ?? '');
    const sent = bench.mail.attempts.map(({ mail }) => mail).filter(({ key }) => key.startsWith(processId));
    expect(sent.map(({ to, replyTo }) => [to, replyTo])).toEqual([
      [GUEST.email, 'olga@provider.example'],
      ['olga@provider.example', undefined],
    ]);
  });

  it('about several things is answered to their owner where they have one', () => {
    const person = (email: string | null) => ({ name: '', email, phone: null, zone: 'UTC', language: 'en' });
    const people = { olga: person('olga@x.test'), otto: person('otto@x.test'), gone: person(null) };
    const of = (...owners: readonly string[]) =>
      answersTo(
        owners.map((ownerId) => ({ customer: '', headline: '', ownerId, people })),
        GUEST.id,
      );
    expect(of('olga', 'olga')).toEqual({ replyTo: 'olga@x.test' });
    for (const owners of [['olga', 'otto'], ['olga', 'gone'], ['gone'], ['unknown']])
      expect(of(...owners)).toEqual({});
  });

  it('that cannot be made for its recipient tells the process, which tells the owner instead', async () => {
    await setGuest('zone', 'Mars/Base');
    try {
      const { processId, effectId } = await errandWithMail();
      await bench.database.as('step', { tenant: TENANT }, async (trx) =>
        trx.run(
          `update effects set content = jsonb_set(content, '{show,due}', '{"instant":0}') where id = :effectId`,
          { effectId },
        ),
      );
      expect(await perform(effectId)).toEqual({ outcome: 'failed', advance: true });
      expect((await problemOf(effectId))?.problem).toBe('The message could not be made.');
      await step(processId);
      const instead = (await effectsOf(bench, processId)).find(({ key }) => key.endsWith('|instead|olga'));
      expect(await perform(instead?.id ?? '')).toMatchObject({ outcome: 'confirmed' });
    } finally {
      await setGuest('zone', 'UTC');
    }
  });

  it('that cannot even be tried goes back to be tried later', async () => {
    const { effectId } = await errandWithMail();
    const facts = { ...bench.deps.handlers, mail: () => Promise.reject(new Error('Gwen Guest')) };
    const report = await performEffect({ ...bench.deps, handlers: facts }, { tenantId: TENANT, effectId });
    expect(report).toEqual({ outcome: 'deferred', advance: true });
    expect((await problemOf(effectId))?.problem).toBe('Error');
  });
});

let wake: () => void = () => undefined;
const asleep = new Promise<void>((resolve) => (wake = resolve));

async function problemOf(effectId: string) {
  return bench.database.as('step', { tenant: TENANT }, async (trx) =>
    trx.row<{ problem: string }>('select problem from effects where id = :effectId', { effectId }),
  );
}

async function setGuest(column: 'email' | 'zone', value: string | null): Promise<void> {
  await bench.database.as('admin', {}, async (trx) =>
    trx.run(`update people set ${column} = :value::text where id = :id`, { value, id: GUEST.id }),
  );
}
