/** `careplus calendar`: business calendars as files, drafts and approved versions. */
import type { Command } from 'commander';
import { z } from 'zod';
import { WEEKDAYS } from '../../domain/time/calendar.js';
import { typed } from '../api-client.js';
import type { ExitCode } from '../failure.js';
import { buildCalendar } from '../files/calendar.js';
import { sendFile, tellProblems } from '../files/send.js';
import { group, leaf, type Session, type Shell } from '../shell.js';
import { drafted, draftedText, versionRow, versionTable } from '../versions.js';
import { wholeNumber } from '../options.js';

const interval = z.object({ opens: z.string(), closes: z.string() });
const calendarView = z.object({
  versions: z.array(versionRow),
  body: z.object({
    title: z.string(),
    zone: z.string(),
    weekly: z.record(z.string(), z.array(interval)),
    holidays: z.array(z.object({ date: z.string(), name: z.string() })).default([]),
  }),
});

export function calendarCommands(program: Command, shell: Shell): void {
  const calendar = group(program, 'calendar', 'import, list, show and approve calendars');
  leaf(calendar, 'import <file>', 'check a calendar file and store it as a draft version', [
    'calendar import examples/calendars/berlin-office.yaml --as kim-field',
  ])
    .option('--check', 'say what is wrong; store nothing')
    .action(
      shell.action((session, file: string, options: { check?: boolean }) =>
        importFile(session, file, options.check === true),
      ),
    );
  leaf(calendar, 'list', 'the calendars of the installation', ['calendar list']).action(
    shell.action((session) => list(session)),
  );
  leaf(calendar, 'show <calendar>', 'one calendar with its hours and holidays', [
    'calendar show berlin-office',
  ]).action(shell.action((session, id: string) => show(session, id)));
  leaf(calendar, 'approve <calendar> <version>', 'approve a draft that somebody else made', [
    'calendar approve berlin-office 2 --as dana-hill',
  ]).action(
    shell.action((session, id: string, version: string) => approve(session, 'calendars', id, version)),
  );
}

async function importFile(session: Session, name: string, check: boolean): Promise<ExitCode> {
  const built = await buildCalendar(session, name);
  if (!built.ok) return tellProblems(session, built.source, built.problems);
  const { calendar, notes, source } = built;
  const told = [
    `${calendar.title} (${calendar.id}), ${calendar.zone}: ${String(calendar.holidays.length)} holidays`,
    ...notes.map((note) => session.prose(note, '  ')),
  ].join('\n');
  if (check) {
    session.answer(
      { file: name, stored: false, problems: [], notes },
      () => `${told}\nThe file is right. Nothing was stored.`,
    );
    return 0;
  }
  const sent = await sendFile(session, source, () =>
    session.api.send('/v1/calendars', { body: source.value }),
  );
  if (!sent.ok) return sent.code;
  const draft = typed(drafted, sent.answer.body);
  session.answer(sent.answer.body, () => [told, draftedText('calendar', calendar.id, draft)].join('\n'));
  return 0;
}

async function show(session: Session, id: string): Promise<void> {
  const { body } = await session.api.get(`/v1/calendars/${encodeURIComponent(id)}`);
  const read = typed(calendarView, body);
  session.answer(body, () => {
    const { title, zone, weekly, holidays } = read.body;
    const hours = WEEKDAYS.map((day) => {
      const open = (weekly[day] ?? []).map(({ opens, closes }) => `${opens} to ${closes}`);
      return `  ${day.padEnd(11)}${open.join(', ') || 'closed'}`;
    });
    const today = new Date(session.io.now()).toISOString().slice(0, 10);
    const dates = holidays.filter(({ date }) => date >= today).map(({ date, name }) => [date, name]);
    return [
      `${session.paint.bold(title)} (${id}), ${zone}`,
      ...hours,
      '',
      ...(dates.length > 0
        ? [session.table([{ header: 'Closed from now on', whole: true }, { header: 'Name' }], dates), '']
        : []),
      versionTable(read.versions, session),
    ].join('\n');
  });
}

async function list(session: Session): Promise<void> {
  const { body } = await session.api.get('/v1/calendars');
  const { items } = typed(z.object({ items: z.array(versionRow) }), body);
  session.answer(body, () => (items.length === 0 ? 'No calendar yet.' : versionTable(items, session)));
}

/** Approval of a draft of a calendar, policy or rota; its author may not. */
export async function approve(
  session: Session,
  kind: 'calendars' | 'policies' | 'rotas',
  id: string,
  version: string,
): Promise<void> {
  const { body } = await session.api.send(
    `/v1/${kind}/${encodeURIComponent(id)}/versions/${String(wholeNumber(version))}/approve`,
  );
  session.answer(body, () => `${session.paint.green('Approved')}: ${id} version ${version}.`);
}
