/** The number of a case: what a caller is told at once, also before the case itself is decided. */
import { sha256 } from '../kernel/hash.js';

/** Digits that nobody mixes up when they are read out (no I, L, O, U). */
const DIGITS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const LENGTH = 10;

/**
 * Follows from the id of the process alone: `C-7K2M4-9XQ3T`. Fifty bits, so that two of a million cases share one with
 * a chance of one in two thousand; the process id stays the address.
 */
export function caseNumberOf(processId: string): string {
  const bits = BigInt(`0x${sha256(processId).slice(0, 16)}`);
  const digits = Array.from(
    { length: LENGTH },
    (_, index) => DIGITS[Number((bits >> BigInt(5 * index)) & 31n)],
  );
  return `C-${digits.slice(0, 5).join('')}-${digits.slice(5).join('')}`;
}
