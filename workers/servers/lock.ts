// A lock file that names its holder: one holder at a time, and a dead holder's lock is taken over.
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { codeOf } from './failure.js';
import { isRunning, recordOf, type ProcessRecord } from './processes.js';

const holderSchema = z.object({ pid: z.number().int(), startedAs: z.string() });

export type LockResult =
  | { readonly taken: true; readonly release: () => void }
  /** `holder` is absent when the lock changed hands while we looked: try again or give up. */
  | { readonly taken: false; readonly holder: ProcessRecord | undefined };

/** Takes over a dead holder's lock at most this often before giving up. */
const MOST_ATTEMPTS = 5;

/** Takes the lock for this process, without waiting. The folder must exist. */
export const takeLock = (path: string): LockResult => {
  const own = recordOf(process.pid);
  if (own === undefined) throw new Error('This process cannot find itself.');
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt += 1) {
    if (createLock(path, own)) return { taken: true, release: () => releaseLock(path, own) };
    const holder = readHolder(path);
    if (holder !== undefined && isRunning(holder)) return { taken: false, holder };
    const changed = removeStale(path, holder);
    if (changed !== undefined) return { taken: false, holder: changed };
  }
  return { taken: false, holder: undefined };
};

/** The holder that is alive, or none. */
export const lockHolder = (path: string): ProcessRecord | undefined => {
  const holder = readHolder(path);
  return holder !== undefined && isRunning(holder) ? holder : undefined;
};

/** Written beside the target and linked: a lock file always names its holder, even when we are killed here. */
const createLock = (path: string, own: ProcessRecord): boolean => {
  const staged = `${path}.${own.pid}.new`;
  writeFileSync(staged, JSON.stringify(own));
  try {
    linkSync(staged, path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(staged, { force: true });
  }
};

const readHolder = (path: string): ProcessRecord | undefined => {
  try {
    const parsed = holderSchema.safeParse(JSON.parse(readFileSync(path, 'utf8')));
    return parsed.success ? parsed.data : undefined;
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || error instanceof SyntaxError) return undefined;
    throw error;
  }
};

/**
 * Moves the stale lock aside and looks at what was moved: between our look and the move another process may have
 * taken the lock over, and that one is put back. Returns the living holder found so.
 */
const removeStale = (path: string, seen: ProcessRecord | undefined): ProcessRecord | undefined => {
  const aside = `${path}.${process.pid}.stale`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
  const moved = readHolder(aside);
  const alive = moved !== undefined && moved.startedAs !== seen?.startedAs && isRunning(moved);
  if (alive) renameSync(aside, path);
  else rmSync(aside, { force: true });
  return alive ? moved : undefined;
};

const releaseLock = (path: string, own: ProcessRecord): void => {
  if (readHolder(path)?.startedAs === own.startedAs) rmSync(path, { force: true });
};
