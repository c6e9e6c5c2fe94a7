/** What every process has: contact notes, failed deliveries, recalculation. */
import { z } from 'zod';
import { durationSchema, type Duration } from '../time/duration.js';
import type { MailContent } from './state.js';
import type { MarkAt } from './words.js';

/** The command `note`, which every process declares (service spec §3a "Contact notes"). */
export const notePayload = z.strictObject({
  text: z.string().min(1).max(4000),
  medium: z.enum(['phone', 'mail', 'meeting', 'other']).default('other'),
  /** When the contact took place, if not now. */
  contactedAt: z.iso.datetime({ offset: true }).optional(),
  /** Internal notes are never shown to the End User. */
  internal: z.boolean().default(true),
  /** The note records an answer of the End User. */
  answer: z.boolean().default(false),
});

/** Sent to a process when a message to one of its people could not be delivered. */
export const undeliverablePayload = z.strictObject({
  effectKey: z.string(),
  /** The notice as it was decided, so that somebody else can be sent the same. */
  content: z.custom<MailContent>((value) => typeof value === 'object' && value !== null && 'notice' in value),
  /** Enhanced status code of the report (RFC 3463). */
  status: z.string(),
});

/** Sent to a process that listens for it when a message was handed to the recipient's mail server. */
export const deliveredPayload = z.strictObject({
  effectKey: z.string(),
  notice: z.string(),
  recipient: z.string(),
});

/** The chase ladder as policy data (service spec §3 R5, §3a "Nothing sleeps"). */
export const chaseSchema = z.strictObject({
  halfPercent: z.number().int().min(1).max(99),
  manager: durationSchema,
  head: durationSchema,
  again: durationSchema,
});
export type Chase = z.infer<typeof chaseSchema>;

/** Names of the steps of the chase ladder, for `steps` of a clock. */
export const chaseSteps = ['half', 'due', 'manager', 'head', 'again'] as const;

/** R5 for a target: reminder at half, the target itself, the owner's manager, the head, then again and again. */
export function chaseMarks(target: Duration, chase: Chase): Record<(typeof chaseSteps)[number], MarkAt> {
  return {
    half: { of: target, percent: chase.halfPercent },
    due: { of: target },
    manager: { of: target, plus: chase.manager },
    head: { of: target, plus: chase.head },
    again: { of: target, plus: sum(chase.head, chase.again), every: chase.again },
  };
}

function sum(a: Duration, b: Duration): Duration {
  if (a.unit !== b.unit) throw new Error(`The chase ladder mixes units: ${a.unit} and ${b.unit}.`);
  return { amount: a.amount + b.amount, unit: a.unit };
}
