/** Whose turn it is among processes that wait, when many of them cannot be helped. */
import { describe, expect, it } from '@jest/globals';
import { Turns } from '../../workers/turns.js';
import { TENANT } from './bench.js';

const waiting = (...ids: readonly string[]) => {
  const all = ids.map((processId) => ({ tenantId: TENANT, processId, slug: 'onboarding', over: false }));
  return async (limit: number) => all.slice(0, limit);
};

/** Gives the next ones their turn. */
async function turn(turns: Turns, few: number, ...ids: readonly string[]): Promise<readonly string[]> {
  const next = await turns.next(few, waiting(...ids));
  for (const process of next) turns.took(process);
  return next.map((process) => process.processId);
}

describe('turns', () => {
  it('go round among those that are tried in vain, new ones first', async () => {
    const turns = new Turns({ restMs: 0, mostMs: 0 });
    expect(await turn(turns, 2, 'a', 'b', 'c')).toEqual(['a', 'b']);
    expect(await turn(turns, 2, 'a', 'b', 'c')).toEqual(['c', 'a']);
    expect(await turn(turns, 2, 'a', 'b', 'c', 'd')).toEqual(['d', 'b']);
    expect(await turn(turns, 2, 'a', 'b', 'c', 'd')).toEqual(['c', 'a']);
  });

  it('leave out who rests, and nobody behind', async () => {
    const turns = new Turns({ restMs: 60_000, mostMs: 60_000 });
    for (const id of ['a', 'b', 'c']) expect(await turn(turns, 1, 'a', 'b', 'c')).toEqual([id]);
    expect(await turn(turns, 1, 'a', 'b', 'c')).toEqual([]);
  });

  it('begin anew for one that waits again', async () => {
    const turns = new Turns({ restMs: 60_000, mostMs: 60_000 });
    expect(await turn(turns, 1, 'a')).toEqual(['a']);
    expect(await turn(turns, 1)).toEqual([]);
    expect(await turn(turns, 1, 'a')).toEqual(['a']);
  });

  it('do not end, however often somebody was tried', async () => {
    const turns = new Turns({ restMs: 0, mostMs: 0 });
    for (let round = 0; round < 2_000; round += 1) expect(await turn(turns, 1, 'a')).toEqual(['a']);
  });
});
