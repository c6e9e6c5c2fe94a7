/** A store that is away for its first calls, as a driver would report it. */
import type { StepStore } from '../../domain/kernel/store.js';

export function failingFirst(steps: StepStore, times: number): StepStore & { readonly failed: number } {
  let failed = 0;
  return {
    get failed() {
      return failed;
    },
    async step(at, work) {
      if (failed < times) {
        failed += 1;
        throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
      }
      return steps.step(at, work);
    },
  };
}
