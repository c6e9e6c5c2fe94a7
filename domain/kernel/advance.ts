/** One step of one process: choose the trigger, decide, write. The only way that a process changes. */
import { clockPath } from './clock-bench.js';
import { nextDue } from './clocks.js';
import { decide } from './decide.js';
import { eventOf } from './event.js';
import { evolve } from './evolve.js';
import type { Definition } from './rules.js';
import type { Decision, Fired, ProcessState } from './state.js';
import type { Answer, InboxRow, LoadedProcess, PlannedEffect, StepStore, StepTransaction } from './store.js';
import { tasksOf } from './tasks.js';

export interface Registry {
  readonly definitions: Readonly<Record<string, Definition>>;
  /** Content hash of each definition's source, by slug. */
  readonly hashes: Readonly<Record<string, string>>;
  /** Version of the time zone data in use. */
  readonly zoneData: string;
}

export interface AdvanceResult {
  readonly seq: number;
  /** In a closed status; clocks and effects may outlive it. */
  readonly closed: boolean;
  /** Closed, no clock runs, no effect is unsettled. */
  readonly over: boolean;
  /** The earliest instant at which something is to be done without anybody acting; null when nothing is. */
  readonly nextDueAt: number | null;
  /** What that is, for the operator. */
  readonly nextDue: string | null;
  readonly effects: readonly PlannedEffect[];
  readonly answers: Readonly<Record<string, Answer['outcome']>>;
  /** More triggers wait. */
  readonly pending: boolean;
  readonly blocked: boolean;
}

/** The store holds less than the caller has seen: somebody restored a backup (architecture §10). */
export class StoreBehindError extends Error {
  constructor(
    readonly processId: string,
    readonly storedSeq: number,
    readonly lastSeq: number,
  ) {
    super(`Process ${processId} stands at event ${storedSeq} in the store, but ${lastSeq} was seen before.`);
    this.name = 'StoreBehindError';
  }
}

/** A trigger that cannot be decided: parked with its error until an operator retries or skips it. */
export class PoisonError extends Error {
  constructor(
    readonly trigger:
      { readonly inboxId: string } | { readonly clock: string; readonly key: string; readonly step: string },
    cause: unknown,
  ) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.name = 'PoisonError';
  }
}

/**
 * Takes at most one step. `now` (epoch ms) only selects what is due; business instants come from the inbox row's
 * acceptance or from the due instant itself (architecture §4).
 */
export async function advance(
  store: StepStore,
  registry: Registry,
  at: {
    readonly tenantId: string;
    readonly processId: string;
    readonly now: number;
    readonly lastSeq: number;
  },
): Promise<AdvanceResult> {
  return store.step(at, async (tx) => {
    const loaded = await tx.load();
    if (!loaded) return nothing(at.lastSeq);
    const storedSeq = loaded.state?.seq ?? 0;
    if (storedSeq < at.lastSeq) throw new StoreBehindError(at.processId, storedSeq, at.lastSeq);
    // A runner whose clock runs ahead moves no deadline: a mark is due by business time only.
    const chosen = chooseTrigger(loaded, Math.min(at.now, await tx.now()));
    const step = chosen ? await takeStep(tx, registry, loaded, chosen) : untouched(loaded);
    const result = resultOf(registry, loaded, step);
    // A late fact may leave work behind: a message that came back after the end goes to the deputy.
    if (result.over !== loaded.over) await tx.setOver(loaded, result.over);
    return result;
  });
}

/** What a step left behind. */
interface Left {
  readonly state: ProcessState | null;
  readonly planned: readonly PlannedEffect[];
  readonly answers: AdvanceResult['answers'];
  readonly pending: boolean;
}

interface Chosen {
  readonly fired: Fired;
  readonly row: InboxRow | null;
}

/** The earliest business instant among accepted rows and due marks; on a tie the row wins. */
export function chooseTrigger(loaded: LoadedProcess, now: number): Chosen | null {
  const skip = loaded.pending.find((row) => row.kind === 'system' && row.name === 'skipMark');
  const row = skip ?? (loaded.blocked ? undefined : loaded.pending[0]);
  if (skip || (loaded.blocked && !row)) return row ? ofRow(row, loaded.state) : null;
  const horizon = Math.max(now, row?.acceptedAt ?? now);
  const mark = loaded.state ? earliestMark(loaded.state, horizon) : null;
  if (mark && (!row || mark.dueAt < row.acceptedAt)) {
    return {
      fired: { ...mark, at: notBefore(mark.dueAt, loaded.state), firedAt: Math.max(now, mark.dueAt) },
      row: null,
    };
  }
  return row ? ofRow(row, loaded.state) : null;
}

function ofRow(row: InboxRow, state: ProcessState | null): Chosen {
  const fact = { at: notBefore(row.acceptedAt, state), actor: row.actor, payload: row.payload };
  switch (row.kind) {
    case 'start':
      return { row, fired: { kind: 'start', ...fact } };
    case 'command':
      return { row, fired: { kind: 'command', name: row.name, expectedSeq: row.expectedSeq, ...fact } };
    case 'signal':
      return { row, fired: { kind: 'signal', name: row.name, ...fact } };
    case 'system':
      return {
        row,
        fired: { kind: 'system', name: row.name === 'skipMark' ? 'skipMark' : 'recalculate', ...fact },
      };
  }
}

function notBefore(instant: number, state: ProcessState | null): number {
  return Math.max(instant, state?.lastAt ?? instant);
}

function earliestMark(state: ProcessState, horizon: number) {
  let first: Omit<Extract<Fired, { kind: 'mark' }>, 'at' | 'firedAt'> | null = null;
  for (const clock of state.clocks) {
    const mark = nextDue(clock);
    if (!mark || mark.dueAt > horizon || (first && first.dueAt <= mark.dueAt)) continue;
    const { step, repeat, dueAt } = mark;
    first = {
      kind: 'mark',
      actor: null,
      clock: clock.name,
      key: clock.key,
      run: clock.run,
      step,
      repeat,
      dueAt,
    };
  }
  return first;
}

async function takeStep(
  tx: StepTransaction,
  registry: Registry,
  loaded: LoadedProcess,
  chosen: Chosen,
): Promise<Left> {
  const { fired, row } = chosen;
  const { ref, state } = loaded;
  const definition = registry.definitions[ref.slug];
  if (!definition) throw new PoisonError(addressOf(chosen), `No definition named ${ref.slug}.`);
  const inputs = await tx.inputs(loaded, definition, fired);
  const decision = guarded(chosen, () => decide(definition, ref, state, fired, inputs));
  if (decision.kind === 'refused') {
    if (!row) throw new PoisonError(addressOf(chosen), `A mark was refused: ${decision.code}.`);
    await tx.refuse(loaded, row, answerOf(decision, state));
    const rest = loaded.pending.filter((pending) => pending.id !== row.id);
    return { state, planned: loaded.planned, answers: { [row.id]: 'refused' }, pending: rest.length > 0 };
  }
  const recordedAt = await tx.now();
  const { after, tasks, event } = guarded(chosen, () => {
    const next = nextState(loaded, decision, fired, inputs.policy);
    const source = { ref, seq: next.seq, fired, inputs, decision, recordedAt, zoneData: registry.zoneData };
    const version = { version: definition.words.version, hash: registry.hashes[ref.slug] ?? '' };
    const extra = { inboxId: row?.id ?? null, onBehalfOf: row?.onBehalfOf ?? null, definition: version };
    return { after: next, tasks: tasksOf(definition, next, inputs), event: eventOf({ ...source, ...extra }) };
  });
  const answer = answerOf(decision, after);
  const { planned } = await tx.write({
    definition,
    before: state,
    after,
    event,
    fired,
    inputs,
    decision,
    tasks,
    row,
    answer,
  });
  const answers = row ? { [row.id]: answer.outcome } : {};
  return { state: after, planned, answers, pending: loaded.pending.length > (row ? 1 : 0) };
}

function nextState(
  loaded: LoadedProcess,
  decision: Exclude<Decision, { kind: 'refused' }>,
  fired: Fired,
  policy: { readonly id: string; readonly version: number },
): ProcessState {
  if (decision.kind === 'accepted') return evolve(loaded.ref, loaded.state, decision, fired.at, policy);
  if (!loaded.state) throw new Error('Late information for a process that has not started.');
  return { ...loaded.state, seq: loaded.state.seq + 1, lastAt: fired.at };
}

function guarded<T>(chosen: Chosen, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new PoisonError(addressOf(chosen), error);
  }
}

function addressOf({ fired, row }: Chosen): PoisonError['trigger'] {
  if (row) return { inboxId: row.id };
  if (fired.kind !== 'mark') throw new Error('A trigger without a row is a mark.');
  return { clock: fired.clock, key: fired.key, step: fired.step };
}

function answerOf(decision: Decision, state: ProcessState | null): Answer {
  const stands = { seq: state?.seq ?? 0, status: state?.status ?? null };
  if (decision.kind !== 'refused') return { outcome: decision.kind, event: decision.event, ...stands };
  const { code, text, remedy, problems } = decision;
  return { outcome: 'refused', code, text, remedy, ...(problems ? { problems } : {}), ...stands };
}

function untouched(loaded: LoadedProcess): Left {
  return { state: loaded.state, planned: loaded.planned, answers: {}, pending: false };
}

function resultOf(registry: Registry, loaded: LoadedProcess, left: Left): AdvanceResult {
  const { state, planned } = left;
  const next = state && !loaded.blocked ? earliestMark(state, Infinity) : null;
  const nextDueAt = Math.min(next?.dueAt ?? Infinity, ...planned.map((effect) => effect.nextAttemptAt));
  const statuses = registry.definitions[loaded.ref.slug]?.words.statuses ?? {};
  // A start that was refused, or given up, leaves nothing behind: the process never began, so it is over.
  const neverBegan = state === null && !loaded.blocked && !left.pending;
  const closed = state === null ? neverBegan || loaded.over : statuses[state.status]?.kind === 'closed';
  const unsettled = loaded.unsettled + planned.length - loaded.planned.length;
  return {
    seq: state?.seq ?? 0,
    closed,
    over: closed && (state?.clocks.length ?? 0) === 0 && unsettled === 0,
    nextDueAt: Number.isFinite(nextDueAt) ? nextDueAt : null,
    nextDue: next ? `${clockPath(next.clock, next.key)} ${next.step}` : null,
    effects: planned,
    answers: left.answers,
    pending: left.pending && !loaded.blocked,
    blocked: loaded.blocked,
  };
}

function nothing(seq: number): AdvanceResult {
  const idle = { effects: [], answers: {}, pending: false, blocked: false };
  return { seq, closed: true, over: true, nextDueAt: null, nextDue: null, ...idle };
}
