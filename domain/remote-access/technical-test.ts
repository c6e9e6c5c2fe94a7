/** The technical test of a signed agreement: planned with invitations, moved, called off, recorded (service spec §4.4). */
import { ownerOf } from '../contract/ownership.js';
import { activeOnly } from '../kernel/directory.js';
import { rulesFor, type ErasedRow, type SceneOf } from '../kernel/rules.js';
import {
  areActive,
  calledOff,
  isPlanned,
  moved,
  planned,
  startsLater,
  type Change,
  type Plan,
} from '../meeting.js';
import { remoteAccess } from './words.js';

type Scene = SceneOf<typeof remoteAccess>;
const { on, check, guard } = rulesFor(remoteAccess);

/** Signed by both sides: it is to be tested and activated. */
const ready = ['signed', 'tested'] as const;
const testedByNow = check<{ testedOn: string }>(
  'dateInFuture',
  ({ payload, at }) => Date.parse(`${payload.testedOn}T00:00:00Z`) <= at,
);
const onePlanned = guard('noTestPlanned', isPlanned);
const nonePlanned = guard('testPlanned', (scene) => !isPlanned(scene));
const startsAhead = check<Change>('startInPast', startsLater);
const inviteesAreKnown = check<Change>('unknownPerson', ({ payload, directory }) =>
  areActive(directory, payload.invitees ?? []),
);

export const technicalTest: readonly ErasedRow[] = [
  on.planTest({
    from: ready,
    event: 'testPlanned',
    guards: [nonePlanned, startsAhead, inviteesAreKnown],
    set: { meeting: testPlanned },
    toward: ['activate'],
    tell: { invitees: 'testInvitation' },
  }),
  on.moveTest({
    from: ready,
    event: 'testMoved',
    guards: [onePlanned, startsAhead, inviteesAreKnown],
    set: { meeting: moved },
    tell: { invitees: 'testInvitation', uninvited: 'testCancelled' },
  }),
  on.cancelTest({
    from: ready,
    event: 'testCalledOff',
    guards: [onePlanned],
    set: { meeting: calledOff },
    tell: { uninvited: 'testCancelled' },
  }),
  on.recordTest({
    from: ready,
    when: ({ payload }) => payload.passed,
    to: 'tested',
    event: 'tested',
    guards: [testedByNow],
    set: { test: ({ payload, actor }) => ({ ...payload, by: actor ?? '' }), meeting: held },
    toward: ['activate'],
    tell: { uninvited: 'testCancelled' },
  }),
  on.recordTest({
    from: ready,
    to: 'signed',
    event: 'testFailed',
    guards: [testedByNow],
    set: { test: ({ payload, actor }) => ({ ...payload, by: actor ?? '' }), meeting: held },
    tell: { owner: 'testFailed', uninvited: 'testCancelled' },
  }),
];

function testPlanned({
  data,
  payload,
  policy,
  look,
  directory,
  at,
}: Scene & { readonly payload: Plan }): Scene['data']['meeting'] {
  const { engineers = [], administrators } = data.proposal ?? {};
  const people = [...engineers, administrators?.provider, administrators?.endUser];
  const invitees = activeOnly(directory, [...people, ...ownerOf(look.contract, directory)]);
  const number = (data.meeting?.number ?? 0) + 1;
  return planned(payload, { number, minutes: policy.remoteAccess.testMinutes, invitees, at });
}

/** One that was planned for later is not needed any more. */
function held(scene: Scene): Scene['data']['meeting'] {
  const { meeting } = scene.data;
  if (meeting?.state !== 'planned' || meeting.startsAt > scene.at) return calledOff(scene);
  return { ...meeting, state: 'held' };
}
