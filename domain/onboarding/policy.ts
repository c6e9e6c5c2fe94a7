/** What a policy set says about onboarding (service spec §4.0, §3a). */
import { z } from 'zod';
import { ladderOf, quantity } from '../policy/quantity.js';

/** Processes that settle an item of the checklist by themselves. The test call is a case of the Senior Desk. */
export const itemProcess = z.enum([
  'userGuide',
  'contactMatrix',
  'remoteAccess',
  'outageGuideline',
  'supportTools',
  'testCall',
]);
export type ItemProcess = z.infer<typeof itemProcess>;

const checklistItem = z.strictObject({
  key: z.string().regex(/^[a-z][a-zA-Z0-9]{0,39}$/, 'a name in camel case'),
  label: z.string().min(1).max(120),
  /** `package` items are out before the package is complete, `live` items before Live. */
  phase: z.enum(['package', 'live']),
  process: itemProcess
    .optional()
    .describe('The process that settles the item; without it a person attests it with evidence'),
});

export const onboardingPolicy = z.strictObject({
  assignManager: quantity,
  firstContact: quantity,
  kickoff: quantity,
  packageOut: quantity,
  live: quantity,
  correction: quantity.describe('From an objection to Live again'),
  objection: quantity.describe('The window for objections to the Live statement'),
  stall: ladderOf('rising', { first: quantity, second: quantity }).describe(
    "After the End User's last answer",
  ),
  stallAgain: quantity.describe('Then the manager is told again, each time after this'),
  checklist: z
    .array(checklistItem)
    .min(1)
    .max(60)
    .superRefine((items, context) => {
      const seen = new Set<string>();
      for (const [index, item] of items.entries()) {
        if (seen.has(item.key)) {
          context.addIssue({
            code: 'custom',
            path: [index, 'key'],
            message: `The key ${item.key} stands twice.`,
          });
        }
        seen.add(item.key);
        if (item.process === undefined) continue;
        if (seen.has(`process ${item.process}`)) {
          context.addIssue({
            code: 'custom',
            path: [index, 'process'],
            message: `The process ${item.process} settles two items.`,
          });
        }
        seen.add(`process ${item.process}`);
      }
      for (const phase of ['package', 'live'] as const) {
        if (!items.some((item) => item.phase === phase)) {
          context.addIssue({ code: 'custom', message: `The checklist has no item of phase ${phase}.` });
        }
      }
    }),
});
