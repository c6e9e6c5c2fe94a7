/** How an escalation ends, and what outlives it: consent, silence, report, satisfaction, reopening (service spec §4.3). */
import type { SceneOf } from '../kernel/rules.js';
import { isUrgent } from '../priority.js';
import {
  anew,
  caseFields,
  climbsOn,
  consentOf,
  ladderClocks,
  ladderEnds,
  overtaken,
  stopped,
  type Consented,
} from './columns.js';
import type { EscalationData as Data } from './data.js';
import {
  cameByAge,
  due,
  hear,
  isConsented,
  isOnly,
  isUnrated,
  on,
  owesReport,
  reopeningIsOpen,
  reportIsNew,
  reportIsOwed,
  wasSilent,
} from './guards.js';
import { open } from './rules-climb.js';
import { active } from './rules-work.js';
import type { escalation } from './words.js';

type Scene = SceneOf<typeof escalation>;

/** What runs on after the end: a report that is owed, and the time in which it can be reopened. */
const afterwards = {
  report: { start: ({ data }: Scene): readonly string[] => (reportStarts(data) ? [''] : []) },
  reopening: 'start',
} as const;
const goodbye = { endUser: 'satisfactionAsked', level: 'closed' } as const;

export const rulesOfEnd = [
  on.resolve({
    from: [...active, 'mitigated'],
    to: 'resolved',
    event: 'resolved',
    set: {
      ...overtaken,
      resolution: ({ payload, actor, at }) => ({
        at,
        by: actor ?? '',
        rootCause: payload.rootCause ?? null,
        why: payload.unknownBecause ?? null,
      }),
      stoppedAt: stopped,
      silentSince: null,
    },
    clocks: { ...ladderEnds, restore: 'meet', wait: 'cancel', update: 'meet', closure: 'start' },
    tell: { endUser: 'closureAsked' },
  }),
  ...(['first', 'second', 'third'] as const).map((step) =>
    due.closure[step]({ from: 'resolved', event: 'closureChased', tell: { endUser: 'closureAsked' } }),
  ),
  on.agreeClosure({
    from: 'resolved',
    to: 'closed',
    event: 'closed',
    guards: [isConsented],
    set: { closed: closedBy },
    clocks: afterwards,
    tell: goodbye,
  }),
  // Silence closes P3, P4 and what is no case; P1 and P2 need the Duty Manager's reasoned close (service spec §3a).
  due.closure.close({
    from: 'resolved',
    when: ({ data }) => !isUrgent(data.priority),
    to: 'closed',
    event: 'closedInSilence',
    set: {
      silentSince: ({ at }) => at,
      closed: ({ at }) => ({
        at,
        consent: null,
        decidedBy: null,
        why: 'The End User did not answer.',
      }),
    },
    clocks: afterwards,
    tell: { endUser: 'closedInSilence', owner: 'closed' },
  }),
  due.closure.close({
    from: 'resolved',
    event: 'closureUndecided',
    set: { silentSince: ({ at }) => at },
    tell: { dutyManager: 'closureUndecided', owner: 'closureUndecided' },
  }),
  due.closure.again({
    from: 'resolved',
    event: 'closureUndecided',
    tell: { dutyManager: 'closureUndecided' },
  }),
  on.closeInSilence({
    from: 'resolved',
    to: 'closed',
    event: 'closedInSilence',
    guards: [wasSilent],
    set: {
      closed: ({ payload, actor, at }) => ({ at, consent: null, decidedBy: actor, why: payload.reason }),
    },
    clocks: afterwards,
    tell: { endUser: 'closedInSilence', owner: 'closed' },
  }),

  on.askReport({
    from: 'closed',
    event: 'reportAsked',
    guards: [reportIsNew],
    set: { report: ({ data, at }) => ({ ...data.report, askedAt: at }) },
    clocks: { report: 'start' },
    tell: { owner: 'reportAsked' },
  }),
  on.deliverReport({
    from: 'closed',
    event: 'reportDelivered',
    guards: [reportIsOwed],
    set: {
      report: ({ data, payload, at }) => ({
        ...data.report,
        deliveredAt: at,
        reference: payload.reference,
      }),
    },
    clocks: { report: 'meet' },
    tell: { endUser: 'reportDelivered' },
  }),
  due.report.due({
    from: 'closed',
    event: 'reportMissed',
    tell: { owner: 'reportMissed', manager: 'reportMissed', smManager: 'reportMissed' },
  }),
  due.report.again({ from: 'closed', event: 'reportChased', tell: { smManager: 'reportMissed' } }),
  on.rate({
    from: 'closed',
    event: 'rated',
    guards: [isUnrated],
    set: { satisfaction: ({ payload, actor, at }) => ({ score: payload.score, by: actor ?? '', at }) },
  }),

  // The level is kept (service spec §4.19); the case is read anew.
  on.reopen({
    from: 'closed',
    to: 'inProgress',
    event: 'reopened',
    guards: [reopeningIsOpen, isOnly],
    set: {
      ...caseFields,
      ...climbsOn,
      mitigation: null,
      resolution: null,
      silentSince: null,
      closed: null,
      reopened: ({ data }) => data.reopened + 1,
    },
    clocks: { reopening: 'cancel', report: 'cancel', update: anew, ...ladderClocks },
    tell: { owner: 'unsolved', level: 'unsolved' },
  }),
  due.reopening.over({ from: 'closed', event: 'reopeningOver' }),

  // Somebody else asks for it still, or it has come by its age by now: only his name goes.
  on.withdraw({
    from: open,
    when: (scene) => scene.data.askers.length > 1 || cameByAge(scene),
    event: 'requestWithdrawn',
    set: { askers: ({ data, actor }) => data.askers.filter(({ personId }) => personId !== actor) },
    tell: { owner: 'requestWithdrawn' },
  }),
  on.withdraw({
    from: open,
    to: 'withdrawn',
    event: 'withdrawn',
    set: { withdrawnBecause: ({ payload }) => payload.reason },
    tell: { level: 'withdrawn', owner: 'withdrawn' },
  }),
  // Open P1 and P2 run to the end, and so does what goes on under a successor (service spec §3 R10).
  hear.contractEnded({
    from: open,
    when: ({ data, look }) => isUrgent(data.priority) || look.contract.status === 'renewed',
    event: 'contractEnded',
  }),
  hear.contractEnded({
    from: open,
    to: 'withdrawn',
    event: 'withdrawn',
    set: { withdrawnBecause: 'The contract has ended.' },
    tell: { owner: 'withdrawn', askers: 'withdrawn' },
  }),
];

function closedBy(scene: Scene & { readonly payload: Consented }): NonNullable<Data['closed']> {
  return {
    at: scene.at,
    consent: consentOf(scene, scene.payload),
    decidedBy: scene.actor,
    why: 'The End User agreed.',
  };
}

function reportStarts(data: Data): boolean {
  return owesReport(data) && data.report.deliveredAt === null;
}
