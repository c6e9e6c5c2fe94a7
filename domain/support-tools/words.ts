/** Web support tools: accounts per person and tool, walkthroughs, people who come and go (service spec §4.5b). */
import { z } from 'zod';
import { contractFacts, contractRoles } from '../contract/facts.js';
import { chaseMarks, chaseSteps } from '../kernel/chase.js';
import { notePayload } from '../kernel/common.js';
import { activeOnly } from '../kernel/directory.js';
import { words } from '../kernel/words.js';
import { chaseSchema } from '../policy/quantity.js';
import {
  MOST_INVITED,
  meetingInstant,
  meetingRoles,
  meetingSchema,
  movePayload,
  planPayload,
  showMeeting,
} from '../meeting.js';
import { supportToolsPolicy, toolSchema } from './policy.js';

const reason = z.string().trim().min(3).max(1000);
const evidence = z.string().trim().min(3).max(2000);
const person = z.string().min(1).max(63);
const tool = z.string().min(1).max(40);

/** Of a set of accounts: without tools, all of that person's that are in the right state. */
const accountsOf = z.strictObject({ person, tools: z.array(tool).min(1).max(40).optional() });
const MOST_LINES = MOST_INVITED;

export const accountStates = ['requested', 'provisioned', 'verified', 'inactive', 'removed'] as const;

const accountSchema = z.strictObject({
  state: z.enum(accountStates),
  /** Kept only as long as the account stands. */
  login: z.string().nullable(),
  /** Epoch milliseconds. */
  requestedAt: z.number().int(),
  provisionedAt: z.number().int().nullable(),
  firstLoginAt: z.number().int().nullable(),
  removedAt: z.number().int().nullable(),
});
export type Account = z.infer<typeof accountSchema>;

export const supportToolsData = z.strictObject({
  contractId: z.string(),
  contractNumber: z.string(),
  onboardingId: z.string().nullable(),
  calendarId: z.string(),
  portal: z.strictObject({ linkedAt: z.number().int(), by: z.string(), evidence: z.string() }).nullable(),
  tools: z.array(toolSchema.extend({ addedAt: z.number().int() })),
  /** By `<person>/<tool>`. */
  accounts: z.record(z.string(), accountSchema),
  /** Authorised callers, and whoever else is served without being asked: the contract as this process knows it. */
  callers: z.array(z.string()),
  members: z.array(z.string()),
  /** Whom the last change of the contract brought, and whom it took away. */
  joined: z.array(z.string()),
  gone: z.array(z.string()),
  /** Who has left and still holds accounts: since when. */
  leavers: z.record(z.string(), z.number().int()),
  /** The walkthrough that was planned last. */
  meeting: meetingSchema.nullable(),
  held: z.array(
    z.strictObject({
      number: z.number().int().positive(),
      heldAt: z.number().int(),
      attendees: z.array(z.string()),
      recording: z.string(),
    }),
  ),
  withdrawnBecause: z.string().nullable(),
});
export type SupportToolsData = z.infer<typeof supportToolsData>;

const staff = ['owner', 'manager', 'backup', 'smManager'] as const;

export const supportTools = words({
  slug: 'supportTools',
  prefix: 'tls',
  version: 1,
  title: 'Web support tools',
  summary: 'Accounts in the support tools for every caller, walkthroughs, people and tools that come and go.',
  source: 'service spec §4.5b',
  data: supportToolsData,
  policy: z.object({ chase: chaseSchema, supportTools: supportToolsPolicy }),
  lookups: {
    contract: { schema: contractFacts },
    /** Another such process of the contract that is not closed; at most one may run. */
    otherSupportTools: { schema: z.string().nullable(), locked: true },
  },
  calendars: ({ data, directory }) => ({ main: data.calendarId, provider: directory.providerCalendarId }),
  statuses: {
    preparing: { label: 'Preparing', kind: 'open', waitsFor: 'provider' },
    inService: {
      label: 'In service',
      kind: 'open',
      mayWait: 'Nothing is owed until somebody joins or leaves, or a tool is added.',
    },
    withdrawn: { label: 'Withdrawn', kind: 'closed' },
  },
  roles: {
    ...contractRoles,
    /** Whose accounts this very step has made ready. */
    provisionedNow: {
      label: 'Holders of new accounts',
      who: ({ data, directory, at }) =>
        activeOnly(
          directory,
          entriesOf(data.accounts)
            .filter(({ account }) => account.provisionedAt === at)
            .map((entry) => entry.person),
        ),
    },
    holders: {
      label: 'Holders of accounts',
      who: ({ data, directory }) =>
        activeOnly(
          directory,
          entriesOf(data.accounts).map((entry) => entry.person),
        ),
    },
    ...meetingRoles,
  },
  owner: 'owner',
  notices: {
    accountsDue: {
      label: 'Accounts in the support tools are to be provisioned',
      reminder: true,
      show: ({ data, key }) => ({
        contract: data.contractNumber,
        holder: { person: key },
        tools: { list: labelsOf(data, key, ['requested']) },
        due: { due: `account/${key}` },
      }),
    },
    accountsReady: {
      label: 'Your accounts in the support tools',
      show: ({ data, recipient }) => ({
        contract: data.contractNumber,
        tools: { list: labelsOf(data, recipient, ['provisioned']) },
      }),
      link: { command: 'confirmLogin', payload: ({ recipient }) => ({ person: recipient }) },
    },
    accountInactive: {
      label: 'An account in the support tools is not used',
      show: ({ data, key }) => {
        const at = partsOf(key);
        return {
          contract: data.contractNumber,
          holder: { person: at.person },
          tool: labelOf(data, at.tool),
        };
      },
    },
    portalDue: {
      label: 'The portal is to be linked to the contract',
      reminder: true,
      show: ({ data }) => ({ contract: data.contractNumber, due: { due: 'portal' } }),
    },
    walkthroughDue: {
      label: 'The walkthrough of the support tools is to be held',
      reminder: true,
      show: ({ data }) => ({ contract: data.contractNumber, due: { due: 'walkthrough' } }),
    },
    newPersonDue: {
      label: 'Somebody new is to be walked through the support tools',
      reminder: true,
      show: ({ data, key }) => ({
        contract: data.contractNumber,
        newcomer: { person: key },
        due: { due: `newPerson/${key}` },
      }),
    },
    newToolDue: {
      label: 'A new support tool is to be walked through',
      reminder: true,
      show: ({ data, key }) => ({
        contract: data.contractNumber,
        tool: labelOf(data, key),
        due: { due: `newTool/${key}` },
      }),
    },
    leaverDue: {
      label: 'Accounts of somebody who has left are to be removed',
      reminder: true,
      show: ({ data, key }) => ({
        contract: data.contractNumber,
        holder: { person: key },
        tools: { list: labelsOf(data, key, ['provisioned', 'verified', 'inactive']) },
        due: { due: `leaver/${key}` },
      }),
    },
    peopleChanged: {
      label: 'The people who use the support tools have changed',
      show: ({ data }) => ({
        contract: data.contractNumber,
        joined: { list: data.joined.map((id) => ({ person: id })) },
        left: { list: data.gone.map((id) => ({ person: id })) },
      }),
    },
    // At once, in their order: a meeting may begin before the next business hours do.
    walkthroughInvitation: {
      label: 'Walkthrough of the web support tools',
      urgent: true,
      show: ({ data }) => invitationTo(data, 'REQUEST'),
    },
    walkthroughCancelled: {
      label: 'Walkthrough of the web support tools',
      urgent: true,
      show: ({ data }) => invitationTo(data, 'CANCEL'),
    },
  },
  clocks: {
    account: {
      label: 'Provision the accounts',
      promise: true,
      keyed: true,
      calendar: 'main',
      steps: chaseSteps,
      marks: ({ policy }) => chaseMarks(policy.supportTools.account, policy.chase),
      policyPath: 'supportTools.account',
    },
    portal: {
      label: 'Link the portal',
      promise: true,
      calendar: 'main',
      steps: chaseSteps,
      marks: ({ policy }) => chaseMarks(policy.supportTools.portal, policy.chase),
      policyPath: 'supportTools.portal',
    },
    walkthrough: {
      label: 'First walkthrough',
      promise: true,
      calendar: 'main',
      steps: chaseSteps,
      marks: ({ policy }) => chaseMarks(policy.supportTools.walkthrough, policy.chase),
      policyPath: 'supportTools.walkthrough',
    },
    newPerson: {
      label: 'Walkthrough for somebody new',
      promise: true,
      keyed: true,
      calendar: 'main',
      steps: chaseSteps,
      marks: ({ policy }) => chaseMarks(policy.supportTools.repeat, policy.chase),
      policyPath: 'supportTools.repeat',
    },
    newTool: {
      label: 'Walkthrough of a new tool',
      promise: true,
      keyed: true,
      calendar: 'main',
      steps: chaseSteps,
      marks: ({ policy }) => chaseMarks(policy.supportTools.repeat, policy.chase),
      policyPath: 'supportTools.repeat',
    },
    inactive: {
      label: 'Account not used',
      promise: false,
      keyed: true,
      calendar: 'main',
      steps: ['due'],
      marks: ({ policy }) => ({ due: { of: policy.supportTools.inactive } }),
      policyPath: 'supportTools.inactive',
    },
    leaver: {
      label: "Remove a leaver's accounts",
      promise: true,
      keyed: true,
      calendar: 'main',
      steps: chaseSteps,
      marks: ({ policy }) => chaseMarks(policy.supportTools.leaver, policy.chase),
      policyPath: 'supportTools.leaver',
    },
  },
  start: {
    label: 'Start the web support tools',
    payload: z.strictObject({ contractId: z.string(), onboardingId: z.string().nullable().default(null) }),
    grants: ['serviceManager', 'smManager'],
    example: { contractId: 'northwind-2026' },
  },
  commands: {
    linkPortal: {
      label: 'Record that the portal is linked to the contract',
      by: staff,
      payload: z.strictObject({ evidence }),
      example: { evidence: 'The contract is listed in the portal, see the screenshot in the file.' },
    },
    requestAccount: {
      label: 'Request accounts',
      by: [...staff, 'primaryContact'],
      payload: z.strictObject({
        people: z.array(person).min(1).max(MOST_LINES),
        tools: z.array(tool).min(1).max(40),
      }),
      example: { people: ['maria-stone'], tools: ['collector'] },
    },
    recordProvisioned: {
      label: 'Record provisioned accounts',
      by: staff,
      payload: z.strictObject({
        accounts: z
          .array(accountsOf.extend({ login: z.string().trim().min(1).max(254) }))
          .min(1)
          .max(MOST_LINES)
          .describe('Without tools: everything that is requested for the person'),
      }),
      each: ({ data }) => peopleOf(data.accounts, 'requested').map((key) => ({ key, label: key })),
      example: { accounts: [{ person: 'maria-stone', login: 'mstone' }] },
    },
    recordLogin: {
      label: 'Record logins',
      by: staff,
      payload: z.strictObject({
        accounts: z
          .array(accountsOf)
          .min(1)
          .max(MOST_LINES)
          .describe('Without tools: every account of the person. The first login verifies an account'),
      }),
      example: { accounts: [{ person: 'maria-stone', tools: ['caseManager'] }] },
    },
    confirmLogin: {
      label: 'Confirm that I have logged in',
      by: ['holders'],
      payload: z.strictObject({ person, tools: z.array(tool).min(1).max(40).optional() }),
      example: { person: 'maria-stone' },
    },
    recordRemoved: {
      label: 'Record removed accounts',
      by: staff,
      payload: z.strictObject({
        accounts: z
          .array(accountsOf)
          .min(1)
          .max(MOST_LINES)
          .describe('Without tools: every account of the person'),
      }),
      each: ({ data }) => Object.keys(data.leavers).map((key) => ({ key, label: key })),
      example: { accounts: [{ person: 'maria-stone' }] },
    },
    planWalkthrough: {
      label: 'Plan a walkthrough and invite',
      by: staff,
      payload: planPayload('every caller and primary contact, and the service manager'),
      example: { startsAt: '2026-12-07T10:00:00+01:00', place: 'https://bridge.example/tools' },
    },
    moveWalkthrough: {
      label: 'Change the planned walkthrough',
      by: staff,
      payload: movePayload,
      example: { startsAt: '2026-12-08T10:00:00+01:00' },
    },
    cancelWalkthrough: {
      label: 'Call the planned walkthrough off',
      by: staff,
      payload: z.strictObject({ reason }),
      example: { reason: 'The End User asked for another week.' },
    },
    recordWalkthrough: {
      label: 'Record a walkthrough that was held',
      by: staff,
      payload: z.strictObject({
        heldAt: meetingInstant.optional().describe('Without it: the planned walkthrough'),
        attendees: z.array(person).min(1).max(MOST_LINES),
        recording: evidence.describe('Where the recording lies, or why there is none'),
      }),
      example: { heldAt: '2026-11-23T10:00:00+01:00', attendees: ['maria-stone'], recording: 'Archive 4711' },
    },
    addTool: {
      label: 'Add a tool',
      by: staff,
      payload: toolSchema,
      example: { key: 'labPortal', label: 'Lab portal', accounts: 'onRequest' },
    },
    withdraw: {
      label: 'Withdraw',
      by: ['smManager'],
      payload: z.strictObject({ reason }),
      example: { reason: 'The End User uses the tools of its partner.' },
    },
    note: {
      label: 'Add a contact note',
      by: [...staff, 'primaryContact', 'callers', 'holders'],
      payload: notePayload,
      example: { text: 'Helped with the first login on the phone.', medium: 'phone' },
    },
  },
  signals: {
    callersChanged: {
      label: 'The authorised callers have changed',
      payload: z.strictObject({ callers: z.array(z.string()), primaryContacts: z.array(z.string()) }),
    },
    contractEnded: { label: 'The contract has ended' },
  },
  refusals: {
    contractNotActive: { text: 'The contract is not active.', remedy: 'Activate the contract first.' },
    alreadyRunning: {
      text: 'The web support tools of this contract are looked after already.',
      remedy: 'Work with that process (careplus show <contract>/support-tools), or withdraw it first.',
    },
    portalLinked: {
      text: 'The portal is linked already.',
      remedy: 'Add a note if the evidence is to be corrected.',
    },
    unknownTool: {
      text: 'There is no such tool.',
      remedy: 'See the tools: careplus tools coverage <contract>; add it with addTool.',
    },
    toolKnown: { text: 'A tool with this key is known already.', remedy: 'Choose another key.' },
    notServed: {
      text: 'That person is neither caller, primary contact nor approver of the contract.',
      remedy: 'Amend the contract with the contact first.',
    },
    accountKnown: {
      text: 'All of these accounts are requested or stand already.',
      remedy: 'See who has which: careplus tools coverage <contract>.',
    },
    accountNotThere: {
      text: 'One of these accounts does not exist, or is not in a state for this.',
      remedy: 'See who has which: careplus tools coverage <contract>.',
    },
    sharedLogin: {
      text: 'A login belongs to one person; shared logins are not allowed.',
      remedy: 'Have a login of his own made for each person.',
    },
    notYourAccount: {
      text: 'Only the holder of the accounts can confirm his login.',
      remedy: 'Record the login instead: recordLogin.',
    },
    planned: {
      text: 'A walkthrough is planned already.',
      remedy: 'Move it, call it off, or record it first.',
    },
    nonePlanned: {
      text: 'No walkthrough is planned.',
      remedy: 'Plan one, or say when it was held: heldAt.',
    },
    startInPast: { text: 'The walkthrough would begin in the past.', remedy: 'Name a later start.' },
    notHeldYet: {
      text: 'The walkthrough lies in the future.',
      remedy: 'Record it once it was held.',
    },
    unknownPerson: {
      text: 'One of these people is unknown, or has left.',
      remedy: 'Name contacts of the contract and staff by their ids.',
    },
    noCallerAttended: {
      text: 'None of those who attended is a caller or primary contact.',
      remedy: 'Call it off and plan another one.',
    },
  },
  headline: (data) => data.contractNumber,
  contractId: (data) => data.contractId,
});

export function keyOf(person: string, tool: string): string {
  return `${person}/${tool}`;
}

export function partsOf(key: string): { readonly person: string; readonly tool: string } {
  const slash = key.lastIndexOf('/');
  return { person: key.slice(0, slash), tool: key.slice(slash + 1) };
}

type Accounts = SupportToolsData['accounts'];

/** Every account with its key, person and tool. */
export function entriesOf(accounts: Accounts) {
  return Object.entries(accounts).map(([key, account]) => ({ key, ...partsOf(key), account }));
}

/** Who has an account in a state, each once. */
export function peopleOf(accounts: Accounts, state: Account['state']): string[] {
  const entries = entriesOf(accounts).filter(({ account }) => account.state === state);
  return [...new Set(entries.map((entry) => entry.person))];
}

function labelOf(data: SupportToolsData, key: string): string {
  return data.tools.find((one) => one.key === key)?.label ?? key;
}

function labelsOf(data: SupportToolsData, holder: string, states: readonly Account['state'][]): string[] {
  return entriesOf(data.accounts)
    .filter((entry) => entry.person === holder && states.includes(entry.account.state))
    .map((entry) => labelOf(data, entry.tool));
}

const WALKTHROUGH = { kind: 'walkthrough', title: 'Walkthrough of the web support tools' };

function invitationTo(data: SupportToolsData, method: 'REQUEST' | 'CANCEL') {
  return { contract: data.contractNumber, ...showMeeting(data.meeting, method, WALKTHROUGH) };
}
