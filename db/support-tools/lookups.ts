/** What the web support tools read beyond themselves. */
import type { LookupLoader } from '../registry.js';
import { contractOf, otherOpen } from '../contract/lookups.js';

/** Asked at a start only. */
const otherSupportTools: LookupLoader = async (trx, subject) =>
  subject.data === null ? otherOpen(trx, subject, 'supportTools') : null;

export const supportToolsLookups = { contract: contractOf, otherSupportTools };
