/** An auditor beside the bench: the API over its database, the command line in front of it, a key and a folder. */
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLog } from '../../../activities/log.js';
import { runCheckpoint } from '../../../activities/jobs/checkpoint.js';
import { createApp } from '../../../api/app.js';
import { composeParts } from '../../../api/compose.js';
import { defaultLimits } from '../../../api/dependencies.js';
import { createLog } from '../../../api/middleware/request-log.js';
import { signerOf } from '../../../db/audit/signing.js';
import type { Registry } from '../../../domain/kernel/advance.js';
import type { Signer } from '../../../domain/audit/checkpoint.js';
import { checkpointFolder } from '../../../integrations/checkpoints/folder.js';
import { recordingFiles } from '../../../integrations/files/recording.js';
import { readMailReport } from '../../../integrations/mail/report.js';
import { connectClient } from '../../../messages/ringer.js';
import { cli, type CliResult } from '../../cli/run-cli.js';
import { registry } from './parcel.js';
import { stores, type PostgresBench } from './postgres-bench.js';

export interface Auditor {
  /** Everything he keeps; removed at the end. */
  readonly home: string;
  /** The checkpoints, below his home. */
  readonly folder: string;
  readonly keyFile: string;
  readonly signer: Signer;
  /** Runs the job that writes a checkpoint into the folder. */
  checkpoint(): Promise<{ readonly number: number; readonly written: number }>;
  /** Types a command as the auditor (or somebody else). */
  careplus(words: readonly string[], as?: string): Promise<CliResult>;
  /** Verifies against folder and key; gives what is wrong and what is told beside. */
  verify(change?: {
    readonly folder?: string;
    readonly keyFile?: string;
    readonly chain?: string;
  }): Promise<Verdict>;
  /** Everything that the API logged. */
  logged(): string;
  close(): Promise<void>;
}

export interface Verdict {
  readonly ok: boolean;
  readonly problems: readonly string[];
  readonly restores: readonly string[];
}

export function aSigner(): Signer {
  const { privateKey } = generateKeyPairSync('ed25519');
  return signerOf(String(privateKey.export({ type: 'pkcs8', format: 'pem' })));
}

export async function openAuditor(
  bench: Pick<PostgresBench, 'database' | 'now'>,
  definitions: Registry = registry,
): Promise<Auditor> {
  const home = mkdtempSync(join(tmpdir(), 'careplus-auditor-'));
  const folder = join(home, 'kept');
  const keyFile = join(home, 'key.pem');
  const signer = aSigner();
  writeFileSync(keyFile, signer.publicKey);
  const lines: string[] = [];
  // The audit asks nothing of the engine.
  const client = connectClient({ address: '127.0.0.1:1', namespace: 'default' });
  const app = createApp({
    ...composeParts({ database: bench.database, client, taskQueue: 'none', registry: definitions, stores }),
    readMailReport,
    files: recordingFiles(),
    log: createLog('debug', { write: (line: string) => void lines.push(line) }),
    profile: 'dev',
    mailSecret: null,
    limits: { ...defaultLimits, requestsPerMinute: 100_000, linksPerMinute: 100_000, patienceMs: 10_000 },
    checkAnswers: true,
  });
  const server = app.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  const careplus: Auditor['careplus'] = async (words, as = 'ava') =>
    cli([...words, '--as', as], { env: { CAREPLUS_URL: url }, cwd: home });
  const deps = {
    database: bench.database,
    clock: { now: bench.now },
    log: silentLog,
    signer,
    places: [checkpointFolder(folder)],
  };
  return {
    home,
    folder,
    keyFile,
    signer,
    checkpoint: async () => runCheckpoint(deps),
    careplus,
    verify: async (change = {}) => {
      const where = ['--checkpoints', change.folder ?? folder, '--public-key', change.keyFile ?? keyFile];
      const chain = change.chain === undefined ? [] : ['--chain', change.chain];
      const { out, err } = await careplus(['audit', 'verify', ...where, ...chain, '--json']);
      if (out === '') throw new Error(`The verification did not come to an end: ${err}`);
      return JSON.parse(out) as Verdict;
    },
    logged: () => lines.join(''),
    close: async () => {
      await new Promise((resolve) => server.close(resolve));
      await client.connection.close();
      rmSync(home, { recursive: true, force: true });
    },
  };
}
