/** What a system job is: something that the installation does by itself again and again. */

/**
 * One job. It may run at any time, twice at the same moment, and again after a run that was cut off: what it does it
 * does under keys, and what is done it leaves alone. Deadlines of a process are clocks, never jobs.
 */
export interface SystemJob {
  /** Lower-case words and dashes; also the name of its Schedule and of its heartbeat. */
  readonly name: string;
  /** Milliseconds from one start to the next; at least 10 s. */
  readonly everyMs: number;
  /**
   * Does it, within ten minutes. What it gives is kept with the heartbeat and shown: numbers and words, never
   * personal data. Throws when it failed; three attempts are made before the next run.
   */
  run(): Promise<Readonly<Record<string, number | string>>>;
}
