/** The rules of the User Guide hand-over, one row per line of service spec §4.1, R7 and §3a "Acknowledgement". */
import { chaseRows } from '../kernel/chase.js';
import { define, rulesFor, type SceneOf } from '../kernel/rules.js';
import { userGuide, waitingFor, type Recipient } from './words.js';

type Scene = SceneOf<typeof userGuide>;
type Recipients = Readonly<Record<string, Recipient>>;
const { start, on, hear, due, check, guard } = rulesFor(userGuide);

const contractIsActive = check<unknown>('contractNotActive', ({ look }) =>
  ['active', 'expiring'].includes(look.contract.status),
);
const versionExists = check<{ documentId: string; version: number; language: string }>(
  'unknownVersion',
  ({ payload, look }) => versionOf(look, payload) !== undefined,
);
const releaserIsNotPicker = guard('selfReview', ({ data, actor }) => actor !== data.pickedBy);
const somebodyToSendTo = guard('nobodyToSendTo', ({ look }) => addressees(look).length > 0);
const someoneWaits = guard('notWaitedFor', ({ data }) => waitingFor(data.recipients).length > 0);
const isTheRecipient = check<{ recipient: string }>(
  'notYourGuide',
  ({ payload, actor }) => payload.recipient === actor,
);
const wasSentIt = check<{ recipient: string }>('notWaitedFor', ({ payload, data }) => {
  const recipient = data.recipients[payload.recipient];
  return recipient !== undefined && recipient.acknowledgedAt === null;
});
const isVersionInForce = check<{ version: number }>(
  'otherVersion',
  ({ payload, data }) => payload.version === data.inForce?.version,
);

const inForce = ['delivered', 'acknowledged', 'reviewDue'] as const;
const beforeRelease = ['draft', 'internalReview'] as const;
const open = [...beforeRelease, ...inForce] as const;

/** Reports back to the onboarding that asked for the guide: once, however often it is issued again. */
const report = {
  kind: 'tellProcess',
  intent: 'handedOver',
  signal: 'guideHandedOver',
  when: ({ data }: Scene) => data.onboardingId !== null && data.handedOver === 'first',
  to: ({ data }: Scene) => data.onboardingId ?? '',
  payload: ({ data, look, processId }: Scene) => ({
    processId,
    outcome: primaryAcknowledged(data.recipients, look) ? 'acknowledged' : 'deliveredNotAcknowledged',
  }),
} as const;

/** An acknowledgement is an answer of the End User (service spec §3a "Stalled"). */
const answered = {
  kind: 'tellProcess',
  intent: 'answered',
  signal: 'endUserAnswered',
  when: ({ data }: Scene) => data.onboardingId !== null,
  to: ({ data }: Scene) => data.onboardingId ?? '',
  payload: ({ processId }: Scene) => ({ processId }),
} as const;

export const userGuideRules = define(userGuide, [
  start({
    to: 'draft',
    event: 'started',
    guards: [contractIsActive],
    init: ({ look, payload }) => ({
      contractId: look.contract.contractId,
      contractNumber: look.contract.number,
      onboardingId: payload.onboardingId,
      calendarId: look.contract.calendarId,
      picked: null,
      pickedBy: null,
      inForce: null,
      newestVersion: null,
      recipients: {},
      handedOver: 'no',
      withdrawnBecause: null,
    }),
    clocks: { send: 'start' },
  }),
  on.pick({
    from: 'draft',
    to: 'internalReview',
    event: 'picked',
    guards: [versionExists],
    set: { picked: ({ payload, look }) => versionOf(look, payload) ?? null, pickedBy: ({ actor }) => actor },
    toward: ['send', 'reissue'],
    tell: { backup: 'reviewAsked', smManager: 'reviewAsked' },
  }),
  // A new version, or the same one again: the version in force stays in force until the release.
  on.pick({
    from: inForce,
    to: 'internalReview',
    event: 'picked',
    guards: [versionExists],
    set: { picked: ({ payload, look }) => versionOf(look, payload) ?? null, pickedBy: ({ actor }) => actor },
    clocks: { review: 'cancel', reviewDone: 'cancel', send: 'start' },
    toward: ['reissue'],
    tell: { backup: 'reviewAsked', smManager: 'reviewAsked' },
  }),
  on.sendBack({
    from: 'internalReview',
    to: 'draft',
    event: 'sentBack',
    set: { picked: null, pickedBy: null },
    tell: { owner: 'sendDue' },
  }),
  on.release({
    from: 'internalReview',
    to: 'delivered',
    event: 'released',
    guards: [releaserIsNotPicker, somebodyToSendTo],
    set: {
      inForce: ({ data }) => data.picked,
      recipients: ({ data, look, at }) => sentTo({}, addressees(look), data.picked?.version ?? 0, at),
    },
    clocks: {
      send: 'meet',
      reissue: 'meet',
      newCaller: 'meet',
      review: 'restart',
      acknowledge: { restart: ({ look }) => addressees(look) },
    },
    tell: { sentNow: 'guideDelivered' },
  }),
  ...chaseRows(due, 'send', beforeRelease, 'sendDue'),

  hear.delivered({
    from: open,
    when: (scene) => !isOfThisMailing(scene),
    event: 'messageDelivered',
  }),
  hear.delivered({
    from: 'delivered',
    when: (scene) => completes(scene, delivered(scene)),
    to: 'acknowledged',
    event: 'guideDelivered',
    set: { recipients: delivered, handedOver: handedOverNow },
    clocks: { newCaller: { meet: ({ payload }) => [payload.recipient] } },
    effects: [report],
  }),
  hear.delivered({
    from: open,
    event: 'guideDelivered',
    set: { recipients: delivered },
    clocks: { newCaller: { meet: ({ payload }) => [payload.recipient] } },
  }),

  on.acknowledge({
    from: 'delivered',
    when: (scene) => completes(scene, acknowledgedBy(scene)),
    to: 'acknowledged',
    event: 'acknowledged',
    guards: [someoneWaits, isTheRecipient, wasSentIt, isVersionInForce],
    set: { recipients: acknowledgedBy, handedOver: handedOverNow },
    clocks: { acknowledge: { meet: ({ payload }) => [payload.recipient] } },
    effects: [answered, report],
  }),
  // While the next version is in draft or review, the one in force can still be acknowledged.
  on.acknowledge({
    from: open,
    event: 'acknowledged',
    guards: [isTheRecipient, wasSentIt, isVersionInForce],
    set: { recipients: acknowledgedBy },
    clocks: { acknowledge: { meet: ({ payload }) => [payload.recipient] } },
    effects: [answered],
  }),
  on.recordAcknowledgement({
    from: 'delivered',
    when: (scene) => completes(scene, acknowledgedBy(scene)),
    to: 'acknowledged',
    event: 'acknowledged',
    guards: [wasSentIt],
    set: { recipients: acknowledgedBy, handedOver: handedOverNow },
    clocks: { acknowledge: { meet: ({ payload }) => [payload.recipient] } },
    effects: [answered, report],
  }),
  on.recordAcknowledgement({
    from: open,
    event: 'acknowledged',
    guards: [wasSentIt],
    set: { recipients: acknowledgedBy },
    clocks: { acknowledge: { meet: ({ payload }) => [payload.recipient] } },
    effects: [answered],
  }),
  due.acknowledge.first({
    from: open,
    event: 'acknowledgementReminded',
    tell: { recipient: 'guideReminder' },
  }),
  due.acknowledge.second({
    from: open,
    event: 'acknowledgementReminded',
    tell: { recipient: 'guideReminder', owner: 'notAcknowledged' },
  }),
  due.acknowledge.last({
    from: 'delivered',
    when: (scene) => completes(scene, givenUpOn(scene)),
    to: 'acknowledged',
    event: 'deliveredNotAcknowledged',
    set: { recipients: givenUpOn, handedOver: handedOverNow },
    tell: { owner: 'notAcknowledged' },
    effects: [report],
  }),
  due.acknowledge.last({
    from: open,
    event: 'deliveredNotAcknowledged',
    set: { recipients: givenUpOn },
    tell: { owner: 'notAcknowledged' },
  }),

  // Before the first release nobody is missed: the release takes the callers as they are then.
  hear.callersChanged({
    from: beforeRelease,
    when: ({ data }) => data.inForce === null,
    event: 'callersChanged',
  }),
  hear.callersChanged({
    from: open,
    event: 'callersChanged',
    set: {
      recipients: (scene) =>
        sentTo(scene.data.recipients, newcomers(scene), scene.data.inForce?.version ?? 0, scene.at),
    },
    clocks: { newCaller: { start: addedNow }, acknowledge: { start: addedNow } },
    tell: { sentNow: 'guideDelivered' },
  }),
  ...chaseRows(due, 'newCaller', open, 'callerWithoutGuide'),

  hear.newVersion({
    from: inForce,
    when: ({ payload, data }) => payload.version > (data.inForce?.version ?? 0),
    event: 'newVersionPublished',
    set: { newestVersion: ({ payload }) => payload.version },
    clocks: { reissue: 'start' },
    tell: { owner: 'newVersion' },
  }),
  hear.newVersion({
    from: beforeRelease,
    event: 'newVersionPublished',
    set: { newestVersion: ({ payload }) => payload.version },
  }),
  ...chaseRows(due, 'reissue', open, 'newVersion'),

  due.review.due({
    from: ['delivered', 'acknowledged'],
    to: 'reviewDue',
    event: 'reviewFellDue',
    clocks: { reviewDone: 'start' },
    tell: { owner: 'reviewDue' },
  }),
  due.review.due({ from: ['draft', 'internalReview', 'reviewDue'], event: 'reviewFellDue' }),
  on.confirmReview({
    from: 'reviewDue',
    to: 'acknowledged',
    event: 'reviewed',
    clocks: { reviewDone: 'meet', review: 'restart' },
  }),
  ...chaseRows(due, 'reviewDone', 'reviewDue', 'reviewDue'),

  hear.contractEnded({
    from: open,
    to: 'withdrawn',
    event: 'withdrawn',
    set: { withdrawnBecause: 'The contract has ended.' },
  }),
  on.withdraw({
    from: open,
    to: 'withdrawn',
    event: 'withdrawn',
    set: { withdrawnBecause: ({ payload }) => payload.reason },
  }),
]);

function versionOf(look: Scene['look'], wanted: { documentId: string; version: number; language: string }) {
  return look.guides.find(
    (guide) =>
      guide.documentId === wanted.documentId &&
      guide.version === wanted.version &&
      guide.language === wanted.language,
  );
}

/** Authorised callers and primary contacts, each once. */
function addressees(look: Scene['look']): readonly string[] {
  return [...new Set([...look.contract.callers, ...look.contract.primaryContacts])];
}

function newcomers({
  data,
  payload,
}: Scene & { readonly payload: { callers: string[]; primaryContacts: string[] } }): string[] {
  return [...new Set([...payload.callers, ...payload.primaryContacts])].filter(
    (id) => data.recipients[id] === undefined,
  );
}

/** Whom this step added: `set` has run before the clocks are asked. */
function addedNow({ data, at }: Scene): string[] {
  return Object.keys(data.recipients).filter((id) => data.recipients[id]?.sentAt === at);
}

function sentTo(
  recipients: Recipients,
  people: readonly string[],
  version: number,
  at: number,
): Record<string, Recipient> {
  const fresh = {
    version,
    sentAt: at,
    deliveredAt: null,
    acknowledgedAt: null,
    unacknowledged: false,
    evidence: null,
  };
  return { ...recipients, ...Object.fromEntries(people.map((id) => [id, fresh])) };
}

/** The report is about the guide as it was sent to him last, not about a reminder or an earlier version. */
function isOfThisMailing({
  data,
  payload,
}: Scene & { readonly payload: { notice: string; recipient: string; decidedAt: number } }): boolean {
  const sent = data.recipients[payload.recipient];
  return payload.notice === 'guideDelivered' && sent?.sentAt === payload.decidedAt;
}

function delivered({ data, payload, at }: Scene & { readonly payload: { recipient: string } }) {
  return withRecipient(data.recipients, payload.recipient, (recipient) => ({
    ...recipient,
    deliveredAt: recipient.deliveredAt ?? at,
  }));
}

function acknowledgedBy({
  data,
  payload,
  at,
}: Scene & { readonly payload: { recipient: string; evidence?: string } }) {
  return withRecipient(data.recipients, payload.recipient, (recipient) => ({
    ...recipient,
    acknowledgedAt: at,
    // Who acknowledges has it, whatever his mail server reported.
    deliveredAt: recipient.deliveredAt ?? at,
    evidence: payload.evidence ?? null,
  }));
}

function givenUpOn({ data, key }: Scene) {
  return withRecipient(data.recipients, key, (recipient) => ({ ...recipient, unacknowledged: true }));
}

function withRecipient(
  recipients: Recipients,
  id: string,
  change: (recipient: Recipient) => Recipient,
): Record<string, Recipient> {
  const recipient = recipients[id];
  return recipient ? { ...recipients, [id]: change(recipient) } : { ...recipients };
}

/** Every authorised caller has it, and the primary contact has acknowledged or his ladder has ended (service spec §3a). */
function completes({ look }: Scene, recipients: Recipients): boolean {
  const everyCallerHasIt = look.contract.callers.every((id) => {
    const recipient = recipients[id];
    return recipient !== undefined && (recipient.deliveredAt !== null || recipient.unacknowledged);
  });
  const primarySettled = look.contract.primaryContacts.some((id) => {
    const recipient = recipients[id];
    return recipient !== undefined && (recipient.acknowledgedAt !== null || recipient.unacknowledged);
  });
  return everyCallerHasIt && primarySettled;
}

function handedOverNow({ data }: Scene): 'first' | 'again' {
  return data.handedOver === 'no' ? 'first' : 'again';
}

function primaryAcknowledged(recipients: Recipients, look: Scene['look']): boolean {
  return look.contract.primaryContacts.some((id) => (recipients[id]?.acknowledgedAt ?? null) !== null);
}
