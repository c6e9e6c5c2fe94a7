/** The runner of documents that are handed over. */
import type { RunnerInput } from './messages.js';
import { runProcess } from './runner.js';

export async function documentWorkflow(input: RunnerInput): Promise<void> {
  await runProcess(input);
}
