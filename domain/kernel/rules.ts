/** The rules of a process: one typed row per line of the business table. Only leaves are functions. */
import type { z } from 'zod';
import type { Refused } from './state.js';
import type { Data, ErasedScene, Scene, Words, WordsShape } from './words.js';

/** A named condition of a row. `holds` is decidable without a payload, so a disabled action can say why. */
export interface Guard<S, Payload> {
  readonly code: string;
  readonly holds?: (scene: S) => boolean;
  readonly given?: (scene: S & { readonly payload: Payload }) => boolean;
  /** What exactly is wrong, for the refusal. */
  readonly wrong?: (scene: S) => Refused['problems'];
}

export type ClockVerb = 'start' | 'restart' | 'meet' | 'pause' | 'resume' | 'cancel';
/** For a keyed clock the verb names the keys it applies to. */
export type ClockColumn<S> = ClockVerb | Partial<Record<ClockVerb, (scene: S) => readonly string[]>>;

/** Start another process, or tell one a fact. The business key is this process, `intent`, and the event's ordinal. */
export type ProcessEffect<S> =
  | {
      readonly kind: 'startProcess';
      readonly slug: string;
      readonly intent: string;
      /** At most one such child for ever per intent and value; without it one per event. */
      readonly once?: (scene: S) => string;
      readonly when?: (scene: S) => boolean;
      readonly payload: (scene: S) => Readonly<Record<string, unknown>>;
    }
  | {
      readonly kind: 'tellProcess';
      readonly intent: string;
      readonly signal: string;
      /** Ids of the processes that are told; none is fine. */
      readonly to: (scene: S) => readonly string[];
      readonly payload: (scene: S) => Readonly<Record<string, unknown>>;
    };

export interface Trigger {
  readonly kind: 'start' | 'command' | 'signal' | 'mark';
  readonly name: string;
  /** Of a mark: the step of the clock. */
  readonly step?: string;
}

interface Columns<
  Status extends string,
  Role extends string,
  Notice extends string,
  Clock extends string,
  S,
> {
  /** Chooses among rows of the same trigger; the first row whose `when` holds decides. */
  readonly when?: (scene: S) => boolean;
  readonly to?: Status;
  /** A status passed through in the same step. */
  readonly via?: Status;
  /** Past fact in camel case; `<slug>.<event>` in the audit. */
  readonly event: string;
  readonly clocks?: Partial<Record<Clock, ClockColumn<S>>>;
  /** Clocks that this row works toward without meeting them: it becomes a task while they run. */
  readonly toward?: readonly Clock[];
  readonly tell?: Partial<Record<Role, Notice | readonly Notice[]>>;
  readonly effects?: readonly ProcessEffect<S>[];
}

export interface Row<
  Status extends string,
  Role extends string,
  Notice extends string,
  Clock extends string,
  D,
  S,
  Payload,
> extends Columns<Status, Role, Notice, Clock, S> {
  readonly from: Status | readonly Status[];
  readonly guards?: readonly Guard<S, Payload>[];
  readonly set?: { readonly [F in keyof D]?: D[F] | ((scene: S) => D[F]) };
}

/** The form in which the kernel handles rows. */
export interface ErasedRow {
  readonly trigger: Trigger;
  readonly from: readonly string[];
  readonly via?: string;
  readonly to?: string;
  readonly when?: (scene: ErasedScene) => boolean;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- payload types are erased with the rest of the row
  readonly guards?: readonly Guard<any, any>[];
  readonly event: string;
  readonly init?: (scene: ErasedScene) => Data;
  readonly set?: Readonly<Record<string, unknown>>;
  readonly clocks?: Readonly<Record<string, ClockColumn<ErasedScene>>>;
  readonly toward?: readonly string[];
  readonly tell?: Readonly<Record<string, string | readonly string[]>>;
  readonly effects?: readonly ProcessEffect<ErasedScene>[];
}

export interface Definition {
  readonly words: Words;
  readonly rows: readonly ErasedRow[];
}

/* eslint-disable @typescript-eslint/no-explicit-any -- inference positions: `any` here matches every words shape */
type AnyWords = WordsShape<string, any, any, any, any, any, any, any, any, any, any, any>;
/* eslint-enable @typescript-eslint/no-explicit-any */
type Keys<T> = keyof T & string;
type PayloadOf<T> = T extends { readonly payload: infer Z extends z.ZodType }
  ? z.infer<Z>
  : Record<string, never>;
type DataOf<W extends AnyWords> = z.infer<W['data']>;
type LookOf<W extends AnyWords> = { readonly [K in keyof W['lookups']]: z.infer<W['lookups'][K]['schema']> };
export type SceneOf<W extends AnyWords> = Scene<DataOf<W>, z.infer<W['policy']>, LookOf<W>>;
type StepsOf<C> = C extends { readonly steps: readonly (infer T)[] } ? T & string : never;

type RowOf<W extends AnyWords, S, Payload> = Row<
  Keys<W['statuses']>,
  Keys<W['roles']>,
  Keys<W['notices']>,
  Keys<W['clocks']>,
  DataOf<W>,
  S,
  Payload
>;

export interface MarkScene {
  /** Which time a repeating mark fires: 0, 1, … */
  readonly repeat: number;
}

export interface RuleBuilders<W extends AnyWords> {
  /** The row that brings a process into being. */
  readonly start: (
    row: Omit<
      RowOf<
        W,
        SceneOf<W> & { readonly payload: z.infer<W['start']['payload']> },
        z.infer<W['start']['payload']>
      >,
      'from' | 'set'
    > & {
      readonly to: Keys<W['statuses']>;
      readonly init: (
        scene: Omit<SceneOf<W>, 'data'> & {
          readonly payload: z.infer<W['start']['payload']>;
        },
      ) => DataOf<W>;
    },
  ) => ErasedRow;
  /** Rows of commands. */
  readonly on: {
    readonly [K in Keys<W['commands']>]: (
      row: RowOf<
        W,
        SceneOf<W> & { readonly payload: PayloadOf<W['commands'][K]> },
        PayloadOf<W['commands'][K]>
      >,
    ) => ErasedRow;
  };
  /** Rows of signals. */
  readonly hear: {
    readonly [K in Keys<W['signals']>]: (
      row: RowOf<
        W,
        SceneOf<W> & { readonly payload: PayloadOf<W['signals'][K]> },
        PayloadOf<W['signals'][K]>
      >,
    ) => ErasedRow;
  };
  /** Rows of clock marks: `due.<clock>.<step>({…})`. */
  readonly due: {
    readonly [C in Keys<W['clocks']>]: {
      readonly [T in StepsOf<W['clocks'][C]>]: (row: RowOf<W, SceneOf<W> & MarkScene, never>) => ErasedRow;
    };
  };
  /** A named condition with a refusal of the words. */
  readonly guard: (
    code: Keys<W['refusals']>,
    holds: (scene: SceneOf<W>) => boolean,
  ) => Guard<SceneOf<W>, unknown>;
  /** A condition that needs the payload. */
  readonly check: <Payload>(
    code: Keys<W['refusals']>,
    given: (scene: SceneOf<W> & { readonly payload: Payload }) => boolean,
    wrong?: (scene: SceneOf<W>) => Refused['problems'],
  ) => Guard<SceneOf<W>, Payload>;
}

/** The typed row builders for a set of words. */
export function rulesFor<W extends AnyWords>(w: W): RuleBuilders<W> {
  const row = (trigger: Trigger) => (columns: { readonly from?: string | readonly string[] }) => ({
    ...columns,
    trigger,
    from: columns.from === undefined ? [] : [columns.from].flat(),
  });
  const mapKeys = <T>(of: object, make: (name: string) => T) =>
    Object.fromEntries(Object.keys(of).map((name) => [name, make(name)]));
  const builders = {
    start: row({ kind: 'start', name: 'start' }),
    on: mapKeys(w.commands as object, (name) => row({ kind: 'command', name })),
    hear: mapKeys(w.signals as object, (name) => row({ kind: 'signal', name })),
    due: mapKeys(w.clocks as object, (name) => {
      const clock = (w.clocks as Words['clocks'])[name];
      return Object.fromEntries(
        (clock?.steps ?? []).map((step) => [step, row({ kind: 'mark', name, step })]),
      );
    }),
    guard: (code: string, holds: unknown) => ({ code, holds }),
    check: (code: string, given: unknown, wrong: unknown) => ({ code, given, wrong }),
  };
  // The builders are made by name at run time; their types say exactly what the words declare.
  return builders as unknown as RuleBuilders<W>;
}

/** Joins words and rules; the names are checked by lint, the shapes by the compiler. */
export function define(w: AnyWords, rows: readonly ErasedRow[]): Definition {
  return { words: w, rows };
}
