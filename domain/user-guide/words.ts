/** User Guide hand-over: a released version reaches every authorised caller and is acknowledged (service spec §4.1, R7, §3a). */
import { z } from 'zod';
import { chaseMarks, chaseSteps } from '../kernel/chase.js';
import { deliveredPayload, notePayload } from '../kernel/common.js';
import { managerOfOwner, ownerOf } from '../contract/ownership.js';
import { activeOnly, staffWith } from '../kernel/directory.js';
import { words } from '../kernel/words.js';
import { contractFacts } from '../onboarding/words.js';
import { chaseSchema } from '../policy/quantity.js';
import { userGuidePolicy } from './policy.js';

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
  /** The ladder ended without an acknowledgement. */
  unacknowledged: z.boolean(),
  evidence: z.string().nullable(),
});
export type Recipient = z.infer<typeof recipientSchema>;

const userGuideData = z.strictObject({
  contractId: z.string(),
  contractNumber: z.string(),
  onboardingId: z.string().nullable(),
  calendarId: z.string(),
  picked: documentVersion.nullable(),
  pickedBy: z.string().nullable(),
  inForce: documentVersion.nullable(),
  newestVersion: z.number().int().nullable(),
  recipients: z.record(z.string(), recipientSchema),
  /** `again`: a later version has been handed over too. */
  handedOver: z.enum(['no', 'first', 'again']),
  withdrawnBecause: z.string().nullable(),
});

export const userGuide = words({
  slug: 'userGuide',
  prefix: 'gui',
  version: 1,
  title: 'User Guide hand-over',
  summary:
    'Sends a version of the User Guide to every authorised caller, chases acknowledgements, renews it.',
  source: 'service spec §4.1, §3 R7, §3a',
  data: userGuideData,
  policy: z.object({ chase: chaseSchema, userGuide: userGuidePolicy }),
  lookups: {
    contract: { schema: contractFacts },
    /** Published versions of the Provider's User Guide. */
    guides: { schema: z.array(documentVersion) },
  },
  calendars: ({ data, directory }) => ({ main: data.calendarId, provider: directory.providerCalendarId }),
  statuses: {
    draft: { label: 'Draft', kind: 'open', waitsFor: 'provider' },
    internalReview: { label: 'Internal review', kind: 'open', waitsFor: 'provider' },
    delivered: { label: 'Delivered', kind: 'open', waitsFor: 'endUser' },
    acknowledged: { label: 'Acknowledged', kind: 'open' },
    reviewDue: { label: 'Review due', kind: 'open', waitsFor: 'provider' },
    withdrawn: { label: 'Withdrawn', kind: 'closed' },
  },
  roles: {
    owner: {
      label: 'Service manager',
      who: ({ look, directory }) => ownerOf(look.contract, directory),
    },
    manager: {
      label: 'Named service manager',
      who: ({ look, directory }) => activeOnly(directory, [look.contract.managerId]),
    },
    backup: {
      label: 'Backup service manager',
      who: ({ look, directory }) => activeOnly(directory, [look.contract.backupId]),
    },
    smManager: {
      label: 'SM manager',
      who: ({ look, directory }) => activeOnly(directory, [look.contract.smManagerId]),
    },
    ownersManager: {
      label: "Owner's manager",
      who: ({ look, directory }) => managerOfOwner(look.contract, directory),
    },
    head: { label: 'Duty Manager', who: ({ directory }) => staffWith(directory, 'dutyManager') },
    /** Whom this very step sends the guide to. */
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
      label: 'The User Guide is to be sent',
      reminder: true,
      show: ({ data }) => ({ contract: data.contractNumber, due: { due: 'send' } }),
    },
    reviewAsked: {
      label: 'A User Guide waits for your review',
      show: ({ data }) => ({
        contract: data.contractNumber,
        title: data.picked?.title ?? '',
        version: data.picked?.version ?? 0,
      }),
    },
    guideDelivered: {
      label: 'Your User Guide',
      show: ({ data, recipient }) => ({
        contract: data.contractNumber,
        title: data.inForce?.title ?? '',
        version: data.inForce?.version ?? 0,
        sha256: data.inForce?.sha256 ?? '',
        documentId: data.inForce?.documentId ?? '',
        confirmBy: { due: `acknowledge/${recipient}` },
      }),
      link: {
        command: 'acknowledge',
        payload: ({ data, recipient }) => ({ recipient, version: data.inForce?.version ?? 0 }),
      },
    },
    guideReminder: {
      label: 'Please acknowledge your User Guide',
      show: ({ data, recipient }) => ({
        contract: data.contractNumber,
        title: data.inForce?.title ?? '',
        version: data.inForce?.version ?? 0,
        deliveredAt: {
          instant: data.recipients[recipient]?.deliveredAt ?? data.recipients[recipient]?.sentAt ?? 0,
        },
      }),
      link: {
        command: 'acknowledge',
        payload: ({ data, recipient }) => ({ recipient, version: data.inForce?.version ?? 0 }),
      },
    },
    notAcknowledged: {
      label: 'A User Guide was delivered, but not acknowledged',
      show: ({ data, key }) => ({ contract: data.contractNumber, recipient: { person: key } }),
    },
    newVersion: {
      label: 'A new version of the User Guide is to be sent',
      reminder: true,
      show: ({ data }) => ({
        contract: data.contractNumber,
        version: data.newestVersion ?? 0,
        due: { due: 'reissue' },
      }),
    },
    callerWithoutGuide: {
      label: 'A new authorised caller has no User Guide yet',
      reminder: true,
      show: ({ data, key }) => ({ contract: data.contractNumber, recipient: { person: key } }),
    },
    reviewDue: {
      label: 'The review of the User Guide is due',
      reminder: true,
      show: ({ data }) => ({ contract: data.contractNumber, due: { due: 'reviewDone' } }),
    },
  },
  clocks: {
    send: {
      label: 'Send the guide',
      promise: true,
      calendar: 'main',
      steps: chaseSteps,
      marks: ({ policy }) => chaseMarks(policy.userGuide.send, policy.chase),
      policyPath: 'userGuide.send',
    },
    reissue: {
      label: 'Send the new version',
      promise: true,
      calendar: 'main',
      steps: chaseSteps,
      marks: ({ policy }) => chaseMarks(policy.userGuide.reissue, policy.chase),
      policyPath: 'userGuide.reissue',
    },
    acknowledge: {
      label: 'Acknowledgement',
      promise: false,
      keyed: true,
      calendar: 'main',
      steps: ['first', 'second', 'last'],
      marks: ({ policy }) => ({
        first: { of: policy.userGuide.acknowledge.first },
        second: { of: policy.userGuide.acknowledge.second },
        last: { of: policy.userGuide.acknowledge.last },
      }),
      policyPath: 'userGuide.acknowledge',
    },
    newCaller: {
      label: 'The guide reaches a new caller',
      promise: true,
      keyed: true,
      calendar: 'main',
      steps: chaseSteps,
      marks: ({ policy }) => chaseMarks(policy.userGuide.newCaller, policy.chase),
      policyPath: 'userGuide.newCaller',
    },
    review: {
      label: 'Yearly review',
      promise: false,
      calendar: 'main',
      steps: ['due'],
      marks: ({ policy }) => ({ due: { of: policy.userGuide.review } }),
      policyPath: 'userGuide.review',
    },
    reviewDone: {
      label: 'Review the guide',
      promise: true,
      calendar: 'main',
      steps: chaseSteps,
      marks: ({ policy }) => chaseMarks(policy.userGuide.reviewDone, policy.chase),
      policyPath: 'userGuide.reviewDone',
    },
  },
  start: {
    label: 'Start a User Guide hand-over',
    payload: z.strictObject({ contractId: z.string(), onboardingId: z.string().nullable().default(null) }),
    grants: ['serviceManager', 'smManager'],
    example: { contractId: 'northwind-2026' },
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
      label: 'Acknowledge the guide',
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
      label: 'Confirm that the guide is still right',
      by: ['manager', 'backup', 'smManager'],
      payload: z.strictObject({ evidence: z.string().trim().min(3).max(2000) }),
      example: { evidence: 'Read through with the End User on the status call.' },
    },
    withdraw: {
      label: 'Withdraw the guide',
      by: ['smManager'],
      payload: z.strictObject({ reason }),
      example: { reason: 'The contract has ended.' },
    },
    note: {
      label: 'Add a contact note',
      by: ['owner', 'manager', 'backup', 'smManager', 'recipients'],
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
      payload: z.strictObject({ version: z.number().int().positive() }),
    },
  },
  refusals: {
    unknownVersion: {
      text: 'No such version of the guide is published in that language.',
      remedy: 'See the published ones: careplus guide list.',
    },
    selfReview: {
      text: 'Nobody releases what he picked himself.',
      remedy: 'Ask the backup or the SM manager to release it.',
    },
    notYourGuide: {
      text: 'Only the recipient can acknowledge.',
      remedy: 'Record an acknowledgement received otherwise, with evidence.',
    },
    otherVersion: {
      text: 'That is not the version in force.',
      remedy: 'Acknowledge the version that was sent last.',
    },
    notWaitedFor: {
      text: 'This recipient was sent nothing, or has acknowledged already.',
      remedy: 'See the recipients: careplus show <process>.',
    },
    contractNotActive: { text: 'The contract is not active.', remedy: 'Activate the contract first.' },
    nobodyToSendTo: {
      text: 'The contract has neither authorised callers nor a primary contact.',
      remedy: 'Amend the contract with its contacts.',
    },
  },
  headline: (data) => data.contractNumber,
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
