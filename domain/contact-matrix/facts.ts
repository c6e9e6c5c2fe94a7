/** What other processes read of the contact matrix that serves their contract. */
import { z } from 'zod';
import { contactSchema } from './matrix.js';

/** The version in force; null while there is none. Instants are epoch milliseconds. */
export const matrixFacts = z
  .strictObject({
    processId: z.string(),
    version: z.number().int(),
    /** In force since. */
    since: z.number().int(),
    /** Since when its re-confirmation is too late; null: it is not. */
    staleSince: z.number().int().nullable(),
    contacts: z.array(contactSchema),
  })
  .nullable();
export type MatrixFacts = z.infer<typeof matrixFacts>;
