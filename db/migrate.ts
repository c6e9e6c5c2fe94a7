/** Brings a database to the newest schema; several processes may try at once. */
import knex, { type Knex } from 'knex';
import { SILENT } from './connection.js';
import * as foundation from './migrations/0001-foundation.js';
import * as access from './migrations/0002-access.js';
import * as recalculations from './migrations/0003-recalculations.js';
import * as identity from './migrations/0004-identity.js';
import * as audit from './migrations/0005-audit.js';
import * as jobs from './migrations/0006-jobs.js';
import * as restore from './migrations/0007-restore.js';
import * as hotReads from './migrations/0008-hot-reads.js';
import * as contactMatrix from './migrations/0009-contact-matrix.js';
import * as signatures from './migrations/0010-signatures.js';
import * as documents from './migrations/0011-documents.js';
import * as handover from './migrations/0013-handover.js';
import * as messages from './migrations/0014-messages.js';
import * as paging from './migrations/0015-paging.js';
import * as acknowledgedBy from './migrations/0017-acknowledged-by.js';
import * as contractIds from './migrations/0018-contract-ids.js';
import * as newestOfTenant from './migrations/0019-newest-of-tenant.js';

interface Migration {
  readonly name: string;
  readonly sql: string;
}

/** In order; a migration that was published is never edited. */
const migrations: readonly Migration[] = [
  { name: '0001-foundation', sql: foundation.sql },
  { name: '0002-access', sql: access.sql },
  { name: '0003-recalculations', sql: recalculations.sql },
  { name: '0004-identity', sql: identity.sql },
  { name: '0005-audit', sql: audit.sql },
  { name: '0006-jobs', sql: jobs.sql },
  { name: '0007-restore', sql: restore.sql },
  { name: '0008-hot-reads', sql: hotReads.sql },
  { name: '0009-contact-matrix', sql: contactMatrix.sql },
  { name: '0010-signatures', sql: signatures.sql },
  { name: '0011-documents', sql: documents.sql },
  { name: '0013-handover', sql: handover.sql },
  { name: '0014-messages', sql: messages.sql },
  { name: '0015-paging', sql: paging.sql },
  { name: '0017-acknowledged-by', sql: acknowledgedBy.sql },
  { name: '0018-contract-ids', sql: contractIds.sql },
  { name: '0019-newest-of-tenant', sql: newestOfTenant.sql },
];

/** Of the newest schema, in their order. */
export const migrationNames: readonly string[] = migrations.map(({ name }) => name);

/** Any number that nobody else uses; the same in every process. */
const MIGRATION_LOCK = 7_106_245_110;

/** Runs the migrations that are missing, all of them or none, while holding one lock for the whole database. */
export async function migrate(databaseUrl: string): Promise<void> {
  const pool = knex({ client: 'pg', connection: databaseUrl, pool: { min: 0, max: 1 }, log: SILENT });
  try {
    await pool.transaction(async (trx) => {
      // Knex's own lock fails the second process at once; waiting here lets it find nothing left to do.
      await trx.raw('select pg_advisory_xact_lock(?)', [MIGRATION_LOCK]);
      await trx.migrate.latest({ migrationSource: source, tableName: 'migrations' });
    });
  } finally {
    await pool.destroy();
  }
}

const source: Knex.MigrationSource<Migration> = {
  getMigrations: async () => [...migrations],
  getMigrationName: (migration) => migration.name,
  getMigration: async (migration) => ({
    up: async (trx) => {
      try {
        await trx.raw(escaped(migration.sql));
      } catch (error) {
        // Knex puts the whole statement before what Postgres says.
        if (error instanceof Error)
          error.message = `Migration ${migration.name}: ${error.message.replace(`${migration.sql} - `, '')}`;
        throw error;
      }
    },
    down: async () => {
      throw new Error('The schema only goes forward; restore a backup instead.');
    },
  }),
};

/** Knex reads a bare question mark as a binding. */
function escaped(sql: string): string {
  return sql.replaceAll('?', '\\?');
}
