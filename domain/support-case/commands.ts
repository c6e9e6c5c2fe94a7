/** What people can ask of a case, with what they must say (service spec §4.16, §3 R1, R3, R4). */
import { z } from 'zod';
import { priorities } from '../priority.js';
import { notePayload } from '../kernel/common.js';
import { outsideStates, sources, waits } from './data.js';

const reason = z.string().trim().min(3).max(1000);
const text = z.string().trim().min(3).max(4000);
const evidence = z.string().trim().min(3).max(2000);
const person = z.string().min(1).max(63);
const priority = z.enum(priorities);
const key = z.string().trim().min(1).max(120);
const instant = z.iso.datetime({ offset: true });

/** A person by his id, or the name and the number that somebody unknown gave. */
export const callerPayload = z.union([
  z.strictObject({ personId: person }),
  z.strictObject({
    name: z.string().trim().min(1).max(120),
    phone: z.string().trim().min(3).max(40),
  }),
]);

/** The device, or the site when the whole of it is concerned. */
export const placePayload = {
  device: z.string().trim().min(1).max(120).optional().describe('Serial number'),
  siteId: z.string().min(1).max(63).optional(),
};

const startPayload = z.strictObject({
  contractId: z.string(),
  caller: callerPayload,
  priority: priority.describe("As the caller says; the policy's text of it is shown to him"),
  ...placePayload,
  product: z.string().trim().min(1).max(120).optional(),
  impact: reason.describe('What does not work, and what that does to the business'),
  source: z.enum(sources).default('seniorDesk'),
  outside: z
    .strictObject({ system: key, key })
    .optional()
    .describe('Of a case that an outside system reports'),
  test: z.boolean().default(false).describe('The test call of an onboarding: stands in no figure'),
  separate: z.boolean().default(false).describe('It is not the outage for which a case is open already'),
});
export type CaseStart = z.infer<typeof startPayload>;

export const caseStart = {
  label: 'Open a case',
  payload: startPayload,
  grants: ['seniorDesk', 'dutyManager', 'serviceManager', 'smManager', 'supportDirector'],
  example: {
    contractId: 'northwind-2026',
    caller: { personId: 'maria-stone' },
    priority: 'P1',
    device: 'SN-4711',
    impact: 'The core router is down; nothing is dispatched.',
  },
} as const;

const staff = ['desk', 'engineer', 'dutyManager', 'owner', 'manager', 'backup', 'smManager'] as const;
const working = ['desk', 'engineer', 'dutyManager'] as const;
const leads = ['dutyManager', 'smManager', 'director'] as const;

/** Who agreed: himself, or recorded by the desk with what shows it. */
const agreement = { agreedBy: person, evidence: evidence.optional() };

export const caseCommands = {
  answer: { label: 'Record that the caller was spoken to', by: working },
  joinCall: {
    label: 'Add a call about the same outage',
    by: [...staff, 'authorisedCallers'],
    payload: z.strictObject({ caller: callerPayload, impact: reason }),
    example: { caller: { personId: 'jan-reed' }, impact: 'The hub cannot dispatch either.' },
  },
  verifyCaller: {
    label: 'Verify the caller',
    by: working,
    payload: z.strictObject({ personId: person, evidence }),
    example: { personId: 'maria-stone', evidence: 'Called back on the number of the matrix.' },
  },
  recordDrop: { label: 'Record that the call dropped', by: working },
  recordCallBack: {
    label: 'Record a call-back',
    by: working,
    payload: z.strictObject({ reached: z.boolean() }),
    example: { reached: true },
  },
  recordFailedContact: {
    label: 'Record that the End User was not reached',
    by: working,
  },
  confirmEntitlement: {
    label: 'Settle the entitlement: everything is in order',
    by: staff,
    payload: z.strictObject({ reason }),
    example: { reason: 'The renewal was booked today.' },
  },
  refuseEntitlement: {
    label: 'Settle the entitlement: it is refused',
    by: ['smManager'],
    payload: z.strictObject({ reason }),
    example: { reason: 'The contract ended and is not renewed.' },
  },
  override: {
    label: 'Override the entitlement',
    by: ['smManager', 'dutyManager'],
    payload: z.strictObject({
      reason,
      expiresAt: instant
        .optional()
        .describe("Without it: a P1 for the policy's longest, any other for this case alone"),
    }),
    example: { reason: 'The renewal is signed and not yet booked.' },
  },
  accept: {
    label: 'Accept the case',
    by: ['desk', 'onDuty'],
    urgent: true,
    payload: z.strictObject({
      because: reason.optional().describe('Why somebody takes it who is not senior for the product'),
    }),
    example: {},
  },
  startDiagnosis: { label: 'Begin the diagnosis', by: ['engineer'] },
  giveUpdate: {
    label: 'Give the caller an update',
    by: working,
    payload: z.strictObject({ text }),
    example: { text: 'The fault is narrowed down to the line card.' },
  },
  handOver: {
    label: 'Hand over to the next engineer',
    by: ['engineer', 'dutyManager'],
    payload: z.strictObject({ to: person, summary: z.string().trim().min(20).max(8000) }),
    example: { to: 'noor-dale', summary: 'Line card suspected; logs are collected; next step: replace it.' },
  },
  acceptHandOver: { label: 'Accept the hand-over', by: ['nextEngineer'] },
  assign: {
    label: 'Give the case to another engineer',
    by: leads,
    payload: z.strictObject({ to: person, reason }),
    example: { to: 'noor-dale', reason: 'The engineer is ill.' },
  },
  wait: {
    label: 'Wait for somebody else',
    by: ['engineer', 'owner', 'manager', 'smManager'],
    payload: z.strictObject({
      on: z.enum(waits),
      owes: z.string().trim().min(1).max(200),
      what: reason,
      consent: z
        .strictObject({ by: person, evidence })
        .optional()
        .describe('Of the End User: a P1 or P2 pauses with it only'),
    }),
    example: { on: 'endUser', owes: 'maria-stone', what: 'The logs of the last hour.' },
  },
  chase: { label: 'Record that the dependency was chased', by: ['engineer', 'owner'] },
  satisfy: {
    label: 'Record that the dependency is satisfied',
    by: ['engineer', 'dutyManager', 'authorisedCallers'],
    payload: z.strictObject({ outcome: text }),
    example: { outcome: 'The logs are here.' },
  },
  acceptWorkaround: {
    label: 'Accept a workaround',
    by: ['engineer', 'consenters'],
    payload: z.strictObject({ workaround: text, ...agreement }),
    example: {
      workaround: 'Traffic runs over the second router.',
      agreedBy: 'maria-stone',
      evidence: 'Agreed on the bridge.',
    },
  },
  raisePriority: {
    label: 'Raise the priority',
    by: [...staff, 'authorisedCallers'],
    payload: z.strictObject({ to: priority, reason }),
    example: { to: 'P1', reason: 'The whole site is down now.' },
  },
  proposePriority: {
    label: 'Propose a lower priority',
    by: ['engineer', 'desk', 'dutyManager', 'owner'],
    payload: z.strictObject({ to: priority, reason }),
    example: { to: 'P3', reason: 'A workaround is in place.' },
  },
  agreePriority: {
    label: 'Agree to the lower priority',
    by: ['priorityApprovers', 'engineer', 'desk', 'dutyManager'],
    payload: z.strictObject({ to: priority, ...agreement }),
    example: { to: 'P3', agreedBy: 'maria-stone', evidence: 'Agreed on the phone.' },
  },
  disputePriority: {
    label: 'Dispute the lower priority',
    by: ['priorityApprovers', 'authorisedCallers', 'engineer', 'desk'],
    payload: z.strictObject({ reason }),
    example: { reason: 'The site is still without redundancy.' },
  },
  decidePriority: {
    label: 'Decide a disputed priority',
    by: ['dutyManager'],
    payload: z.strictObject({ lower: z.boolean(), reason }),
    example: { lower: false, reason: 'The End User is right.' },
  },
  resolve: {
    label: 'Resolve',
    by: ['engineer'],
    payload: z
      .strictObject({ rootCause: text.optional(), unknownBecause: reason.optional() })
      .refine(
        ({ rootCause, unknownBecause }) => (rootCause === undefined) !== (unknownBecause === undefined),
        'name the root cause, or why it is unknown',
      ),
    example: { rootCause: 'The line card had failed.' },
  },
  consentClosure: {
    label: 'Consent to the closure',
    by: ['consenters', 'engineer', 'desk'],
    payload: z.strictObject({ ...agreement }),
    example: { agreedBy: 'maria-stone', evidence: 'Agreed on the phone.' },
  },
  closeReasoned: {
    label: 'Close a case to which the End User does not answer',
    by: ['dutyManager'],
    payload: z.strictObject({ reason }),
    example: { reason: 'Restored for six days, three unanswered requests.' },
  },
  notSolved: {
    label: 'Say that it is not solved',
    by: ['consenters', 'engineer', 'desk', 'dutyManager'],
    payload: z.strictObject({ reason }),
    example: { reason: 'The router restarted again.' },
  },
  reopen: {
    label: 'Open the case again',
    by: ['consenters', 'desk', 'dutyManager'],
    payload: z.strictObject({ reason }),
    example: { reason: 'The same fault is back.' },
  },
  abandon: {
    label: 'Give up on a call that nobody can be reached for',
    by: ['desk', 'dutyManager'],
    payload: z.strictObject({ reason }),
    example: { reason: 'Three call-backs without an answer.' },
  },
  passTest: {
    label: 'Record that the test call has passed',
    by: ['engineer', 'desk'],
    payload: z.strictObject({ evidence }),
    example: { evidence: 'Answered in two minutes, engineer engaged in five.' },
  },
  note: {
    label: 'Add a contact note',
    by: [...staff, 'caller', 'consenters'],
    payload: notePayload,
    example: { text: 'Spoke with the caller.', medium: 'phone' },
  },
} as const;

/** Of which report of which outside event; a doubled one has no effect. */
const outsideFact = { sourceKey: key, occurredAt: instant };

export const caseSignals = {
  /**
   * What an outside system says about the case; what is older than its last report is kept and moves nothing. Without a
   * state it is a note.
   */
  reported: {
    label: 'An outside system has reported on the case',
    payload: z.strictObject({
      ...outsideFact,
      state: z.enum(outsideStates).optional(),
      text: z.string().max(4000).default(''),
    }),
  },
  priorityReported: {
    label: 'An outside system has said what priority it gives the case',
    payload: z.strictObject({ ...outsideFact, to: priority, reason: z.string().min(1).max(1000) }),
  },
  calledOutside: {
    label: 'An outside system has a ticket about the same outage',
    payload: z.strictObject({ ...outsideFact, caller: callerPayload, impact: reason }),
  },
  contractEnded: { label: 'The contract has ended' },
};
