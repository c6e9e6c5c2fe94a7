/** `careplus audit`: verify the chain of events, decide them again, ask about them, export one process. */
import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { z } from 'zod';
import { typed } from '../api-client.js';
import { badInput, type ExitCode } from '../failure.js';
import { writePrivateFile } from '../files/private-file.js';
import { openSource } from '../files/source-file.js';
import { counted } from '../output/text.js';
import { findProcess } from '../process-names.js';
import { group, leaf, type Session, type Shell } from '../shell.js';
import { askCommand } from './audit-ask.js';
import { auditListCommands } from './audit-lists.js';
import { outsideCommands } from './audit-outside.js';
import { verifyChainFile, verifyOutside, type Outside } from './audit-verify.js';

interface ExportOptions {
  readonly output?: string;
  readonly bundle?: string;
  readonly force?: boolean;
}

interface VerifyOptions extends Outside {
  readonly chain?: string;
}

const verified = z.object({
  ok: z.boolean(),
  tenants: z.array(
    z.object({
      tenantId: z.string(),
      events: z.number(),
      refusals: z.number(),
      problems: z.array(z.object({ chain: z.string(), number: z.number(), problem: z.string() })),
    }),
  ),
  checkpoints: z.array(z.unknown()),
});

const difference = z.object({ processId: z.string(), seq: z.number(), differs: z.array(z.string()) });
const redecided = z.object({
  checked: z.number(),
  differences: z.array(difference),
  rulesChanged: z.array(difference),
  erased: z.number(),
});

export function auditCommands(program: Command, shell: Shell): void {
  const audit = group(program, 'audit', 'verify the record, decide it again, ask it, export it');
  leaf(audit, 'verify', 'check the chain of events from the first to the last', [
    'audit verify --as jo-brook --checkpoints checkpoints.json',
    'audit verify --as jo-brook --checkpoints kept --public-key key.pem',
  ])
    .option(
      '--checkpoints <file>',
      'a folder of signed checkpoints; or a file of your own: compared where there is one, and written anew',
    )
    .option('--public-key <file>', 'the public key (PEM) that the checkpoints are signed with')
    .option('--chain <file>', 'verify this file of chains, without an installation')
    .action(shell.action((session, options: VerifyOptions) => verify(session, options)));
  outsideCommands(audit, shell);
  auditListCommands(audit, shell);
  askCommand(audit, shell);
  leaf(audit, 'redecide [process]', 'decide recorded steps again and compare', [
    'audit redecide northwind-2026/onboarding',
  ]).action(shell.action((session, process: string | undefined) => redecide(session, process)));
  leaf(audit, 'export <process>', 'the whole record of a process as one readable bundle', [
    'audit export northwind-2026/onboarding -o onboarding.json',
  ])
    .option('-o, --output <file>', 'write to this file (readable by you alone) instead of the screen')
    .option('--bundle <file>', 'write evidence that a stranger checks with the public key alone')
    .option('--force', 'overwrite the file')
    .action(
      shell.action((session, process: string, options: ExportOptions) => exported(session, process, options)),
    );
}

async function verify(session: Session, options: VerifyOptions): Promise<ExitCode> {
  const { checkpoints: name, publicKey, chain } = options;
  const folder = name !== undefined && isFolder(session.io.cwd, name);
  if (folder !== (publicKey !== undefined))
    throw badInput(
      folder
        ? `${name} is a folder of signed checkpoints.`
        : '--public-key needs a folder of signed checkpoints.',
      'Give both: --checkpoints FOLDER --public-key FILE.',
    );
  if (chain !== undefined && name !== undefined && !folder)
    throw badInput(`${name} is no folder of signed checkpoints, which a file of chains is held against.`);
  if (chain !== undefined) return verifyChainFile(session, chain, options);
  if (folder && publicKey !== undefined) return verifyOutside(session, name, publicKey);
  return verifyInside(session, name);
}

function isFolder(cwd: string, name: string): boolean {
  return statSync(resolve(cwd, name), { throwIfNoEntry: false })?.isDirectory() === true;
}

/** With a file of checkpoints, kept elsewhere, a tail that was cut off shows too. */
async function verifyInside(session: Session, name: string | undefined): Promise<ExitCode> {
  const file = name === undefined ? undefined : resolve(session.io.cwd, name);
  const known: unknown = file && existsSync(file) ? openSource(session.io.cwd, file).value : [];
  if (!Array.isArray(known)) throw badInput(`${name ?? ''} is not a file of checkpoints.`);
  const { body } = await session.api.send('/v1/audit/verify', { body: { checkpoints: known } });
  const { ok, tenants, checkpoints } = typed(verified, body);
  if (ok && name !== undefined)
    writePrivateFile(session.io.cwd, name, `${JSON.stringify(checkpoints, null, 2)}\n`, true);
  const rows = tenants.map((each) => [
    each.tenantId,
    String(each.events),
    String(each.refusals),
    each.problems.length === 0 ? 'sound' : counted(each.problems.length, 'problem'),
  ]);
  session.answer(body, () =>
    [
      ok ? session.paint.green('The record is sound.') : session.paint.red('The record is NOT sound.'),
      session.table(
        [
          { header: 'Customer' },
          { header: 'Events', right: true },
          { header: 'Refusals', right: true },
          { header: 'State' },
        ],
        rows,
      ),
      ...tenants.flatMap(({ tenantId, problems }) =>
        problems.map(({ chain, number, problem }) =>
          session.prose(`${tenantId}, ${chain} ${String(number)}: ${problem}`, '  '),
        ),
      ),
      ...(ok && name !== undefined ? [`Checkpoints written to ${name}.`] : []),
    ].join('\n'),
  );
  return ok ? 0 : 1;
}

async function redecide(session: Session, reference: string | undefined): Promise<ExitCode> {
  const process = reference === undefined ? undefined : await findProcess(session.api, reference);
  const { body } = await session.api.send('/v1/audit/redecide', { query: { process } });
  const { checked, differences, rulesChanged, erased } = typed(redecided, body);
  const sound = differences.length === 0;
  const lines = (title: string, found: typeof differences) =>
    found.map(({ processId, seq, differs }) =>
      session.prose(`${title}: ${processId} step ${String(seq)}, ${differs.join(', ')}`, '  '),
    );
  session.answer(body, () =>
    [
      sound
        ? session.paint.green('Every step is decided the same again.')
        : session.paint.red('Steps are decided differently now, under the same rules.'),
      `  ${counted(checked, 'step')} decided again, ${counted(differences.length, 'difference')}`,
      `  ${String(rulesChanged.length)} under rules that changed since, ${String(erased)} with erased contents`,
      ...lines('different', differences),
      ...lines('other rules', rulesChanged),
    ].join('\n'),
  );
  return sound ? 0 : 1;
}

async function exported(session: Session, reference: string, options: ExportOptions): Promise<void> {
  const processId = await findProcess(session.api, reference);
  const what = options.bundle === undefined ? 'export' : 'bundle';
  const { body } = await session.api.get(`/v1/processes/${processId}/${what}`);
  const text = typeof body === 'string' ? body : `${JSON.stringify(body, null, 2)}\n`;
  const name = options.bundle ?? options.output;
  if (name === undefined) {
    session.io.out(text);
    return;
  }
  const file = writePrivateFile(session.io.cwd, name, text, options.force === true);
  session.answer({ file, bytes: Buffer.byteLength(text) }, () => `Written to ${name}.`);
}
