/** What a policy set says about remote access and its sessions (service spec §4.4). */
import { z } from 'zod';
import { ladderOf, quantity } from '../policy/quantity.js';

export const remoteAccessPolicy = z.strictObject({
  decide: quantity.describe('Until it is decided whether remote access is needed'),
  prepare: quantity.describe('From the first draft until it is sent for signature'),
  signature: ladderOf('rising', {
    first: quantity,
    second: quantity,
    third: quantity,
    manager: quantity,
  }).describe('Reminders to those who may sign; at the last step the SM manager is told'),
  counterSign: quantity.describe("From the End User's signature to the Provider's"),
  testMinutes: z.int().min(5).max(480).describe('Length of a technical test, unless it says otherwise'),
  activate: quantity.describe('From both signatures to the tested and active access'),
  validityMonths: z.number().int().min(1).max(60).describe('Or the end of the contract, if that is earlier'),
  warnings: ladderOf('falling', { first: quantity, second: quantity, third: quantity }).describe(
    'Before the end; at the first one the recertification is asked for',
  ),
  recertify: quantity.describe('From the review falling due to the recertification'),
  unused: quantity.describe('Without a session for this long, the agreement is reviewed'),
  leaver: quantity.describe('Until the access of an engineer who leaves is removed'),
  removal: quantity.describe('From the revocation until both sides have confirmed the removal'),
  removalAgain: quantity.describe('Then the SM manager is told again, each time after this'),
  extensionHours: z.number().int().min(1).max(168).describe('Length of an emergency extension'),
  session: z.strictObject({
    longestHours: z.number().int().min(1).max(168).describe('Longest planned length of a session'),
    stopMinutes: z.number().int().min(0).max(60).describe('A session that is stopped is to end within these'),
    again: quantity.describe(
      'Past its planned end the people of a session are told again, each time after this',
    ),
    dispute: quantity.describe('Until a dispute over a change is settled'),
  }),
});
