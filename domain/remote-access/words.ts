/** Remote access: from the decision whether it is needed to a live agreement, and to its end (service spec §4.4, §3a "4.4"). */
import { z } from 'zod';
import { contractFacts, contractRoles } from '../contract/facts.js';
import { chaseMarks, chaseSteps } from '../kernel/chase.js';
import { notePayload } from '../kernel/common.js';
import { activeOnly, staffWith } from '../kernel/directory.js';
import { words } from '../kernel/words.js';
import { meetingRoles, meetingSchema, movePayload, planPayload, showMeeting } from '../meeting.js';
import { chaseSchema } from '../policy/quantity.js';
import { evidenceFacts, signaturePayload, signatureSchema, signedText } from '../signature/words.js';
import { accessTest, agreementInForce, agreementTerms } from './facts.js';
import { remoteAccessPolicy } from './policy.js';

const reason = z.string().trim().min(3).max(1000);
const evidence = z.string().trim().min(3).max(2000);

const remoteAccessData = z.strictObject({
  contractId: z.string(),
  contractNumber: z.string(),
  onboardingId: z.string().nullable(),
  calendarId: z.string(),
  /** How many texts (agreements and notes) were drawn up so far; the next one has the next number. */
  versions: z.number().int(),
  /** The agreement under way. */
  proposal: agreementTerms.nullable(),
  /** The note that none is needed, under way or signed. */
  note: signedText.extend({ text: z.string(), by: z.string() }).nullable(),
  /** Of the text under way. */
  signature: signatureSchema.nullable(),
  counterSignature: signatureSchema.nullable(),
  test: accessTest.nullable(),
  /** The technical test that was planned last. */
  meeting: meetingSchema.nullable().default(null),
  /** The live agreement (service spec §3a "4.4"): it stays so while its successor is prepared. */
  inForce: agreementInForce.nullable(),
  /** The one that ran out last; an emergency extension takes it up again, once. */
  ranOut: agreementInForce.nullable(),
  /** Whose access is still to be taken away, and since when. */
  leavers: z.record(z.string(), z.strictObject({ leftAt: z.number().int() })),
  /** When each side confirmed that the revoked access is gone. */
  removal: z
    .strictObject({
      administrators: agreementTerms.shape.administrators,
      providerAt: z.number().int().nullable(),
      endUserAt: z.number().int().nullable(),
    })
    .nullable(),
  revokedAt: z.number().int().nullable(),
  endedBecause: z.string().nullable(),
  /** `again`: the item of the onboarding was settled before. */
  settled: z.enum(['no', 'first', 'again']),
});
export type RemoteAccessData = z.infer<typeof remoteAccessData>;

const testers = ['manager', 'backup', 'smManager', 'proposedEngineers'] as const;
const TEST = { kind: 'test', title: 'Technical test of the remote access' };

type Shown = { readonly data: RemoteAccessData };
const show = ({ data }: Shown) => ({ contract: data.contractNumber });
const showText = ({ data }: Shown) => {
  const text = textUnderWay(data);
  return {
    contract: data.contractNumber,
    title: text?.title ?? '',
    version: text?.version ?? 0,
    sha256: text?.sha256 ?? '',
  };
};
const linkToSign = (command: string) => ({
  command,
  payload: ({ data }: Shown) => {
    const text = textUnderWay(data);
    return { title: text?.title ?? '', version: text?.version ?? 0, sha256: text?.sha256 ?? '' };
  },
});

export const remoteAccess = words({
  slug: 'remoteAccess',
  prefix: 'acc',
  version: 1,
  title: 'Remote access',
  summary:
    'Decides whether remote access is needed, brings its agreement to both signatures, a test and into force, and ends it.',
  source: 'service spec §4.4, §3a',
  data: remoteAccessData,
  policy: z.object({ chase: chaseSchema, remoteAccess: remoteAccessPolicy }),
  lookups: {
    contract: { schema: contractFacts },
    /** The end of the contract's term (epoch milliseconds), its sites, and the zone in which its days are counted. */
    term: {
      schema: z.strictObject({ endsAt: z.number().int(), zone: z.string(), siteIds: z.array(z.string()) }),
    },
    evidence: { schema: evidenceFacts },
    /** Sessions that have not ended, and another process of this kind; read under a lock that sessions take too. */
    bound: {
      schema: z.strictObject({ sessions: z.array(z.string()), other: z.string().nullable() }),
      locked: true,
    },
  },
  calendars: ({ data, directory }) => ({ main: data.calendarId, provider: directory.providerCalendarId }),
  statuses: {
    notDecided: { label: 'Not decided', kind: 'open', waitsFor: 'provider' },
    draft: { label: 'Draft', kind: 'open', waitsFor: 'provider' },
    legalReview: { label: 'Legal review', kind: 'open', waitsFor: 'provider' },
    sentForSignature: { label: 'Sent for signature', kind: 'open', waitsFor: 'endUser' },
    counterSignPending: { label: 'Counter-signature pending', kind: 'open', waitsFor: 'provider' },
    signed: { label: 'Signed', kind: 'open', waitsFor: 'provider' },
    tested: { label: 'Tested', kind: 'open', waitsFor: 'provider' },
    active: { label: 'Active', kind: 'open' },
    reviewDue: { label: 'Review due', kind: 'open', waitsFor: 'endUser' },
    extended: { label: 'Emergency extension', kind: 'open', waitsFor: 'provider' },
    expired: { label: 'Expired', kind: 'open', waitsFor: 'provider' },
    rejected: { label: 'Rejected', kind: 'open', waitsFor: 'provider' },
    notRequired: { label: 'Not required', kind: 'closed' },
    revoked: { label: 'Revoked', kind: 'closed' },
    ended: { label: 'Ended with the contract', kind: 'closed' },
  },
  roles: {
    ...contractRoles,
    counterSigners: {
      label: 'Counter-signers of the Provider',
      who: ({ look, directory }) =>
        activeOnly(directory, [look.contract.smManagerId, ...staffWith(directory, 'supportDirector')]),
    },
    engineers: {
      label: 'Named engineers',
      who: ({ data, directory }) => activeOnly(directory, (data.inForce ?? data.ranOut)?.engineers ?? []),
    },
    proposedEngineers: {
      label: 'Engineers of the agreement under way',
      who: ({ data, directory }) => activeOnly(directory, data.proposal?.engineers ?? []),
    },
    // Where an administrator has left, somebody of his side stands in: the SM manager, the approvers.
    ...meetingRoles,
    administrators: {
      label: 'Access administrators of both sides',
      who: ({ data, look, directory }) => {
        const named = data.removal?.administrators ?? (data.inForce ?? data.ranOut)?.administrators;
        if (!named) return [];
        const [provider, endUser] = [named.provider, named.endUser].map((id) => activeOnly(directory, [id]));
        return [
          ...(provider?.length ? provider : activeOnly(directory, [look.contract.smManagerId])),
          ...(endUser?.length ? endUser : activeOnly(directory, look.contract.approvers)),
        ];
      },
    },
  },
  owner: 'owner',
  notices: {
    decisionDue: {
      label: 'Remote access is to be decided',
      reminder: true,
      show: ({ data }) => ({ contract: data.contractNumber, due: { due: 'decide' } }),
    },
    preparationDue: {
      label: 'The agreement on remote access is to be sent for signature',
      reminder: true,
      show: ({ data }) => ({ contract: data.contractNumber, due: { due: 'prepare' } }),
    },
    reviewAsked: { label: 'An agreement on remote access waits for your review', show: showText },
    signatureAsked: { label: 'Please sign', show: showText, link: linkToSign('sign') },
    signatureReminder: { label: 'Your signature is waited for', show: showText, link: linkToSign('sign') },
    notSigned: { label: 'An agreement on remote access is not signed yet', show: showText, reminder: true },
    counterSignatureAsked: {
      label: 'Please counter-sign',
      show: showText,
      link: linkToSign('counterSign'),
    },
    counterSignatureDue: {
      label: 'A counter-signature is due',
      reminder: true,
      show: ({ data }) => ({ ...showText({ data }), due: { due: 'counterSign' } }),
    },
    activationDue: {
      label: 'A signed remote access is to be tested and activated',
      reminder: true,
      show: ({ data }) => ({ contract: data.contractNumber, due: { due: 'activate' } }),
    },
    activated: { label: 'Remote access is active', show: showInForce },
    // At once, in their order: a meeting may begin before the next business hours do.
    testInvitation: {
      label: 'Technical test of the remote access',
      urgent: true,
      show: ({ data }) => ({ ...show({ data }), ...showMeeting(data.meeting, 'REQUEST', TEST) }),
    },
    testCancelled: {
      label: 'Technical test of the remote access',
      urgent: true,
      show: ({ data }) => ({ ...show({ data }), ...showMeeting(data.meeting, 'CANCEL', TEST) }),
    },
    testFailed: {
      label: 'The test of a remote access has failed',
      show: ({ data }) => ({ contract: data.contractNumber, result: data.test?.text ?? '' }),
    },
    endsSoon: { label: 'The agreement on remote access ends soon', show: showInForce },
    recertificationAsked: {
      label: 'Please confirm that the remote access is still right',
      show: showInForce,
      link: {
        command: 'recertify',
        payload: ({ data }) => ({ version: data.inForce?.version ?? 0 }),
      },
    },
    recertificationDue: {
      label: 'The recertification of a remote access is due',
      reminder: true,
      show: ({ data }) => ({ contract: data.contractNumber, due: { due: 'recertify' } }),
    },
    expired: { label: 'Remote access has ended', urgent: true, show },
    extended: {
      label: 'Remote access is extended for an emergency',
      urgent: true,
      show: ({ data }) => ({
        contract: data.contractNumber,
        until: { instant: data.inForce?.endsAt ?? 0 },
      }),
    },
    rejected: {
      label: 'The agreement on remote access was rejected',
      show: ({ data }) => ({ contract: data.contractNumber, reason: data.endedBecause ?? '' }),
    },
    engineerLeaves: {
      label: 'The access of an engineer is to be removed',
      urgent: true,
      show: ({ data, key }) => ({
        contract: data.contractNumber,
        ...(key === '' ? {} : { engineer: { person: key } }),
        engineers: { list: Object.keys(data.leavers).map((person) => ({ person })) },
      }),
    },
    removalOverdue: {
      label: 'The access of an engineer who left is still to be removed',
      reminder: true,
      show: ({ data, key }) => ({
        contract: data.contractNumber,
        engineer: { person: key },
        due: { due: `leaver/${key}` },
      }),
    },
    removalAsked: {
      label: 'Remote access is revoked: remove it and confirm',
      urgent: true,
      show: ({ data }) => ({ contract: data.contractNumber, confirmBy: { due: 'removal' } }),
      link: { command: 'confirmRemoval', payload: () => ({}) },
    },
    revoked: { label: 'Remote access is revoked', urgent: true, show },
    notRemoved: {
      label: 'A revoked remote access is not confirmed as removed',
      urgent: true,
      reminder: true,
      show,
    },
  },
  clocks: {
    decide: {
      label: 'Decide on remote access',
      promise: true,
      calendar: 'main',
      steps: chaseSteps,
      marks: ({ policy }) => chaseMarks(policy.remoteAccess.decide, policy.chase),
      policyPath: 'remoteAccess.decide',
    },
    prepare: {
      label: 'Send for signature',
      promise: true,
      calendar: 'main',
      steps: chaseSteps,
      marks: ({ policy }) => chaseMarks(policy.remoteAccess.prepare, policy.chase),
      policyPath: 'remoteAccess.prepare',
    },
    signature: {
      label: "The End User's signature",
      promise: false,
      calendar: 'main',
      steps: ['first', 'second', 'third', 'manager', 'again'],
      marks: ({ policy: { remoteAccess: figures, chase } }) => ({
        first: { of: figures.signature.first },
        second: { of: figures.signature.second },
        third: { of: figures.signature.third },
        manager: { of: figures.signature.manager },
        again: { of: figures.signature.manager, plus: chase.again, every: chase.again },
      }),
      policyPath: 'remoteAccess.signature',
    },
    counterSign: {
      label: 'Counter-signature',
      promise: true,
      calendar: 'provider',
      steps: chaseSteps,
      marks: ({ policy }) => chaseMarks(policy.remoteAccess.counterSign, policy.chase),
      policyPath: 'remoteAccess.counterSign',
    },
    activate: {
      label: 'Test and activate',
      promise: true,
      calendar: 'main',
      steps: chaseSteps,
      marks: ({ policy }) => chaseMarks(policy.remoteAccess.activate, policy.chase),
      policyPath: 'remoteAccess.activate',
    },
    validity: {
      label: 'End of the agreement',
      promise: false,
      calendar: 'main',
      steps: ['first', 'second', 'third', 'end'],
      marks: ({ policy }) => ({
        first: { of: before(policy.remoteAccess.warnings.first) },
        second: { of: before(policy.remoteAccess.warnings.second) },
        third: { of: before(policy.remoteAccess.warnings.third) },
        end: { of: { amount: 0, unit: 'hours' } },
      }),
      since: ({ data, at }) => data.inForce?.endsAt ?? at,
      policyPath: 'remoteAccess.warnings',
    },
    unused: {
      label: 'Unused access',
      promise: false,
      calendar: 'main',
      steps: ['due'],
      marks: ({ policy }) => ({ due: { of: policy.remoteAccess.unused } }),
      policyPath: 'remoteAccess.unused',
    },
    recertify: {
      label: 'Recertify',
      promise: true,
      calendar: 'main',
      steps: chaseSteps,
      marks: ({ policy }) => chaseMarks(policy.remoteAccess.recertify, policy.chase),
      policyPath: 'remoteAccess.recertify',
    },
    extension: {
      label: 'Emergency extension',
      promise: false,
      calendar: 'main',
      steps: ['end'],
      marks: ({ policy }) => ({ end: { of: { amount: policy.remoteAccess.extensionHours, unit: 'hours' } } }),
      policyPath: 'remoteAccess.extensionHours',
    },
    leaver: {
      label: 'Remove the access of an engineer who leaves',
      promise: true,
      keyed: true,
      calendar: 'main',
      steps: chaseSteps,
      marks: ({ policy }) => chaseMarks(policy.remoteAccess.leaver, policy.chase),
      policyPath: 'remoteAccess.leaver',
    },
    removal: {
      label: 'Both sides confirm the removal',
      promise: true,
      calendar: 'main',
      steps: ['due', 'again'],
      marks: ({ policy: { remoteAccess: figures } }) => ({
        due: { of: figures.removal },
        again: { of: figures.removal, plus: figures.removalAgain, every: figures.removalAgain },
      }),
      policyPath: 'remoteAccess.removal',
    },
  },
  start: {
    label: 'Start the decision on remote access',
    payload: z.strictObject({ contractId: z.string(), onboardingId: z.string().nullable().default(null) }),
    grants: ['serviceManager', 'smManager'],
    example: { contractId: 'northwind-2026' },
  },
  commands: {
    declareNotRequired: {
      label: 'Note that remote access is not required',
      by: ['manager', 'backup', 'smManager'],
      payload: z.strictObject({ text: reason }),
      example: { text: 'The End User shares its screen where we need to look.' },
    },
    draft: {
      label: 'Draft the agreement',
      by: ['manager', 'backup', 'smManager'],
      payload: agreementTerms.omit({ version: true, draftedBy: true }),
      example: {
        title: 'Agreement on remote access',
        sha256: 'a'.repeat(64),
        method: 'jumpHost',
        siteIds: ['northwind-berlin'],
        devices: [],
        engineers: ['noor-dale'],
        standingConsent: false,
        administrators: { provider: 'toni-vale', endUser: 'jan-reed' },
      },
    },
    submit: { label: 'Hand over to the legal review', by: ['manager', 'backup', 'smManager'] },
    passReview: {
      label: 'Record the legal review and send for signature',
      by: ['manager', 'backup', 'smManager'],
      payload: z.strictObject({ evidence }),
      example: { evidence: 'Read by legal and by the security of the End User, no objections.' },
    },
    sendBack: {
      label: 'Send back to draft',
      by: ['manager', 'backup', 'smManager'],
      payload: z.strictObject({ reason }),
      example: { reason: 'The liability clause is missing.' },
    },
    reject: {
      label: 'Reject',
      by: ['approvers', 'smManager'],
      payload: z.strictObject({ reason }),
      example: { reason: 'Our security does not allow it.' },
    },
    sign: {
      label: 'Sign',
      by: ['approvers'],
      payload: signaturePayload,
      example: signed('maria-stone'),
    },
    counterSign: {
      label: 'Counter-sign',
      by: ['counterSigners'],
      payload: signaturePayload,
      example: signed('kim-field'),
    },
    planTest: {
      label: 'Plan the technical test and invite',
      by: testers,
      payload: planPayload('the named engineers, the access administrators and the service manager'),
      example: { startsAt: '2026-03-20T10:00:00+01:00', place: 'https://bridge.example/access' },
    },
    moveTest: {
      label: 'Change the planned test',
      by: testers,
      payload: movePayload,
      example: { startsAt: '2026-03-21T10:00:00+01:00' },
    },
    cancelTest: {
      label: 'Call the planned test off',
      by: testers,
      payload: z.strictObject({ reason }),
      example: { reason: 'The jump host is being replaced.' },
    },
    recordTest: {
      label: 'Record the technical test',
      by: testers,
      payload: z.strictObject({ testedOn: z.iso.date(), passed: z.boolean(), text: evidence }),
      example: { testedOn: '2026-03-20', passed: true, text: 'Logged in to both hubs, read only.' },
    },
    activate: { label: 'Activate', by: ['manager', 'backup', 'smManager'] },
    recertify: {
      label: 'Confirm that the access is still right',
      by: ['approvers'],
      payload: z.strictObject({ version: z.number().int() }),
      example: { version: 1 },
    },
    addEngineer: {
      label: 'Name another engineer',
      by: ['approvers'],
      payload: z.strictObject({ personId: z.string() }),
      example: { personId: 'toni-vale' },
    },
    removeEngineer: {
      label: 'Take an engineer out',
      by: ['manager', 'backup', 'smManager', 'approvers', 'head'],
      payload: z.strictObject({ personId: z.string() }),
      each: ({ data }) => (data.inForce?.engineers ?? []).map((key) => ({ key, label: key })),
      eachField: 'personId',
      example: { personId: 'noor-dale' },
    },
    confirmLeaver: {
      label: 'Confirm that the access of an engineer is removed',
      by: ['administrators'],
      payload: z.strictObject({ personId: z.string() }),
      each: ({ data }) => Object.keys(data.leavers).map((key) => ({ key, label: key })),
      eachField: 'personId',
      example: { personId: 'noor-dale' },
    },
    revoke: {
      label: 'Revoke',
      by: ['approvers', 'manager', 'backup', 'smManager', 'head'],
      payload: z.strictObject({ reason }),
      example: { reason: 'A change was made that nobody had agreed to.' },
      urgent: true,
    },
    confirmRemoval: { label: 'Confirm the removal of the access', by: ['administrators'] },
    extend: {
      label: 'Extend for an emergency',
      by: ['approvers'],
      payload: z.strictObject({ caseNumber: z.string().trim().min(1).max(60), reason }),
      example: { caseNumber: '2026-0311-0007', reason: 'The hub is down.' },
      urgent: true,
    },
    note: {
      label: 'Add a contact note',
      by: ['owner', 'manager', 'backup', 'smManager', 'approvers'],
      payload: notePayload,
      example: { text: 'Explained the agreement on the phone.', medium: 'phone' },
    },
  },
  signals: {
    sessionStarted: { label: 'A session has started', payload: z.strictObject({ processId: z.string() }) },
    peopleLeft: {
      label: 'People have left',
      payload: z.strictObject({ people: z.array(z.string()) }),
    },
    contractEnded: { label: 'The contract has ended' },
  },
  refusals: {
    testPlanned: {
      text: 'A technical test is planned already.',
      remedy: 'Move it, call it off, or record it first.',
    },
    noTestPlanned: {
      text: 'No technical test is planned.',
      remedy: 'Plan one: careplus do <process> planTest.',
    },
    startInPast: { text: 'The test would begin in the past.', remedy: 'Name a later start.' },
    unknownPerson: {
      text: 'One of these people is unknown, or has left.',
      remedy: 'Name contacts of the contract and staff by their ids.',
    },
    contractNotActive: { text: 'The contract is not active.', remedy: 'Activate the contract first.' },
    alreadyThere: {
      text: 'The contract has a process for its remote access already.',
      remedy: 'Go on in that one: careplus access status <contract> names it.',
    },
    unknownSite: {
      text: 'The contract has no such site.',
      remedy: 'Name sites of the contract: careplus contract show <contract>.',
    },
    emptyScope: {
      text: 'The agreement covers nothing: it names neither a site nor a device.',
      remedy: 'Name the sites or the devices that it is about.',
    },
    unknownEngineer: {
      text: 'A person named is not an active engineer of the Provider.',
      remedy: 'Name active people of the staff: careplus staff list.',
    },
    wrongAdministrator: {
      text: 'Each side needs an active access administrator of its own.',
      remedy: 'Name one person of the Provider and one of the End User.',
    },
    selfReview: {
      text: 'Nobody passes what he drafted himself.',
      remedy: 'Ask the backup or the SM manager.',
    },
    nobodyToSign: {
      text: 'The contract has no approver who could sign.',
      remedy: 'Amend the contract with an approver.',
    },
    signedAlready: {
      text: 'This was signed already.',
      remedy: 'There is nothing left to do.',
    },
    otherVersion: {
      text: 'That is not the version that is to be signed.',
      remedy: 'Sign the version that was sent last.',
    },
    notProven: {
      text: 'The signature comes without its evidence.',
      remedy: 'Sign by the link in the message, or: careplus access sign <process>.',
    },
    selfCounterSign: {
      text: 'Nobody counter-signs what he drafted himself.',
      remedy: 'Another counter-signer of the Provider must do it.',
    },
    dateInFuture: {
      text: 'The date lies in the future.',
      remedy: 'Record the test on or after the day it was made.',
    },
    notInForce: {
      text: 'No agreement is in force.',
      remedy: 'See where it stands: careplus access status <contract>.',
    },
    notRecertifiable: {
      text: 'That version is not in force.',
      remedy: 'Confirm the version that careplus access status <contract> shows.',
    },
    engineerNamed: {
      text: 'That engineer is named already.',
      remedy: 'There is nothing left to do.',
    },
    notNamed: {
      text: 'The agreement does not name that engineer, or his access was removed.',
      remedy: 'See who is named: careplus access status <contract>.',
    },
    confirmedAlready: {
      text: 'Your side has confirmed the removal already.',
      remedy: 'There is nothing left to do.',
    },
    removalOpen: {
      text: 'The revoked access is not confirmed as removed on both sides yet.',
      remedy: 'Have both access administrators confirm it first.',
    },
    nothingToExtend: {
      text: 'No agreement ran out that could be extended, or it was extended before.',
      remedy:
        'Use a session that the End User leads: careplus access session start --method endUserScreenShare.',
    },
  },
  headline: (data) => data.contractNumber,
  contractId: (data) => data.contractId,
});

/** The text that is to be signed. */
export function textUnderWay(data: RemoteAccessData): z.infer<typeof signedText> | null {
  return data.proposal ?? data.note;
}

function showInForce({ data }: Shown) {
  const { inForce } = data;
  return {
    contract: data.contractNumber,
    title: inForce?.title ?? '',
    version: inForce?.version ?? 0,
    method: inForce?.method ?? '',
    engineers: { list: (inForce?.engineers ?? []).map((person) => ({ person })) },
    until: { instant: inForce?.endsAt ?? 0 },
  };
}

function before<D extends { readonly amount: number }>(duration: D): D {
  return { ...duration, amount: -duration.amount };
}

function signed(personId: string) {
  return {
    title: 'Agreement on remote access',
    version: 1,
    sha256: 'a'.repeat(64),
    evidence: { id: `sig_${personId}`, sha256: 'b'.repeat(64) },
  };
}
