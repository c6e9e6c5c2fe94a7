/** The runner of escalations. */
import type { RunnerInput } from './messages.js';
import { runProcess } from './runner.js';

export async function escalationWorkflow(input: RunnerInput): Promise<void> {
  await runProcess(input);
}
