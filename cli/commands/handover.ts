/** `careplus handover`: hand over what a service manager is responsible for, for good or for an absence. */
import type { Command } from 'commander';
import { z } from 'zod';
import { nameOf, stepAnswer } from '../answers.js';
import { typed } from '../api-client.js';
import { badInput } from '../failure.js';
import { harmless } from '../output/text.js';
import { instant } from '../options.js';
import { findProcess } from '../process-names.js';
import { settle } from '../settle.js';
import { group, leaf, type Session, type Shell } from '../shell.js';
import { stepText } from './step.js';

interface StartOptions {
  readonly from: string;
  readonly to?: string;
  readonly at?: string;
  readonly until?: string;
  readonly reason: string;
}

interface AcceptOptions {
  readonly group?: string;
  readonly all?: boolean;
}

const text = z.string();
const maybe = z.string().nullish();
const person = z.object({ id: text, name: maybe });

const handovers = z.object({
  items: z.array(
    z.object({
      id: text,
      statusLabel: text,
      kind: text,
      from: person,
      to: person.nullish(),
      begins: text,
      beginsLocal: maybe,
      ends: maybe,
      endsLocal: maybe,
      groups: z.number(),
      waiting: z.number(),
    }),
  ),
});

const view = z.object({
  id: text,
  headline: maybe,
  statusLabel: maybe,
  owner: person.nullish(),
  data: z.object({
    from: text,
    to: maybe,
    groups: z.array(
      z.object({ key: text, number: text, place: text, state: text, takenBy: maybe, toldAt: maybe }),
    ),
  }),
});

const kept = z.object({
  keptAt: maybe,
  items: z.array(
    z.object({
      group: text,
      number: text,
      place: text,
      processes: z.array(
        z.object({
          processId: text,
          title: text,
          headline: text,
          statusLabel: text,
          tasks: z.array(z.object({ label: text, dueAt: maybe, dueLocal: maybe })),
          clocks: z.array(z.object({ label: text, key: text, dueAt: maybe, dueLocal: maybe })),
        }),
      ),
    }),
  ),
});

const STATES: Readonly<Record<string, string>> = {
  waiting: 'waits',
  accepted: 'accepted',
  manager: 'not accepted in time',
  renamed: 'others are named',
};

export function handoverCommands(program: Command, shell: Shell): void {
  const handover = group(program, 'handover', 'hand over when a service manager leaves or is absent');
  leaf(handover, 'start', 'hand over everything that somebody is responsible for', [
    "handover start --from sam-rivers --to robin-lake --reason 'Another post.' --as kim-field",
    "handover start --from sam-rivers --at 2026-12-21T08:00+01:00 --until 2027-01-04T08:00+01:00 --reason 'Holiday.' --as sam-rivers",
  ])
    .requiredOption('--from <person>', 'who leaves or is absent')
    .option('--to <person>', 'who is to accept it; without it, the backup of each contract')
    .option('--at <instant>', 'when it takes effect, with its offset; without it, now', instant)
    .option('--until <instant>', 'the end of an absence; without it, he leaves for good', instant)
    .requiredOption('--reason <text>', 'why; only those concerned read it')
    .action(shell.action((session, options: StartOptions) => start(session, options)));
  leaf(handover, 'list', 'who hands over what to whom, and until when', ['handover list'])
    .option('--all', 'also those that are over')
    .action(shell.action((session, options: { all?: boolean }) => list(session, options.all === true)));
  leaf(handover, 'show <process>', 'its contracts, and everything that was open at the beginning', [
    'handover show hnd_0190',
  ]).action(shell.action((session, reference: string) => show(session, reference)));
  leaf(handover, 'accept <process>', 'accept one contract, or all that you may accept', [
    'handover accept hnd_0190 --group northwind-2026 --as robin-lake',
    'handover accept hnd_0190 --all --as robin-lake',
  ])
    .option('--group <contract>', 'the contract')
    .option('--all', 'all that wait')
    .action(
      shell.action((session, reference: string, options: AcceptOptions) =>
        accept(session, reference, options),
      ),
    );
}

async function start(session: Session, { from, to, at, until, reason }: StartOptions): Promise<void> {
  const effectiveAt = at ?? new Date(session.io.now()).toISOString();
  const sent = await session.api.send('/v1/processes/handover', {
    body: {
      from,
      ...(to === undefined ? {} : { to }),
      kind: until === undefined ? 'leaves' : 'absence',
      effectiveAt,
      ...(until === undefined ? {} : { until }),
      reason,
    },
  });
  const given = sent.status === 202 ? undefined : typed(stepAnswer, sent.body);
  const { answer } = await settle(session, sent);
  const processId = answer.processId ?? given?.processId ?? '';
  const { body } = await session.api.get(`/v1/processes/${processId}`);
  session.answer(body, () =>
    [
      `${session.paint.green('Started')}: ${processId}`,
      `  ${from} hands over to ${to ?? 'whoever backs him up'} from ${session.time(effectiveAt)} on.`,
      '',
      `Next: careplus handover show ${processId}`,
    ].join('\n'),
  );
}

async function list(session: Session, closed: boolean): Promise<void> {
  const { body } = await session.api.get('/v1/handovers', closed ? { closed: true } : {});
  const { items } = typed(handovers, body);
  session.answer(body, () =>
    items.length === 0
      ? 'Nobody hands over.'
      : session.table(
          [{ header: 'Who' }, { header: 'When', whole: true }, { header: 'Status' }],
          items.map((one) => [
            `${nameOf(one.from)}\nto ${one.to ? nameOf(one.to) : 'the backups'}\n${one.id.slice(0, 18)}`,
            `${session.time(one.begins, one.beginsLocal)}\n${one.ends ? `until ${session.time(one.ends, one.endsLocal)}` : 'for good'}`,
            `${one.statusLabel}\n${String(one.groups - one.waiting)} of ${String(one.groups)} accepted`,
          ]),
        ),
  );
}

async function show(session: Session, reference: string): Promise<void> {
  const processId = await findProcess(session.api, reference);
  const { body } = await session.api.get(`/v1/processes/${processId}`);
  const items = await session.api.get(`/v1/handovers/${processId}/items`);
  const read = typed(view, body);
  const list = typed(kept, items.body);
  session.answer({ process: body, ...(items.body as object) }, () =>
    [
      `${session.paint.bold(read.headline ?? read.id)}  ${read.statusLabel ?? ''}, owner ${read.owner ? nameOf(read.owner) : '-'}`,
      `  ${read.data.from} hands over to ${read.data.to ?? 'the backups'}`,
      ...(read.data.groups.length > 0 ? ['', groupTable(read.data.groups, session)] : []),
      '',
      list.keptAt
        ? `What was open when it began, ${session.time(list.keptAt)}:`
        : 'What is open now; the list is kept when it begins:',
      ...list.items.map((entry) => `\n${entryText(entry, session)}`),
    ].join('\n'),
  );
}

function groupTable(groups: z.infer<typeof view>['data']['groups'], session: Session): string {
  return session.table(
    [
      { header: 'Contract' },
      { header: 'As' },
      { header: 'State' },
      { header: 'Who' },
      { header: 'End User' },
    ],
    groups.map(({ key, number, place, state, takenBy, toldAt }) => [
      `${number}\n${key}`,
      place,
      STATES[state] ?? state,
      takenBy ?? '',
      toldAt ? `told ${session.time(toldAt)}` : state === 'renamed' ? '' : 'to be told',
    ]),
  );
}

function entryText(entry: z.infer<typeof kept>['items'][number], session: Session): string {
  const rows = entry.processes.flatMap(({ title, headline, statusLabel, tasks, clocks }) => [
    [`${title} ${harmless(headline)}`, statusLabel],
    ...tasks.map(({ label, dueAt, dueLocal }) => [`  task: ${label}`, session.time(dueAt, dueLocal)]),
    ...clocks.map(({ label, key, dueAt, dueLocal }) => [
      `  clock: ${label}${key ? ` (${key})` : ''}`,
      session.time(dueAt, dueLocal),
    ]),
  ]);
  return [
    session.paint.bold(`${entry.number} (${entry.group}), as ${entry.place}`),
    session.table([{ header: 'What' }, { header: 'Status, or due', whole: true }], rows),
  ].join('\n');
}

async function accept(session: Session, reference: string, options: AcceptOptions): Promise<void> {
  const wanted = options.all === true ? 'all' : options.group;
  if (wanted === undefined || (options.all === true && options.group !== undefined)) {
    throw badInput(
      'Say what to accept: one contract, or all.',
      'Add --group <contract> or --all; careplus handover show lists the contracts.',
    );
  }
  const processId = await findProcess(session.api, reference);
  const sent = await session.api.send(`/v1/processes/${processId}/commands/accept`, {
    body: { group: wanted },
  });
  const { answer, body } = await settle(session, sent);
  session.answer(body, () => stepText(answer, processId, session));
}
