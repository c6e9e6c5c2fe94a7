/** `careplus audit accesses` and `refusals`: who read the audit, what was refused to whom, who changed the set-up. */
import type { Command } from 'commander';
import { z } from 'zod';
import { typed } from '../api-client.js';
import { wholeNumber } from '../options.js';
import { leaf, type Session, type Shell } from '../shell.js';

interface ListOptions {
  readonly person?: string;
  readonly process?: string;
  readonly changes?: boolean;
  readonly limit?: number;
}

const lines = z.object({
  items: z.array(
    z.object({
      at: z.string(),
      code: z.string(),
      trigger: z.string(),
      tenantId: z.string(),
      processId: z.string().nullish(),
      person: z.string().nullish(),
    }),
  ),
  next: z.string().nullish(),
});

export function auditListCommands(audit: Command, shell: Shell): void {
  leaf(audit, 'accesses', 'who read the audit, newest first; this look too', [
    'audit accesses --person jo-brook',
  ])
    .option('--person <person>', 'only what this person read')
    .option('--process <id>', 'only what was read about this process')
    .option('--limit <count>', 'how many lines, at most 100 (default 50)', wholeNumber)
    .action(shell.action((session, options: ListOptions) => list(session, '/v1/audit/accesses', options)));
  leaf(audit, 'refusals', 'what was refused to whom, newest first', ['audit refusals --person sam-rivers'])
    .option('--person <person>', 'only what was refused to this person')
    .option('--process <id>', 'only about this process')
    .option('--changes', 'instead: who changed people, keys, calendars and policies')
    .option('--limit <count>', 'how many lines, at most 100 (default 50)', wholeNumber)
    .action(shell.action((session, options: ListOptions) => list(session, '/v1/audit/refusals', options)));
}

async function list(session: Session, path: string, options: ListOptions): Promise<void> {
  const { changes, ...filter } = options;
  const { person, process, limit } = filter;
  const query = { person, process, limit, ...(changes ? { kind: 'change' } : {}) };
  const { body } = await session.api.get(path, query);
  const { items, next } = typed(lines, body);
  session.answer(body, () =>
    [
      items.length === 0
        ? 'Nothing.'
        : session.table(
            [{ header: 'When' }, { header: 'Who' }, { header: 'What' }, { header: 'About' }],
            items.map((line) => [
              session.time(line.at),
              line.person ?? '-',
              line.trigger === line.code ? line.code : `${line.code}\n${line.trigger}`,
              line.processId ? `${line.tenantId}\n${line.processId}` : line.tenantId,
            ]),
          ),
      ...(next ? ['There are more: --limit, --person, --process.'] : []),
    ].join('\n'),
  );
}
