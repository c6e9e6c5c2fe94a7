/** `careplus policy`: policy sets as files, drafts and approved versions. */
import type { Command } from 'commander';
import { z } from 'zod';
import { typed } from '../api-client.js';
import type { ExitCode } from '../failure.js';
import { checkSource } from '../files/check.js';
import { sendFile, tellProblems } from '../files/send.js';
import { openSource, type SourceFile } from '../files/source-file.js';
import { group, leaf, type Session, type Shell } from '../shell.js';
import { drafted, draftedText, versionRow, versionTable } from '../versions.js';
import { wholeNumber } from '../options.js';
import { approve } from './calendar.js';
import { diff, type DiffOptions } from './policy-diff.js';

export function policyCommands(program: Command, shell: Shell): void {
  const policy = group(program, 'policy', 'validate, import, list, compare and approve policy sets');
  leaf(policy, 'validate <file>', 'check a policy file here, without any server', [
    'policy validate examples/policies/standard.yaml',
  ]).action(shell.action((session, file: string) => validate(session, file)));
  leaf(policy, 'import <file>', 'store a policy file as a draft version', [
    'policy import examples/policies/standard.yaml --as kim-field',
  ]).action(shell.action((session, file: string) => importFile(session, file)));
  leaf(policy, 'list', 'the policy sets of the installation', ['policy list']).action(
    shell.action((session) => list(session)),
  );
  leaf(policy, 'approve <policy> <version>', 'approve a draft that somebody else made', [
    'policy approve standard 2 --as dana-hill',
  ]).action(
    shell.action((session, id: string, version: string) => approve(session, 'policies', id, version)),
  );
  leaf(
    policy,
    'diff <policy> [from] [to]',
    'what differs between two versions, or a version and a file, and what it would do',
    [
      'policy diff standard',
      'policy diff standard 1 2',
      'policy diff standard 2 examples/policies/standard.yaml',
    ],
  )
    .option('--limit <number>', 'processes that are looked at (default 50, at most 100)', wholeNumber)
    .option('--after <process>', 'goes on after this process')
    .action(
      shell.action(
        async (session, id: string, from: string | undefined, to: string | undefined, options: DiffOptions) =>
          diff(session, id, from, to, options),
      ),
    );
  leaf(policy, 'schema', 'the JSON Schema of a policy file', ['policy schema > policy.schema.json']).action(
    shell.action(async (session) => {
      const { policyJsonSchema } = await import('../../domain/policy/policy-set.js');
      session.io.out(`${JSON.stringify(policyJsonSchema(), null, 2)}\n`);
    }),
  );
}

async function checked(session: Session, name: string) {
  const source: SourceFile = openSource(session.io.cwd, name);
  const { policySetSchema } = await import('../../domain/policy/policy-set.js');
  return { source, read: checkSource(source, policySetSchema) };
}

async function validate(session: Session, name: string): Promise<ExitCode> {
  const { source, read } = await checked(session, name);
  if (!read.ok) return tellProblems(session, source, read.problems, 'the file cannot be used');
  const { id, title, illustrative } = read.value;
  session.answer({ file: name, problems: [], id }, () =>
    session.prose(
      `${title} (${id}): the file is right.${illustrative ? ' Its figures are illustrative.' : ''}`,
    ),
  );
  return 0;
}

async function importFile(session: Session, name: string): Promise<ExitCode> {
  const { source, read } = await checked(session, name);
  if (!read.ok) return tellProblems(session, source, read.problems);
  const sent = await sendFile(session, source, () =>
    session.api.send('/v1/policies', { body: source.value }),
  );
  if (!sent.ok) return sent.code;
  const draft = typed(drafted, sent.answer.body);
  session.answer(sent.answer.body, () => draftedText('policy', read.value.id, draft));
  return 0;
}

async function list(session: Session): Promise<void> {
  const { body } = await session.api.get('/v1/policies');
  const { items } = typed(z.object({ items: z.array(versionRow) }), body);
  session.answer(body, () => (items.length === 0 ? 'No policy set yet.' : versionTable(items, session)));
}
