/** The one timer of a runner, kept while its instant stays the same. */
import { CancellationScope, isCancellation, sleep } from '@temporalio/workflow';

export class Alarm {
  /** How often it has gone off. */
  fired = 0;
  /** What it is set for, for the operator. */
  what = 'a bell';
  private at: number | null = null;
  private scope: CancellationScope | null = null;

  /** Arms it for an instant (epoch ms), or turns it off. An instant that has passed is one millisecond away. */
  set(at: number | null, what: string): void {
    this.what = at === null ? 'a bell' : what;
    if (at === this.at) return;
    this.scope?.cancel();
    this.at = at;
    this.scope = null;
    if (at === null) return;
    const scope = new CancellationScope();
    this.scope = scope;
    void this.count(scope, Math.max(1, at - Date.now()), what);
  }

  private async count(scope: CancellationScope, delayMs: number, summary: string): Promise<void> {
    try {
      await scope.run(() => sleep(delayMs, { summary }));
      this.at = null;
      this.fired += 1;
    } catch (error) {
      if (!isCancellation(error)) throw error;
    }
  }
}
