/** `careplus ops`: what stands still and waits for an operator. */
import type { Command } from 'commander';
import { badInput } from '../failure.js';
import { factsText } from '../output/facts.js';
import { didYouMean } from '../nearest.js';
import { findProcess } from '../process-names.js';
import { group, leaf, type Session, type Shell } from '../shell.js';

interface ReasonOption {
  readonly reason: string;
}

const DECISIONS = ['done', 'resend', 'giveUp'] as const;

export function operationCommands(program: Command, shell: Shell): void {
  const ops = group(program, 'ops', 'what stands still and waits for an operator');
  leaf(ops, 'attention', 'blocked processes and effects whose outcome is unknown', [
    'ops attention --as lee-ward',
  ]).action(shell.action((session) => attention(session)));
  leaf(ops, 'retry <process>', 'try the step of a blocked process again', ['ops retry onb_0190']).action(
    shell.action(async (session, reference: string) => {
      const id = await findProcess(session.api, reference);
      const { body } = await session.api.send(`/v1/operations/processes/${id}/retry`);
      session.answer(
        body ?? { id },
        () => `${session.paint.green('Tried again')}: ${id}.\nNext: careplus ops attention`,
      );
    }),
  );
  leaf(ops, 'skip <process>', 'leave out what blocks a process', [
    "ops skip onb_0190 --reason 'Duplicate report'",
  ])
    .requiredOption('--reason <text>', 'why; it is kept in the record')
    .action(
      shell.action((session, reference: string, options: ReasonOption) => skip(session, reference, options)),
    );
  leaf(ops, 'decide <effect> <decision>', 'say what became of an effect: done, resend or giveUp', [
    "ops decide eff_0190 done --reason 'The recipient has it'",
  ])
    .requiredOption('--reason <text>', 'why; it is kept in the record')
    .action(
      shell.action((session, effect: string, decision: string, options: ReasonOption) =>
        decide(session, effect, decision, options),
      ),
    );
}

async function attention(session: Session): Promise<void> {
  const { body } = await session.api.get('/v1/operations/attention');
  const nothing = typeof body === 'object' && body !== null && Object.values(body).flat().length === 0;
  session.answer(body, () => (nothing ? 'Nothing waits for an operator.' : factsText(body, session, '')));
}

async function skip(session: Session, reference: string, { reason }: ReasonOption): Promise<void> {
  const id = await findProcess(session.api, reference);
  const { body } = await session.api.send(`/v1/operations/processes/${id}/skip`, { body: { reason } });
  session.answer(body ?? { id }, () => `${session.paint.green('Skipped')}: what blocked ${id}.`);
}

async function decide(
  session: Session,
  effect: string,
  decision: string,
  { reason }: ReasonOption,
): Promise<void> {
  if (!DECISIONS.some((each) => each === decision)) {
    throw badInput(
      `"${decision}" is no decision${didYouMean(decision, DECISIONS)}.`,
      `Choose one of ${DECISIONS.join(', ')}.`,
    );
  }
  const { body } = await session.api.send(`/v1/operations/effects/${encodeURIComponent(effect)}/decide`, {
    body: { decision, reason },
  });
  session.answer(
    body ?? { effect, decision },
    () => `${session.paint.green('Decided')}: ${effect} ${decision}.`,
  );
}
