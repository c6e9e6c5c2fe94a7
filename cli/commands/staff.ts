/** `careplus staff`: the Provider's own people. */
import type { Command } from 'commander';
import { z } from 'zod';
import { typed } from '../api-client.js';
import type { ExitCode } from '../failure.js';
import { sendFile, tellProblems } from '../files/send.js';
import { openSource } from '../files/source-file.js';
import { group, leaf, type Session, type Shell } from '../shell.js';

const staffRow = z.object({
  id: z.string(),
  name: z.string().nullish(),
  grants: z.array(z.string()).default([]),
  deputy: z.string().nullish(),
  active: z.boolean().nullish(),
});
const staff = z.object({ items: z.array(staffRow).optional(), staff: z.array(staffRow).optional() });

export function staffCommands(program: Command, shell: Shell): void {
  const commands = group(program, 'staff', "the Provider's own people and what they may do");
  leaf(commands, 'list', 'the people of the Provider', ['staff list']).action(
    shell.action((session) => list(session)),
  );
  leaf(commands, 'import <file>', 'replace the list by that of a provider file', [
    'staff import examples/provider.yaml --as kim-field',
  ]).action(shell.action((session, file: string) => importFile(session, file)));
}

async function list(session: Session): Promise<void> {
  const { body } = await session.api.get('/v1/staff');
  const read = typed(staff, body);
  const rows = read.items ?? read.staff ?? [];
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
            row.deputy ?? '',
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
  session.answer(
    sent.answer.body,
    () => `${session.paint.green('Stored')}: the people of ${name}.\nNext: careplus staff list`,
  );
  return 0;
}
