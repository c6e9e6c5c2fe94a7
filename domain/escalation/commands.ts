/** What people can do with an escalation, and how one is asked for (service spec §4.3, §4.19). */
import { z } from 'zod';
import { notePayload } from '../kernel/common.js';
import {
  categories,
  consent,
  level,
  person,
  reason,
  reference,
  sources,
  type EscalationData,
} from './data.js';

const instant = z.iso.datetime({ offset: true });
const consented = consent
  .optional()
  .describe('Of an authorised person of the End User; not needed where that person acts himself');

export const startPayload = z
  .strictObject({
    contractId: z.string(),
    category: z.enum(categories).default('support'),
    source: z.enum(sources).default('asked').describe('Where a person asks, it is always asked'),
    caseId: z.string().optional(),
    matter: z
      .strictObject({ reference, text: reason })
      .optional()
      .describe('What it is about, where it is no case'),
    reason,
    askedBy: person.optional().describe('In whose name it is asked; without it, of whoever asks'),
    follows: z.string().optional().describe('An earlier escalation that cannot be reopened any more'),
  })
  .refine(({ caseId, matter }) => (caseId === undefined) !== (matter === undefined), {
    message: 'name a case or a matter, not both',
    path: ['caseId'],
  });

const working = ['owner', 'lead', 'holders', 'manager'] as const;
const why = z.strictObject({ reason });

export const commands = {
  join: {
    label: 'Join: ask for it too',
    by: ['endUser', 'mayAsk'],
    payload: z.strictObject({ reason, askedBy: person.optional() }),
    example: { reason: 'We are hit by the same outage.' },
  },
  acknowledge: { label: 'Acknowledge', by: ['holders'], urgent: true },
  accept: {
    label: 'Accept a level',
    by: ['holders'],
    payload: z.strictObject({ level }),
    each: ({ data }: { readonly data: EscalationData }) =>
      data.levels
        .filter((one) => one.accepted === null && one.level !== 'L0')
        .map((one) => ({ key: one.level, label: one.level })),
    eachField: 'level',
    urgent: true,
    example: { level: 'L1' },
  },
  decline: {
    label: 'Decline',
    by: ['level'],
    payload: why,
    example: { reason: 'It is a question, and it is answered in the case.' },
  },
  appeal: {
    label: 'Appeal one level up',
    by: ['askers', 'endUser'],
    payload: why,
    example: { reason: 'The question was not answered.' },
  },
  setOwner: {
    label: 'Name the owner',
    by: working,
    payload: z.strictObject({ ownerId: person }),
    example: { ownerId: 'noor-dale' },
  },
  setPlan: {
    label: 'Set the owner and the plan',
    by: working,
    payload: z.strictObject({ ownerId: person, action: reason, nextUpdateAt: instant }),
    example: {
      ownerId: 'noor-dale',
      action: 'Replace the line card, then watch for an hour.',
      nextUpdateAt: '2026-12-01T10:00:00+01:00',
    },
  },
  postUpdate: {
    label: 'Post a status update',
    by: working,
    payload: z.strictObject({ text: reason }),
    example: { text: 'The card is replaced; traffic is back on one of two lines.' },
  },
  wait: {
    label: 'Wait for somebody',
    by: ['owner', 'lead', 'manager', 'smManager'],
    payload: z.strictObject({
      of: z.enum(['endUser', 'delivery']),
      owedBy: reason.describe('Who owes it'),
      what: reason.describe('What is owed'),
      askedAt: instant.optional().describe('When it was asked for, if not now'),
      pause: z.boolean().default(false).describe('The ladder stands meanwhile; P1 and P2 need consent'),
      consent: consented,
    }),
    example: { of: 'endUser', owedBy: 'Network team', what: 'A trace of the second line.' },
  },
  endWait: {
    label: 'Go on: what was owed is there',
    by: ['owner', 'lead', 'manager', 'endUser'],
    payload: z.strictObject({ text: reason }),
    example: { text: 'The trace is in the case.' },
  },
  acceptWorkaround: {
    label: 'Accept the workaround, or that service is back',
    by: ['owner', 'lead', 'endUser'],
    payload: z.strictObject({ workaround: reason, consent: consented }),
    example: {
      workaround: 'Traffic runs over the second line.',
      consent: { personId: 'maria-stone', evidence: 'Call at 10:05.' },
    },
  },
  standDown: {
    label: 'Stand down',
    by: ['owner', 'lead'],
    payload: z.strictObject({ reason, consent }),
    example: {
      reason: 'Only one device is hit.',
      consent: { personId: 'maria-stone', evidence: 'Mail of today.' },
    },
  },
  resolve: {
    label: 'Resolve',
    by: ['owner', 'lead'],
    payload: z
      .strictObject({ rootCause: reason.optional(), unknownBecause: reason.optional() })
      .refine(
        ({ rootCause, unknownBecause }) => (rootCause === undefined) !== (unknownBecause === undefined),
        {
          message: 'give the root cause, or why it is unknown',
          path: ['rootCause'],
        },
      ),
    example: { rootCause: 'A line card failed.' },
  },
  reportUnsolved: {
    label: 'Report that it is not solved',
    by: ['endUser', 'owner', 'lead'],
    payload: why,
    example: { reason: 'The line is down again.' },
  },
  agreeClosure: {
    label: 'Agree to close',
    by: ['endUser', 'owner', 'lead'],
    payload: z.strictObject({ consent: consented }),
    example: { consent: { personId: 'maria-stone', evidence: 'Mail of today.' } },
  },
  closeInSilence: {
    label: 'Close although the End User is silent',
    by: ['dutyManager'],
    payload: why,
    example: { reason: 'Three chases without an answer; the service has run for a week.' },
  },
  reopen: {
    label: 'Reopen',
    by: ['endUser', 'askers'],
    payload: why,
    example: { reason: 'The same fault again.' },
  },
  askReport: { label: 'Ask for a post-incident report', by: ['endUser', 'manager'] },
  deliverReport: {
    label: 'Deliver the post-incident report',
    by: ['owner', 'lead', 'manager'],
    payload: z.strictObject({ reference: reason.describe('Where the report lies') }),
    example: { reference: 'Archive 4711' },
  },
  rate: {
    label: 'Say how satisfied you are',
    by: ['endUser'],
    payload: z.strictObject({ score: z.int().min(1).max(5) }),
    example: { score: 4 },
  },
  withdraw: {
    label: 'Withdraw the request',
    by: ['askers'],
    payload: why,
    example: { reason: 'It has solved itself.' },
  },
  note: {
    label: 'Add a contact note',
    by: [...working, 'endUser', 'askers', 'smManager', 'dutyManager'],
    payload: notePayload,
    example: { text: 'Talked to the site.', medium: 'phone' },
  },
} as const;
