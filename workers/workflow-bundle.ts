/** The bundle of the workflows, kept from one start to the next: made anew when a source or the SDK has changed. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const WORKFLOWS = join(ROOT, 'workflows', 'index.ts');
/** All that workflow code may import of ours; a rule of the dependency check. */
const SOURCES = ['workflows', 'messages'];
const NAME = /^workflows-[0-9a-f]{16}\.js$/;

/**
 * Gives the file of the bundle in a folder, made when it is not there yet. Two workers that make it at once write the
 * same text; a bundle of older sources is removed.
 */
export async function workflowBundleIn(folder: string): Promise<string> {
  const name = `workflows-${hashOfSources()}.js`;
  const path = join(folder, name);
  if (existsSync(path)) return path;
  const { code } = await bundleWorkflowCode({ workflowsPath: WORKFLOWS, logger: new DefaultLogger('WARN') });
  mkdirSync(folder, { recursive: true });
  const unfinished = `${path}.${String(process.pid)}`;
  writeFileSync(unfinished, code);
  renameSync(unfinished, path);
  for (const older of readdirSync(folder))
    if (NAME.test(older) && older !== name) rmSync(join(folder, older));
  return path;
}

function hashOfSources(): string {
  const sdk = createRequire(import.meta.url).resolve('@temporalio/workflow/package.json');
  const files = SOURCES.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .sort()
      .map((file) => join(folder, file)),
  );
  const hash = createHash('sha256').update(readFileSync(sdk));
  for (const file of files) hash.update(`\n${file}\n`).update(readFileSync(join(ROOT, file)));
  return hash.digest('hex').slice(0, 16);
}
