/** What one look at one invariant found. */

/** What one invariant's query found. */
export interface CheckResult {
  readonly name: string;
  /** What is wrong where it finds something. */
  readonly title: string;
  readonly remedy: string;
  /** Violations; 0 where the invariant holds. */
  readonly count: number;
  /** Ids of the first few. */
  readonly examples: readonly string[];
  readonly ms: number;
  /** Why it was not looked for; null when it was. */
  readonly skipped: string | null;
}
