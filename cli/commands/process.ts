/** `careplus show`, `timeline`: one process as it stands, and what happened. */
import type { Command } from 'commander';
import { z } from 'zod';
import { nameOf, processView, timeline, type ProcessView } from '../answers.js';
import { typed } from '../api-client.js';
import { harmless } from '../output/text.js';
import { isSchema } from '../files/schema-walk.js';
import { findProcess } from '../process-names.js';
import { leaf, type Session, type Shell } from '../shell.js';
import { taskTable } from '../output/tasks.js';
import { waits } from './lists.js';

/** A process with more steps than this is read by programs. */
const MOST_EVENTS = 5_000;
const anyItems = z.object({ items: z.array(z.unknown()) });

export function processCommands(program: Command, shell: Shell): void {
  leaf(program, 'show <process>', 'one process: status, stages, running clocks, tasks', [
    'show northwind-2026/contract',
  ]).action(shell.action((session, reference: string) => show(session, reference)));
  leaf(program, 'timeline <process>', 'everything that happened, step by step', [
    'timeline northwind-2026/onboarding',
  ]).action(shell.action((session, reference: string) => past(session, reference)));
}

async function show(session: Session, reference: string): Promise<void> {
  const processId = await findProcess(session.api, reference);
  const { body } = await session.api.get(`/v1/processes/${processId}`);
  session.answer(body, () => processText(typed(processView, body), session));
}

function processText(view: ProcessView, session: Session): string {
  const { paint } = session;
  const days = typeof view.daysInStatus === 'number' ? ` for ${String(view.daysInStatus)} d` : '';
  const head = [
    `${paint.bold(harmless(view.headline ?? view.id))}  ${view.title ?? view.slug}`,
    `  Process   ${view.id}, step ${String(view.seq)}`,
    `  Status    ${view.statusLabel ?? view.status ?? '-'}${days}${view.waitsFor ? `, waits for ${waits(view.waitsFor)}` : ''}`,
    `  Owner     ${nameOf(view.owner)}`,
    `  Opened    ${session.time(view.openedAt)}`,
  ];
  const stages = view.stages.map((stage) => [
    stage.label ?? stage.status,
    session.time(stage.enteredAt),
    stage.leftAt ? session.time(stage.leftAt) : 'now',
    typeof stage.days === 'number' ? String(stage.days) : '',
  ]);
  const clocks = view.clocks.map((clock) => [
    `${clock.label ?? clock.name}\n${clock.name}${clock.key ? `/${clock.key}` : ''}`,
    clock.outcome ?? 'running',
    session.due(clock.dueAt, clock.overdue === true, clock.dueLocal),
  ]);
  const parts = [head.join('\n')];
  if (stages.length > 0) {
    parts.push(
      session.table(
        [
          { header: 'Stage' },
          { header: 'From', whole: true },
          { header: 'To', whole: true },
          { header: 'Days', right: true },
        ],
        stages,
      ),
    );
  }
  if (clocks.length > 0)
    parts.push(
      session.table([{ header: 'Clock' }, { header: 'State' }, { header: 'Due', whole: true }], clocks),
    );
  if (view.tasks.length > 0) parts.push(taskTable(view.tasks, session, false));
  return parts.join('\n\n');
}

async function past(session: Session, reference: string): Promise<void> {
  const items = await readTimeline(session, await findProcess(session.api, reference));
  session.answer({ items }, () => timelineText(items, session));
}

/** Every event of a process, oldest first, as the API gives them. */
export async function readTimeline(session: Session, processId: string): Promise<readonly unknown[]> {
  const items: unknown[] = [];
  for (let after: number | null = 0; after !== null && items.length < MOST_EVENTS;) {
    const { body } = await session.api.get(`/v1/processes/${processId}/timeline`, { after, limit: 500 });
    items.push(...typed(anyItems, body).items);
    after = typed(timeline, body).next ?? null;
  }
  return items;
}

function timelineText(read: readonly unknown[], session: Session): string {
  const { items } = typed(timeline, { items: read });
  const rows = items.map((item) => {
    const moved = item.from !== item.to && item.to ? `\n${item.from ?? 'start'} → ${item.to}` : '';
    const told = [...new Set((item.told ?? []).flatMap(({ people }) => people.map(nameOf)))];
    const { payload } = item;
    const said = isSchema(payload) && typeof payload['text'] === 'string' ? `\n"${payload['text']}"` : '';
    const deadlines = (item.clocks ?? [])
      .filter(({ op }) => op === 'moved')
      .map((one) => movedText(one, session));
    return [
      session.time(item.at, item.atLocal),
      [
        `${item.label ?? item.event ?? ''}${item.late ? ' (late, moved nothing)' : ''}${said}${moved}`,
        ...deadlines,
      ].join('\n'),
      `${item.actor ? nameOf(item.actor) : '(by itself)'}${told.length > 0 ? `\ntold: ${told.join(', ')}` : ''}`,
    ];
  });
  return session.table([{ header: 'When', whole: true }, { header: 'What' }, { header: 'Who' }], rows);
}

type Operation = NonNullable<z.infer<typeof timeline>['items'][number]['clocks']>[number];

/** A deadline that was computed again: its old instant and its new one. */
function movedText(operation: Operation, session: Session): string {
  const { label, clock, key, step, before, beforeLocal, dueAt, dueLocal } = operation;
  const name = `${label ?? clock ?? ''}${key ? ` (${key})` : ''}${step ? `: ${step}` : ''}`;
  return `${name}\n  ${session.time(before, beforeLocal)} →\n  ${session.time(dueAt, dueLocal)}`;
}
