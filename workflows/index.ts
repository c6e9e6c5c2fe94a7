/** Every workflow type that a worker offers: one per process, and the jobs. */
export { contactMatrixWorkflow } from './contact-matrix.js';
export { contractWorkflow } from './contract.js';
export { drillWorkflow } from './drill.js';
export { escalationWorkflow } from './escalation.js';
export { handoverWorkflow } from './handover.js';
export { onboardingWorkflow } from './onboarding.js';
export { documentWorkflow } from './document.js';
export { supportCaseWorkflow } from './support-case.js';
export { supportToolsWorkflow } from './support-tools.js';
export { remoteAccessWorkflow } from './remote-access.js';
export { accessSessionWorkflow } from './access-session.js';
export { calendarFanOutWorkflow } from './jobs/calendar-fan-out.js';
export { systemJobWorkflow } from './jobs/system-job.js';
