/** `careplus onboarding adopt`: a customer from before Care Plus enters with what was done for him. */
import { z } from 'zod';
import { typed } from '../api-client.js';
import type { ExitCode } from '../failure.js';
import { checkSource } from '../files/check.js';
import { sendFile, tellProblems } from '../files/send.js';
import { openSource } from '../files/source-file.js';
import { harmless, indented } from '../output/text.js';
import { settle } from '../settle.js';
import type { Session } from '../shell.js';

const report = z.object({
  contractId: z.string(),
  processes: z.array(z.object({ title: z.string(), statusLabel: z.string() })),
  takenOver: z.array(
    z.object({ what: z.string(), state: z.string(), on: z.string(), by: z.string().nullable() }),
  ),
  open: z.array(z.object({ what: z.string() })),
  due: z.array(z.object({ label: z.string(), key: z.string(), dueAt: z.string(), dueLocal: z.string() })),
});
type Report = z.infer<typeof report>;

const STATES: Readonly<Record<string, string>> = { notApplicable: 'not applicable' };

/** Nothing is stored when anything is wrong (exit code 2), or in a dry run. */
export async function adopt(
  session: Session,
  name: string,
  options: { readonly dryRun?: boolean },
): Promise<ExitCode> {
  const source = openSource(session.io.cwd, name);
  // Loaded here and not above: other commands start faster without the rules of the file.
  const { adoptionFileSchema } = await import('../../domain/contract/adoption.js');
  const read = checkSource(source, adoptionFileSchema);
  if (!read.ok) return tellProblems(session, source, read.problems);
  const dryRun = options.dryRun ?? false;
  const sent = await sendFile(session, source, () =>
    session.api.send('/v1/adoptions', { body: { file: source.value, dryRun } }),
  );
  if (!sent.ok) return sent.code;
  const contractId = read.value.id;
  const { body } = sent.answer;
  if (dryRun && !isUnchanged(body)) {
    const text = reportText(typed(report, body), session);
    session.answer(body, () => `${text}\n\nThis is what would be taken over. Nothing was stored.`);
    return 0;
  }
  const settled = await settle(session, sent.answer);
  session.answer(isUnchanged(body) ? body : { ...(body as object), ...(settled.body as object) }, () =>
    isUnchanged(body)
      ? `The customer was adopted with this file before; nothing changed.\nNext: careplus onboarding show ${contractId}`
      : [
          reportText(typed(report, body), session),
          '',
          `${session.paint.green('Taken over')}: ${contractId}. Nobody was told.`,
          `Next: careplus onboarding show ${contractId}`,
        ].join('\n'),
  );
  return 0;
}

function isUnchanged(body: unknown): boolean {
  return typeof body === 'object' && body !== null && 'outcome' in body && body.outcome === 'unchanged';
}

function reportText(told: Report, session: Session): string {
  const lines = (texts: readonly string[]) =>
    texts.length === 0 ? ['  nothing'] : texts.map((text) => indented(harmless(text), '  ', session.width));
  return [
    session.paint.bold(`Adoption of ${told.contractId}`),
    ...lines(told.processes.map(({ title, statusLabel }) => `${title}: ${statusLabel}`)),
    '',
    session.table(
      [{ header: 'Taken over' }, { header: 'State' }, { header: 'On', whole: true }, { header: 'By' }],
      told.takenOver.map(({ what, state, on, by }) => [what, STATES[state] ?? state, on, by ?? '']),
    ),
    '',
    session.paint.bold('Open'),
    ...lines(told.open.map(({ what }) => what)),
    '',
    session.table(
      [{ header: 'Due next' }, { header: 'When', whole: true }],
      told.due.map(({ label, key, dueAt, dueLocal }) => [
        key ? `${label} (${key})` : label,
        session.due(dueAt, false, dueLocal),
      ]),
    ),
  ].join('\n');
}
