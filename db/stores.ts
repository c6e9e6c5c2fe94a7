/** Lookups and projectors of every kind of process, by slug. */
import type { Slug } from '../domain/processes.js';
import { accessSessionLookups } from './access-session/lookups.js';
import { contactMatrixLookups } from './contact-matrix/lookups.js';
import { projectContactMatrix } from './contact-matrix/project.js';
import { contractLookups } from './contract/lookups.js';
import { projectContract } from './contract/project.js';
import { drillLookups } from './drill/lookups.js';
import { escalationLookups } from './escalation/lookups.js';
import { handoverLookups } from './handover/lookups.js';
import { projectHandover } from './handover/project.js';
import { onboardingLookups } from './onboarding/lookups.js';
import type { SlugStore } from './registry.js';
import { remoteAccessLookups } from './remote-access/lookups.js';
import { documentLookups } from './document/lookups.js';
import { supportCaseLookups } from './support-case/lookups.js';
import { supportToolsLookups } from './support-tools/lookups.js';

export const stores = {
  contract: { lookups: contractLookups, project: projectContract },
  onboarding: { lookups: onboardingLookups },
  contactMatrix: { lookups: contactMatrixLookups, project: projectContactMatrix },
  document: { lookups: documentLookups },
  supportTools: { lookups: supportToolsLookups },
  remoteAccess: { lookups: remoteAccessLookups },
  accessSession: { lookups: accessSessionLookups },
  handover: { lookups: handoverLookups, project: projectHandover },
  escalation: { lookups: escalationLookups },
  supportCase: { lookups: supportCaseLookups },
  drill: { lookups: drillLookups },
} as const satisfies Readonly<Record<Slug, SlugStore>>;
