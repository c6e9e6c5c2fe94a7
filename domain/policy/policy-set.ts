/** A policy set: every target, ladder, cap and reminder of the service, as versioned data (service spec §8). */
import { z } from 'zod';
import { problemsOf } from '../kernel/decide.js';
import { contractPolicy } from '../contract/policy.js';
import { onboardingPolicy } from '../onboarding/policy.js';
import { userGuidePolicy } from '../user-guide/policy.js';
import { chaseSchema } from './quantity.js';

export const policySetSchema = z
  .strictObject({
    id: z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'lower-case letters, digits and dashes'),
    title: z.string().min(1).max(200),
    /** The figures are examples, not anybody's promise. */
    illustrative: z.boolean(),
    source: z.string().max(500).describe('The contract text or decision that the figures come from'),
    chase: chaseSchema,
    contract: contractPolicy,
    onboarding: onboardingPolicy,
    userGuide: userGuidePolicy,
  })
  .describe('Care Plus policy set');
export type PolicySet = z.infer<typeof policySetSchema>;

export type PolicyRead =
  | { readonly ok: true; readonly value: PolicySet }
  | { readonly ok: false; readonly problems: readonly { readonly path: string; readonly problem: string }[] };

/** Reads a policy file; every problem is named with its place. */
export function readPolicySet(input: unknown): PolicyRead {
  const read = policySetSchema.safeParse(input);
  return read.success ? { ok: true, value: read.data } : { ok: false, problems: problemsOf(read.error) };
}

/** The published JSON Schema of a policy file. */
export function policyJsonSchema(): Readonly<Record<string, unknown>> {
  return z.toJSONSchema(policySetSchema, { io: 'input' });
}
