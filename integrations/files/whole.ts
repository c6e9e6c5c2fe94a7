/** Files that are whole or absent, whatever is cut off when: written beside, flushed, and given their name in one step. */
import { randomUUID } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Writes a text into a folder that there is. `name` gives it its path: a link or a rename. */
export async function writeWhole(
  path: string,
  text: string,
  mode: number,
  name: (beside: string, path: string) => Promise<void>,
): Promise<void> {
  const beside = join(dirname(path), `.${randomUUID()}.part`);
  try {
    const file = await open(beside, 'wx', mode);
    try {
      await file.writeFile(text, 'utf8');
      await file.sync();
    } finally {
      await file.close();
    }
    await name(beside, path);
  } finally {
    // A full disk would be filled by what could not be written to its end.
    await rm(beside, { force: true });
  }
  await flushFolder(dirname(path));
}

/** A new name lasts once its folder is on the disk. */
export async function flushFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
