/** `careplus policy diff`: which versions are compared, and how the effect reads on 80 columns. */
import { describe, expect, it } from '@jest/globals';
import { cli, cliWith, tooLong } from './run-cli.js';

const POLICY = 'examples/policies/standard.yaml';
const PATH = '/v1/policies/standard/diff';

const answer = {
  id: 'standard',
  before: { version: 1 },
  after: { version: 2 },
  changes: [
    { path: 'onboarding.firstContact', before: '5 business days', after: '2 business days' },
    { path: 'onboarding.checklist.secondCall', before: null, after: 'label: Second test call, phase: live' },
  ],
  processes: { total: 51, looked: 50, more: 1 },
  totals: { earlier: 1, later: 0, added: 1, removed: 0, unchanged: 12, pausedClocks: 2 },
  moves: [
    {
      processId: 'onb_0123456789abcdef0123456789abcdef',
      slug: 'onboarding',
      headline: 'CP-2026-0417',
      label: 'First contact',
      key: '',
      step: 'due',
      move: 'earlier',
      dueAt: '2026-11-30T16:00:00.000Z',
      dueLocal: 'Mon 2026-11-30 17:00 +01:00',
      thenDueAt: '2026-11-25T16:00:00.000Z',
      thenDueLocal: 'Wed 2026-11-25 17:00 +01:00',
    },
    {
      processId: 'doc_0123456789abcdef0123456789abcdef',
      slug: 'document',
      headline: 'CP-2026-0417',
      label: 'Acknowledgement',
      key: 'maria-stone',
      step: 'fourth',
      move: 'added',
      dueAt: null,
      thenDueAt: '2026-11-25T16:00:00.000Z',
      thenDueLocal: 'Wed 2026-11-25 17:00 +01:00',
    },
  ],
  assumptions: [
    'Nothing is changed by looking: every process keeps the policy version that it started with.',
  ],
  next: 'onb_0123456789abcdef0123456789abcdef',
};
const routes = { [`GET ${PATH}`]: { body: answer }, [`POST ${PATH}`]: { body: answer } };

describe('policy diff', () => {
  it.each([
    [[], {}],
    [['1'], { from: '1' }],
    [['1', '2', '--limit', '10', '--after', 'onb_x'], { from: '1', to: '2', limit: '10', after: 'onb_x' }],
  ])('%j asks for these versions', async (words, query) => {
    const { code, asked } = await cliWith(routes, ['policy', 'diff', 'standard', ...words]);
    expect(code).toBe(0);
    expect(asked[0]).toMatchObject({ method: 'GET', path: PATH });
    expect(asked[0]?.query).toEqual(query);
  });

  it('sends a file that was checked here', async () => {
    const { asked } = await cliWith(routes, ['policy', 'diff', 'standard', '2', POLICY]);
    expect(asked[0]).toMatchObject({
      method: 'POST',
      path: PATH,
      query: { from: '2' },
      body: { id: 'standard' },
    });
    const { code, out } = await cli(['policy', 'diff', 'standard', 'examples/calendars/berlin-office.yaml']);
    expect(code).toBe(2);
    expect(out).toContain('the file cannot be compared');
  });

  it('tells the change in words, each mark with both instants, the totals, and what was left out', async () => {
    const { out } = await cliWith(routes, ['policy', 'diff', 'standard']);
    expect(tooLong(out)).toEqual([]);
    expect(out).toMatchSnapshot();
  });

  it('gives programs the answer as it is', async () => {
    const { out } = await cliWith(routes, ['policy', 'diff', 'standard', '--json']);
    expect(JSON.parse(out)).toEqual(answer);
  });

  it('says so when both are alike', async () => {
    const alike = { [`GET ${PATH}`]: { body: { ...answer, changes: [], moves: [] } } };
    const { out } = await cliWith(alike, ['policy', 'diff', 'standard', '1', '1']);
    expect(out).toContain('Both say the same.');
  });
});
