// What stops a start, said as a sentence with a remedy and an exit code.
import { isNativeError } from 'node:util/types';

/** Exit codes of sysexits.h that Care Plus uses: 1 failure, 69 a dependency is unavailable, 78 configuration. */
export type ExitCode = 1 | 69 | 78;

/** A start that cannot go on for a reason outside of the program; the message is meant for a person. */
export class StartFailure extends Error {
  override readonly name = 'StartFailure';

  constructor(
    readonly exitCode: ExitCode,
    readonly sentence: string,
    readonly remedy: string,
    options?: ErrorOptions,
  ) {
    super(`${sentence} ${remedy}`, options);
  }
}

/**
 * The message of anything that was thrown. Asked of the value's nature, not its class: an error of another realm
 * (Node's own ones, seen from a test runner) is no instance of our Error.
 */
export const reasonOf = (error: unknown): string => (isNativeError(error) ? error.message : String(error));

/** The `code` of a system error such as ENOENT, or none. */
export const codeOf = (error: unknown): string | undefined =>
  isNativeError(error) && 'code' in error && typeof error.code === 'string' ? error.code : undefined;

/** The exit status of a program that ended badly, or none. */
export const statusOf = (error: unknown): number | undefined =>
  isNativeError(error) && 'status' in error && typeof error.status === 'number' ? error.status : undefined;
