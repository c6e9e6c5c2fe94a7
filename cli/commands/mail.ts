/** `careplus mail`: what the development mail catcher holds. */
import type { Command } from 'commander';
import { z } from 'zod';
import { ApiClient, typed, type Answer } from '../api-client.js';
import { CliFailure } from '../failure.js';
import { harmless } from '../output/text.js';
import { group, leaf, type Session, type Shell } from '../shell.js';
import { wholeNumber } from '../options.js';

interface ListOptions {
  readonly to?: string;
}

const message = z.object({
  n: z.number(),
  receivedAt: z.string(),
  kind: z.string().nullish(),
  from: z.string(),
  to: z.array(z.string()),
  subject: z.string(),
});
const messages = z.object({ messages: z.array(message) });
const wholeMessage = message.extend({ text: z.string().nullish() });

export function mailCommands(program: Command, shell: Shell): void {
  const mail = group(program, 'mail', 'read what the development mail catcher holds');
  leaf(
    mail,
    'list',
    'the messages, newest first (also without the word list)',
    ['mail list --to maria.stone@northwind.example'],
    { isDefault: true },
  )
    .option('--to <address>', 'only to this address')
    .action(shell.action((session, options: ListOptions) => list(session, options)));
  leaf(mail, 'show <number>', 'one message as text', ['mail show 3']).action(
    shell.action((session, number: string) => show(session, number)),
  );
}

async function list(session: Session, { to }: ListOptions): Promise<void> {
  const { body } = await ask(session, '/messages.json', { to });
  const { messages: all } = typed(messages, body);
  session.answer(body, () =>
    all.length === 0
      ? 'No mail yet.'
      : session.table(
          [
            { header: 'No.', right: true, whole: true },
            { header: 'Received', whole: true },
            { header: 'To' },
            { header: 'Subject' },
          ],
          all.map((each) => [
            String(each.n),
            session.time(each.receivedAt),
            each.to.join(', '),
            `${each.kind && each.kind !== 'mail' ? `[${each.kind}] ` : ''}${each.subject}`,
          ]),
        ),
  );
}

async function show(session: Session, number: string): Promise<void> {
  const { body } = await ask(session, `/messages/${String(wholeNumber(number))}.json`, {});
  const one = typed(wholeMessage, body);
  session.answer(body, () =>
    [
      session.paint.bold(harmless(one.subject)),
      `  From      ${harmless(one.from)}`,
      `  To        ${harmless(one.to.join(', '))}`,
      `  Received  ${session.time(one.receivedAt)}`,
      '',
      // Links must stay whole, so nothing is wrapped here.
      harmless(one.text ?? '(no text part)').trimEnd(),
    ].join('\n'),
  );
}

async function ask(session: Session, path: string, query: { to?: string | undefined }): Promise<Answer> {
  const { mailUrl } = session.settings;
  const catcher = new ApiClient({ url: mailUrl, mailUrl, as: undefined, key: undefined }, session.io.pause);
  try {
    return await catcher.get(path, query);
  } catch (error) {
    if (!(error instanceof CliFailure) || error.facts.code !== 'API_UNREACHABLE') throw error;
    throw new CliFailure(
      {
        exitCode: 69,
        code: 'MAIL_UNREACHABLE',
        text: `The mail catcher at ${mailUrl} does not answer:\nis it running? npm start`,
        remedy: 'It runs in development only; with SMTP_URL set, mail goes to a real server.',
      },
      { cause: error },
    );
  }
}
