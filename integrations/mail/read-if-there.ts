/** Reading a file that may not exist. */
import { readFile } from 'node:fs/promises';

/** The text of the file, or undefined where there is none; every other failure is thrown. */
export async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT')
      return undefined;
    throw error;
  }
}
