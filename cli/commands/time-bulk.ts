/** `careplus time due|elapsed --csv`: a whole table at once; a bad line is told and stops no other one. */
import { resolve } from 'node:path';
import { parse } from 'csv-parse/sync';
import { stringify } from 'csv-stringify/sync';
import { z } from 'zod';
import { typed } from '../api-client.js';
import {
  answerColumns,
  answerLine,
  askedLine,
  badLine,
  readHeader,
  type AnswerLine,
  type AskedLine,
  type BulkKind,
} from '../../domain/time/bulk.js';
import type { CalendarVersion } from '../../domain/time/calendar.js';
import { badInput, CliFailure, type ExitCode } from '../failure.js';
import { buildCalendar, isCalendarId, isFile } from '../files/calendar.js';
import { tellProblems } from '../files/send.js';
import { readTable, writeTable } from '../files/table.js';
import { counted, harmless } from '../output/text.js';
import type { Session } from '../shell.js';

export interface BulkOptions {
  readonly csv: string;
  readonly out?: string;
  readonly calendar?: string;
}

/** Lines that are answered together; those of calendars of the installation are sent in one request. */
const BATCH = 500;
/** Problems that are told one by one; the column `problem` has them all. */
const MOST_TOLD = 20;

/** Answers a table; exit code 2 when a line could not be answered. */
export async function bulk(session: Session, kind: BulkKind, options: BulkOptions): Promise<ExitCode> {
  checkOptions(session, options);
  if (options.calendar !== undefined && isFile(session, options.calendar)) {
    // A calendar for all lines that is broken is told at its own lines, before anything is read.
    const built = await buildCalendar(session, options.calendar);
    if (!built.ok) return tellProblems(session, built.source, built.problems, 'the calendar cannot be used');
  }
  const run = new BulkRun(session, kind, options);
  await writeTable(session.io, options.out, answerColumns(kind), run.answers());
  return run.tell();
}

function checkOptions(session: Session, { csv, out, calendar }: BulkOptions): void {
  const { cwd } = session.io;
  if (out !== undefined && resolve(cwd, out) === resolve(cwd, csv))
    throw badInput('--out names the file that is read.', 'Name another file.');
  if (session.json && out === undefined)
    throw badInput('--json needs --out here: the answer itself is a table.', 'Add --out <file>.');
  if (calendar !== undefined && !isFile(session, calendar) && !isCalendarId(calendar))
    throw badInput(`--calendar: there is no file ${calendar}.`);
}

class BulkRun {
  #lines = 0;
  readonly #bad: { readonly line: number; readonly problem: string }[] = [];
  #badCount = 0;
  readonly #calendars: Calendars;

  constructor(
    private readonly session: Session,
    private readonly kind: BulkKind,
    private readonly options: BulkOptions,
  ) {
    this.#calendars = new Calendars(session);
  }

  async *answers(): AsyncGenerator<AnswerLine> {
    const { kind, options } = this;
    let header: Extract<ReturnType<typeof readHeader>, { ok: true }>['value'] | undefined;
    let batch: (AskedLine | AnswerLine)[] = [];
    for await (const { cells, line, broken } of readTable(this.session.io, options.csv)) {
      if (!header) {
        if (broken !== undefined) throw badInput(`${options.csv}, line ${String(line)}: ${broken}`);
        const read = readHeader(kind, cells, options.calendar !== undefined);
        if (!read.ok)
          throw badInput(`${options.csv}, line ${String(line)}, ${harmless(read.field)}: ${read.problem}`);
        header = read.value;
        continue;
      }
      const asked = broken === undefined ? askedLine(header, cells, line) : null;
      batch.push(
        asked?.ok
          ? asked.value
          : badLine(kind, { line }, asked?.field ?? 'line', asked?.problem ?? broken ?? ''),
      );
      if (batch.length < BATCH) continue;
      yield* this.#answered(batch);
      batch = [];
    }
    if (!header) throw badInput(`${options.csv} has no header row.`);
    yield* this.#answered(batch);
  }

  /** The summary: for programs the whole of it, for people beside the table. */
  tell(): ExitCode {
    const { session, options } = this;
    this.#progress(true);
    const summary = {
      lines: this.#lines,
      answered: this.#lines - this.#badCount,
      bad: this.#badCount,
      problems: this.#bad,
    };
    const { answered, bad } = summary;
    const more = bad - this.#bad.length;
    const text = [
      ...this.#bad.map(({ line, problem }) => session.prose(harmless(`line ${String(line)}, ${problem}`))),
      ...(more > 0 ? [`${String(more)} more: see the column problem.`] : []),
      `${counted(this.#lines, 'line')}: ${String(answered)} answered, ${String(bad)} with a problem.`,
    ].join('\n');
    if (session.json) session.answer({ file: options.out, ...summary }, () => '');
    else session.remark(text);
    return bad === 0 ? 0 : 2;
  }

  async *#answered(batch: readonly (AskedLine | AnswerLine)[]): AsyncGenerator<AnswerLine> {
    const local: (AnswerLine | undefined)[] = [];
    const remote: { readonly at: number; readonly asked: AskedLine }[] = [];
    for (const [at, one] of batch.entries()) {
      if (!isAsked(one)) {
        local[at] = one;
        continue;
      }
      const name = one.calendar || (this.options.calendar ?? '');
      const calendar = await this.#calendars.named(name);
      if (calendar === 'remote') remote.push({ at, asked: { ...one, calendar: name } });
      else if (typeof calendar === 'string') local[at] = badLine(this.kind, one, 'calendar', calendar);
      else local[at] = answerLine(this.kind, one, calendar);
    }
    const answers = await this.#ask(remote.map(({ asked }) => asked));
    for (const [index, { at }] of remote.entries()) local[at] = answers[index];
    for (const row of local) {
      if (!row) throw new Error('A line was left without an answer.');
      this.#count(row);
      yield row;
    }
    this.#progress(false);
  }

  /** The lines whose calendar the installation has, in one request. */
  async #ask(lines: readonly AskedLine[]): Promise<readonly AnswerLine[]> {
    if (lines.length === 0) return [];
    const { kind } = this;
    const third = kind === 'due' ? 'add' : 'to';
    const table = stringify(
      lines.map(({ calendar, from, last }) => [calendar, from, last]),
      { header: true, columns: ['calendar', 'from', third] },
    );
    const { body } = await this.session.api.send(`/v1/time/${kind}`, { table });
    const rows = typed(z.array(z.record(z.string(), z.string())).length(lines.length), rowsOf(body));
    return rows.map((row, index) => {
      const { line, calendar } = lines[index] ?? { line: 0, calendar: '' };
      return { ...restored(row), calendar, line };
    });
  }

  #count(row: AnswerLine): void {
    this.#lines += 1;
    const { problem, line } = row;
    if (problem === undefined || problem === '') return;
    this.#badCount += 1;
    if (this.#bad.length < MOST_TOLD) this.#bad.push({ line: Number(line), problem: String(problem) });
  }

  #progress(done: boolean): void {
    const { io } = this.session;
    if (io.progress) io.err(done ? '\r\u001b[K' : `\r${String(this.#lines)} lines`);
  }
}

function isAsked(one: AskedLine | AnswerLine): one is AskedLine {
  return 'last' in one;
}

function rowsOf(body: unknown): unknown {
  return typeof body === 'string' ? parse(body, { columns: true }) : body;
}

/** What the API has made harmless for spreadsheets, as it was: it is made harmless again when it is written here. */
function restored(row: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(row).map(([name, text]) => [name, text.replace(/^'(?=[-=+@])/, '')]),
  );
}

/** The calendars that the lines name: files are built once each, the others are left to the installation. */
class Calendars {
  readonly #known = new Map<string, CalendarVersion | string>();

  constructor(private readonly session: Session) {}

  /** The calendar, `remote`, or why it cannot be used. */
  async named(name: string): Promise<CalendarVersion | string> {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const found = await this.#find(name);
    this.#known.set(name, found);
    return found;
  }

  async #find(name: string): Promise<CalendarVersion | string> {
    if (name === '') return 'is empty, and no calendar is given for all lines';
    if (!isFile(this.session, name)) return isCalendarId(name) ? 'remote' : `there is no file ${name}`;
    try {
      const built = await buildCalendar(this.session, name);
      if (built.ok) return built.calendar;
      const [first] = built.problems;
      return `the file ${name} cannot be used: ${first ? `${first.path}: ${first.problem}` : 'see calendar import --check'}`;
    } catch (error) {
      if (error instanceof CliFailure) return error.facts.text;
      throw error;
    }
  }
}
