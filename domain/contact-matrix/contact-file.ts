/** Contacts as people give them: a row of a CSV table or a JSON object, with names and numbers (service spec §4.2). */
import { Temporal } from 'temporal-polyfill';
import { z } from 'zod';
import { personId, reach, zone } from '../contract/contract-file.js';
import {
  ALWAYS,
  approvals,
  contactRoleNames,
  contactRoles,
  levels,
  sides,
  type Contact,
  type Side,
} from './matrix.js';

const day = z.iso.date('a date such as 2026-12-01');

export const contactRowSchema = z
  .strictObject({
    id: personId,
    side: z.enum(sides),
    role: z.enum(contactRoleNames, {
      error: `an unknown role; the roles are ${contactRoleNames.join(', ')}`,
    }),
    level: z.enum(levels),
    name: reach.name,
    phone: reach.phone.describe('Answered at any time of day'),
    email: reach.email,
    zone,
    language: reach.language,
    hours: z
      .union([z.literal(ALWAYS), personId], { error: `${ALWAYS}, or the id of a calendar` })
      .describe('24x7, or the id of a calendar'),
    deputy: personId.optional(),
    authorisedCaller: z.boolean().default(false),
    mayApprove: z.array(z.enum(approvals)).max(approvals.length).default([]),
    validFrom: day.optional().describe('The first day, in his zone'),
    validTo: day.optional().describe('The last day, in his zone'),
  })
  .superRefine((row, context) => {
    for (const { column, problem } of rowProblems(row))
      context.addIssue({ code: 'custom', path: [column], message: problem });
  });
export type ContactRow = z.infer<typeof contactRowSchema>;

/** More are no matrix but an address book. */
export const MOST_CONTACTS = 300;

export const contactRowsSchema = z
  .array(contactRowSchema)
  .min(1)
  .max(MOST_CONTACTS)
  .superRefine((rows, context) => {
    for (const { row, column, problem } of crossProblems(rows))
      context.addIssue({ code: 'custom', path: [row, column], message: problem });
  });

function rowProblems(row: {
  readonly side: Side;
  readonly role: keyof typeof contactRoles;
  readonly mayApprove: readonly string[];
  readonly authorisedCaller: boolean;
  readonly validFrom?: string | undefined;
  readonly validTo?: string | undefined;
}): { column: string; problem: string }[] {
  const { side, role, validFrom, validTo } = row;
  const ofEndUser = (column: string) => ({ column, problem: 'only people of the End User call and approve' });
  return [
    ...((contactRoles[role] as readonly Side[]).includes(side)
      ? []
      : [{ column: 'role', problem: `is a role of the ${contactRoles[role].join(' or ')} side` }]),
    ...(side === 'provider' && row.mayApprove.length > 0 ? [ofEndUser('mayApprove')] : []),
    ...(side === 'provider' && row.authorisedCaller ? [ofEndUser('authorisedCaller')] : []),
    ...(validFrom !== undefined && validTo !== undefined && validTo < validFrom
      ? [{ column: 'validTo', problem: `ends before it starts (${validFrom})` }]
      : []),
  ];
}

/** As much of a row as can be held against the others, whatever is wrong with the rest of it. */
interface LegibleRow {
  readonly id?: string | undefined;
  readonly side?: string | undefined;
  readonly deputy?: string | undefined;
}

/** What only shows when rows are held against each other; `row` counts from 0, `lineOf` says how it is called. */
function crossProblems(
  rows: readonly LegibleRow[],
  lineOf: (index: number) => number = (index) => index + 1,
): { row: number; column: string; problem: string }[] {
  return rows.flatMap(({ id, side, deputy }, row) => {
    const first = rows.findIndex((other) => other.id === id);
    const stood = id !== undefined && first < row;
    const deputyRow = rows.find((other) => other.id === deputy);
    return [
      ...(stood
        ? [{ row, column: 'id', problem: `the person ${id} stands already in row ${String(lineOf(first))}` }]
        : []),
      ...(deputy === undefined ? [] : deputyProblems(deputy, deputyRow, { id, side })).map((problem) => ({
        row,
        column: 'deputy',
        problem,
      })),
    ];
  });
}

function deputyProblems(deputy: string, found: LegibleRow | undefined, of: LegibleRow): string[] {
  if (deputy === of.id) return ['nobody is his own deputy'];
  if (!found) return [`no row has the id ${deputy}`];
  return found.side === of.side ? [] : [`${deputy} stands on the other side`];
}

/** What of a row goes into the process; name, number, address and language stay in rows that can be erased. */
export function contactOf(row: ContactRow): Contact {
  const { id, side, role, level, hours, deputy, authorisedCaller, mayApprove } = row;
  const dayStart = (date: string, days: number) =>
    Temporal.PlainDate.from(date).add({ days }).toZonedDateTime(row.zone).epochMilliseconds;
  return {
    personId: id,
    side,
    role,
    level,
    zone: row.zone,
    hours,
    deputyId: deputy ?? null,
    authorisedCaller,
    mayApprove,
    validFrom: row.validFrom === undefined ? null : dayStart(row.validFrom, 0),
    validTo: row.validTo === undefined ? null : dayStart(row.validTo, 1),
  };
}

/** The row again, from what the process holds and how the person is reached. */
export function rowOfContact(
  contact: Contact,
  reached: {
    readonly name: string;
    readonly phone: string;
    readonly email: string;
    readonly language: 'en' | 'de';
  },
): ContactRow {
  const {
    personId: id,
    side,
    role,
    level,
    zone: own,
    hours,
    deputyId,
    authorisedCaller,
    mayApprove,
  } = contact;
  const { validFrom, validTo } = contact;
  return {
    id,
    side,
    role,
    level,
    ...reached,
    zone: own,
    hours,
    ...(deputyId === null ? {} : { deputy: deputyId }),
    authorisedCaller,
    mayApprove,
    ...(validFrom === null ? {} : { validFrom: dayOf(validFrom, own, 0) }),
    ...(validTo === null ? {} : { validTo: dayOf(validTo, own, -1) }),
  };
}

function dayOf(instant: number, inZone: string, days: number): string {
  return Temporal.Instant.fromEpochMilliseconds(instant)
    .toZonedDateTimeISO(inZone)
    .toPlainDate()
    .add({ days })
    .toString();
}

/** Columns of the table, in the order in which it is written; the names of the JSON form. */
export const contactColumns = [
  'id',
  'side',
  'role',
  'level',
  'name',
  'phone',
  'email',
  'zone',
  'language',
  'hours',
  'deputy',
  'authorisedCaller',
  'mayApprove',
  'validFrom',
  'validTo',
] as const;
type Column = (typeof contactColumns)[number];
const optional: readonly string[] = [
  'language',
  'deputy',
  'authorisedCaller',
  'mayApprove',
  'validFrom',
  'validTo',
];

/** One thing wrong; `row` is the line of the file, 1 for the header, and 0 for the table as a whole. */
export interface TableProblem {
  readonly row: number;
  readonly column: string;
  readonly problem: string;
}

export interface TableRead {
  /** None: every row can be taken. */
  readonly problems: readonly TableProblem[];
  /** The rows that are right in themselves, with their lines in the file. */
  readonly rows: readonly { readonly line: number; readonly row: ContactRow }[];
  /** Everybody whom the table names, also in rows that are wrong. */
  readonly ids: readonly string[];
}

interface TableRecord {
  readonly cells: readonly string[];
  /** In the file, counting from 1. */
  readonly line: number;
}

/** Reads the cells of a table, header first: every problem is named with its row and column, so that all can be mended. */
export function readContactTable(records: readonly TableRecord[]): TableRead {
  const [header, ...body] = records;
  const columns = (header?.cells ?? []).map((cell) => cell.trim());
  const unreadable = header
    ? [...readHeader(columns), ...readSize(body.length)]
    : [whole('the table is empty')];
  if (unreadable.length > 0) return { problems: unreadable, rows: [], ids: [] };
  const objects = body.map(({ cells }) => objectOf(columns, cells));
  const read = body.map(({ cells, line }, index) => readRow(columns, cells, line, objects[index] ?? {}));
  const lineOf = (index: number) => body[index]?.line ?? 0;
  const across = crossProblems(objects as LegibleRow[], lineOf).map(({ row, column, problem }) => ({
    row: lineOf(row),
    column,
    problem,
  }));
  return {
    problems: [...read.flatMap(({ problems }) => problems), ...across].sort((a, b) => a.row - b.row),
    rows: read.flatMap(({ line, row }) => (row ? [{ line, row }] : [])),
    ids: objects.flatMap(({ id }) => (typeof id === 'string' ? [id] : [])),
  };
}

function readRow(
  columns: readonly string[],
  cells: readonly string[],
  line: number,
  object: Record<string, unknown>,
): { line: number; row?: ContactRow; problems: TableProblem[] } {
  if (cells.length !== columns.length) {
    const problem = `has ${String(cells.length)} columns, and the header has ${String(columns.length)}`;
    return { line, problems: [{ row: line, column: '', problem }] };
  }
  const read = contactRowSchema.safeParse(object);
  if (read.success) return { line, row: read.data, problems: [] };
  const own = read.error.issues.map(({ path, message }) => ({
    row: line,
    column: String(path[0] ?? ''),
    problem: message,
  }));
  // Fields of the wrong kind end the reading early; what the rest says against each other is named all the same.
  const legible = legibleFields.safeParse(object).data;
  const across = legible ? rowProblems(legible).map((one) => ({ row: line, ...one })) : [];
  return {
    line,
    problems: [...own, ...across.filter((one) => !own.some(({ column }) => column === one.column))],
  };
}

const legibleFields = z.object({
  side: z.enum(sides),
  role: z.enum(contactRoleNames),
  mayApprove: z.array(z.string()).catch([]),
  authorisedCaller: z.boolean().catch(false),
  validFrom: day.optional().catch(undefined),
  validTo: day.optional().catch(undefined),
});

function whole(problem: string): TableProblem {
  return { row: 0, column: '', problem };
}

function readSize(contacts: number): TableProblem[] {
  if (contacts === 0) return [whole('the table has no contact')];
  return contacts > MOST_CONTACTS ? [whole(`has more than ${String(MOST_CONTACTS)} contacts`)] : [];
}

function readHeader(columns: readonly string[]): TableProblem[] {
  const known: readonly string[] = contactColumns;
  const problem = (column: string, text: string) => ({ row: 1, column, problem: text });
  return [
    ...columns.flatMap((name, index) => {
      if (!known.includes(name))
        return [problem(name, `there is no such column; they are ${known.join(', ')}`)];
      return columns.indexOf(name) === index ? [] : [problem(name, 'the column stands twice')];
    }),
    ...known
      .filter((name) => !columns.includes(name) && !optional.includes(name))
      .map((name) => problem(name, 'the column is missing')),
  ];
}

/** Empty cells are absent fields; lists stand with semicolons or blanks between their members. */
function objectOf(columns: readonly string[], cells: readonly string[]): Record<string, unknown> {
  const fields = columns.flatMap((column, index): [string, unknown][] => {
    const cell = (cells[index] ?? '').trim();
    return cell === '' ? [] : [[column, valueOf(column as Column, cell)]];
  });
  return Object.fromEntries(fields);
}

function valueOf(column: Column, cell: string): unknown {
  if (column === 'mayApprove') return cell.split(/[;\s]+/).filter((one) => one !== '');
  if (column !== 'authorisedCaller') return cell;
  // Anything else is refused by the schema, which wants yes or no.
  return { yes: true, no: false, true: true, false: false }[cell.toLowerCase()] ?? cell;
}
