/** `careplus`: the program, its commands, and how a run ends. */
import { createInterface } from 'node:readline/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { Command, CommanderError } from 'commander';
import { inheritedEnvironment } from '../config/environment.js';
import { accessCommands } from './commands/access.js';
import { auditCommands } from './commands/audit.js';
import { calendarCommands } from './commands/calendar.js';
import { checkCommand } from './commands/check.js';
import { contractCommands } from './commands/contract.js';
import { definitionCommands } from './commands/definitions.js';
import { deskCommands } from './commands/desk.js';
import { drillCommands } from './commands/drill.js';
import { doctorCommands } from './commands/doctor.js';
import { escalateCommand } from './commands/escalate.js';
import { fileCommands } from './commands/file.js';
import { foresightCommands } from './commands/foresight.js';
import { documentCommands } from './commands/document.js';
import { handoverCommands } from './commands/handover.js';
import { keyCommands } from './commands/keys.js';
import { listCommands } from './commands/lists.js';
import { mailCommands } from './commands/mail.js';
import { matrixCommands } from './commands/matrix.js';
import { nextCommand } from './commands/next.js';
import { noteCommands } from './commands/note.js';
import { onboardingCommands } from './commands/onboarding.js';
import { operationCommands } from './commands/operations.js';
import { pageCommands } from './commands/page.js';
import { policyCommands } from './commands/policy.js';
import { processCommands } from './commands/process.js';
import { rotaCommands } from './commands/rota.js';
import { staffCommands } from './commands/staff.js';
import { stepCommands } from './commands/step.js';
import { timeCommands } from './commands/time.js';
import { toolsCommands } from './commands/tools.js';
import { CliFailure } from './failure.js';
import { failureJson, failureText } from './output/problem.js';
import { colours, shared, Shell, widthFor, type Io } from './shell.js';

/**
 * Runs one command line (without node and script) and gives its exit code: 0 done, 1 failed or refused, 2 usage or bad
 * input, 69 a service is not reachable, 78 configuration.
 */
export async function run(argv: readonly string[], io: Io): Promise<number> {
  const shell = new Shell(io);
  try {
    await programFor(shell).parseAsync([...argv], { from: 'user' });
    return shell.code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (!(error instanceof CliFailure)) throw error;
    const { facts } = error;
    const told =
      (shell.session?.json ?? argv.includes('--json'))
        ? JSON.stringify(failureJson(facts), null, 2)
        : failureText(facts, colours(io), widthFor(io));
    io.err(`${told}\n`);
    return facts.exitCode;
  }
}

function programFor(shell: Shell): Command {
  const { io } = shell;
  const program = shared(new Command('careplus'))
    .description('Every promise of a support contract: what is due, who owes it, and why.')
    .version('0.1.0', '-V, --version')
    .enablePositionalOptions()
    .exitOverride()
    .showHelpAfterError('See careplus --help.')
    .configureOutput({
      writeOut: io.out,
      writeErr: io.err,
      getOutHelpWidth: () => widthFor(io),
      getErrHelpWidth: () => widthFor(io),
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .configureHelp({ subcommandTerm: (command) => command.name() })
    .addHelpText('after', START_HERE);
  program.commandsGroup('Your work:');
  listCommands(program, shell);
  nextCommand(program, shell);
  stepCommands(program, shell);
  noteCommands(program, shell);
  pageCommands(program, shell);
  processCommands(program, shell);
  foresightCommands(program, shell);
  program.commandsGroup('Contracts:');
  contractCommands(program, shell);
  onboardingCommands(program, shell);
  documentCommands(program, shell);
  fileCommands(program, shell);
  handoverCommands(program, shell);
  matrixCommands(program, shell);
  toolsCommands(program, shell);
  deskCommands(program, shell);
  escalateCommand(program, shell);
  drillCommands(program, shell);
  program.commandsGroup('Time and rules:');
  calendarCommands(program, shell);
  rotaCommands(program, shell);
  timeCommands(program, shell);
  policyCommands(program, shell);
  definitionCommands(program, shell);
  program.commandsGroup('The installation:');
  auditCommands(program, shell);
  staffCommands(program, shell);
  keyCommands(program, shell);
  accessCommands(program, shell);
  mailCommands(program, shell);
  operationCommands(program, shell);
  doctorCommands(program, shell);
  checkCommand(program, shell);
  return program;
}

const START_HERE = `
Start here (the services must run: npm start):
  careplus contract import examples/contract.yaml --as kim-field
  careplus today --as sam-rivers

A process is named by its id, the beginning of its id, or as
<contract>/onboarding; a case also by its number.
CAREPLUS_AS says once for all who you are.
Exit codes: 0 done, 1 failed or refused, 2 usage or bad input,
69 a service does not answer, 78 configuration.`;

/** Runs the command line of this process and ends it. */
export async function main(): Promise<void> {
  // A reader that closes early (`| head`) is no failure of ours.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
  // Whoever reads only the messages no longer: the command goes on, and its code is true.
  process.stderr.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  process.exitCode = await run(process.argv.slice(2), processIo());
}

function processIo(): Io {
  const answerable = process.stdin.isTTY && process.stderr.isTTY;
  return {
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
    env: inheritedEnvironment(),
    terminal: process.stdout.isTTY,
    columns: process.stdout.columns,
    zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    cwd: process.cwd(),
    now: Date.now,
    pause: (ms) => pause(ms),
    input: () => process.stdin,
    progress: process.stderr.isTTY,
    ...(answerable ? { ask: askOnTerminal } : {}),
  };
}

async function askOnTerminal(question: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await terminal.question(`${question} [y/N] `)).trim());
  } finally {
    terminal.close();
  }
}
