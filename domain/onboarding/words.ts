/** Onboarding: from an active contract to Live, with every item done, not applicable or waived (service spec §4.0, §3a). */
import { z } from 'zod';
import { chaseMarks, chaseSteps } from '../kernel/chase.js';
import { notePayload } from '../kernel/common.js';
import { beforeCarePlus, onboardingTakenOver } from '../contract/adoption.js';
import { contractFacts, contractRoles, type ContractFacts } from '../contract/facts.js';
import { managerOfOwner, ownerOf, type Serving } from '../contract/ownership.js';
import { activeOnly } from '../kernel/directory.js';
import { words, type Shown } from '../kernel/words.js';
import { chaseSchema } from '../policy/quantity.js';
import { itemProcess, onboardingPolicy } from './policy.js';

const reason = z.string().trim().min(3).max(1000);

const fileProof = z.strictObject({
  kind: z.literal('file'),
  sha256: z.string().regex(/^[0-9a-f]{64}$/, 'a SHA-256 in lower-case hex'),
});
const noteProof = z.strictObject({ kind: z.literal('note'), text: z.string().trim().min(3).max(2000) });

/** What a person proves an item with: the hash of a file, or a contact note. A bare tick is refused (service spec §3a). */
const attestation = z.discriminatedUnion('kind', [fileProof, noteProof]);
/** What proves an item; that its process has ended only the process says, what was before Care Plus only an adoption. */
const evidence = z.discriminatedUnion('kind', [
  fileProof,
  noteProof,
  z.strictObject({ kind: z.literal('process'), processId: z.string() }),
  beforeCarePlus,
]);

const itemSchema = z.strictObject({
  key: z.string(),
  label: z.string(),
  phase: z.enum(['package', 'live']),
  /** The process that settles the item; null: it is settled by attestation (service spec §3a). */
  process: z.string().nullable(),
  state: z.enum(['open', 'waiverAsked', 'done', 'notApplicable', 'waived']),
  by: z.string().nullable(),
  /** Epoch milliseconds. */
  at: z.number().int().nullable(),
  doneOn: z.iso.date().nullable(),
  evidence: evidence.nullable(),
  reason: z.string().nullable(),
  askedBy: z.string().nullable(),
});
export type Item = z.infer<typeof itemSchema>;

const onboardingData = z.strictObject({
  contractId: z.string(),
  contractNumber: z.string(),
  contractProcessId: z.string(),
  calendarId: z.string(),
  startedAt: z.number().int(),
  /** Named in this onboarding before the contract knows it. */
  managerId: z.string().nullable(),
  items: z.array(itemSchema),
  contactedOn: z.iso.date().nullable(),
  kickoff: z
    .strictObject({ heldOn: z.iso.date(), attendees: z.array(z.string()), minutes: z.string() })
    .nullable(),
  stalled: z.enum(['no', 'once', 'twice']),
  liveAt: z.number().int().nullable(),
  objections: z.array(
    z.strictObject({ item: z.string(), reason: z.string(), by: z.string(), at: z.number().int() }),
  ),
  objectionOver: z.boolean(),
  cancelledBecause: z.string().nullable(),
});

type Look = { readonly contract: ContractFacts };

const { backup, smManager, head, accountManager, primaryContact } = contractRoles;

export const onboarding = words({
  slug: 'onboarding',
  prefix: 'onb',
  version: 1,
  title: 'Onboarding',
  summary: 'Brings an End User from the activated contract to Live: contacts, package, checklist, statement.',
  source: 'service spec §4.0, §3a',
  data: onboardingData,
  policy: z.object({ chase: chaseSchema, onboarding: onboardingPolicy }),
  lookups: {
    /** The contract as it stands. */
    contract: { schema: contractFacts },
    /** Another onboarding of the contract that is not closed; at most one may run. */
    otherOnboarding: { schema: z.string().nullable(), locked: true },
  },
  calendars: ({ data, directory }) => ({ main: data.calendarId, provider: directory.providerCalendarId }),
  statuses: {
    new: { label: 'New', kind: 'open', waitsFor: 'provider' },
    smAssigned: { label: 'Service manager assigned', kind: 'open', waitsFor: 'provider' },
    welcomed: { label: 'Welcomed', kind: 'open', waitsFor: 'provider' },
    kickoffHeld: { label: 'Kickoff held', kind: 'open', waitsFor: 'provider' },
    packageInProgress: { label: 'Package in progress', kind: 'open', waitsFor: 'provider' },
    packageComplete: { label: 'Package complete', kind: 'open', waitsFor: 'provider' },
    live: { label: 'Live', kind: 'closed' },
    cancelled: { label: 'Cancelled', kind: 'closed' },
  },
  roles: {
    backup,
    smManager,
    head,
    accountManager,
    primaryContact,
    owner: {
      label: 'Service manager',
      who: ({ data, look, directory }) => ownerOf(serving(look, data), directory),
    },
    manager: {
      label: 'Named service manager',
      who: ({ data, look, directory }) => activeOnly(directory, [serving(look, data).managerId]),
    },
    ownersManager: {
      label: "Owner's manager",
      who: ({ data, look, directory }) => managerOfOwner(serving(look, data), directory),
    },
    endUser: {
      label: 'End User',
      who: ({ look, directory }) =>
        activeOnly(directory, [...look.contract.primaryContacts, ...look.contract.approvers]),
    },
  },
  owner: 'owner',
  notices: {
    started: {
      label: 'An onboarding has started',
      show: ({ data }) => ({ contract: data.contractNumber, liveBy: { due: 'live' } }),
    },
    stageDue: {
      label: 'A step of the onboarding is due',
      reminder: true,
      show: ({ data }) => ({ contract: data.contractNumber }),
    },
    stalled: {
      label: 'The onboarding has stalled',
      reminder: true,
      show: ({ data }) => ({ contract: data.contractNumber }),
    },
    stalledNotice: {
      label: 'We wait for your answer',
      show: ({ data }) => ({ contract: data.contractNumber, open: openLabels(data.items) }),
    },
    waiverAsked: {
      label: 'A waiver waits for your decision',
      show: ({ data }) => ({ contract: data.contractNumber, items: askedLabels(data.items) }),
    },
    waiverDecided: { label: 'A waiver was decided', show: ({ data }) => ({ contract: data.contractNumber }) },
    liveStatement: {
      label: 'Your support is live',
      show: ({ data }) => ({
        contract: data.contractNumber,
        done: { list: labels(data.items, 'done') },
        notApplicable: { list: labels(data.items, 'notApplicable') },
        waived: { list: data.items.filter((item) => item.state === 'waived').map((item) => item.label) },
        waivedBy: {
          list: data.items.flatMap((item): Shown[] => {
            if (item.state !== 'waived') return [];
            if (item.by) return [{ person: item.by }];
            return item.evidence?.kind === 'beforeCarePlus' && item.evidence.by ? [item.evidence.by] : [];
          }),
        },
        objectBy: { due: 'objection' },
      }),
    },
    objected: {
      label: 'The End User objects to the Live statement',
      show: ({ data }) => ({ contract: data.contractNumber, open: openLabels(data.items) }),
    },
    cancelled: {
      label: 'The onboarding was cancelled',
      show: ({ data }) => ({ contract: data.contractNumber }),
    },
  },
  clocks: {
    assign: {
      label: 'Assign a service manager',
      promise: true,
      calendar: 'provider',
      steps: chaseSteps,
      marks: ({ policy }) => chaseMarks(policy.onboarding.assignManager, policy.chase),
      since: ({ data }) => data.startedAt,
      policyPath: 'onboarding.assignManager',
    },
    firstContact: {
      label: 'First contact',
      promise: true,
      calendar: 'main',
      steps: chaseSteps,
      marks: ({ policy }) => chaseMarks(policy.onboarding.firstContact, policy.chase),
      since: ({ data }) => data.startedAt,
      policyPath: 'onboarding.firstContact',
    },
    kickoff: {
      label: 'Kickoff',
      promise: true,
      calendar: 'main',
      steps: chaseSteps,
      marks: ({ policy }) => chaseMarks(policy.onboarding.kickoff, policy.chase),
      since: ({ data }) => data.startedAt,
      policyPath: 'onboarding.kickoff',
    },
    package: {
      label: 'Package out',
      promise: true,
      calendar: 'main',
      steps: chaseSteps,
      marks: ({ policy }) => chaseMarks(policy.onboarding.packageOut, policy.chase),
      since: ({ data }) => data.startedAt,
      policyPath: 'onboarding.packageOut',
    },
    live: {
      label: 'Live',
      promise: true,
      calendar: 'main',
      steps: chaseSteps,
      marks: ({ policy }) => chaseMarks(policy.onboarding.live, policy.chase),
      since: ({ data }) => data.startedAt,
      policyPath: 'onboarding.live',
    },
    correction: {
      label: 'Live again after an objection',
      promise: true,
      calendar: 'main',
      steps: chaseSteps,
      marks: ({ policy }) => chaseMarks(policy.onboarding.correction, policy.chase),
      policyPath: 'onboarding.correction',
    },
    silence: {
      label: "The End User's last answer",
      promise: false,
      calendar: 'main',
      steps: ['first', 'second', 'again'],
      marks: ({ policy }) => ({
        first: { of: policy.onboarding.stall.first },
        second: { of: policy.onboarding.stall.second },
        again: {
          of: policy.onboarding.stall.second,
          plus: policy.onboarding.stallAgain,
          every: policy.onboarding.stallAgain,
        },
      }),
      policyPath: 'onboarding.stall',
    },
    objection: {
      label: 'Objections to the Live statement',
      promise: false,
      calendar: 'main',
      steps: ['close'],
      marks: ({ policy }) => ({ close: { of: policy.onboarding.objection } }),
      policyPath: 'onboarding.objection',
    },
  },
  start: {
    label: 'Start an onboarding',
    payload: z.strictObject({
      contractId: z.string(),
      adopted: onboardingTakenOver.optional().describe('Only with the adoption of its contract'),
    }),
    grants: ['serviceManager', 'smManager'],
    example: { contractId: 'northwind-2026' },
  },
  commands: {
    assignManager: {
      label: 'Assign the service manager',
      by: ['smManager'],
      payload: z.strictObject({ personId: z.string() }),
      example: { personId: 'sam-rivers' },
    },
    recordWelcome: {
      label: 'Record the first contact',
      by: ['manager', 'backup', 'smManager'],
      payload: z.strictObject({
        contactedOn: z.iso.date(),
        medium: z.enum(['phone', 'mail', 'meeting']),
        summary: reason,
      }),
      example: {
        contactedOn: '2026-03-04',
        medium: 'phone',
        summary: 'Introduced myself, agreed the kickoff.',
      },
    },
    recordKickoff: {
      label: 'Record the kickoff',
      by: ['manager', 'backup', 'smManager'],
      payload: z.strictObject({
        heldOn: z.iso.date(),
        attendees: z.array(z.string().min(1).max(120)).min(1).max(60),
        minutes: z.string().trim().min(3).max(8000),
      }),
      example: {
        heldOn: '2026-03-10',
        attendees: ['maria-stone', 'sam-rivers'],
        minutes: 'Walked through the checklist.',
      },
    },
    completeItem: {
      label: 'Complete an item',
      by: ['manager', 'backup', 'smManager'],
      payload: z.strictObject({ item: z.string(), doneOn: z.iso.date(), evidence: attestation }),
      each: ({ data }) => choices(data.items.filter(isAttested), 'open'),
      eachField: 'item',
      example: {
        item: 'contactMatrix',
        doneOn: '2026-03-12',
        evidence: { kind: 'note', text: 'Agreed by mail.' },
      },
    },
    markNotApplicable: {
      label: 'Mark an item as not applicable',
      by: ['manager', 'backup', 'smManager'],
      payload: z.strictObject({ item: z.string(), reason }),
      each: ({ data }) => choices(data.items.filter(isAttested), 'open'),
      eachField: 'item',
      example: { item: 'outageGuideline', reason: 'The End User has no regulated sites.' },
    },
    useProcess: {
      label: 'Have an item settled by its own process',
      by: ['manager', 'backup', 'smManager'],
      payload: z.strictObject({ item: z.string(), process: itemProcess }),
      each: ({ data }) => choices(data.items.filter(isAttested), 'open'),
      eachField: 'item',
      example: { item: 'userGuide', process: 'userGuide' },
    },
    askWaiver: {
      label: 'Ask for a waiver of an item',
      by: ['manager', 'backup', 'smManager'],
      payload: z.strictObject({ item: z.string(), reason }),
      each: ({ data }) => choices(data.items, 'open'),
      eachField: 'item',
      example: { item: 'collectorPlan', reason: 'The End User refuses a collector.' },
    },
    approveWaiver: {
      label: 'Approve a waiver',
      by: ['smManager', 'head'],
      payload: z.strictObject({ item: z.string() }),
      each: ({ data }) => choices(data.items, 'waiverAsked'),
      eachField: 'item',
      example: { item: 'collectorPlan' },
    },
    refuseWaiver: {
      label: 'Refuse a waiver',
      by: ['smManager', 'head'],
      payload: z.strictObject({ item: z.string(), reason }),
      each: ({ data }) => choices(data.items, 'waiverAsked'),
      eachField: 'item',
      example: { item: 'collectorPlan', reason: 'A plan can be agreed without installation.' },
    },
    goLive: { label: 'Declare Live', by: ['manager', 'backup', 'smManager'] },
    object: {
      label: 'Object to the Live statement',
      by: ['endUser'],
      payload: z.strictObject({ item: z.string(), reason }),
      each: ({ data }) => data.items.filter(isSettled).map(({ key, label }) => ({ key, label })),
      eachField: 'item',
      example: { item: 'contactMatrix', reason: 'Two names are wrong.' },
    },
    recordAnswer: {
      label: "Record the End User's answer",
      by: ['manager', 'backup', 'smManager', 'accountManager'],
      payload: z.strictObject({ medium: z.enum(['phone', 'mail', 'meeting']), text: reason }),
      example: { medium: 'phone', text: 'Back from leave; kickoff agreed for Tuesday.' },
    },
    cancel: {
      label: 'Cancel the onboarding',
      by: ['smManager'],
      payload: z.strictObject({ reason }),
      example: { reason: 'Two contracts were merged.' },
    },
    note: {
      label: 'Add a contact note',
      by: ['owner', 'manager', 'backup', 'smManager', 'accountManager', 'endUser'],
      payload: notePayload,
      example: { text: 'Left a message.', medium: 'phone' },
    },
  },
  signals: {
    managerAssigned: {
      label: 'The contract has a service manager',
      payload: z.strictObject({ personId: z.string() }),
    },
    itemSettled: {
      label: 'The process of an item has settled it',
      payload: z.strictObject({
        item: itemProcess,
        processId: z.string(),
        outcome: z.enum(['done', 'notApplicable']),
        /** How it was settled, in one sentence; no personal data. */
        reason: z.string().max(500),
      }),
    },
    endUserAnswered: {
      label: 'The End User answered in another process',
      payload: z.strictObject({ processId: z.string() }),
    },
    contractEnded: { label: 'The contract has ended' },
  },
  refusals: {
    contractNotActive: {
      text: 'The contract is not active.',
      remedy: 'Activate it first: careplus contract activate <contract> --registered <date>.',
    },
    alreadyRunning: {
      text: 'An onboarding of this contract is already under way.',
      remedy: 'Continue that one: careplus today.',
    },
    takenOverByHand: {
      text: 'What was done before Care Plus is taken over with the contract only.',
      remedy: 'Adopt the contract with all of it: careplus onboarding adopt <file>.',
    },
    notAServiceManager: {
      text: 'That person is not an active service manager.',
      remedy: 'Name somebody with the staff function serviceManager: careplus staff list.',
    },
    sameAsBackup: {
      text: 'The service manager and the backup must be two people.',
      remedy: 'Name somebody else, or change the backup of the contract first.',
    },
    unknownItem: {
      text: 'The checklist has no such item.',
      remedy: 'Take a key that careplus next <process> lists.',
    },
    itemSettled: {
      text: 'The item is already settled, or a waiver of it is being decided.',
      remedy: 'See the checklist: careplus onboarding show <process>.',
    },
    hasItsProcess: {
      text: 'The item is settled by a process of its own.',
      remedy: 'Go on in that process: careplus today lists its next steps. A waiver is always possible.',
    },
    processTaken: {
      text: 'That process settles another item of the checklist.',
      remedy: 'Name the process that belongs to this item: careplus onboarding show <process>.',
    },
    noWaiverAsked: {
      text: 'No waiver was asked for this item.',
      remedy: 'Ask for it first: careplus do <process> askWaiver.',
    },
    selfApproval: {
      text: 'Nobody approves what he asked for himself.',
      remedy: 'Another approver must decide; careplus next <process> names them.',
    },
    itemsOpen: {
      text: 'Items of the checklist are still open.',
      remedy: 'Settle each one: done with evidence, not applicable with a reason, or waived.',
    },
    dateInFuture: {
      text: 'The date lies in the future.',
      remedy: 'Record it on or after the day it happened.',
    },
    objectionsClosed: {
      text: 'The window for objections is over, or the onboarding is not Live.',
      remedy: 'Tell your service manager: a contact note is always possible.',
    },
    notStalled: { text: 'The onboarding is not stalled.', remedy: 'Use a contact note marked as an answer.' },
  },
  headline: (data) => data.contractNumber,
  contractId: (data) => data.contractId,
});

export function isSettled(item: Item): boolean {
  return item.state === 'done' || item.state === 'notApplicable' || item.state === 'waived';
}

/** Settled by a person with evidence, not by a process of its own. */
export function isAttested(item: Item): boolean {
  return item.process === null;
}

/** The service manager named here counts until the contract knows him. */
function serving(look: Look, data: { readonly managerId: string | null }): Serving {
  return { ...look.contract, managerId: look.contract.managerId ?? data.managerId };
}

function choices(items: readonly Item[], state: Item['state']) {
  return items.filter((item) => item.state === state).map(({ key, label }) => ({ key, label }));
}

function labels(items: readonly Item[], state: Item['state']): string[] {
  return choices(items, state).map(({ label }) => label);
}

function openLabels(items: readonly Item[]) {
  return { list: items.filter((item) => !isSettled(item)).map((item) => item.label) };
}

function askedLabels(items: readonly Item[]) {
  return { list: labels(items, 'waiverAsked') };
}
