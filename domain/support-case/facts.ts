/** What a case reads beyond itself. */
import { z } from 'zod';

/** Of the contract, beyond what every process of it reads. */
export const coverFacts = z.strictObject({
  tier: z.string(),
  /** Sites with the calendar that counts there. */
  sites: z.array(z.strictObject({ id: z.string(), calendarId: z.string() })),
});

/** Who is on duty at the Senior Desk now, in the order in which they are paged. */
export const dutyFacts = z.strictObject({
  engineers: z.array(z.string()),
  dutyManager: z.string().nullable(),
  supportDirector: z.string().nullable(),
});

/** Products in which an engineer counts as senior, by his id; empty: there is no register to check against. */
export const skillFacts = z.record(z.string(), z.array(z.string()));

/** The special outage guideline of the contract that is in force now, by reference (service spec §4.5). */
export const guidelineInForce = z
  .strictObject({ documentId: z.string(), version: z.number().int(), title: z.string(), sha256: z.string() })
  .nullable();

/** Another case that stands in the way of a start. */
export const otherCase = z.strictObject({ processId: z.string(), number: z.string() }).nullable();
