/** Lint of definitions: walks the graph of statuses and running clocks, and checks every name a row uses. */
import type { ClockColumn, ClockVerb, Definition, ErasedRow } from './rules.js';
import type { ErasedScene, Words } from './words.js';

export interface Finding {
  readonly slug: string;
  readonly rule:
    'name' | 'asleep' | 'unreachable' | 'shadowed' | 'undue' | 'unmet' | 'unused' | 'note' | 'limit';
  readonly text: string;
}

/** A status with the clocks that run in it, and how the walk came there. */
interface Place {
  readonly status: string;
  readonly running: ReadonlySet<string>;
  readonly path: readonly string[];
}

/** Statuses times sets of running clocks; far above what a readable process has. */
const PLACE_LIMIT = 50_000;
/** How many of the last steps a finding names. */
const PATH_SHOWN = 6;

/** Everything that is wrong with a definition; an empty list is a sound one. */
export function lint(definition: Definition): readonly Finding[] {
  const findings = [...nameFindings(definition), ...wordFindings(definition)];
  return findings.length > 0 ? findings : [...walk(definition), ...shadowFindings(definition)];
}

function nameFindings({ words, rows }: Definition): Finding[] {
  const unknown = (kind: string, names: readonly string[], known: object, row: ErasedRow) =>
    names
      .filter((name) => !(name in known))
      .map((name) =>
        finding(
          words,
          'name',
          `Row ${nameOf(row)} uses the ${kind} ${name}, which the words do not declare.`,
        ),
      );
  return rows.flatMap((row) => [
    ...unknown(
      'status',
      [...row.from, ...[row.to, row.via].filter((name) => name !== undefined)],
      words.statuses,
      row,
    ),
    ...unknown('clock', [...Object.keys(row.clocks ?? {}), ...(row.toward ?? [])], words.clocks, row),
    ...unknown('role', Object.keys(row.tell ?? {}), words.roles, row),
    ...unknown('notice', Object.values(row.tell ?? {}).flat(), words.notices, row),
    ...unknown(
      'refusal',
      (row.guards ?? []).map((guard) => guard.code),
      words.refusals,
      row,
    ),
  ]);
}

function wordFindings({ words, rows }: Definition): Finding[] {
  const used = {
    command: new Set(rows.filter((row) => row.trigger.kind === 'command').map((row) => row.trigger.name)),
    notice: new Set(rows.flatMap((row) => Object.values(row.tell ?? {}).flat())),
    refusal: new Set(rows.flatMap((row) => (row.guards ?? []).map((guard) => guard.code))),
    clock: new Set(rows.flatMap((row) => Object.keys(row.clocks ?? {}))),
  };
  const unused = (kind: keyof typeof used, names: readonly string[]) =>
    names
      .filter((name) => !used[kind].has(name))
      .map((name) => finding(words, 'unused', `No row uses the ${kind} ${name}.`));
  return [
    ...unused(
      'command',
      Object.keys(words.commands).filter((name) => name !== 'note'),
    ),
    ...unused('notice', Object.keys(words.notices)),
    ...unused('refusal', Object.keys(words.refusals)),
    ...unused('clock', Object.keys(words.clocks)),
    ...Object.entries(words.notices)
      .filter(([, notice]) => notice.reminder && notice.link)
      .map(([name]) =>
        finding(words, 'limit', `The notice ${name} has a link, so a later one cannot stand for it.`),
      ),
    ...Object.entries(words.notices)
      .filter(([, notice]) => notice.page && (notice.link || notice.reminder))
      .map(([name]) =>
        finding(words, 'limit', `The notice ${name} is a page, which has a link and repetitions of its own.`),
      ),
    ...(words.commands['note']
      ? []
      : [finding(words, 'note', 'Every process takes contact notes; declare the command note.')]),
    ...promisesWithoutEnd({ words, rows }),
  ];
}

function promisesWithoutEnd({ words, rows }: Definition): Finding[] {
  return Object.entries(words.clocks).flatMap(([name, word]) => {
    if (!word.promise) return [];
    const met = rows.some((row) => verbsOf(row.clocks?.[name]).includes('meet'));
    return [
      ...(met ? [] : [finding(words, 'unmet', `No row meets the promise ${name}.`)]),
      ...(word.steps.includes('due')
        ? []
        : [finding(words, 'unmet', `The promise ${name} has no step named due.`)]),
    ];
  });
}

/** Visits every status with every set of clocks that may run in it. */
function walk(definition: Definition): Finding[] {
  const { words } = definition;
  const findings = new Map<string, Finding>();
  const add = (found: Finding) => findings.set(found.text.split(' (reached')[0] ?? found.text, found);
  const seen = new Set<string>();
  const queue: Place[] = [];
  // A place is known from when it is queued, so that the queue never holds one twice.
  const visit = (places: readonly Place[]) => {
    for (const place of places) {
      const id = `${place.status} ${[...place.running].sort().join(',')}`;
      if (seen.has(id)) continue;
      seen.add(id);
      queue.push(place);
    }
  };
  for (const row of definition.rows.filter((candidate) => candidate.trigger.kind === 'start'))
    visit(after(definition, { status: '', running: new Set(), path: [] }, row));
  for (let place = queue.pop(); place; place = queue.pop()) {
    if (seen.size > PLACE_LIMIT)
      return [finding(words, 'limit', `More than ${String(PLACE_LIMIT)} places: simplify the clocks.`)];
    for (const found of placeFindings(definition, place)) add(found);
    visit(nextPlaces(definition, place));
  }
  const reached = new Set([...seen].map((id) => id.split(' ')[0]));
  for (const status of Object.keys(words.statuses)) {
    const passed = definition.rows.some((row) => row.via === status);
    if (!reached.has(status) && !passed)
      add(finding(words, 'unreachable', `No row leads to the status ${status}.`));
  }
  return [...findings.values()];
}

function placeFindings(definition: Definition, { status, running, path }: Place): Finding[] {
  const { words } = definition;
  const word = words.statuses[status];
  const reached = `(reached by ${path.join(' > ')})`;
  const asleep = word?.kind === 'open' && running.size === 0 && word.mayWait === undefined;
  const undue = [...running].flatMap((clock) =>
    (words.clocks[clock]?.steps ?? [])
      .filter((step) => !definition.rows.some((row) => isDue(row, clock, step) && row.from.includes(status)))
      .map((step) =>
        finding(
          words,
          'undue',
          `Clock ${clock} may run in ${status}, but its mark ${step} has no row there ${reached}.`,
        ),
      ),
  );
  return [
    ...(asleep
      ? [finding(words, 'asleep', `${status} has no running clock and no stated reason to wait ${reached}.`)]
      : []),
    ...undue,
  ];
}

function nextPlaces(definition: Definition, place: Place): Place[] {
  return definition.rows.flatMap((row) => {
    if (row.trigger.kind === 'start' || !row.from.includes(place.status)) return [];
    if (row.trigger.kind !== 'mark') return after(definition, place, row);
    if (!place.running.has(row.trigger.name)) return [];
    const word = definition.words.clocks[row.trigger.name];
    const last = word?.steps.at(-1) === row.trigger.step;
    // A last mark may repeat, and a keyed clock may run for others: both outcomes are visited.
    const endless = last && row.trigger.step === 'again';
    const elapsed = {
      ...place,
      running: new Set([...place.running].filter((name) => name !== row.trigger.name)),
    };
    const still = last && !word?.keyed ? [] : after(definition, place, row);
    return [
      ...(endless ? after(definition, place, row) : still),
      ...(last && !endless ? after(definition, elapsed, row) : []),
    ];
  });
}

/** Where a row leads: a verb with keys may or may not apply, so it branches. */
function after(definition: Definition, place: Place, row: ErasedRow): Place[] {
  const to = row.to ?? place.status;
  const path = [...place.path.slice(1 - PATH_SHOWN), `${nameOf(row)} to ${to}`];
  const closed = definition.words.statuses[to]?.kind === 'closed';
  let sets: Set<string>[] = [new Set(closed ? [] : place.running)];
  for (const [clock, column] of Object.entries(row.clocks ?? {})) {
    const certain = typeof column === 'string';
    const verbs = verbsOf(column);
    const starts = verbs.some((verb) => verb === 'start' || verb === 'restart');
    const ends = verbs.some((verb) => verb === 'meet' || verb === 'cancel');
    const apply = (set: Set<string>) => {
      const changed = new Set(set);
      if (starts) changed.add(clock);
      else if (ends) changed.delete(clock);
      return changed;
    };
    sets = certain ? sets.map(apply) : sets.flatMap((set) => [set, apply(set)]);
  }
  return sets.map((running) => ({ status: to, running, path }));
}

/** A row that can never be chosen because an earlier one without `when` takes its trigger in all its statuses. */
function shadowFindings({ words, rows }: Definition): Finding[] {
  return rows.flatMap((row, index) => {
    const earlier = rows
      .slice(0, index)
      .filter((other) => other.when === undefined && sameTrigger(other, row));
    const taken = new Set(earlier.flatMap((other) => other.from));
    const shadowed =
      row.trigger.kind === 'start'
        ? earlier.length > 0
        : row.from.length > 0 && row.from.every((status) => taken.has(status));
    return shadowed
      ? [
          finding(
            words,
            'shadowed',
            `Row ${nameOf(row)} (${row.event}) is never chosen: an earlier row takes its trigger.`,
          ),
        ]
      : [];
  });
}

function sameTrigger(a: ErasedRow, b: ErasedRow): boolean {
  return (
    a.trigger.kind === b.trigger.kind &&
    a.trigger.name === b.trigger.name &&
    a.trigger.step === b.trigger.step
  );
}

function isDue(row: ErasedRow, clock: string, step: string): boolean {
  return row.trigger.kind === 'mark' && row.trigger.name === clock && row.trigger.step === step;
}

function verbsOf(column: ClockColumn<ErasedScene> | undefined): readonly ClockVerb[] {
  if (column === undefined) return [];
  return typeof column === 'string' ? [column] : (Object.keys(column) as ClockVerb[]);
}

function nameOf({ trigger }: ErasedRow): string {
  return trigger.step === undefined ? `${trigger.kind} ${trigger.name}` : `${trigger.name}.${trigger.step}`;
}

function finding(words: Words, rule: Finding['rule'], text: string): Finding {
  return { slug: words.slug, rule, text };
}
