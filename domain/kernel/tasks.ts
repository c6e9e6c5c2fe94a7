/** Tasks are derived: an allowed command that would meet a running clock, with the people who may fire it. */
import { clockPath } from './clock-bench.js';
import { promiseDueAt } from './clocks.js';
import { rowsFor, viewScene } from './decide.js';
import type { Definition, ErasedRow } from './rules.js';
import type { ClockState, Inputs, ProcessState } from './state.js';
import type { ErasedScene } from './words.js';

export interface Task {
  /** Stable over steps: process, clock, command and the instance it is about. */
  readonly id: string;
  readonly processId: string;
  readonly command: string;
  readonly label: string;
  /** What the command is applied to (a checklist item, a recipient); empty when it has no instances. */
  readonly subject: string;
  readonly clock: string;
  readonly clockKey: string;
  readonly dueAt: number | null;
  readonly missed: boolean;
  readonly people: readonly string[];
}

/** The tasks of a process as it stands; a table of them can be rebuilt at any time. */
export function tasksOf(definition: Definition, state: ProcessState, inputs: Inputs): readonly Task[] {
  const commands = Object.keys(definition.words.commands);
  return state.clocks
    .filter((clock) => clock.outcome === 'running' || clock.outcome === 'paused')
    .flatMap((clock) => commands.flatMap((command) => tasksFor(definition, state, inputs, clock, command)));
}

/** The people of a command's roles for whom every condition that needs no details holds. */
export function peopleAllowed(
  definition: Definition,
  command: string,
  rows: readonly ErasedRow[],
  scene: ErasedScene,
): readonly string[] {
  const roles = definition.words.commands[command]?.by ?? [];
  const people = new Set(roles.flatMap((role) => definition.words.roles[role]?.who(scene) ?? []));
  return [...people].filter(
    (actor) =>
      rows.length === 0 ||
      rows.some((row) => row.guards?.every((guard) => guard.holds?.({ ...scene, actor }) ?? true) ?? true),
  );
}

function tasksFor(
  definition: Definition,
  state: ProcessState,
  inputs: Inputs,
  clock: ClockState,
  command: string,
): Task[] {
  const rows = rowsFor(definition, state.status, { kind: 'command', name: command }).filter((row) =>
    helps(row, clock.name),
  );
  if (rows.length === 0) return [];
  const scene = viewScene(state, inputs, state.lastAt, null);
  const people = peopleAllowed(definition, command, rows, scene);
  if (people.length === 0) return [];
  const word = definition.words.commands[command];
  const label = word?.label ?? command;
  const all = word?.each ? word.each(scene) : [{ key: '', label: '' }];
  // A command on the instances of a keyed clock is about the instance of that clock alone.
  const subjects = clock.key !== '' && word?.each ? all.filter((one) => one.key === clock.key) : all;
  return subjects.map((subject) => ({
    id: [state.id, clockPath(clock.name, clock.key), command, subject.key].join('|'),
    processId: state.id,
    command,
    label: subject.label === '' ? label : `${label}: ${subject.label}`,
    subject: subject.key,
    clock: clock.name,
    clockKey: clock.key,
    dueAt: promiseDueAt(clock),
    missed: clock.missedAt !== null,
    people,
  }));
}

/** Whether a row would meet the clock, or says that it works toward it. */
function helps(row: ErasedRow, clock: string): boolean {
  const column = row.clocks?.[clock];
  const meets = typeof column === 'string' ? column === 'meet' : column?.meet !== undefined;
  return meets || (row.toward?.includes(clock) ?? false);
}
