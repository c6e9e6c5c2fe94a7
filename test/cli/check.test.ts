/** `careplus check`: what is violated, with examples and a remedy, and an exit code that a script can use. */
import { describe, expect, it } from '@jest/globals';
import { cliWith, tooLong } from './run-cli.js';

const sound = {
  name: 'seqGap',
  title: 'The events of a process have a gap',
  remedy: 'Run careplus audit verify; an event that is gone comes back only from a backup.',
  count: 0,
  examples: [],
  ms: 3,
  skipped: null,
};
const violated = {
  ...sound,
  name: 'asleep',
  title: 'An open process waits without a clock and without a stated reason',
  remedy: 'Look at it with careplus show; careplus lint names the rule that lets it sleep.',
  count: 2,
  examples: ['onb_0190aa', 'onb_0190bb'],
};
const skipped = { ...sound, name: 'runnerMissing', skipped: 'Temporal cannot be asked' };

const answering = (...checks: readonly { readonly count: number }[]) => ({
  'GET /v1/operations/check': { body: { ok: checks.every((one) => one.count === 0), checks } },
});

describe('careplus check', () => {
  it('says in one line that every invariant holds, and ends with 0', async () => {
    const { code, out } = await cliWith(answering(sound, sound), ['check']);
    expect([code, out]).toEqual([0, '2 invariants hold.\n']);
  });

  it('names what is violated with its count, examples and remedy, and ends with 1', async () => {
    const { code, out } = await cliWith(answering(sound, violated), ['check']);
    expect(code).toBe(1);
    expect(out).toContain('1 invariant of 2 violated.');
    expect(out).toContain('for example onb_0190aa, onb_0190bb');
    expect(out).toContain('careplus lint names the rule');
    expect(out).not.toContain('seqGap');
    expect(tooLong(out)).toEqual([]);
  });

  it('says what could not be looked at, and does not count it as held', async () => {
    const { code, out } = await cliWith(answering(sound, skipped), ['check']);
    expect(code).toBe(0);
    expect(out).toContain('1 invariant hold');
    expect(out).toContain('Not looked at: runnerMissing. Temporal cannot be asked.');
  });

  it('gives programs the whole answer, with the same exit code', async () => {
    const { code, out } = await cliWith(answering(violated), ['check', '--json']);
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({ ok: false, checks: [{ name: 'asleep', count: 2 }] });
  });
});
