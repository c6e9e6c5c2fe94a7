import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cli, cliWith, tooLong } from './run-cli.js';

const BERLIN = 'examples/calendars/berlin-office.yaml';
const POLICY = readFileSync('examples/policies/standard.yaml', 'utf8');
let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'careplus-cli-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

describe('time with a calendar file, without any server', () => {
  it('gives the due instant and every line of its explanation', async () => {
    const argv = [
      'time',
      'due',
      '--calendar',
      BERLIN,
      '--from',
      '2026-12-23T15:00+01:00',
      '--add',
      '4 business hours',
    ];
    const { code, out } = await cli(argv);
    expect(code).toBe(0);
    expect(out.split('\n')[0]).toBe('Due Mon 2026-12-28 11:00 +01:00');
    expect(out).toContain('Thu 2026-12-24: holiday (Christmas Eve)');
    expect(tooLong(out)).toEqual([]);
    expect(JSON.parse((await cli([...argv, '--json'])).out)).toMatchObject({
      due: '2026-12-28T10:00:00.000Z',
    });
  });

  it('gives the open time between two instants', async () => {
    const argv = [
      'time',
      'elapsed',
      '--calendar',
      BERLIN,
      '--from',
      '2026-12-23T14:00Z',
      '--to',
      '2026-12-28T10:00Z',
    ];
    expect((await cli(argv)).out).toBe('4 h of open time\n');
    expect(JSON.parse((await cli([...argv, '--json'])).out)).toMatchObject({ ms: 14_400_000, hours: 4 });
  });

  it.each([
    ['--from', '2026-12-23', /not an instant/],
    ['--from', '2026-12-23T15:00', /offset/],
    ['--from', '2026-02-30T15:00Z', /not an instant/],
    ['--add', '4 fortnights', /not a unit of time/],
    ['--calendar', 'examples/no-such.yaml', /there is no file/],
  ])('refuses %s %s', async (option, value, words) => {
    const given: Record<string, string> = {
      '--calendar': BERLIN,
      '--from': '2026-12-23T15:00Z',
      '--add': '4 bh',
    };
    const { code, err } = await cli(['time', 'due', ...Object.entries({ ...given, [option]: value }).flat()]);
    expect(code).toBe(2);
    expect(err).toMatch(words);
  });

  it('asks the API for a calendar that is no file', async () => {
    const routes = {
      'POST /v1/time/due': {
        body: {
          due: '2026-12-28T10:00:00.000Z',
          dueLocal: 'Mon 2026-12-28 11:00 +01:00',
          steps: [{ kind: 'date', text: 'Starts' }],
        },
      },
    };
    const argv = [
      'time',
      'due',
      '--calendar',
      'berlin-office',
      '--from',
      '2026-12-23T15:00+01:00',
      '--add',
      '4 bh',
    ];
    const { out, asked } = await cliWith(routes, argv);
    expect(out).toBe('Due Mon 2026-12-28 11:00 +01:00\n  Starts\n');
    expect(asked[0]?.body).toEqual({
      calendar: 'berlin-office',
      from: '2026-12-23T14:00:00.000Z',
      add: '4 bh',
    });
  });
});

describe('a calendar file', () => {
  it('is checked with lines before anything is sent', async () => {
    const text = readFileSync(BERLIN, 'utf8')
      .replace("opens: '09:00'", "opens: '9:00'")
      .replace('region: BE', 'region: BEE');
    const { code, out } = await cli(['calendar', 'import', file('c.yaml', text), '--json']);
    expect(code).toBe(2);
    const { problems } = JSON.parse(out) as { problems: { line: number; path: string }[] };
    expect(problems[0]).toMatchObject({ line: 6, path: 'weekly.monday.0.opens' });
  });

  it('of an unknown region is told at the region', async () => {
    const text = readFileSync(BERLIN, 'utf8').replace('region: BE', 'region: XX');
    const { code, out } = await cli(['calendar', 'import', file('c.yaml', text)]);
    expect(code).toBe(2);
    expect(out).toContain('line 13, column 11  holidays.region');
  });
});

describe('a policy file', () => {
  it('that is right is said to be so, without any server', async () => {
    const { code, out } = await cli(['policy', 'validate', 'examples/policies/standard.yaml']);
    expect(code).toBe(0);
    expect(out).toContain('the file is right');
    expect(out).toContain('illustrative');
  });

  it.each([
    [
      '10 business days\n  assignManager',
      '10 busines days\n  assignManager',
      'contract.activation',
      /not a unit of time/,
    ],
    ['firstContact: 5 business days', 'firstContact: 5', 'onboarding.firstContact', /found "5"/],
    ['second: 60 days', 'second: 95 days', 'contract.expiryNotices', /hole/],
    ['kickoff:', 'kickof:', 'onboarding.kickof', /did you mean kickoff\?/],
    ['key: contactMatrix', 'key: userGuide', 'onboarding.checklist.1.key', /stands twice/],
  ])('with "%s" mistaken is told at its line', async (from, to, path, words) => {
    expect(POLICY.split(from)).toHaveLength(2);
    const line = POLICY.slice(0, POLICY.indexOf(from)).split('\n').length;
    const { code, out } = await cli([
      'policy',
      'validate',
      file('p.yaml', POLICY.replace(from, to)),
      '--json',
    ]);
    expect(code).toBe(2);
    const { problems } = JSON.parse(out) as { problems: { line: number; path: string; problem: string }[] };
    expect(problems[0]).toMatchObject({ line, path });
    expect(problems[0]?.problem).toMatch(words);
  });

  it('has a published JSON Schema', async () => {
    const { code, out } = await cli(['policy', 'schema']);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toHaveProperty('properties.onboarding');
  });
});

describe('lint', () => {
  it('finds nothing in the definitions', async () => {
    const { code, out } = await cli(['lint']);
    expect(out).toContain('nothing to complain of');
    expect(code).toBe(0);
  });
});
