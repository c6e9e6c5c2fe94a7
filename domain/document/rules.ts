/** The rules of the hand-over of a document, one row per line of service spec §3 R7, §4.1 and §3a "Acknowledgement". */
import { chaseRows } from '../kernel/chase.js';
import { define, rulesFor, type SceneOf } from '../kernel/rules.js';
import {
  adoptedRecipients,
  adoptedVersion,
  adoptedVersionExists,
  comesWithContract,
  newerVersion,
  type Start,
} from './adopted.js';
import type { DocumentKind } from './kinds.js';
import { wrongNames } from './outage-guideline.js';
import { document, waitingFor, type Recipient } from './words.js';

type Scene = SceneOf<typeof document>;
type Recipients = Readonly<Record<string, Recipient>>;
const { start, on, hear, due, check, guard } = rulesFor(document);

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
  'notYourDocument',
  ({ payload, actor }) => payload.recipient === actor,
);
const wasSentIt = check<{ recipient: string }>('notWaitedFor', ({ payload, data }) => {
  const recipient = data.recipients[payload.recipient];
  return recipient !== undefined && recipient.acknowledgedAt === null;
});
const isVersionSent = check<{ version: number }>(
  'otherVersion',
  ({ payload, data }) => payload.version === data.sent?.version,
);

const misfits = ({ look: { outage } }: Scene) => (outage?.picked ? wrongNames(outage.picked, outage) : []);
const namesStand = check<unknown>('namesDoNotFit', (scene) => misfits(scene).length === 0, misfits);
const mayBeLeftOut = guard('alwaysNeeded', ({ data }) => data.kind !== 'userGuide');
const someoneCanSign = guard('nobodyToSign', ({ look }) => look.contract.approvers.length > 0);

const inForce = ['delivered', 'acknowledged', 'reviewDue'] as const;
const beforeRelease = ['draft', 'internalReview'] as const;
const open = [...beforeRelease, ...inForce] as const;
const notNeeded = ['notApplicableAsked', 'notApplicable'] as const;

/** Reports back to the onboarding that asked for the document: once, however often it is issued again. */
const report = {
  kind: 'tellProcess',
  intent: 'handedOver',
  signal: 'itemSettled',
  to: ({ data }: Scene) =>
    data.onboardingId !== null && data.handedOver === 'first' ? [data.onboardingId] : [],
  payload: ({ data, look, processId }: Scene) => ({
    item: data.kind,
    processId,
    ...(data.notApplicable
      ? { outcome: 'notApplicable', reason: 'Not applicable, signed by an approver of the End User.' }
      : {
          outcome: 'done',
          reason: primaryAcknowledged(data.recipients, look)
            ? 'Delivered and acknowledged.'
            : 'Delivered, not acknowledged.',
        }),
  }),
} as const;

/** An acknowledgement is an answer of the End User (service spec §3a "Stalled"). */
const answered = {
  kind: 'tellProcess',
  intent: 'answered',
  signal: 'endUserAnswered',
  to: ({ data }: Scene) => (data.onboardingId === null ? [] : [data.onboardingId]),
  payload: ({ processId }: Scene) => ({ processId }),
} as const;

/** A newer version than the one sent was published already: nothing will say so once more. */
const newerIsOwed = { start: ({ data }: Scene) => (data.newestVersion === null ? [] : ['']) } as const;

/** Who has the document from before Care Plus has it; who has not is a new caller, who has not confirmed is reminded. */
const adoptedRow = {
  event: 'adopted',
  guards: [comesWithContract, contractIsActive, adoptedVersionExists],
  clocks: {
    review: 'start',
    reissue: newerIsOwed,
    acknowledge: { start: ({ data }: Scene) => waitingFor(data.recipients) },
    newCaller: {
      start: ({ data, look }: Scene) => addressees(look).filter((id) => data.recipients[id] === undefined),
    },
  },
} as const;

export const documentRules = define(document, [
  start({
    ...adoptedRow,
    when: (scene) => scene.payload.adopted !== undefined && completes(scene, adoptedRecipients(scene)),
    to: 'acknowledged',
    init: (scene) => ({ ...adopted(scene), handedOver: 'first' }),
    effects: [report],
  }),
  start({
    ...adoptedRow,
    when: ({ payload }) => payload.adopted !== undefined,
    to: 'delivered',
    init: adopted,
  }),
  start({
    to: 'draft',
    event: 'started',
    guards: [contractIsActive],
    init: initial,
    clocks: { send: 'start' },
  }),
  on.pick({
    from: 'draft',
    to: 'internalReview',
    event: 'picked',
    guards: [versionExists, namesStand],
    set: { picked: ({ payload, look }) => versionOf(look, payload) ?? null, pickedBy: ({ actor }) => actor },
    toward: ['send', 'reissue'],
    tell: { backup: 'reviewAsked', smManager: 'reviewAsked' },
  }),
  // A new version, or the same one again: the version in force stays in force until the release.
  on.pick({
    from: inForce,
    to: 'internalReview',
    event: 'picked',
    guards: [versionExists, namesStand],
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
      sent: ({ data }) => data.picked,
      recipients: ({ data, look, at }) =>
        sentAnew(data.recipients, addressees(look), data.picked?.version ?? 0, at),
      newestVersion: ({ data, look }) => newerVersion(data.picked, look),
      newestSince: ({ data, look }) =>
        newerVersion(data.picked, look) === data.newestVersion ? data.newestSince : null,
    },
    clocks: {
      send: 'meet',
      // Sending what is in force once more keeps no promise to send what is newer.
      reissue: { meet: ({ data }) => (isOutdated(data) ? [] : ['']), ...newerIsOwed },
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
    event: 'delivered',
    set: { recipients: delivered, inForce: inForceFrom, handedOver: handedOverNow },
    clocks: { newCaller: { meet: ({ payload }) => [payload.recipient] } },
    effects: [report],
  }),
  hear.delivered({
    from: open,
    event: 'delivered',
    set: { recipients: delivered, inForce: inForceFrom },
    clocks: { newCaller: { meet: ({ payload }) => [payload.recipient] } },
  }),

  on.acknowledge({
    from: 'delivered',
    when: (scene) => completes(scene, acknowledgedBy(scene)),
    to: 'acknowledged',
    event: 'acknowledged',
    guards: [someoneWaits, isTheRecipient, wasSentIt, isVersionSent],
    set: { recipients: acknowledgedBy, inForce: inForceFrom, handedOver: handedOverNow },
    clocks: { acknowledge: { meet: ({ payload }) => [payload.recipient] } },
    effects: [answered, report],
  }),
  // While the next version is in draft or review, the one in force can still be acknowledged.
  on.acknowledge({
    from: open,
    event: 'acknowledged',
    guards: [isTheRecipient, wasSentIt, isVersionSent],
    set: { recipients: acknowledgedBy, inForce: inForceFrom },
    clocks: { acknowledge: { meet: ({ payload }) => [payload.recipient] } },
    effects: [answered],
  }),
  on.recordAcknowledgement({
    from: 'delivered',
    when: (scene) => completes(scene, acknowledgedBy(scene)),
    to: 'acknowledged',
    event: 'acknowledged',
    guards: [wasSentIt],
    set: { recipients: acknowledgedBy, inForce: inForceFrom, handedOver: handedOverNow },
    clocks: { acknowledge: { meet: ({ payload }) => [payload.recipient] } },
    effects: [answered, report],
  }),
  on.recordAcknowledgement({
    from: open,
    event: 'acknowledged',
    guards: [wasSentIt],
    set: { recipients: acknowledgedBy, inForce: inForceFrom },
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
    when: ({ data }) => data.sent === null,
    event: 'callersChanged',
  }),
  hear.callersChanged({
    from: open,
    event: 'callersChanged',
    set: {
      recipients: (scene) =>
        sentTo(scene.data.recipients, newcomers(scene), scene.data.sent?.version ?? 0, scene.at),
    },
    clocks: { newCaller: { start: addedNow }, acknowledge: { start: addedNow } },
    tell: { sentNow: 'guideDelivered' },
  }),
  ...chaseRows(due, 'newCaller', open, 'callerWithoutIt'),

  hear.newVersion({
    from: inForce,
    when: ({ payload, data }) =>
      payload.documentId === data.sent?.documentId && payload.version > data.sent.version,
    event: 'newVersionPublished',
    set: { newestVersion: ({ payload }) => payload.version, newestSince: ({ at }) => at },
    clocks: { reissue: 'start' },
    tell: { owner: 'newVersion' },
  }),
  hear.newVersion({
    from: beforeRelease,
    event: 'newVersionPublished',
    set: { newestVersion: ({ payload }) => payload.version, newestSince: ({ at }) => at },
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

  // Without the End User's signature it stays open; the version in force holds until then.
  on.declareNotApplicable({
    from: ['draft', 'internalReview', 'reviewDue'],
    to: 'notApplicableAsked',
    event: 'declaredNotApplicable',
    guards: [mayBeLeftOut, someoneCanSign],
    set: {
      picked: null,
      pickedBy: null,
      notApplicable: ({ payload, actor }) => ({
        reason: payload.reason,
        declaredBy: actor ?? '',
        signedBy: null,
        signedAt: null,
      }),
    },
    clocks: {
      send: 'cancel',
      reissue: 'cancel',
      acknowledge: 'cancel',
      newCaller: 'cancel',
      review: 'cancel',
      reviewDone: 'meet',
      sign: 'start',
    },
    tell: { approvers: 'notApplicableAsked' },
  }),
  on.signNotApplicable({
    from: 'notApplicableAsked',
    to: 'notApplicable',
    event: 'signedNotApplicable',
    set: {
      notApplicable: ({ data, actor, at }) =>
        data.notApplicable && { ...data.notApplicable, signedBy: actor, signedAt: at },
      sent: null,
      inForce: null,
      recipients: {},
      handedOver: handedOverNow,
    },
    clocks: { sign: 'meet', review: 'start' },
    tell: { owner: 'notApplicableDecided' },
    effects: [answered, report],
  }),
  on.refuseNotApplicable({
    from: 'notApplicableAsked',
    to: 'draft',
    event: 'refusedNotApplicable',
    set: { notApplicable: null },
    clocks: { sign: 'cancel', send: 'start' },
    tell: { owner: 'notApplicableDecided' },
    effects: [answered],
  }),
  // It is needed after all.
  on.pick({
    from: notNeeded,
    to: 'internalReview',
    event: 'picked',
    guards: [versionExists, namesStand],
    set: {
      picked: ({ payload, look }) => versionOf(look, payload) ?? null,
      pickedBy: ({ actor }) => actor,
      notApplicable: null,
    },
    clocks: { sign: 'cancel', review: 'cancel', send: 'start' },
    tell: { backup: 'reviewAsked', smManager: 'reviewAsked' },
  }),
  ...chaseRows(due, 'sign', 'notApplicableAsked', 'signatureDue'),
  // What was signed a year ago is asked again; it holds until the answer.
  due.review.due({
    from: 'notApplicable',
    to: 'notApplicableAsked',
    event: 'reviewFellDue',
    clocks: { sign: 'start' },
    tell: { owner: 'reviewDue', approvers: 'notApplicableAsked' },
  }),

  hear.contractEnded({
    from: [...open, ...notNeeded],
    to: 'withdrawn',
    event: 'withdrawn',
    set: { inForce: null, withdrawnBecause: 'The contract has ended.' },
  }),
  on.withdraw({
    from: [...open, ...notNeeded],
    to: 'withdrawn',
    event: 'withdrawn',
    set: { inForce: null, withdrawnBecause: ({ payload }) => payload.reason },
  }),
]);

type Begin = Start & {
  readonly payload: { readonly kind: DocumentKind; readonly onboardingId: string | null };
};

function initial({ look, payload }: Begin): Scene['data'] {
  return {
    kind: payload.kind,
    contractId: look.contract.contractId,
    contractNumber: look.contract.number,
    onboardingId: payload.onboardingId,
    calendarId: look.contract.calendarId,
    picked: null,
    pickedBy: null,
    sent: null,
    inForce: null,
    notApplicable: null,
    newestVersion: null,
    newestSince: null,
    recipients: {},
    handedOver: 'no',
    withdrawnBecause: null,
    adopted: null,
  };
}

function adopted(scene: Begin): Scene['data'] {
  const version = adoptedVersion(scene) ?? null;
  const recipients = adoptedRecipients(scene);
  const deliveries = Object.values(recipients).flatMap(({ deliveredAt }) => deliveredAt ?? []);
  return {
    ...initial(scene),
    sent: version,
    inForce: version && { ...version, sinceAt: Math.min(...deliveries, scene.at) },
    newestVersion: newerVersion(version, scene.look),
    recipients,
    adopted: { by: scene.payload.adopted?.by ?? null, at: scene.at },
  };
}

function versionOf(look: Scene['look'], wanted: { documentId: string; version: number; language: string }) {
  return look.versions.find(
    (one) =>
      one.documentId === wanted.documentId &&
      one.version === wanted.version &&
      one.language === wanted.language,
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

/** Only those whom it is sent to now; what they have in hand stays with them until it arrives. */
function sentAnew(
  recipients: Recipients,
  people: readonly string[],
  version: number,
  at: number,
): Record<string, Recipient> {
  const all = sentTo(recipients, people, version, at);
  return Object.fromEntries(Object.entries(all).filter(([id]) => people.includes(id)));
}

function sentTo(
  recipients: Recipients,
  people: readonly string[],
  version: number,
  at: number,
): Record<string, Recipient> {
  const fresh = (id: string) => ({
    version,
    sentAt: at,
    deliveredAt: null,
    acknowledgedAt: null,
    unacknowledged: false,
    held: recipients[id]?.held ?? null,
    evidence: null,
  });
  return { ...recipients, ...Object.fromEntries(people.map((id) => [id, fresh(id)])) };
}

/** The report is about the document as it was sent to him last, not about a reminder or an earlier version. */
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
    held: recipient.version,
  }));
}

/** A newer version is published, and what is sent is not newer than what is in force. */
function isOutdated({ newestVersion, sent, inForce }: Scene['data']): boolean {
  return newestVersion !== null && (sent?.version ?? 0) <= (inForce?.version ?? 0);
}

/** A version is in force from its first delivery on; until then the one before holds. */
function inForceFrom({ data, at }: Scene): Scene['data']['inForce'] {
  const { sent, inForce } = data;
  return sent === null || sent.sha256 === inForce?.sha256 ? inForce : { ...sent, sinceAt: at };
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
    held: recipient.version,
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
