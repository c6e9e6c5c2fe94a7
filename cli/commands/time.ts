/** `careplus time`: due instants and elapsed business time; with a calendar file, computed here without any server. */
import type { Command } from 'commander';
import { z } from 'zod';
import { typed } from '../api-client.js';
import { badInput, type ExitCode } from '../failure.js';
import { buildCalendar, isCalendarId, isFile } from '../files/calendar.js';
import { tellProblems } from '../files/send.js';
import { instantMs } from '../options.js';
import { harmless } from '../output/text.js';
import { group, leaf, type Session, type Shell } from '../shell.js';

interface DueOptions {
  readonly calendar: string;
  readonly from: string;
  readonly add: string;
}
interface ElapsedOptions {
  readonly calendar: string;
  readonly from: string;
  readonly to: string;
}
/** As commander gives them: what must be there depends on `--csv`. */
interface Given extends Partial<DueOptions & ElapsedOptions> {
  readonly csv?: string;
  readonly out?: string;
}

const line = z.union([z.string(), z.object({ text: z.string() })]);
const dueAnswer = z.object({
  due: z.string(),
  dueLocal: z.string().nullish(),
  steps: z.array(line).default([]),
});
const elapsedAnswer = z.object({ ms: z.number(), text: z.string().nullish() });

export function timeCommands(program: Command, shell: Shell): void {
  const time = group(program, 'time', 'when is it due, and how much business time has passed');
  const dueCommand = leaf(time, 'due', 'the due instant of a duration, explained line by line', [
    "time due --calendar examples/calendars/berlin-office.yaml --from 2026-12-23T15:00+01:00 --add '4 business hours'",
    'time due --csv questions.csv --calendar berlin-office --out answers.csv',
  ])
    .option('--calendar <calendar>', 'a calendar file, or a calendar of the installation')
    .option('--from <instant>', 'with its offset, such as 2026-12-23T15:00+01:00')
    .option('--add <duration>', "such as '4 business hours', '10 bd', '1 month'");
  bulkOptions(dueCommand, 'add').action(
    shell.action(async (session, given: Given) =>
      isBulk(given, ['from', 'add'])
        ? (await import('./time-bulk.js')).bulk(session, 'due', given)
        : due(session, complete(given, ['calendar', 'from', 'add'])),
    ),
  );
  const elapsedCommand = leaf(time, 'elapsed', 'the open time between two instants', [
    'time elapsed --calendar berlin-office --from 2026-12-23T15:00Z --to 2026-12-28T10:00Z',
    'time elapsed --csv - < questions.csv',
  ])
    .option('--calendar <calendar>', 'a calendar file, or a calendar of the installation')
    .option('--from <instant>', 'with its offset')
    .option('--to <instant>', 'with its offset');
  bulkOptions(elapsedCommand, 'to').action(
    shell.action(async (session, given: Given) =>
      isBulk(given, ['from', 'to'])
        ? (await import('./time-bulk.js')).bulk(session, 'elapsed', given)
        : elapsed(session, complete(given, ['calendar', 'from', 'to'])),
    ),
  );
}

function bulkOptions(command: Command, last: string): Command {
  return command
    .option(
      '--csv <file>',
      `answer a table with the columns calendar, from, ${last}; - reads the standard input`,
    )
    .option('--out <file>', 'where the answers of --csv go (default the standard output)');
}

function isBulk(given: Given, single: readonly (keyof Given)[]): given is Given & { readonly csv: string } {
  if (given.csv === undefined) {
    if (given.out !== undefined) throw badInput('--out goes with --csv.');
    return false;
  }
  const both = single.find((name) => given[name] !== undefined);
  if (both !== undefined) throw badInput(`--${both} and --csv do not go together.`, 'Give one of the two.');
  return true;
}

/** The options of a single question, which must all be there. */
function complete<N extends keyof Given>(given: Given, names: readonly N[]): Record<N, string> {
  const missing = names.find((name) => given[name] === undefined);
  if (missing !== undefined)
    throw badInput(
      `--${missing} is missing.`,
      `Give ${names.map((name) => `--${name}`).join(', ')}, or --csv.`,
    );
  return Object.fromEntries(names.map((name) => [name, given[name] ?? ''])) as Record<N, string>;
}

async function due(session: Session, options: DueOptions): Promise<ExitCode> {
  const fromMs = instantMs(options.from, '--from');
  const { parseDuration } = await import('../../domain/time/duration.js');
  const duration = parseDuration(options.add);
  if (!duration.ok) throw badInput(`--add: ${duration.problem}.`);
  if (!isFile(session, options.calendar)) {
    const { body } = await session.api.send('/v1/time/due', {
      body: {
        calendar: calendarId(options.calendar),
        from: new Date(fromMs).toISOString(),
        add: options.add,
      },
    });
    const answer = typed(dueAnswer, body);
    session.answer(body, () => dueText(session.time(answer.due, answer.dueLocal), answer.steps, session));
    return 0;
  }
  const built = await buildCalendar(session, options.calendar);
  if (!built.ok) return tellProblems(session, built.source, built.problems, 'the calendar cannot be used');
  const { addDuration, formatLocal } = await import('../../domain/time/business.js');
  const { dueMs, steps } = inRange(() => addDuration(fromMs, duration.value, built.calendar));
  const dueLocal = formatLocal(dueMs, built.calendar.zone);
  session.answer({ due: new Date(dueMs).toISOString(), dueLocal, steps }, () =>
    dueText(dueLocal, steps, session),
  );
  return 0;
}

function dueText(local: string, steps: readonly z.infer<typeof line>[], session: Session): string {
  const lines = steps.map((step) =>
    session.prose(harmless(typeof step === 'string' ? step : step.text), '  '),
  );
  return [`Due ${session.paint.bold(local)}`, ...lines].join('\n');
}

async function elapsed(session: Session, options: ElapsedOptions): Promise<ExitCode> {
  const fromMs = instantMs(options.from, '--from');
  const toMs = instantMs(options.to, '--to');
  const { formatElapsed } = await import('../../domain/time/local-time.js');
  const told = (ms: number) => `${ms < 0 ? '-' : ''}${formatElapsed(Math.abs(ms))} of open time`;
  if (!isFile(session, options.calendar)) {
    const { body } = await session.api.send('/v1/time/elapsed', {
      body: {
        calendar: calendarId(options.calendar),
        from: new Date(fromMs).toISOString(),
        to: new Date(toMs).toISOString(),
      },
    });
    session.answer(body, () => told(typed(elapsedAnswer, body).ms));
    return 0;
  }
  const built = await buildCalendar(session, options.calendar);
  if (!built.ok) return tellProblems(session, built.source, built.problems, 'the calendar cannot be used');
  const { elapsedBusinessMs } = await import('../../domain/time/business.js');
  const ms = inRange(() => elapsedBusinessMs(fromMs, toMs, built.calendar));
  session.answer({ ms, hours: ms / 3_600_000, text: formatElapsed(Math.abs(ms)) }, () => told(ms));
  return 0;
}

/** What is neither a file nor the name of a calendar is a mistyped path. */
function calendarId(name: string): string {
  if (isCalendarId(name)) return name;
  throw badInput(
    `--calendar: there is no file ${name}.`,
    'Name a calendar file, or a calendar that careplus calendar list shows.',
  );
}

/** The library throws RangeError for instants and amounts beyond its limits. */
function inRange<T>(compute: () => T): T {
  try {
    return compute();
  } catch (error) {
    if (error instanceof RangeError) throw badInput(error.message);
    throw error;
  }
}
