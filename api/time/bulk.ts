/** A table of time questions in one request: text/csv in, text/csv out, each bad line told in its own row. */
import { parse } from 'csv-parse/sync';
import { stringify } from 'csv-stringify/sync';
import { z } from 'zod';
import { readVersion } from '../../db/read/set-up.js';
import {
  answerColumns,
  answerLine,
  askedLine,
  badLine,
  readHeader,
  type AnswerLine,
  type BulkKind,
} from '../../domain/time/bulk.js';
import type { CalendarVersion } from '../../domain/time/calendar.js';
import type { Dependencies } from '../dependencies.js';
import { Breather } from '../http/breather.js';
import { problem } from '../http/problems.js';
import type { Reply } from '../http/reply.js';
import { idText } from '../http/schemas.js';

/** A larger table is sent in parts. */
export const MOST_LINES = 10_000;
/** Each is a look into the store. */
const MOST_CALENDARS = 50;
/** One request computes at most this long; an amount of thousands of days is hundreds of times the work of one day. */
const MOST_WORK_MS = 10_000;

export const bulkQuery = z.strictObject({
  calendar: idText.optional().describe('With a text/csv body: the calendar of the lines that name none'),
});

/** Answers every line under the calendars that the caller may see; 422 when the table itself cannot be read. */
export async function answerTable(
  deps: Dependencies,
  caller: { readonly id: string },
  kind: BulkKind,
  table: { readonly text: string; readonly calendar: string | undefined },
): Promise<Reply> {
  const read = recordsOf(table.text);
  if (!read.ok) return problem('BODY_INVALID', { problems: [{ path: '(table)', problem: read.problem }] });
  const [first, ...records] = read.records;
  if (!first)
    return problem('BODY_INVALID', { problems: [{ path: '(table)', problem: 'has no header row' }] });
  const header = readHeader(kind, first.cells, table.calendar !== undefined);
  if (!header.ok)
    return problem('BODY_INVALID', { problems: [{ path: header.field, problem: header.problem }] });
  if (records.length > MOST_LINES) {
    const text = `has ${String(records.length)} lines, and at most ${String(MOST_LINES)} are taken at once`;
    return problem('BODY_INVALID', { problems: [{ path: '(table)', problem: text }] });
  }
  const calendars = new Calendars(deps, caller.id);
  const breather = new Breather();
  const answered: AnswerLine[] = [];
  for (const { cells, line } of records) {
    await breather.breathe();
    const asked = askedLine(header.value, cells, line);
    if (!asked.ok) answered.push(badLine(kind, { line }, asked.field, asked.problem));
    else if (breather.spentMs > MOST_WORK_MS) answered.push(badLine(kind, asked.value, 'line', TOO_LONG));
    else {
      const calendar = await calendars.named(asked.value.calendar || (table.calendar ?? ''));
      const { value } = asked;
      answered.push(
        typeof calendar === 'string'
          ? badLine(kind, value, 'calendar', calendar)
          : answerLine(kind, value, calendar),
      );
    }
  }
  const body = stringify(answered, {
    header: true,
    columns: [...answerColumns(kind)],
    escape_formulas: true,
  });
  return { status: 200, body, type: 'text/csv; charset=utf-8' };
}

const TOO_LONG =
  'not computed: the lines before it took the time of a whole request; send the rest by itself';

interface Record {
  readonly cells: readonly string[];
  readonly line: number;
}

function recordsOf(
  text: string,
):
  | { readonly ok: true; readonly records: readonly Record[] }
  | { readonly ok: false; readonly problem: string } {
  try {
    const rows: unknown = parse(text, {
      bom: true,
      info: true,
      relax_column_count: true,
      relax_quotes: true,
      skip_empty_lines: true,
    });
    const records = withPlaces.parse(rows);
    return { ok: true, records: records.map(({ record, info }) => ({ cells: record, line: info.lines })) };
  } catch (error) {
    const problem = csvProblem(error);
    if (problem === null) throw error;
    return { ok: false, problem };
  }
}

/** What the option `info` adds to each record. */
const withPlaces = z.array(z.object({ record: z.array(z.string()), info: z.object({ lines: z.int() }) }));

/** A text that is no table; null for anything else that went wrong. */
function csvProblem(error: unknown): string | null {
  if (typeof error !== 'object' || error === null || !('code' in error) || !('message' in error)) return null;
  return String(error.code).startsWith('CSV_') ? String(error.message) : null;
}

/** The calendars in force that a request names, each read once; a text says why one cannot be used. */
class Calendars {
  readonly #known = new Map<string, CalendarVersion | string>();

  constructor(
    private readonly deps: Dependencies,
    private readonly caller: string,
  ) {}

  async named(id: string): Promise<CalendarVersion | string> {
    const known = this.#known.get(id);
    if (known !== undefined) return known;
    if (id === '') return 'is empty, and no calendar is given for all lines';
    if (this.#known.size >= MOST_CALENDARS)
      return `more than ${String(MOST_CALENDARS)} calendars in one request`;
    const stored = idText.safeParse(id).success
      ? await readVersion(this.deps.database, this.caller, 'calendar', id)
      : null;
    // Stored by draftVersion from a version that was built and checked.
    const found = stored?.inForce
      ? (stored.body as unknown as CalendarVersion)
      : `no calendar named ${id} is in force`;
    this.#known.set(id, found);
    return found;
  }
}
