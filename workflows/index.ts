/** Every workflow type that a worker offers: one per process, and the jobs. */
export { contractWorkflow } from './contract.js';
export { onboardingWorkflow } from './onboarding.js';
export { userGuideWorkflow } from './user-guide.js';
export { calendarFanOutWorkflow } from './jobs/calendar-fan-out.js';
export { systemJobWorkflow } from './jobs/system-job.js';
