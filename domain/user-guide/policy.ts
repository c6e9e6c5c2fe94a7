/** What a policy set says about the hand-over of the User Guide (service spec §4.1, R7). */
import { z } from 'zod';
import { ladderOf, quantity } from '../policy/quantity.js';

export const userGuidePolicy = z.strictObject({
  send: quantity.describe('Until the guide is sent'),
  reissue: quantity.describe('From a new version until it is sent'),
  newCaller: quantity.describe('Until a new authorised caller has it'),
  acknowledge: ladderOf('rising', { first: quantity, second: quantity, last: quantity }).describe(
    'Reminders; after the last one the guide counts as delivered, not acknowledged',
  ),
  review: quantity.describe('From being in force to the review'),
  reviewDone: quantity.describe('From the review falling due to its end'),
});
