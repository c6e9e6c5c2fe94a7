/** What an onboarding reads beyond itself. */
import type { LookupLoader } from '../registry.js';
import { contractOf, otherOpen } from '../contract/lookups.js';

const otherOnboarding: LookupLoader = async (trx, subject) => otherOpen(trx, subject, 'onboarding');

export const onboardingLookups = { contract: contractOf, otherOnboarding };
