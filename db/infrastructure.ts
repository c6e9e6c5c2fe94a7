/** Tells what comes from the outside (connection, timeout, deadlock: try again) from bugs and broken data (poison). */
import { RestoredModeError } from './restore/mode-error.js';

/**
 * SQLSTATE: 08 connection, 53 resources, 57P shutdown, 58 system, 28 login, 3D000 no such database (not there yet);
 * 57014 statement timeout, 25P03/25P04 idle and transaction timeout, 40001 serialisation, 40P01 deadlock, 55P03 lock;
 * 25006 a server that only reads: a replica on its way to become the primary.
 */
const SQL_STATES = /^(08...|53...|57P0.|58...|28...|3D000|57014|25006|25P03|25P04|40001|40P01|55P03)$/;

const NODE_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTCONN',
]);

/** What the driver and the pool say without a code. */
const SENTENCES =
  /connection terminated|connection ended|not queryable|timeout expired|timeout acquiring a connection|unable to acquire a connection|pool (is )?destroyed|^aborted$/i;

/** How deep causes and aggregates are looked into. */
const DEPTH = 5;

/** Whether trying the same again later may succeed without anybody changing anything. */
export function isInfrastructure(error: unknown, depth = DEPTH): boolean {
  if (depth === 0 || typeof error !== 'object' || error === null) return false;
  const code = codeOf(error);
  if (code !== undefined && (SQL_STATES.test(code) || NODE_CODES.has(code))) return true;
  if (!(error instanceof Error) || error instanceof RestoredModeError) return false;
  // A code that is none of these is Postgres's own verdict; its sentence is not read.
  if (code === undefined && (error.name === 'KnexTimeoutError' || SENTENCES.test(error.message))) return true;
  if (error instanceof AggregateError) return error.errors.some((one) => isInfrastructure(one, depth - 1));
  return isInfrastructure(error.cause, depth - 1);
}

/** Another transaction held a lock for longer than ours would wait. */
export function isLockTimeout(error: unknown): boolean {
  return codeOf(error) === '55P03';
}

/** What Postgres (SQLSTATE) or the system calls an error. */
export function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
