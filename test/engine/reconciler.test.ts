/** Which runners the reconciler starts, and which it wakes. */
import { describe, expect, it } from '@jest/globals';
import { silentLog } from '../../activities/log.js';
import { reconcile } from '../../workers/reconciler.js';
import type { ReconcilerDependencies } from '../../workers/reconciler.js';
import { TENANT } from './bench.js';

const NOW = Date.parse('2026-03-02T08:00:00Z');
const running = new AbortController().signal;

type NotOver = Awaited<ReturnType<ReconcilerDependencies['work']['notOver']>>[number];

/** How the runner of a process is rung, and with what. */
async function rungFor(change: Partial<NotOver>): Promise<readonly string[]> {
  const rung: string[] = [];
  const ring = (how: string) => async (input: { readonly processId: string; readonly lastSeq: number }) => {
    rung.push(`${how} ${input.processId} ${String(input.lastSeq)}`);
    return { reached: true, answer: null } as const;
  };
  const process = {
    tenantId: TENANT,
    processId: 'prc_1',
    slug: 'onboarding',
    over: false,
    seq: 3,
    cursor: '',
  };
  const standing = { ...process, nextDueAt: NOW + 1_000, blocked: false, settled: false, ...change };
  await reconcile(
    {
      work: { notOver: async (after) => (after === null ? [standing] : []) },
      ringer: {
        start: ring('start'),
        wake: ring('wake'),
        nudge: async () => ({ reached: true, answer: null }),
      },
      clock: { now: async () => NOW },
      log: silentLog,
    },
    running,
  );
  return rung;
}

describe('the reconciler', () => {
  it('starts the runner of a process that waits', async () => {
    expect(await rungFor({})).toEqual(['start prc_1 3']);
    expect(await rungFor({ nextDueAt: null })).toEqual(['start prc_1 3']);
  });

  it('leaves a runner that is just taking its mark alone', async () => {
    expect(await rungFor({ nextDueAt: NOW - 1_000 })).toEqual(['start prc_1 3']);
  });

  it('wakes a runner that has missed a mark', async () => {
    expect(await rungFor({ nextDueAt: NOW - 6_000 })).toEqual(['wake prc_1 3']);
  });

  it('wakes the runner of a process that has nothing left to do', async () => {
    expect(await rungFor({ nextDueAt: null, settled: true })).toEqual(['wake prc_1 3']);
  });

  it('does not wake the runner of a process that waits for its operator', async () => {
    expect(await rungFor({ nextDueAt: NOW - 60_000, blocked: true })).toEqual(['start prc_1 3']);
    expect(await rungFor({ nextDueAt: null, settled: true, blocked: true })).toEqual(['start prc_1 3']);
  });
});
