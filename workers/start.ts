// `npm start`: the whole system in one supervised command, from nothing to a page in the browser.
import { constants } from 'node:os';
import { join } from 'node:path';
import { exitOnBadConfiguration, readEnvironment, type Environment } from '../config/environment.js';
import { loadDemo } from './demo.js';
import { migrationPart } from './migration-part.js';
import { childPart, stepPart, type Part } from './parts.js';
import { portsPart } from './ports-part.js';
import { screenProgress } from './progress.js';
import { reasonOf, StartFailure } from './servers/failure.js';
import { postgresPart, temporalPart } from './servers/parts.js';
import { supervise } from './supervisor.js';

/** In the order of the start. Stopped in reverse: the API first, Postgres last. */
const partsOf = (environment: Environment): readonly (Part | readonly Part[])[] => {
  const logFolder = join(environment.dataFolder, 'log');
  return [
    ...(environment.databaseUrl === undefined ? [postgresPart(environment)] : []),
    temporalPart(environment),
    portsPart(environment),
    migrationPart(environment),
    [
      ...(environment.smtpUrl === undefined ? [catcherPart(environment, logFolder)] : []),
      childPart({
        name: 'worker',
        title: 'Worker',
        script: 'workers/main.ts',
        readyUrl: `http://127.0.0.1:${environment.workerOpsPort}/readyz`,
        logFolder,
      }),
      childPart({
        name: 'api',
        title: 'API',
        script: 'api/main.ts',
        readyUrl: `http://127.0.0.1:${environment.opsPort}/readyz`,
        detail: `at ${environment.publicUrl}`,
        logFolder,
      }),
    ],
    ...(environment.profile === 'dev' ? [demoPart(environment)] : []),
  ];
};

const catcherPart = (environment: Environment, logFolder: string): Part =>
  childPart({
    name: 'mail',
    title: 'Mail catcher',
    script: 'workers/catcher.ts',
    readyUrl: `http://127.0.0.1:${environment.mailPort}/messages.json?limit=1`,
    detail: `at http://127.0.0.1:${environment.mailPort}`,
    logFolder,
  });

/** Once: an installation that has people is left as it is. */
const demoPart = ({ port }: Environment): Part =>
  stepPart('demo', 'Demonstration', async () =>
    (await loadDemo(`http://127.0.0.1:${port}`)) ? 'one Provider, two End Users' : 'was loaded before',
  );

const TRY_NEXT = [
  'Try next, in a second terminal:',
  '  npx careplus contract import examples/contract.yaml --as kim-field',
  '  npx careplus onboarding start tailspin-2026 --as robin-lake',
  '  npx careplus today --team --as kim-field',
  '',
];

const announce = (environment: Environment): void => {
  const lines = [
    '',
    `Care Plus is up:  ${environment.publicUrl}`,
    `  API docs        ${environment.publicUrl}/docs`,
    ...(environment.temporalAddress === undefined
      ? [`  Temporal        http://127.0.0.1:${environment.temporalUiPort}`]
      : []),
    ...(environment.smtpUrl === undefined
      ? [`  Mail            http://127.0.0.1:${environment.mailPort}`]
      : []),
    `  Data and logs   ${environment.dataFolder}`,
    '',
    ...(environment.profile === 'dev' ? TRY_NEXT : []),
    'Ctrl-C stops everything and keeps the data.',
    '',
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
};

/** One Ctrl-C arrives twice: the terminal sends it to everybody in the foreground, and npm passes its own on. */
const SAME_SIGNAL_MS = 1_000;

/** The first signal begins the ordered shutdown; a later one leaves at once, and the next start cleans up. */
const stopOnSignals = (): AbortSignal => {
  const stop = new AbortController();
  let since = Infinity;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      const now = performance.now();
      if (now - since > SAME_SIGNAL_MS) process.exit(128 + constants.signals[signal]);
      if (stop.signal.aborted) return;
      since = now;
      process.stdout.write('\nStopping; once more to leave at once.\n');
      stop.abort();
    });
  }
  // A terminal that was closed takes no more text; the shutdown goes on without it.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  return stop.signal;
};

const main = async (): Promise<number> => {
  const environment = exitOnBadConfiguration(readEnvironment());
  const stop = stopOnSignals();
  try {
    await supervise({
      dataFolder: environment.dataFolder,
      parts: partsOf(environment),
      progress: screenProgress(process.stdout),
      stop,
      ready: () => announce(environment),
    });
    return 0;
  } catch (error) {
    if (!(error instanceof StartFailure)) throw error;
    process.stderr.write(`\n${error.sentence}\n${error.remedy}\n`);
    return error.exitCode;
  }
};

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`Care Plus stopped on a defect of its own: ${reasonOf(error)}\n`);
    if (error instanceof Error && error.stack !== undefined) process.stderr.write(`${error.stack}\n`);
    process.exit(1);
  },
);
