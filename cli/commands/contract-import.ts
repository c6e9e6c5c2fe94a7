/** `careplus contract import`: read a file, say what is wrong where, show what changes, store it. */
import { checkAnswer, type Difference } from '../answers.js';
import { typed } from '../api-client.js';
import { CliFailure, type ExitCode } from '../failure.js';
import { checkSource, placed } from '../files/check.js';
import { sendFile, tellProblems } from '../files/send.js';
import { openSource, type SourceFile } from '../files/source-file.js';
import { contractText, differenceText } from '../output/contract.js';
import { settle } from '../settle.js';
import type { Session } from '../shell.js';

export interface ImportOptions {
  readonly approve?: boolean;
  readonly check?: boolean;
}

/** Nothing is stored when anything is wrong (exit code 2) or the difference was not approved (1). */
export async function importFile(session: Session, name: string, options: ImportOptions): Promise<ExitCode> {
  const source = openSource(session.io.cwd, name);
  // Loaded here and not above: other commands start faster without the rules of a contract file.
  const { contractFileSchema } = await import('../../domain/contract/contract-file.js');
  const read = checkSource(source, contractFileSchema);
  if (!read.ok) return tellProblems(session, source, read.problems);
  const looked = await sendFile(session, source, () =>
    session.api.send('/v1/contracts/check', { body: source.value }),
  );
  if (!looked.ok) return looked.code;
  const check = typed(checkAnswer, looked.answer.body);
  if (check.problems.length > 0) return tellProblems(session, source, placed(source, check.problems));
  const readText = contractText(read.value, session);
  if (options.check) {
    session.answer(looked.answer.body, () =>
      [readText, checkedText(check.known, check.diff, session)].join('\n\n'),
    );
    return 0;
  }
  if (check.known && check.diff.length === 0) {
    session.answer(looked.answer.body, () => `${readText}\n\nThe contract is known and nothing changed.`);
    return 0;
  }
  if (check.known && !(await agreed(session, check.diff, options))) return 1;
  return store(session, source, check.known, readText);
}

async function agreed(
  session: Session,
  diff: readonly Difference[],
  options: ImportOptions,
): Promise<boolean> {
  const told = `The contract is known. The file changes:\n${differenceText(diff, session)}`;
  if (options.approve) {
    session.remark(`${told}\n`);
    return true;
  }
  if (session.io.ask && !session.json) {
    session.remark(told);
    if (await session.io.ask('Amend the contract?')) return true;
    session.remark('Nothing was changed.');
    return false;
  }
  if (!session.json) session.io.err(`${told}\n\n`);
  throw new CliFailure({
    exitCode: 1,
    code: 'CONTRACT_KNOWN',
    text: 'The contract is known and the file differs from it; nothing was changed.',
    remedy: 'Look at the differences, then import again with --approve.',
    document: { code: 'CONTRACT_KNOWN', diff },
  });
}

async function store(
  session: Session,
  source: SourceFile,
  known: boolean,
  readText: string,
): Promise<ExitCode> {
  const sent = await sendFile(session, source, () =>
    session.api.send('/v1/contracts', {
      body: { file: source.value, ...(known ? { approveDiff: true } : {}) },
    }),
  );
  if (!sent.ok) return sent.code;
  const { answer, body } = await settle(session, sent.answer);
  const id = idOf(source.value);
  session.answer(body, () =>
    [
      readText,
      '',
      `${session.paint.green(known ? 'Amended' : 'Stored')}: ${answer.processId ?? id}`,
      `Next: careplus ${known ? `show ${id}/contract` : `contract activate ${id} --registered <date>`}`,
    ].join('\n'),
  );
  return 0;
}

function checkedText(known: boolean, diff: readonly Difference[], session: Session): string {
  if (!known) return 'The file is right; the contract is new. Nothing was stored.';
  if (diff.length === 0) return 'The file is right; the contract is known and nothing changed.';
  return `The file is right; the contract is known. Importing it would change:\n${differenceText(diff, session)}`;
}

function idOf(value: unknown): string {
  return typeof value === 'object' && value !== null && 'id' in value ? String(value.id) : '<contract>';
}
