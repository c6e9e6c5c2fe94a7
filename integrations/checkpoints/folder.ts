/** Checkpoints as files of a folder: written beside and renamed, so that a file is whole or absent. */
import { link, mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseCheckpoint, type SignedCheckpoint } from '../../domain/audit/checkpoint.js';
import { writeWhole } from '../files/whole.js';
import type { CheckpointPlace, KeepOutcome, KeptText } from './port.js';

const NAME = /^checkpoint-(\d{8,})\.json$/;
const DIGITS = 8;

export function checkpointFolder(folder: string): CheckpointPlace {
  return {
    name: 'folder',
    wants: 'all',
    keep: async (checkpoint) => keep(folder, checkpoint),
    newest: async () => Math.max(0, ...(await namesIn(folder)).map(({ number }) => number)),
  };
}

/**
 * The checkpoints in a folder, in the order of their numbers. Files that are none are left out, and no signature is
 * looked at: verifying says what is wrong with either. An absent folder holds none.
 */
export async function readSignedCheckpoints(folder: string): Promise<readonly SignedCheckpoint[]> {
  const found: SignedCheckpoint[] = [];
  for (const { name } of await namesIn(folder)) {
    const checkpoint = parseCheckpoint(await readFile(join(folder, name), 'utf8'));
    if (checkpoint) found.push(checkpoint);
  }
  return found.sort((a, b) => a.number - b.number);
}

async function keep(folder: string, { number, text }: KeptText): Promise<KeepOutcome> {
  const path = join(folder, `checkpoint-${String(number).padStart(DIGITS, '0')}.json`);
  const whole = `${text}\n`;
  try {
    await mkdir(folder, { recursive: true });
    const held = await textOf(path);
    if (held !== null) return held === whole ? { kind: 'kept' } : { kind: 'conflict', held };
    // Unlike a rename, a link never replaces what somebody else wrote under this name meanwhile.
    await writeWhole(path, whole, 0o644, link);
    return { kind: 'kept' };
  } catch (error) {
    const code = codeOf(error);
    if (code === undefined) throw error;
    if (code !== 'EEXIST') return { kind: 'failed', reason: code };
    const held = await textOf(path);
    return held === null || held === whole ? { kind: 'kept' } : { kind: 'conflict', held };
  }
}

async function namesIn(folder: string): Promise<readonly { name: string; number: number }[]> {
  try {
    const names = await readdir(folder);
    return names.flatMap((name) => {
      const digits = NAME.exec(name)?.[1];
      return digits === undefined ? [] : [{ name, number: Number(digits) }];
    });
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
}

async function textOf(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
}

/** The code of an error of the file system; undefined for every other error. */
function codeOf(error: unknown): string | undefined {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}
