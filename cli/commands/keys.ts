/** `careplus keys`: API keys of people and programs. */
import type { Command } from 'commander';
import { z } from 'zod';
import { typed } from '../api-client.js';
import { badInput } from '../failure.js';
import { didYouMean } from '../nearest.js';
import { wholeNumber } from '../options.js';
import { group, leaf, type Session, type Shell } from '../shell.js';

interface CreateOptions {
  readonly person: string;
  readonly label: string;
  readonly scope?: readonly string[];
  readonly expires?: string;
}

interface RotateOptions {
  readonly grace?: number;
  readonly expires?: string;
}

const SCOPES = ['read', 'command', 'administer'] as const;
const DAY_MS = 86_400_000;

const shownKey = z.object({
  id: z.string(),
  key: z.string(),
  scopes: z.array(z.string()).default([]),
  expiresAt: z.string().nullish(),
});

const keyRows = z.object({
  items: z.array(
    z.object({
      id: z.string(),
      personId: z.string().nullish(),
      label: z.string().nullish(),
      scopes: z.array(z.string()).default([]),
      expiresAt: z.string().nullish(),
      graceUntil: z.string().nullish(),
      lastUsedAt: z.string().nullish(),
    }),
  ),
});

export function keyCommands(program: Command, shell: Shell): void {
  const keys = group(program, 'keys', 'create, list, rotate and revoke API keys');
  leaf(keys, 'create', 'make an API key; it is shown once', [
    "keys create --person sam-rivers --label 'report' --scope read --expires 30d",
  ])
    .requiredOption('--person <person>', 'whose key it is')
    .requiredOption('--label <text>', 'where it is used')
    .option('--scope <scope...>', `what it is for: ${SCOPES.join(', ')} (default read and command)`)
    .option('--expires <when>', 'when it ends: 30d, 2027-01-01, or an instant')
    .action(shell.action((session, options: CreateOptions) => create(session, options)));
  leaf(keys, 'list', 'the keys, without their secrets', ['keys list --person sam-rivers'])
    .option('--person <person>', "somebody else's, as a policy administrator")
    .action(shell.action((session, options: { person?: string }) => list(session, options.person)));
  leaf(keys, 'rotate <id>', 'give a key a new secret; the one before may go on for a while', [
    'keys rotate key_0190abcd --grace 24',
  ])
    .option('--grace <hours>', 'how long the secret before still opens (default: not at all)', wholeNumber)
    .option('--expires <when>', 'when the key ends: 30d, 2027-01-01, or an instant')
    .action(shell.action((session, id: string, options: RotateOptions) => rotate(session, id, options)));
  leaf(keys, 'revoke <id>', 'end a key now', ['keys revoke key_0190abcd']).action(
    shell.action(async (session, id: string) => {
      const { body } = await session.api.send(pathOf(id), { method: 'DELETE' });
      session.answer(body ?? { id, revoked: true }, () => `${session.paint.green('Revoked')}: ${id}.`);
    }),
  );
}

function pathOf(id: string): string {
  return `/v1/api-keys/${encodeURIComponent(id)}`;
}

async function create(session: Session, { person, label, scope, expires }: CreateOptions): Promise<void> {
  const { body } = await session.api.send('/v1/api-keys', {
    body: {
      personId: person,
      label,
      ...(scope === undefined ? {} : { scopes: scopesOf(scope) }),
      ...endOf(session, expires),
    },
  });
  session.answer(body, () => shown(session, typed(shownKey, body), `of ${person}`));
}

async function rotate(session: Session, id: string, { grace, expires }: RotateOptions): Promise<void> {
  const { body } = await session.api.send(`${pathOf(id)}/rotate`, {
    body: { ...(grace === undefined ? {} : { graceHours: grace }), ...endOf(session, expires) },
  });
  session.answer(body, () =>
    [
      shown(session, typed(shownKey, body), 'has a new secret'),
      grace === undefined || grace === 0
        ? 'The secret before does not open any more.'
        : `The secret before opens for ${String(grace)} h more.`,
    ].join('\n'),
  );
}

/** The key itself stands alone on its line, however long it is: it is copied. */
function shown(
  session: Session,
  { id, key, scopes, expiresAt }: z.infer<typeof shownKey>,
  what: string,
): string {
  return [
    `Key ${id} ${what}; it is shown this once:`,
    `  ${key}`,
    ...(scopes.length > 0 ? [`  for: ${scopes.join(', ')}`] : []),
    ...(expiresAt ? [`  ends: ${session.time(expiresAt)}`] : []),
    'Use it: export CAREPLUS_API_KEY=<key>',
  ].join('\n');
}

/** `--scope read command`, `--scope read,command` and both options twice mean the same. */
function scopesOf(given: readonly string[]): readonly string[] {
  const words = given.flatMap((word) => word.split(',')).map((word) => word.trim());
  const strange = words.find((word) => !SCOPES.some((scope) => scope === word));
  if (strange === undefined) return [...new Set(words)];
  throw badInput(
    `"${strange}" is no scope${didYouMean(strange, SCOPES)}.`,
    `Choose of ${SCOPES.join(', ')}.`,
  );
}

function endOf(session: Session, text: string | undefined): { readonly expiresAt?: string } {
  if (text === undefined) return {};
  const days = /^(\d{1,4})d$/.exec(text)?.[1];
  if (days !== undefined) {
    return { expiresAt: new Date(session.io.now() + Number(days) * DAY_MS).toISOString() };
  }
  return { expiresAt: /^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00Z` : text };
}

async function list(session: Session, person: string | undefined): Promise<void> {
  const { body } = await session.api.get('/v1/api-keys', { person });
  const { items } = typed(keyRows, body);
  session.answer(body, () =>
    items.length === 0
      ? 'No key yet.'
      : session.table(
          [
            { header: 'Key', whole: true },
            { header: 'Label' },
            { header: 'For' },
            { header: 'Ends' },
            { header: 'Last used' },
          ],
          items.map((row) => [
            row.id,
            `${row.label ?? ''}${row.personId ? `\n${row.personId}` : ''}`,
            row.scopes.join(', '),
            row.expiresAt ? session.time(row.expiresAt) : 'never',
            row.lastUsedAt ? session.time(row.lastUsedAt) : 'never',
          ]),
        ),
  );
}
