/** `careplus staff`: the Provider's own people. */
import type { Command } from 'commander';
import { z } from 'zod';
import { typed } from '../api-client.js';
import type { ExitCode } from '../failure.js';
import { sendFile, tellProblems } from '../files/send.js';
import { openSource } from '../files/source-file.js';
import { counted } from '../output/text.js';
import { group, leaf, type Session, type Shell } from '../shell.js';

const staffRow = z.object({
  id: z.string(),
  name: z.string().nullish(),
  grants: z.array(z.string()).default([]),
  deputyId: z.string().nullish(),
  active: z.boolean().nullish(),
});
const staff = z.object({ items: z.array(staffRow) });
const saved = z.object({
  saved: z.number(),
  notes: z.array(z.string()).default([]),
  apiKey: z.object({ personId: z.string(), key: z.string() }).optional(),
});

export function staffCommands(program: Command, shell: Shell): void {
  const commands = group(program, 'staff', "the Provider's own people and what they may do");
  leaf(commands, 'list', 'the people of the Provider', ['staff list']).action(
    shell.action((session) => list(session)),
  );
  leaf(commands, 'import <file>', 'save the people of a provider file; others stay', [
    'staff import examples/provider.yaml --as kim-field',
  ]).action(shell.action((session, file: string) => importFile(session, file)));
}

async function list(session: Session): Promise<void> {
  const { body } = await session.api.get('/v1/staff');
  const { items: rows } = typed(staff, body);
  session.answer(body, () =>
    rows.length === 0
      ? 'Nobody yet.\nNext: careplus staff import examples/provider.yaml'
      : session.table(
          [
            { header: 'Person', whole: true },
            { header: 'Name' },
            { header: 'Functions' },
            { header: 'Deputy' },
          ],
          rows.map((row) => [
            row.id,
            `${row.name ?? ''}${row.active === false ? ' (inactive)' : ''}`,
            row.grants.join(', '),
            row.deputyId ?? '',
          ]),
        ),
  );
}

async function importFile(session: Session, name: string): Promise<ExitCode> {
  const source = openSource(session.io.cwd, name);
  if (source.broken.length > 0) return tellProblems(session, source, source.broken);
  const sent = await sendFile(session, source, () =>
    session.api.send('/v1/staff', { method: 'PUT', body: source.value }),
  );
  if (!sent.ok) return sent.code;
  const { saved: count, notes, apiKey } = typed(saved, sent.answer.body);
  session.answer(sent.answer.body, () =>
    [
      `${session.paint.green('Saved')}: ${counted(count, 'person', 'people')}.`,
      ...notes.map((note) => session.prose(note)),
      // Only a new installation gives a key, and only now.
      ...(apiKey ? [`First API key, of ${apiKey.personId}; it is shown this once:`, `  ${apiKey.key}`] : []),
      'Next: careplus staff list',
    ].join('\n'),
  );
  return 0;
}
