/** Values of options and arguments. */
import { parseInstant } from '../domain/time/instant.js';
import { badInput } from './failure.js';

/** A count or a version. */
export function wholeNumber(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw badInput(`"${text}" is not a whole number.`);
}

/** The key of an attempt whose outcome is not known. */
export function idempotencyKey(text: string): string {
  if (/^[\x21-\x7e]{1,190}$/.test(text)) return text;
  throw badInput('--idempotency-key: this is no key.', 'Give the key that the failed attempt told.');
}

/** An instant with its offset, as the API takes it. */
export function instant(text: string): string {
  return new Date(instantMs(text)).toISOString();
}

/** An instant with its offset, in epoch milliseconds; `option` is named where it is not plain which one is meant. */
export function instantMs(text: string, option?: string): number {
  const read = parseInstant(text);
  if (read.ok) return read.value;
  throw badInput(
    `${option === undefined ? '' : `${option}: `}"${text}" is not an instant.`,
    'Write date, time and offset, such as 2026-12-23T15:00+01:00 or 2026-12-23T14:00Z.',
  );
}
