/** The only way to the database: transactions under a role and a scope, never a bare handle. */
import { setTimeout as pause } from 'node:timers/promises';
import knex from 'knex';
import type { Client, QueryResult } from 'pg';
import { codeOf } from './infrastructure.js';
import { patiently, SilentStoreError, withPatience } from './patience.js';
import { RestoredModeError } from './restore/mode-error.js';

/** `api` reads what a principal may see, `step` writes one tenant, `relay` sees ids, states and times, `admin` provisions. */
export type Role = 'api' | 'step' | 'relay' | 'admin';

export interface Scope {
  readonly tenant?: string;
  readonly principal?: string;
  /** Only of what repairs a restored installation (db/restore): may write although nobody else may. */
  readonly repair?: true;
  /**
   * Writes nothing, and could not. All its statements see the store as it was at one instant, and its answer does not
   * wait for the end of the transaction. `once`: one statement, asked for at once; the end goes out with it.
   */
  readonly reads?: true | 'once';
  /**
   * Each statement is planned once a connection, whatever its bindings are. Otherwise Postgres compares what it expects of
   * a plan for them with what it expects without, and may plan anew each time for a difference that is none; planning costs
   * more than a list does.
   */
  readonly plans?: 'kept';
}

type Binding = string | number | boolean | Date | Buffer | null | readonly string[] | undefined;
export type Bindings = Readonly<Record<string, Binding>>;

/**
 * One open transaction. Statements that are not waited for go out together and run in the order in which they were
 * asked for; when one fails, all after it fail too (see `inOrder`). Bindings are named (`:name`); a row's type is a
 * promise of the SQL beside it.
 */
export interface Trx {
  /** Only reads (see `Scope`): nothing can be held in it. */
  readonly reads: boolean;
  rows<R>(sql: string, bindings?: Bindings): Promise<readonly R[]>;
  /** The first row, or null. */
  row<R>(sql: string, bindings?: Bindings): Promise<R | null>;
  /** Runs a statement and counts the rows that it touched. */
  run(sql: string, bindings?: Bindings): Promise<number>;
}

export interface Database {
  /**
   * Runs `work` in one transaction under a role and a scope: all of it or nothing.
   * @throws what `work` throws; errors of the connection (see `isInfrastructure`); RestoredModeError for a write while
   * the installation is in restored mode.
   */
  as<T>(role: Role, scope: Scope, work: (trx: Trx) => Promise<T>): Promise<T>;
  /** How the pool is used right now. */
  use?(): PoolUse;
  /** Closes the pool; transactions under way end first. */
  close(): Promise<void>;
}

/** Connections of a pool, and transactions that wait for one. */
export interface PoolUse {
  readonly used: number;
  readonly free: number;
  readonly waiting: number;
}

export interface ConnectOptions {
  readonly databaseUrl: string;
  readonly poolSize: number;
  /** How long a transaction waits for a free connection. */
  readonly acquireMs?: number;
  /** Shown by Postgres beside each connection. */
  readonly name?: string;
}

/**
 * All below the 10 s of the activity that steps: a stopped process that holds the head of an audit chain would freeze
 * its tenant otherwise. `admin` also imports and verifies, so it may take longer.
 */
const STEP_TIMEOUTS = { idleMs: 5_000, lockMs: 3_000, statementMs: 5_000, transactionMs: 8_000 };
const ADMIN_TIMEOUTS = { idleMs: 30_000, lockMs: 5_000, statementMs: 60_000, transactionMs: 120_000 };

/** `transaction_timeout` exists since Postgres 17. In restored mode nothing but the repair writes, by whatever code. */
const SCOPE = `
  select concat(set_config('role', :role, true), set_config('app.tenant', :tenant, true),
      set_config('app.principal', :principal, true),
      set_config('idle_in_transaction_session_timeout', :idle, true),
      set_config('plan_cache_mode', :plans, true),
      set_config('lock_timeout', :lock, true), set_config('statement_timeout', :statement, true),
      case when current_setting('server_version_num')::integer >= 170000
        then set_config('transaction_timeout', :whole, true) end) as scope,
    (select restored_mode is not null and not :repair
        and set_config('transaction_read_only', 'on', true) is not null from store_state) as restored`;

/** Whatever Knex would print it throws too; the caller logs it with what he was doing. */
export const SILENT = {
  warn: () => undefined,
  error: () => undefined,
  deprecate: () => undefined,
  debug: () => undefined,
};

/** Opens a pool. Nothing connects before the first transaction. */
export function connect(options: ConnectOptions): Database {
  const connection = {
    connectionString: options.databaseUrl,
    application_name: options.name ?? 'careplus',
    keepAlive: true,
    connectionTimeoutMillis: options.acquireMs ?? ACQUIRE_MS,
    // An option of the driver that Knex hands on without knowing it.
    pipeline: true,
  };
  const pool = knex({
    client: 'pg',
    connection,
    pool: { min: 0, max: options.poolSize },
    acquireConnectionTimeout: options.acquireMs ?? ACQUIRE_MS,
    asyncStackTraces: false,
    log: SILENT,
  });
  // Knex keeps the pool; its own transactions and statements cost more than what they carry.
  const connections = pool.client as Connections;
  return {
    as: async (role, scope, work) => {
      const mostMs = options.acquireMs ?? ACQUIRE_MS;
      const acquired = await patiently(connections.acquireConnection(), mostMs, (late) => {
        void connections.releaseConnection(late);
      });
      const release = (): Promise<void> => connections.releaseConnection(acquired);
      return inTransaction({ connection: acquired, release, mostMs }, role, scope, work);
    },
    use: () => useOf(connections),
    close: async () => pool.destroy(),
  };
}

interface Connections {
  acquireConnection(): Promise<Connection>;
  releaseConnection(connection: Connection): Promise<void>;
  /** Gone after the pool was closed. */
  readonly pool?: { numUsed(): number; numFree(): number; numPendingAcquires(): number };
}

interface Connection extends Client {
  /** Knex gives a connection with a reason here to nobody else. */
  __knex__disposed?: unknown;
}

/** How long the end of a transaction may take to be answered. */
const END_MS = 5_000;
/** How long a transaction waits for a connection, and for its first answer. */
const ACQUIRE_MS = 5_000;
/** So much later than Postgres itself would have ended the transaction the connection counts as dead. */
const DEAD_AFTER_MS = 1_000;

interface Held {
  readonly connection: Connection;
  readonly release: () => Promise<void>;
  readonly mostMs: number;
}

async function inTransaction<T>(
  { connection, release, mostMs }: Held,
  role: Role,
  scope: Scope,
  work: (trx: Trx) => Promise<T>,
): Promise<T> {
  const trx = trxOf(connection, scope.reads !== undefined);
  // Not waited for: the first statement of `work` goes out with them, and fails when one of them has failed.
  inOnePiece(connection);
  const begun = Promise.all([
    connection.query(scope.reads ? 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY' : 'BEGIN'),
    trx.row<{ restored: boolean }>(SCOPE, scopeBindings(role, scope)),
  ]);
  begun.catch(() => undefined);
  const watched = watch(begun, mostMs, role);
  try {
    const working = work(trx);
    const ended = scope.reads === 'once' ? end(connection, trx) : null;
    const result = await Promise.race([working, watched.broken]);
    await begun;
    const committed = ended ?? end(connection, trx);
    if (!scope.reads && role !== 'api') await Promise.race([committed, watched.broken]);
    void giveBack(connection, release, committed);
    return result;
  } catch (error) {
    trx.over = true;
    if (error instanceof SilentStoreError) {
      abandon(connection, error);
      await release();
      throw error;
    }
    await rollback(connection);
    await release();
    const [, started] = await begun;
    throw started?.restored && isReadOnly(error) ? new RestoredModeError(error) : error;
  } finally {
    watched.stop();
  }
}

/** Breaks off a transaction whose begin is not answered, or which lasts longer than Postgres would let it. */
function watch(
  begun: Promise<unknown>,
  mostMs: number,
  role: Role,
): { readonly broken: Promise<never>; readonly stop: () => void } {
  const { transactionMs } = role === 'admin' ? ADMIN_TIMEOUTS : STEP_TIMEOUTS;
  let timer: NodeJS.Timeout | undefined;
  const broken = new Promise<never>((_resolve, reject) => {
    patiently(begun, mostMs).catch((error: unknown) => {
      if (error instanceof SilentStoreError) reject(error);
    });
    timer = setTimeout(() => reject(new SilentStoreError()), transactionMs + DEAD_AFTER_MS);
  });
  broken.catch(() => undefined);
  return { broken, stop: () => clearTimeout(timer) };
}

/** Nobody waits for it any more, and nobody else is given it. */
function abandon(connection: Connection, error: SilentStoreError): void {
  connection.__knex__disposed = error;
  connection.end().catch(() => undefined);
}

function end(connection: Connection, trx: OpenTrx): Promise<void> {
  trx.over = true;
  const committed = commit(connection);
  // Of what failed before, its own error is told.
  committed.catch(() => undefined);
  return committed;
}

/** Once its end is answered; one that does not answer is given to nobody else. */
async function giveBack(
  connection: Connection,
  release: () => Promise<void>,
  committed: Promise<void>,
): Promise<void> {
  // Of its own: the request that it belonged to has been answered.
  await withPatience(END_MS, () => patiently(committed, END_MS)).catch((error: unknown) => {
    if (error instanceof SilentStoreError) abandon(connection, error);
  });
  await release();
}

/** A caught error leaves the transaction aborted, and Postgres turns COMMIT into ROLLBACK without an error. */
async function commit(connection: Connection): Promise<void> {
  const { command } = await connection.query('COMMIT');
  if (command !== 'COMMIT')
    throw new Error('The transaction was aborted by a statement that failed: nothing of it was written.');
}

/** A connection that does not answer any more is given to nobody else. */
async function rollback(connection: Connection): Promise<void> {
  const gaveUp = new AbortController();
  const late = pause(END_MS, 'late' as const, { signal: gaveUp.signal, ref: false });
  late.catch(() => undefined);
  try {
    if ((await Promise.race([connection.query('ROLLBACK'), late])) === 'late') throw new Error('No answer.');
  } catch (error) {
    connection.__knex__disposed = error;
  } finally {
    gaveUp.abort();
  }
}

function useOf({ pool: tarn }: Connections): PoolUse {
  if (!tarn) return { used: 0, free: 0, waiting: 0 };
  return { used: tarn.numUsed(), free: tarn.numFree(), waiting: tarn.numPendingAcquires() };
}

const READ_ONLY = '25006';

function isReadOnly(error: unknown): boolean {
  return codeOf(error) === READ_ONLY;
}

function scopeBindings(role: Role, scope: Scope): Bindings {
  const { idleMs, lockMs, statementMs, transactionMs } = role === 'admin' ? ADMIN_TIMEOUTS : STEP_TIMEOUTS;
  return {
    role: `careplus_${role}`,
    tenant: scope.tenant ?? '',
    principal: scope.principal ?? '',
    repair: scope.repair ?? false,
    plans: scope.plans === 'kept' ? 'force_generic_plan' : 'auto',
    idle: String(idleMs),
    lock: String(lockMs),
    statement: String(statementMs),
    whole: String(transactionMs),
  };
}

interface OpenTrx extends Trx {
  /** Whoever kept it would write into the transaction of somebody else. */
  over: boolean;
}

/** "Current transaction is aborted": it says nothing but that another statement has failed. */
const ABORTED = '25P02';

function trxOf(connection: Connection, reads: boolean): OpenTrx {
  let cause: unknown;
  const run = async (sql: string, bindings: Bindings): Promise<QueryResult> => {
    if (trx.over) throw new Error('The transaction has ended: nothing can be asked in it any more.');
    const { text, names, name } = positional(sql);
    inOnePiece(connection);
    try {
      return await connection.query({ text, name, values: names.map((one) => valueOf(bindings, one)) });
    } catch (error) {
      // Statements go out together, and whoever waits for a later one would not learn whether it may be tried again.
      cause ??= error;
      throw codeOf(error) === ABORTED ? cause : error;
    }
  };
  const trx: OpenTrx = {
    reads,
    over: false,
    // The shape of a row is known where its SQL is written, so the caller names it.
    rows: async <R>(sql: string, bindings: Bindings = {}) => (await run(sql, bindings)).rows as readonly R[],
    row: async <R>(sql: string, bindings: Bindings = {}) =>
      ((await run(sql, bindings)).rows[0] as R | undefined) ?? null,
    run: async (sql, bindings = {}) => (await run(sql, bindings)).rowCount ?? 0,
  };
  return trx;
}

/** What is asked for in one turn of the event loop goes out with one system call, not one for each statement. */
function inOnePiece({ connection: { stream } }: Connection): void {
  stream.cork();
  process.nextTick(() => stream.uncork());
}

interface Statement {
  readonly text: string;
  readonly names: readonly string[];
  /** Under which a connection keeps it prepared. */
  readonly name: string;
}

/** SQL is written in the program, never made of data, so there are as many texts as places. */
const statements = new Map<string, Statement>();

/** `:name` to `$1`. The cast in `:name::jsonb` is not such a name. */
function positional(sql: string): Statement {
  const known = statements.get(sql);
  if (known) return known;
  const names: string[] = [];
  const text = sql.replace(/(?<!:):([a-z]\w*)/gi, (_match, name: string) => `$${names.push(name)}`);
  const statement = { text, names, name: `s${statements.size}` };
  statements.set(sql, statement);
  return statement;
}

function valueOf(bindings: Bindings, name: string): Binding {
  if (!(name in bindings)) throw new Error(`The statement wants a value named ${name}.`);
  return bindings[name] ?? null;
}
