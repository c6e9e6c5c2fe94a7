/** `careplus matrix`: import contacts, see them, ask who is to be called at any instant, print the page for bad days. */
import { Option, type Command } from 'commander';
import { z } from 'zod';
import { allPages, typed } from '../api-client.js';
import { badInput, type ExitCode } from '../failure.js';
import { readText } from '../files/source-file.js';
import { writePrivateFile } from '../files/private-file.js';
import { instant } from '../options.js';
import { contactChanges } from '../output/matrix.js';
import { counted } from '../output/text.js';
import { settle } from '../settle.js';
import { group, leaf, type Session, type Shell } from '../shell.js';

interface ImportOptions {
  readonly contract?: string;
  readonly from?: string;
  readonly dropMany?: boolean;
  readonly check?: boolean;
  readonly yes?: boolean;
}
interface WhoOptions {
  readonly level: string;
  readonly side: string;
  readonly at?: string;
}
interface PrintOptions {
  readonly format: 'pdf' | 'text';
  readonly out?: string;
  readonly force?: boolean;
}

const version = z.object({
  version: z.number(),
  inForceFrom: z.string().nullable(),
  inForceTo: z.string().nullable(),
  ageDays: z.number().nullable(),
  agreedBy: z.object({ provider: z.string().nullable(), endUser: z.string().nullable() }),
  reason: z.string(),
  selfAgreed: z.array(z.string()),
});
const contact = z.object({
  id: z.string(),
  name: z.string(),
  phone: z.string().nullable(),
  level: z.string(),
  side: z.string(),
  role: z.string(),
  hours: z.string(),
  zone: z.string(),
  deputyId: z.string().nullable(),
  authorisedCaller: z.boolean(),
  mayApprove: z.array(z.string()),
});
const shown = z.object({
  processId: z.string().nullable(),
  inForce: version.extend({ contacts: z.array(contact) }).nullable(),
  draft: version.extend({ contacts: z.array(contact) }).nullable(),
  confirmedAt: z.string().nullable(),
  staleSince: z.string().nullable(),
});
const called = z.object({
  at: z.string(),
  version,
  approvers: z.array(z.object({ name: z.string(), mayApprove: z.array(z.string()) })),
  calls: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      phone: z.string().nullable(),
      level: z.string(),
      role: z.string(),
      deputyOf: z.string().nullable(),
      inHours: z.boolean(),
    }),
  ),
});
const imported = z.object({
  processId: z.string(),
  contacts: z.number(),
  diff: z.array(z.object({ path: z.string(), before: z.unknown(), after: z.unknown() })),
  gaps: z.array(z.string()),
});

export function matrixCommands(program: Command, shell: Shell): void {
  const matrix = group(program, 'matrix', 'contacts of both sides: import, show, who is called, print');
  leaf(matrix, 'import <file>', 'read a CSV table of contacts, show what changes, store it as a draft', [
    'matrix import examples/matrix/tailspin-contacts.csv --contract tailspin-2026 --as robin-lake',
    'matrix import contacts.csv --contract tailspin-2026 --check',
  ])
    .option('--contract <contract>', 'whose matrix; needed when you see more than one contract')
    .option('--from <instant>', 'in force from; without it as soon as both sides have agreed', instant)
    .option('--drop-many', 'it is meant that many contacts of the matrix in force are gone')
    .option('--check', 'say what is wrong and what would change; store nothing')
    .option('--yes', 'store the draft without asking')
    .action(
      shell.action((session, file: string, options: ImportOptions) => importContacts(session, file, options)),
    );
  leaf(matrix, 'show <contract>', 'the matrix in force, and the draft beside it', [
    'matrix show tailspin-2026',
  ]).action(shell.action((session, id: string) => show(session, id)));
  leaf(matrix, 'who <contract>', 'who is to be called, in which order, at any past or future instant', [
    'matrix who tailspin-2026 --level 2 --at 2026-12-24T03:00:00+01:00',
    'matrix who tailspin-2026 --side provider',
  ])
    .option('--level <level>', 'from this level upwards, 0 to 4', levelOption, 'L0')
    .addOption(
      new Option('--side <side>', 'whose people').choices(['endUser', 'provider']).default('endUser'),
    )
    .option('--at <instant>', 'instead of now', instant)
    .action(shell.action((session, id: string, options: WhoOptions) => who(session, id, options)));
  leaf(matrix, 'print <contract>', 'the page that works when the system is down', [
    'matrix print tailspin-2026 --out matrix.pdf',
    'matrix print tailspin-2026 --format text',
  ])
    .addOption(new Option('--format <format>', 'pdf or text').choices(['pdf', 'text']).default('pdf'))
    .option('--out <file>', 'instead of matrix-<contract>.pdf; text goes to the screen')
    .option('--force', 'replace the file')
    .action(shell.action((session, id: string, options: PrintOptions) => print(session, id, options)));
}

function levelOption(text: string): string {
  const [, digit] = /^L?([0-4])$/i.exec(text) ?? [];
  if (digit === undefined) throw badInput(`${text} is not a level.`, 'The levels are 0 to 4.');
  return `L${digit}`;
}

const base = (contractId: string) => `/v1/contracts/${encodeURIComponent(contractId)}/matrix`;

/** Nothing is stored when anything is wrong (exit code 2) or the difference was not approved (1). */
async function importContacts(session: Session, file: string, options: ImportOptions): Promise<ExitCode> {
  const table = readText(session.io.cwd, file);
  const contractId = options.contract ?? (await onlyContract(session));
  const { from, dropMany = false } = options;
  const send = (apply: boolean) =>
    session.api.send(`${base(contractId)}/import`, {
      body: { table, dropMany, apply, ...(from === undefined ? {} : { from }) },
    });
  const looked = await send(false);
  const { contacts, diff, gaps } = typed(imported, looked.body);
  const told = [
    `${counted(contacts, 'contact')} read; against the matrix in force:`,
    contactChanges(diff, session),
    ...(gaps.length === 0 ? [] : ['', `Still missing before it can be shared: ${gaps.join(', ')}`]),
  ].join('\n');
  if (options.check) {
    session.answer(looked.body, () => `${told}\nNothing was stored.`);
    return 0;
  }
  session.remark(told);
  if (!options.yes) {
    if (!session.io.ask || session.json)
      throw badInput('Nobody can be asked here; nothing was stored.', 'Look with --check, then add --yes.');
    if (!(await session.io.ask('Store it as the draft?'))) {
      session.remark('Nothing was stored.');
      return 1;
    }
  }
  const { answer, body } = await settle(session, await send(true));
  session.answer(
    body,
    () =>
      `${session.paint.green('Stored as the draft')}: ${answer.processId ?? contractId}\nNext: careplus do ${contractId}/contactMatrix share`,
  );
  return 0;
}

async function onlyContract(session: Session): Promise<string> {
  const contracts = z.object({ items: z.array(z.object({ contractId: z.string() })) });
  const { items } = typed(contracts, await allPages(session.api, '/v1/contracts'));
  const [only] = items;
  if (only && items.length === 1) return only.contractId;
  throw badInput('It is not clear whose matrix this is.', 'Say it: --contract <contract>.');
}

async function show(session: Session, id: string): Promise<void> {
  const { body } = await session.api.get(base(id));
  const { inForce, draft, staleSince, confirmedAt } = typed(shown, body);
  session.answer(body, () =>
    [
      inForce ? versionLine(inForce, session) : 'No version is in force.',
      ...(confirmedAt ? [`Last agreed or re-confirmed ${session.time(confirmedAt)}`] : []),
      ...(staleSince ? [session.paint.red(`Stale since ${session.time(staleSince)}`)] : []),
      ...(inForce ? [contactTable(inForce.contacts, session)] : []),
      ...(draft
        ? [
            '',
            `Draft: version ${String(draft.version)}${agreement(draft)}`,
            contactTable(draft.contacts, session),
          ]
        : []),
      `Next: careplus next ${id}/contactMatrix`,
    ].join('\n'),
  );
}

type Version = z.infer<typeof version>;

function versionLine(
  { version: number, inForceFrom, ageDays, ...rest }: Version,
  session: Session,
  says = 'Version',
): string {
  const age = ageDays === null ? '' : `, ${counted(ageDays, 'day')} old`;
  const until = rest.inForceTo === null ? '' : ` until ${session.time(rest.inForceTo)}`;
  return session.prose(
    `${says} ${String(number)}, in force since ${session.time(inForceFrom)}${until}${age}${agreement(rest)}`,
  );
}

function agreement({ agreedBy, reason }: Pick<Version, 'agreedBy' | 'reason'>): string {
  if (reason === 'leaver') return ', the one before without a leaver';
  const { provider, endUser } = agreedBy;
  if (provider === null && endUser === null) return ', agreed by nobody yet';
  return `, agreed by ${[provider, endUser].filter((id) => id !== null).join(' and ')}`;
}

function contactTable(contacts: readonly z.infer<typeof contact>[], session: Session): string {
  return session.table(
    [
      { header: 'Level', whole: true },
      { header: 'Who' },
      { header: 'Phone', whole: true },
      { header: 'Hours' },
      { header: 'May' },
    ],
    contacts.map((one) => [
      one.level,
      `${one.name}\n${one.id}, ${one.role}${one.deputyId ? `\ndeputy ${one.deputyId}` : ''}`,
      one.phone ?? '-',
      `${one.hours}\n${one.zone}`,
      [...(one.authorisedCaller ? ['call'] : []), ...one.mayApprove].join(', ') || one.side,
    ]),
  );
}

async function who(session: Session, id: string, { level, side, at }: WhoOptions): Promise<void> {
  const { body } = await session.api.get(`${base(id)}/who`, { level, side, at });
  const answer = typed(called, body);
  session.answer(body, () =>
    [
      `To be called at ${session.time(answer.at)}, from ${level} upwards:`,
      answer.calls.length === 0
        ? `  nobody: the matrix has no contact of the ${side} side there`
        : session.table(
            [
              { header: '', right: true },
              { header: 'Phone', whole: true },
              { header: 'Who' },
              { header: 'Level', whole: true },
              { header: 'Why' },
            ],
            answer.calls.map((one, index) => [
              String(index + 1),
              session.bold(one.phone ?? '-'),
              `${one.name}\n${one.role}`,
              one.level,
              `${one.deputyOf ? `deputy of ${one.deputyOf}, ` : ''}${one.inHours ? 'in hours' : 'out of hours'}`,
            ]),
          ),
      ...(answer.approvers.length === 0
        ? []
        : [
            session.prose(
              `May approve: ${answer.approvers.map((one) => `${one.name} (${one.mayApprove.join(', ')})`).join('; ')}`,
            ),
          ]),
      versionLine(answer.version, session, 'From version'),
    ].join('\n'),
  );
}

async function print(session: Session, id: string, options: PrintOptions): Promise<void> {
  const { format, out, force = false } = options;
  const { body } = await session.api.get(`${base(id)}/page.${format === 'pdf' ? 'pdf' : 'txt'}`);
  if (typeof body === 'string' && out === undefined) {
    session.answer({ page: body }, () => body.trimEnd());
    return;
  }
  if (typeof body !== 'string' && !Buffer.isBuffer(body)) throw new Error('The page is text or a PDF.');
  const file = writePrivateFile(session.io.cwd, out ?? `matrix-${id}.pdf`, body, force);
  session.answer(
    { file },
    () =>
      `${session.paint.green('Written')}: ${file}\nIt names people: keep it where only those who call find it.`,
  );
}
