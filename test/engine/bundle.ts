/** The workflow bundle, made once in a test run. */
import { copyFileSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { workflowBundleIn } from '../../workers/workflow-bundle.js';
import { onceInRun, runFolder } from '../support/run.js';

export const WORKFLOWS = fileURLToPath(new URL('../../workflows/index.ts', import.meta.url));

/** Where the code of the bundle lies; workers of this run are made from it. */
export async function workflowBundle(): Promise<{ readonly codePath: string }> {
  const folder = join(runFolder(), 'workflow-bundle');
  const codePath = await onceInRun(
    'workflow-bundle',
    () => {
      const [name] = existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith('.js')) : [];
      return name === undefined ? undefined : join(folder, name);
    },
    () => workflowBundleIn(folder),
  );
  return { codePath };
}

/** Puts the bundle where a worker of its own process looks for it: into its data folder. */
export async function provideBundle(dataFolder: string): Promise<void> {
  const { codePath } = await workflowBundle();
  copyFileSync(codePath, join(dataFolder, basename(codePath)));
}

export async function bundleText(): Promise<string> {
  return readFileSync((await workflowBundle()).codePath, 'utf8');
}
