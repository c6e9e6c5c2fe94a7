// Folders that servers need: writable ones, private caches, and whether another account can reach one.
import { spawnSync } from 'node:child_process';
import { accessSync, chmodSync, constants, lstatSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { codeOf, StartFailure } from './failure.js';
import type { Account } from './processes.js';

const OTHERS_MAY_WRITE = 0o022;

/** Makes the folder, or ends the start with a sentence that names it and the variable that moves it. */
export const demandWritableFolder = (path: string, variable: string): void => {
  try {
    mkdirSync(path, { recursive: true });
    accessSync(path, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new StartFailure(
      78,
      `The folder ${path} cannot be written (${codeOf(error) ?? String(error)}).`,
      `Give this account the right to write there, or set ${variable} to another folder.`,
      { cause: error },
    );
  }
};

/**
 * The cache that programs are run from: the wanted folder, or one in the temporary folder when that cannot be
 * written (a home that does not exist). A folder that others may write to is refused: they could plant a program.
 */
export const cacheFolder = (wanted: string): string => {
  try {
    mkdirSync(wanted, { recursive: true, mode: 0o755 });
    accessSync(wanted, constants.W_OK | constants.X_OK);
    demandOwn(wanted);
    return wanted;
  } catch (error) {
    if (error instanceof StartFailure) throw error;
    return temporaryCache();
  }
};

/** `<tmp>/careplus-cache-<uid>`: readable by everybody, written by this account only. */
export const temporaryCache = (): string => {
  const path = join(tmpdir(), `careplus-cache-${ownUid()}`);
  mkdirSync(path, { recursive: true, mode: 0o755 });
  demandOwn(path);
  chmodSync(path, 0o755);
  return path;
};

/** Whether the account can enter the folder, asked of the system itself (modes, access lists, mounts). */
export const canEnter = (account: Account, path: string): boolean =>
  spawnSync('/bin/sh', ['-c', 'cd -- "$0" && test -r .', path], { ...account, cwd: '/', stdio: 'ignore' })
    .status === 0;

export const ownUid = (): number => process.getuid?.() ?? 0;

const demandOwn = (path: string): void => {
  const entry = lstatSync(path);
  if (entry.isDirectory() && entry.uid === ownUid() && (entry.mode & OTHERS_MAY_WRITE) === 0) return;
  throw new StartFailure(
    78,
    `The cache folder ${path} is not a folder that only this account may write to.`,
    'Remove it, or set CAREPLUS_CACHE to a folder of your own.',
  );
};
