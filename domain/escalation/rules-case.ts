/** What the case does to its escalation: priority up and down, closed outside (service spec §3 R4, §3a "Level clocks"). */
import { isUrgent } from '../priority.js';
import type { SceneOf } from '../kernel/rules.js';
import {
  anew,
  caseFields,
  isLowered,
  isLoweredSilently,
  isNewlyClosed,
  isPaused,
  isRaised,
  fromCase,
  ladderClocks,
  lastDependency,
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
  standDown: null,
  /** What stood without consent may not stand under a priority that needs it. */
  pauses: (scene: Scene) => (mayStayPaused(scene) ? scene.data.pauses : unpaused(scene)),
} as const;

/** Whoever has not accepted his level yet has the time of the new priority. */
const raisedClocks = { ...ladderClocks, accept: anew } as const;
const told = {
  lead: 'priorityChanged',
  level: 'priorityChanged',
  manager: 'managerInformed',
  endUserLevel: 'endUserInformed',
} as const;

export const rulesOfCase = [
  // It stays open: it needs a consent of its own (service spec §4.3 "Wrong").
  hear.caseChanged({
    from: open,
    when: isNewlyClosed,
    event: 'caseClosedOutside',
    set: { caseClosedAt: (scene) => fromCase(scene).closedAt },
    tell: { owner: 'caseClosedOutside' },
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
