/**
 * The words of a process: statuses, roles, clocks, commands, signals, notices, refusals, data, policy and lookups.
 * Words come first and are complete in themselves; the rules (rules.ts) may only use what the words declare.
 */
import type { z } from 'zod';
import type { Pause } from '../time/business.js';
import type { CalendarVersion } from '../time/calendar.js';
import type { Duration } from '../time/duration.js';
import type { Directory } from './directory.js';

/** What every leaf function of a definition sees. Instants are epoch milliseconds (UTC). */
export interface Scene<D, P, L> {
  readonly processId: string;
  /** Of a keyed clock's mark: which instance; empty otherwise. */
  readonly key: string;
  readonly data: D;
  /** Body of the policy set version pinned to the process. */
  readonly policy: P;
  /** What the decision reads beyond the process's own data. */
  readonly look: L;
  readonly directory: Directory;
  /** Every calendar at hand, by id: of clocks, of people, and wherever data, payload or lookups name one. */
  readonly calendars: Readonly<Record<string, CalendarVersion>>;
  /** The business instant of the step. */
  readonly at: number;
  /** The person who acts; null for timers, signals and the system. */
  readonly actor: string | null;
}

export interface StatusWord {
  readonly label: string;
  readonly kind: 'open' | 'closed';
  /** Whose move it is; shown in lists. */
  readonly waitsFor?: 'provider' | 'endUser' | 'outside';
  /** Why the status may wait for ever without an armed clock. Without it, "asleep" is a lint error. */
  readonly mayWait?: string;
}

export interface RoleWord<S> {
  readonly label: string;
  /** Person ids. One function for who may act and who is told. */
  readonly who: (scene: S) => readonly string[];
}

/**
 * When a mark is due: `of` from the clock's start (or a percentage of it), then `plus`, then again `every`; its first
 * time never before `notBefore`, which counts from an instant of its own (epoch ms).
 */
export interface MarkAt {
  readonly of: Duration;
  readonly percent?: number;
  readonly plus?: Duration;
  readonly every?: Duration;
  readonly notBefore?: { readonly from: number; readonly of: Duration };
}

export interface ClockWord<S> {
  readonly label: string;
  /** A promise is met or missed at its mark `due`; any other clock elapses with its last mark. */
  readonly promise: boolean;
  /** Several instances told apart by a key (a recipient, an item). */
  readonly keyed?: true;
  /** Which of the process's calendars counts (spec §3a "Which calendar"). */
  readonly calendar: 'main' | 'provider';
  /** Names of the marks in the order in which they fall due. */
  readonly steps: readonly string[];
  /** The instants of the steps; a step that is left out does not exist under this policy. */
  readonly marks: (scene: S) => Readonly<Record<string, MarkAt | undefined>>;
  /** Counts from this instant instead of the step's own. */
  readonly since?: (scene: S) => number;
  /** Time after `since` that does not count, with its cause; one that still lasts holds the clock at once. */
  readonly pauses?: (scene: S) => readonly Pause[];
  /** How the following marks count after an outage: from the missed due instant (default) or from when it fired. */
  readonly catchUp?: 'fromDue' | 'fromNow';
  /** Where the figures stand in the policy set, for explain: a dotted path. */
  readonly policyPath: string;
}

/** A value that a notice shows. Persons and instants are references, resolved when the message is made. */
export type Shown =
  | string
  | number
  | boolean
  | { readonly person: string }
  | { readonly instant: number }
  /** When a clock of the process (`name` or `name/key`) is due after this step. */
  | { readonly due: string }
  | { readonly list: readonly Shown[] };

export interface NoticeWord<S> {
  readonly label: string;
  /** Urgent notices go at once; the others wait for the recipient's business hours. */
  readonly urgent?: true;
  /**
   * Sent again and again about one run of a clock: where mail was away, the newest stands for the older ones that wait.
   * Never with a link, and never for what is said once (a statement, a decision). Sent by an event it is no reminder.
   */
  readonly reminder?: true;
  /**
   * Sent as a page: on one channel of the recipient after the other until he acknowledges it, at once whatever the hour
   * (service spec §4.16); where it says no, as a message. What one step pages a person about is one page. Never with a link: it bears one of its own.
   */
  readonly page?: true | ((scene: S & { readonly recipient: string }) => boolean);
  /** Of a page: the clock (`name` or `name/key`) without which it is not sent any more. Else it ends with the process. */
  readonly pageWhile?: (scene: S & { readonly recipient: string }) => string;
  readonly show?: (scene: S & { readonly recipient: string }) => Readonly<Record<string, Shown>>;
  /** A one-time link in the message that fires this command for the recipient. */
  readonly link?: {
    readonly command: string;
    readonly payload: (scene: S & { readonly recipient: string }) => Readonly<Record<string, unknown>>;
  };
}

export interface CommandWord<S, R extends string> {
  readonly label: string;
  /** Roles that may fire it; any one is enough. */
  readonly by: readonly R[];
  readonly payload?: z.ZodObject;
  /** The instances that the command can be applied to now (open checklist items, recipients), for tasks and hints. */
  readonly each?: (scene: S) => readonly { readonly key: string; readonly label: string }[];
  /** The field of the payload that takes the key of `each`. */
  readonly eachField?: string;
  /** Handled before everything else, also by the relay while Temporal is down. */
  readonly urgent?: true;
  readonly example?: Readonly<Record<string, unknown>>;
}

export interface SignalWord {
  readonly label: string;
  readonly payload?: z.ZodObject;
}

export interface LookupWord {
  readonly schema: z.ZodType;
  /** Read FOR UPDATE: what must be unique or must not run out. */
  readonly locked?: true;
}

export interface RefusalWord {
  readonly text: string;
  readonly remedy: string;
}

type Look<L extends Record<string, LookupWord>> = { readonly [K in keyof L]: z.infer<L[K]['schema']> };

export interface WordsShape<
  Slug extends string,
  S extends Record<string, StatusWord>,
  D extends z.ZodObject,
  P extends z.ZodObject,
  L extends Record<string, LookupWord>,
  R extends Record<string, RoleWord<Scene<z.infer<D>, z.infer<P>, Look<L>>>>,
  N extends Record<string, NoticeWord<Scene<z.infer<D>, z.infer<P>, Look<L>>>>,
  C extends Record<string, ClockWord<Scene<z.infer<D>, z.infer<P>, Look<L>>>>,
  K extends Record<string, CommandWord<Scene<z.infer<D>, z.infer<P>, Look<L>>, keyof R & string>>,
  G extends Record<string, SignalWord>,
  F extends Record<string, RefusalWord>,
  B extends z.ZodObject,
> {
  readonly slug: Slug;
  /** Three letters that begin every id of this kind. */
  readonly prefix: string;
  readonly version: number;
  readonly title: string;
  readonly summary: string;
  /** Section of the service specification. */
  readonly source: string;
  readonly statuses: S;
  readonly data: D;
  readonly policy: P;
  readonly lookups: L;
  /** Calendar ids, pinned in the data at the start. */
  readonly calendars: (scene: { readonly data: z.infer<D>; readonly directory: Directory }) => {
    readonly main: string;
    readonly provider: string;
  };
  readonly roles: R;
  /** The role whose first person owns the process; it must never be empty. */
  readonly owner: keyof R & string;
  readonly notices: N;
  readonly clocks: C;
  readonly start: {
    readonly label: string;
    readonly payload: B;
    /** Staff grants that may start it by hand; other processes always may. */
    readonly grants: readonly string[];
    /** People of the End User may start it for a contract of theirs; the guards of the start say who. */
    readonly endUser?: true;
    readonly example?: Readonly<Record<string, unknown>>;
  };
  readonly commands: K;
  readonly signals: G;
  readonly refusals: F;
  /** One line that tells this process from its siblings (a contract number, a title). No personal data. */
  readonly headline: (data: z.infer<D>) => string;
  /** The contract that the process belongs to. */
  readonly contractId: (data: z.infer<D>) => string | null;
}

/**
 * Declares the words of a process. The literal is checked against itself: roles, statuses, clocks and notices are
 * known by name to everything that follows.
 */
export function words<
  const Slug extends string,
  const S extends Record<string, StatusWord>,
  D extends z.ZodObject,
  P extends z.ZodObject,
  L extends Record<string, LookupWord>,
  const R extends Record<string, RoleWord<Scene<z.infer<D>, z.infer<P>, Look<L>>>>,
  const N extends Record<string, NoticeWord<Scene<z.infer<D>, z.infer<P>, Look<L>>>>,
  const C extends Record<string, ClockWord<Scene<z.infer<D>, z.infer<P>, Look<L>>>>,
  const K extends Record<string, CommandWord<Scene<z.infer<D>, z.infer<P>, Look<L>>, keyof R & string>>,
  const G extends Record<string, SignalWord>,
  const F extends Record<string, RefusalWord>,
  B extends z.ZodObject,
>(
  shape: WordsShape<Slug, S, D, P, L, R, N, C, K, G, F, B>,
): WordsShape<Slug, S, D, P, L, R, N, C, K, G, F, B> {
  return shape;
}

/** What `words` returns, with every name erased: the form in which the kernel handles definitions. */
export interface Words {
  readonly slug: string;
  readonly prefix: string;
  readonly version: number;
  readonly title: string;
  readonly summary: string;
  readonly source: string;
  readonly statuses: Readonly<Record<string, StatusWord>>;
  readonly data: z.ZodObject;
  readonly policy: z.ZodObject;
  readonly lookups: Readonly<Record<string, LookupWord>>;
  readonly calendars: (scene: ErasedScene) => { readonly main: string; readonly provider: string };
  readonly roles: Readonly<Record<string, RoleWord<ErasedScene>>>;
  readonly owner: string;
  readonly notices: Readonly<Record<string, NoticeWord<ErasedScene>>>;
  readonly clocks: Readonly<Record<string, ClockWord<ErasedScene>>>;
  readonly start: {
    readonly label: string;
    readonly payload: z.ZodObject;
    readonly grants: readonly string[];
    readonly endUser?: true;
    readonly example?: Readonly<Record<string, unknown>>;
  };
  readonly commands: Readonly<Record<string, CommandWord<ErasedScene, string>>>;
  readonly signals: Readonly<Record<string, SignalWord>>;
  readonly refusals: Readonly<Record<string, RefusalWord>>;
  readonly headline: (data: Data) => string;
  readonly contractId: (data: Data) => string | null;
}

export type Data = Readonly<Record<string, unknown>>;
// The kernel handles every process alike, so the types of one process are erased here and only here.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type ErasedScene = Scene<any, any, any>;

/** A scene with what the trigger brings: payload, key and repeat of a mark. */
export type TriggerScene = ErasedScene & {
  readonly payload: Data;
  readonly repeat: number;
};
