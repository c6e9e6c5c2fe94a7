/** `careplus escalate`: ask for managers, for a case or for a matter that is no case. */
import type { Command } from 'commander';
import { z } from 'zod';
import { processView, stepAnswer } from '../answers.js';
import { typed } from '../api-client.js';
import { badInput } from '../failure.js';
import { findProcess, namesProcess } from '../process-names.js';
import { settle } from '../settle.js';
import { leaf, type Session, type Shell } from '../shell.js';

interface Options {
  readonly reason: string;
  readonly for?: string;
  readonly category?: string;
  readonly about?: string;
  readonly text?: string;
}

const ofContract = processView.extend({ data: z.object({ contractId: z.string() }) });

export function escalateCommand(program: Command, shell: Shell): void {
  leaf(program, 'escalate <subject>', 'ask for an escalation of a case, or of a matter of a contract', [
    "escalate C-7K2M4-9XQ3T --reason 'Nothing has moved for an hour.' --for maria-stone --as noor-dale",
    "escalate northwind-2026 --category readiness --about 'upgrade 2027-1' --text 'The window is in doubt.' --reason 'Nobody answers for it.' --as sam-rivers",
  ])
    .requiredOption('--reason <text>', 'why')
    .option('--for <person>', 'in whose name it is asked; without it, in yours')
    .option('--category <category>', 'support (of a case always), readiness or planning')
    .option('--about <reference>', 'of a contract: what it is about, as letters and digits')
    .option('--text <text>', 'of a contract: the matter in a sentence')
    .action(
      shell.action((session, subject: string, options: Options) => escalate(session, subject, options)),
    );
}

async function escalate(session: Session, subject: string, options: Options): Promise<void> {
  const { reason, for: askedBy, category } = options;
  const matter = await matterOf(session, subject, options);
  const sent = await session.api.send('/v1/processes/escalation', {
    body: { ...matter, reason, askedBy, category },
  });
  const given = sent.status === 202 ? undefined : typed(stepAnswer, sent.body);
  const { answer, body } = await settle(session, sent);
  const id = answer.processId ?? given?.processId ?? '';
  session.answer(body, () =>
    [
      `${session.paint.green('Escalated')}: ${id}`,
      `Who is called when, if nobody acts: careplus forecast ${id}`,
    ].join('\n'),
  );
}

/** A case says itself what it is about; of a contract the matter is to be named. */
async function matterOf(session: Session, subject: string, { about, text }: Options) {
  if (!namesProcess(subject)) {
    if (about !== undefined && text !== undefined)
      return { contractId: subject, matter: { reference: about, text } };
    throw badInput(
      'What is it about?',
      'Name a case by its number or process, or a contract with --about and --text.',
    );
  }
  const caseId = await findProcess(session.api, subject);
  const { body } = await session.api.get(`/v1/processes/${caseId}`);
  return { contractId: typed(ofContract, body).data.contractId, caseId };
}
