/** Who is on duty: shifts, overrides, absences, holes and overlaps, across clock changes. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { holesIn, onDutyAt, overlapsIn, turnsIn } from '../../domain/rota/duty.js';
import { rotaFileSchema, type Rota } from '../../domain/rota/rota-file.js';
import { WEEKDAYS } from '../../domain/time/calendar.js';

const days = [...WEEKDAYS];
const at = (text: string) => Date.parse(text);
const iso = (ms: number) => new Date(ms).toISOString().replace(':00.000Z', 'Z');
const night = { duty: 'engineer', people: ['noor'], days, from: '22:00', to: '06:00' } as const;
const early = { duty: 'engineer', people: ['ada'], days, from: '06:00', to: '14:00' } as const;
const late = { duty: 'engineer', people: ['ben'], days, from: '14:00', to: '22:00' } as const;

function aRota(change: Partial<Record<keyof Rota, unknown>> = {}): Rota {
  return rotaFileSchema.parse({
    ...{ id: 'desk', title: 'Desk', zone: 'Europe/Berlin', firstDay: '2026-01-01', lastDay: '2026-12-31' },
    ...{ duties: ['engineer'], shifts: [early, late, night] },
    ...change,
  });
}

/** The turns of a person that touch a day in UTC. */
const turnsOf = (rota: Rota, person: string, from: string, to: string) =>
  turnsIn(rota, { from: at(from), to: at(to) })
    .filter((turn) => turn.person === person)
    .map((turn) => [iso(turn.from), iso(turn.to), (turn.to - turn.from) / 3_600_000]);
const engineers = (rota: Rota, instant: string) => onDutyAt(rota, at(instant)).engineer;

describe('T12: a shift across a clock change', () => {
  // Local times and offsets of the zone data; each row: zone, the night that is longer or shorter, and its hours.
  it.each([
    ['Europe/Berlin', '2026-10-24T20:00Z', '2026-10-25T05:00Z', 9],
    ['Europe/Berlin', '2026-03-28T21:00Z', '2026-03-29T04:00Z', 7],
    ['America/New_York', '2026-11-01T02:00Z', '2026-11-01T11:00Z', 9],
    ['America/New_York', '2026-03-08T03:00Z', '2026-03-08T10:00Z', 7],
    ['Australia/Lord_Howe', '2026-04-04T11:00Z', '2026-04-04T19:30Z', 8.5],
    ['Australia/Lord_Howe', '2026-10-03T11:30Z', '2026-10-03T19:00Z', 7.5],
  ])('in %s runs from %s to %s', (zone, from, to, hours) => {
    const rota = aRota({ zone });
    expect(turnsOf(rota, 'noor', from, to)).toEqual([[from, to, hours]]);
    expect(engineers(rota, to)).toEqual(['ada']);
  });

  it.each([
    ['Europe/Berlin', '02:30', '2026-10-25T00:30Z'],
    ['Europe/Berlin', '02:30', '2026-03-29T01:30Z'],
    ['America/New_York', '01:30', '2026-11-01T05:30Z'],
    ['America/New_York', '02:30', '2026-03-08T07:30Z'],
    ['Australia/Lord_Howe', '01:45', '2026-04-04T14:45Z'],
    ['Australia/Lord_Howe', '02:15', '2026-10-03T15:45Z'],
  ])(
    'in %s that changes hands at %s, which is twice or never, does so at %s without a hole',
    (zone, time, handOver) => {
      const shifts = [
        { ...night, people: ['one'], from: time, to: '12:00' },
        { ...night, people: ['two'], from: '12:00', to: time },
      ];
      const rota = aRota({ zone, shifts });
      expect(engineers(rota, iso(at(handOver) - 60_000))).toEqual(['two']);
      expect(engineers(rota, handOver)).toEqual(['one']);
      const around = { from: at(handOver) - 86_400_000, to: at(handOver) + 86_400_000 };
      expect(holesIn(rota, around)).toEqual([]);
      expect(
        overlapsIn(
          aRota({
            zone,
            shifts: shifts.map((one) => ({ ...one, duty: 'dutyManager' })),
            duties: ['dutyManager'],
          }),
          around,
        ),
      ).toEqual([]);
    },
  );

  it.each(['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe'])(
    'in %s is what the clock on the wall says, at every quarter of an hour around every change',
    (zone) => {
      const rota = aRota({ zone });
      const wall = new Intl.DateTimeFormat('en', { timeZone: zone, hour: '2-digit', hourCycle: 'h23' });
      for (const day of [
        '2026-03-08',
        '2026-03-29',
        '2026-04-05',
        '2026-10-04',
        '2026-10-25',
        '2026-11-01',
      ]) {
        for (
          let ms = at(`${day}T00:00Z`) - 86_400_000;
          ms < at(`${day}T00:00Z`) + 2 * 86_400_000;
          ms += 900_000
        ) {
          const hour = Number(wall.format(ms));
          const person = hour < 6 || hour >= 22 ? 'noor' : hour < 14 ? 'ada' : 'ben';
          expect([iso(ms), ...onDutyAt(rota, ms).engineer]).toEqual([iso(ms), person]);
        }
      }
    },
  );
});

describe('a rota', () => {
  it('has whoever an override names in the place of the shift, the later one over the earlier', () => {
    const overrides = [
      { duty: 'engineer', people: ['cleo'], from: '2026-06-01T08:00+02:00', to: '2026-06-01T12:00+02:00' },
      { duty: 'engineer', people: ['dora'], from: '2026-06-01T10:00+02:00', to: '2026-06-01T11:00+02:00' },
    ];
    const rota = aRota({ overrides });
    const hours = ['07', '08', '10', '11', '12'].map(
      (hour) => engineers(rota, `2026-06-01T${hour}:00+02:00`)[0],
    );
    expect(hours).toEqual(['ada', 'cleo', 'dora', 'cleo', 'ada']);
    expect(holesIn(rota)).toEqual([]);
  });

  it('has nobody where the only one is absent, and says from when to when', () => {
    const absences = [{ person: 'ada', from: '2026-06-01T09:00+02:00', to: '2026-06-02T07:00+02:00' }];
    const holes = holesIn(aRota({ absences }), {
      from: at('2026-06-01T00:00Z'),
      to: at('2026-06-03T00:00Z'),
    });
    expect(holes.map(({ duty, from, to }) => [duty, iso(from), iso(to)])).toEqual([
      ['engineer', '2026-06-01T07:00Z', '2026-06-01T12:00Z'],
      ['engineer', '2026-06-02T04:00Z', '2026-06-02T05:00Z'],
    ]);
  });

  it('has the night before its first day too, unless the shift itself begins later', () => {
    expect(engineers(aRota(), '2026-01-01T02:00+01:00')).toEqual(['noor']);
    const shifts = [early, late, { ...night, firstDay: '2026-01-01' }];
    expect(holesIn(aRota({ shifts })).map(({ from, to }) => [iso(from), iso(to)])).toEqual([
      ['2025-12-31T23:00Z', '2026-01-01T05:00Z'],
    ]);
  });

  it('takes turns by weeks, and only on the days of a shift', () => {
    const weeks = (from: string) => ({ weeks: 2, from });
    const day = { duty: 'engineer', days: ['monday'], from: '08:00', to: '17:00' };
    const rota = aRota({
      shifts: [
        { ...day, people: ['even'], every: weeks('2026-01-05') },
        { ...day, people: ['odd'], every: weeks('2026-01-14') },
      ],
    });
    const mondays = ['2026-01-05', '2026-01-12', '2026-01-19', '2026-01-26'];
    expect(mondays.map((monday) => engineers(rota, `${monday}T08:00+01:00`)[0])).toEqual([
      'even',
      'odd',
      'even',
      'odd',
    ]);
    expect(engineers(rota, '2026-01-06T08:00+01:00')).toEqual([]);
  });

  it('names where two hold the duty of one, and not where two engineers are wanted', () => {
    const whole = { days, from: '00:00', to: '24:00' };
    const rota = aRota({
      duties: ['engineer', 'dutyManager'],
      shifts: [
        { ...whole, duty: 'dutyManager', people: ['toni'] },
        { ...whole, duty: 'engineer', people: ['ada', 'ben'] },
      ],
      overrides: [
        { duty: 'dutyManager', people: ['toni', 'dana'], from: '2026-06-01T08:00Z', to: '2026-06-03T08:00Z' },
      ],
    });
    expect(overlapsIn(rota).map(({ duty, from, to, people }) => [duty, iso(from), iso(to), people])).toEqual([
      ['dutyManager', '2026-06-01T08:00Z', '2026-06-03T08:00Z', ['toni', 'dana']],
    ]);
  });

  it('covers nothing outside of its days', () => {
    expect(engineers(aRota(), '2025-12-31T12:00Z')).toEqual([]);
    expect(engineers(aRota(), '2027-01-01T12:00Z')).toEqual([]);
  });

  it('of the example has no hole in its year', () => {
    const file: unknown = parse(
      readFileSync(new URL('../../examples/rotas/senior-desk.yaml', import.meta.url), 'utf8'),
    );
    const rota = rotaFileSchema.parse(file);
    expect(holesIn(rota)).toEqual([]);
    expect(overlapsIn(rota)).toEqual([]);
  });
});
