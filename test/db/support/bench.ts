/** One handle on both stores, so that one suite can judge them. */
import type { AdvanceResult } from '../../../domain/kernel/advance.js';
import type { EventRecord } from '../../../domain/kernel/event.js';
import type { Answer } from '../../../domain/kernel/store.js';
import type { Task } from '../../../domain/kernel/tasks.js';
import type { Data } from '../../../domain/kernel/words.js';

export interface Work {
  readonly kind: 'start' | 'command' | 'signal' | 'system';
  readonly name: string;
  readonly payload?: Data;
  readonly actor?: string | null;
  readonly expectedSeq?: number;
}

export interface Taken {
  readonly inboxId: string;
  readonly acceptedAt: number;
}

export interface Bench {
  /** Business time, epoch milliseconds. */
  now(): Promise<number>;
  /** Moves business time forward. */
  skip(ms: number): Promise<void>;
  /** Accepts the start of a parcel without taking a step. */
  send(title: string, payload?: Data): Promise<string>;
  accept(processId: string, work: Work): Promise<Taken>;
  /** Takes at most one step now, or as if it were `now`. */
  step(processId: string, now?: number): Promise<AdvanceResult>;
  answer(processId: string, inboxId: string): Promise<Answer | null>;
  events(processId: string): Promise<readonly EventRecord[]>;
  effects(
    processId: string,
  ): Promise<readonly { readonly id: string; readonly key: string; readonly state: string }[]>;
  tasks(processId: string): Promise<readonly Task[]>;
  /** Codes of refusals, oldest first. */
  refusals(processId: string): Promise<readonly string[]>;
  /** Whether the store holds the process for over. */
  isOver(processId: string): Promise<boolean>;
  /** Sets the start aside, as one that cannot be decided, and blocks the process. */
  parkStart(processId: string): Promise<void>;
  /** Gives up what was set aside, as an operator does. */
  giveUp(processId: string): Promise<void>;
  /** Settles an effect as done, without a signal. */
  confirm(effectId: string): Promise<void>;
  close(): Promise<void>;
}

/** Takes steps until nothing is left to do now; gives the last result. */
export async function settle(bench: Bench, processId: string): Promise<AdvanceResult> {
  for (let step = 0; step < 100; step += 1) {
    const before = (await bench.events(processId)).length;
    const result = await bench.step(processId);
    const moved = (await bench.events(processId)).length > before || Object.keys(result.answers).length > 0;
    if (!moved && !result.pending) return result;
  }
  throw new Error('The process does not come to rest within 100 steps.');
}

/** A parcel that was sent and has come to rest. */
export async function aParcel(bench: Bench, title = 'parcel', payload: Data = {}): Promise<string> {
  const processId = await bench.send(title, payload);
  await settle(bench, processId);
  return processId;
}

/** Event names without the slug. */
export function names(events: readonly EventRecord[]): string[] {
  return events.map((event) => event.event.replace('parcel.', ''));
}
