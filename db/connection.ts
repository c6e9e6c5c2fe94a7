/** The only way to the database: transactions under a role and a scope, never a bare handle. */
import knex, { type Knex } from 'knex';

/** `api` reads what a principal may see, `step` writes one tenant, `relay` sees ids, states and times, `admin` provisions. */
export type Role = 'api' | 'step' | 'relay' | 'admin';

export interface Scope {
  readonly tenant?: string;
  readonly principal?: string;
}

type Binding = Knex.RawBinding | readonly string[] | undefined;
export type Bindings = Readonly<Record<string, Binding>>;

/** One open transaction. Bindings are named (`:name`); a row's type is a promise of the SQL beside it. */
export interface Trx {
  rows<R>(sql: string, bindings?: Bindings): Promise<readonly R[]>;
  /** The first row, or null. */
  row<R>(sql: string, bindings?: Bindings): Promise<R | null>;
  /** Runs a statement and counts the rows that it touched. */
  run(sql: string, bindings?: Bindings): Promise<number>;
}

export interface Database {
  /**
   * Runs `work` in one transaction under a role and a scope: all of it or nothing.
   * @throws what `work` throws; errors of the connection (see `isInfrastructure`).
   */
  as<T>(role: Role, scope: Scope, work: (trx: Trx) => Promise<T>): Promise<T>;
  /** Closes the pool; transactions under way end first. */
  close(): Promise<void>;
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

/** `transaction_timeout` exists since Postgres 17. */
const SCOPE = `
  select set_config('role', :role, true), set_config('app.tenant', :tenant, true),
    set_config('app.principal', :principal, true),
    set_config('idle_in_transaction_session_timeout', :idle, true),
    set_config('lock_timeout', :lock, true), set_config('statement_timeout', :statement, true),
    case when current_setting('server_version_num')::integer >= 170000
      then set_config('transaction_timeout', :whole, true) end`;

/** Whatever Knex would print it throws too; the caller logs it with what he was doing. */
const SILENT = {
  warn: () => undefined,
  error: () => undefined,
  deprecate: () => undefined,
  debug: () => undefined,
};

/** Opens a pool. Nothing connects before the first transaction. */
export function connect(options: ConnectOptions): Database {
  const pool = knex({
    client: 'pg',
    connection: {
      connectionString: options.databaseUrl,
      application_name: options.name ?? 'careplus',
      keepAlive: true,
    },
    pool: { min: 0, max: options.poolSize },
    acquireConnectionTimeout: options.acquireMs ?? 5_000,
    asyncStackTraces: false,
    log: SILENT,
  });
  return {
    as: async (role, scope, work) =>
      pool.transaction(async (transaction) => {
        const trx = trxOf(transaction);
        await trx.rows(SCOPE, scopeBindings(role, scope));
        const result = await work(trx);
        // A caught error leaves the transaction aborted, and Postgres would turn COMMIT into ROLLBACK without a word.
        await transaction.raw('select 1');
        return result;
      }),
    close: async () => pool.destroy(),
  };
}

function scopeBindings(role: Role, scope: Scope): Bindings {
  const { idleMs, lockMs, statementMs, transactionMs } = role === 'admin' ? ADMIN_TIMEOUTS : STEP_TIMEOUTS;
  return {
    role: `careplus_${role}`,
    tenant: scope.tenant ?? '',
    principal: scope.principal ?? '',
    idle: String(idleMs),
    lock: String(lockMs),
    statement: String(statementMs),
    whole: String(transactionMs),
  };
}

interface Result {
  readonly rows: readonly unknown[];
  readonly rowCount: number | null;
}

function trxOf(transaction: Knex.Transaction): Trx {
  const run = async (sql: string, bindings: Bindings): Promise<Result> => {
    const { text, names } = positional(sql);
    return transaction.raw<Result>(
      text,
      names.map((name) => valueOf(bindings, name) as Knex.RawBinding),
    );
  };
  return {
    // The shape of a row is known where its SQL is written, so the caller names it.
    rows: async <R>(sql: string, bindings: Bindings = {}) => (await run(sql, bindings)).rows as readonly R[],
    row: async <R>(sql: string, bindings: Bindings = {}) =>
      ((await run(sql, bindings)).rows[0] as R | undefined) ?? null,
    run: async (sql, bindings = {}) => (await run(sql, bindings)).rowCount ?? 0,
  };
}

interface Statement {
  readonly text: string;
  readonly names: readonly string[];
}

/** SQL is written in the program, never made of data, so there are as many texts as places. */
const statements = new Map<string, Statement>();

/** `:name` to Knex's question marks. Knex's own named bindings read the cast in `:name::jsonb` as a column. */
function positional(sql: string): Statement {
  const known = statements.get(sql);
  if (known) return known;
  const names: string[] = [];
  const text = sql.replaceAll('?', '\\?').replace(/(?<!:):([a-z]\w*)/gi, (_match, name: string) => {
    names.push(name);
    return '?';
  });
  const statement = { text, names };
  statements.set(sql, statement);
  return statement;
}

function valueOf(bindings: Bindings, name: string): Binding {
  if (!(name in bindings)) throw new Error(`The statement wants a value named ${name}.`);
  return bindings[name] ?? null;
}
