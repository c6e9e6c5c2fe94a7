/** The registry of processes: every definition by its slug. */
import { contractRules } from './contract/rules.js';
import type { Definition } from './kernel/rules.js';
import { onboardingRules } from './onboarding/rules.js';
import { userGuideRules } from './user-guide/rules.js';

export const definitions = {
  contract: contractRules,
  onboarding: onboardingRules,
  userGuide: userGuideRules,
} as const satisfies Readonly<Record<string, Definition>>;

export type Slug = keyof typeof definitions;

/** The definition of a slug, or undefined for an unknown one. */
export function definitionOf(slug: string): Definition | undefined {
  return Object.hasOwn(definitions, slug)
    ? (definitions as Readonly<Record<string, Definition>>)[slug]
    : undefined;
}
