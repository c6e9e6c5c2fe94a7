/** Tells text from other bytes. */
import { isUtf8 } from 'node:buffer';

/** Bytes as text: valid UTF-8 without control characters but those that lay out lines; null for anything else. */
export function asText(bytes: Buffer): string | null {
  if (!isUtf8(bytes)) return null;
  const text = bytes.toString('utf8');
  return /[\0-\x08\x0e-\x1f\x7f]/.test(text) ? null : text;
}
