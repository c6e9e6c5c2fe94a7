/** `careplus note`, `inbox`: contact notes, and what became of accepted work. */
import type { Command } from 'commander';
import { inboxRow } from '../answers.js';
import { typed } from '../api-client.js';
import { findProcess } from '../process-names.js';
import { settle } from '../settle.js';
import { leaf, type Session, type Shell } from '../shell.js';
import { stepText } from './step.js';

interface NoteOptions {
  readonly medium?: string;
  readonly answer?: boolean;
  readonly shared?: boolean;
}

export function noteCommands(program: Command, shell: Shell): void {
  leaf(program, 'note <process> <text>', 'add a contact note', [
    "note northwind-2026/onboarding 'Left a message.' --medium phone",
  ])
    .option('--medium <medium>', 'phone, mail, meeting or other')
    .option('--answer', 'the note records an answer of the End User')
    .option('--shared', 'the End User may read it')
    .action(
      shell.action((session, reference: string, text: string, options: NoteOptions) =>
        note(session, reference, text, options),
      ),
    );
  leaf(program, 'inbox <id>', 'what became of accepted work', ['inbox inb_0190…']).action(
    shell.action((session, id: string) => inbox(session, id)),
  );
}

async function note(session: Session, reference: string, text: string, options: NoteOptions): Promise<void> {
  const processId = await findProcess(session.api, reference);
  const sent = await session.api.send(`/v1/processes/${processId}/notes`, {
    body: {
      text,
      ...(options.medium === undefined ? {} : { medium: options.medium }),
      ...(options.answer ? { answer: true } : {}),
      ...(options.shared ? { internal: false } : {}),
    },
  });
  const { answer, body } = await settle(session, sent);
  session.answer(body, () => stepText(answer, processId, session));
}

async function inbox(session: Session, id: string): Promise<void> {
  const { body } = await session.api.get(`/v1/inbox/${encodeURIComponent(id)}`);
  const row = typed(inboxRow, body);
  session.answer(body, () => {
    if (!row.answer) return `${row.inboxId}: ${row.state}, not decided yet.`;
    const { outcome, code, text } = row.answer;
    return session.prose(
      `${row.inboxId}: ${outcome}${code ? ` (${code})` : ''}. ${text ?? row.answer.event ?? ''}`.trimEnd(),
    );
  });
}
