/** What must hold in every world of processes, whatever happens to it (architecture §9). */
import { definitionOf } from '../../domain/processes.js';
import type { EventRecord } from '../../domain/kernel/event.js';
import type { InboxRow, StepRecord } from '../../domain/kernel/store.js';
import type { RecordingStore } from '../support/world.js';

export interface Accepted {
  readonly processId: string;
  readonly row: Omit<InboxRow, 'number'>;
}

function hold(condition: boolean, text: string): void {
  if (!condition) throw new Error(text);
}

/** Of one step that was written. */
export function checkStep({ definition, before, after, event, decision }: StepRecord): void {
  const where = `${event.event} (${event.id})`;
  hold(after.seq === (before?.seq ?? 0) + 1 && event.seq === after.seq, `${where}: seq has a gap`);
  hold(after.ownerId !== '', `${where}: nobody owns the process`);
  hold(before === null || after.lastAt >= before.lastAt, `${where}: time runs back`);
  hold(event.at <= event.recordedAt, `${where}: it is recorded before it happened`);
  if (decision.kind === 'late') {
    hold(after.data === before?.data && after.clocks === before.clocks, `${where}: late, yet it moved`);
    return;
  }
  const keys = decision.effects.map((effect) => effect.key);
  hold(new Set(keys).size === keys.length, `${where}: one effect is decided twice`);
  for (const clock of decision.ended) {
    const ends = ['met', 'missed', 'elapsed', 'cancelled'];
    hold(ends.includes(clock.outcome) && clock.endedAt !== null, `${where}: ${clock.name} has no proper end`);
    hold(clock.promise || clock.outcome !== 'missed', `${where}: ${clock.name} is no promise, yet missed`);
  }
  if (decision.operations.some(({ op }) => op === 'missed'))
    hold(
      event.told.some(({ people }) => people.length > 0),
      `${where}: a promise was missed, nobody was told`,
    );
  const status = definition.words.statuses[after.status];
  const armed = after.clocks.some(({ outcome }) => outcome === 'running' || outcome === 'paused');
  hold(
    status?.kind === 'closed' || armed || status?.mayWait !== undefined,
    `${where}: ${after.status} is asleep`,
  );
  for (const clock of after.clocks)
    hold(
      clock.outcome === 'paused' || clock.marks.some(({ state }) => state === 'armed'),
      `${where}: ${clock.name} runs without a mark`,
    );
}

/** Of a world between two steps. */
export function checkWorld(store: RecordingStore, accepted: readonly Accepted[]): void {
  const byProcess = new Map<string, EventRecord[]>();
  for (const event of store.events) {
    const events = byProcess.get(event.processId) ?? [];
    events.push(event);
    byProcess.set(event.processId, events);
  }
  for (const [id, { state, over }] of store.processes) {
    const events = byProcess.get(id) ?? [];
    hold(
      events.every((event, index) => event.seq === index + 1) && events.length === (state?.seq ?? 0),
      `${id}: its events have a gap`,
    );
    // A process whose start was refused has never been one: it is over, and nothing of it runs.
    if (!over || !state) continue;
    const closed = definitionOf(state.slug)?.words.statuses[state.status]?.kind === 'closed';
    hold(closed && state.clocks.length === 0, `${id} is over, yet something runs`);
  }
  const taken = new Map<string, number>();
  for (const { inboxId } of store.events) if (inboxId) taken.set(inboxId, (taken.get(inboxId) ?? 0) + 1);
  for (const { processId, row } of accepted) {
    const outcome = store.answerOf(processId, row.id)?.outcome;
    const events = outcome === 'accepted' || outcome === 'late' ? 1 : 0;
    hold(
      (taken.get(row.id) ?? 0) === events,
      `${row.id} (${row.name}): ${String(outcome)}, wrong number of events`,
    );
  }
  const reported = store.effects.flatMap(({ processId, intent }) =>
    intent.kind === 'tellProcess' && intent.content.signal === 'itemSettled' ? [processId] : [],
  );
  hold(new Set(reported).size === reported.length, 'a guide was reported as handed over twice');
  const keys = new Set(store.effects.map((effect) => effect.intent.key));
  hold(keys.size === store.effects.length, 'two effects have one key');
  for (const key of keys) hold(!/\d{9,}/.test(key.replace(/prc_[0-9a-f]+/g, '')), `${key} holds an instant`);
}
