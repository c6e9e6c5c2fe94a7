/** The runner of web support tools. */
import type { RunnerInput } from './messages.js';
import { runProcess } from './runner.js';

export async function supportToolsWorkflow(input: RunnerInput): Promise<void> {
  await runProcess(input);
}
