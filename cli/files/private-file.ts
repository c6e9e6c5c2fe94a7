/** A file that a command leaves behind: readable by its owner alone, because personal data leaves the system with it. */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { isNativeError } from 'node:util/types';
import { badInput } from '../failure.js';

/** Writes it and gives its whole path; an existing file is replaced only by force. */
export function writePrivateFile(
  cwd: string,
  name: string,
  text: string | Buffer,
  force: boolean,
  otherwise = 'Name another file, or add --force.',
): string {
  const file = resolve(cwd, name);
  try {
    writeFileSync(file, text, { mode: 0o600, flag: force ? 'w' : 'wx' });
    return file;
  } catch (error) {
    const code = isNativeError(error) && 'code' in error ? error.code : undefined;
    if (code === 'EEXIST') throw badInput(`${name} exists already.`, otherwise);
    if (code === 'ENOENT') throw badInput(`There is no folder for ${name}.`);
    if (typeof code === 'string')
      throw badInput(
        `${name} cannot be written (${code}).`,
        'Name a file in a folder that you may write to.',
      );
    throw error;
  }
}
