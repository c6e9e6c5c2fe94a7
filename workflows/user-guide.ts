/** The runner of deliveries of the User Guide. */
import type { RunnerInput } from './messages.js';
import { runProcess } from './runner.js';

export async function userGuideWorkflow(input: RunnerInput): Promise<void> {
  await runProcess(input);
}
