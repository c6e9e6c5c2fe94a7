/** Hand-over of a document: a released version reaches every authorised caller and is acknowledged (service spec §3 R7, §3a, §4.1). */
import { z } from 'zod';
import { chaseMarks, chaseSteps } from '../kernel/chase.js';
import { deliveredPayload, notePayload } from '../kernel/common.js';
import { guideTakenOver } from '../contract/adoption.js';
import { contractFacts, contractRoles } from '../contract/facts.js';
import { activeOnly } from '../kernel/directory.js';
import { words } from '../kernel/words.js';
import { chaseSchema } from '../policy/quantity.js';
import { documentKind, kindLabels } from './kinds.js';
import { outageGuidelineSchema } from './outage-guideline.js';
import { documentPolicy } from './policy.js';

const reason = z.string().trim().min(3).max(1000);

/** A version of the document; the hash is the SHA-256 of its content. */
const documentVersion = z.strictObject({
  documentId: z.string(),
  version: z.number().int().positive(),
  language: z.string(),
  title: z.string(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});

const recipientSchema = z.strictObject({
  version: z.number().int(),
  /** Epoch milliseconds. `deliveredAt`: taken over by the recipient's mail server. */
  sentAt: z.number().int(),
  deliveredAt: z.number().int().nullable(),
  acknowledgedAt: z.number().int().nullable(),
  /** The version that he has in hand: the last one that reached him. */
  held: z.number().int().nullable(),
  /** The ladder ended without an acknowledgement. */
  unacknowledged: z.boolean(),
  evidence: z.string().nullable(),
});
export type Recipient = z.infer<typeof recipientSchema>;

const documentData = z.strictObject({
  kind: documentKind,
  contractId: z.string(),
  contractNumber: z.string(),
  onboardingId: z.string().nullable(),
  calendarId: z.string(),
  picked: documentVersion.nullable(),
  pickedBy: z.string().nullable(),
  /** What was sent last. */
  sent: documentVersion.nullable(),
  /** What holds, from its first delivery on (service spec §3a "Acknowledgement"). */
  inForce: documentVersion.extend({ sinceAt: z.number().int() }).nullable(),
  /** Why there is none, and who has signed that for the End User (service spec §4.5). */
  notApplicable: z
    .strictObject({
      reason: z.string(),
      declaredBy: z.string(),
      signedBy: z.string().nullable(),
      signedAt: z.number().int().nullable(),
    })
    .nullable(),
  newestVersion: z.number().int().nullable(),
  /** When its publication was heard of (epoch milliseconds). */
  newestSince: z.number().int().nullable().default(null),
  recipients: z.record(z.string(), recipientSchema),
  /** `again`: a later version has been handed over too. */
  handedOver: z.enum(['no', 'first', 'again']),
  withdrawnBecause: z.string().nullable(),
  /** Deliveries and acknowledgements from before Care Plus were taken over by this person (epoch milliseconds). */
  adopted: z.strictObject({ by: z.string().nullable(), at: z.number().int() }).nullable().default(null),
});

export const document = words({
  slug: 'document',
  prefix: 'doc',
  version: 1,
  title: 'Document hand-over',
  summary: 'Sends a version of a document to every authorised caller, chases acknowledgements, renews it.',
  source: 'service spec §3 R7, §3a, §4.1, §4.5',
  data: documentData,
  policy: z.object({ chase: chaseSchema, documents: documentPolicy }),
  lookups: {
    contract: { schema: contractFacts },
    /** Published versions of this kind. */
    versions: { schema: z.array(documentVersion) },
    /** Of an outage guideline: whom and what it may name, and what the version picked says. */
    outage: {
      schema: z
        .strictObject({
          people: z.array(z.string()),
          sites: z.array(z.string()),
          picked: outageGuidelineSchema.nullable(),
        })
        .nullable(),
    },
  },
  calendars: ({ data, directory }) => ({ main: data.calendarId, provider: directory.providerCalendarId }),
  statuses: {
    draft: { label: 'Draft', kind: 'open', waitsFor: 'provider' },
    internalReview: { label: 'Internal review', kind: 'open', waitsFor: 'provider' },
    delivered: { label: 'Delivered', kind: 'open', waitsFor: 'endUser' },
    acknowledged: { label: 'Acknowledged', kind: 'open' },
    reviewDue: { label: 'Review due', kind: 'open', waitsFor: 'provider' },
    notApplicableAsked: { label: 'Not applicable, to be signed', kind: 'open', waitsFor: 'endUser' },
    notApplicable: { label: 'Not applicable, signed', kind: 'open' },
    withdrawn: { label: 'Withdrawn', kind: 'closed' },
  },
  roles: {
    ...contractRoles,
    /** Whom this very step sends the document to. */
    sentNow: {
      label: 'Recipients of this mailing',
      who: ({ data, directory, at }) =>
        activeOnly(
          directory,
          idsOf(data.recipients, (recipient) => recipient.sentAt === at),
        ),
    },
    /** The one recipient whose clock fires. */
    recipient: { label: 'Recipient', who: ({ key, directory }) => activeOnly(directory, [key]) },
    recipients: {
      label: 'Recipients',
      who: ({ data, directory }) => activeOnly(directory, Object.keys(data.recipients)),
    },
  },
  owner: 'owner',
  notices: {
    sendDue: {
      label: 'A document is to be sent',
      reminder: true,
      show: ({ data }) => ({
        contract: data.contractNumber,
        document: kindLabels[data.kind],
        due: { due: 'send' },
      }),
    },
    reviewAsked: {
      label: 'A document waits for your review',
      show: ({ data }) => ({
        contract: data.contractNumber,
        document: kindLabels[data.kind],
        title: data.picked?.title ?? '',
        version: data.picked?.version ?? 0,
      }),
    },
    guideDelivered: {
      label: 'A document for you',
      show: ({ data, recipient }) => ({
        contract: data.contractNumber,
        document: kindLabels[data.kind],
        title: data.sent?.title ?? '',
        version: data.sent?.version ?? 0,
        sha256: data.sent?.sha256 ?? '',
        documentId: data.sent?.documentId ?? '',
        confirmBy: { due: `acknowledge/${recipient}` },
      }),
      link: {
        command: 'acknowledge',
        payload: ({ data, recipient }) => ({ recipient, version: data.sent?.version ?? 0 }),
      },
    },
    guideReminder: {
      label: 'Please acknowledge a document',
      show: ({ data, recipient }) => ({
        contract: data.contractNumber,
        document: kindLabels[data.kind],
        title: data.sent?.title ?? '',
        version: data.sent?.version ?? 0,
        deliveredAt: {
          instant: data.recipients[recipient]?.deliveredAt ?? data.recipients[recipient]?.sentAt ?? 0,
        },
      }),
      link: {
        command: 'acknowledge',
        payload: ({ data, recipient }) => ({ recipient, version: data.sent?.version ?? 0 }),
      },
    },
    notAcknowledged: {
      label: 'A document was delivered, but not acknowledged',
      show: ({ data, key }) => ({
        contract: data.contractNumber,
        document: kindLabels[data.kind],
        recipient: { person: key },
      }),
    },
    newVersion: {
      label: 'A new version of a document is to be sent',
      reminder: true,
      show: ({ data }) => ({
        contract: data.contractNumber,
        document: kindLabels[data.kind],
        version: data.newestVersion ?? 0,
        due: { due: 'reissue' },
      }),
    },
    callerWithoutIt: {
      label: 'A new authorised caller has not got a document yet',
      reminder: true,
      show: ({ data, key }) => ({
        contract: data.contractNumber,
        document: kindLabels[data.kind],
        recipient: { person: key },
      }),
    },
    notApplicableAsked: {
      label: 'Please sign that a document is not needed',
      show: ({ data }) => ({
        contract: data.contractNumber,
        document: kindLabels[data.kind],
        why: data.notApplicable?.reason ?? '',
        askedBy: { person: data.notApplicable?.declaredBy ?? '' },
      }),
      link: { command: 'signNotApplicable', payload: () => ({}) },
    },
    notApplicableDecided: {
      label: 'The End User has decided whether a document is needed',
      show: ({ data }) => ({ contract: data.contractNumber, document: kindLabels[data.kind] }),
    },
    signatureDue: {
      label: 'A signature that a document is not needed is missing',
      reminder: true,
      show: ({ data }) => ({
        contract: data.contractNumber,
        document: kindLabels[data.kind],
        due: { due: 'sign' },
      }),
    },
    reviewDue: {
      label: 'The review of a document is due',
      reminder: true,
      show: ({ data }) => ({
        contract: data.contractNumber,
        document: kindLabels[data.kind],
        due: { due: 'reviewDone' },
      }),
    },
  },
  clocks: {
    send: {
      label: 'Send the document',
      promise: true,
      calendar: 'main',
      steps: chaseSteps,
      marks: ({ policy, data }) => chaseMarks(policy.documents[data.kind].send, policy.chase),
      policyPath: 'documents.<kind>.send',
    },
    reissue: {
      label: 'Send the new version',
      promise: true,
      calendar: 'main',
      steps: chaseSteps,
      marks: ({ policy, data }) => chaseMarks(policy.documents[data.kind].reissue, policy.chase),
      since: ({ data, at }) => data.newestSince ?? at,
      policyPath: 'documents.<kind>.reissue',
    },
    acknowledge: {
      label: 'Acknowledgement',
      promise: false,
      keyed: true,
      calendar: 'main',
      steps: ['first', 'second', 'last'],
      marks: ({ policy, data }) => ({
        first: { of: policy.documents[data.kind].acknowledge.first },
        second: { of: policy.documents[data.kind].acknowledge.second },
        last: { of: policy.documents[data.kind].acknowledge.last },
      }),
      policyPath: 'documents.<kind>.acknowledge',
    },
    newCaller: {
      label: 'The document reaches a new caller',
      promise: true,
      keyed: true,
      calendar: 'main',
      steps: chaseSteps,
      marks: ({ policy, data }) => chaseMarks(policy.documents[data.kind].newCaller, policy.chase),
      policyPath: 'documents.<kind>.newCaller',
    },
    sign: {
      label: 'Signature that the document is not needed',
      promise: true,
      calendar: 'main',
      steps: chaseSteps,
      marks: ({ policy, data }) => {
        const figures = policy.documents[data.kind];
        return 'sign' in figures ? chaseMarks(figures.sign, policy.chase) : {};
      },
      policyPath: 'documents.<kind>.sign',
    },
    review: {
      label: 'Yearly review',
      promise: false,
      calendar: 'main',
      steps: ['due'],
      marks: ({ policy, data }) => ({ due: { of: policy.documents[data.kind].review } }),
      policyPath: 'documents.<kind>.review',
    },
    reviewDone: {
      label: 'Review the document',
      promise: true,
      calendar: 'main',
      steps: chaseSteps,
      marks: ({ policy, data }) => chaseMarks(policy.documents[data.kind].reviewDone, policy.chase),
      policyPath: 'documents.<kind>.reviewDone',
    },
  },
  start: {
    label: 'Start the hand-over of a document',
    payload: z.strictObject({
      contractId: z.string(),
      kind: documentKind,
      onboardingId: z.string().nullable().default(null),
      adopted: guideTakenOver.optional().describe('Only with the adoption of its contract'),
    }),
    grants: ['serviceManager', 'smManager'],
    example: { contractId: 'northwind-2026', kind: 'userGuide' },
  },
  commands: {
    pick: {
      label: 'Pick the version to send',
      by: ['manager', 'backup', 'smManager'],
      payload: z.strictObject({
        documentId: z.string(),
        version: z.number().int().positive(),
        language: z.string(),
      }),
      example: { documentId: 'user-guide', version: 1, language: 'en' },
    },
    release: { label: 'Release and send', by: ['manager', 'backup', 'smManager'] },
    sendBack: {
      label: 'Send back to draft',
      by: ['manager', 'backup', 'smManager'],
      payload: z.strictObject({ reason }),
      example: { reason: 'Wrong language.' },
    },
    acknowledge: {
      label: 'Acknowledge the document',
      by: ['recipients'],
      payload: z.strictObject({ recipient: z.string(), version: z.number().int() }),
      each: ({ data }) => waitingFor(data.recipients).map((key) => ({ key, label: key })),
      eachField: 'recipient',
      example: { recipient: 'maria-stone', version: 1 },
    },
    recordAcknowledgement: {
      label: 'Record an acknowledgement received otherwise',
      by: ['manager', 'backup', 'smManager'],
      payload: z.strictObject({ recipient: z.string(), evidence: z.string().trim().min(3).max(2000) }),
      each: ({ data }) => waitingFor(data.recipients).map((key) => ({ key, label: key })),
      eachField: 'recipient',
      example: { recipient: 'maria-stone', evidence: 'Confirmed on the kickoff call, see the minutes.' },
    },
    confirmReview: {
      label: 'Confirm that the document is still right',
      by: ['manager', 'backup', 'smManager'],
      payload: z.strictObject({ evidence: z.string().trim().min(3).max(2000) }),
      example: { evidence: 'Read through with the End User on the status call.' },
    },
    declareNotApplicable: {
      label: 'Declare that the document is not needed',
      by: ['manager', 'backup', 'smManager'],
      payload: z.strictObject({ reason }),
      example: { reason: 'No site has an outage procedure of its own.' },
    },
    signNotApplicable: { label: 'Sign that the document is not needed', by: ['approvers'] },
    refuseNotApplicable: {
      label: 'Refuse: the document is needed',
      by: ['approvers'],
      payload: z.strictObject({ reason }),
      example: { reason: 'The plant in Lyon is regulated.' },
    },
    withdraw: {
      label: 'Withdraw the document',
      by: ['smManager'],
      payload: z.strictObject({ reason }),
      example: { reason: 'The contract has ended.' },
    },
    note: {
      label: 'Add a contact note',
      by: ['owner', 'manager', 'backup', 'smManager', 'approvers', 'recipients'],
      payload: notePayload,
      example: { text: 'Explained the link on the phone.', medium: 'phone' },
    },
  },
  signals: {
    delivered: { label: 'A message was handed to the recipient', payload: deliveredPayload },
    callersChanged: {
      label: 'The authorised callers have changed',
      payload: z.strictObject({ callers: z.array(z.string()), primaryContacts: z.array(z.string()) }),
    },
    contractEnded: { label: 'The contract has ended' },
    newVersion: {
      label: 'A new version was published',
      payload: z.strictObject({ documentId: z.string(), version: z.number().int().positive() }),
    },
  },
  refusals: {
    takenOverByHand: {
      text: 'What was done before Care Plus is taken over with the contract only.',
      remedy: 'Adopt the contract with all of it: careplus onboarding adopt <file>.',
    },
    unknownVersion: {
      text: 'No such version of the document is published in that language.',
      remedy: 'See the published ones: careplus document list.',
    },
    selfReview: {
      text: 'Nobody releases what he picked himself.',
      remedy: 'Ask the backup or the SM manager to release it.',
    },
    notYourDocument: {
      text: 'Only the recipient can acknowledge.',
      remedy: 'Record an acknowledgement received otherwise, with evidence.',
    },
    otherVersion: {
      text: 'That is not the version that was sent last.',
      remedy: 'Open the last message about it and acknowledge that version.',
    },
    notWaitedFor: {
      text: 'This recipient was sent nothing, or has acknowledged already.',
      remedy: 'See the recipients: careplus show <process>.',
    },
    namesDoNotFit: {
      text: 'The guideline names somebody or something that the contract does not have any more.',
      remedy: 'Publish a version without the names in the problems: careplus document publish.',
    },
    alwaysNeeded: {
      text: 'A User Guide is always handed over.',
      remedy: 'Pick the version to send.',
    },
    nobodyToSign: {
      text: 'The contract names no approver of the End User.',
      remedy: 'Amend the contract with an approver, who can sign.',
    },
    contractNotActive: { text: 'The contract is not active.', remedy: 'Activate the contract first.' },
    nobodyToSendTo: {
      text: 'The contract has neither authorised callers nor a primary contact.',
      remedy: 'Amend the contract with its contacts.',
    },
  },
  headline: (data) => `${data.contractNumber} ${kindLabels[data.kind]}`,
  contractId: (data) => data.contractId,
});

/** Recipients who have neither acknowledged nor been given up on. */
export function waitingFor(recipients: Readonly<Record<string, Recipient>>): string[] {
  return idsOf(recipients, (recipient) => recipient.acknowledgedAt === null && !recipient.unacknowledged);
}

function idsOf(
  recipients: Readonly<Record<string, Recipient>>,
  keep: (recipient: Recipient) => boolean,
): string[] {
  return Object.entries(recipients)
    .filter(([, recipient]) => keep(recipient))
    .map(([id]) => id);
}
