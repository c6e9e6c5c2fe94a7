/** `careplus audit`: verify the chain of events, decide them again, export one process. */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { isNativeError } from 'node:util/types';
import type { Command } from 'commander';
import { z } from 'zod';
import { typed } from '../api-client.js';
import { badInput, type ExitCode } from '../failure.js';
import { factsText } from '../output/facts.js';
import { findProcess } from '../process-names.js';
import { group, leaf, type Session, type Shell } from '../shell.js';

interface ExportOptions {
  readonly output?: string;
  readonly force?: boolean;
}

const verified = z.object({
  ok: z.boolean().nullish(),
  problems: z.array(z.unknown()).nullish(),
  differences: z.union([z.number(), z.array(z.unknown())]).nullish(),
});

export function auditCommands(program: Command, shell: Shell): void {
  const audit = group(program, 'audit', 'verify the record, decide it again, export it');
  leaf(audit, 'verify', 'check the chain of events from the first to the last', [
    'audit verify --as jo-brook',
  ]).action(shell.action((session) => judge(session, '/v1/audit/verify', undefined)));
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

async function redecide(session: Session, reference: string | undefined): Promise<ExitCode> {
  const process = reference === undefined ? undefined : await findProcess(session.api, reference);
  return judge(session, '/v1/audit/redecide', process);
}

async function judge(session: Session, path: string, process: string | undefined): Promise<ExitCode> {
  const { body } = await session.api.send(path, { query: { process } });
  const { ok, problems, differences } = typed(verified, body);
  const differing = typeof differences === 'number' ? differences : (differences?.length ?? 0);
  const sound = ok !== false && (problems?.length ?? 0) === 0 && differing === 0;
  session.answer(body, () =>
    [
      sound ? session.paint.green('The record is sound.') : session.paint.red('The record is NOT sound.'),
      factsText(body, session),
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
