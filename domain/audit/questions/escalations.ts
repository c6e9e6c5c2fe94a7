/** What is asked about escalations: levels due and reached, pauses and their consent, silent lowering (service spec §4.3). */
import { escalationData, type EscalationData } from '../../escalation/data.js';
import { eventsOf, ofKind, type Past, type PastProcess, type RecordedEvent } from './recordings.js';
import { instant, person, question, text } from './question.js';

export const escalationLevels = question({
  name: 'escalation-levels',
  text: 'When was each level of an escalation due, when was it reached, and who accepted it?',
  source: '§4.3',
  columns: {
    about: text('About'),
    priority: text('Priority'),
    level: text('Level'),
    dueAt: instant('Due'),
    reachedAt: instant('Reached'),
    acceptedBy: person('Accepted by'),
    acceptedAt: instant('Accepted'),
  },
  ask: (past) =>
    escalationsOf(past).flatMap(({ process, data }) =>
      levelsOf(past, process, data).map(({ level, dueAt }) => {
        const reached = data.levels.find((one) => one.level === level);
        return {
          cells: {
            about: data.about,
            priority: data.priority,
            level,
            dueAt,
            reachedAt: reached?.at ?? null,
            acceptedBy: reached?.accepted?.by ?? null,
            acceptedAt: reached?.accepted?.at ?? null,
          },
          proof: stepsAt(past, process, [reached?.at, reached?.accepted?.at]),
        };
      }),
    ),
});

export const escalationPauses = question({
  name: 'escalation-pauses',
  text: 'When did the clocks of an escalation stand, who owed what, and who consented?',
  source: '§4.3, §3 R3',
  columns: {
    about: text('About'),
    priority: text('Priority'),
    fromAt: instant('From'),
    untilAt: instant('Until'),
    owedBy: text('Owed by'),
    outcome: text('Outcome'),
    consent: person('Consent'),
  },
  ask: (past) => pausesIn(past).map(({ row }) => row),
});

export const pausesWithoutConsent = question({
  name: 'pauses-without-consent',
  text: 'Which clocks of a P1 or P2 stand without the consent of the End User?',
  source: '§3 R3',
  mustBeEmpty: true,
  columns: { about: text('About'), priority: text('Priority'), fromAt: instant('From') },
  ask: (past) =>
    pausesIn(past)
      .filter(
        ({ data, consented, over }) => !over && !consented && ['P1', 'P2'].includes(data.priority ?? ''),
      )
      .map(({ data, row }) => ({
        cells: { about: data.about, priority: data.priority, fromAt: row.cells.fromAt },
        proof: row.proof,
      })),
});

export const silentLowerings = question({
  name: 'silent-lowerings',
  text: 'Which case was lowered without agreement while it was escalated?',
  source: '§4.3, §3 R4',
  mustBeEmpty: true,
  columns: { about: text('About'), keptAt: text('Priority kept'), loweredAt: instant('Lowered') },
  ask: (past) =>
    escalationsOf(past).flatMap(({ process, data }) =>
      eventsOf(past, process, 'loweredSilently').map((event) => ({
        cells: { about: data.about, keptAt: data.priority, loweredAt: event.record.at },
        proof: [event],
      })),
    ),
});

interface PastEscalation {
  readonly process: PastProcess;
  readonly data: EscalationData;
}

/** Those whose contents are still there. */
function escalationsOf(past: Past): PastEscalation[] {
  return ofKind(past, 'escalation').flatMap((process) => {
    const read = escalationData.safeParse(process.data);
    return read.success ? [{ process, data: read.data }] : [];
  });
}

/** The levels that were reached or are due, with the instant that the newest run of the ladder gave them. */
function levelsOf(past: Past, process: PastProcess, data: EscalationData) {
  const runs = past.clocks.filter(({ processId, name }) => processId === process.id && name === 'level');
  const due = new Map<string, number | null>();
  for (const { marks, endedAt } of runs)
    for (const { step, dueAt, state } of marks)
      if (state === 'fired' || endedAt === null) due.set(step, dueAt);
  const names = [...new Set([...data.levels.map(({ level }) => level as string), ...due.keys()])].sort();
  return names.map((level) => ({ level, dueAt: due.get(level) ?? null }));
}

function pausesIn(past: Past) {
  return escalationsOf(past).flatMap(({ process, data }) =>
    data.dependencies.flatMap((one) => {
      if (!one.pause) return [];
      const begun = eventsOf(past, process, 'waitingForEndUser', 'waitingForDelivery')[one.number - 1];
      const cells = {
        about: data.about,
        priority: data.priority,
        fromAt: begun?.record.at ?? one.askedAt,
        untilAt: one.endedAt,
        owedBy: one.owedBy,
        outcome: one.outcome,
        consent: one.pause.consent?.personId ?? null,
      };
      const proof = [...(begun ? [begun] : []), ...stepsAt(past, process, [one.endedAt])];
      return [
        { data, consented: one.pause.consent !== null, over: one.endedAt !== null, row: { cells, proof } },
      ];
    }),
  );
}

/** The steps of a process at these instants; its start where none is known. */
function stepsAt(
  past: Past,
  process: PastProcess,
  instants: readonly (number | null | undefined)[],
): readonly RecordedEvent[] {
  const steps = past.events.filter(
    ({ record }) => record.processId === process.id && instants.includes(record.at),
  );
  return steps.length > 0 ? steps : [process.started];
}
