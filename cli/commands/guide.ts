/** `careplus guide`: publish versions of the User Guide. */
import type { Command } from 'commander';
import { z } from 'zod';
import { typed } from '../api-client.js';
import { counted } from '../output/text.js';
import { readText } from '../files/source-file.js';
import { group, leaf, type Session, type Shell } from '../shell.js';
import { wholeNumber } from '../options.js';

interface PublishOptions {
  readonly version: number;
  readonly language: string;
  readonly title: string;
  readonly document: string;
}

const documents = z.object({
  items: z.array(
    z.object({
      documentId: z.string(),
      version: z.union([z.number(), z.string()]),
      language: z.string().nullish(),
      title: z.string().nullish(),
      sha256: z.string().nullish(),
    }),
  ),
});

export function guideCommands(program: Command, shell: Shell): void {
  const guide = group(program, 'guide', 'publish and list versions of the User Guide');
  leaf(guide, 'publish <file>', 'publish a Markdown file as a version of the User Guide', [
    "guide publish guide-en.md --version 2 --language en --title 'User Guide'",
  ])
    .requiredOption('--version <number>', 'the version of the document', wholeNumber)
    .requiredOption('--language <language>', 'en or de')
    .requiredOption('--title <title>', 'as the End User reads it')
    .option('--document <id>', 'id of the document', 'user-guide')
    .action(
      shell.action((session, file: string, options: PublishOptions) => publish(session, file, options)),
    );
  leaf(guide, 'list', 'the published documents', ['guide list']).action(
    shell.action((session) => list(session)),
  );
}

async function publish(session: Session, file: string, options: PublishOptions): Promise<void> {
  const { body } = await session.api.send('/v1/documents', {
    body: {
      documentId: options.document,
      version: options.version,
      language: options.language,
      title: options.title,
      body: readText(session.io.cwd, file),
    },
  });
  const { sha256, told } = typed(z.object({ sha256: z.string(), told: z.number().default(0) }), body);
  session.answer(
    body,
    () =>
      `${session.paint.green('Published')}: ${options.title}, version ${String(options.version)} (${options.language})\n  SHA-256 ${sha256}\n  ${counted(told, 'hand-over')} under way ${told === 1 ? 'was' : 'were'} told.`,
  );
}

async function list(session: Session): Promise<void> {
  const { body } = await session.api.get('/v1/documents');
  const { items } = typed(documents, body);
  session.answer(body, () =>
    items.length === 0
      ? 'No document yet.'
      : session.table(
          [
            { header: 'Document' },
            { header: 'Version', right: true },
            { header: 'Language' },
            { header: 'Title' },
            { header: 'SHA-256' },
          ],
          items.map((row) => [
            row.documentId,
            String(row.version),
            row.language ?? '',
            row.title ?? '',
            row.sha256?.slice(0, 12) ?? '',
          ]),
        ),
  );
}
