/** What a policy set says about mail: whether the reminders of a person come as one message a day, and when. */
import { Temporal } from 'temporal-polyfill';
import { z } from 'zod';
import { nextOpening } from '../time/business.js';
import type { CalendarVersion } from '../time/calendar.js';

const digest = z.strictObject({
  at: z
    .string()
    .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time of day such as 08:30')
    .describe("In the recipient's zone; outside his business hours, when they begin next"),
});

export const mailPolicy = z.strictObject({
  digest: digest
    .nullable()
    .describe(
      'The reminders of a person as one message a day; null: each as it falls due. Urgent ones never wait.',
    ),
});

/** The digest of a policy set; policies from before there was one have none. */
export function digestOf(policy: unknown): z.infer<typeof digest> | null {
  return (policy as { readonly mail?: z.infer<typeof mailPolicy> }).mail?.digest ?? null;
}

/**
 * When a reminder that is decided at `at` (epoch ms) goes out: at the next time of the digest in the zone of its
 * recipient, or when his business hours begin after it. A day off counts for the day on which he is back.
 */
export function digestInstant(
  at: number,
  { at: time }: z.infer<typeof digest>,
  zone: string,
  hours: CalendarVersion,
): number {
  const onDayOf = (instant: number, days = 0) =>
    Temporal.Instant.fromEpochMilliseconds(instant)
      .toZonedDateTimeISO(zone)
      .toPlainDate()
      .add({ days })
      .toZonedDateTime({ timeZone: zone, plainTime: time }).epochMilliseconds;
  const today = onDayOf(at);
  const opens = nextOpening(today >= at ? today : onDayOf(at, 1), hours);
  const thatDay = onDayOf(opens);
  return thatDay > opens && nextOpening(thatDay, hours) === thatDay ? thatDay : opens;
}
