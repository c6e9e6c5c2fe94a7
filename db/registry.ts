/** What the kinds of processes add to the store: lookups read before a decision, tables of their own written after it. */
import type { StepRecord } from '../domain/kernel/store.js';
import type { Data } from '../domain/kernel/words.js';
import type { Trx } from './connection.js';

/** What a lookup is about: the process, its data (null before its start), the payload of the trigger. */
export interface LookupSubject {
  readonly tenantId: string;
  readonly processId: string;
  readonly data: Data | null;
  readonly payload: Data;
}

/** Reads one lookup; a lookup that the words call `locked` locks its rows, sorted by key. */
export type LookupLoader = (trx: Trx, subject: LookupSubject) => Promise<unknown>;

/** Writes the process's own tables. It never refuses: what can be refused is decided. */
export type Projector = (trx: Trx, step: StepRecord) => Promise<void>;

export interface SlugStore {
  /** By the names that the words give to the lookups. */
  readonly lookups: Readonly<Record<string, LookupLoader>>;
  readonly project?: Projector;
}

/** By slug. */
export type StoreRegistry = Readonly<Record<string, SlugStore>>;
