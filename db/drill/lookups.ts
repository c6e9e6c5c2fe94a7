/** What a fire drill reads beyond itself. */
import { matrixOf } from '../contact-matrix/lookups.js';
import { contractOf, otherOpen } from '../contract/lookups.js';
import { away } from '../escalation/lookups.js';
import { duty } from '../support-case/lookups.js';
import type { LookupLoader } from '../registry.js';

/** Asked at a start only. */
const running: LookupLoader = async (trx, subject) =>
  subject.data === null ? otherOpen(trx, subject, 'drill') : null;

export const drillLookups = { contract: contractOf, matrix: matrixOf, duty, away, running };
