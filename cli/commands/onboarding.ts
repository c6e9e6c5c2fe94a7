/** `careplus onboarding`: start one, adopt one, and see its checklist with who owns what by when. */
import type { Command } from 'commander';
import type { z } from 'zod';
import { checklist, nameOf, processView, stepAnswer, type ProcessView } from '../answers.js';
import { typed } from '../api-client.js';
import { taskTable } from '../output/tasks.js';
import { adopt } from './onboarding-adopt.js';
import { findProcess, namesProcess } from '../process-names.js';
import { settle } from '../settle.js';
import { group, leaf, type Session, type Shell } from '../shell.js';

const STATES: Readonly<Record<string, string>> = {
  open: 'open',
  waiverAsked: 'waiver asked',
  done: 'done',
  notApplicable: 'not applicable',
  waived: 'waived',
};

export function onboardingCommands(program: Command, shell: Shell): void {
  const onboarding = group(program, 'onboarding', 'start an onboarding, and see its checklist');
  leaf(onboarding, 'start <contract>', 'start the onboarding of an active contract', [
    'onboarding start northwind-2026 --as sam-rivers',
  ]).action(shell.action((session, contract: string) => start(session, contract)));
  leaf(onboarding, 'adopt <file>', 'take over a customer from before Care Plus, with what was done for him', [
    'onboarding adopt examples/adoption/larkspur-2025.yaml --dry-run',
    'onboarding adopt examples/adoption/larkspur-2025.yaml --as kim-field',
  ])
    .option('--dry-run', 'say what would be taken over, what is open and what is due; store nothing')
    .action(
      shell.action((session, file: string, options: { dryRun?: boolean }) => adopt(session, file, options)),
    );
  leaf(onboarding, 'show <process>', 'the checklist: who owns what, and by when', [
    'onboarding show northwind-2026/onboarding',
  ]).action(shell.action((session, reference: string) => show(session, reference)));
}

async function start(session: Session, contractId: string): Promise<void> {
  const sent = await session.api.send('/v1/processes/onboarding', { body: { contractId } });
  const given = sent.status === 202 ? undefined : typed(stepAnswer, sent.body);
  const { answer } = await settle(session, sent);
  const processId =
    answer.processId ?? given?.processId ?? (await findProcess(session.api, `${contractId}/onboarding`));
  const { body } = await session.api.get(`/v1/processes/${processId}`);
  session.answer(body, () => {
    const view = typed(processView, body);
    return [
      `${session.paint.green('Started')}: ${processId}`,
      '',
      onboardingText(view, session),
      '',
      `Next: careplus next ${contractId}/onboarding`,
    ].join('\n');
  });
}

async function show(session: Session, reference: string): Promise<void> {
  const name = namesProcess(reference) ? reference : `${reference}/onboarding`;
  const processId = await findProcess(session.api, name);
  const { body } = await session.api.get(`/v1/processes/${processId}`);
  session.answer(body, () => onboardingText(typed(processView, body), session));
}

type ChecklistItem = z.infer<typeof checklist>[number];

function settler({ process }: ChecklistItem): string {
  return process ? 'its process' : '-';
}

function workOn({ process }: ChecklistItem, view: ProcessView): string {
  return process ? `${nameOf(view.owner)},\nin its process` : nameOf(view.owner);
}

/** Status, owner, the checklist with dates, and the tasks behind it. */
function onboardingText(view: ProcessView, session: Session): string {
  const items = checklist.safeParse(view.data['items']);
  const dueOf = (phase: string) => view.clocks.find(({ name }) => name === phase);
  const rows = (items.success ? items.data : []).map((item) => {
    const task = view.tasks.find(({ subject }) => subject === item.key);
    // The clock of the item's phase comes first: a task names the next clock that it could meet.
    const due = dueOf(item.phase) ?? (item.phase === 'live' ? dueOf('correction') : undefined) ?? task;
    const open = item.state === 'open' || item.state === 'waiverAsked';
    const decides = item.state === 'waiverAsked' ? (task?.people ?? []).map(nameOf).join(', ') : '';
    return [
      `${item.label}\n${item.key}`,
      STATES[item.state] ?? item.state,
      open
        ? decides || workOn(item, view)
        : `${item.by ?? settler(item)}${item.doneOn ? `\n${item.doneOn}` : ''}`,
      open ? session.due(due?.dueAt, due?.overdue === true, due?.dueLocal) : '',
    ];
  });
  const others = view.tasks.filter((task) => !task.subject);
  return [
    `${session.paint.bold(view.headline ?? view.id)}  ${view.statusLabel ?? view.status ?? ''}, owner ${nameOf(view.owner)}`,
    ...(others.length > 0 ? ['', taskTable(others, session, false)] : []),
    '',
    session.table(
      [{ header: 'Item' }, { header: 'State' }, { header: 'Who' }, { header: 'By when', whole: true }],
      rows,
    ),
  ].join('\n');
}
