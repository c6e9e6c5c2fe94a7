/** `careplus time`: due instants and elapsed business time; with a calendar file, computed here without any server. */
import type { Command } from 'commander';
import { z } from 'zod';
import { typed } from '../api-client.js';
import { badInput, type ExitCode } from '../failure.js';
import { buildCalendar, isFile } from '../files/calendar.js';
import { tellProblems } from '../files/send.js';
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

const line = z.union([z.string(), z.object({ text: z.string() })]);
const dueAnswer = z.object({
  due: z.string(),
  dueLocal: z.string().nullish(),
  steps: z.array(line).default([]),
});
const elapsedAnswer = z.object({ ms: z.number(), text: z.string().nullish() });

export function timeCommands(program: Command, shell: Shell): void {
  const time = group(program, 'time', 'when is it due, and how much business time has passed');
  leaf(time, 'due', 'the due instant of a duration, explained line by line', [
    "time due --calendar examples/calendars/berlin-office.yaml --from 2026-12-23T15:00+01:00 --add '4 business hours'",
  ])
    .requiredOption('--calendar <calendar>', 'a calendar file, or a calendar of the installation')
    .requiredOption('--from <instant>', 'with its offset, such as 2026-12-23T15:00+01:00')
    .requiredOption('--add <duration>', "such as '4 business hours', '10 bd', '1 month'")
    .action(shell.action((session, options: DueOptions) => due(session, options)));
  leaf(time, 'elapsed', 'the open time between two instants', [
    'time elapsed --calendar berlin-office --from 2026-12-23T15:00Z --to 2026-12-28T10:00Z',
  ])
    .requiredOption('--calendar <calendar>', 'a calendar file, or a calendar of the installation')
    .requiredOption('--from <instant>', 'with its offset')
    .requiredOption('--to <instant>', 'with its offset')
    .action(shell.action((session, options: ElapsedOptions) => elapsed(session, options)));
}

async function due(session: Session, options: DueOptions): Promise<ExitCode> {
  const fromMs = instant('--from', options.from);
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
  const fromMs = instant('--from', options.from);
  const toMs = instant('--to', options.to);
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

/** An instant needs its offset: the same text without one means another instant on every machine. */
function instant(option: string, text: string): number {
  const shape = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})$/i;
  const ms = shape.test(text) ? Date.parse(text) : Number.NaN;
  const day = new Date(`${text.slice(0, 10)}T00:00:00Z`);
  const real = !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text.slice(0, 10));
  if (!Number.isNaN(ms) && real) return ms;
  throw badInput(
    `${option}: "${text}" is not an instant.`,
    'Write date, time and offset, such as 2026-12-23T15:00+01:00 or 2026-12-23T14:00Z.',
  );
}

/** What is neither a file nor the name of a calendar is a mistyped path. */
function calendarId(name: string): string {
  if (/^[a-z0-9][a-z0-9-]{0,62}$/.test(name)) return name;
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
