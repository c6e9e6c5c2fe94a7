// Due instants worked out by hand from the service spec; each row cites the words that decide it.
import { describe, expect, it } from '@jest/globals';
import { addDuration, percentOf } from '../../domain/time/business.js';
import { parseDuration } from '../../domain/time/duration.js';
import type { Duration } from '../../domain/time/duration.js';
import { always, berlin, berlinNight, kolkata, lordHowe, newYork } from './calendars.js';
import type { TestCalendar } from './calendars.js';

const BD =
  "§3a: 'n bd' is the close of the last open interval on the n-th open local date after the start date";
const BACK = "§3a: 'T-n bd' is the opening of the n-th open date before T";
const NIGHT = '§3a: an interval over midnight belongs to the date on which it opens';
const BH = "§3a: 'bh' is elapsed open time";
const LOCAL = "§3a: 'n d' and months are the same local time n dates or months later";
const CLAMP = '§3a: last day of the month where the day does not exist';
const SKIPPED = '§3a: a local time that a DST change skips moves forward';
const TWICE = '§3a: a local time that occurs twice means the first';
const CH = "§3a: 'ch' is elapsed time";
const SHARE = '§3a: a percentage of a target applies to its open time';

interface Row {
  readonly spec: string;
  readonly calendar: TestCalendar;
  readonly from: string;
  readonly add: string;
  readonly percent?: number;
  readonly due: string;
}

const rows: readonly Row[] = [
  { spec: BD, calendar: berlin, from: '2026-03-02T10:15+01:00', add: '1 bd', due: '2026-03-03T17:00+01:00' },
  { spec: BD, calendar: berlin, from: '2026-03-06T16:59+01:00', add: '1 bd', due: '2026-03-09T17:00+01:00' },
  { spec: BD, calendar: berlin, from: '2026-03-06T23:00+01:00', add: '1 bd', due: '2026-03-09T17:00+01:00' },
  // Day 0 may be a closed date: the first open date after Saturday is Monday.
  { spec: BD, calendar: berlin, from: '2026-03-07T12:00+01:00', add: '1 bd', due: '2026-03-09T17:00+01:00' },
  { spec: BD, calendar: berlin, from: '2026-03-02T10:15+01:00', add: '10 bd', due: '2026-03-16T17:00+01:00' },
  // §4.14, the return clock, over Good Friday, Easter Monday and the spring clock change.
  { spec: BD, calendar: berlin, from: '2026-03-26T11:00+01:00', add: '10 bd', due: '2026-04-13T17:00+02:00' },
  // The start date is the local one: 23:30 UTC is already Tuesday in Berlin.
  { spec: BD, calendar: berlin, from: '2026-03-02T23:30Z', add: '1 bd', due: '2026-03-04T17:00+01:00' },
  { spec: BD, calendar: berlin, from: '2026-12-23T10:00+01:00', add: '5 bd', due: '2026-12-31T17:00+01:00' },
  { spec: BD, calendar: berlin, from: '2026-12-23T10:00+01:00', add: '6 bd', due: '2027-01-04T17:00+01:00' },
  { spec: BD, calendar: newYork, from: '2026-11-06T09:00-05:00', add: '1 bd', due: '2026-11-07T14:00-05:00' },
  { spec: BD, calendar: newYork, from: '2026-11-10T09:00-05:00', add: '1 bd', due: '2026-11-11T12:00-05:00' },
  { spec: BD, calendar: kolkata, from: '2026-10-01T12:00+05:30', add: '1 bd', due: '2026-10-03T13:00+05:30' },
  { spec: BD, calendar: always, from: '2026-03-02T12:00+01:00', add: '1 bd', due: '2026-03-04T00:00+01:00' },
  { spec: BD, calendar: berlin, from: '2026-03-02T10:15+01:00', add: '0 bd', due: '2026-03-02T17:00+01:00' },
  { spec: BD, calendar: berlin, from: '2026-04-03T10:15+02:00', add: '0 bd', due: '2026-04-07T17:00+02:00' },
  {
    spec: BACK,
    calendar: berlin,
    from: '2026-04-09T14:00+02:00',
    add: '-3 bd',
    due: '2026-04-02T09:00+02:00',
  },
  {
    spec: BACK,
    calendar: berlin,
    from: '2026-03-02T08:00+01:00',
    add: '-2 bd',
    due: '2026-02-26T09:00+01:00',
  },
  {
    spec: BACK,
    calendar: newYork,
    from: '2026-11-27T09:00-05:00',
    add: '-1 bd',
    due: '2026-11-25T08:30-05:00',
  },
  {
    spec: BACK,
    calendar: lordHowe,
    from: '2026-03-03T12:00+11:00',
    add: '-1 bd',
    due: '2026-03-02T22:00+11:00',
  },
  {
    spec: NIGHT,
    calendar: lordHowe,
    from: '2026-03-02T12:00+11:00',
    add: '1 bd',
    due: '2026-03-04T06:00+11:00',
  },
  // 24 December is closed, yet the shift of the 23rd runs on until 02:30 on the 24th.
  {
    spec: NIGHT,
    calendar: berlinNight,
    from: '2026-12-22T12:00+01:00',
    add: '1 bd',
    due: '2026-12-24T02:30+01:00',
  },
  {
    spec: NIGHT,
    calendar: berlinNight,
    from: '2026-12-24T01:30+01:00',
    add: '1 bh',
    due: '2026-12-24T02:30+01:00',
  },
  {
    spec: NIGHT,
    calendar: berlinNight,
    from: '2026-12-24T02:00+01:00',
    add: '1 bh',
    due: '2026-12-25T21:45+01:00',
  },
  { spec: BH, calendar: berlin, from: '2026-03-02T10:15+01:00', add: '4 bh', due: '2026-03-02T14:15+01:00' },
  { spec: BH, calendar: berlin, from: '2026-03-06T15:00+01:00', add: '4 bh', due: '2026-03-09T11:00+01:00' },
  // The earliest instant at which the time has passed: the close, not the next opening.
  { spec: BH, calendar: berlin, from: '2026-03-02T09:00+01:00', add: '8 bh', due: '2026-03-02T17:00+01:00' },
  { spec: BH, calendar: berlin, from: '2026-03-07T03:00+01:00', add: '4 bh', due: '2026-03-09T13:00+01:00' },
  { spec: BH, calendar: berlin, from: '2026-04-02T16:00+02:00', add: '8 bh', due: '2026-04-07T16:00+02:00' },
  { spec: BH, calendar: berlin, from: '2026-03-02T09:00+01:00', add: '72 bh', due: '2026-03-12T17:00+01:00' },
  { spec: BH, calendar: newYork, from: '2026-11-04T11:00-05:00', add: '2 bh', due: '2026-11-04T14:00-05:00' },
  // The autumn change makes this shift 8 h 30 min long, the spring change 7 h 30 min.
  {
    spec: BH,
    calendar: lordHowe,
    from: '2026-04-04T22:00+11:00',
    add: '8 bh',
    due: '2026-04-05T05:30+10:30',
  },
  {
    spec: BH,
    calendar: lordHowe,
    from: '2026-10-03T22:00+10:30',
    add: '8 bh',
    due: '2026-10-04T22:30+11:00',
  },
  {
    spec: LOCAL,
    calendar: berlin,
    from: '2026-03-02T10:00+01:00',
    add: '30 days',
    due: '2026-04-01T10:00+02:00',
  },
  {
    spec: LOCAL,
    calendar: berlin,
    from: '2026-04-01T10:00+02:00',
    add: '-30 days',
    due: '2026-03-02T10:00+01:00',
  },
  {
    spec: CLAMP,
    calendar: berlin,
    from: '2026-01-31T12:00+01:00',
    add: '1 month',
    due: '2026-02-28T12:00+01:00',
  },
  {
    spec: CLAMP,
    calendar: berlin,
    from: '2028-01-31T12:00+01:00',
    add: '1 month',
    due: '2028-02-29T12:00+01:00',
  },
  {
    spec: CLAMP,
    calendar: berlin,
    from: '2028-02-29T12:00+01:00',
    add: '12 months',
    due: '2029-02-28T12:00+01:00',
  },
  {
    spec: SKIPPED,
    calendar: berlin,
    from: '2026-03-28T02:30+01:00',
    add: '1 day',
    due: '2026-03-29T03:30+02:00',
  },
  {
    spec: SKIPPED,
    calendar: lordHowe,
    from: '2026-10-03T02:10+10:30',
    add: '1 day',
    due: '2026-10-04T02:40+11:00',
  },
  {
    spec: TWICE,
    calendar: berlin,
    from: '2026-10-24T02:30+02:00',
    add: '1 day',
    due: '2026-10-25T02:30+02:00',
  },
  {
    spec: TWICE,
    calendar: newYork,
    from: '2026-10-01T01:30-04:00',
    add: '1 month',
    due: '2026-11-01T01:30-04:00',
  },
  { spec: CH, calendar: berlin, from: '2026-03-28T12:00+01:00', add: '24 ch', due: '2026-03-29T13:00+02:00' },
  {
    spec: CH,
    calendar: berlin,
    from: '2026-03-07T12:00+01:00',
    add: '30 min',
    due: '2026-03-07T12:30+01:00',
  },
  // Open time of 10 bd from Monday 09:00: 8 h on day 0 and 80 h after it; half of it is 44 h.
  {
    spec: SHARE,
    calendar: berlin,
    from: '2026-03-02T09:00+01:00',
    add: '10 bd',
    percent: 50,
    due: '2026-03-09T13:00+01:00',
  },
  {
    spec: SHARE,
    calendar: berlin,
    from: '2026-03-06T16:00+01:00',
    add: '4 bh',
    percent: 50,
    due: '2026-03-09T10:00+01:00',
  },
  {
    spec: SHARE,
    calendar: berlin,
    from: '2026-03-07T12:00+01:00',
    add: '4 ch',
    percent: 75,
    due: '2026-03-07T15:00+01:00',
  },
];

function read(text: string): Duration {
  const parsed = parseDuration(text);
  if (!parsed.ok) throw new Error(parsed.problem);
  return parsed.value;
}

function iso(atMs: number): string {
  return new Date(atMs).toISOString();
}

describe('due instants worked out by hand', () => {
  it.each(rows.map((row) => ({ ...row, share: row.percent === undefined ? '' : `${row.percent} % of ` })))(
    '$calendar.id: $share$add from $from is due $due ($spec)',
    ({ calendar, from, add, percent, due }) => {
      const fromMs = Date.parse(from);
      const actual =
        percent === undefined
          ? addDuration(fromMs, read(add), calendar)
          : percentOf(fromMs, read(add), percent, calendar);
      expect(iso(actual.dueMs)).toBe(iso(Date.parse(due)));
    },
  );

  it('moves a 10 bd return by one open date when a holiday is added after the start (§3 R2, §5 case 5)', () => {
    const fromMs = Date.parse('2026-03-02T10:15+01:00');
    const next = {
      ...berlin,
      version: 2,
      holidays: [...berlin.holidays, { date: '2026-03-11', name: 'Local holiday' }],
    };
    expect(iso(addDuration(fromMs, read('10 bd'), berlin).dueMs)).toBe('2026-03-16T16:00:00.000Z');
    expect(iso(addDuration(fromMs, read('10 bd'), next).dueMs)).toBe('2026-03-17T16:00:00.000Z');
  });
});

describe('pauses (§3 R3), worked out by hand', () => {
  const pause = (from: string, to: string) => ({
    fromMs: Date.parse(from),
    toMs: Date.parse(to),
    cause: 'waiting for a log file',
  });
  const monday9 = Date.parse('2026-03-02T09:00+01:00');

  it('does not count paused open time against business hours', () => {
    const pauses = [pause('2026-03-02T10:00+01:00', '2026-03-02T12:00+01:00')];
    expect(iso(addDuration(monday9, read('4 bh'), berlin, pauses).dueMs)).toBe('2026-03-02T14:00:00.000Z');
  });

  it('does not count paused time against elapsed hours', () => {
    const pauses = [pause('2026-03-02T10:00+01:00', '2026-03-02T12:00+01:00')];
    expect(iso(addDuration(monday9, read('24 ch'), berlin, pauses).dueMs)).toBe('2026-03-03T10:00:00.000Z');
  });

  it('moves business days by the open time of the pause, which runs on from the unpaused due instant', () => {
    // From Tuesday 15:00 to Wednesday 11:00 the office was open for 4 hours: 10 bd end 4 bh after the close.
    const pauses = [pause('2026-03-03T15:00+01:00', '2026-03-04T11:00+01:00')];
    expect(iso(addDuration(monday9, read('10 bd'), berlin, pauses).dueMs)).toBe('2026-03-17T12:00:00.000Z');
  });

  it('moves nothing for a pause while the office is closed', () => {
    const pauses = [pause('2026-03-06T17:00+01:00', '2026-03-09T09:00+01:00')];
    expect(iso(addDuration(monday9, read('10 bd'), berlin, pauses).dueMs)).toBe('2026-03-16T16:00:00.000Z');
  });

  it('moves calendar days by the elapsed time of the pause', () => {
    const pauses = [pause('2026-03-07T00:00+01:00', '2026-03-08T06:00+01:00')];
    expect(iso(addDuration(monday9, read('10 days'), berlin, pauses).dueMs)).toBe('2026-03-13T14:00:00.000Z');
  });
});
