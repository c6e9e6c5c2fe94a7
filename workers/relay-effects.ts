/** Effects that the relay does itself: a few at a time, beside its rounds, so that a slow receiver delays no bell. */
import type { ActivityLog } from '../activities/log.js';
import { performEffect } from '../activities/perform.js';
import type { PerformDependencies } from '../activities/perform.js';
import type { Waiting } from '../db/store/types.js';

export type WaitingEffect = Waiting & { readonly effectId: string };

/** A mail server that answers nobody holds each of these for most of a claim; the rest of the relay goes on. */
const AT_ONCE = 8;
/** More than this are not kept in mind: they are found again in a later round. */
const MOST_QUEUED = 500;

/**
 * Awaited by nobody but the shutdown: a round that waited for its effects left every bell and every urgent row of
 * the installation unrung as long as one receiver was silent.
 */
export class RelayEffects {
  private readonly queued = new Map<string, WaitingEffect>();
  private readonly underway = new Map<string, Promise<void>>();

  /** `settled` is told of a process that has something to decide because of its effect. */
  constructor(
    private readonly deps: PerformDependencies & { readonly log: ActivityLog },
    private readonly settled: (process: Waiting) => Promise<unknown>,
  ) {}

  /** Does them in this order, as soon as there is room; those that are under way already are left out. */
  take(effects: readonly WaitingEffect[]): void {
    for (const effect of effects) {
      if (this.queued.size >= MOST_QUEUED) break;
      if (!this.underway.has(effect.effectId)) this.queued.set(effect.effectId, effect);
    }
    this.begin();
  }

  /** Resolves when everything that was taken is done. */
  async idle(): Promise<void> {
    while (this.underway.size > 0) await Promise.all(this.underway.values());
  }

  /** Begins nothing more; resolves when nothing is under way. */
  async stop(): Promise<void> {
    this.queued.clear();
    await this.idle();
  }

  private begin(): void {
    for (const [effectId, effect] of this.queued) {
      if (this.underway.size >= AT_ONCE) return;
      this.queued.delete(effectId);
      const done = this.perform(effect).finally(() => {
        this.underway.delete(effectId);
        this.begin();
      });
      this.underway.set(effectId, done);
    }
  }

  private async perform(effect: WaitingEffect): Promise<void> {
    const { tenantId, processId, effectId } = effect;
    try {
      const report = await performEffect(this.deps, { tenantId, effectId });
      if (report.advance) await this.settled(effect);
    } catch (error) {
      this.deps.log.warn({ err: error, tenantId, processId }, 'the relay could not help with an effect');
    }
  }
}
