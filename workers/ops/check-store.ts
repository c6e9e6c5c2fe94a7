/** What the doctor asks of Postgres itself and of what is stored in it. */
import pg from 'pg';
import { runChecks } from '../../db/check/run.js';
import type { Database } from '../../db/connection.js';
import { heartbeats, isSilent } from '../../db/jobs/heartbeats.js';
import { migrationNames } from '../../db/migrate.js';
import { readRestoredMode, readStoreState } from '../../db/restore/mode.js';
import { reasonOf } from '../servers/failure.js';
import { away, ok, skipped, wrong, type Finding } from './finding.js';

const CONNECT_MS = 3_000;
/** The oldest major version that row level security and generated columns are tested with. */
const LEAST_MAJOR = 15;
const ROLES = ['careplus_api', 'careplus_step', 'careplus_relay', 'careplus_admin'];

/** Whether the server answers, and whether it is set up as it must be. */
export async function checkServer(databaseUrl: string | null): Promise<readonly Finding[]> {
  if (databaseUrl === null)
    return [
      away(
        'postgres',
        'no database is named and none was started here',
        'Run npm start, or set DATABASE_URL.',
      ),
    ];
  const client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: CONNECT_MS });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return [...(await serverFindings(client)), ...(await schemaFindings(client))];
  } catch (error) {
    const remedy = 'Start it (npm start starts the embedded one), or correct DATABASE_URL.';
    return [away('postgres', `does not answer: ${reasonOf(error)}`, remedy)];
  } finally {
    await client.end();
  }
}

async function serverFindings(client: pg.Client): Promise<readonly Finding[]> {
  const { rows } = await client.query<{ version: string; number: string; fsync: string; commit: string }>(
    `select current_setting('server_version') as version, current_setting('server_version_num') as number,
       current_setting('fsync') || current_setting('full_page_writes') as fsync,
       current_setting('synchronous_commit') as commit`,
  );
  const { version = '', number = '0', fsync = '', commit = '' } = rows[0] ?? {};
  const major = Math.floor(Number(number) / 10_000);
  const durable = fsync === 'onon' && commit !== 'off';
  return [
    major >= LEAST_MAJOR
      ? ok('postgres', `answers, version ${version}`)
      : wrong('postgres', `version ${version}`, `Upgrade it to ${String(LEAST_MAJOR)} or later.`),
    durable
      ? ok('durability', 'fsync, full_page_writes and synchronous_commit are on')
      : wrong(
          'durability',
          'fsync, full_page_writes or synchronous_commit is off: what was acknowledged can be lost',
          'Turn them on in postgresql.conf and reload.',
        ),
  ];
}

async function schemaFindings(client: pg.Client): Promise<readonly Finding[]> {
  const { rows: tables } = await client.query<{ found: boolean }>(
    `select to_regclass('public.migrations') is not null as found`,
  );
  const done = tables[0]?.found
    ? (await client.query<{ name: string }>('select name from migrations')).rows.map((row) => row.name)
    : [];
  const missing = migrationNames.filter((name) => !done.includes(name));
  const unknown = done.filter((name) => !migrationNames.includes(name));
  const { rows } = await client.query<{ rolname: string }>(
    `select rolname from pg_roles where rolname = any($1) and pg_has_role(current_user, oid, 'member')`,
    [ROLES],
  );
  const roles = ROLES.filter((role) => !rows.some((row) => row.rolname === role));
  return [
    migrationFinding(missing, unknown),
    roles.length === 0
      ? ok('roles', 'the four roles exist and may be taken')
      : wrong('roles', `missing: ${roles.join(', ')}`, 'Run the migrations as the owner of the database.'),
  ];
}

function migrationFinding(missing: readonly string[], unknown: readonly string[]): Finding {
  if (missing.length > 0)
    return wrong(
      'migrations',
      `missing: ${missing.join(', ')}`,
      'Run npm run migrate (npm start does it itself).',
    );
  if (unknown.length > 0)
    return wrong(
      'migrations',
      `unknown to this version: ${unknown.join(', ')}`,
      'A newer version of Care Plus has migrated this database: run that version.',
    );
  return ok('migrations', `all ${String(migrationNames.length)} are done`);
}

/** What the book itself tells: restored mode, mail that waits, calendars, jobs, and every invariant. */
export async function checkBook(database: Database): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const check of [restoredMode, mailRoute, calendars, poison, unknowns, jobs, invariants]) {
    findings.push(...(await check(database)));
  }
  return findings;
}

async function restoredMode(database: Database): Promise<readonly Finding[]> {
  const { restoredMode: held, epoch } = await readStoreState(database);
  if (held === null) return [ok('restored', `the store is as new as it was seen, epoch ${String(epoch)}`)];
  const mode = await readRestoredMode(database);
  const since = mode ? `since ${new Date(mode.foundAt).toISOString()}, found by ${mode.foundBy}` : '';
  return [
    wrong(
      'restored',
      `restored mode holds ${since}: nothing is written and nothing is sent`,
      'See every difference with careplus doctor restore, then repair with --apply --reason … --as ….',
    ),
  ];
}

interface MailRow {
  readonly state: string;
  readonly since: Date;
  readonly problem: string | null;
  readonly waiting: number;
}

async function mailRoute(database: Database): Promise<readonly Finding[]> {
  const row = await database.as('relay', {}, async (trx) =>
    trx.row<MailRow>(
      `select state, since, problem, (select count(*)::integer from effects
           where state = 'planned' and kind = 'mail' and held_since is not null) as waiting from mail_route`,
    ),
  );
  if (!row || row.state === 'up') return [ok('mail', 'mail goes out')];
  const detail = `${row.state} since ${row.since.toISOString()}, ${String(row.waiting)} messages wait`;
  if (row.state === 'draining') return [ok('mail', `the server is back; what waited goes out: ${detail}`)];
  const remedy =
    'Start the mail server or correct SMTP_URL; what waits goes out by itself, urgent messages first.';
  return [wrong('mail', detail, remedy)];
}

async function calendars(database: Database): Promise<readonly Finding[]> {
  const row = await database.as('admin', {}, async (trx) =>
    trx.row<{ inForce: number; missing: readonly string[] }>(
      `select (select count(*)::integer from calendar_heads) as "inForce", array(
         select distinct id from (
           select value #>> '{}' as id from settings where tenant_id = 'provider' and name = 'providerCalendarId'
           union select calendar_id from people where active and calendar_id is not null
           union select calendar_id from contracts where calendar_id is not null
           union select calendar_id from sites where calendar_id is not null) used
          where not exists (select from calendar_heads h where h.id = used.id) order by id) as missing`,
    ),
  );
  const { inForce = 0, missing = [] } = row ?? {};
  if (missing.length > 0)
    return [
      wrong(
        'calendars',
        `used and not in force: ${missing.join(', ')}`,
        'Import each and let somebody else approve it: careplus calendar import.',
      ),
    ];
  return [ok('calendars', `${String(inForce)} in force`)];
}

async function poison(database: Database): Promise<readonly Finding[]> {
  const blocked = await countOf(
    database,
    'select count(*)::integer as count from processes where is_blocked',
  );
  if (blocked === 0) return [ok('poison', 'no step is parked')];
  const detail = `${String(blocked)} processes are blocked by a step that cannot be decided`;
  return [wrong('poison', detail, 'See careplus ops attention; then careplus ops retry or skip.')];
}

async function unknowns(database: Database): Promise<readonly Finding[]> {
  const sql = `select count(*)::integer as count from effects where state = 'unknown'`;
  const unknown = await countOf(database, sql);
  if (unknown === 0) return [ok('effects', 'the outcome of every effect is known')];
  const detail = `${String(unknown)} effects may or may not have happened`;
  return [wrong('effects', detail, 'See careplus ops attention; then careplus ops decide.')];
}

async function countOf(database: Database, sql: string): Promise<number> {
  const row = await database.as('relay', {}, async (trx) => trx.row<{ count: number }>(sql));
  return row?.count ?? 0;
}

async function jobs(database: Database): Promise<readonly Finding[]> {
  const all = await heartbeats(database).list();
  const silent = all.filter(isSilent);
  if (silent.length === 0) return [ok('jobs', `${String(all.length)} declared, none is silent`)];
  const names = silent.map(({ name, ageMs }) => `${name} for ${String(Math.round(ageMs / 60_000))} min`);
  return [
    wrong(
      'jobs',
      `silent: ${names.join(', ')}`,
      'See the log of the worker; jobs need Temporal and a worker.',
    ),
  ];
}

async function invariants(database: Database): Promise<readonly Finding[]> {
  const results = await runChecks(database);
  const broken = results.filter(({ count }) => count > 0);
  if (broken.length === 0) return [ok('invariants', `all ${String(results.length)} hold`)];
  return broken.map(({ name, title, remedy, count, examples }) =>
    wrong(`invariant ${name}`, `${title}: ${String(count)} (${examples.join(', ')})`, remedy),
  );
}

/** What cannot be looked at without a store. */
export const withoutStore: readonly Finding[] = [
  'restored',
  'mail',
  'calendars',
  'poison',
  'effects',
  'jobs',
  'invariants',
].map((name) => skipped(name, 'Postgres does not answer, or its schema is not the newest'));
