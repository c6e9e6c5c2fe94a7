/** `careplus check`: what must never be seen in the store, looked for now. */
import type { Command } from 'commander';
import { z } from 'zod';
import { typed } from '../api-client.js';
import type { ExitCode } from '../failure.js';
import { counted } from '../output/text.js';
import { leaf, type Session, type Shell } from '../shell.js';

const checked = z.object({
  ok: z.boolean(),
  checks: z.array(
    z.object({
      name: z.string(),
      title: z.string(),
      remedy: z.string(),
      count: z.number(),
      examples: z.array(z.string()),
      skipped: z.string().nullable(),
    }),
  ),
});

export function checkCommand(program: Command, shell: Shell): void {
  leaf(program, 'check', 'look for what must never be seen in the store', [
    'check --as lee-ward',
    'check --as lee-ward --json',
  ]).action(shell.action((session) => check(session)));
}

/** Ends with 1 when an invariant is violated. */
async function check(session: Session): Promise<ExitCode> {
  const { body } = await session.api.get('/v1/operations/check');
  const { ok, checks } = typed(checked, body);
  const broken = checks.filter((one) => one.count > 0);
  const skipped = checks.filter((one) => one.skipped !== null);
  session.answer(body, () =>
    [
      ok
        ? session.paint.green(`${counted(checks.length - skipped.length, 'invariant')} hold.`)
        : session.paint.red(`${counted(broken.length, 'invariant')} of ${String(checks.length)} violated.`),
      ...broken.flatMap(({ name, title, count, examples, remedy }) => [
        '',
        session.prose(`${title}: ${String(count)} (${name})`),
        session.prose(`for example ${examples.join(', ')}`, '  '),
        session.prose(remedy, '  '),
      ]),
      ...skipped.map((one) => session.prose(`Not looked at: ${one.name}. ${String(one.skipped)}.`, '  ')),
    ].join('\n'),
  );
  return ok ? 0 : 1;
}
