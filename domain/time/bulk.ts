// Many questions of business time at once: a table whose lines are answered one by one, each bad one told by its field.
import { addDuration, elapsedBusinessMs, formatLocal } from './business.js';
import type { CalendarVersion } from './calendar.js';
import { parseDuration } from './duration.js';
import { parseInstant } from './instant.js';
import { formatElapsed } from './local-time.js';
import { nearest } from './nearest.js';

/** `due`: calendar, from, add. `elapsed`: calendar, from, to. */
export type BulkKind = 'due' | 'elapsed';

const ASKED = { due: ['calendar', 'from', 'add'], elapsed: ['calendar', 'from', 'to'] } as const;
const ANSWERED = { due: ['due', 'dueLocal'], elapsed: ['ms', 'hours', 'text'] } as const;

/** Cells longer than any instant, duration or name of a calendar are somebody else's table. */
const LONGEST_CELL = 300;

/** The columns of the answer: where it stood, what was asked, what came out, what was wrong. */
export function answerColumns(kind: BulkKind): readonly string[] {
  return ['line', ...ASKED[kind], ...ANSWERED[kind], 'problem'];
}

/** The position of each column of the question; -1 for a calendar that the caller gives for all lines. */
export interface Header {
  readonly calendar: number;
  readonly from: number;
  /** `add` or `to`. */
  readonly last: number;
  readonly width: number;
}

type Read<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly field: string; readonly problem: string };

/** Reads the header row: the columns in any order, each once; `hasDefault` makes the calendar column optional. */
export function readHeader(kind: BulkKind, cells: readonly string[], hasDefault: boolean): Read<Header> {
  const known: readonly string[] = ASKED[kind];
  const names = cells.map((cell) => cell.trim());
  for (const [index, name] of names.entries()) {
    if (!known.includes(name)) return { ok: false, field: name, problem: unknownColumn(name, known) };
    if (names.indexOf(name) !== index) return { ok: false, field: name, problem: 'the column stands twice' };
  }
  const missing = known.find((name) => !names.includes(name) && !(name === 'calendar' && hasDefault));
  if (missing !== undefined)
    return {
      ok: false,
      field: missing,
      problem: `the column is missing; the columns are ${known.join(', ')}`,
    };
  const [calendar, from, last] = known.map((name) => names.indexOf(name));
  return {
    ok: true,
    value: { calendar: calendar ?? -1, from: from ?? -1, last: last ?? -1, width: names.length },
  };
}

function unknownColumn(name: string, known: readonly string[]): string {
  const [near] = nearest(
    name,
    known.map((shown) => ({ shown, names: [shown] })),
    1,
  );
  const hint = near === undefined ? `the columns are ${known.join(', ')}` : `did you mean ${near}?`;
  return `there is no such column; ${hint}`;
}

/** One line of the question. */
export interface AskedLine {
  readonly line: number;
  /** Empty: the calendar that was given for all lines. */
  readonly calendar: string;
  readonly from: string;
  /** What `add` or `to` holds. */
  readonly last: string;
}

/** The cells of a line under the header, or what is wrong with their number. */
export function askedLine(header: Header, cells: readonly string[], line: number): Read<AskedLine> {
  if (cells.length !== header.width) {
    const problem = `has ${String(cells.length)} columns, and the header has ${String(header.width)}`;
    return { ok: false, field: 'line', problem };
  }
  const cell = (at: number) => (at < 0 ? '' : (cells[at] ?? '').trim());
  if (cells.some((text) => text.length > LONGEST_CELL))
    return {
      ok: false,
      field: 'line',
      problem: `holds more than ${String(LONGEST_CELL)} letters in one column`,
    };
  const { calendar, from, last } = header;
  return { ok: true, value: { line, calendar: cell(calendar), from: cell(from), last: cell(last) } };
}

/** A line of the answer, by column. */
export type AnswerLine = Readonly<Record<string, string | number>>;

/** Answers a line under its calendar; what is wrong stands in the column `problem`, behind the field's name. */
export function answerLine(kind: BulkKind, asked: AskedLine, calendar: CalendarVersion): AnswerLine {
  const computed = compute(kind, asked, calendar);
  return computed.ok
    ? { ...questionOf(kind, asked), ...computed.value }
    : badLine(kind, asked, computed.field, computed.problem);
}

/** A line that could not be answered. */
export function badLine(
  kind: BulkKind,
  asked: Partial<AskedLine> & { readonly line: number },
  field: string,
  problem: string,
): AnswerLine {
  return { ...questionOf(kind, asked), problem: `${field}: ${problem}` };
}

function questionOf(
  kind: BulkKind,
  { line, calendar = '', from = '', last = '' }: Partial<AskedLine>,
): AnswerLine {
  return { line: line ?? 0, calendar, from, [ASKED[kind][2]]: last };
}

function compute(kind: BulkKind, asked: AskedLine, calendar: CalendarVersion): Read<AnswerLine> {
  const from = parseInstant(asked.from);
  if (!from.ok) return { ...from, field: 'from' };
  try {
    return kind === 'due' ? due(from.value, asked.last, calendar) : elapsed(from.value, asked.last, calendar);
  } catch (error) {
    // Instants far away, and calendars that never open: a mistake of this line, not of the program.
    if (!(error instanceof RangeError)) throw error;
    return { ok: false, field: 'line', problem: error.message };
  }
}

function due(fromMs: number, add: string, calendar: CalendarVersion): Read<AnswerLine> {
  const duration = parseDuration(add);
  if (!duration.ok) return { ok: false, field: 'add', problem: duration.problem };
  const { dueMs } = addDuration(fromMs, duration.value, calendar);
  return {
    ok: true,
    value: { due: new Date(dueMs).toISOString(), dueLocal: formatLocal(dueMs, calendar.zone) },
  };
}

function elapsed(fromMs: number, toText: string, calendar: CalendarVersion): Read<AnswerLine> {
  const to = parseInstant(toText);
  if (!to.ok) return { ok: false, field: 'to', problem: to.problem };
  const ms = elapsedBusinessMs(fromMs, to.value, calendar);
  const text = `${ms < 0 ? '-' : ''}${formatElapsed(Math.abs(ms))}`;
  return { ok: true, value: { ms, hours: Math.round(ms / 36_000) / 100, text } };
}
