/** The runner of onboardings. */
import type { RunnerInput } from './messages.js';
import { runProcess } from './runner.js';

export async function onboardingWorkflow(input: RunnerInput): Promise<void> {
  await runProcess(input);
}
