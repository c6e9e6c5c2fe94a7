// `careplus doctor`: looks at a whole installation; `careplus doctor restore` repairs one whose database came back older.
import { parseArgs } from 'node:util';
import { exitOnBadConfiguration, readEnvironment } from '../config/environment.js';
import { signerOf } from '../db/audit/signing.js';
import { connect } from '../db/connection.js';
import { readRestoredMode } from '../db/restore/mode.js';
import { definitions } from '../domain/processes.js';
import { readSignedCheckpoints } from '../integrations/checkpoints/folder.js';
import { engineId } from '../messages/engine-id.js';
import { connectClient, TASK_QUEUE } from '../messages/ringer.js';
import { checkpointKey } from './audit-outside.js';
import { findDifferences, showsOlderStore, type Compared } from './ops/differences.js';
import { examine } from './ops/doctor.js';
import { exitCodeOf } from './ops/finding.js';
import { installationOf, type Installation } from './ops/installation.js';
import { differencesText, findingsText } from './ops/report.js';
import { repairRestore } from './ops/restore.js';
import { reasonOf } from './servers/failure.js';

const EXIT_USAGE = 2;
const EXIT_AWAY = 69;
const EXIT_CONFIGURATION = 78;
const POOL = 3;

/** An end with a sentence and a code (sysexits.h). */
class Ended extends Error {
  constructor(
    readonly exitCode: number,
    sentence: string,
  ) {
    super(sentence);
  }
}

interface Options {
  readonly json: boolean;
  readonly apply: boolean;
  readonly withoutEngine: boolean;
  readonly reason: string;
  readonly by: string;
}

function say(json: boolean, body: object, text: () => string): void {
  process.stdout.write(json ? `${JSON.stringify(body, null, 2)}\n` : `${text()}\n`);
}

async function doctor(installation: Installation, { json }: Options): Promise<number> {
  const findings = await examine(installation);
  const exitCode = exitCodeOf(findings);
  say(json, { ok: exitCode === 0, findings }, () => findingsText(findings));
  return exitCode;
}

async function restore(installation: Installation, options: Options): Promise<number> {
  const { databaseUrl, environment, temporalAddress: address } = installation;
  if (databaseUrl === null)
    throw new Ended(EXIT_AWAY, 'There is no database. Run npm start, or set DATABASE_URL.');
  if (options.apply && (options.by === '' || options.reason === ''))
    throw new Ended(
      EXIT_USAGE,
      '--apply needs --reason <text> and --as <person>: both are kept in the audit.',
    );
  const database = connect({ databaseUrl, poolSize: POOL, name: 'careplus-doctor' });
  const client = connectClient({ address, namespace: environment.temporalNamespace });
  try {
    if (!options.withoutEngine && (await engineId(client)) === null)
      throw new Ended(
        EXIT_AWAY,
        `Temporal at ${address} does not answer. Start it; if it is lost too, add --without-engine.`,
      );
    const compared: Compared = {
      database,
      engine: options.withoutEngine ? null : { client, taskQueue: TASK_QUEUE },
      slugs: Object.keys(definitions),
      checkpoint: (await readSignedCheckpoints(environment.checkpointFolder)).at(-1) ?? null,
    };
    return options.apply ? await repair(installation, compared, options) : await compare(compared, options);
  } finally {
    await client.connection.close();
    await database.close();
  }
}

async function compare(compared: Compared, { json }: Options): Promise<number> {
  const mode = await readRestoredMode(compared.database);
  const differences = await findDifferences(compared);
  const older = mode !== null || showsOlderStore(differences);
  const verdict = older
    ? 'An older database is in place. Repair it: careplus doctor restore --apply --reason … --as …'
    : 'Nothing shows that the database is older than its installation.';
  say(json, { older, mode, differences }, () => [differencesText(differences), '', verdict].join('\n'));
  return older ? 1 : 0;
}

async function repair(
  { environment }: Installation,
  compared: Compared,
  { json, by, reason }: Options,
): Promise<number> {
  const pem = checkpointKey(environment);
  if (pem === null)
    throw new Ended(
      EXIT_CONFIGURATION,
      'CAREPLUS_CHECKPOINT_KEY is not set: a restore is declared with a signature.',
    );
  const progress = (sentence: string): void => {
    if (!json) process.stderr.write(`${sentence}\n`);
  };
  const repaired = await repairRestore({ ...compared, by, reason, sign: signerOf(pem), progress });
  say(json, repaired, () =>
    [
      differencesText(repaired.differences),
      '',
      repaired.kind === 'nothing'
        ? 'There was nothing to repair, and nothing was changed.'
        : `Repaired: epoch ${String(repaired.epoch)}, statement ${repaired.statement}. Next: careplus ops attention`,
    ].join('\n'),
  );
  return 0;
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      json: { type: 'boolean', default: false },
      apply: { type: 'boolean', default: false },
      'without-engine': { type: 'boolean', default: false },
      reason: { type: 'string', default: '' },
      as: { type: 'string', default: '' },
    },
  });
  const installation = installationOf(exitOnBadConfiguration(readEnvironment()));
  const { json, apply, reason, as: by } = values;
  const options = {
    json,
    apply,
    reason: reason.trim(),
    by: by.trim(),
    withoutEngine: values['without-engine'],
  };
  return positionals[0] === 'restore' ? restore(installation, options) : doctor(installation, options);
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(
      `${error instanceof Ended ? error.message : `It ended in between: ${reasonOf(error)}`}\n`,
    );
    process.exit(error instanceof Ended ? error.exitCode : EXIT_AWAY);
  },
);
