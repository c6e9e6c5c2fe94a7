// The note that one test run leaves for its test files: where its servers are, and who owns them.
import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { ownUid } from '../../workers/servers/folders.js';
import { readJsonFile } from '../../workers/servers/json-file.js';
import {
  isRunning,
  sendSignal,
  stopProcess,
  waitUntil,
  type ProcessRecord,
} from '../../workers/servers/processes.js';
import { takeLock } from '../../workers/servers/lock.js';

/** Set by the global setup; not of the CAREPLUS_ family, whose unknown members are errors. */
export const RUN_FOLDER_VARIABLE = 'TEST_RUN_FOLDER';
export const RUN_PREFIX = 'careplus-test-';

const recordSchema = z.object({ pid: z.number().int(), startedAs: z.string() });
/** The test runner that owns the folder. */
export const OWNER_FILE = 'owner.json';

/** A server of the run: how it is reached, and its process. The signal that ends it without a trace. */
const serverSchema = z.object({
  address: z.string(),
  process: recordSchema,
  endSignal: z.enum(['SIGQUIT', 'SIGTERM']),
});
export type SharedServer = z.infer<typeof serverSchema>;

const SERVER_SUFFIX = '.server.json';
const LOCK_PATIENCE_MS = 180_000;

/** The folder of this run; a test that is run without the global setup is told so. */
export const runFolder = (): string => {
  const folder = process.env[RUN_FOLDER_VARIABLE];
  if (folder === undefined || !existsSync(folder))
    throw new Error('The servers of the test run are missing: jest.config.js must name the global setup.');
  return folder;
};

export const serverFile = (name: string): string => join(runFolder(), `${name}${SERVER_SUFFIX}`);

export const readServer = (name: string): SharedServer | undefined =>
  readJsonFile(serverFile(name), serverSchema);

/** Runs `make` in one process at a time; the others wait and look again with `find`. */
export const onceInRun = async <Value>(
  name: string,
  find: () => Value | undefined,
  make: () => Promise<Value>,
): Promise<Value> => {
  let found: Value | undefined;
  const settled = async (): Promise<boolean> => {
    found = find();
    if (found !== undefined) return true;
    const lock = takeLock(join(runFolder(), `${name}.lock`));
    if (!lock.taken) return false;
    try {
      found = find() ?? (await make());
      return true;
    } finally {
      lock.release();
    }
  };
  if ((await waitUntil(settled, LOCK_PATIENCE_MS)) && found !== undefined) return found;
  throw new Error(`The ${name} of the test run was not ready within ${LOCK_PATIENCE_MS / 1000} s.`);
};

/** Ends every server of a run by its process and removes the folder. */
export const endRun = async (folder: string): Promise<void> => {
  for (const { process: record, endSignal } of serversOf(folder)) {
    await stopProcess(record, [
      { signal: endSignal, patienceMs: 5_000 },
      { signal: 'SIGKILL', patienceMs: 5_000 },
    ]);
  }
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
};

/** The same without waiting, for a runner that is on its way out. */
export const abandonRun = (folder: string): void => {
  for (const { process: record, endSignal } of serversOf(folder)) sendSignal(record, endSignal);
};

/** Ends what runs of this account left whose owner was killed. */
export const endAbandonedRuns = async (): Promise<void> => {
  for (const folder of ownRunFolders()) {
    const owner: ProcessRecord | undefined = readJsonFile(join(folder, OWNER_FILE), recordSchema);
    if (owner !== undefined && !isRunning(owner)) await endRun(folder);
  }
};

const ownRunFolders = (): readonly string[] =>
  readdirSync(tmpdir())
    .filter((name) => name.startsWith(RUN_PREFIX))
    .map((name) => join(tmpdir(), name))
    // One that ends at this moment may be gone already.
    .filter((folder) => statSync(folder, { throwIfNoEntry: false })?.uid === ownUid());

const serversOf = (folder: string): readonly SharedServer[] => {
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder).filter((name) => name.endsWith(SERVER_SUFFIX));
  return files.flatMap((name) => readJsonFile(join(folder, name), serverSchema) ?? []);
};
