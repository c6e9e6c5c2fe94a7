/** What can be done now, by whom, and why the rest cannot. Decides nothing; asks the same conditions as `decide`. */
import { holdsRole, rowsFor, viewScene } from '../decide.js';
import { refuse, refuseBy } from '../refusals.js';
import type { Definition, ErasedRow } from '../rules.js';
import type { Inputs, ProcessState, Refused } from '../state.js';
import { peopleAllowed } from '../tasks.js';
import type { ErasedScene } from '../words.js';

export type Reason = Pick<Refused, 'code' | 'text' | 'remedy'>;

export interface Action {
  readonly command: string;
  readonly label: string;
  /** For the actor; with details that fit. */
  readonly allowed: boolean;
  readonly reasons: readonly Reason[];
  /** Who could fire it now. */
  readonly people: readonly string[];
  /** What it can be applied to now, and the field that names it. */
  readonly each: readonly { readonly key: string; readonly label: string }[];
  readonly eachField: string | null;
  readonly example: Readonly<Record<string, unknown>> | null;
}

/** Every command of the process with its reasons; allowed ones first. `at` is epoch milliseconds. */
export function allowedActions(
  definition: Definition,
  state: ProcessState,
  inputs: Inputs,
  at: number,
  actor: string | null,
): readonly Action[] {
  const scene = viewScene(state, inputs, at, actor);
  const actions = Object.entries(definition.words.commands).map(([command, word]): Action => {
    const rows = rowsFor(definition, state.status, { kind: 'command', name: command });
    const everywhere = command === 'note';
    const reasons =
      everywhere && rows.length === 0
        ? roleReason(definition, command, scene)
        : reasonsFor(definition, state, command, rows, scene);
    return {
      command,
      label: word.label,
      allowed: reasons.length === 0,
      reasons,
      people: rows.length > 0 || everywhere ? peopleAllowed(definition, command, rows, scene) : [],
      each: rows.length > 0 ? (word.each?.(scene) ?? []) : [],
      eachField: word.eachField ?? null,
      example: word.example ?? null,
    };
  });
  return actions.sort((a, b) => Number(b.allowed) - Number(a.allowed));
}

function reasonsFor(
  definition: Definition,
  state: ProcessState,
  command: string,
  rows: readonly ErasedRow[],
  scene: ErasedScene,
): readonly Reason[] {
  if (rows.length === 0) {
    const closed = definition.words.statuses[state.status]?.kind === 'closed';
    return [reason(refuse(closed ? 'CLOSED' : 'STATUS'))];
  }
  const failing = rows.map((row) => (row.guards ?? []).filter((guard) => !(guard.holds?.(scene) ?? true)));
  const open = failing.some((guards) => guards.length === 0);
  const guards = open
    ? []
    : (failing[0] ?? []).map((guard) => reason(refuseBy(definition.words, guard.code)));
  return [...roleReason(definition, command, scene), ...guards];
}

function roleReason(definition: Definition, command: string, scene: ErasedScene): readonly Reason[] {
  return holdsRole(definition, command, scene) ? [] : [reason(refuse('ROLE'))];
}

function reason({ code, text, remedy }: Refused): Reason {
  return { code, text, remedy };
}
