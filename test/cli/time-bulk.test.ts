/** `careplus time due|elapsed --csv`: tables from files and the standard input, with and without a server. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { parse } from 'csv-parse/sync';
import type { FakeReply } from './fake-api.js';
import { cli, cliWith, tooLong } from './run-cli.js';

const BERLIN = 'examples/calendars/berlin-office.yaml';
let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'careplus-bulk-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, lines: readonly string[]): string {
  const path = join(folder, name);
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
}

/** Without the line breaks of the screen. */
const flat = (text: string) => text.replace(/\s+/g, ' ');

function rowsOf(text: string): readonly Readonly<Record<string, string>>[] {
  return parse(text, { columns: true });
}

describe('time due --csv with calendar files, without any server', () => {
  it('answers every line under its own calendar or the one of the option', async () => {
    const csv = file('due.csv', [
      'from,calendar,add',
      '2026-12-23T15:00+01:00,,4 business hours',
      '2026-11-25T12:00-05:00,examples/calendars/new-york-office.yaml,1 bd',
    ]);
    const { code, out, err } = await cli(['time', 'due', '--csv', csv, '--calendar', BERLIN]);
    expect(rowsOf(out)).toEqual([
      expect.objectContaining({ line: '2', dueLocal: 'Mon 2026-12-28 11:00 +01:00', problem: '' }),
      expect.objectContaining({ line: '3', dueLocal: 'Fri 2026-11-27 12:00 -05:00', problem: '' }),
    ]);
    expect(err).toBe('2 lines: 2 answered, 0 with a problem.\n');
    expect(code).toBe(0);
  });

  it('tells each bad line with its number and field, answers the others, and ends with 2', async () => {
    const csv = file('bad.csv', [
      'calendar,from,add',
      `${BERLIN},2026-12-23T15:00,4 bh`,
      `${BERLIN},2026-12-23T15:00Z,4 fortnights`,
      '',
      `${BERLIN},2026-12-23T15:00Z`,
      'no/such/file.yaml,2026-12-23T15:00Z,4 bh',
      `${BERLIN},2026-12-23T15:00Z,4 bh`,
      'examples/policies/standard.yaml,2026-12-23T15:00Z,4 bh',
      `${BERLIN},2026-02-30T15:00Z,"4 bh`,
    ]);
    const { code, out, err } = await cli(['time', 'due', '--csv', csv]);
    expect(code).toBe(2);
    const problems = rowsOf(out).map(({ line, problem = '' }) => [line, problem.split(':')[0]]);
    expect(problems).toEqual([
      ['2', 'from'],
      ['3', 'add'],
      ['5', 'line'],
      ['6', 'calendar'],
      ['7', ''],
      ['8', 'calendar'],
      [expect.stringMatching(/^(9|10)$/), 'line'],
    ]);
    expect(err).toContain('line 3, add: "fortnights" is not a unit of time');
    expect(err).toContain('7 lines: 1 answered, 6 with a problem.');
    expect(tooLong(err)).toEqual([]);
  });

  it.each([
    ['calender,from,add', /line 1, calender: there is no such column; did you mean calendar\?/],
    ['calendar,from', /add: the column is missing/],
    ['calendar,from,add,add', /add: the column stands twice/],
  ])('refuses the header %s', async (header, words) => {
    const { code, out, err } = await cli(['time', 'due', '--csv', file('h.csv', [header, 'a,b,c'])]);
    expect(code).toBe(2);
    expect(out).toBe('');
    expect(err.replace(/\s+/g, ' ')).toMatch(words);
  });

  it.each([
    [['--csv', 'x.csv', '--from', '2026-12-23T15:00Z'], /do not go together/],
    [['--csv', 'no-such.csv'], /There is no file no-such.csv/],
    [['--csv', 'examples'], /is a folder/],
    [['--out', 'x.csv'], /--out goes with --csv/],
    [['--csv', BERLIN, '--out', BERLIN], /names the file that is read/],
    [['--csv', BERLIN, '--json'], /--json needs --out/],
    [['--calendar', BERLIN, '--from', '2026-12-23T15:00Z'], /--add is missing/],
  ])('refuses %j', async (options, words) => {
    const { code, err } = await cli(['time', 'due', ...options]);
    expect(code).toBe(2);
    expect(err).toMatch(words);
  });

  it('reads the standard input and makes formulas harmless', async () => {
    const input = () => Readable.from([`\u{feff}from,to\n2026-12-28T10:00Z,`, '2026-12-23T14:00Z\n=1+1,x\n']);
    const argv = ['time', 'elapsed', '--csv', '-', '--calendar', BERLIN];
    const { code, out } = await cli(argv, { input });
    expect(code).toBe(2);
    expect(rowsOf(out)).toEqual([
      expect.objectContaining({ ms: '-14400000', hours: '-4', text: "'-4 h" }),
      expect.objectContaining({ from: "'=1+1", problem: expect.stringContaining('from') as unknown }),
    ]);
  });

  it('writes a file whole or not at all, and the summary for programs', async () => {
    const out = join(folder, 'answers.csv');
    const csv = file('ok.csv', ['from,add', '2026-12-23T15:00Z,1 bd', 'x,1 bd']);
    const argv = ['time', 'due', '--csv', csv, '--calendar', BERLIN, '--out', out, '--json'];
    const { code, out: said } = await cli(argv);
    expect(code).toBe(2);
    expect(JSON.parse(said)).toMatchObject({ lines: 2, answered: 1, bad: 1, problems: [{ line: 3 }] });
    expect(rowsOf(readFileSync(out, 'utf8'))).toHaveLength(2);
    const other = join(folder, 'never.csv');
    const broken = file('broken.csv', ['from,what', 'a,b']);
    expect((await cli(['time', 'due', '--csv', broken, '--calendar', BERLIN, '--out', other])).code).toBe(2);
    expect([existsSync(other), existsSync(`${other}.part`)]).toEqual([false, false]);
  });

  it('answers 10,000 lines in seconds', async () => {
    const count = 10_000;
    const base = Date.UTC(2026, 0, 5, 9);
    const lines = Array.from({ length: count }, (_, index) => {
      const from = new Date(base + index * 47 * 60_000).toISOString();
      return `${BERLIN},${from},${String((index % 20) + 1)} ${index % 2 === 0 ? 'bd' : 'bh'}`;
    });
    const out = join(folder, 'many-answers.csv');
    const csv = file('many.csv', ['calendar,from,add', ...lines]);
    const since = performance.now();
    const { code, err } = await cli(['time', 'due', '--csv', csv, '--out', out], { progress: true });
    const seconds = (performance.now() - since) / 1000;
    process.stdout.write(`10,000 lines of business time in ${seconds.toFixed(1)} s\n`);
    expect(code).toBe(0);
    expect(err).toContain('\r5000 lines');
    const rows = rowsOf(readFileSync(out, 'utf8'));
    expect(rows).toHaveLength(count);
    expect(rows.every((row) => row['due'] !== '' && row['problem'] === '')).toBe(true);
    expect(new Set(rows.map((row) => row['line'])).size).toBe(count);
  }, 180_000);
});

describe('time due --csv with calendars of the installation', () => {
  it('sends those lines in tables of their own and keeps the order', async () => {
    const csv = file('mixed.csv', [
      'calendar,from,add',
      'berlin-office,2026-12-23T15:00Z,1 bd',
      `${BERLIN},2026-12-23T15:00Z,1 bd`,
      'nowhere,2026-12-23T15:00Z,-1 bd',
    ]);
    const answer: FakeReply = {
      headers: { 'content-type': 'text/csv; charset=utf-8' },
      body: [
        'line,calendar,from,add,due,dueLocal,problem',
        '2,berlin-office,2026-12-23T15:00Z,1 bd,2026-12-28T16:00:00.000Z,Mon,',
        "3,nowhere,2026-12-23T15:00Z,'-1 bd,,,calendar: no calendar named nowhere is in force",
        '',
      ].join('\n'),
    };
    const { code, out, asked } = await cliWith({ 'POST /v1/time/due': answer }, [
      'time',
      'due',
      '--csv',
      csv,
    ]);
    expect(code).toBe(2);
    expect(asked).toHaveLength(1);
    expect(asked[0]?.body).toBe(
      'calendar,from,add\nberlin-office,2026-12-23T15:00Z,1 bd\nnowhere,2026-12-23T15:00Z,-1 bd\n',
    );
    expect(rowsOf(out).map(({ line, add, due, problem }) => [line, add, due, problem])).toEqual([
      ['2', '1 bd', '2026-12-28T16:00:00.000Z', ''],
      ['3', '1 bd', '2026-12-28T16:00:00.000Z', ''],
      ['4', "'-1 bd", '', 'calendar: no calendar named nowhere is in force'],
    ]);
  });

  it('says of answers that cannot be written where they were to go', async () => {
    const csv = file('whole.csv', ['calendar,from,add', `${BERLIN},2026-12-23T15:00Z,1 bd`]);
    const into = (out: string) => cli(['time', 'due', '--csv', csv, '--out', out]);
    const missing = await into(join(folder, 'nowhere', 'out.csv'));
    expect([missing.code, flat(missing.err)]).toEqual([2, expect.stringContaining('There is no folder for')]);
    const inFile = await into(join(csv, 'out.csv'));
    expect([inFile.code, flat(inFile.err)]).toEqual([
      2,
      expect.stringContaining('cannot be written (ENOTDIR)'),
    ]);
  });

  it('says that no server answers, and leaves no half file', async () => {
    const out = join(folder, 'unreached.csv');
    const csv = file('remote.csv', ['calendar,from,add', 'berlin-office,2026-12-23T15:00Z,1 bd']);
    const { code } = await cli(['time', 'due', '--csv', csv, '--out', out]);
    expect(code).toBe(69);
    expect(existsSync(out)).toBe(false);
  });
});
