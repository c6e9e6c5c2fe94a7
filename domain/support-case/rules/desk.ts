/** Rows of the Senior Desk: answer, accept, page ladder, second calls, call-backs (service spec §4.16, §3a "4.16 ladder"). */
import { forContact, taken } from '../calls.js';
import type { CaseData } from '../data.js';
import { isSeniorFor, type CaseScene } from '../scene.js';
import {
  atWork,
  check,
  due,
  guard,
  handedOn,
  ofSeniorDesk,
  on,
  open,
  settledAfterwards,
  tellEscalations,
  urgent,
  waiting,
  type With,
} from './rows.js';

type Accepting = { readonly because?: string | undefined };

const MINUTE_MS = 60_000;
const isSenior = check<Accepting>(
  'noSkill',
  (scene) =>
    isSeniorFor(scene.actor ?? '', scene.data.product, scene) !== false ||
    scene.payload.because !== undefined,
);
const notAnswered = guard('answered', ({ data }) => data.answeredAt === null);
const noneOwed = guard('callBackOwed', ({ data }) => data.callBack === null);
const isOwed = guard('noCallBack', ({ data }) => data.callBack !== null);
const triedEnough = guard(
  'notTriedEnough',
  ({ data, policy }) => data.failedContacts.length >= policy.seniorDesk.contact.tries,
);
const leadsForP1 = guard(
  'dutyManagerOnly',
  ({ data, actor, directory }) =>
    data.priority !== 'P1' ||
    actor === null ||
    (directory.people[actor]?.grants.includes('dutyManager') ?? false),
);

const withEngineer = {
  engineerId: ({ actor }: CaseScene) => actor,
  engagedAt: ({ data, at }: CaseScene) => data.engagedAt ?? at,
  answeredAt: ({ data, at }: CaseScene) => data.answeredAt ?? at,
  engineers: (scene: With<Accepting>) =>
    taken(
      scene.data.engineers,
      {
        personId: scene.actor ?? '',
        senior: isSeniorFor(scene.actor ?? '', scene.data.product, scene),
        because: scene.payload.because ?? null,
      },
      scene.at,
    ),
};

export const deskRows = [
  on.accept({
    from: 'queued',
    when: ofSeniorDesk,
    to: 'sseEngaged',
    event: 'engaged',
    guards: [isSenior],
    set: withEngineer,
    clocks: {
      engage: 'meet',
      page: 'meet',
      answer: 'meet',
      respond: 'cancel',
      update: 'start',
      shift: 'start',
    },
    tell: { caller: 'engaged' },
    effects: [tellEscalations('owner')],
  }),
  on.accept({
    from: waiting,
    to: 'diagnosing',
    event: 'taken',
    set: withEngineer,
    clocks: { respond: 'meet', engage: 'cancel', page: 'cancel', answer: 'meet', update: 'start' },
    tell: { caller: 'engaged' },
    effects: [tellEscalations('owner')],
  }),
  // Nobody accepts: one after another is paged, and the last of them again and again.
  due.page.second({ from: 'queued', event: 'secondPaged', tell: { second: 'page' } }),
  due.page.dutyManager({
    from: 'queued',
    event: 'dutyManagerPaged',
    tell: { dutyManager: 'page', owner: 'pageTold' },
  }),
  due.page.director({ from: 'queued', event: 'directorPaged', tell: { director: 'page' } }),
  due.page.again({ from: 'queued', event: 'directorPaged', tell: { director: 'page' } }),
  due.engage.due({
    from: 'queued',
    event: 'engageMissed',
    tell: { dutyManager: 'engageMissed', owner: 'engageMissed' },
  }),
  due.engage.again({ from: 'queued', event: 'engageChased', tell: { dutyManager: 'engageMissed' } }),
  due.respond.due({
    from: waiting,
    event: 'respondMissed',
    tell: { desk: 'respondDue', owner: 'respondDue' },
  }),
  due.respond.again({ from: waiting, event: 'respondChased', tell: { owner: 'respondDue' } }),

  on.answer({
    from: 'queued',
    event: 'answered',
    guards: [notAnswered],
    set: { answeredAt: ({ at }) => at },
    clocks: { answer: 'meet' },
  }),
  due.answer.due({
    from: 'queued',
    event: 'answerMissed',
    tell: { onDuty: 'answerDue', dutyManager: 'answerDue' },
  }),
  due.answer.again({ from: 'queued', event: 'answerChased', tell: { dutyManager: 'answerDue' } }),

  on.joinCall({
    from: open,
    event: 'callJoined',
    set: {
      calls: ({ data, payload, at }) => [
        ...data.calls,
        { at, caller: forContact(payload.caller), impact: payload.impact },
      ],
    },
    tell: { caseOwner: 'joined' },
  }),

  on.recordDrop({
    from: [...waiting, ...atWork],
    event: 'callDropped',
    guards: [noneOwed],
    set: { callBack: ({ at }) => ({ kind: 'dropped', since: at }) },
    clocks: { callBack: 'start' },
    tell: { caseOwner: 'callBackDue' },
  }),
  // Reaching somebody unknown is not yet to know him: verifyCaller says who he is.
  on.recordCallBack({ from: 'received', event: 'calledBack', guards: [isOwed], set: { callBacks: tried } }),
  on.recordCallBack({
    from: [...waiting, ...atWork],
    when: ({ payload }) => payload.reached,
    event: 'calledBack',
    guards: [isOwed],
    set: { callBacks: tried, callBack: null },
    clocks: { callBack: 'meet' },
  }),
  on.recordCallBack({
    from: [...waiting, ...atWork],
    event: 'callBackTried',
    guards: [isOwed],
    set: { callBacks: tried },
  }),

  // The case stays open; those who can find somebody are told (service spec §4.19).
  on.recordFailedContact({
    from: ['received', ...waiting, ...atWork],
    when: (scene) => urgent(scene) && reachesLimit(scene),
    event: 'endUserNotReached',
    set: { failedContacts: failedOnceMore },
    tell: { owner: 'notReached', endUserLevel2: 'notReached' },
  }),
  on.recordFailedContact({
    from: ['received', ...waiting, ...atWork],
    event: 'contactFailed',
    set: { failedContacts: failedOnceMore },
  }),
  on.abandon({
    from: ['received', 'queued', ...handedOn],
    to: 'abandoned',
    event: 'abandoned',
    guards: [triedEnough, leadsForP1],
    set: {
      closure: ({ payload, actor, at }) => ({ at, how: 'abandoned', by: actor, reason: payload.reason }),
    },
    clocks: { reopen: 'start', ...settledAfterwards },
    tell: { owner: 'closed', caller: 'closed' },
    effects: [tellEscalations('status')],
  }),
];

function tried({ data, payload, actor, at }: With<{ readonly reached: boolean }>): CaseData['callBacks'] {
  const kind = data.callBack?.kind ?? 'unknown';
  return [...data.callBacks, { kind, at, by: actor ?? '', reached: payload.reached }];
}

function failedOnceMore({ data, at }: CaseScene): number[] {
  return [...data.failedContacts, at];
}

/** With this one, as many within the window as the policy allows; then the count begins again. */
function reachesLimit(scene: CaseScene): boolean {
  const { tries, withinMinutes } = scene.policy.seniorDesk.contact;
  const recent = failedOnceMore(scene).filter((one) => one > scene.at - withinMinutes * MINUTE_MS);
  return recent.length >= tries && recent.length % tries === 0;
}
