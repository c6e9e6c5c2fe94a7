/** `careplus next`: what can be done now, by whom, and why the rest cannot. */
import type { Command } from 'commander';
import { actions, nameOf, type Action } from '../answers.js';
import { typed } from '../api-client.js';
import { commandText, harmless } from '../output/text.js';
import { asFields, type Payload } from '../payload.js';
import { findProcess } from '../process-names.js';
import { leaf, type Session, type Shell } from '../shell.js';

/** The first ones are what must change first; `--json` has all. */
const MOST_REASONS = 2;

export function nextCommand(program: Command, shell: Shell): void {
  leaf(program, 'next <process>', 'what can be done now, by whom, and why the rest cannot', [
    'next northwind-2026/onboarding',
  ]).action(shell.action((session, reference: string) => next(session, reference)));
}

async function next(session: Session, reference: string): Promise<void> {
  const processId = await findProcess(session.api, reference);
  const { body } = await session.api.get(`/v1/processes/${processId}/actions`);
  const { items } = typed(actions, body);
  session.answer(body, () => {
    const allowed = items.filter((action) => action.allowed);
    const others = items.filter((action) => !action.allowed);
    return [
      allowed.length === 0 ? 'You can do nothing here now.' : session.paint.bold('You can do now:'),
      ...allowed.map((action) => allowedText(action, reference, session)),
      ...(others.length === 0 ? [] : ['', session.paint.bold('Not by you, or not now:')]),
      ...others.map((action) => otherText(action, session)),
    ].join('\n');
  });
}

function allowedText(action: Action, reference: string, session: Session): string {
  const lines = [`  ${session.paint.green(action.command)}  ${harmless(action.label)}`];
  if (action.each && action.each.length > 0) {
    const keys = action.each.map(({ key }) => key).join(', ');
    lines.push(session.prose(`${action.eachField ?? 'for'}: ${keys}`, '      '));
  }
  const own: Payload = { ...action.example };
  const first = action.each?.[0];
  if (first && action.eachField) own[action.eachField] = first.key;
  const line = `careplus do ${reference} ${action.command} ${asFields(own)}`.trimEnd();
  lines.push(commandText(harmless(line), '      ', session.width));
  return lines.join('\n');
}

function otherText(action: Action, session: Session): string {
  const people = action.people.map(nameOf).join(', ');
  const lines = [`  ${action.command}  ${harmless(action.label)}`];
  for (const reason of action.reasons.slice(0, MOST_REASONS))
    lines.push(session.prose(`${reason.text ?? reason.code} (${reason.code})`, '      '));
  if (people !== '') lines.push(session.prose(`Can be done by: ${people}`, '      '));
  return lines.join('\n');
}
