/** The runner of access sessions. */
import type { RunnerInput } from './messages.js';
import { runProcess } from './runner.js';

export async function accessSessionWorkflow(input: RunnerInput): Promise<void> {
  await runProcess(input);
}
