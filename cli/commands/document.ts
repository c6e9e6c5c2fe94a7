/** `careplus document`: start the hand-over of a document, publish and list versions; `careplus guide` for the User Guide. */
import { Option, type Command } from 'commander';
import { z } from 'zod';
import { documentKind, kindLabels, type DocumentKind } from '../../domain/document/kinds.js';
import { processView, stepAnswer } from '../answers.js';
import { typed } from '../api-client.js';
import type { ExitCode } from '../failure.js';
import { sendFile, tellProblems } from '../files/send.js';
import { openSource, readText } from '../files/source-file.js';
import { wholeNumber } from '../options.js';
import { counted } from '../output/text.js';
import { findProcess } from '../process-names.js';
import { settle } from '../settle.js';
import { group, leaf, type Session, type Shell } from '../shell.js';

interface PublishOptions {
  readonly kind: DocumentKind;
  readonly version: number;
  readonly language: string;
  readonly title: string;
  readonly document?: string;
  readonly contract?: string;
}

interface ListOptions {
  readonly kind?: DocumentKind;
  readonly contract?: string;
}

interface InForceOptions {
  readonly kind: DocumentKind;
  readonly at?: string;
}

const standing = z.object({
  at: z.string(),
  inForce: z
    .object({
      documentId: z.string(),
      version: z.number(),
      language: z.string(),
      title: z.string(),
      sha256: z.string(),
      since: z.string(),
      processId: z.string(),
      eventId: z.string(),
    })
    .nullable(),
  notApplicable: z
    .object({
      reason: z.string(),
      signedBy: z.string(),
      signedAt: z.string(),
      processId: z.string(),
      eventId: z.string(),
    })
    .nullable(),
});

const documents = z.object({
  items: z.array(
    z.object({
      documentId: z.string(),
      kind: z.string(),
      version: z.union([z.number(), z.string()]),
      language: z.string().nullish(),
      title: z.string().nullish(),
      sha256: z.string().nullish(),
    }),
  ),
});

export function documentCommands(program: Command, shell: Shell): void {
  const document = group(program, 'document', 'hand documents over, publish and list their versions');
  leaf(document, 'start <contract>', 'start the hand-over of a document for an active contract', [
    'document start northwind-2026 --kind outageGuideline --as sam-rivers',
  ])
    .addOption(kindOption().makeOptionMandatory())
    .action(
      shell.action((session, contract: string, { kind }: { kind: DocumentKind }) =>
        start(session, contract, kind),
      ),
    );
  publishing(document, 'document', shell)
    .addOption(kindOption().makeOptionMandatory())
    .option('--contract <contract>', 'of every kind but the User Guide');
  leaf(document, 'list', 'the published documents', ['document list --contract northwind-2026'])
    .addOption(kindOption())
    .option('--contract <contract>', 'only those of this contract')
    .action(shell.action((session, options: ListOptions) => list(session, options)));
  leaf(document, 'in-force <contract>', 'what is in force, now or at any instant', [
    'document in-force northwind-2026 --kind outageGuideline --at 2026-12-24T03:00+01:00',
  ])
    .addOption(kindOption().makeOptionMandatory())
    .option('--at <instant>', 'an instant with its offset; without it now')
    .action(
      shell.action((session, contract: string, options: InForceOptions) =>
        inForce(session, contract, options),
      ),
    );

  const guide = group(program, 'guide', 'publish and list versions of the User Guide');
  publishing(guide, 'guide', shell).addOption(kindOption().default('userGuide').hideHelp());
  leaf(guide, 'list', 'the published versions of the User Guide', ['guide list']).action(
    shell.action((session) => list(session, { kind: 'userGuide' })),
  );
}

function kindOption(): Option {
  return new Option('--kind <kind>', 'kind of the document').choices(documentKind.options);
}

function publishing(parent: Command, name: string, shell: Shell): Command {
  const kind = name === 'guide' ? '' : ' --kind userGuide';
  return leaf(parent, 'publish <file>', 'publish a file as a version: Markdown, an outage guideline YAML', [
    `${name} publish guide-en.md${kind} --version 2 --language en --title 'User Guide'`,
  ])
    .requiredOption('--version <number>', 'the version of the document', wholeNumber)
    .requiredOption('--language <language>', 'en or de')
    .requiredOption('--title <title>', 'as the End User reads it')
    .option('--document <id>', 'id of the document; without it the kind, such as user-guide')
    .action(
      shell.action((session, file: string, options: PublishOptions) => publish(session, file, options)),
    );
}

async function start(session: Session, contractId: string, kind: DocumentKind): Promise<void> {
  const sent = await session.api.send('/v1/processes/document', { body: { contractId, kind } });
  const given = sent.status === 202 ? undefined : typed(stepAnswer, sent.body);
  const { answer } = await settle(session, sent);
  const name = `${contractId}/${kind}`;
  const processId = answer.processId ?? given?.processId ?? (await findProcess(session.api, name));
  const { body } = await session.api.get(`/v1/processes/${processId}`);
  session.answer(body, () => {
    const { owner } = typed(processView, body);
    return [
      `${session.paint.green('Started')}: ${processId}, ${kindLabels[kind]}, owner ${owner?.name ?? owner?.id ?? '-'}`,
      `Next: careplus next ${name}`,
    ].join('\n');
  });
}

/** Ids of documents are in lower case with dashes: `user-guide`, and of one contract `outage-guideline-northwind-2026`. */
function idOf(kind: DocumentKind, contract: string | undefined): string {
  const name = kind.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return contract === undefined ? name : `${name}-${contract}`.slice(0, 63);
}

async function publish(session: Session, file: string, options: PublishOptions): Promise<ExitCode> {
  const { kind, version, language, title, contract } = options;
  const facts = {
    kind,
    documentId: options.document ?? idOf(kind, contract),
    version,
    language,
    title,
    contractId: contract,
  };
  if (kind !== 'outageGuideline') {
    const body = { ...facts, body: readText(session.io.cwd, file) };
    return published(session, options, (await session.api.send('/v1/documents', { body })).body);
  }
  const source = openSource(session.io.cwd, file);
  if (source.broken.length > 0) return tellProblems(session, source, source.broken);
  const body = { ...facts, content: source.value ?? {} };
  const sent = await sendFile(session, source, () => session.api.send('/v1/documents', { body }));
  return sent.ok ? published(session, options, sent.answer.body) : sent.code;
}

function published(session: Session, { title, version, language }: PublishOptions, body: unknown): ExitCode {
  const { sha256, told } = typed(z.object({ sha256: z.string(), told: z.number().default(0) }), body);
  session.answer(
    body,
    () =>
      `${session.paint.green('Published')}: ${title}, version ${String(version)} (${language})\n  SHA-256 ${sha256}\n  ${counted(told, 'hand-over')} under way ${told === 1 ? 'was' : 'were'} told.`,
  );
  return 0;
}

async function list(session: Session, options: ListOptions): Promise<void> {
  const { body } = await session.api.get('/v1/documents', { ...options });
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

async function inForce(session: Session, contract: string, { kind, at }: InForceOptions): Promise<void> {
  const path = `/v1/contracts/${encodeURIComponent(contract)}/documents/${kind}/in-force`;
  const { body } = await session.api.get(path, { at: instantOf(at) });
  session.answer(body, () => {
    const { inForce: found, notApplicable: signed, at: asked } = typed(standing, body);
    const title = `${kindLabels[kind]} of ${contract}, ${session.time(asked)}`;
    if (found)
      return [
        session.paint.bold(title),
        `  Version ${String(found.version)} (${found.language}) of ${found.documentId}: ${found.title}`,
        `  In force since ${session.time(found.since)}`,
        `  by event ${found.eventId}`,
        `  SHA-256 ${found.sha256}`,
      ].join('\n');
    if (signed)
      return [
        session.paint.bold(title),
        `  Not applicable, signed by ${signed.signedBy} on ${session.time(signed.signedAt)}`,
        `  by event ${signed.eventId}`,
        session.prose(signed.reason, '  '),
      ].join('\n');
    return `${title}\n  None is in force, and nobody has signed that none is needed.`;
  });
}

/** The API takes seconds too; people leave them out. */
function instantOf(text: string | undefined): string | undefined {
  return text?.replace(/(T\d{2}:\d{2})(Z|[+-]\d{2}:\d{2})$/, '$1:00$2');
}
