/** What a policy set says about cases and the Senior Desk (service spec §2 "Case priorities", §3 R1, §4.3, §4.16). */
import { z } from 'zod';
import { ladderOf, quantity } from '../policy/quantity.js';

const definition = z.string().trim().min(3).max(1000);

export const seniorDeskPolicy = z.strictObject({
  tiers: z.array(z.string().min(1)).min(1).describe('Tiers of contracts that include the Senior Desk'),
  definitions: z
    .strictObject({ P1: definition, P2: definition, P3: definition, P4: definition })
    .describe('What each priority means, as it is shown to the caller'),
  answer: quantity.describe('From the call until somebody of the desk speaks to the caller'),
  engage: z
    .strictObject({ P1: quantity, P2: quantity })
    .describe('From the queue until a senior engineer has accepted'),
  respond: z
    .strictObject({ P3: quantity, P4: quantity })
    .describe('From the queue of the Support Centre until an engineer has taken the case'),
  page: ladderOf('rising', { second: quantity, dutyManager: quantity, director: quantity }).describe(
    'Nobody accepts: after this the second engineer, the Duty Manager (the SM is told), the Support Director',
  ),
  callBack: z.strictObject({
    P2: quantity.describe('An unknown caller is called back on a number of the matrix'),
    other: quantity.describe('The same for lower priorities'),
    dropped: quantity.describe('A call that dropped is taken up again'),
  }),
  settle: quantity.describe('From a provisional verdict until the entitlement is settled'),
  overrideHours: z.int().min(1).max(720).describe('Longest validity of an override of the entitlement'),
  shift: quantity.describe('From an engineer taking the case to his written hand-over'),
  wait: quantity.describe('Longest wait for somebody else; then the service manager decides'),
  contact: z
    .strictObject({ tries: z.int().min(1).max(20), withinMinutes: z.int().min(1).max(10_000) })
    .describe('So many failed contacts within so long: the service manager and the End User are told'),
  monitor: quantity.describe('From the restore until closure is asked for'),
  closure: ladderOf('rising', { first: quantity, second: quantity, end: quantity }).describe(
    'From asking for closure: two reminders, and the end of the waiting',
  ),
  reopen: quantity.describe('From the closure of a case: it can be opened again'),
  again: z
    .strictObject({ urgent: quantity, other: quantity })
    .describe('The last party told is told again, each time after this: P1 and P2; the others'),
});
export type DeskPolicy = z.infer<typeof seniorDeskPolicy>;
