// Calendar files: reading, what is refused and where, and the dates that an import fixes.
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { addDuration, formatLocal } from '../../domain/time/business.js';
import { readCalendarFile } from '../../domain/time/calendar.js';
import type { CalendarFile, CalendarVersion } from '../../domain/time/calendar.js';
import { buildCalendarVersion } from '../../domain/time/import.js';

const folder = new URL('../../examples/calendars/', import.meta.url);
const examples = readdirSync(folder)
  .filter((name) => name.endsWith('.yaml'))
  .map((name) => name.replace('.yaml', ''));
const office = { monday: [{ opens: '09:00', closes: '17:00' }] };

function fileWith(changes: Record<string, unknown>): unknown {
  return { id: 'test', title: 'Test', zone: 'Europe/Berlin', weekly: office, ...changes };
}

function read(input: unknown): CalendarFile {
  const answer = readCalendarFile(input);
  if (!answer.ok) throw new Error(JSON.stringify(answer.problems));
  return answer.value;
}

function build(input: unknown): CalendarVersion {
  const answer = buildCalendarVersion(read(input), 1);
  if (!answer.ok) throw new Error(JSON.stringify(answer.problems));
  return answer.value;
}

function example(name: string): CalendarVersion {
  return build(parse(readFileSync(new URL(`${name}.yaml`, folder), 'utf8')));
}

/** The problems of a file, from whichever of reading and building finds them. */
function problemsOf(input: unknown): { path: string; problem: string }[] {
  const answer = readCalendarFile(input);
  if (!answer.ok) return answer.problems;
  const built = buildCalendarVersion(answer.value, 1);
  return built.ok ? [] : built.problems;
}

describe('the example calendars', () => {
  it.each(examples)('builds %s', (name) => {
    expect(example(name)).toMatchObject({ id: name, version: 1 });
  });

  it('closes the Berlin office on public holidays of the region and on its own dates', () => {
    const { holidays, validFrom, validTo } = example('berlin-office');
    const dates = holidays.map((holiday) => holiday.date);
    expect({ validFrom, validTo }).toEqual({ validFrom: '2025-01-01', validTo: '2028-12-31' });
    expect(dates.filter((date) => date.startsWith('2026'))).toEqual([
      '2026-01-01',
      '2026-03-08',
      '2026-04-03',
      '2026-04-06',
      '2026-05-01',
      '2026-05-14',
      '2026-05-25',
      '2026-10-03',
      '2026-12-24',
      '2026-12-25',
      '2026-12-26',
      '2026-12-31',
    ]);
  });

  it('opens the New York office on dropped holidays and on exceptional days', () => {
    const newYork = example('new-york-office');
    expect(newYork.holidays.map((holiday) => holiday.date)).not.toContain('2026-11-03');
    const due = addDuration(
      Date.parse('2026-11-25T10:00-05:00'),
      { amount: 1, unit: 'businessDays' },
      newYork,
    );
    expect(formatLocal(due.dueMs, newYork.zone)).toBe('Fri 2026-11-27 12:00 -05:00');
  });

  it('never closes round the clock', () => {
    const always = example('round-the-clock');
    expect(always.holidays).toEqual([]);
    const due = addDuration(Date.parse('2026-12-24T20:00Z'), { amount: 24, unit: 'businessHours' }, always);
    expect(new Date(due.dueMs).toISOString()).toBe('2026-12-25T20:00:00.000Z');
  });
});

describe('a calendar file that is refused', () => {
  const hours = (opens: string, closes: string) => ({ monday: [{ opens, closes }] });
  const holidays = (part: Record<string, unknown>) =>
    fileWith({ holidays: { years: [2026, 2026], ...part } });

  it.each([
    ['an unknown zone', fileWith({ zone: 'Europe/Berln' }), 'zone', 'did you mean Europe/Berlin'],
    ['a city for a zone', fileWith({ zone: 'New York' }), 'zone', 'did you mean America/New_York'],
    ['a bare offset', fileWith({ zone: '+02:00' }), 'zone', 'write a name such as Europe/Berlin'],
    ['an unknown country', holidays({ country: 'UK' }), 'holidays.country', 'did you mean GB'],
    [
      'the name of a country',
      holidays({ country: 'Germany' }),
      'holidays.country',
      'did you mean DE (Germany)',
    ],
    ['an unknown region', holidays({ country: 'DE', region: 'Bavaria' }), 'holidays.region', 'BY'],
    ['a region of nowhere', holidays({ region: 'BE' }), 'holidays.region', 'a region needs a country'],
    [
      'a region where none are known',
      holidays({ country: 'SE', region: 'ST' }),
      'holidays.region',
      'leave it out',
    ],
    [
      'an unknown part of a region',
      holidays({ country: 'DE', region: 'BY-Q' }),
      'holidays.region',
      'known: A',
    ],
    ['years in the wrong order', holidays({ years: [2027, 2026] }), 'holidays.years', 'before the first'],
    ['too many years', holidays({ years: [2000, 2070] }), 'holidays.years', 'at most 30 years'],
    [
      'a year without holiday data',
      holidays({ years: [2026, 2099] }),
      'holidays.years[1]',
      'the last year possible',
    ],
    ['one year alone', holidays({ years: [2026] }), 'holidays.years', 'the first and the last year'],
    [
      'a drop of a date that is no holiday',
      holidays({ country: 'DE', drop: ['2026-12-27'] }),
      'holidays.drop[0]',
      'is no holiday here',
    ],
    [
      'an own holiday outside the years',
      holidays({ add: [{ date: '2027-01-02', name: 'x' }] }),
      'holidays.add[0].date',
      'outside the years 2026 to 2026',
    ],
    [
      'an own holiday given twice',
      holidays({
        add: [
          { date: '2026-01-02', name: 'x' },
          { date: '2026-01-02', name: 'y' },
        ],
      }),
      'holidays.add[1].date',
      'added twice',
    ],
    [
      'a date that does not exist',
      holidays({ add: [{ date: '2026-02-30', name: 'x' }] }),
      'holidays.add[0].date',
      '"2026-02-30" is not a date',
    ],
    ['a bad opening time', fileWith({ weekly: hours('9:00', '17:00') }), 'weekly.monday[0].opens', '"9:00"'],
    [
      'an opening at 24:00',
      fileWith({ weekly: hours('24:00', '03:00') }),
      'weekly.monday[0].opens',
      '"24:00"',
    ],
    [
      'a bad closing time',
      fileWith({ weekly: hours('09:00', '24:01') }),
      'weekly.monday[0].closes',
      '"24:01"',
    ],
    ['no open hour', fileWith({ weekly: {} }), 'weekly', 'no open hour'],
    ['no week', fileWith({ weekly: undefined }), 'weekly', 'must list hours by day of the week'],
    ['an unknown weekday', fileWith({ weekly: { ...office, mon: [] } }), 'weekly', 'mon'],
    ['an unknown field', fileWith({ colour: 'red' }), '(file)', 'colour'],
    ['a bad id', fileWith({ id: 'Berlin Office' }), 'id', 'small letters'],
    ['a title of nothing', fileWith({ title: '  ' }), 'title', 'must not be empty'],
    [
      'hours that overlap',
      fileWith({
        weekly: {
          friday: [
            { opens: '09:00', closes: '13:00' },
            { opens: '12:30', closes: '17:00' },
          ],
        },
      }),
      'weekly.friday[1]',
      'overlap with weekly.friday[0]',
    ],
    [
      'a night shift that runs into the next morning',
      fileWith({
        weekly: {
          monday: [{ opens: '22:00', closes: '06:00' }],
          tuesday: [{ opens: '05:00', closes: '09:00' }],
        },
      }),
      'weekly.tuesday[0]',
      'overlap with weekly.monday[0]',
    ],
    [
      'a Sunday night that runs into Monday',
      fileWith({ weekly: { sunday: [{ opens: '22:00', closes: '10:00' }], ...office } }),
      'weekly.monday[0]',
      'overlap with weekly.sunday[0]',
    ],
    [
      'an exceptional day without hours',
      fileWith({ openDays: [{ date: '2026-01-03', intervals: [], name: 'x' }] }),
      'openDays[0].intervals',
      'to close a date use holidays.add',
    ],
    [
      'an exceptional day listed twice',
      fileWith({
        openDays: [1, 2].map(() => ({
          date: '2026-01-03',
          intervals: [{ opens: '09:00', closes: '10:00' }],
          name: 'x',
        })),
      }),
      'openDays[1].date',
      'listed twice (see openDays[0])',
    ],
  ])('names the place and the reason of %s', (_name, input, path, problem) => {
    expect(problemsOf(input)).toEqual([{ path, problem: expect.stringContaining(problem) }]);
  });

  it('names all problems at once', () => {
    const input = fileWith({ zone: 'Nowhere/Else', holidays: { country: 'ZZ', years: [2026, 2026] } });
    expect(problemsOf(input).map((problem) => problem.path)).toEqual(['zone', 'holidays.country']);
  });

  it.each([[undefined], [null], ['text'], [[]], [42]])('survives %j instead of a file', (input) => {
    expect(readCalendarFile(input)).toMatchObject({ ok: false, problems: [{ path: '(file)' }] });
  });

  it('refuses a version number below 1', () => {
    expect(buildCalendarVersion(read(fileWith({})), 0)).toMatchObject({
      ok: false,
      problems: [{ path: '(version)' }],
    });
  });
});

describe('a calendar version that is built', () => {
  it('writes the zone as the zone database does, and lists every weekday', () => {
    const { zone, weekly } = build(fileWith({ zone: 'europe/berlin' }));
    expect(zone).toBe('Europe/Berlin');
    expect(Object.keys(weekly)).toHaveLength(7);
  });

  it('closes every date of a holiday that lasts several', () => {
    const { holidays } = build(fileWith({ holidays: { country: 'SA', years: [2026, 2026] } }));
    const feast = holidays.filter((holiday) => holiday.name.includes('Eid al-Fitr'));
    expect(feast.map((holiday) => holiday.date)).toEqual([
      '2026-03-19',
      '2026-03-20',
      '2026-03-21',
      '2026-03-22',
    ]);
  });

  it('closes a holiday of 23 hours, on the date of a clock change', () => {
    const brandenburg = build(fileWith({ holidays: { country: 'DE', region: 'BB', years: [2027, 2027] } }));
    expect(brandenburg.holidays).toContainEqual({ date: '2027-03-28', name: 'Easter Sunday' });
  });

  it('leaves half holidays open and says so', () => {
    const answer = buildCalendarVersion(
      read(fileWith({ holidays: { country: 'IS', years: [2026, 2026] } })),
      1,
    );
    expect(answer).toMatchObject({
      ok: true,
      notes: [
        expect.stringContaining('2026-12-24 Christmas Eve is only part of a day'),
        expect.stringContaining('2026-12-31'),
      ],
    });
  });

  it('takes a part of a region', () => {
    const augsburg = build(fileWith({ holidays: { country: 'de', region: 'by-a', years: [2026, 2026] } }));
    expect(augsburg.holidays.map((holiday) => holiday.date)).toContain('2026-08-08');
  });

  it('takes own dates without a country, and an own name over a known one', () => {
    const own = build(
      fileWith({ holidays: { years: [2026, 2026], add: [{ date: '2026-07-01', name: 'Founders' }] } }),
    );
    expect(own.holidays).toEqual([{ date: '2026-07-01', name: 'Founders' }]);
    const renamed = build(
      fileWith({
        holidays: { country: 'DE', years: [2026, 2026], add: [{ date: '2026-01-01', name: 'Stocktaking' }] },
      }),
    );
    expect(renamed.holidays[0]).toEqual({ date: '2026-01-01', name: 'Stocktaking' });
  });

  it('lists holidays once per date and in order', () => {
    const { holidays } = build(fileWith({ holidays: { country: 'CN', years: [2025, 2028] } }));
    const dates = holidays.map((holiday) => holiday.date);
    expect(dates).toEqual([...new Set(dates)].sort());
    expect(dates.length).toBeGreaterThan(40);
  });

  it('survives a trip through JSON, as a stored row makes it', () => {
    const version = example('new-york-office');
    expect(JSON.parse(JSON.stringify(version))).toEqual(version);
  });
});
