/** The recording fake of the store of files. */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { fileTypeFromBuffer } from 'file-type';
import type { FileStore } from './port.js';
import { asText } from './text.js';

export interface RecordingFiles extends FileStore {
  readonly held: ReadonlyMap<string, Buffer>;
}

export function recordingFiles(): RecordingFiles {
  const held = new Map<string, Buffer>();
  return {
    held,
    async stage(content, mostBytes) {
      const chunks: Uint8Array[] = [];
      let bytes = 0;
      for await (const chunk of content) {
        bytes += chunk.byteLength;
        if (bytes > mostBytes) return null;
        chunks.push(chunk);
      }
      const whole = Buffer.concat(chunks);
      const sha256 = createHash('sha256').update(whole).digest('hex');
      const text = asText(whole);
      return {
        sha256,
        bytes,
        found: { mediaType: (await fileTypeFromBuffer(whole))?.mime ?? null, text: text !== null },
        text: async () => text,
        keep: async () => void held.set(sha256, whole),
        drop: async () => undefined,
      };
    },
    async read(sha256) {
      const whole = held.get(sha256);
      return whole ? Readable.from([whole]) : null;
    },
  };
}
