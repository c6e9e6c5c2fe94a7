/** When an effect that surely was not done is tried again. */
const FIRST_MS = 30_000;
const MOST_MS = 3_600_000;
/** About four days at one attempt an hour, as long as mail servers try. */
export const MOST_ATTEMPTS = 100;

/** Doubled with each attempt, at most an hour. */
export function nextAttemptAt(now: number, attempt: number): number {
  return now + Math.min(MOST_MS, FIRST_MS * 2 ** Math.min(attempt - 1, 20));
}
