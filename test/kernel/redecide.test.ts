/** The audit can be decided again: from what was stored with a step follows the event that was recorded. */
import { describe, expect, it } from '@jest/globals';
import { decide } from '../../domain/kernel/decide.js';
import { outcomeOf } from '../../domain/kernel/event.js';
import type { StepRecord } from '../../domain/kernel/store.js';
import {
  acknowledged,
  anActiveContract,
  lapsed,
  objected,
  places,
  unstaffed,
} from '../processes/journeys.js';

/** What a row of the database gives back: plain JSON, its keys in another order. */
function stored<T>(value: T): T {
  const turned = (_key: string, member: unknown): unknown =>
    member !== null && typeof member === 'object' && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).reverse())
      : member;
  return JSON.parse(JSON.stringify(value, turned)) as T;
}

function again({ definition, event, fired, inputs, before, after }: StepRecord) {
  const ref = { id: after.id, tenantId: after.tenantId, slug: after.slug, epoch: event.epoch };
  const decision = decide(definition, ref, before && stored(before), stored(fired), stored(inputs));
  if (decision.kind === 'refused') throw new Error(`${event.event} would be refused today: ${decision.code}`);
  return outcomeOf(decision);
}

const stories = {
  'an onboarding that went live, was objected to, and its guide': objected,
  'a contract that lapsed': lapsed,
  'a contract without staff': async () => {
    const world = await anActiveContract(unstaffed());
    await world.runTo('2027-01-15T00:00:00Z');
    return world;
  },
  'late information': async () => {
    const world = await acknowledged();
    await world.signal(
      world.idOf('document'),
      'newVersion',
      { documentId: 'user-guide', version: 1 },
      '2026-12-01T10:00:00Z',
    );
    return world;
  },
};

const journeys = places.map(({ slug, name, world }) => [`${slug}, ${name}`, world] as const);

describe('recorded events', () => {
  it.each([...Object.entries(stories), ...journeys])('of %s follow again', async (_name, story) => {
    const { steps } = (await story()).store;
    expect(steps.length).toBeGreaterThan(0);
    for (const step of steps) {
      const { event, from, via, to, dataHash, ownerId, operations, told, effects } = step.event;
      const recorded = { event, from, via, to, dataHash, ownerId, operations, told, effects };
      expect(again(step)).toEqual(recorded);
    }
  });

  it('do not follow from another input', async () => {
    const world = await acknowledged();
    const step = world.store.steps.find((one) => one.event.event === 'contract.activated');
    if (!step) throw new Error('the contract was not activated');
    const people = Object.fromEntries(
      Object.entries(step.inputs.directory.people).filter(([id]) => id !== 'sam-rivers'),
    );
    const inputs = { ...step.inputs, directory: { ...step.inputs.directory, people } };
    const actor = 'kim-field';
    expect(again({ ...step, inputs, fired: { ...step.fired, actor } })).not.toMatchObject({
      ownerId: step.event.ownerId,
    });
  });
});
