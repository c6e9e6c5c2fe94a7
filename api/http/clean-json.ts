/** What no field of this API may hold, whatever its schema says: checked before any schema is asked. */
import type { Place } from './problems.js';

const MOST_DEPTH = 40;
const MOST_PROBLEMS = 20;

/**
 * Characters that Postgres cannot store (NUL, halves of surrogate pairs), and nesting that no file of ours needs.
 * Walks without recursion: a body may be nested as deep as it is long.
 */
export function uncleanPlaces(value: unknown): readonly Place[] {
  const found: Place[] = [];
  const stack: { value: unknown; path: string; depth: number }[] = [{ value, path: '', depth: 0 }];
  for (let next = stack.pop(); next && found.length < MOST_PROBLEMS; next = stack.pop()) {
    const place = next.path === '' ? '(whole)' : next.path;
    if (typeof next.value === 'string') {
      const text = textProblem(next.value);
      if (text !== null) found.push({ path: place, problem: text });
    } else if (typeof next.value === 'object' && next.value !== null) {
      if (next.depth >= MOST_DEPTH) {
        found.push({
          path: place.slice(0, 200),
          problem: `is nested deeper than ${String(MOST_DEPTH)} levels`,
        });
        continue;
      }
      for (const [key, member] of Object.entries(next.value)) {
        const path = next.path === '' ? key : `${next.path}.${key}`;
        const name = textProblem(key);
        if (name !== null) found.push({ path: place, problem: `a field name ${name}` });
        else stack.push({ value: member, path, depth: next.depth + 1 });
      }
    }
  }
  return found;
}

/** Whether a text can be stored. */
export function textProblem(text: string): string | null {
  if (text.includes('\0')) return 'contains the character NUL';
  return /\p{Surrogate}/u.test(text) ? 'contains half of a surrogate pair' : null;
}
