/** `careplus forecast`, `explain`: what will happen, and why a deadline is when it is. */
import type { Command } from 'commander';
import type { z } from 'zod';
import { explanation, forecastAnswer, nameOf } from '../answers.js';
import { typed } from '../api-client.js';
import { harmless } from '../output/text.js';
import { findProcess, namesProcess, splitClock } from '../process-names.js';
import { leaf, type Session, type Shell } from '../shell.js';
import { wholeNumber } from '../options.js';

interface ForecastOptions {
  readonly days?: number;
}

export function foresightCommands(program: Command, shell: Shell): void {
  leaf(program, 'forecast <process|contract>', 'what happens next if nobody acts', [
    'forecast northwind-2026 --days 30',
  ])
    .option('--days <number>', 'how far ahead (default 90)', wholeNumber)
    .action(
      shell.action((session, reference: string, options: ForecastOptions) =>
        forecast(session, reference, options),
      ),
    );
  leaf(program, 'explain <clock>', 'why a deadline is when it is: <process>/<clock>[/key]', [
    'explain northwind-2026/onboarding/firstContact',
  ]).action(shell.action((session, reference: string) => explain(session, reference)));
}

async function forecast(session: Session, reference: string, options: ForecastOptions): Promise<void> {
  const path = namesProcess(reference)
    ? `/v1/processes/${await findProcess(session.api, reference)}/forecast`
    : `/v1/contracts/${encodeURIComponent(reference)}/forecast`;
  const { body } = await session.api.get(path, options.days === undefined ? {} : { days: options.days });
  const { items, assumptions, truncated } = typed(forecastAnswer, body);
  session.answer(body, () => {
    const rows = items.map((item) => {
      const what = item.label ?? item.notice ?? item.event ?? '';
      const sent =
        item.sendAt && item.sendAt !== item.at ? `\nsent ${session.time(item.sendAt, item.sendAtLocal)}` : '';
      const moved = item.to && item.from !== item.to ? ` → ${item.to}` : '';
      const step = /^mark [^.]+\.(.+)$/.exec(item.trigger ?? '')?.[1];
      return [
        session.time(item.at, item.atLocal),
        item.slug ?? '',
        item.kind === 'notice'
          ? `tells ${nameOf(item.recipient)}: ${what}${sent}`
          : `${what}${step === undefined ? '' : `: ${step}`}${moved}`,
      ];
    });
    return [
      rows.length === 0
        ? 'Nothing happens by itself in this time.'
        : session.table(
            [{ header: 'When', whole: true }, { header: 'Process' }, { header: 'What happens' }],
            rows,
          ),
      ...(truncated ? ['', session.paint.yellow('The end was not reached: there were too many steps.')] : []),
      '',
      'Assumed:',
      ...assumptions.map((text) => session.prose(text, '  ')),
    ].join('\n');
  });
}

async function explain(session: Session, reference: string): Promise<void> {
  const { process, clock, key } = splitClock(reference);
  const processId = await findProcess(session.api, process);
  const path = `/v1/processes/${processId}/clocks/${encodeURIComponent(clock)}/explain`;
  const { body } = await session.api.get(path, key === '' ? {} : { key });
  const told = typed(explanation, body);
  session.answer(body, () => {
    const { calendar, policy } = told;
    return [
      `${session.paint.bold(told.label ?? told.clock)}  ${told.clock}${told.key ? `/${told.key}` : ''}  ${told.outcome ?? ''}`.trimEnd(),
      `  Started   ${session.time(told.startedAt, told.startedLocal)}`,
      ...(calendar
        ? [
            session.prose(
              `Calendar  ${calendar.id} version ${String(calendar.version)}, ${calendar.zone ?? ''}`,
              '  ',
            ),
          ]
        : []),
      ...(policy
        ? [
            session.prose(
              `Policy    ${[policy.id, policy.version, policy.path].filter((part) => part !== undefined && part !== null).join(' ')}`,
              '  ',
            ),
          ]
        : []),
      ...told.pauses.map((pause) =>
        session.prose(
          `Paused    ${session.time(pause.from)} to ${pause.to ? session.time(pause.to) : 'now'}: ${pause.cause ?? ''}`,
          '  ',
        ),
      ),
      ...told.marks.flatMap((mark) => [
        '',
        session.prose(
          `${mark.step}: ${session.time(mark.dueAt, mark.dueLocal)}${mark.rule ? ` = ${mark.rule}` : ''}`,
        ),
        ...mark.lines.map((line) =>
          session.prose(harmless(typeof line === 'string' ? line : line.text), '  '),
        ),
        ...told.moves
          .filter((move) => move.step === mark.step)
          .map((move) => session.prose(movedText(move, session), '  ')),
      ]),
    ].join('\n');
  });
}

function movedText(move: z.infer<typeof explanation>['moves'][number], session: Session): string {
  const { at, atLocal, before, beforeLocal, dueAt, dueLocal, calendarVersion } = move;
  const version =
    typeof calendarVersion === 'number' ? ` by calendar version ${String(calendarVersion)}` : '';
  const from = session.time(before, beforeLocal);
  return `Moved on ${session.time(at, atLocal)}${version}: from ${from} to ${session.time(dueAt, dueLocal)}`;
}
