/** `careplus today`, `tasks`, `whoami`: what is due, and for whom. */
import type { Command } from 'commander';
import { z } from 'zod';
import { nameOf, taskRows, todayRows } from '../answers.js';
import { typed } from '../api-client.js';
import { taskTable } from '../output/tasks.js';
import { leaf, type Session, type Shell } from '../shell.js';

interface TeamOption {
  readonly team?: boolean;
}

const me = z.object({
  id: z.string(),
  name: z.string().nullish(),
  side: z.string().nullish(),
  grants: z.array(z.string()).default([]),
  tenants: z.array(z.object({ id: z.string(), name: z.string().nullish() })).default([]),
});

export function listCommands(program: Command, shell: Shell): void {
  leaf(program, 'today', 'your contracts: stage, days in it, next due, whose move it is', [
    'today --as sam-rivers',
  ])
    .option('--team', "everybody's, not only your own")
    .action(shell.action((session, options: TeamOption) => today(session, options)));
  leaf(program, 'tasks', 'what you can do to keep a promise, the most urgent first', ['tasks --team'])
    .option('--team', "everybody's, not only your own")
    .action(shell.action((session, options: TeamOption) => tasks(session, options)));
  leaf(program, 'whoami', 'who you are here, and what you may do', ['whoami --as kim-field']).action(
    shell.action((session) => whoAmI(session)),
  );
}

async function today(session: Session, { team }: TeamOption): Promise<void> {
  const { body } = await session.api.get('/v1/today', team ? { team: true } : {});
  const { items } = typed(todayRows, body);
  session.answer(body, () => {
    if (items.length === 0)
      return team ? 'Nothing is under way.' : 'Nothing of yours is under way; --team shows all.';
    return session.table(
      [
        { header: 'Contract' },
        { header: 'Stage' },
        { header: 'Next due', whole: true },
        { header: 'Waits for' },
        { header: 'Owner' },
      ],
      items.map((row) => {
        const endUser = typeof row.endUser === 'string' ? row.endUser : (row.endUser?.name ?? '');
        const days = typeof row.daysInStage === 'number' ? `\nfor ${String(row.daysInStage)} d` : '';
        const { nextDue } = row;
        const due = nextDue?.dueAt
          ? withLabel(
              nextDue.label ?? nextDue.clock ?? '',
              session.due(nextDue.dueAt, nextDue.overdue === true, nextDue.dueLocal),
            )
          : '-';
        return [
          `${row.contractNumber ?? row.contractId ?? row.processId}\n${endUser}`.trimEnd(),
          `${row.slug}\n${row.stageLabel ?? row.stage ?? ''}${days}`,
          due,
          `${waits(row.waitsFor)}${row.blocked ? '\nblocked' : ''}`,
          nameOf(row.owner),
        ];
      }),
    );
  });
}

async function tasks(session: Session, { team }: TeamOption): Promise<void> {
  const { body } = await session.api.get('/v1/tasks', team ? { team: true } : {});
  const { items } = typed(taskRows, body);
  session.answer(body, () => {
    if (items.length === 0) return team ? 'No open task.' : 'No open task of yours; --team shows all.';
    return taskTable(items, session, true);
  });
}

function withLabel(label: string, due: ReturnType<Session['due']>): ReturnType<Session['due']> {
  return typeof due === 'string' ? `${label}\n${due}` : { ...due, text: `${label}\n${due.text}` };
}

/** Whose move it is. */
export function waits(who: string | null | undefined): string {
  if (who === 'endUser') return 'End User';
  return who === 'provider' ? 'Provider' : (who ?? '-');
}

async function whoAmI(session: Session): Promise<void> {
  const { body } = await session.api.get('/v1/me');
  const person = typed(me, body);
  session.answer(body, () =>
    [
      `${session.paint.bold(person.name ?? person.id)}${person.side ? `, ${waits(person.side)}` : ''}`,
      session.prose(`May act as: ${person.grants.join(', ') || 'no staff function'}`, '  '),
      session.prose(`Contracts of: ${person.tenants.map(nameOf).join(', ') || 'nobody'}`, '  '),
      `  API: ${session.settings.url}`,
    ].join('\n'),
  );
}
