import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Routes } from './fake-api.js';
import { cli, cliWith, tooLong } from './run-cli.js';
import { CONTRACT } from './samples.js';

const GOOD = readFileSync('examples/contract.yaml', 'utf8');
let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'careplus-cli-'));
  writeFileSync(join(folder, 'contract.yaml'), GOOD);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** The file with one mistake in it, and the place where a reader would point. */
function withMistake(from: string, to: string): string {
  expect(GOOD.split(from)).toHaveLength(2);
  const name = join(folder, 'mistake.yaml');
  writeFileSync(
    name,
    GOOD.replace(from, () => to),
  );
  return name;
}

interface Seeded {
  readonly what: string;
  readonly from: string;
  readonly to: string;
  /** Line, column, path and words of the first problem. */
  readonly at: readonly [number, number, string, RegExp];
}

/** Lines and columns were counted by hand in examples/contract.yaml. */
const SEEDED: readonly Seeded[] = [
  { what: 'an unquoted number', from: 'number: CP-2026-0417', to: 'number: 20260417', at: [3, 9, 'number', /quotes: '20260417'/] },
  { what: 'an unknown field', from: 'calendar: berlin-office', to: 'calender: berlin-office', at: [9, 1, 'calender', /did you mean calendar\?/] },
  { what: 'an unknown field inside braces', from: 'name: Northwind Logistics', to: 'nam: Northwind Logistics', at: [4, 27, 'endUser.nam', /did you mean name\?/] },
  { what: 'a missing field', from: 'policy: standard\n', to: '', at: [2, 1, 'policy', /is missing; expected text/] },
  { what: 'an empty field', from: '  accountManager: alex-shore', to: '  accountManager:', at: [14, 18, 'provider.accountManager', /is empty/] },
  { what: 'a day that does not exist', from: "endsOn: '2028-10-31'", to: "endsOn: '2028-11-31'", at: [7, 9, 'endsOn', /"2028-11-31" is not a date/] },
  { what: 'an end before the start', from: "endsOn: '2028-10-31'", to: "endsOn: '2025-10-31'", at: [7, 9, 'endsOn', /ends before it starts/] },
  { what: 'a misspelt time zone', from: 'zone: Europe/Berlin\ncalendar', to: 'zone: Europe/Belin\ncalendar', at: [8, 7, 'zone', /did you mean Europe\/Berlin\?/] },
  { what: 'a country in small letters', from: 'country: DE', to: 'country: de', at: [20, 14, 'sites.0.country', /did you mean DE\?/] },
  { what: 'an e-mail address without a domain', from: 'email: jan.reed@northwind.example', to: 'email: jan.reed', at: [37, 12, 'contacts.1.email', /not an e-mail address/] },
  { what: 'a language that is not offered', from: 'language: de', to: 'language: fr', at: [39, 15, 'contacts.1.language', /"fr" is not one of en, de/] },
  { what: 'yes instead of true', from: 'primaryContact: true', to: 'primaryContact: yes', at: [31, 21, 'contacts.0.primaryContact', /true or false, found "yes"/] },
  { what: 'a deputy who is nobody', from: 'deputy: jan-reed', to: 'deputy: jan-reet', at: [34, 13, 'contacts.0.deputy', /no contact has the id jan-reet/] },
  { what: 'an id that stands twice', from: '    deputy: jan-reed\n  - id: jan-reed', to: '  - id: maria-stone', at: [34, 9, 'contacts.1.id', /stands already/] },
  { what: 'no primary contact', from: '    primaryContact: true\n', to: '', at: [24, 1, 'contacts', /primary contact/] },
  { what: 'one person in two functions', from: 'backup: robin-lake', to: 'backup: sam-rivers', at: [16, 11, 'provider.backup', /two people/] },
  { what: 'a field that stands twice', from: 'tier: plus', to: 'tier: plus\ntier: gold', at: [6, 1, '(file)', /twice/] },
  { what: 'a tab', from: '    name: Berlin hub', to: '\tname: Berlin hub', at: [19, 1, '(file)', /tab/] },
  { what: 'an open quote', from: "startsOn: '2026-11-01'", to: "startsOn: '2026-11-01", at: [6, 22, '(file)', /YAML/] },
  { what: 'text where a list belongs', from: 'contacts:\n', to: 'contacts: none\nothers:\n', at: [24, 11, 'contacts', /expected a list, found "none"/] },
]; // prettier-ignore

describe('a mistake in a contract file', () => {
  it.each(SEEDED)('is told at its line and column: $what', async ({ from, to, at }) => {
    const file = withMistake(from, to);
    const { code, out, asked } = await cli(['contract', 'import', file, '--json']);
    expect(code).toBe(2);
    expect(asked).toEqual([]);
    const { problems, stored } = JSON.parse(out) as {
      stored: boolean;
      problems: { line: number; column: number; path: string; problem: string }[];
    };
    expect(stored).toBe(false);
    const [line, column, path, words] = at;
    expect(problems[0]).toMatchObject({ line, column, path });
    expect(problems[0]?.problem).toMatch(words);
  });

  it('is shown with its line and a mark below the column', async () => {
    const { out } = await cli([
      'contract',
      'import',
      withMistake('zone: Europe/Berlin\ncalendar', 'zone: Europe/Belin\ncalendar'),
    ]);
    expect(out).toContain('1 problem, nothing was stored.');
    expect(out).toContain(
      [
        'line 8, column 7  zone',
        '  "Europe/Belin" is not an IANA time zone, such as Europe/Berlin; did you mean',
        '  Europe/Berlin?',
        '  8 | zone: Europe/Belin',
        '            ^',
      ].join('\n'),
    );
  });

  it('is told together with all the others, in the order of the lines', async () => {
    writeFileSync(
      join(folder, 'many.yaml'),
      GOOD.replace('CP-2026-0417', '17')
        .replace('country: DE', 'country: de')
        .replace('calendar: b', 'calender: b'),
    );
    const { out } = await cli(['contract', 'import', 'many.yaml', '--json'], { cwd: folder });
    const { problems } = JSON.parse(out) as { problems: { line: number }[] };
    expect(problems.map(({ line }) => line)).toEqual([3, 9, 20]);
  });

  it('does not break long lines of the screen', async () => {
    const { out } = await cli([
      'contract',
      'import',
      withMistake('Beispielweg 1, 10115 Berlin', `${'x'.repeat(400)}`),
    ]);
    expect(out).toContain('sites.0.address');
    expect(tooLong(out)).toEqual([]);
  });

  it.each([
    ['an empty file', '', /empty/],
    ['a list', '- a\n', /group of fields/],
    ['a bomb of aliases', bomb(), /alias/i],
    ['two documents', 'a: 1\n---\nb: 2\n', /several documents/],
  ])('may be the whole file: %s', async (_what, text, words) => {
    writeFileSync(join(folder, 'whole.yaml'), text);
    const { code, out } = await cli(['contract', 'import', 'whole.yaml'], { cwd: folder });
    expect(code).toBe(2);
    expect(out).toMatch(words);
  });
});

function bomb(): string {
  const lines = ['a: &a [x, x, x, x, x, x, x, x, x]'];
  for (let index = 1; index < 9; index += 1) {
    const [name, before] = [String.fromCharCode(97 + index), String.fromCharCode(96 + index)];
    lines.push(`${name}: &${name} [${Array.from({ length: 9 }, () => `*${before}`).join(', ')}]`);
  }
  return `${lines.join('\n')}\n`;
}

const fresh = { problems: [], known: false, processId: null, diff: [], summary: 'New.' };
const known = {
  ...fresh,
  known: true,
  processId: CONTRACT,
  diff: [
    { path: 'endsOn', before: '2027-10-31', after: '2028-10-31' },
    { path: 'contacts.jan-reed.phone', before: null, after: '+49 30 5550 202' },
  ],
};
const accepted = { processId: CONTRACT, inboxId: 'inb_1', outcome: 'accepted', status: 'draft', seq: 1 };
const routes = (check: object, stored: object = { status: 201, body: accepted }): Routes => ({
  'POST /v1/contracts/check': { body: check },
  'POST /v1/contracts': stored,
});
const IMPORT = ['contract', 'import', 'contract.yaml'];

describe('a right contract file', () => {
  it('is shown as it was read and stored', async () => {
    const { code, out, asked } = await cliWith(routes(fresh), IMPORT, { cwd: folder });
    expect(code).toBe(0);
    expect(out).toMatchSnapshot();
    expect(tooLong(out)).toEqual([]);
    const body = asked[1]?.body as { file: { id: string }; approveDiff?: boolean };
    expect(body.file.id).toBe('northwind-2026');
    expect(body.approveDiff).toBeUndefined();
    expect(asked[1]?.headers['idempotency-key']).toMatch(/^[0-9a-f-]{36}-2$/);
  });

  it('is not stored by --check', async () => {
    const { code, out, asked } = await cliWith(routes(fresh), [...IMPORT, '--check'], { cwd: folder });
    expect(code).toBe(0);
    expect(out).toContain('Nothing was stored.');
    expect(asked.map(({ path }) => path)).toEqual(['/v1/contracts/check']);
  });

  it('is held against what the installation knows, again with lines', async () => {
    const check = {
      ...fresh,
      problems: [{ path: 'provider.backup', problem: 'nobody named robin-lake is active staff' }],
    };
    const { code, out, asked } = await cliWith(routes(check), IMPORT, { cwd: folder });
    expect(code).toBe(2);
    expect(out).toContain('line 16, column 11  provider.backup');
    expect(asked).toHaveLength(1);
  });

  it('of a known contract shows the difference and changes nothing without consent', async () => {
    const { code, err, asked } = await cliWith(routes(known), IMPORT, { cwd: folder });
    expect(code).toBe(1);
    expect(err).toContain(
      '  endsOn\n    - 2027-10-31\n    + 2028-10-31\n  contacts.jan-reed.phone\n    + +49 30 5550 202',
    );
    expect(err).toContain('CONTRACT_KNOWN');
    expect(err).toContain('--approve');
    expect(asked).toHaveLength(1);
  });

  it('of a known contract is amended with --approve', async () => {
    const { code, out, asked } = await cliWith(routes(known, { body: accepted }), [...IMPORT, '--approve'], {
      cwd: folder,
    });
    expect(code).toBe(0);
    expect(out).toContain('Amended');
    expect(asked[1]?.body).toMatchObject({ approveDiff: true });
  });

  it.each([
    [true, 0, 2],
    [false, 1, 1],
  ])('of a known contract asks a person, who says %s', async (says, exit, requests) => {
    const result = await cliWith(routes(known, { body: accepted }), IMPORT, {
      cwd: folder,
      says,
      terminal: true,
    });
    expect(result.code).toBe(exit);
    expect(result.asked).toHaveLength(requests);
    expect(result.err).toContain('\u001b[31m');
    expect(result.err).toContain('\u001b[32m');
  });

  it('that changes nothing is not sent again', async () => {
    const { code, out, asked } = await cliWith(routes({ ...known, diff: [] }), IMPORT, { cwd: folder });
    expect(code).toBe(0);
    expect(out).toContain('nothing changed');
    expect(asked).toHaveLength(1);
  });
});
