/** What the case does to its escalation: restored or not, priority up and down, closed outside (service spec §3 R4, §3a, §4.3). */
import { isUrgent } from '../priority.js';
import type { SceneOf } from '../kernel/rules.js';
import {
  anew,
  asCaseStands,
  caseFields,
  climbsOn,
  isLowered,
  isLoweredSilently,
  isNewlyClosed,
  isPaused,
  isRaised,
  isRestored,
  isUnsolved,
  fromCase,
  ladderClocks,
  ladderEnds,
  lastDependency,
  seenRestored,
  stopped,
  unpaused,
} from './columns.js';
import { hear } from './guards.js';
import { open, working } from './rules-climb.js';
import { active } from './rules-work.js';
import type { escalation } from './words.js';

type Scene = SceneOf<typeof escalation>;

/** New clocks start with the raise; whatever was stood down climbs again (service spec §3 R4). */
const raised = { when: isRaised, event: 'priorityRaised' } as const;
const raisedFields = {
  ...caseFields,
  ...asCaseStands,
  standDown: null,
  /** What stood without consent may not stand under a priority that needs it. */
  pauses: (scene: Scene) => {
    const pauses = asCaseStands.pauses(scene);
    return mayStayPaused(scene) ? pauses : unpaused({ ...scene, data: { ...scene.data, pauses } });
  },
} as const;

/** Whoever has not accepted his level yet has the time of the new priority. */
const raisedClocks = { ...ladderClocks, accept: anew } as const;
const told = {
  lead: 'priorityChanged',
  level: 'priorityChanged',
  manager: 'managerInformed',
  endUserLevel: 'endUserInformed',
} as const;

const closedAt = (scene: Scene) => fromCase(scene).closedAt;
/** Service is back: the climb ends (service spec §4.3). What is promised besides is owed still. */
const restored = {
  from: working,
  set: { caseClosedAt: closedAt, seenRestoredAt: seenRestored, stoppedAt: stopped },
  clocks: { ...ladderEnds, restore: 'meet' },
} as const;

export const rulesOfCase = [
  hear.caseChanged({
    ...restored,
    when: (scene) => isRestored(scene) && isNewlyClosed(scene),
    event: 'caseClosedOutside',
    tell: { owner: 'caseClosedOutside' },
  }),
  // It stays open: it needs a consent of its own (service spec §4.3 "Wrong").
  hear.caseChanged({
    from: open,
    when: isNewlyClosed,
    event: 'caseClosedOutside',
    set: { caseClosedAt: closedAt },
    tell: { owner: 'caseClosedOutside' },
  }),
  hear.caseChanged({
    ...restored,
    when: isRestored,
    event: 'caseRestored',
    tell: { owner: 'mitigated', level: 'mitigated', manager: 'mitigated' },
  }),
  hear.caseChanged({
    ...raised,
    from: 'raised',
    set: raisedFields,
    clocks: { acknowledge: anew, ...raisedClocks },
    tell: told,
  }),
  hear.caseChanged({
    ...raised,
    from: ['acknowledged', 'owned'],
    set: raisedFields,
    clocks: { plan: anew, ...raisedClocks },
    tell: told,
  }),
  hear.caseChanged({
    ...raised,
    from: active,
    set: raisedFields,
    clocks: { update: anew, ...raisedClocks },
    tell: told,
  }),
  hear.caseChanged({ ...raised, from: 'mitigated', set: caseFields, clocks: { update: anew }, tell: told }),
  hear.caseChanged({ ...raised, from: 'resolved', set: caseFields, tell: told }),
  // It fails again; a raise that finds it so has climbed on with it.
  hear.caseChanged({
    from: working,
    when: isUnsolved,
    event: 'caseUnsolved',
    set: { ...climbsOn, caseClosedAt: closedAt },
    clocks: ladderClocks,
    tell: { owner: 'unsolved', level: 'unsolved' },
  }),

  // From case opening; the level reached stays until it is stood down. Promises under way are not taken back.
  hear.caseChanged({
    from: working,
    when: isLowered,
    event: 'priorityLowered',
    set: caseFields,
    clocks: ladderClocks,
    tell: told,
  }),
  hear.caseChanged({
    from: ['mitigated', 'resolved'],
    when: isLowered,
    event: 'priorityLowered',
    set: caseFields,
    tell: told,
  }),
  hear.caseChanged({
    from: open,
    when: isLoweredSilently,
    event: 'loweredSilently',
    set: caseFields,
    tell: { owner: 'loweredSilently' },
  }),
  hear.caseChanged({ from: open, event: 'caseConfirmed', set: caseFields }),
];

function mayStayPaused(scene: Scene): boolean {
  const pause = lastDependency(scene.data)?.pause;
  return !isPaused(scene) || !isUrgent(fromCase(scene).priority) || pause?.consent != null;
}
