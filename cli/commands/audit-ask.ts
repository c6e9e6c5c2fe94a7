/** `careplus audit ask`: the auditor's questions by name, answered with rows and what proves them. */
import type { Command } from 'commander';
import { z } from 'zod';
import { nameOf } from '../answers.js';
import { typed } from '../api-client.js';
import { badInput, type ExitCode } from '../failure.js';
import type { Column } from '../output/table.js';
import { counted } from '../output/text.js';
import { leaf, type Session, type Shell } from '../shell.js';

interface AskOptions {
  readonly contract?: string;
  readonly at?: string;
}

const question = z.object({
  name: z.string(),
  text: z.string(),
  source: z.string(),
  mustBeEmpty: z.boolean(),
  columns: z.array(z.object({ name: z.string(), title: z.string(), kind: z.string() })),
});
const questions = z.object({ items: z.array(question) });
const cell = z.union([
  z.string(),
  z.number(),
  z.boolean(),
  z.object({ id: z.string(), name: z.string() }),
  z.null(),
]);
const answer = z.object({
  question,
  contractId: z.string(),
  at: z.string(),
  count: z.number(),
  truncated: z.boolean(),
  clean: z.boolean().nullable(),
  rows: z.array(
    z.object({
      cells: z.record(z.string(), cell),
      proof: z.array(
        z.object({
          number: z.number(),
          hash: z.string(),
          processId: z.string().nullable(),
          seq: z.number().nullable(),
          event: z.string(),
        }),
      ),
    }),
  ),
});
type Answer = z.infer<typeof answer>;

/** So many characters of a hash tell entries apart; `--json` has them whole. */
const HASH_SHOWN = 12;

export function askCommand(audit: Command, shell: Shell): void {
  leaf(audit, 'ask [question]', 'ask a question by its name; without one: what can be asked', [
    'audit ask',
    'audit ask guide-held --contract northwind-2026 --at 2026-12-01T09:00Z --as jo-brook',
  ])
    .option('--contract <contract>', 'about this contract')
    .option('--at <instant>', 'as it stood then, with the offset (default now)')
    .action(
      shell.action((session, name: string | undefined, options: AskOptions) =>
        name === undefined ? list(session) : ask(session, name, options),
      ),
    );
}

async function list(session: Session): Promise<ExitCode> {
  const { body } = await session.api.get('/v1/audit/questions');
  const { items } = typed(questions, body);
  session.answer(body, () =>
    session.table(
      [{ header: 'Question', whole: true }, { header: 'What it asks' }, { header: 'Spec' }],
      items.map(({ name, text, source, mustBeEmpty }) => [
        name,
        mustBeEmpty ? `${text} (must be none)` : text,
        source,
      ]),
    ),
  );
  return 0;
}

/** 1 where something answers a question that nothing must answer. */
async function ask(session: Session, name: string, { contract, at }: AskOptions): Promise<ExitCode> {
  if (contract === undefined)
    throw badInput('A question is about a contract.', `careplus audit ask ${name} --contract <contract>`);
  const { body } = await session.api.get(`/v1/audit/questions/${encodeURIComponent(name)}`, { contract, at });
  const read = typed(answer, body);
  session.answer(body, () =>
    [
      session.prose(read.question.text),
      `${read.contractId} at ${session.time(read.at)}: ${verdict(session, read)}`,
      ...(read.rows.length === 0 ? [] : ['', rowsText(session, read), '', proofText(session, read)]),
      ...(read.truncated ? [`Only the first ${counted(read.rows.length, 'row')} are shown.`] : []),
    ].join('\n'),
  );
  return read.clean === false ? 1 : 0;
}

function verdict({ paint }: Session, { clean, count }: Answer): string {
  if (clean === true) return paint.green('none, as it must be');
  const rows = counted(count, 'row');
  return clean === false ? paint.red(`${rows}; there must be none`) : rows;
}

function rowsText(session: Session, { question: { columns }, rows }: Answer): string {
  const headers = columns.map(({ title, kind }): Column =>
    kind === 'number' ? { header: title, right: true } : { header: title },
  );
  return session.table(
    [{ header: '#', right: true }, ...headers],
    rows.map(({ cells }, index) => [
      String(index + 1),
      ...columns.map(({ name, kind }) => cellText(session, kind, cells[name] ?? null)),
    ]),
  );
}

function cellText(session: Session, kind: string, value: z.infer<typeof cell>): string {
  if (value === null) return '-';
  if (typeof value === 'object') return nameOf(value);
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return kind === 'instant' && typeof value === 'string' ? session.time(value) : String(value);
}

function proofText(session: Session, { rows }: Answer): string {
  const lines = rows.flatMap(({ proof }, index) =>
    proof.map(({ number, hash, processId, seq, event }) => [
      String(index + 1),
      seq === null
        ? `${event}, entry ${String(number)}`
        : `${event}, step ${String(seq)} of\n${processId ?? ''}`,
      hash.slice(0, HASH_SHOWN),
    ]),
  );
  return session.table(
    [{ header: '#', right: true }, { header: 'Proven by' }, { header: 'Hash', whole: true }],
    lines,
  );
}
