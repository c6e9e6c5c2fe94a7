// Where the cluster of the embedded Postgres lies, and under which account it runs (it refuses to run as root).
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf, StartFailure } from './failure.js';
import { canEnter, ownUid } from './folders.js';
import type { Account } from './processes.js';

export interface ClusterHome {
  readonly cluster: string;
  readonly passwordFile: string;
  readonly logFile: string;
  /** Absent: the server runs under our own account. */
  readonly account: Account | undefined;
  /** Reads the password; a missing file ends the start with a sentence. */
  password(): string;
}

/** A root process keeps clusters here when the server's account cannot reach the data folder. */
const SYSTEM_FOLDER = '/var/lib/careplus';

/** Decides folder and account: as an ordinary user plainly the data folder, as root the account `nobody`. */
export const clusterHome = (dataDir: string, log: (sentence: string) => void): ClusterHome => {
  const beside = join(dataDir, 'cluster');
  if (ownUid() !== 0) {
    demandOwnCluster(beside);
    return homeOf(dataDir, beside, undefined);
  }
  const account = existsSync(beside) ? ownerOf(beside) : nobody();
  if (canEnter(account, dataDir)) return homeOf(dataDir, beside, account);
  return homeOf(dataDir, join(folderElsewhere(dataDir, log), 'cluster'), account);
};

/** Noted in the data folder: who removes that starts empty, who moves it finds the same data again. */
const folderElsewhere = (dataDir: string, log: (sentence: string) => void): string => {
  const note = join(dataDir, 'cluster-location');
  if (existsSync(note)) return readFileSync(note, 'utf8').trim();
  const folder = join(SYSTEM_FOLDER, randomUUID());
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  writeFileSync(note, `${folder}\n`);
  log(`Postgres may not run as root, and the account nobody cannot reach ${dataDir}: data go to ${folder}.`);
  return folder;
};

const homeOf = (dataDir: string, cluster: string, account: Account | undefined): ClusterHome => {
  const passwordFile = join(dataDir, 'password');
  return { cluster, passwordFile, logFile: join(dataDir, 'postgres.log'), account, password };

  function password(): string {
    try {
      return readFileSync(passwordFile, 'utf8').trim();
    } catch (error) {
      throw new StartFailure(
        78,
        `The password of the embedded Postgres cannot be read (${passwordFile}: ${codeOf(error) ?? ''}).`,
        `Put the file back, or move ${cluster} away to start empty.`,
        { cause: error },
      );
    }
  }
};

const demandOwnCluster = (cluster: string): void => {
  if (!existsSync(cluster) || statSync(cluster).uid === ownUid()) return;
  throw new StartFailure(
    78,
    `The data in ${cluster} belong to another account (user id ${statSync(cluster).uid}).`,
    'Run Care Plus under the account that made them, or set CAREPLUS_DATA to another folder.',
  );
};

const ownerOf = (path: string): Account => {
  const { uid, gid } = statSync(path);
  return uid === 0 ? nobody() : { uid, gid };
};

const nobody = (): Account => {
  const ask = (option: string): number =>
    Number(execFileSync('id', [option, 'nobody'], { encoding: 'utf8' }));
  return { uid: ask('-u'), gid: ask('-g') };
};
