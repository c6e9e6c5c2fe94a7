/** `careplus policy diff`: what differs between two versions, and what the change would do to the processes that run. */
import { z } from 'zod';
import { typed } from '../api-client.js';
import type { ExitCode } from '../failure.js';
import { checkSource } from '../files/check.js';
import { sendFile, tellProblems } from '../files/send.js';
import { openSource } from '../files/source-file.js';
import { counted, harmless } from '../output/text.js';
import { lengthText } from '../output/time.js';
import { wholeNumber } from '../options.js';
import type { Session } from '../shell.js';

export interface DiffOptions {
  readonly limit?: number;
  readonly after?: string;
}

const move = z.object({
  processId: z.string(),
  slug: z.string(),
  headline: z.string(),
  label: z.string(),
  key: z.string(),
  step: z.string(),
  move: z.string(),
  dueAt: z.string().nullable(),
  dueLocal: z.string().nullish(),
  thenDueAt: z.string().nullable(),
  thenDueLocal: z.string().nullish(),
});
const policyDiff = z.object({
  id: z.string(),
  before: z.object({ version: z.number() }),
  after: z.object({ version: z.number().nullable() }),
  changes: z.array(
    z.object({ path: z.string(), before: z.string().nullable(), after: z.string().nullable() }),
  ),
  processes: z.object({ total: z.number(), looked: z.number(), more: z.number() }),
  totals: z.object({
    earlier: z.number(),
    later: z.number(),
    added: z.number(),
    removed: z.number(),
    unchanged: z.number(),
    pausedClocks: z.number(),
  }),
  moves: z.array(move),
  assumptions: z.array(z.string()),
  next: z.string().nullable(),
});
type PolicyDiff = z.infer<typeof policyDiff>;

/** Two versions, or a version and a file: a number is a version, anything else is the name of a file. */
export async function diff(
  session: Session,
  id: string,
  first: string | undefined,
  second: string | undefined,
  options: DiffOptions,
): Promise<ExitCode> {
  const isVersion = (text: string | undefined) => text !== undefined && /^\d+$/.test(text);
  const file = [first, second].find((text) => text !== undefined && !isVersion(text));
  const from = isVersion(first) ? wholeNumber(first ?? '') : undefined;
  const page = { limit: options.limit, after: options.after };
  const path = `/v1/policies/${encodeURIComponent(id)}/diff`;
  if (file === undefined) {
    const to = second === undefined ? undefined : wholeNumber(second);
    const { body } = await session.api.get(path, { from, to, ...page });
    show(session, body, 'the file');
    return 0;
  }
  const source = openSource(session.io.cwd, file);
  const { policySetSchema } = await import('../../domain/policy/policy-set.js');
  const read = checkSource(source, policySetSchema);
  if (!read.ok) return tellProblems(session, source, read.problems, 'the file cannot be compared');
  const sent = await sendFile(session, source, () =>
    session.api.send(path, { body: source.value, query: { from, ...page } }),
  );
  if (!sent.ok) return sent.code;
  show(session, sent.answer.body, file);
  return 0;
}

function show(session: Session, body: unknown, file: string): void {
  session.answer(body, () => diffText(session, typed(policyDiff, body), file));
}

function diffText(session: Session, read: PolicyDiff, file: string): string {
  const after = read.after.version === null ? file : `version ${String(read.after.version)}`;
  const title = `${session.paint.bold(read.id)}: version ${String(read.before.version)} → ${after}`;
  if (read.changes.length === 0) return `${title}\nBoth say the same.`;
  return [title, '', changesText(session, read), '', effectText(session, read)].join('\n');
}

function changesText(session: Session, { changes }: PolicyDiff): string {
  return session.table(
    [{ header: 'What changes' }, { header: 'From' }, { header: 'To' }],
    changes.map(({ path, before, after }) => [path, before ?? '(not there)', after ?? '(gone)']),
  );
}

function effectText(session: Session, read: PolicyDiff): string {
  const { processes, totals, moves } = read;
  const rows = moves.map((one) => [
    `${harmless(one.headline)} ${one.slug}\n${one.processId}`,
    `${one.label}${one.key === '' ? '' : ` (${one.key})`}: ${one.step}\n${moveText(one)}`,
    `${session.time(one.dueAt, one.dueLocal)}\n${session.time(one.thenDueAt, one.thenDueLocal)}`,
  ]);
  const counts = [
    `${counted(processes.looked, 'process', 'processes')} with running clocks looked at.`,
    `Marks still to come: ${String(totals.earlier)} earlier, ${String(totals.later)} later,`,
    `${String(totals.added)} added, ${String(totals.removed)} removed, ${String(totals.unchanged)} as now.`,
    ...(totals.pausedClocks > 0
      ? [`${counted(totals.pausedClocks, 'clock')} paused, without a due instant.`]
      : []),
    ...(read.next === null
      ? []
      : [`${counted(processes.more, 'process', 'processes')} more: --after ${read.next}`]),
  ].join(' ');
  return [
    ...(rows.length === 0
      ? ['No running clock would move.']
      : [
          session.table(
            [
              { header: 'Process' },
              { header: 'Clock and mark' },
              { header: 'Due now, due then', whole: true },
            ],
            rows,
          ),
        ]),
    '',
    session.prose(counts),
    '',
    'Assumed:',
    ...read.assumptions.map((text) => session.prose(text, '  ')),
  ].join('\n');
}

function moveText({ move: what, dueAt, thenDueAt }: z.infer<typeof move>): string {
  if (dueAt === null || thenDueAt === null) return what;
  return `${lengthText(Date.parse(thenDueAt) - Date.parse(dueAt))} ${what}`;
}
