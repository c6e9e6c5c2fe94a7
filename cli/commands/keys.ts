/** `careplus keys`: API keys of people and programs. */
import type { Command } from 'commander';
import { z } from 'zod';
import { typed } from '../api-client.js';
import { group, leaf, type Session, type Shell } from '../shell.js';

interface CreateOptions {
  readonly person: string;
  readonly label: string;
  readonly expires?: string;
}

const keyRows = z.object({
  items: z.array(
    z.object({
      id: z.string(),
      personId: z.string().nullish(),
      label: z.string().nullish(),
      createdAt: z.string().nullish(),
      expiresAt: z.string().nullish(),
      revokedAt: z.string().nullish(),
    }),
  ),
});

export function keyCommands(program: Command, shell: Shell): void {
  const keys = group(program, 'keys', 'create, list and revoke API keys');
  leaf(keys, 'create', 'make an API key; it is shown once', [
    "keys create --person sam-rivers --label 'laptop'",
  ])
    .requiredOption('--person <person>', 'whose key it is')
    .requiredOption('--label <text>', 'where it is used')
    .option('--expires <instant>', 'when it ends, such as 2027-01-01T00:00:00Z')
    .action(shell.action((session, options: CreateOptions) => create(session, options)));
  leaf(keys, 'list', 'the keys, without their secrets', ['keys list']).action(
    shell.action((session) => list(session)),
  );
  leaf(keys, 'revoke <id>', 'end a key now', ['keys revoke 0190abcd']).action(
    shell.action(async (session, id: string) => {
      const { body } = await session.api.send(`/v1/api-keys/${encodeURIComponent(id)}`, { method: 'DELETE' });
      session.answer(body ?? { id, revoked: true }, () => `${session.paint.green('Revoked')}: ${id}.`);
    }),
  );
}

async function create(session: Session, { person, label, expires }: CreateOptions): Promise<void> {
  const { body } = await session.api.send('/v1/api-keys', {
    body: { personId: person, label, ...(expires === undefined ? {} : { expiresAt: expires }) },
  });
  const { id, key } = typed(z.object({ id: z.string(), key: z.string() }), body);
  session.answer(body, () =>
    [
      `Key ${id} of ${person}; it is shown this once:`,
      `  ${key}`,
      'Use it: export CAREPLUS_API_KEY=<key>',
    ].join('\n'),
  );
}

async function list(session: Session): Promise<void> {
  const { body } = await session.api.get('/v1/api-keys');
  const { items } = typed(keyRows, body);
  session.answer(body, () =>
    items.length === 0
      ? 'No key yet.'
      : session.table(
          [{ header: 'Key', whole: true }, { header: 'Person' }, { header: 'Label' }, { header: 'Ends' }],
          items.map((row) => [
            row.id,
            row.personId ?? '',
            row.label ?? '',
            row.revokedAt
              ? `revoked ${session.time(row.revokedAt)}`
              : row.expiresAt
                ? session.time(row.expiresAt)
                : 'never',
          ]),
        ),
  );
}
