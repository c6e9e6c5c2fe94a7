/** A command that cannot go on for a reason outside of the program: said as text with a remedy and an exit code. */

/** 1 failure or refusal, 2 usage or bad input, 69 a service is not reachable, 78 configuration (sysexits.h). */
export type ExitCode = 0 | 1 | 2 | 69 | 78;

export interface Problem {
  readonly path: string;
  readonly problem: string;
}

export interface FailureFacts {
  readonly exitCode: Exclude<ExitCode, 0>;
  /** Stable name, such as PROCESS_STALE or API_UNREACHABLE. */
  readonly code: string;
  readonly text: string;
  readonly remedy?: string | undefined;
  readonly problems?: readonly Problem[] | undefined;
  /** A command line that would do. */
  readonly example?: string | undefined;
  /** HTTP status, when the API said it. */
  readonly status?: number | undefined;
  /** The whole problem document of the API, for `--json`. */
  readonly document?: unknown;
}

export class CliFailure extends Error {
  override readonly name = 'CliFailure';

  constructor(
    readonly facts: FailureFacts,
    options?: ErrorOptions,
  ) {
    super(facts.text, options);
  }
}

/** Something in the arguments or in a file does not fit. */
export function badInput(text: string, remedy?: string, problems?: readonly Problem[]): CliFailure {
  return new CliFailure({ exitCode: 2, code: 'BAD_INPUT', text, remedy, problems });
}
