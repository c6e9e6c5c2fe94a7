/** What a policy set says about hand-overs between service managers (service spec §3 R6). */
import { z } from 'zod';
import { ladderOf, quantity } from '../policy/quantity.js';

export const handoverPolicy = z.strictObject({
  confirm: quantity.describe("From the beginning until the leaver's confirmation is no longer asked for"),
  accept: ladderOf('rising', { first: quantity, second: quantity, last: quantity }).describe(
    'From the beginning: whoever owns a group meanwhile is paged; after the last step it goes to the SM manager',
  ),
  tellEndUser: quantity.describe('From the beginning until the End User is told who serves him'),
});
