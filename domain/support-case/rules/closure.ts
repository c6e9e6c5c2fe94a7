/** Rows of the end of a case: watched, closed by consent, opened again; the test call; the end of the contract (§4.16, §3a, §3 R10). */
import type { CaseData } from '../data.js';
import type { CaseScene } from '../scene.js';
import { mayBeServedAt, rejudged } from './gate.js';
import { backToQueues } from './queue.js';
import {
  afterService,
  due,
  ended,
  finishing,
  guard,
  hear,
  isReopenable,
  notUrgent,
  ofSeniorDesk,
  on,
  open,
  settledAfterwards,
  tellEscalations,
  urgent,
  where,
} from './rows.js';
import { isShown, mayConsent, withoutEngineer } from './work.js';

const isSilent = guard('notSilent', ({ data }) => data.silentSince !== null);
const isTest = guard('notATest', ({ data }) => data.test);
const isStillServed = guard('notEntitled', (scene) => mayBeServedAt(scene, scene.data.priority));

const asksForClosure = { caller: 'closureAsked', primaryContact: 'closureAsked' } as const;
const tellClosed = [tellEscalations('status')] as const;
const withAnEngineer = ({ data }: CaseScene) => data.engineerId !== null;

/** The item of the onboarding is settled by the test call itself; the onboarding that is open now is told. */
const settlesTestCall = {
  kind: 'tellProcess',
  intent: 'settled',
  signal: 'itemSettled',
  to: ({ look }: CaseScene) => (look.onboarding === null ? [] : [look.onboarding]),
  payload: ({ processId, data }: CaseScene) => ({
    item: 'testCall',
    processId,
    outcome: 'done',
    reason: `Test call ${data.number} of the Senior Desk has passed.`,
  }),
} as const;

/** What is not solved begins again from now. */
export const openAgain = {
  reopenedAt: ({ at }: CaseScene) => at,
  restoreSince: ({ at }: CaseScene) => at,
  engageSince: ({ at }: CaseScene) => at,
  reopenings: ({ data }: CaseScene) => data.reopenings + 1,
  workaround: null,
  restoredAt: null,
  resolution: null,
  silentSince: null,
  closure: null,
};
export const atWorkAgain = {
  monitor: 'cancel',
  closure: 'cancel',
  update: 'start',
  restore: 'restart',
  age: 'restart',
  shift: { start: where(ofSeniorDesk) },
} as const;

export const closureRows = [
  due.monitor.end({
    from: 'resolved',
    to: 'closurePending',
    event: 'closureAsked',
    clocks: { closure: 'start' },
    tell: asksForClosure,
    effects: [tellEscalations('status')],
  }),
  on.consentClosure({
    from: 'closurePending',
    to: 'closed',
    event: 'closed',
    guards: [mayConsent, isShown],
    set: {
      closure: ({ payload, at }) => ({
        at,
        how: 'consent',
        by: payload.agreedBy,
        reason: payload.evidence ?? 'Consented.',
      }),
    },
    clocks: { closure: 'meet', reopen: 'start', ...settledAfterwards },
    tell: { caller: 'closed', owner: 'closed' },
    effects: tellClosed,
  }),
  due.closure.first({ from: 'closurePending', event: 'closureReminded', tell: asksForClosure }),
  due.closure.second({ from: 'closurePending', event: 'closureReminded', tell: asksForClosure }),
  // Silence closes P3 and P4 only (service spec §3a "Closure by silence").
  due.closure.due({
    from: 'closurePending',
    when: notUrgent,
    to: 'closed',
    event: 'closedBySilence',
    set: {
      closure: ({ at }) => ({
        at,
        how: 'silence',
        by: null,
        reason: 'Nobody answered to the request and its reminders.',
      }),
    },
    clocks: { reopen: 'start', ...settledAfterwards },
    tell: { caller: 'closed', primaryContact: 'closed', owner: 'closed' },
    effects: tellClosed,
  }),
  due.closure.due({
    from: 'closurePending',
    event: 'endUserSilent',
    set: { silentSince: ({ at }) => at },
    tell: { dutyManager: 'reasonedClose', owner: 'reasonedClose' },
  }),
  due.closure.again({
    from: 'closurePending',
    event: 'reasonedCloseChased',
    tell: { dutyManager: 'reasonedClose' },
  }),
  on.closeReasoned({
    from: 'closurePending',
    to: 'closed',
    event: 'closedWithReason',
    guards: [isSilent],
    set: {
      closure: ({ payload, actor, at }) => ({ at, how: 'reasoned', by: actor, reason: payload.reason }),
    },
    clocks: { closure: 'cancel', reopen: 'start', ...settledAfterwards },
    tell: { caller: 'closed', primaryContact: 'closed', owner: 'closed' },
    effects: tellClosed,
  }),

  on.notSolved({
    from: finishing,
    when: withAnEngineer,
    to: 'diagnosing',
    event: 'notSolved',
    set: openAgain,
    clocks: atWorkAgain,
    tell: { engineer: 'notSolved', owner: 'notSolved' },
    effects: [tellEscalations('status')],
  }),
  // The outside system closed what nobody had taken yet.
  ...backToQueues.map((queue) =>
    on.notSolved({
      ...queue,
      from: finishing,
      event: 'notSolved',
      set: { ...openAgain, queuedAt: ({ at }) => at },
      clocks: { ...queue.clocks, monitor: 'cancel', closure: 'cancel' },
      tell: { ...queue.tell, owner: 'notSolved' },
      effects: [tellEscalations('status')],
    }),
  ),
  ...backToQueues.map((queue) =>
    on.reopen({
      ...queue,
      from: afterService,
      event: 'reopened',
      guards: [isReopenable, isStillServed],
      set: {
        ...openAgain,
        ...withoutEngineer,
        queuedAt: ({ at }) => at,
        entitlement: (scene) => rejudged(scene, {}),
      },
      clocks: { ...queue.clocks, reopen: 'cancel' },
      tell: { ...queue.tell, owner: 'notSolved' },
      effects: [tellEscalations('status')],
    }),
  ),
  due.reopen.end({ from: ended, event: 'reopenOver', set: { reopenable: false } }),

  on.passTest({
    from: ['sseEngaged', 'diagnosing'],
    to: 'closed',
    event: 'testPassed',
    guards: [isTest],
    set: {
      closure: ({ payload, actor, at }) => ({ at, how: 'testPassed', by: actor, reason: payload.evidence }),
      reopenable: false,
    },
    tell: { owner: 'closed', caller: 'closed' },
    effects: [settlesTestCall],
  }),

  hear.contractEnded({
    from: open,
    when: ({ look }) => look.contract.status === 'renewed',
    event: 'contractRenewed',
  }),
  // Open P1 and P2 run to their end (service spec §3 R10).
  hear.contractEnded({ from: open, when: urgent, event: 'contractEndNoted' }),
  hear.contractEnded({
    from: open,
    to: 'closed',
    event: 'closedWithContract',
    set: {
      closure: ({ at }): CaseData['closure'] => ({
        at,
        how: 'contractEnded',
        by: null,
        reason: 'The contract has ended.',
      }),
      reopenable: false,
    },
    clocks: settledAfterwards,
    tell: { caller: 'closed', owner: 'closed' },
    effects: tellClosed,
  }),
];
