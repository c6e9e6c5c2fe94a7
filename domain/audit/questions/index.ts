/** Every question that an auditor asks by its name. */
import {
  caseEscalations,
  closures,
  closuresUnproven,
  entitlements,
  guideAtFirstP1,
  provisionalTooLong,
} from './cases.js';
import { matrixApprovers, matrixInForce } from './contact-matrix.js';
import { drills } from './drills.js';
import { escalationLevels, escalationPauses, pausesWithoutConsent, silentLowerings } from './escalations.js';
import { documentsInForce, guideHeld } from './documents.js';
import { factsTakenTwice, lateFacts, state } from './facts.js';
import { deliveries, onboardingItems, waivers } from './onboarding.js';
import { accesses, ownApprovals, withoutOwner } from './people.js';
import type { Question } from './question.js';
import {
  leaversWithAccess,
  revocations,
  sessions,
  sessionsNotEnded,
  sessionsWithoutAgreement,
  sessionsWithoutApprover,
} from './remote-access.js';
import { deskCalls, handOverGaps, shiftHandOvers, timeToEngineer } from './senior-desk.js';
import { breaches, pausesWithoutDependency, timersForgotten } from './timers.js';
import { leaversWithAccounts, toolCoverage } from './support-tools.js';

export const questions: readonly Question[] = [
  state,
  onboardingItems,
  waivers,
  deliveries,
  guideHeld,
  documentsInForce,
  matrixInForce,
  matrixApprovers,
  sessions,
  sessionsWithoutAgreement,
  sessionsWithoutApprover,
  sessionsNotEnded,
  revocations,
  leaversWithAccess,
  toolCoverage,
  leaversWithAccounts,
  deskCalls,
  timeToEngineer,
  shiftHandOvers,
  handOverGaps,
  entitlements,
  provisionalTooLong,
  closures,
  closuresUnproven,
  guideAtFirstP1,
  caseEscalations,
  escalationLevels,
  escalationPauses,
  pausesWithoutConsent,
  pausesWithoutDependency,
  silentLowerings,
  drills,
  timersForgotten,
  breaches,
  ownApprovals,
  withoutOwner,
  lateFacts,
  factsTakenTwice,
  accesses,
];

export function questionOf(name: string): Question | undefined {
  return questions.find((one) => one.name === name);
}
