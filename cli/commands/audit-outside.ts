/** `careplus audit chain|archive|erase`: what leaves the database, and who leaves it. */
import type { Command } from 'commander';
import { z } from 'zod';
import { typed } from '../api-client.js';
import { badInput, CliFailure, type ExitCode } from '../failure.js';
import { writePrivateFile } from '../files/private-file.js';
import { counted } from '../output/text.js';
import { leaf, type Session, type Shell } from '../shell.js';

const known = z.object({
  restores: z.array(z.object({ text: z.string() })),
  heads: z.array(z.object({ tenantId: z.string(), chain: z.string(), number: z.number() })),
});
const link = z.object({ number: z.number(), bytes: z.string(), prevHash: z.string(), hash: z.string() });
const page = z.object({ entries: z.array(link), more: z.boolean() });

const archived = z.object({
  histories: z.number(),
  bytes: z.number(),
  closedThrough: z.string().nullable(),
  lastPass: z
    .object({ at: z.string(), report: z.record(z.string(), z.union([z.number(), z.string()])) })
    .nullable(),
  newest: z.array(
    z.object({ workflowId: z.string(), runId: z.string(), closedAt: z.string(), hash: z.string() }),
  ),
});
const erasure = z.object({ processes: z.number(), events: z.number() });

export function outsideCommands(audit: Command, shell: Shell): void {
  leaf(
    audit,
    'chain [customer]',
    'the exact entries of the chains as a file that is verified without Care Plus',
    [
      'audit chain northwind -o northwind-chain.json',
      'audit verify --chain northwind-chain.json --checkpoints kept --public-key key.pem',
    ],
  )
    .requiredOption('-o, --output <file>', 'write to this file (readable by you alone)')
    .option('--force', 'overwrite the file')
    .action(
      shell.action((session, customer: string | undefined, options: { output: string; force?: boolean }) =>
        chain(session, customer, options),
      ),
    );
  leaf(audit, 'archive', 'how far the histories of closed runs are archived', ['audit archive']).action(
    shell.action((session) => archive(session)),
  );
  leaf(audit, 'erase <person>', 'erase a person and everything he wrote; it cannot be taken back', [
    'audit erase per-4711 --reason "request of 12 March"',
  ])
    .requiredOption('--reason <text>', 'kept for ever in the audit: it must not name the person')
    .option('--yes', 'do not ask')
    .action(
      shell.action((session, person: string, options: { reason: string; yes?: boolean }) =>
        erase(session, person, options),
      ),
    );
}

async function chain(
  session: Session,
  customer: string | undefined,
  options: { readonly output: string; readonly force?: boolean },
): Promise<void> {
  const { restores, heads } = typed(known, (await session.api.get('/v1/audit/checkpoints')).body);
  const wanted = heads.filter((head) => customer === undefined || head.tenantId === customer);
  if (wanted.length === 0) throw badInput(`There is no customer ${customer ?? ''} that you may see.`);
  const chains = [];
  for (const { tenantId, chain: name } of wanted)
    chains.push({ tenantId, chain: name, entries: await entriesOf(session, tenantId, name) });
  const file = { version: 1, chains, restores: restores.map(({ text }) => text) };
  const path = writePrivateFile(
    session.io.cwd,
    options.output,
    `${JSON.stringify(file)}\n`,
    options.force === true,
  );
  const entries = chains.reduce((sum, each) => sum + each.entries.length, 0);
  session.answer({ file: path, chains: chains.length, entries }, () =>
    [
      `Written to ${options.output}:`,
      `  ${counted(entries, 'entry', 'entries')} of ${counted(chains.length, 'chain')}`,
    ].join('\n'),
  );
}

async function entriesOf(session: Session, tenantId: string, name: string): Promise<readonly unknown[]> {
  const entries: z.infer<typeof link>[] = [];
  for (;;) {
    const after = entries.at(-1)?.number ?? 0;
    const { body } = await session.api.get(`/v1/audit/chains/${tenantId}/${name}`, { after });
    const { entries: next, more } = typed(page, body);
    entries.push(...next);
    // Each page that is read adds an entry of its own: the end is where a page is not full.
    if (!more) return entries;
  }
}

async function archive(session: Session): Promise<void> {
  const { body } = await session.api.get('/v1/audit/archive');
  const { histories, bytes, closedThrough, lastPass, newest } = typed(archived, body);
  const waiting = lastPass?.report['waiting'];
  const oldest = lastPass?.report['oldestWaitingSeconds'];
  session.answer(body, () =>
    [
      `${counted(histories, 'history', 'histories')} archived, ${(bytes / 1_000_000).toFixed(1)} MB`,
      closedThrough === null
        ? '  no whole pass has been made yet'
        : `  everything that closed before ${session.time(closedThrough)} is archived`,
      ...(lastPass
        ? [
            `  last pass ${session.time(lastPass.at)}: ${String(waiting ?? 0)} waiting, the oldest for ${String(oldest ?? 0)} s`,
          ]
        : []),
      session.table(
        [{ header: 'Closed' }, { header: 'Process' }, { header: 'SHA-256' }],
        newest
          .slice(0, 10)
          .map((each) => [session.time(each.closedAt), each.workflowId, each.hash.slice(0, 16)]),
      ),
    ].join('\n'),
  );
}

async function erase(
  session: Session,
  person: string,
  { reason, yes }: { readonly reason: string; readonly yes?: boolean },
): Promise<ExitCode> {
  if (yes !== true && !(await agreed(session, person))) {
    session.remark('Nothing was erased.');
    return 1;
  }
  const { body } = await session.api.send(`/v1/people/${encodeURIComponent(person)}/erase`, {
    body: { reason },
  });
  const { processes, events } = typed(erasure, body);
  session.answer(body, () =>
    [
      `${person} is erased.`,
      `  contents of ${counted(events, 'event')}, of them all of ${counted(processes, 'ended process', 'ended processes')}`,
    ].join('\n'),
  );
  return 0;
}

async function agreed(session: Session, person: string): Promise<boolean> {
  if (session.io.ask) return session.io.ask(`Erase ${person} for ever?`);
  throw new CliFailure({
    exitCode: 2,
    code: 'NOT_CONFIRMED',
    text: 'Erasing cannot be taken back, and nobody is there to ask.',
    remedy: 'Add --yes.',
  });
}
