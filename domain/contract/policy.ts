/** What a policy set says about contracts (service spec §3 R10, §4.9). */
import { z } from 'zod';
import { ladderOf, quantity } from '../policy/quantity.js';

export const contractPolicy = z.strictObject({
  activation: quantity.describe('From import to activation'),
  assignManager: quantity.describe('Until a service manager is named'),
  assignBackup: quantity.describe('Until a backup is named'),
  expiryNotices: ladderOf('falling', {
    first: quantity,
    second: quantity,
    third: quantity,
  }).describe('Before the end of the term'),
  exitReport: quantity.describe('From the end of the term to the exit report'),
  renewalWindow: quantity.describe('After the end of the term, in which a renewal joins the history'),
});
