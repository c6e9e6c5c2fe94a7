/** The work itself: owner and plan, updates, waiting and its pauses, workaround, stand-down (service spec §4.3, §3 R3). */
import type { SceneOf } from '../kernel/rules.js';
import {
  anew,
  chased,
  climbsOn,
  ended,
  isPaused,
  kept,
  ladderClocks,
  ladderEnds,
  mustConsent,
  consentOf,
  overtaken,
  stopped,
  unpaused,
  type Consented,
  type With,
} from './columns.js';
import type { EscalationData as Data } from './data.js';
import {
  due,
  isConsented,
  isNotStoodDown,
  isStopped,
  managerDecides,
  on,
  ownerIsStaff,
  pauseIsAllowed,
  updateIsSoon,
} from './guards.js';
import { working } from './rules-climb.js';
import type { escalation } from './words.js';

type Scene = SceneOf<typeof escalation>;
type Plan = { readonly ownerId: string; readonly action: string; readonly nextUpdateAt: string };
type Wait = Consented & {
  readonly of: 'endUser' | 'delivery';
  readonly owedBy: string;
  readonly what: string;
  readonly askedAt?: string | undefined;
  readonly pause: boolean;
};

const waiting = ['awaitingEndUser', 'awaitingDelivery'] as const;
/** Somebody has it in hand, with a plan. */
export const active = ['inProgress', ...waiting] as const;

const held = ({ data }: Scene): readonly string[] => (isPaused({ data }) ? [''] : []);
/** The ladder and the restore objective stand while a pause lasts; response clocks and updates never do. */
const holds = { level: { pause: held }, top: { pause: held }, restore: { pause: held } } as const;
const runsOn = { level: 'resume', top: 'resume', restore: 'resume' } as const;

export const rulesOfWork = [
  on.setOwner({
    from: 'acknowledged',
    to: 'owned',
    event: 'ownerNamed',
    guards: [ownerIsStaff],
    set: { leadId: ({ payload }) => payload.ownerId },
    toward: ['plan'],
    tell: { lead: 'planDue' },
  }),
  on.setOwner({
    from: ['owned', ...active, 'mitigated', 'resolved'],
    event: 'ownerNamed',
    guards: [ownerIsStaff],
    set: { leadId: ({ payload }) => payload.ownerId },
    tell: { lead: 'handedOver', manager: 'managerInformed' },
  }),
  on.setPlan({
    from: 'acknowledged',
    via: 'owned',
    to: 'inProgress',
    event: 'planned',
    guards: [ownerIsStaff, updateIsSoon],
    set: { leadId: ({ payload }) => payload.ownerId, plan: planOf },
    clocks: { plan: 'meet', update: 'start' },
    tell: { lead: 'handedOver', askers: 'planSet' },
  }),
  on.setPlan({
    from: 'owned',
    to: 'inProgress',
    event: 'planned',
    guards: [ownerIsStaff, updateIsSoon],
    set: { leadId: ({ payload }) => payload.ownerId, plan: planOf },
    clocks: { plan: 'meet', update: 'start' },
    tell: { askers: 'planSet' },
  }),
  on.setPlan({
    from: active,
    event: 'planChanged',
    guards: [ownerIsStaff, updateIsSoon],
    set: { leadId: ({ payload }) => payload.ownerId, plan: planOf },
    tell: { askers: 'planSet' },
  }),
  due.plan.due({
    from: ['acknowledged', 'owned'],
    event: 'planMissed',
    tell: { lead: 'planMissed', level: 'planMissed' },
  }),
  due.plan.again({ from: ['acknowledged', 'owned'], event: 'planChased', tell: { level: 'planMissed' } }),

  on.postUpdate({
    from: [...active, 'mitigated'],
    event: 'updated',
    set: {
      updates: ({ data }) => data.updates + 1,
      lastUpdate: ({ payload, actor, at }) => ({ by: actor ?? '', at, text: payload.text }),
    },
    clocks: { update: kept },
    tell: { askers: 'statusUpdate', endUserLevel: 'statusUpdate' },
  }),
  // A breach of its own, and one extra notice to the level that holds it (service spec §4.3).
  due.update.due({
    from: [...active, 'mitigated'],
    event: 'updateMissed',
    tell: { lead: 'updateMissed', level: 'updateMissed' },
  }),
  due.update.again({
    from: [...active, 'mitigated'],
    event: 'updateChased',
    tell: { level: 'updateMissed' },
  }),
  due.restore.due({
    from: working,
    event: 'restoreMissed',
    tell: { lead: 'restoreMissed', level: 'restoreMissed' },
  }),
  due.restore.again({ from: working, event: 'restoreChased', tell: { level: 'restoreMissed' } }),

  on.wait({
    from: 'inProgress',
    when: ({ payload }) => payload.of === 'endUser',
    to: 'awaitingEndUser',
    event: 'waitingForEndUser',
    guards: [managerDecides, pauseIsAllowed],
    set: { dependencies: asked, pauses: pausedNow },
    clocks: { wait: 'start', ...holds },
    tell: { endUser: 'dependencyChased' },
  }),
  on.wait({
    from: 'inProgress',
    to: 'awaitingDelivery',
    event: 'waitingForDelivery',
    guards: [managerDecides, pauseIsAllowed],
    set: { dependencies: asked, pauses: pausedNow },
    clocks: { wait: 'start', ...holds },
  }),
  ...(['first', 'second', 'third'] as const).flatMap((step) => [
    due.wait[step]({
      from: 'awaitingEndUser',
      event: 'dependencyChased',
      set: { dependencies: chased },
      tell: { endUser: 'dependencyChased', lead: 'dependencyChased' },
    }),
    due.wait[step]({
      from: 'awaitingDelivery',
      event: 'dependencyChased',
      set: { dependencies: chased },
      tell: { owner: 'dependencyChased' },
    }),
  ]),
  // The longest pause is over (service spec §3 R3): the work goes on, and the service manager decides about another.
  due.wait.limit({
    from: waiting,
    to: 'inProgress',
    event: 'waitOver',
    set: { dependencies: ended('limit'), pauses: unpaused },
    clocks: runsOn,
    tell: { owner: 'waitOver', manager: 'managerInformed' },
  }),
  on.endWait({
    from: waiting,
    to: 'inProgress',
    event: 'dependencySatisfied',
    set: { dependencies: ended('satisfied'), pauses: unpaused },
    clocks: { wait: 'cancel', ...runsOn },
    tell: { lead: 'goesOn' },
  }),

  on.acceptWorkaround({
    from: active,
    to: 'mitigated',
    event: 'mitigated',
    guards: [isConsented],
    set: {
      ...overtaken,
      mitigation: (scene) => ({
        at: scene.at,
        workaround: scene.payload.workaround,
        consent: mustConsent(scene, scene.payload),
      }),
      stoppedAt: stopped,
    },
    clocks: { ...ladderEnds, restore: 'meet', wait: 'cancel', update: anew },
    tell: { level: 'mitigated', manager: 'mitigated' },
  }),
  on.reportUnsolved({
    from: ['mitigated', 'resolved'],
    to: 'inProgress',
    event: 'unsolved',
    set: { ...climbsOn, mitigation: null, resolution: null, silentSince: null },
    clocks: { closure: 'cancel', update: anew, ...ladderClocks },
    tell: { owner: 'unsolved', level: 'unsolved' },
  }),
  // A workaround that was accepted in the case has failed.
  on.reportUnsolved({
    from: working,
    event: 'unsolved',
    guards: [isStopped],
    set: climbsOn,
    clocks: ladderClocks,
    tell: { owner: 'unsolved', level: 'unsolved' },
  }),
  on.standDown({
    from: ['acknowledged', 'owned', ...active],
    event: 'stoodDown',
    guards: [isNotStoodDown, isConsented],
    set: {
      standDown: (scene) => ({
        at: scene.at,
        by: scene.actor ?? '',
        reason: scene.payload.reason,
        fromLevel: scene.data.level,
        consent: mustConsent(scene, scene.payload),
      }),
      level: 'L0',
    },
    clocks: ladderEnds,
    tell: { manager: 'stoodDown', askers: 'stoodDown', endUserLevel: 'stoodDown' },
  }),
];

function planOf({ data, payload, actor, at }: With<Plan>): NonNullable<Data['plan']> {
  const { action, nextUpdateAt } = payload;
  const version = (data.plan?.version ?? 0) + 1;
  return { version, action, by: actor ?? '', at, nextUpdateAt: Date.parse(nextUpdateAt) };
}

function asked(scene: With<Wait>): Data['dependencies'] {
  const { data, payload, at } = scene;
  const { of, owedBy, what, askedAt, pause } = payload;
  const dependency = {
    number: data.dependencies.length + 1,
    of,
    owedBy,
    what,
    askedAt: askedAt === undefined ? at : Date.parse(askedAt),
    chasedAt: [],
    endedAt: null,
    outcome: null,
    pause: pause ? { consent: consentOf(scene, payload) } : null,
  };
  return [...data.dependencies, dependency];
}

function pausedNow({ data, payload, at }: With<Wait>): Data['pauses'] {
  if (!payload.pause) return data.pauses;
  return [...data.pauses, { fromMs: at, toMs: null, cause: `waiting for ${payload.of}` }];
}
