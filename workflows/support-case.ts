/** The runner of a case. */
import type { RunnerInput } from './messages.js';
import { runProcess } from './runner.js';

export async function supportCaseWorkflow(input: RunnerInput): Promise<void> {
  await runProcess(input);
}
