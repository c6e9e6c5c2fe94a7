/** What a policy set says about the web support tools (service spec §4.5b). */
import { z } from 'zod';
import { quantity } from '../policy/quantity.js';

/** A tool of the portal. `everyCaller`: each authorised caller and primary contact gets an account without being asked. */
export const toolSchema = z.strictObject({
  key: z.string().regex(/^[a-z][a-zA-Z0-9]{0,39}$/, 'a name in camel case'),
  label: z.string().trim().min(1).max(120),
  accounts: z.enum(['everyCaller', 'onRequest']),
});

export const supportToolsPolicy = z.strictObject({
  tools: z
    .array(toolSchema)
    .min(1)
    .max(40)
    .refine((tools) => new Set(tools.map(({ key }) => key)).size === tools.length, 'a key stands twice'),
  account: quantity.describe('From the request of an account until it is provisioned'),
  portal: quantity.describe('Until the portal is linked to the contract'),
  walkthrough: quantity.describe('Until the first walkthrough is held'),
  walkthroughMinutes: z.int().min(5).max(480).describe('Length of a walkthrough, unless it says otherwise'),
  repeat: quantity.describe('From a new tool, or somebody new, until a walkthrough'),
  inactive: quantity.describe('Without a login, until an account counts as inactive'),
  leaver: quantity.describe('From somebody leaving until his accounts are removed'),
});
