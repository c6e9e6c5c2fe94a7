/** Whose turn it is among those that wait, so that those that cannot be helped keep nobody else waiting. */
import type { Waiting } from '../db/store/types.js';

/** A bound for the memory and for the query, not for a day that is like others. */
const MOST_ASKED = 5_000;

export class Turns {
  private readonly taken = new Map<string, { readonly pauseMs: number; readonly nextAt: number }>();

  /** Each rests for `restMs` after its turn, twice as long after each further one, until it waits no more. */
  constructor(private readonly rest: { readonly restMs: number; readonly mostMs: number }) {}

  /**
   * At most `few` of those that `ask` gives, oldest first: those whose turn it never was, then those whose rest ended
   * first. It is asked for as many more as had their turn before, or these would be all that is ever seen.
   */
  async next(few: number, ask: (limit: number) => Promise<readonly Waiting[]>): Promise<readonly Waiting[]> {
    const waiting = await ask(Math.min(MOST_ASKED, few + this.taken.size));
    const ids = new Set(waiting.map((process) => process.processId));
    for (const id of this.taken.keys()) if (!ids.has(id)) this.taken.delete(id);
    const now = performance.now();
    const nextAt = ({ processId }: Waiting) => this.taken.get(processId)?.nextAt ?? 0;
    return waiting
      .filter((process) => nextAt(process) <= now)
      .sort((a, b) => nextAt(a) - nextAt(b))
      .slice(0, few);
  }

  /** This one has its turn now. */
  took({ processId }: Waiting): void {
    const last = this.taken.get(processId);
    const pauseMs = last ? Math.min(this.rest.mostMs, last.pauseMs * 2) : this.rest.restMs;
    this.taken.set(processId, { pauseMs, nextAt: performance.now() + pauseMs });
  }
}
