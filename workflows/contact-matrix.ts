/** The runner of contact matrices. */
import type { RunnerInput } from './messages.js';
import { runProcess } from './runner.js';

export async function contactMatrixWorkflow(input: RunnerInput): Promise<void> {
  await runProcess(input);
}
