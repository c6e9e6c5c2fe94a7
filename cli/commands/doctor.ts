/**
 * `careplus doctor`: the installation looked at from its own machine. It needs no API: a program of the workers looks at
 * database, engine, disk and services, and this command only starts it and passes on what it says.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import type { ExitCode } from '../failure.js';
import { badInput } from '../failure.js';
import { leaf, type Session, type SharedOptions, type Shell } from '../shell.js';

interface RestoreOptions extends SharedOptions {
  readonly apply?: boolean;
  readonly reason?: string;
  readonly withoutEngine?: boolean;
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const EXIT_CODES: readonly ExitCode[] = [0, 1, 2, 69, 78];

export function doctorCommands(program: Command, shell: Shell): void {
  const doctor = leaf(program, 'doctor', 'look at the whole installation: each line ok, or what to do', [
    'doctor',
    'doctor --json',
  ]).helpCommand(false);
  doctor.action(shell.action((session) => run(session, [])));
  leaf(doctor, 'restore', 'compare the database with what Temporal and the last checkpoint remember', [
    'doctor restore',
    "doctor restore --apply --reason 'Disk lost, backup of 02:00' --as lee-ward",
  ])
    .option('--apply', 'repair: without it nothing is changed')
    .option('--reason <text>', 'why an older database is in place; kept in the audit')
    .option('--without-engine', 'Temporal is lost too: compare with the last checkpoint only')
    .action(shell.action((session, options: RestoreOptions) => restore(session, options)));
}

async function restore(session: Session, options: RestoreOptions): Promise<ExitCode> {
  const by = options.as ?? session.io.env['CAREPLUS_AS'] ?? '';
  if (options.apply && (by === '' || !options.reason?.trim())) {
    throw badInput(
      'A repair is kept in the audit with its reason and who did it.',
      'Add --reason <text> and --as <person>.',
    );
  }
  return run(session, [
    'restore',
    ...(options.apply ? ['--apply'] : []),
    ...(options.withoutEngine ? ['--without-engine'] : []),
    ...(options.reason === undefined ? [] : [`--reason=${options.reason}`]),
    ...(by === '' ? [] : [`--as=${by}`]),
  ]);
}

/** Passes on what the program says, and its exit code. */
async function run({ io, json }: Session, words: readonly string[]): Promise<ExitCode> {
  const args = ['--import', 'tsx/esm', 'workers/doctor.ts', ...words, ...(json ? ['--json'] : [])];
  const env = Object.fromEntries(Object.entries(io.env).filter((entry) => entry[1] !== undefined));
  const child = spawn(process.execPath, args, { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.setEncoding('utf8').on('data', io.out);
  child.stderr.setEncoding('utf8').on('data', io.err);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  return EXIT_CODES.find((known) => known === code) ?? 1;
}
