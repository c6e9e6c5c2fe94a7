/** The runner of contracts. */
import type { RunnerInput } from './messages.js';
import { runProcess } from './runner.js';

export async function contractWorkflow(input: RunnerInput): Promise<void> {
  await runProcess(input);
}
