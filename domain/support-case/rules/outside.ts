/** Rows of what an outside ticketing system reports (service spec §3 R9): news moves the case on, nothing moves it back. */
import { isHigher, type Priority } from '../../priority.js';
import { forContact, withKey } from '../calls.js';
import type { CaseData } from '../data.js';
import { atWorkAgain, openAgain } from './closure.js';
import { mayBeServedAt, rejudged } from './gate.js';
import { priorityChanged, raised, raises } from './priority.js';
import { backToQueues } from './queue.js';
import {
  afterService,
  atWork,
  finishing,
  hear,
  open,
  settling,
  tellEscalations,
  waiting,
  type With,
} from './rows.js';
import { withoutEngineer } from './work.js';

interface Fact {
  readonly sourceKey: string;
  readonly occurredAt: string;
}
interface Report extends Fact {
  readonly state?: CaseReport['state'] | undefined;
}
type CaseReport = NonNullable<CaseData['report']>;

const at = ({ payload }: With<Fact>) => Date.parse(payload.occurredAt);
const isNew = ({ data, payload }: With<Fact>) => !data.reportKeys.includes(payload.sourceKey);

/**
 * Of no known key, and not older than what stands; of two about one instant the key decides, so that every order of
 * arrival ends the same. There is no row for anything else: the store keeps it as late information, and the case does
 * not move.
 */
function isNews(scene: With<Report>): boolean {
  const { report, reopenedAt } = scene.data;
  if (!isNew(scene) || at(scene) < (reopenedAt ?? -Infinity)) return false;
  if (report === null || at(scene) !== report.at) return at(scene) > (report?.at ?? -Infinity);
  return scene.payload.sourceKey > report.key;
}

const says = (state: CaseReport['state']) => (scene: With<Report>) =>
  scene.payload.state === state && isNews(scene);
/** Open again outside, and later than our own resolution. */
const opensAgain = (scene: With<Report>) =>
  (says('open')(scene) || says('workaround')(scene)) && at(scene) > (scene.data.resolution?.at ?? -Infinity);

const keyKept = {
  reportKeys: ({ data, payload }: With<Fact>) => withKey(data.reportKeys, payload.sourceKey),
};
const kept = {
  report: (scene: With<Report>): CaseData['report'] => ({
    at: at(scene),
    key: scene.payload.sourceKey,
    state: scene.payload.state ?? 'open',
  }),
  ...keyKept,
};
/** It was found not to be solved when the outside system says so: reports of later instants count. */
const openAgainThen = { ...openAgain, reopenedAt: at, ...kept };
type Prioritised = Fact & { readonly to: Priority };
const priorityKept = {
  priorityOutside: (scene: With<Prioritised>): CaseData['priorityOutside'] =>
    isNewestPriority(scene) ? { at: at(scene), to: scene.payload.to } : scene.data.priorityOutside,
};
/** Whatever was owed before the restore is over. */
const overWithIt = {
  engage: 'cancel',
  page: 'cancel',
  answer: 'cancel',
  respond: 'cancel',
  update: 'cancel',
  shift: 'cancel',
  wait: 'cancel',
  restore: 'meet',
  age: 'cancel',
} as const;

export const outsideRows = [
  // Closed there is not closed here: the End User is asked, an open escalation stays open, its owner is told.
  hear.reported({
    from: [...waiting, ...atWork, 'resolved'],
    when: says('closed'),
    to: 'closurePending',
    event: 'closedOutside',
    set: { ...kept, restoredAt: ({ data, at: now }) => data.restoredAt ?? now, silentSince: null },
    clocks: { ...overWithIt, monitor: 'cancel', closure: 'start' },
    tell: {
      caseOwner: 'closedOutside',
      owner: 'closedOutside',
      caller: 'closureAsked',
      primaryContact: 'closureAsked',
    },
    effects: [tellEscalations('closedOutside')],
  }),
  hear.reported({
    from: [...waiting, ...atWork],
    when: says('resolved'),
    to: 'resolved',
    event: 'resolvedOutside',
    set: { ...kept, restoredAt: ({ data, at: now }) => data.restoredAt ?? now },
    clocks: { ...overWithIt, monitor: 'start' },
    effects: [tellEscalations('status')],
  }),
  // Here it waits for consent already: nothing moves, and its escalations, which count it as closed, hear of it.
  hear.reported({
    from: 'closurePending',
    when: (scene) => says('closed')(scene) && scene.data.report?.state !== 'closed',
    event: 'closedOutside',
    set: kept,
    tell: { caseOwner: 'closedOutside', owner: 'closedOutside' },
    effects: [tellEscalations('closedOutside')],
  }),
  // Opened again there and resolved again, of which the first was not heard.
  hear.reported({
    from: 'closurePending',
    when: (scene) => says('resolved')(scene) && scene.data.report?.state === 'closed',
    to: 'resolved',
    event: 'resolvedOutside',
    set: kept,
    clocks: { closure: 'cancel', monitor: 'start' },
    effects: [tellEscalations('status')],
  }),
  hear.reported({
    from: finishing,
    when: (scene) => opensAgain(scene) && scene.data.engineerId !== null,
    to: 'diagnosing',
    event: 'openAgainOutside',
    set: openAgainThen,
    clocks: atWorkAgain,
    tell: { engineer: 'notSolved', owner: 'notSolved' },
    effects: [tellEscalations('status')],
  }),
  ...backToQueues.map((queue) => {
    const { when, ...rest } = { when: () => true, ...queue };
    return hear.reported({
      ...rest,
      from: finishing,
      when: (scene) => opensAgain(scene) && when(scene),
      event: 'openAgainOutside',
      set: { ...openAgainThen, queuedAt: ({ at: now }) => now },
      clocks: { ...queue.clocks, monitor: 'cancel', closure: 'cancel' },
      effects: [tellEscalations('status')],
    });
  }),
  // What we have closed is opened again as if the End User had asked for it, as long as that is possible.
  ...backToQueues.map((queue) => {
    const { when, ...rest } = { when: () => true, ...queue };
    return hear.reported({
      ...rest,
      from: afterService,
      when: (scene) => opensAgainLater(scene) && when(scene),
      event: 'reopened',
      set: {
        ...openAgainThen,
        ...withoutEngineer,
        queuedAt: ({ at: now }) => now,
        entitlement: (scene) => rejudged(scene, {}),
      },
      clocks: { ...queue.clocks, reopen: 'cancel' },
      tell: { ...queue.tell, owner: 'notSolved' },
      effects: [tellEscalations('status')],
    });
  }),
  hear.reported({
    from: open,
    when: (scene) => scene.payload.state !== undefined && isNews(scene),
    event: 'reported',
    set: kept,
  }),
  // A note has no place in the order of states: whenever it comes, nothing that comes after it is late.
  hear.reported({
    from: open,
    when: (scene) => scene.payload.state === undefined && isNew(scene),
    event: 'noted',
    set: keyKept,
  }),

  // A raise counts whenever it comes, unless the case was lowered here since (service spec §3 R4).
  ...raises.map(({ when = () => true, set, ...raise }) =>
    hear.priorityReported({
      ...raise,
      when: (scene) => isRaise(scene) && when(scene),
      set: { ...set, ...priorityKept },
    }),
  ),
  hear.priorityReported({
    from: finishing,
    when: isRaise,
    event: 'priorityRaised',
    set: { ...raised, ...priorityKept },
    clocks: { settle: settling },
    tell: { caseOwner: 'priorityChanged', owner: 'priorityChanged' },
    effects: priorityChanged,
  }),
  // Lower, or not covered: that is for people to agree to.
  hear.priorityReported({
    from: open,
    when: (scene) => scene.payload.to !== scene.data.priority && isNewestPriority(scene),
    event: 'priorityDiffers',
    set: priorityKept,
    tell: { caseOwner: 'priorityDiffers' },
  }),

  hear.calledOutside({
    from: open,
    event: 'callJoined',
    set: {
      calls: ({ data, payload, at: now }) => [
        ...data.calls,
        { at: now, caller: forContact(payload.caller), impact: payload.impact },
      ],
    },
    tell: { caseOwner: 'joined' },
  }),
];

function opensAgainLater(scene: With<Report>): boolean {
  const { closure, reopenable, priority } = scene.data;
  return (
    says('open')(scene) &&
    at(scene) > (closure?.at ?? Infinity) &&
    reopenable &&
    mayBeServedAt(scene, priority)
  );
}

function isRaise(scene: With<Prioritised>): boolean {
  const { data, payload } = scene;
  const lowered = data.priorityChanges.findLast(({ from, to }) => isHigher(from, to));
  return (
    isHigher(payload.to, data.priority) &&
    at(scene) > (lowered?.at ?? -Infinity) &&
    mayBeServedAt(scene, payload.to)
  );
}

function isNewestPriority(scene: With<Prioritised>): boolean {
  return at(scene) > (scene.data.priorityOutside?.at ?? -Infinity);
}
