/** `careplus rota`: who is on duty, from files that are drafted by one and approved by another. */
import type { Command } from 'commander';
import { z } from 'zod';
import { typed } from '../api-client.js';
import type { ExitCode } from '../failure.js';
import { placed } from '../files/check.js';
import { sendFile, tellProblems } from '../files/send.js';
import { openSource } from '../files/source-file.js';
import { harmless } from '../output/text.js';
import { group, leaf, type Session, type Shell } from '../shell.js';
import { drafted, draftedText, versionRow, versionTable } from '../versions.js';
import { approve } from './calendar.js';

const problems = z.array(z.object({ path: z.string(), problem: z.string() }));
const checkAnswer = z.object({ problems, holes: problems, notes: z.array(z.string()) });
const someone = z.object({ id: z.string(), name: z.string() });
const whoAnswer = z.object({
  at: z.string(),
  engineers: z.array(someone),
  dutyManager: someone.nullable(),
  supportDirector: someone.nullable(),
});
const rotaAnswer = z.object({
  versions: z.array(versionRow),
  body: z.object({
    title: z.string(),
    zone: z.string(),
    firstDay: z.string(),
    lastDay: z.string(),
    fallback: z.string().optional(),
    shifts: z.array(
      z.object({
        duty: z.string(),
        people: z.array(z.string()),
        days: z.array(z.string()),
        from: z.string(),
        to: z.string(),
        zone: z.string().optional(),
      }),
    ),
  }),
});

export function rotaCommands(program: Command, shell: Shell): void {
  const rota = group(program, 'rota', 'who is on duty: import, approve and ask rotas');
  leaf(rota, 'import <file>', 'check a rota for holes and store it as a draft version', [
    'rota import examples/rotas/senior-desk.yaml --as kim-field',
  ])
    .option('--check', 'say what is wrong; store nothing')
    .action(
      shell.action((session, file: string, options: { check?: boolean }) =>
        options.check === true ? check(session, file) : importFile(session, file),
      ),
    );
  leaf(rota, 'list', 'the rotas of the installation', ['rota list']).action(
    shell.action((session) => list(session)),
  );
  leaf(rota, 'show <rota>', 'one rota with its shifts and versions', ['rota show senior-desk']).action(
    shell.action((session, id: string) => show(session, id)),
  );
  leaf(rota, 'approve <rota> <version>', 'approve a draft that somebody else made', [
    'rota approve senior-desk 2 --as dana-hill',
  ]).action(shell.action((session, id: string, version: string) => approve(session, 'rotas', id, version)));
  leaf(rota, 'who', 'who is on duty, now or at an instant', ['rota who --at 2026-12-24T03:00+01:00'])
    .option('--at <instant>', 'with its offset; without it now')
    .action(shell.action((session, { at }: { at?: string }) => who(session, at)));
}

async function check(session: Session, name: string): Promise<ExitCode> {
  const source = openSource(session.io.cwd, name);
  const { body } = await session.api.send('/v1/rotas/check', { body: source.value });
  const read = typed(checkAnswer, body);
  const wrong = [...read.problems, ...read.holes];
  if (wrong.length > 0) return tellProblems(session, source, placed(source, wrong));
  session.answer(body, () => [...read.notes, 'The rota has no hole. Nothing was stored.'].join('\n'));
  return 0;
}

async function importFile(session: Session, name: string): Promise<ExitCode> {
  const source = openSource(session.io.cwd, name);
  const sent = await sendFile(session, source, () => session.api.send('/v1/rotas', { body: source.value }));
  if (!sent.ok) return sent.code;
  const draft = typed(drafted.extend({ id: z.string() }), sent.answer.body);
  session.answer(sent.answer.body, () =>
    [
      ...draft.notes.map((note) => session.prose(harmless(note), '  ')),
      draftedText('rota', draft.id, draft),
    ].join('\n'),
  );
  return 0;
}

async function list(session: Session): Promise<void> {
  const { body } = await session.api.get('/v1/rotas');
  const { items } = typed(z.object({ items: z.array(versionRow) }), body);
  session.answer(body, () => (items.length === 0 ? 'No rota yet.' : versionTable(items, session)));
}

async function show(session: Session, id: string): Promise<void> {
  const { body } = await session.api.get(`/v1/rotas/${encodeURIComponent(id)}`);
  session.answer(body, () => {
    const read = typed(rotaAnswer, body);
    const { title, zone, firstDay, lastDay, fallback, shifts } = read.body;
    const rows = shifts.map((one) => [
      one.duty,
      `${one.from} to ${one.to}`,
      one.days.length === 7 ? 'every day' : one.days.join(', '),
      one.zone ?? zone,
      one.people.map(harmless).join(', '),
    ]);
    return [
      `${session.paint.bold(harmless(title))} (${id}), ${firstDay} to ${lastDay}`,
      ...(fallback === undefined ? [] : [`  Wherever nobody is on duty: ${harmless(fallback)}`]),
      session.table(
        [
          { header: 'Duty' },
          { header: 'Hours', whole: true },
          { header: 'Days' },
          { header: 'Zone' },
          { header: 'People' },
        ],
        rows,
      ),
      '',
      versionTable(read.versions, session),
    ].join('\n');
  });
}

async function who(session: Session, at: string | undefined): Promise<void> {
  const query = at === undefined ? '' : `?at=${encodeURIComponent(at)}`;
  const { body } = await session.api.get(`/v1/rotas/who${query}`);
  session.answer(body, () => {
    const read = typed(whoAnswer, body);
    const names = (people: readonly z.infer<typeof someone>[]) =>
      people.map(({ name, id }) => `${harmless(name)} (${id})`).join(', ') || 'nobody';
    const only = (person: z.infer<typeof someone> | null) => names(person === null ? [] : [person]);
    return [
      `On duty at ${session.time(read.at)}`,
      `  Engineers         ${names(read.engineers)}`,
      `  Duty Manager      ${only(read.dutyManager)}`,
      `  Support Director  ${only(read.supportDirector)}`,
    ].join('\n');
  });
}
