/** Takes readable text out of stored JSON and leaves its shape: ids, words of the definition, numbers and instants. */

/** What stands where a text was. */
export const ERASED = '(erased)';

/** Ids, enumerated words, dates and instants: one word of these characters. Everything a person typed has others. */
const KEPT = /^[A-Za-z0-9_.:/|#-]{0,120}$/;

/** A copy in which every string that is free text, or holds one of the needles (lower case), says that it was erased. */
export function redacted(value: unknown, needles: readonly string[] = []): unknown {
  if (typeof value === 'string') {
    const low = value.toLowerCase();
    return KEPT.test(value) && !needles.some((needle) => low.includes(needle)) ? value : ERASED;
  }
  if (Array.isArray(value)) return value.map((member: unknown) => redacted(member, needles));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, redacted(member, needles)]));
}
