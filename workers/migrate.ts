// Brings the database of DATABASE_URL to the newest schema and ends: the first step of a deployment.
import { exitOnBadConfiguration, readEnvironment } from '../config/environment.js';
import { migrate } from '../db/migrate.js';
import { reasonOf } from './servers/failure.js';

const { databaseUrl } = exitOnBadConfiguration(readEnvironment());
if (databaseUrl === undefined) {
  process.stderr.write('There is no database to migrate. Set DATABASE_URL; npm start migrates its own.\n');
  process.exit(78);
}
try {
  await migrate(databaseUrl);
  process.stdout.write('The database has the newest schema.\n');
} catch (error) {
  process.stderr.write(`The database could not be migrated: ${reasonOf(error)}\n`);
  process.exit(69);
}
