// One Temporal dev server for the whole test run, and time-skipping servers for the test files that want one.
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { describeProblems, programFolders, readEnvironment } from '../../config/environment.js';
import { writeJsonFile } from '../../workers/servers/json-file.js';
import { obtainProgram } from '../../workers/servers/obtain.js';
import { startTemporal } from '../../workers/servers/temporal.js';
import type { ProgramKind } from '../../workers/servers/programs.js';
import { onceInRun, readServer, runFolder, serverFile, type SharedServer } from './run.js';

/** The namespace that all tests share; queues and ids keep them apart. */
export const TEST_NAMESPACE = 'default';

/** The SDK gives a server that it starts 5 s, which a loaded machine may miss. */
const MOST_STARTS = 4;

/** host:port of the dev server of this run, started when the first test asks. */
export const temporalAddress = async (): Promise<string> => {
  const server = await onceInRun('temporal', () => readServer('temporal'), startShared);
  return server.address;
};

/** A task queue that no other test uses. */
export const uniqueTaskQueue = (): string => `test-${randomUUID()}`;

/**
 * A server of the test file's own that skips time; the caller ends it with `teardown()`. Time moves only inside
 * `handle.result()` and `sleep()`. It has no Schedules, no list and count queries, no reset.
 */
export const timeSkippingServer = async (): Promise<TestWorkflowEnvironment> => {
  const path = await programPath('test-server');
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await TestWorkflowEnvironment.createTimeSkipping({
        server: { executable: { type: 'existing-path', path } },
      });
    } catch (error) {
      if (attempt >= MOST_STARTS) throw error;
    }
  }
};

/** The path of a Temporal program, fetched at most once in a run however many files ask. */
export const programPath = async (kind: ProgramKind): Promise<string> => {
  const read = readEnvironment();
  if (!read.ok) throw new Error(describeProblems(read.problems));
  const { cacheFolder } = read.environment;
  let path: string | undefined;
  return onceInRun(
    kind,
    () => path,
    async () => {
      const found = await obtainProgram(kind, {
        programFolders: programFolders(),
        cacheFolder,
        log: () => undefined,
      });
      path = found.path;
      return path;
    },
  );
};

const startShared = async (): Promise<SharedServer> => {
  const server = await startTemporal({
    executable: await programPath('dev-server'),
    dataDir: join(runFolder(), 'temporal'),
    port: 0,
    namespace: TEST_NAMESPACE,
    log: () => undefined,
  });
  const { pid, startedAs } = server.process;
  const shared: SharedServer = { address: server.address, process: { pid, startedAs }, endSignal: 'SIGTERM' };
  writeJsonFile(serverFile('temporal'), shared);
  return shared;
};
