/** Where the bytes of files are kept: by their SHA-256 (lower-case hex), each content once. */
import type { Readable } from 'node:stream';
import type { Found } from '../../domain/files/media-types.js';

/** Bytes that have arrived whole and are not kept yet; exactly one of `keep` and `drop` ends it. */
export interface Staged {
  readonly sha256: string;
  readonly bytes: number;
  readonly found: Found;
  /** The whole content; null when it is no text. */
  text(): Promise<string | null>;
  /** Once more for the same content is no error. Throws when it cannot. */
  keep(): Promise<void>;
  drop(): Promise<void>;
}

export interface FileStore {
  /** Takes bytes in; null when they are more than `mostBytes`. Throws what `content` throws, and keeps nothing then. */
  stage(content: AsyncIterable<Uint8Array>, mostBytes: number): Promise<Staged | null>;
  /** The bytes, or null when there are none under this hash. */
  read(sha256: string): Promise<Readable | null>;
}
