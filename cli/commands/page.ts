/** `careplus page`: what one was paged about, the tries, and the acknowledgement. */
import type { Command } from 'commander';
import { z } from 'zod';
import { typed } from '../api-client.js';
import { harmless } from '../output/text.js';
import type { Column } from '../output/table.js';
import { findProcess } from '../process-names.js';
import { group, leaf, type Session, type Shell } from '../shell.js';

const pages = z.object({
  items: z.array(
    z.object({
      id: z.string(),
      headline: z.string(),
      processId: z.string(),
      notices: z.array(z.object({ label: z.string() })),
      recipient: z.object({ name: z.string() }),
      decidedAt: z.string(),
      acknowledged: z.object({ at: z.string(), via: z.string() }).nullable(),
      tries: z.array(
        z.object({
          round: z.number(),
          channel: z.string(),
          outcome: z.string(),
          startedAt: z.string(),
          problem: z.string().nullable(),
        }),
      ),
    }),
  ),
});
type Page = z.infer<typeof pages>['items'][number];

export function pageCommands(program: Command, shell: Shell): void {
  const page = group(program, 'page', 'what you were paged about, and that you have seen it');
  leaf(page, 'list', 'your pages that wait for you', ['page list --as noor-dale'])
    .option('--all', 'those too that you have acknowledged')
    .action(shell.action((session, { all }: { all?: boolean }) => list(session, all === true)));
  leaf(page, 'show <process>', 'the pages of a process, with every try', [
    'page show northwind-2026/onboarding --as dana-hill',
  ]).action(shell.action((session, reference: string) => show(session, reference)));
  leaf(page, 'acknowledge <page>', 'say that you have seen a page; it is sent no more', [
    'page acknowledge eff_0190 --as noor-dale',
  ]).action(shell.action((session, id: string) => acknowledge(session, id)));
}

async function list(session: Session, all: boolean): Promise<void> {
  const { body } = await session.api.get(`/v1/pages${all ? '?all=true' : ''}`);
  session.answer(body, () => {
    const { items } = typed(pages, body);
    if (items.length === 0) return 'No page waits for you.';
    // The id alone takes half a line of 80 columns: a page is a few lines, and no table.
    const entries = items.map((one) =>
      [
        session.paint.bold(one.id),
        session.prose(aboutOf(one), '  '),
        `  since ${session.time(one.decidedAt)}${one.acknowledged ? `, acknowledged ${stateOf(one, session)}` : ''}`,
      ].join('\n'),
    );
    return [...entries, 'Next: careplus page acknowledge <page>'].join('\n\n');
  });
}

async function show(session: Session, reference: string): Promise<void> {
  const id = await findProcess(session.api, reference);
  const { body } = await session.api.get(`/v1/processes/${id}/pages`);
  session.answer(body, () => {
    const { items } = typed(pages, body);
    if (items.length === 0) return 'This process has paged nobody.';
    return items.map((one) => pageText(one, session)).join('\n\n');
  });
}

function pageText(page: Page, session: Session): string {
  const head = `${page.id}  ${harmless(page.recipient.name)}: ${aboutOf(page)}`;
  const rows = page.tries.map(({ round, channel, outcome, startedAt, problem }) => [
    String(round),
    session.time(startedAt),
    channel,
    outcome,
    problem === null ? '' : harmless(problem),
  ]);
  const columns: readonly Column[] = [
    { header: 'Time', right: true },
    { header: 'Tried', whole: true },
    { header: 'By' },
    { header: 'Outcome' },
    { header: 'Problem' },
  ];
  return [
    head,
    `  decided ${session.time(page.decidedAt)}, acknowledged ${stateOf(page, session)}`,
    ...(rows.length > 0 ? [session.table(columns, rows)] : []),
  ].join('\n');
}

function aboutOf({ notices, headline }: Page): string {
  return harmless(`${notices.map(({ label }) => label).join(', ')} (${headline})`);
}

function stateOf({ acknowledged }: Page, session: Session): string {
  return acknowledged ? `${session.time(acknowledged.at)} by ${acknowledged.via}` : 'no';
}

async function acknowledge(session: Session, id: string): Promise<void> {
  const path = `/v1/pages/${encodeURIComponent(id)}/acknowledge`;
  const { body } = await session.api.send(path, { body: { via: 'cli' } });
  session.answer(body ?? { id }, () => `${session.paint.green('Acknowledged')}: ${id}. It is sent no more.`);
}
