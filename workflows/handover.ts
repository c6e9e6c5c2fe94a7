/** The runner of hand-overs between service managers. */
import type { RunnerInput } from './messages.js';
import { runProcess } from './runner.js';

export async function handoverWorkflow(input: RunnerInput): Promise<void> {
  await runProcess(input);
}
