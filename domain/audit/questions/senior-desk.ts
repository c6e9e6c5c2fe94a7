/** What is asked about the Senior Desk: 24x7, time to an engineer, hand-overs of shifts (service spec §4.16). */
import { formatLocal } from '../../time/local-time.js';
import { localDayOf, openDayOf } from '../../time/open-days.js';
import type { CalendarVersion } from '../../time/calendar.js';
import { isUrgent } from '../../priority.js';
import { casesOf, type PastCase } from './cases.js';
import {
  eventsOf,
  inTime,
  operationsOn,
  payloadText,
  type Past,
  type PastClock,
  type RecordedEvent,
} from './recordings.js';
import { instant, number, person, question, text, yesNo } from './question.js';

const MINUTE_MS = 60_000;

export const deskCalls = question({
  name: 'desk-calls',
  text: 'How soon was each P1 or P2 call accepted, also outside of business hours and on holidays?',
  source: '§4.16',
  columns: {
    case: text('Case'),
    priority: text('Priority'),
    called: text('Called, local time'),
    hours: text('Business hours there'),
    target: number('Target in minutes'),
    minutes: number('Accepted after minutes'),
    inTime: yesNo('In time'),
  },
  ask: (past) =>
    casesOf(past).flatMap((one) => {
      const { data, process, openedAs } = one;
      if (!isUrgent(openedAs) || data.test) return [];
      const calendar = calendarOf(past, one);
      const [engage] = runsOf(past, one, 'engage');
      const accepted = engage && metBy(past, engage);
      return [
        {
          cells: {
            case: data.number,
            priority: openedAs,
            called: calendar ? formatLocal(data.openedAt, calendar.zone) : null,
            hours: calendar ? hoursAt(data.openedAt, calendar) : null,
            target: engage?.dueAt ? minutesBetween(engage.started.record.at, engage.dueAt) : null,
            minutes: accepted ? minutesBetween(data.openedAt, accepted.record.at) : null,
            inTime: engage ? inTime(past, accepted?.record.at ?? endedOtherwise(engage), engage.dueAt) : null,
          },
          proof: [process.started, ...(accepted ? [accepted] : [])],
        },
      ];
    }),
});

export const timeToEngineer = question({
  name: 'time-to-engineer',
  text: 'When was an engineer to be engaged, who was it, and was he senior for the product?',
  source: '§4.16',
  columns: {
    case: text('Case'),
    since: instant('Since'),
    dueAt: instant('Due'),
    engagedAt: instant('Engaged'),
    engineer: person('Engineer'),
    product: text('Product'),
    senior: yesNo('Senior for it'),
  },
  ask: (past) =>
    casesOf(past).flatMap((one) =>
      runsOf(past, one, 'engage').map((run) => {
        const { data } = one;
        const engaged = metBy(past, run);
        const engineer = data.engineers.find(({ engagedAt }) => engagedAt === engaged?.record.at);
        return {
          cells: {
            case: data.number,
            since: run.started.record.at,
            dueAt: run.dueAt,
            engagedAt: engaged?.record.at ?? null,
            engineer: engaged?.record.actor ?? null,
            product: data.product,
            senior: engineer?.senior ?? null,
          },
          proof: [run.started, ...(engaged ? [engaged] : [])],
        };
      }),
    ),
});

export const shiftHandOvers = question({
  name: 'shift-hand-overs',
  text: 'Which cases were to be handed over with the shift, by whom to whom, and was it in time?',
  source: '§4.16',
  columns: {
    case: text('Case'),
    from: person('From'),
    to: person('To'),
    dueAt: instant('Due'),
    givenAt: instant('Given'),
    acceptedAt: instant('Accepted'),
    inTime: yesNo('In time'),
  },
  ask: (past) =>
    casesOf(past).flatMap((one) =>
      runsOf(past, one, 'shift').flatMap((run) => {
        const shift = shiftOf(past, one, run);
        // It ended with the work, not with a hand-over, and was not late.
        if (!shift.accepted && !shift.given && !isLate(past, run)) return [];
        return [
          {
            cells: {
              case: one.data.number,
              from: shift.given?.record.actor ?? shift.engineer,
              to: shift.accepted?.record.actor ?? (shift.given ? payloadText(shift.given, 'to') : null),
              dueAt: run.dueAt,
              givenAt: shift.given?.record.at ?? null,
              acceptedAt: shift.accepted?.record.at ?? null,
              inTime: isLate(past, run) ? false : inTime(past, shift.accepted?.record.at ?? null, run.dueAt),
            },
            proof: [
              run.started,
              ...(shift.given ? [shift.given] : []),
              ...(shift.accepted ? [shift.accepted] : []),
            ],
          },
        ];
      }),
    ),
});

export const handOverGaps = question({
  name: 'hand-over-gaps',
  text: 'Which case is with an engineer whose shift is over, and nobody has taken it over?',
  source: '§4.16',
  mustBeEmpty: true,
  columns: {
    case: text('Case'),
    engineer: person('Engineer'),
    dueAt: instant('Due'),
    to: person('Given to'),
  },
  ask: (past) =>
    casesOf(past).flatMap((one) =>
      runsOf(past, one, 'shift')
        .filter((run) => run.endedAt === null && isLate(past, run))
        .map((run) => ({
          cells: {
            case: one.data.number,
            engineer: one.data.engineerId,
            dueAt: run.dueAt,
            to: one.data.handOver?.to ?? null,
          },
          proof: [run.started, one.process.last],
        })),
    ),
});

/** Runs of a clock of a case, oldest first. */
function runsOf(past: Past, { process }: PastCase, name: string): PastClock[] {
  return past.clocks
    .filter((clock) => clock.processId === process.id && clock.name === name)
    .sort((one, other) => one.run - other.run);
}

function metBy(past: Past, clock: PastClock): RecordedEvent | undefined {
  return operationsOn(past.events, clock).find(({ operation }) => operation.op === 'met')?.event;
}

/** A promise that nobody had to keep any more before it was due is none that was broken. */
function endedOtherwise({ endedAt, missedAt }: PastClock): number | null {
  return missedAt === null ? endedAt : null;
}

function isLate({ at }: Past, { dueAt, endedAt, missedAt }: PastClock): boolean {
  return missedAt !== null || (endedAt === null && dueAt !== null && dueAt < at);
}

/** What happened in a run: what was given last in it, who accepted, who had the case. */
function shiftOf(past: Past, { process, data }: PastCase, run: PastClock) {
  const accepted = metBy(past, run);
  const until = accepted?.number ?? Infinity;
  const given = eventsOf(past, process, 'handOverGiven').findLast(
    ({ number, record }) =>
      number > run.started.number && number < until && record.at <= (run.endedAt ?? Infinity),
  );
  const engineer = data.engineers.findLast(({ engagedAt }) => engagedAt <= run.started.record.at);
  return { accepted, given, engineer: engineer?.personId ?? null };
}

/** The calendar that counted at the site when the case was opened. */
function calendarOf(past: Past, { data, process }: PastCase): CalendarVersion | undefined {
  const version = process.started.record.calendars[data.calendarId];
  return past.calendars[`${data.calendarId}@${String(version)}`];
}

function hoursAt(at: number, calendar: CalendarVersion): string {
  const { spans, holiday } = openDayOf(localDayOf(at, calendar), calendar);
  if (spans.some(({ fromMs, toMs }) => fromMs <= at && at < toMs)) return 'open';
  return holiday === undefined ? 'closed' : `holiday: ${holiday}`;
}

function minutesBetween(fromMs: number, toMs: number): number {
  return Math.round((toMs - fromMs) / MINUTE_MS);
}
