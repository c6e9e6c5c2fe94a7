/** `careplus audit ask`: what can be asked, answers with their proof, and exit codes. */
import { describe, expect, it } from '@jest/globals';
import { questions } from '../../domain/audit/questions/index.js';
import { problem, type Routes } from './fake-api.js';
import { cli, cliWith, tooLong } from './run-cli.js';
import { ONBOARDING } from './samples.js';

const views = questions.map(({ columns, ask: _ask, ...view }) => ({
  ...view,
  columns: Object.entries(columns).map(([name, column]) => ({ name, ...column })),
}));
const viewOf = (name: string) => views.find((one) => one.name === name);

const HASH = 'a1b2c3d4e5f6'.repeat(6).slice(0, 64);
const step = (seq: number, event: string) => ({
  chain: 'event',
  number: 40 + seq,
  hash: HASH,
  at: '2026-11-23T09:00:00.000Z',
  processId: ONBOARDING,
  seq,
  event,
});

function answering(name: string, rows: readonly object[], clean: boolean | null): Routes {
  const body = {
    question: viewOf(name),
    contractId: 'northwind-2026',
    at: '2026-12-01T09:00:00.000Z',
    count: rows.length,
    truncated: false,
    clean,
    rows,
  };
  return { [`GET /v1/audit/questions/${name}`]: { body } };
}

const items = answering(
  'onboarding-items',
  [
    {
      cells: {
        item: 'Contact matrix agreed',
        state: 'done',
        settledAt: '2026-11-26T10:00:00.000Z',
        dueAt: '2026-12-21T16:00:00.000Z',
        inTime: true,
        by: { id: 'sam-rivers', name: 'Sam Rivers' },
        evidence: 'note',
      },
      proof: [step(1, 'onboarding.started'), step(5, 'onboarding.itemCompleted')],
    },
    {
      cells: {
        item: 'Collector plan agreed',
        state: 'open',
        settledAt: null,
        dueAt: '2027-01-11T16:00:00.000Z',
        inTime: null,
        by: null,
        evidence: null,
      },
      proof: [step(1, 'onboarding.started')],
    },
  ],
  null,
);
const ASK = ['audit', 'ask', 'onboarding-items', '--contract', 'northwind-2026'];

describe('careplus audit ask', () => {
  it('without a question lists what can be asked, in 80 columns', async () => {
    const { code, out } = await cliWith({ 'GET /v1/audit/questions': { body: { items: views } } }, [
      'audit',
      'ask',
    ]);
    expect(code).toBe(0);
    expect(tooLong(out)).toEqual([]);
    for (const { name } of views) expect(out).toContain(name);
    expect(out).toContain('must be none');
  });

  it('answers with rows and with what proves each, in 80 columns', async () => {
    const { code, out, asked } = await cliWith(items, [...ASK, '--at', '2026-12-01T10:00+01:00']);
    expect(code).toBe(0);
    expect(asked.at(-1)?.query).toMatchObject({ contract: 'northwind-2026', at: '2026-12-01T10:00+01:00' });
    expect(tooLong(out)).toEqual([]);
    expect(out).toMatchSnapshot();
    expect(JSON.parse((await cliWith(items, [...ASK, '--json'])).out)).toMatchObject({ count: 2 });
  });

  it('ends with 1 where something answers what nothing must', async () => {
    const name = 'without-owner';
    const owner = { id: 'sam-rivers', name: 'Sam Rivers' };
    const cells = {
      process: 'Onboarding',
      id: ONBOARDING,
      status: 'live',
      owner,
      since: '2026-11-23T09:00:00.000Z',
    };
    const argv = ['audit', 'ask', name, '--contract', 'northwind-2026'];
    const none = await cliWith(answering(name, [], true), argv);
    expect([none.code, none.out]).toEqual([0, expect.stringContaining('none, as it must be')]);
    const some = await cliWith(
      answering(name, [{ cells, proof: [step(1, 'onboarding.started')] }], false),
      argv,
    );
    expect([some.code, some.out]).toEqual([1, expect.stringContaining('1 row; there must be none')]);
    expect(tooLong(some.out)).toEqual([]);
  });

  it('says what is missing or unknown', async () => {
    const without = await cli(['audit', 'ask', 'state']);
    expect([without.code, without.err]).toEqual([2, expect.stringContaining('--contract <contract>')]);
    const routes = {
      'GET /v1/audit/questions/stat': problem(404, {
        code: 'QUESTION_UNKNOWN',
        remedy: 'See the questions.',
      }),
    };
    const unknown = await cliWith(routes, ['audit', 'ask', 'stat', '--contract', 'northwind-2026']);
    expect([unknown.code, unknown.err]).toEqual([1, expect.stringContaining('See the questions.')]);
  });
});
