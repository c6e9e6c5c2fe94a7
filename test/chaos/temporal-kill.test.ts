/** T7: Temporal is killed with -9, and at last its store is lost; the book has everything. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from '@jest/globals';
import { startTemporal, type TemporalServer } from '../../workers/servers/temporal.js';
import { acceptCommand, openBench, startErrand } from '../engine/bench.js';
import type { Bench } from '../engine/bench.js';
import { childPlan, Workers } from '../engine/child.js';
import { answersOf, until } from '../engine/look.js';
import { startSmtpReceiver } from '../mail/smtp-receiver.js';
import type { SmtpReceiver } from '../mail/smtp-receiver.js';
import { programPath, TEST_NAMESPACE } from '../support/temporal.js';
import { size } from './size.js';
import { weather } from './storm.js';

const SIZE = size({
  small: { clean: 10, everyMs: 1_500, forMs: 0, atLeast: 1, standing: 3, testMs: 300_000 },
  full: { clean: 30, everyMs: 8_000, forMs: 40_000, atLeast: 5, standing: 50, testMs: 3_600_000 },
});
const CLAIM_MS = 8_000;
/** Connections come back, lost workflow tasks run out after 10 s, the relay's bells come again within a minute. */
const RECOVERY_MS = 120_000;

let folder: string;
let temporal: TemporalServer;
let bench: Bench;
let receiver: SmtpReceiver;

const start = async (port: number): Promise<TemporalServer> =>
  startTemporal({
    executable: await programPath('dev-server'),
    dataDir: folder,
    port,
    namespace: TEST_NAMESPACE,
    log: () => undefined,
  });

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'careplus-temporal-'));
  temporal = await start(0);
  bench = await openBench({ address: temporal.address });
  receiver = await startSmtpReceiver();
}, 60_000);
afterEach(async () => {
  await receiver.close();
  await bench.close();
  await temporal.stop();
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

async function killAndStart(between: () => void = () => undefined): Promise<boolean> {
  process.kill(temporal.process.pid, 'SIGKILL');
  await temporal.process.gone;
  between();
  temporal = await start(Number(temporal.address.split(':')[1]));
  return true;
}

const loseStore = (): void => {
  const files = readdirSync(folder).filter((name) => name.startsWith('temporal.db'));
  if (files.length === 0) throw new Error('There is no store to lose.');
  for (const name of files) rmSync(join(folder, name));
};

async function runs(processId: string): Promise<boolean> {
  try {
    return (await bench.client.workflow.getHandle(processId).describe()).status.name === 'RUNNING';
  } catch (error) {
    if (error instanceof Error && error.name === 'WorkflowNotFoundError') return false;
    throw error;
  }
}

describe('a Temporal that is killed with -9', () => {
  it(
    'T7: loses no acknowledged command, and its runners are rebuilt when its store is lost',
    async () => {
      const plan = {
        smtpUrl: receiver.url,
        claimMs: CLAIM_MS,
        address: temporal.address,
        reconcileEveryMs: 3_000,
      };
      const workers = new Workers(await childPlan(bench, plan), 2);
      await workers.start();
      try {
        await weather({
          ...SIZE,
          name: 'T7',
          bench,
          receiver,
          workers,
          fault: () => killAndStart(),
          recoveryMs: RECOVERY_MS,
        });
        const standing = await Promise.all(Array.from({ length: SIZE.standing }, () => startErrand(bench)));
        const rows = await Promise.all(standing.map((processId) => acceptCommand(bench, processId, 'touch')));
        await killAndStart(loseStore);
        for (const processId of standing)
          await until(`the runner of ${processId} is back`, () => runs(processId), RECOVERY_MS);
        const more = await Promise.all(standing.map((processId) => acceptCommand(bench, processId, 'touch')));
        const all = [...rows, ...more];
        const decided = async () => (await answersOf(bench, all)).every((answer) => answer === 'accepted');
        await until('everything is decided', decided, RECOVERY_MS);
        workers.expectAllWell();
      } finally {
        await workers.stop();
      }
    },
    SIZE.testMs,
  );
});
