/**
 * The store in memory: the same contract as Postgres, for forecast, rehearsal and model tests.
 * It starts from a snapshot; processes that would be started or told run in it too.
 */
import type { CalendarVersion } from '../time/calendar.js';
import type { Directory } from './directory.js';
import type { EventRecord } from './event.js';
import { sha256 } from './hash.js';
import type { Definition } from './rules.js';
import type { EffectIntent, Fired, Inputs, ProcessRef, ProcessState } from './state.js';
import type {
  Answer,
  InboxRow,
  LoadedProcess,
  PlannedEffect,
  StepRecord,
  StepStore,
  StepTransaction,
} from './store.js';
import type { Task } from './tasks.js';
import type { Data } from './words.js';

export interface MemoryProcess {
  readonly ref: ProcessRef;
  readonly state: ProcessState | null;
  readonly over: boolean;
  readonly blocked: boolean;
  readonly policy: { readonly id: string; readonly version: number; readonly body: unknown };
}

export interface MemoryEffect {
  readonly id: string;
  readonly processId: string;
  readonly intent: EffectIntent;
  readonly decidedAt: number;
  state: 'planned' | 'confirmed' | 'unknown' | 'failed';
}

/** What decisions read beyond the process: by definition and lookup name. */
export interface World {
  readonly directory: Directory;
  readonly calendars: () => Readonly<Record<string, CalendarVersion>>;
  readonly look: (
    slug: string,
    subject: { readonly data: Data | null; readonly payload: Data },
  ) => Readonly<Record<string, unknown>>;
}

interface InboxEntry {
  readonly row: InboxRow;
  answer: Answer | null;
}

export class MemoryStore implements StepStore {
  readonly processes = new Map<string, MemoryProcess>();
  readonly events: EventRecord[] = [];
  readonly effects: MemoryEffect[] = [];
  readonly refusals: { readonly processId: string; readonly code: string }[] = [];
  readonly tasks = new Map<string, readonly Task[]>();
  protected readonly inbox = new Map<string, InboxEntry[]>();
  /** Business time; the steps' `now` raises it. */
  protected clockMs = 0;

  constructor(private readonly world: World) {}

  /** Puts a process as it stands into the store. */
  put(process: MemoryProcess): void {
    this.processes.set(process.ref.id, process);
  }

  /** Accepts a row: gives it the next number; the caller says when. Doubles of an id change nothing. */
  accept(processId: string, row: Omit<InboxRow, 'number'>): void {
    const rows = this.inbox.get(processId) ?? [];
    if (rows.some((entry) => entry.row.id === row.id)) return;
    rows.push({ row: { ...row, number: rows.length + 1 }, answer: null });
    this.inbox.set(processId, rows);
  }

  answerOf(processId: string, inboxId: string): Answer | null {
    return this.inbox.get(processId)?.find((entry) => entry.row.id === inboxId)?.answer ?? null;
  }

  pendingOf(processId: string): readonly InboxRow[] {
    return (this.inbox.get(processId) ?? [])
      .filter((entry) => entry.answer === null)
      .map((entry) => entry.row);
  }

  /** Does an effect as if the outside answered at once: messages arrive, processes are started and told in here. */
  perform(
    registry: { readonly definitions: Readonly<Record<string, Definition>> },
    effect: MemoryEffect,
  ): void {
    effect.state = 'confirmed';
    const { intent, processId } = effect;
    const at = Math.max(this.clockMs, intent.notBefore);
    if (intent.kind === 'startProcess') this.startChild(processId, intent.content, intent.key, at);
    if (intent.kind === 'tellProcess') {
      this.accept(
        intent.content.processId,
        signalRow(intent.key, intent.content.signal, intent.content.payload, at),
      );
    }
    const slug = this.processes.get(processId)?.ref.slug ?? '';
    if (intent.kind === 'mail' && registry.definitions[slug]?.words.signals['delivered']) {
      const { notice, recipient, at: decidedAt } = intent.content;
      const payload = { effectKey: intent.key, notice, recipient, decidedAt };
      this.accept(processId, signalRow(`settled:${intent.key}`, 'delivered', payload, at));
    }
  }

  private startChild(
    parentId: string,
    child: { readonly slug: string; readonly processId: string; readonly payload: Data },
    key: string,
    at: number,
  ): void {
    const parent = this.processes.get(parentId);
    if (!parent || this.processes.has(child.processId)) return;
    const ref = {
      id: child.processId,
      tenantId: parent.ref.tenantId,
      slug: child.slug,
      epoch: parent.ref.epoch,
    };
    this.put({ ref, state: null, over: false, blocked: false, policy: parent.policy });
    this.accept(child.processId, { ...signalRow(key, 'start', child.payload, at), kind: 'start' });
  }

  async step<T>(
    at: { readonly tenantId: string; readonly processId: string; readonly now: number },
    work: (tx: StepTransaction) => Promise<T>,
  ): Promise<T> {
    this.clockMs = Math.max(this.clockMs, at.now);
    return work(this.transaction(at.tenantId, at.processId));
  }

  private transaction(tenantId: string, processId: string): StepTransaction {
    return {
      load: async () => this.load(tenantId, processId),
      now: async () => this.clockMs,
      inputs: async (loaded, definition, fired) => this.inputs(loaded, definition, fired),
      write: async (step) => this.write(processId, step),
      refuse: async (_loaded, row, answer) => {
        this.settle(processId, row, answer);
        this.refusals.push({ processId, code: answer.code ?? '' });
      },
      setOver: async (_loaded, over) => this.replace(processId, { over }),
    };
  }

  private load(tenantId: string, processId: string): LoadedProcess | null {
    const process = this.processes.get(processId);
    if (!process || process.ref.tenantId !== tenantId) return null;
    const own = this.effects.filter((effect) => effect.processId === processId);
    return {
      ref: process.ref,
      state: process.state,
      pending: byAcceptance(this.pendingOf(processId)),
      planned: plannedOf(own),
      unsettled: own.filter((effect) => effect.state === 'planned' || effect.state === 'unknown').length,
      blocked: process.blocked,
      over: process.over,
    };
  }

  private inputs(loaded: LoadedProcess, definition: Definition, fired: Fired): Inputs {
    const process = this.processes.get(loaded.ref.id);
    if (!process) throw new Error(`Process ${loaded.ref.id} is not in the store.`);
    const payload = 'payload' in fired ? fired.payload : {};
    return {
      policy: process.policy,
      calendars: this.world.calendars(),
      look: this.world.look(definition.words.slug, { data: loaded.state?.data ?? null, payload }),
      directory: this.world.directory,
    };
  }

  private write(processId: string, step: StepRecord): { planned: readonly PlannedEffect[] } {
    this.replace(processId, { state: step.after });
    this.events.push(step.event);
    this.tasks.set(processId, step.tasks);
    if (step.row) this.settle(processId, step.row, step.answer);
    const intents = step.decision.kind === 'accepted' ? step.decision.effects : [];
    const known = new Set(this.effects.map((effect) => effect.intent.key));
    for (const intent of intents.filter((candidate) => !known.has(candidate.key))) {
      const id = effectId(step.event.tenantId, intent.key);
      this.effects.push({ id, processId, intent, decidedAt: step.event.at, state: 'planned' });
    }
    return { planned: plannedOf(this.effects.filter((effect) => effect.processId === processId)) };
  }

  private settle(processId: string, row: InboxRow, answer: Answer): void {
    const entry = this.inbox.get(processId)?.find((candidate) => candidate.row.id === row.id);
    if (entry) entry.answer = answer;
  }

  private replace(processId: string, change: Partial<MemoryProcess>): void {
    const process = this.processes.get(processId);
    if (!process) throw new Error(`Process ${processId} is not in the store.`);
    this.processes.set(processId, { ...process, ...change });
  }
}

/** The id of an effect follows from its business key. */
export function effectId(tenantId: string, key: string): string {
  return `eff_${sha256([tenantId, key]).slice(0, 26)}`;
}

function signalRow(id: string, name: string, payload: Data, acceptedAt: number): Omit<InboxRow, 'number'> {
  return { id, kind: 'signal', name, payload, actor: null, onBehalfOf: null, acceptedAt, expectedSeq: null };
}

function plannedOf(effects: readonly MemoryEffect[]): readonly PlannedEffect[] {
  return effects
    .filter((effect) => effect.state === 'planned')
    .map((effect) => ({ id: effect.id, kind: effect.intent.kind, nextAttemptAt: effect.intent.notBefore }));
}

function byAcceptance(rows: readonly InboxRow[]): readonly InboxRow[] {
  return [...rows].sort((a, b) => a.acceptedAt - b.acceptedAt || a.number - b.number);
}
