/** What is asked about facts from outside, and about the state of everything (service spec §7 Q5, Q10). */
import { instant, number, person, question, text } from './question.js';
import type { Past, RecordedEvent } from './recordings.js';

export const lateFacts = question({
  name: 'late-facts',
  text: 'Which facts came too late for their process, and did they have any effect?',
  source: '§7 Q10',
  columns: {
    at: instant('When'),
    process: text('Process'),
    fact: text('Fact'),
    effects: number('Effects'),
    clocks: number('Clocks moved'),
  },
  ask: (past) =>
    past.events
      .filter(({ record }) => record.to === null)
      .map((event) => ({
        cells: {
          at: event.record.at,
          process: titleOf(past, event),
          fact: event.record.trigger,
          effects: event.record.effects.length,
          clocks: event.record.operations.length,
        },
        proof: [event],
      })),
});

export const factsTakenTwice = question({
  name: 'facts-taken-twice',
  text: 'Which fact from outside moved a process more than once?',
  source: '§7 Q10, §3 R9',
  mustBeEmpty: true,
  columns: {
    process: text('Process'),
    fact: text('Fact'),
    times: number('Times'),
    firstAt: instant('First'),
    lastAt: instant('Last'),
  },
  ask: (past) => {
    const byFact = new Map<string, RecordedEvent[]>();
    for (const event of past.events) {
      const { inboxId, processId, to } = event.record;
      if (inboxId === null || to === null) continue;
      const fact = `${processId} ${inboxId}`;
      byFact.set(fact, [...(byFact.get(fact) ?? []), event]);
    }
    return [...byFact.values()].flatMap((events) => {
      const [first, last] = [events[0], events.at(-1)];
      if (!first || !last || first === last) return [];
      return [
        {
          cells: {
            process: titleOf(past, first),
            fact: first.record.trigger,
            times: events.length,
            firstAt: first.record.at,
            lastAt: last.record.at,
          },
          proof: events,
        },
      ];
    });
  },
});

export const state = question({
  name: 'state',
  text: 'In which state was everything, and which versions of policy and calendars applied?',
  source: '§7 Q5',
  columns: {
    process: text('Process'),
    status: text('Status'),
    since: instant('Since'),
    owner: person('Owner'),
    policy: text('Policy'),
    calendars: text('Calendars'),
  },
  ask: (past) =>
    past.processes.map(({ title, status, ownerId, id, last }) => {
      const { policy, calendars } = last.record;
      return {
        cells: {
          process: title,
          status,
          since: enteredAt(past, id, status),
          owner: ownerId,
          policy: versioned(policy.id, policy.version),
          calendars: Object.entries(calendars)
            .map(([name, version]) => versioned(name, version))
            .join(', '),
        },
        proof: [last],
      };
    }),
});

function versioned(id: string, version: number): string {
  return `${id} ${String(version)}`;
}

/** When the process came into the status that it has. */
function enteredAt(past: Past, processId: string, status: string): number | null {
  const own = past.events.filter(({ record }) => record.processId === processId && record.to !== null);
  return own[own.findLastIndex(({ record }) => record.to !== status) + 1]?.record.at ?? null;
}

function titleOf(past: Past, { record }: RecordedEvent): string {
  return past.processes.find(({ id }) => id === record.processId)?.title ?? record.slug;
}
