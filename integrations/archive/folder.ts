/** Histories as files named after their content, in subfolders of the first two digits. */
import { mkdir, readFile, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { writeWhole } from '../files/whole.js';
import type { HistoryArchive } from './port.js';

const HASH = /^[0-9a-f]{64}$/;

export function archiveFolder(folder: string): HistoryArchive {
  const pathOf = (hash: string): string => {
    if (!HASH.test(hash)) throw new TypeError('An archived history is named by its SHA-256.');
    return join(folder, hash.slice(0, 2), `${hash}.json`);
  };
  const read = async (hash: string): Promise<string | null> => {
    try {
      return await readFile(pathOf(hash), 'utf8');
    } catch (error) {
      if (typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT')
        return null;
      throw error;
    }
  };
  return {
    read,
    async keep(hash, text) {
      const path = pathOf(hash);
      if ((await read(hash)) === text) return;
      await mkdir(dirname(path), { recursive: true });
      // The same content whoever writes it, so the later of two renames changes nothing.
      await writeWhole(path, text, 0o600, rename);
    },
  };
}
