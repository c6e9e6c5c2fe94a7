/** What computes for long lets others in between: an API has one thread. */

/** After so much computing, other requests get their turn. */
const TURN_MS = 20;

/** Lets other requests in between, and counts the time that this one has had. */
export class Breather {
  #spentMs = 0;
  #since = performance.now();

  /** Without what was not counted yet: at most a turn. */
  get spentMs(): number {
    return this.#spentMs;
  }

  async breathe(): Promise<void> {
    const heldMs = performance.now() - this.#since;
    if (heldMs < TURN_MS) return;
    this.#spentMs += heldMs;
    await new Promise((resolve) => setImmediate(resolve));
    this.#since = performance.now();
  }
}
