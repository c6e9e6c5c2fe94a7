// The step of the start that brings the database to the newest schema.
import type { Environment } from '../config/environment.js';
import { migrate } from '../db/migrate.js';
import { stepPart, type Part } from './parts.js';
import { reasonOf, StartFailure } from './servers/failure.js';

/** A database of the user's own that cannot be reached or written ends the start with a sentence. */
export const migrationPart = ({ databaseUrl }: Pick<Environment, 'databaseUrl'>): Part =>
  stepPart('migrate', 'Database schema', async ({ provided }) => {
    try {
      await migrate(databaseUrl ?? provided['DATABASE_URL'] ?? '');
      return undefined;
    } catch (error) {
      if (databaseUrl === undefined) throw error;
      throw new StartFailure(
        69,
        `The database of DATABASE_URL could not be migrated: ${reasonOf(error)}.`,
        'Start it, correct DATABASE_URL, or leave it out to use the embedded Postgres (dev only).',
        { cause: error },
      );
    }
  });
