/** What a policy set says about the contact matrix (service spec §4.2, R5, R7). */
import { z } from 'zod';
import { ladderOf, quantity } from '../policy/quantity.js';

export const contactMatrixPolicy = z.strictObject({
  prepare: quantity.describe('Until a draft is shared for review'),
  review: quantity.describe('From sharing a draft until both sides have agreed'),
  confirm: quantity.describe('From being in force to the next re-confirmation'),
  stale: quantity.describe('After a re-confirmation fell due; then the matrix is stale'),
  joiner: quantity.describe('Until a joiner stands in the matrix in force'),
  leaver: quantity.describe('Until a leaver is out of the matrix in force'),
  callDown: quantity.describe('From one call-down test to the next'),
  callDownDone: quantity.describe('From a call-down test falling due to its last result'),
  defect: quantity.describe('Until a matrix defect is mended'),
  mostGonePercent: z
    .int()
    .min(1)
    .max(100)
    .describe('An import that drops this share of the contacts must say that it is meant'),
  reach: ladderOf('rising', { deputy: quantity, nextLevel: quantity, head: quantity }).describe(
    'Somebody was not reached: then the deputy, the next level, the Duty Manager',
  ),
  reachAgain: quantity.describe('Then the Duty Manager is told again, each time after this'),
});
