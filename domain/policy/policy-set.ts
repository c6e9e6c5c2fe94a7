/** A policy set: every target, ladder, cap and reminder of the service, as versioned data (service spec §8). */
import { z } from 'zod';
import { problemsOf } from '../kernel/decide.js';
import { contactMatrixPolicy } from '../contact-matrix/policy.js';
import { contractPolicy } from '../contract/policy.js';
import { drillPolicy } from '../drill/policy.js';
import { escalationPolicy } from '../escalation/policy.js';
import { handoverPolicy } from '../handover/policy.js';
import { onboardingPolicy } from '../onboarding/policy.js';
import { remoteAccessPolicy } from '../remote-access/policy.js';
import { documentPolicy } from '../document/policy.js';
import { seniorDeskPolicy } from '../support-case/policy.js';
import { supportToolsPolicy } from '../support-tools/policy.js';
import { pagingPolicy } from '../paging/policy.js';
import { mailPolicy } from './mail.js';
import { chaseSchema } from './quantity.js';

export const policySetSchema = z
  .strictObject({
    id: z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'lower-case letters, digits and dashes'),
    title: z.string().min(1).max(200),
    /** The figures are examples, not anybody's promise. */
    illustrative: z.boolean(),
    source: z.string().max(500).describe('The contract text or decision that the figures come from'),
    mail: mailPolicy.default({ digest: null }),
    paging: pagingPolicy.describe('How people are paged: channels, how soon the next one, how often again'),
    chase: chaseSchema,
    contract: contractPolicy,
    onboarding: onboardingPolicy,
    documents: documentPolicy,
    supportTools: supportToolsPolicy,
    remoteAccess: remoteAccessPolicy,
    handover: handoverPolicy,
    contactMatrix: contactMatrixPolicy,
    escalation: escalationPolicy,
    seniorDesk: seniorDeskPolicy,
    drill: drillPolicy,
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
