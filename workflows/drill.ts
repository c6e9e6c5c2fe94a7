/** The runner of fire drills. */
import type { RunnerInput } from './messages.js';
import { runProcess } from './runner.js';

export async function drillWorkflow(input: RunnerInput): Promise<void> {
  await runProcess(input);
}
