/** What differs between two policy sets, and what the other one would do to clocks that run. */
import { describe, expect, it } from '@jest/globals';
import type { Definition } from '../../domain/kernel/rules.js';
import { policyMoves } from '../../domain/kernel/views/policy-diff.js';
import { policyChanges } from '../../domain/policy/policy-diff.js';
import { readPolicySet, type PolicySet } from '../../domain/policy/policy-set.js';
import { definitions } from '../../domain/processes.js';
import { anOnboarding } from '../processes/journeys.js';
import { policyWith } from '../support/policies.js';
import { exampleCalendar, examplePolicy, type TestWorld } from '../support/world.js';
import { parcelRules } from './fixtures/parcel.js';
import { hour, ParcelWorld } from './parcel-world.js';

type File = Record<string, Record<string, unknown>>;

function changed(change: (file: File) => void): PolicySet {
  const file = policyWith('userGuide') as unknown as File;
  change(file);
  const read = readPolicySet(file);
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  return read.value;
}

const berlin = exampleCalendar('berlin-office');

async function movesOf(world: TestWorld, body: PolicySet) {
  const state = world.stateOf('onb_1');
  const fired = { kind: 'command', name: 'note', at: state.lastAt, actor: null, payload: {} } as const;
  const inputs = await world.inputsOf('onb_1', { ...fired, expectedSeq: null });
  const policy = { ...inputs.policy, body };
  return policyMoves(definitions.onboarding, state, { ...inputs, policy }, () => berlin);
}

describe('the differences of two policy sets', () => {
  it('are told key by key in words', () => {
    const after = changed((file) => {
      file['onboarding'] = { ...file['onboarding'], kickoff: '5 business days' };
      file['chase'] = { ...file['chase'], halfPercent: 60 };
      const documents = file['documents'] as Record<string, Record<string, unknown>>;
      file['documents'] = { ...documents, userGuide: { ...documents['userGuide'], review: '1 month' } };
    });
    expect(policyChanges({ ...examplePolicy() }, { ...after, version: 2 })).toEqual([
      { path: 'chase.halfPercent', before: '50', after: '60' },
      { path: 'onboarding.kickoff', before: '10 business days', after: '5 business days' },
      { path: 'documents.userGuide.review', before: '12 months', after: '1 month' },
    ]);
  });

  it('name the items of a catalogue by their keys: changed, added, taken away, in another order', () => {
    const after = changed((file) => {
      const list = file['onboarding']?.['checklist'] as { key: string; label: string; phase: string }[];
      const [guide, matrix, ...others] = list;
      const rest = others.filter(({ key }) => key !== 'credits');
      const call = { key: 'secondCall', label: 'Second test call', phase: 'live' };
      file['onboarding'] = {
        ...file['onboarding'],
        checklist: [matrix, { ...guide, label: 'Guide' }, ...rest, call],
      };
    });
    expect(policyChanges({ ...examplePolicy() }, { ...after })).toEqual([
      { path: 'onboarding.checklist.userGuide.label', before: 'User Guide handed over', after: 'Guide' },
      {
        path: 'onboarding.checklist.credits',
        before: 'label: Credits granted and first statement sent, phase: live',
        after: null,
      },
      {
        path: 'onboarding.checklist.secondCall',
        before: null,
        after: 'label: Second test call, phase: live',
      },
      expect.objectContaining({ path: 'onboarding.checklist (order)' }),
    ]);
  });

  it('are none between a policy set and itself', () => {
    expect(policyChanges({ ...examplePolicy(), version: 1 }, { ...examplePolicy(), version: 7 })).toEqual([]);
  });
});

describe('a chase ladder', () => {
  it('whose repetition counts in other units than its last step is refused when the file is read', () => {
    const file = policyWith('userGuide') as unknown as File;
    file['chase'] = { ...file['chase'], again: '24 hours' };
    const read = readPolicySet(file);
    expect(read.ok ? [] : read.problems).toEqual([
      { path: 'chase.again', problem: 'again counts in other units than head' },
    ]);
  });
});

describe('what another policy would do to running clocks', () => {
  it('moves every mark of a shortened target, and leaves the others where they are', async () => {
    const world = await anOnboarding();
    const after = changed((file) => {
      file['onboarding'] = { ...file['onboarding'], firstContact: '2 business days' };
    });
    const { moves, unchanged, paused } = await movesOf(world, after);
    expect(moves.map(({ clock, step, move }) => `${clock}.${step} ${move}`)).toEqual([
      'firstContact.half earlier',
      'firstContact.due earlier',
      'firstContact.manager earlier',
      'firstContact.head earlier',
      'firstContact.again earlier',
    ]);
    // Started on Monday at 10:00 in Berlin: the fifth and the second open date after it close at 17:00.
    expect(moves.find(({ step }) => step === 'due')).toMatchObject({
      label: 'First contact',
      dueAt: Date.parse('2026-11-30T16:00:00Z'),
      thenDueAt: Date.parse('2026-11-25T16:00:00Z'),
    });
    expect(unchanged).toBeGreaterThan(10);
    expect(paused).toBe(0);
  });

  it('says nothing of marks that have fired', async () => {
    const world = await anOnboarding();
    await world.runTo('2026-11-26T16:00:00Z');
    const after = changed((file) => {
      file['onboarding'] = { ...file['onboarding'], firstContact: '2 business days' };
    });
    const { moves } = await movesOf(world, after);
    expect(moves.map(({ step }) => step)).toEqual(['due', 'manager', 'head', 'again']);
  });

  it('moves no clock when only a catalogue changes', async () => {
    const world = await anOnboarding();
    const after = changed((file) => {
      file['onboarding'] = {
        ...file['onboarding'],
        checklist: [
          { key: 'one', label: 'One', phase: 'package' },
          { key: 'two', label: 'Two', phase: 'live' },
        ],
      };
    });
    expect(policyChanges({ ...examplePolicy() }, { ...after }).length).toBeGreaterThan(10);
    expect((await movesOf(world, after)).moves).toEqual([]);
  });

  it('changes nothing in the process', async () => {
    const world = await anOnboarding();
    const before = structuredClone(world.stateOf('onb_1'));
    await movesOf(
      world,
      changed((file) => {
        file['onboarding'] = { ...file['onboarding'], live: '40 business days' };
      }),
    );
    expect(world.stateOf('onb_1')).toEqual(before);
  });
});

/** The parcel with a ladder whose reminder exists only where the policy has one. */
const { pack } = parcelRules.words.clocks;
if (!pack) throw new Error('The parcel has a clock named pack.');
const withLadder: Definition = {
  ...parcelRules,
  words: {
    ...parcelRules.words,
    clocks: {
      ...parcelRules.words.clocks,
      pack: {
        ...pack,
        marks: (scene) => {
          const { half, ...others } = pack.marks(scene);
          return (scene.policy as { reminds: boolean }).reminds ? { half, ...others } : others;
        },
      },
    },
  },
};

async function parcelMoves(
  reminds: boolean,
  packHours = 4,
  prepare?: (world: ParcelWorld) => Promise<unknown>,
) {
  const world = await ParcelWorld.open();
  await prepare?.(world);
  const inputs = {
    policy: { id: 'toy', version: 2, body: { pack: packHours, reminds } },
    calendars: { [berlin.id]: berlin },
    look: {},
    directory: world.directory,
  };
  return policyMoves(withLadder, world.state, inputs, () => berlin);
}

describe('a ladder that gains or loses a mark', () => {
  it('shows the mark that would be gone', async () => {
    const { moves } = await parcelMoves(false);
    expect(moves).toEqual([
      expect.objectContaining({
        clock: 'pack',
        step: 'half',
        move: 'removed',
        dueAt: hour(2),
        thenDueAt: null,
      }),
    ]);
  });

  it('shows the mark that would be new', async () => {
    const world = await ParcelWorld.open();
    const clocks = world.state.clocks.map((clock) => ({
      ...clock,
      marks: clock.marks.filter(({ step }) => step !== 'half'),
    }));
    const inputs = {
      policy: { id: 'toy', version: 2, body: { pack: 4, reminds: true } },
      calendars: {},
      look: {},
      directory: world.directory,
    };
    const { moves } = policyMoves(withLadder, { ...world.state, clocks }, inputs, () => berlin);
    expect(moves).toEqual([
      expect.objectContaining({ step: 'half', move: 'added', dueAt: null, thenDueAt: hour(2) }),
    ]);
  });

  it('counts the next repetition from the one before', async () => {
    const { moves } = await parcelMoves(true, 6, (world) => world.runTo(hour(10)));
    // It fell due at 9 hours and comes again each 5: a longer target no longer matters to it.
    expect(moves.filter(({ clock }) => clock === 'pack')).toEqual([]);
  });

  it('leaves paused clocks without an instant', async () => {
    const { moves, paused } = await parcelMoves(false, 2, (world) => world.command('pause', {}, hour(1)));
    expect(moves).toEqual([]);
    expect(paused).toBe(3);
  });
});
