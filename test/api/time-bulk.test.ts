/** Tables of time questions over HTTP: text/csv in, text/csv out. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import { expected, openApi, type Answer, type ApiBench } from './support/bench.js';

let api: ApiBench;
beforeAll(async () => {
  api = await openApi({ worker: false });
});
afterAll(async () => {
  await api.close();
});

const csv = { 'content-type': 'text/csv' };

async function post(path: string, lines: readonly string[]): Promise<Answer> {
  return api.as('sam-rivers').post(path, `${lines.join('\n')}\n`, csv);
}

function rowsOf(answer: Answer): readonly Readonly<Record<string, string>>[] {
  expected(answer, 200);
  expect(answer.headers['content-type']).toBe('text/csv; charset=utf-8');
  return parse(answer.text, { columns: true });
}

describe('POST /v1/time/due with text/csv', () => {
  it('answers every line in order, under the calendar of the line or the one of the address', async () => {
    const rows = rowsOf(
      await post('/v1/time/due?calendar=new-york-office', [
        'add,calendar,from',
        '3 business days,berlin-office,2026-12-23T10:00:00+01:00',
        '1 bd,,2026-11-25T12:00:00-05:00',
      ]),
    );
    expect(rows).toEqual([
      {
        line: '2',
        calendar: 'berlin-office',
        from: '2026-12-23T10:00:00+01:00',
        add: '3 business days',
        due: '2026-12-30T16:00:00.000Z',
        dueLocal: 'Wed 2026-12-30 17:00 +01:00',
        problem: '',
      },
      expect.objectContaining({ line: '3', calendar: '', dueLocal: 'Fri 2026-11-27 12:00 -05:00' }),
    ]);
  });

  it('names the line and the field of each bad line, and answers the good ones', async () => {
    const rows = rowsOf(
      await post('/v1/time/due', [
        'calendar,from,add',
        'berlin-office,2026-12-23T10:00:00,1 bd',
        'berlin-office,2026-12-23T10:00Z,3 fortnights',
        'nowhere,2026-12-23T10:00Z,1 bd',
        'berlin-office,2026-12-23T10:00Z',
        ',2026-12-23T10:00Z,1 bd',
        'berlin-office,2026-12-23T10:00Z,1 bd',
      ]),
    );
    expect(rows.map(({ line, problem }) => [line, problem?.split(':')[0]])).toEqual([
      ['2', 'from'],
      ['3', 'add'],
      ['4', 'calendar'],
      ['5', 'line'],
      ['6', 'calendar'],
      ['7', ''],
    ]);
    expect(rows[5]?.['due']).toBe('2026-12-28T16:00:00.000Z');
  });

  it('makes formulas harmless', async () => {
    const rows = rowsOf(
      await post('/v1/time/due', [
        'calendar,from,add',
        '=HYPERLINK("x"),2026-12-23T10:00Z,1 bd',
        '@a,2026-12-23T10:00Z,-1 bd',
      ]),
    );
    expect(rows).toEqual([
      expect.objectContaining({ calendar: `'=HYPERLINK("x")` }),
      expect.objectContaining({ calendar: "'@a", add: "'-1 bd" }),
    ]);
  });

  it.each([
    ['an unknown column', ['calender,from,add', 'a,b,c'], 'calender', /did you mean calendar/],
    ['a missing column', ['calendar,from', 'a,b'], 'add', /is missing/],
    ['a column that stands twice', ['calendar,from,from,add', 'a,b,c,d'], 'from', /twice/],
    ['no header', [''], '(table)', /header/],
    ['a quote that never ends', ['calendar,from,add', '"a,b,c'], '(table)', /Quote/i],
  ])('refuses a table with %s', async (_what, lines, path, words) => {
    const body = expected<{ problems: { path: string; problem: string }[] }>(
      await post('/v1/time/due', lines),
      422,
    );
    expect(body.problems[0]?.path).toBe(path);
    expect(body.problems[0]?.problem).toMatch(words);
  });

  it('refuses more lines than one request may hold, and a body above the limit', async () => {
    const many = ['calendar,from,add', ...Array.from({ length: 10_001 }, () => 'x,y,z')];
    expect(expected(await post('/v1/time/due', many), 422)).toMatchObject({ code: 'BODY_INVALID' });
    expect((await post('/v1/time/due', ['calendar,from,add', 'x'.repeat(1_000_001)])).status).toBe(413);
  });

  it('lets other requests in while it computes a large table', async () => {
    const line = 'round-the-clock,2026-12-23T10:00Z,2000 business days';
    let busy = true;
    const table = post('/v1/time/due', ['calendar,from,add', ...Array.from({ length: 200 }, () => line)]);
    void table.then(() => (busy = false));
    let others = 0;
    while (busy && others < 3) {
      expect((await api.as('sam-rivers').get('/v1/calendars')).status).toBe(200);
      others += busy ? 1 : 0;
    }
    expect(others).toBeGreaterThan(0);
    expect(rowsOf(await table)).toHaveLength(200);
  });

  it('asks who wants to know', async () => {
    expect((await api.as(null).post('/v1/time/due', 'calendar,from,add\n', csv)).status).toBe(401);
  });
});

describe('POST /v1/time/elapsed with text/csv', () => {
  it('gives milliseconds, hours and words, negative when the end lies before the start', async () => {
    const rows = rowsOf(
      await post('/v1/time/elapsed', [
        'calendar,from,to',
        'berlin-office,2026-12-23T10:00:00+01:00,2026-12-28T10:00:00+01:00',
        'berlin-office,2026-12-28T10:00:00+01:00,2026-12-23T10:00:00+01:00',
      ]),
    );
    expect(rows).toEqual([
      expect.objectContaining({ ms: '28800000', hours: '8', text: '8 h', problem: '' }),
      expect.objectContaining({ ms: '-28800000', hours: '-8', text: "'-8 h", problem: '' }),
    ]);
  });
});
