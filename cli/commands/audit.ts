/** `careplus audit`: verify the chain of events, decide them again, export one process. */
import { existsSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { isNativeError } from 'node:util/types';
import type { Command } from 'commander';
import { z } from 'zod';
import { typed } from '../api-client.js';
import { badInput, type ExitCode } from '../failure.js';
import { openSource } from '../files/source-file.js';
import { counted } from '../output/text.js';
import { findProcess } from '../process-names.js';
import { group, leaf, type Session, type Shell } from '../shell.js';

interface ExportOptions {
  readonly output?: string;
  readonly force?: boolean;
}

interface VerifyOptions {
  readonly checkpoints?: string;
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
  const audit = group(program, 'audit', 'verify the record, decide it again, export it');
  leaf(audit, 'verify', 'check the chain of events from the first to the last', [
    'audit verify --as jo-brook --checkpoints checkpoints.json',
  ])
    .option('--checkpoints <file>', 'compare with this file where there is one, and write it anew')
    .action(shell.action((session, options: VerifyOptions) => verify(session, options)));
  leaf(audit, 'redecide [process]', 'decide recorded steps again and compare', [
    'audit redecide northwind-2026/onboarding',
  ]).action(shell.action((session, process: string | undefined) => redecide(session, process)));
  leaf(audit, 'export <process>', 'the whole record of a process as one readable bundle', [
    'audit export northwind-2026/onboarding -o onboarding.json',
  ])
    .option('-o, --output <file>', 'write to this file (readable by you alone) instead of the screen')
    .option('--force', 'overwrite the file')
    .action(
      shell.action((session, process: string, options: ExportOptions) => exported(session, process, options)),
    );
}

/** With a file of checkpoints, kept elsewhere, a tail that was cut off shows too. */
async function verify(session: Session, { checkpoints: name }: VerifyOptions): Promise<ExitCode> {
  const file = name === undefined ? undefined : resolve(session.io.cwd, name);
  const known: unknown = file && existsSync(file) ? openSource(session.io.cwd, file).value : [];
  if (!Array.isArray(known)) throw badInput(`${name ?? ''} is not a file of checkpoints.`);
  const { body } = await session.api.send('/v1/audit/verify', { body: { checkpoints: known } });
  const { ok, tenants, checkpoints } = typed(verified, body);
  if (ok && file) writeFileSync(file, `${JSON.stringify(checkpoints, null, 2)}\n`, { mode: 0o600 });
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
  const { body } = await session.api.get(`/v1/processes/${processId}/export`);
  const text = typeof body === 'string' ? body : `${JSON.stringify(body, null, 2)}\n`;
  if (options.output === undefined) {
    session.io.out(text);
    return;
  }
  const file = resolve(session.io.cwd, options.output);
  try {
    // Personal data leaves the system here: the file is for the caller alone.
    writeFileSync(file, text, { mode: 0o600, flag: options.force ? 'w' : 'wx' });
  } catch (error) {
    const code = isNativeError(error) && 'code' in error ? error.code : undefined;
    if (code === 'EEXIST')
      throw badInput(`${options.output} exists already.`, 'Name another file, or add --force.');
    if (code === 'ENOENT') throw badInput(`There is no folder for ${options.output}.`);
    throw error;
  }
  session.answer({ file, bytes: Buffer.byteLength(text) }, () => `Written to ${options.output ?? file}.`);
}
