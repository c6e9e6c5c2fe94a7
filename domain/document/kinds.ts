/** The kinds of documents that are handed over (service spec §3 R7). */
import { z } from 'zod';

export const documentKind = z.enum(['userGuide', 'outageGuideline', 'procedure', 'plan']);
export type DocumentKind = z.infer<typeof documentKind>;

/** As people read them. */
export const kindLabels: Readonly<Record<DocumentKind, string>> = {
  userGuide: 'User Guide',
  outageGuideline: 'Outage guideline',
  procedure: 'Procedure',
  plan: 'Plan',
};
