/** Tasks as a table: one row for what one command can do by one time. */
import { nameOf, type Task } from '../answers.js';
import type { Session } from '../shell.js';
import type { Column } from './table.js';

/** Tasks with their due instants, the order kept; `withProcess` when they are of several. */
export function taskTable(tasks: readonly Task[], session: Session, withProcess: boolean): string {
  const columns: readonly Column[] = [
    ...(withProcess ? [{ header: 'Process', whole: true } as const] : []),
    { header: 'Task' },
    { header: 'Due', whole: true },
    { header: 'Who' },
  ];
  const rows = grouped(tasks).map((group) => {
    const { first, subjects } = group;
    const label = first.subject ? first.label.replace(/: .*$/s, '') : first.label;
    return [
      ...(withProcess
        ? [[first.headline, first.slug, shortId(first.processId)].filter(Boolean).join('\n')]
        : []),
      `${label}\n${first.command}${subjects.length > 0 ? `: ${subjects.join(', ')}` : ''}`,
      session.due(first.dueAt, first.overdue === true || first.missed === true, first.dueLocal),
      first.people.map(nameOf).join(', ') || '-',
    ];
  });
  return session.table(columns, rows);
}

interface Group {
  readonly first: Task;
  readonly subjects: string[];
}

/**
 * What a command is applied to is listed in one row. A command that meets several clocks is shown once, for the first
 * of them: the later ones are met by the same step.
 */
function grouped(tasks: readonly Task[]): readonly Group[] {
  const groups = new Map<string, Group>();
  const seen = new Set<string>();
  for (const task of tasks) {
    const what = [task.processId, task.command, task.subject].join('|');
    if (seen.has(what)) continue;
    seen.add(what);
    const key = [task.processId, task.command, task.dueAt, task.people.map(nameOf)].join('|');
    const group = groups.get(key) ?? { first: task, subjects: [] };
    if (task.subject) group.subjects.push(task.subject);
    groups.set(key, group);
  }
  return [...groups.values()];
}

/** Ids begin with their time, so the first digits alone do not tell neighbours apart. */
function shortId(id: string | null | undefined): string {
  return id ? id.slice(0, 18) : '';
}
