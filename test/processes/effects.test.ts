/** Every effect of every process, at every place on its way: done twice, reported again, failed, and late. */
import { describe, expect, it } from '@jest/globals';
import type { MemoryEffect } from '../../domain/kernel/memory-store.js';
import { registry, type TestWorld } from '../support/world.js';
import { KIM, places } from './journeys.js';

const cases = places.map((place) => [`${place.slug} ${place.status}, ${place.name}`, place.world] as const);

const later = (world: TestWorld, minutes = 1) => new Date(world.now + minutes * 60_000).toISOString();

/** Where everything stands, and how much was said. */
function standing(world: TestWorld) {
  const { processes, effects } = world.store;
  return {
    statuses: Object.fromEntries([...processes].map(([id, { state }]) => [id, state?.status])),
    processes: processes.size,
    effects: effects.map(({ intent }) => intent.key).sort(),
  };
}

/** What a message or a page says. */
function saidIn(intent: MemoryEffect['intent']) {
  return intent.kind === 'mail' || intent.kind === 'page' ? intent.content : null;
}

function mailsIn({ store }: TestWorld): readonly string[] {
  return store.effects.flatMap(({ intent }) => (saidIn(intent) ? [intent.key] : []));
}

function asSignal({ processId, intent }: MemoryEffect) {
  if (intent.kind === 'tellProcess')
    return { to: intent.content.processId, name: intent.content.signal, payload: intent.content.payload };
  if (intent.kind !== 'mail') return null;
  const { notice, recipient, at: decidedAt } = intent.content;
  return {
    to: processId,
    name: 'delivered',
    payload: { effectKey: intent.key, notice, recipient, decidedAt },
  };
}

function hears(world: TestWorld, processId: string, signal: string): boolean {
  const slug = world.store.processes.get(processId)?.ref.slug ?? '';
  return registry.definitions[slug]?.words.signals[signal] !== undefined;
}

describe('every effect', () => {
  it.each(cases)('that is done twice changes nothing: %s', async (_name, reach) => {
    const world = await reach();
    const before = standing(world);
    const done = world.store.effects.filter(({ state }) => state === 'confirmed');
    for (const effect of done) world.store.perform(registry, effect);
    await world.runTo(later(world, 0));
    expect(standing(world)).toEqual(before);
  });

  it.each(cases)(
    'whose report comes again under another key tells nobody again: %s',
    async (_name, reach) => {
      const world = await reach();
      const { statuses } = standing(world);
      const mails = mailsIn(world);
      for (const effect of world.store.effects.filter(({ state }) => state === 'confirmed')) {
        const signal = asSignal(effect);
        if (!signal || !hears(world, signal.to, signal.name)) continue;
        await world.signal(signal.to, signal.name, signal.payload, later(world, 0));
      }
      expect(standing(world).statuses).toEqual(statuses);
      // What one process tells another again, that one knows; people are told once.
      expect(mailsIn(world)).toEqual(mails);
    },
  );

  it.each(cases)('that cannot be delivered tells one other person: %s', async (_name, reach) => {
    const world = await reach();
    const mails = world.store.effects.filter(({ intent }) => saidIn(intent));
    for (const { processId, intent } of mails) {
      const content = saidIn(intent);
      if (!content) continue;
      const { key: effectKey } = intent;
      const before = world.mailsOf(processId).length;
      const report = { effectKey, content, status: '5.1.1' };
      const answer = await world.signal(processId, 'undeliverable', report, later(world));
      expect(['accepted', 'late']).toContain(answer?.outcome);
      const told = world
        .mailsOf(processId)
        .slice(before)
        .filter(({ instead }) => instead.length > 0);
      expect(told.length).toBeLessThanOrEqual(1);
      for (const mail of told) {
        expect(mail.notice).toBe(content.notice);
        expect(mail.instead).toContain(content.recipient);
        expect(mail.recipient).not.toBe(content.recipient);
      }
    }
  });

  it.each(cases)('that comes when the contract is over begins nothing anew: %s', async (_name, reach) => {
    const world = await reach();
    await world.command('con_1', 'terminate', { reason: 'Withdrawn.' }, later(world), KIM);
    const { statuses } = standing(world);
    for (const effect of [...world.store.effects]) {
      const signal = asSignal(effect);
      if (!signal || !hears(world, signal.to, signal.name)) continue;
      await world.signal(signal.to, signal.name, signal.payload, later(world));
    }
    expect(standing(world).statuses).toEqual(statuses);
  });
});
