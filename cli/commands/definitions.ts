/** `careplus definitions` and `lint`: the processes as they are defined. */
import type { Command } from 'commander';
import { z } from 'zod';
import { definitions } from '../../domain/processes.js';
import { typed } from '../api-client.js';
import { badInput, type ExitCode } from '../failure.js';
import { didYouMean } from '../nearest.js';
import { factsText } from '../output/facts.js';
import { counted } from '../output/text.js';
import { leaf, type Session, type Shell } from '../shell.js';

const rows = z.object({
  items: z.array(
    z.object({
      slug: z.string(),
      title: z.string().nullish(),
      summary: z.string().nullish(),
      version: z.number().nullish(),
    }),
  ),
});

export function definitionCommands(program: Command, shell: Shell): void {
  leaf(program, 'definitions [slug]', 'the kinds of processes: statuses, commands, clocks, roles', [
    'definitions',
    'definitions onboarding --diagram',
  ])
    .option('--diagram', 'a Mermaid state diagram')
    .action(
      shell.action((session, slug: string | undefined, options: { diagram?: boolean }) =>
        show(session, slug, options.diagram === true),
      ),
    );
  leaf(program, 'lint', 'check the definitions themselves, without any server', ['lint']).action(
    shell.action((session) => lintAll(session)),
  );
}

async function show(session: Session, slug: string | undefined, diagram: boolean): Promise<void> {
  if (slug === undefined) {
    if (diagram)
      throw badInput(
        'A diagram is of one kind of process.',
        'Name it: careplus definitions onboarding --diagram.',
      );
    const { body } = await session.api.get('/v1/definitions');
    const { items } = typed(rows, body);
    session.answer(body, () =>
      session.table(
        [{ header: 'Process', whole: true }, { header: 'Version', right: true }, { header: 'Summary' }],
        items.map((row) => [
          session.bold(row.slug),
          String(row.version ?? ''),
          row.summary ?? row.title ?? '',
        ]),
      ),
    );
    return;
  }
  const known = Object.keys(definitions);
  if (!known.includes(slug))
    throw badInput(`There is no kind of process named "${slug}"${didYouMean(slug, known, true)}.`);
  const { body } = await session.api.get(`/v1/definitions/${slug}${diagram ? '/diagram' : ''}`);
  session.answer(diagram ? { diagram: body } : body, () =>
    typeof body === 'string' ? body.trimEnd() : factsText(withoutSchemas(body), session, ''),
  );
}

/** Schemas are for programs; people read the examples. */
function withoutSchemas(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutSchemas);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => name !== 'schema')
      .map(([name, each]: [string, unknown]) => [name, withoutSchemas(each)]),
  );
}

async function lintAll(session: Session): Promise<ExitCode> {
  const { lint } = await import('../../domain/kernel/lint.js');
  const findings = Object.values(definitions).flatMap((definition) => [...lint(definition)]);
  session.answer({ findings }, () =>
    findings.length === 0
      ? `${counted(Object.keys(definitions).length, 'definition')}: nothing to complain of.`
      : [
          ...findings.map(({ slug, rule, text }) => session.prose(`${slug} ${rule}: ${text}`)),
          `${counted(findings.length, 'finding')}.`,
        ].join('\n'),
  );
  return findings.length === 0 ? 0 : 1;
}
