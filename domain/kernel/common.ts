/** What every process has: contact notes, reports about deliveries. */
import { z } from 'zod';
import type { MailContent } from './state.js';

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

/** Sent to a process that listens for it when somebody has acknowledged a page of it; when is the instant of the signal. */
export const pageAcknowledgedPayload = z.strictObject({
  effectKey: z.string(),
  /** All that the page was about. */
  notices: z.array(z.string()),
  recipient: z.string(),
  via: z.enum(['link', 'api', 'cli']),
  /** When the page was decided (epoch ms): tells it from a later one about the same. */
  decidedAt: z.number().int(),
});

/** Sent to a process that listens for it when a page was sent as often as it is to be, and nobody acknowledged it. */
export const pageUnansweredPayload = pageAcknowledgedPayload
  .omit({ via: true })
  .extend({ reached: z.enum(['delivered', 'accepted', 'unknown', 'nobody']) });

/** Sent to a process that listens for it when a message was handed to the recipient's mail server. */
export const deliveredPayload = z.strictObject({
  effectKey: z.string(),
  notice: z.string(),
  recipient: z.string(),
  /** When the notice was decided (epoch ms): tells a mailing from a later one of the same notice. */
  decidedAt: z.number().int(),
});
