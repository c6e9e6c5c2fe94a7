/** What the memory store recorded, in the shape that an auditor's question reads. */
import { questionOf } from '../../domain/audit/questions/index.js';
import type { Cell, Row } from '../../domain/audit/questions/question.js';
import {
  pastOf,
  type Past,
  type RecordedClock,
  type RecordedEvent,
  type Recordings,
} from '../../domain/audit/questions/recordings.js';
import { sha256 } from '../../domain/kernel/hash.js';
import type { ClockState } from '../../domain/kernel/state.js';
import type { TestWorld } from '../support/world.js';

/** Of everything in the world, as it stood at an instant. */
export function past(world: TestWorld, at: string): Past {
  const until = Date.parse(at);
  const { steps } = world.store;
  const data: Record<string, Record<string, unknown>> = {};
  for (const { event, after, decision } of steps)
    if (event.at <= until && decision.kind === 'accepted') data[after.id] = after.data;
  return pastOf({ ...recordings(world), data }, until);
}

function recordings(world: TestWorld): Recordings {
  const { steps, effects } = world.store;
  const clocks = new Map<string, RecordedClock>();
  const keep = (processId: string, clock: ClockState) =>
    clocks.set([processId, clock.name, clock.key, clock.run].join(' '), { ...clock, processId });
  for (const { after, decision } of steps) {
    if (decision.kind !== 'accepted') continue;
    for (const clock of [...after.clocks, ...decision.ended]) keep(after.id, clock);
  }
  return {
    contractId: 'northwind-2026',
    now: world.now,
    events: steps.map(({ event, fired }, index): RecordedEvent => ({
      record: event,
      number: index + 1,
      hash: sha256(event),
      payload: 'payload' in fired ? fired.payload : null,
    })),
    data: {},
    clocks: [...clocks.values()],
    mails: effects.flatMap(({ processId, intent, decidedAt, state }) =>
      intent.kind === 'mail' || intent.kind === 'page'
        ? [
            {
              processId,
              key: intent.key,
              content: intent.content,
              decidedAt,
              state,
              settledAt: state === 'planned' ? null : Math.max(decidedAt, intent.notBefore),
              receipt: null,
              tries: intent.kind === 'mail' ? null : state === 'confirmed' ? ['delivered'] : ['failed'],
            },
          ]
        : [],
    ),
    accesses: [],
    directory: world.directory,
    calendars: Object.fromEntries(
      Object.values(world.calendars).map((one) => [`${one.id}@${String(one.version)}`, one]),
    ),
  };
}

export function ask(name: string, about: Past): readonly Row[] {
  const question = questionOf(name);
  if (!question) throw new Error(`There is no question ${name}.`);
  return question.ask(about);
}

export function cells(name: string, about: Past): readonly Readonly<Record<string, Cell>>[] {
  return ask(name, about).map((row) => row.cells);
}

/** The events that prove a row, by their names. */
export function provenBy(row: Row | undefined): readonly string[] {
  return (row?.proof ?? []).map((one) => ('record' in one ? one.record.event : one.code));
}
