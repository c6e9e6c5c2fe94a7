/** Lookups and projectors of every kind of process, by slug. */
import type { Slug } from '../domain/processes.js';
import { contractLookups } from './contract/lookups.js';
import { projectContract } from './contract/project.js';
import { onboardingLookups } from './onboarding/lookups.js';
import type { SlugStore } from './registry.js';
import { userGuideLookups } from './user-guide/lookups.js';

export const stores = {
  contract: { lookups: contractLookups, project: projectContract },
  onboarding: { lookups: onboardingLookups },
  userGuide: { lookups: userGuideLookups },
} as const satisfies Readonly<Record<Slug, SlugStore>>;
