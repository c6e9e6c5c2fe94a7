/** Sending a file: what the API finds wrong in it is shown at its lines, like what was found here. */
import type { Answer } from '../api-client.js';
import { CliFailure, type ExitCode } from '../failure.js';
import { locatedText } from '../output/located.js';
import type { Session } from '../shell.js';
import { placed } from './check.js';
import type { Located, SourceFile } from './source-file.js';

/** Prints the problems of a file; the exit code of bad input. */
export function tellProblems(
  session: Session,
  source: SourceFile,
  problems: readonly Located[],
  effect?: string,
): ExitCode {
  session.answer({ file: source.name, stored: false, problems }, () =>
    locatedText(source, problems, session.paint, session.width, effect),
  );
  return 2;
}

/** The answer of the API, or the exit code after its problems were told. */
export async function sendFile(
  session: Session,
  source: SourceFile,
  send: () => Promise<Answer>,
): Promise<{ readonly ok: true; readonly answer: Answer } | { readonly ok: false; readonly code: ExitCode }> {
  try {
    return { ok: true, answer: await send() };
  } catch (error) {
    if (!(error instanceof CliFailure) || error.facts.status !== 422 || !error.facts.problems?.length)
      throw error;
    return { ok: false, code: tellProblems(session, source, placed(source, error.facts.problems)) };
  }
}
