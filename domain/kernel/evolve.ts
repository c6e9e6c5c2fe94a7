/** Applies an accepted decision to the state of a process. */
import { clockPath } from './clock-bench.js';
import type { Accepted, ProcessRef, ProcessState } from './state.js';

/** The state after the step; `before` is null for a start. `at` is the business instant of the event. */
export function evolve(
  ref: ProcessRef,
  before: ProcessState | null,
  decision: Accepted,
  at: number,
  policy: { readonly id: string; readonly version: number },
): ProcessState {
  const runs: Record<string, number> = { ...before?.runs };
  for (const clock of [...decision.ended, ...decision.clocks]) {
    const path = clockPath(clock.name, clock.key);
    runs[path] = Math.max(runs[path] ?? 0, clock.run);
  }
  return {
    id: ref.id,
    tenantId: ref.tenantId,
    slug: ref.slug,
    epoch: ref.epoch,
    status: decision.to,
    data: decision.data,
    seq: (before?.seq ?? 0) + 1,
    lastAt: at,
    clocks: decision.clocks,
    runs,
    ownerId: decision.ownerId,
    policyId: policy.id,
    policyVersion: policy.version,
  };
}
