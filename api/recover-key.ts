// The way back in when the last key has ended: whoever has the database gives an administrator a key for one day.
import { isNativeError } from 'node:util/types';
import { exitOnBadConfiguration, readEnvironment } from '../config/environment.js';
import { businessNow } from '../db/business-clock.js';
import { connect } from '../db/connection.js';
import { scopes } from '../db/provision/keys.js';
import { readPerson } from '../db/read/person.js';
import { issueKey } from './staff/issue-key.js';

const DAY_MS = 86_400_000;
const EXIT_USAGE = 64;
const EXIT_AWAY = 69;
const EXIT_CONFIGURATION = 78;

async function main(personId: string | undefined): Promise<number> {
  if (personId === undefined) return fail(EXIT_USAGE, 'Name an administrator: api/recover-key.ts <person>.');
  const { databaseUrl } = exitOnBadConfiguration(readEnvironment());
  if (databaseUrl === undefined) return fail(EXIT_CONFIGURATION, 'There is no database. Set DATABASE_URL.');
  const database = connect({ databaseUrl, poolSize: 1, name: 'careplus-recover-key' });
  try {
    const person = await readPerson(database, personId);
    if (!person?.grants.includes('policyAdministrator')) {
      return fail(EXIT_USAGE, `${personId} is no active policy administrator of this installation.`);
    }
    const expiresAt = (await database.as('relay', {}, businessNow)) + DAY_MS;
    const { tenantId } = person;
    const asked = {
      tenantId,
      personId,
      label: 'Recovered with the database',
      scopes,
      expiresAt,
      request: null,
    };
    const shown = await issueKey({ database }, asked, null);
    if (!('key' in shown)) throw new Error('The key was not made.');
    process.stdout.write(`${shown.key}\n`);
    process.stderr.write(`It ends at ${shown.expiresAt}. Make a lasting one: careplus keys create.\n`);
    return 0;
  } catch (error) {
    return fail(
      EXIT_AWAY,
      `The key could not be made: ${isNativeError(error) ? error.message : String(error)}`,
    );
  } finally {
    await database.close();
  }
}

function fail(code: number, sentence: string): number {
  process.stderr.write(`${sentence}\n`);
  return code;
}

process.exitCode = await main(process.argv[2]);
