/** The registry of processes: every definition by its slug. */
import { contactMatrixRules } from './contact-matrix/rules.js';
import { contractRules } from './contract/rules.js';
import { accessSessionRules } from './access-session/rules.js';
import { drillRules } from './drill/rules.js';
import { escalationRules } from './escalation/rules.js';
import { handoverRules } from './handover/rules.js';
import type { Definition } from './kernel/rules.js';
import { onboardingRules } from './onboarding/rules.js';
import { remoteAccessRules } from './remote-access/rules.js';
import { documentRules } from './document/rules.js';
import { supportCaseRules } from './support-case/rules.js';
import { supportToolsRules } from './support-tools/rules.js';

export const definitions = {
  contract: contractRules,
  onboarding: onboardingRules,
  contactMatrix: contactMatrixRules,
  document: documentRules,
  supportTools: supportToolsRules,
  remoteAccess: remoteAccessRules,
  accessSession: accessSessionRules,
  handover: handoverRules,
  escalation: escalationRules,
  supportCase: supportCaseRules,
  drill: drillRules,
} as const satisfies Readonly<Record<string, Definition>>;

export type Slug = keyof typeof definitions;

/** The definition of a slug, or undefined for an unknown one. */
export function definitionOf(slug: string): Definition | undefined {
  return Object.hasOwn(definitions, slug)
    ? (definitions as Readonly<Record<string, Definition>>)[slug]
    : undefined;
}
