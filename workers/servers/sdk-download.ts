// Lets the SDK download a server program into a folder: `sdk-download.ts <program> <version> <folder>`.
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { reasonOf } from './failure.js';

const [program, version, downloadDir] = process.argv.slice(2);

const download = async (): Promise<void> => {
  if (version === undefined || downloadDir === undefined)
    throw new Error('Name program, version and folder.');
  // The SDK offers no download without a start; the server is ended at once.
  const server = { executable: { type: 'cached-download' as const, downloadDir, version: `v${version}` } };
  const environment =
    program === 'temporal'
      ? await TestWorkflowEnvironment.createLocal({ server })
      : await TestWorkflowEnvironment.createTimeSkipping({ server });
  await environment.teardown();
};

try {
  await download();
  process.exit(0);
} catch (error) {
  process.stderr.write(`${reasonOf(error)}\n`);
  process.exit(1);
}
