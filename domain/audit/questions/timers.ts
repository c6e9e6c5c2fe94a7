/** What is asked about deadlines of every process (service spec §7 Q1, Q2). */
import { z } from 'zod';
import { definitionOf } from '../../processes.js';
import { operationsOn, type Past, type PastClock, type RecordedEvent } from './recordings.js';
import { instant, person, question, text } from './question.js';

/** A mark that fell due so short a time ago may still be on its way. */
const ON_ITS_WAY_MS = 60_000;

export const timersForgotten = question({
  name: 'timers-forgotten',
  text: 'Which timer was due and neither met, missed, cancelled nor paused?',
  source: '§7 Q1',
  mustBeEmpty: true,
  columns: { process: text('Process'), timer: text('Timer'), step: text('Step'), dueAt: instant('Due') },
  ask: (past) => {
    const until = Math.min(past.at, past.now - ON_ITS_WAY_MS);
    return past.clocks
      .filter((clock) => clock.endedAt === null && !clock.paused)
      .flatMap((clock) =>
        clock.marks
          .filter(({ state, dueAt }) => state === 'armed' && dueAt !== null && dueAt <= until)
          .map(({ step, dueAt }) => ({
            cells: { process: clock.process.title, timer: clock.label, step, dueAt },
            proof: [clock.started, clock.process.last],
          })),
      );
  },
});

export const breaches = question({
  name: 'breaches',
  text: 'Which promises were missed, and who was told when?',
  source: '§7 Q2',
  columns: {
    process: text('Process'),
    timer: text('Promise'),
    missedAt: instant('Missed'),
    told: person('Told'),
    as: text('As'),
    toldAt: instant('Told at'),
    mail: text('Message'),
  },
  ask: (past) =>
    past.clocks
      .filter(({ missedAt }) => missedAt !== null)
      .flatMap((clock) => {
        const { process, label: timer, missedAt } = clock;
        const told = toldOf(past, clock);
        // Nobody was told: that is an answer too.
        return (told.length > 0 ? told : [null]).map((one) => ({
          cells: {
            process: process.title,
            timer,
            missedAt,
            told: one?.who ?? null,
            as: one?.as ?? null,
            toldAt: one?.event.record.at ?? null,
            mail: one && mailState(past, one),
          },
          proof: one ? [clock.started, one.event] : [clock.started],
        }));
      }),
});

export const pausesWithoutDependency = question({
  name: 'pauses-without-dependency',
  text: 'Which clock of a case or an escalation stood without a dependency on record?',
  source: '§7 Q4, §3 R3',
  mustBeEmpty: true,
  columns: {
    process: text('Process'),
    timer: text('Timer'),
    fromAt: instant('From'),
    untilAt: instant('Until'),
  },
  ask: (past) =>
    past.clocks
      .filter(({ process }) => ['supportCase', 'escalation'].includes(process.slug))
      .flatMap((clock) =>
        clock.pauses
          .filter(
            ({ fromMs }) =>
              fromMs <= past.at && wasHeld(past, clock, fromMs) && !hadDependency(clock, fromMs),
          )
          .map(({ fromMs, toMs }) => ({
            cells: {
              process: clock.process.title,
              timer: clock.label,
              fromAt: fromMs,
              untilAt: toMs !== null && toMs <= past.at ? toMs : null,
            },
            proof: [clock.started, clock.process.last],
          })),
      ),
});

const dependencies = z.object({
  dependencies: z.array(
    z.object({
      askedAt: z.number(),
      /** Of an escalation, and of a case. */
      endedAt: z.number().nullish(),
      satisfiedAt: z.number().nullish(),
    }),
  ),
});

/** By a step, and not because time of a lower priority does not count. */
function wasHeld(past: Past, clock: PastClock, at: number): boolean {
  return operationsOn(past.events, clock).some(
    ({ event, operation }) => operation.op === 'paused' && event.record.at === at,
  );
}

/** Where contents were erased nothing is said against it. */
function hadDependency({ process }: PastClock, at: number): boolean {
  const read = dependencies.safeParse(process.data);
  if (!read.success) return true;
  return read.data.dependencies.some(
    ({ askedAt, endedAt, satisfiedAt }) => askedAt <= at && (endedAt ?? satisfiedAt ?? Infinity) >= at,
  );
}

interface Told {
  readonly event: RecordedEvent;
  readonly who: string;
  readonly as: string;
  readonly notice: string;
}

/** From the step that missed it on: everybody whom the marks of this clock told. */
function toldOf(past: Past, clock: PastClock): Told[] {
  const operations = operationsOn(past.events, clock);
  const missed = operations.find(({ operation }) => operation.op === 'missed')?.event;
  const steps = operations.filter(
    ({ event, operation }) =>
      operation.op === 'fired' && missed !== undefined && event.number >= missed.number,
  );
  const roles = definitionOf(clock.process.slug)?.words.roles ?? {};
  return [...new Set(steps.map(({ event }) => event))].flatMap((event) =>
    event.record.told.flatMap(({ role, notice, people }) =>
      people.map((who) => ({ event, who, as: roles[role]?.label ?? role, notice })),
    ),
  );
}

function mailState(past: Past, { event, who, notice }: Told): string | null {
  const mail = past.mails.find(
    ({ key, content }) =>
      content.recipient === who &&
      content.notice === notice &&
      event.record.effects.some((effect) => effect.key === key),
  );
  return mail?.state ?? null;
}
