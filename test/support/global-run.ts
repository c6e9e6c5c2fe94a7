// Before and after all tests: a folder for the servers of this run. They start when a test first asks.
import { chmodSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeJsonFile } from '../../workers/servers/json-file.js';
import { recordOf } from '../../workers/servers/processes.js';
import { abandonRun, endAbandonedRuns, endRun, OWNER_FILE, RUN_FOLDER_VARIABLE, RUN_PREFIX } from './run.js';

/** Makes the folder and tells the test files of it. */
export const startRun = async (): Promise<void> => {
  await endAbandonedRuns();
  const folder = mkdtempSync(join(tmpdir(), RUN_PREFIX));
  // Postgres runs under another account when the tests run as root, and must be able to enter.
  chmodSync(folder, 0o755);
  writeJsonFile(join(folder, OWNER_FILE), recordOf(process.pid) ?? {});
  process.env[RUN_FOLDER_VARIABLE] = folder;
  // Ctrl-C skips the end of the run.
  process.once('exit', () => abandonRun(folder));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
};

/** Ends every server of the run by its process, after failed tests too. */
export const finishRun = async (): Promise<void> => {
  const folder = process.env[RUN_FOLDER_VARIABLE];
  if (folder !== undefined) await endRun(folder);
};
