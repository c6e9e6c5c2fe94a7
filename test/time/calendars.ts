// The calendars of the business time tests, as plain data: the code under test and the oracle both read them.

/** One span of opening hours; structurally the interval of a calendar version. */
export interface Hours {
  readonly opens: string;
  readonly closes: string;
}

/** A calendar version as data, without a type of the code under test. */
export interface TestCalendar {
  readonly id: string;
  readonly version: number;
  readonly title: string;
  readonly zone: string;
  readonly weekly: {
    readonly monday: readonly Hours[];
    readonly tuesday: readonly Hours[];
    readonly wednesday: readonly Hours[];
    readonly thursday: readonly Hours[];
    readonly friday: readonly Hours[];
    readonly saturday: readonly Hours[];
    readonly sunday: readonly Hours[];
  };
  readonly holidays: readonly { readonly date: string; readonly name: string }[];
  readonly openDays?: readonly { date: string; intervals: readonly Hours[]; name: string }[];
}

function week(working: readonly Hours[], weekend: readonly Hours[]): TestCalendar['weekly'] {
  return {
    monday: working,
    tuesday: working,
    wednesday: working,
    thursday: working,
    friday: working,
    saturday: weekend,
    sunday: weekend,
  };
}

/** Monday to Friday 09:00-17:00, with the public holidays of Berlin. */
export const berlin: TestCalendar = {
  id: 'berlin',
  version: 1,
  title: 'Berlin office',
  zone: 'Europe/Berlin',
  weekly: week([{ opens: '09:00', closes: '17:00' }], []),
  holidays: [
    { date: '2026-01-01', name: "New Year's Day" },
    { date: '2026-03-08', name: "International Women's Day" },
    { date: '2026-04-03', name: 'Good Friday' },
    { date: '2026-04-06', name: 'Easter Monday' },
    { date: '2026-05-01', name: 'Labour Day' },
    { date: '2026-05-14', name: 'Ascension Day' },
    { date: '2026-05-25', name: 'Whit Monday' },
    { date: '2026-10-03', name: 'German Unity Day' },
    { date: '2026-12-25', name: 'Christmas Day' },
    { date: '2026-12-26', name: 'Boxing Day' },
    { date: '2027-01-01', name: "New Year's Day" },
  ],
};

/** Split hours; one long Saturday and one short holiday are exceptional open days. */
export const newYork: TestCalendar = {
  id: 'new-york',
  version: 1,
  title: 'New York office',
  zone: 'America/New_York',
  weekly: week(
    [
      { opens: '08:30', closes: '12:00' },
      { opens: '13:00', closes: '17:30' },
    ],
    [],
  ),
  holidays: [
    { date: '2026-11-11', name: 'Veterans Day' },
    { date: '2026-11-26', name: 'Thanksgiving Day' },
    { date: '2026-12-25', name: 'Christmas Day' },
    { date: '2027-01-01', name: "New Year's Day" },
  ],
  openDays: [
    { date: '2026-11-07', intervals: [{ opens: '10:00', closes: '14:00' }], name: 'Stocktaking Saturday' },
    { date: '2026-11-11', intervals: [{ opens: '08:30', closes: '12:00' }], name: 'Half Veterans Day' },
  ],
};

/** A night shift on every date; its zone changes its clocks by 30 minutes, inside the shift. */
export const lordHowe: TestCalendar = {
  id: 'lord-howe',
  version: 1,
  title: 'Lord Howe night shift',
  zone: 'Australia/Lord_Howe',
  weekly: week([{ opens: '22:00', closes: '06:00' }], [{ opens: '22:00', closes: '06:00' }]),
  holidays: [{ date: '2026-04-25', name: 'Anzac Day' }],
};

/** Opens and closes inside the hours that a clock change skips or doubles. */
export const berlinNight: TestCalendar = {
  id: 'berlin-night',
  version: 1,
  title: 'Berlin night desk',
  zone: 'Europe/Berlin',
  weekly: week(
    [{ opens: '21:15', closes: '02:30' }],
    [
      { opens: '02:45', closes: '03:30' },
      { opens: '20:00', closes: '02:30' },
    ],
  ),
  holidays: [{ date: '2026-12-24', name: 'Christmas Eve' }],
};

/** Round the clock, every date. */
export const always: TestCalendar = {
  id: 'always',
  version: 1,
  title: 'Round the clock',
  zone: 'Europe/Berlin',
  weekly: week([{ opens: '00:00', closes: '24:00' }], [{ opens: '00:00', closes: '24:00' }]),
  holidays: [],
};

/** Half-hour offset without clock changes; Saturday mornings. */
export const kolkata: TestCalendar = {
  id: 'kolkata',
  version: 1,
  title: 'Kolkata office',
  zone: 'Asia/Kolkata',
  weekly: {
    ...week([{ opens: '09:30', closes: '18:00' }], []),
    saturday: [{ opens: '09:30', closes: '13:00' }],
  },
  holidays: [
    { date: '2026-01-26', name: 'Republic Day' },
    { date: '2026-10-02', name: 'Gandhi Jayanti' },
  ],
};

export const allCalendars: readonly TestCalendar[] = [
  berlin,
  newYork,
  lordHowe,
  berlinNight,
  always,
  kolkata,
];
