/** Files in a folder, named after their content: written beside, flushed and renamed, so that a file is whole or absent. */
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileTypeFromFile } from 'file-type';
import type { FileStore, Staged } from './port.js';
import { asText } from './text.js';
import { flushFolder } from './whole.js';

const HASH = /^[0-9a-f]{64}$/;
/** What is on its way in; nothing is ever read from here, and what a killed process left may be deleted. */
const ARRIVING = 'arriving';

export function fileFolder(folder: string): FileStore {
  const pathOf = (sha256: string): string => {
    if (!HASH.test(sha256)) throw new TypeError('A file is named by its SHA-256.');
    return join(folder, sha256.slice(0, 2), sha256);
  };
  return {
    async stage(content, mostBytes) {
      const path = join(folder, ARRIVING, randomUUID());
      await mkdir(dirname(path), { recursive: true });
      try {
        const arrived = await writeTo(path, content, mostBytes);
        if (arrived) return await staged(path, pathOf(arrived.sha256), arrived);
      } catch (error) {
        await rm(path, { force: true });
        throw error;
      }
      await rm(path, { force: true });
      return null;
    },
    async read(sha256) {
      try {
        return (await open(pathOf(sha256), 'r')).createReadStream();
      } catch (error) {
        if (typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT')
          return null;
        throw error;
      }
    },
  };
}

interface Arrived {
  readonly sha256: string;
  readonly bytes: number;
}

async function writeTo(
  path: string,
  content: AsyncIterable<Uint8Array>,
  mostBytes: number,
): Promise<Arrived | null> {
  const hash = createHash('sha256');
  const file = await open(path, 'wx', 0o600);
  let bytes = 0;
  try {
    for await (const chunk of content) {
      bytes += chunk.byteLength;
      if (bytes > mostBytes) return null;
      hash.update(chunk);
      await file.writeFile(chunk);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  return { sha256: hash.digest('hex'), bytes };
}

async function staged(from: string, to: string, arrived: Arrived): Promise<Staged> {
  const mediaType = (await fileTypeFromFile(from))?.mime ?? null;
  const isText = asText(await readFile(from)) !== null;
  return {
    ...arrived,
    found: { mediaType, text: isText },
    text: async () => (isText ? asText(await readFile(from)) : null),
    async keep() {
      await mkdir(dirname(to), { recursive: true });
      // The same content whoever writes it, so the later of two renames changes nothing.
      await rename(from, to);
      await flushFolder(dirname(to));
    },
    drop: async () => rm(from, { force: true }),
  };
}
