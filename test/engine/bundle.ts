/** The workflow bundle, made once in a test run. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { onceInRun, runFolder } from '../support/run.js';

export const WORKFLOWS = fileURLToPath(new URL('../../workflows/index.ts', import.meta.url));

/** Where the code of the bundle lies; workers of this run are made from it. */
export async function workflowBundle(): Promise<{ readonly codePath: string }> {
  const codePath = join(runFolder(), 'workflows.bundle.js');
  await onceInRun(
    'workflow-bundle',
    () => (existsSync(codePath) ? codePath : undefined),
    async () => {
      const { code } = await bundleWorkflowCode({
        workflowsPath: WORKFLOWS,
        logger: new DefaultLogger('ERROR'),
      });
      writeFileSync(codePath, code);
      return codePath;
    },
  );
  return { codePath };
}

export async function bundleText(): Promise<string> {
  return readFileSync((await workflowBundle()).codePath, 'utf8');
}
