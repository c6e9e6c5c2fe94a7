/** What a policy set says about the hand-over of documents, by their kind (service spec §3 R7, §4.1, §4.5). */
import { z } from 'zod';
import { ladderOf, quantity } from '../policy/quantity.js';

const handOver = z.strictObject({
  send: quantity.describe('Until the document is sent'),
  reissue: quantity.describe('From a new version until it is sent'),
  newCaller: quantity.describe('Until a new authorised caller has it'),
  acknowledge: ladderOf('rising', { first: quantity, second: quantity, last: quantity }).describe(
    'Reminders; after the last one the document counts as delivered, not acknowledged',
  ),
  review: quantity.describe('From being in force to the review'),
  reviewDone: quantity.describe('From the review falling due to its end'),
});

/** A document that a contract may do without, when its End User signs that. */
const optional = handOver.extend({
  sign: quantity.describe('Until the End User has signed that there is none'),
});

export const documentPolicy = z.strictObject({
  userGuide: handOver,
  outageGuideline: optional,
  procedure: optional,
  plan: optional,
});
