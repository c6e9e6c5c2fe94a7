/** The runner of the decision on remote access and of its agreement. */
import type { RunnerInput } from './messages.js';
import { runProcess } from './runner.js';

export async function remoteAccessWorkflow(input: RunnerInput): Promise<void> {
  await runProcess(input);
}
