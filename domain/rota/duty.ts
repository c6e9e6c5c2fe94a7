/** Who is on duty: shifts, with overrides in their place, without those who are absent. Instants are epoch milliseconds. */
import { Temporal } from 'temporal-polyfill';
import { WEEKDAYS } from '../time/calendar.js';
import { dateOf, instantOf, localTimes } from './local.js';
import { DUTIES, type Duty, type Rota, type Shift } from './rota-file.js';

/** Half-open. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** Somebody is on a duty. */
export interface Turn extends Span {
  readonly duty: Duty;
  readonly person: string;
}

/** The turns that touch a span, in the order of the file. */
export function turnsIn(rota: Rota, span: Span): readonly Turn[] {
  const covered = clipped(span, coverOf(rota));
  if (!covered) return [];
  const instantOn = localTimes();
  let turns: readonly Turn[] = rota.shifts.flatMap((shift) =>
    shiftTurns(shift, rota.zone, covered, instantOn),
  );
  for (const { duty, people, from, to } of rota.overrides) {
    const cut = { from: Date.parse(from), to: Date.parse(to) };
    const within = clipped(cut, covered);
    if (!within) continue;
    const kept = turns.flatMap((turn) => (turn.duty === duty ? without(turn, cut) : [turn]));
    turns = [...kept, ...people.map((person) => ({ duty, person, ...within }))];
  }
  for (const { person, from, to } of rota.absences) {
    const away = { from: Date.parse(from), to: Date.parse(to) };
    turns = turns.flatMap((turn) => (turn.person === person ? without(turn, away) : [turn]));
  }
  return turns.filter((turn) => rota.duties.includes(turn.duty));
}

/** From the beginning of its first day to the end of its last. */
export function coverOf({ firstDay, lastDay, zone }: Rota): Span {
  return {
    from: instantOf(Temporal.PlainDate.from(firstDay), '00:00', zone),
    to: instantOf(Temporal.PlainDate.from(lastDay), '24:00', zone),
  };
}

export type OnDuty = Readonly<Record<Duty, readonly string[]>>;

/** Who is on which duty at an instant, each once, in the order of the file; without the fallback. */
export function onDutyAt(rota: Rota, at: number): OnDuty {
  const now = turnsIn(rota, { from: at, to: at + 1 }).filter((turn) => turn.from <= at && at < turn.to);
  const of = (duty: Duty) => [
    ...new Set(now.filter((turn) => turn.duty === duty).map(({ person }) => person)),
  ];
  return { engineer: of('engineer'), dutyManager: of('dutyManager'), supportDirector: of('supportDirector') };
}

export interface Hole extends Span {
  readonly duty: Duty;
}

/** Where nobody is on a duty of the rota. */
export function holesIn(rota: Rota, span: Span = coverOf(rota)): readonly Hole[] {
  // In their order a turn leaves all holes behind it alone: their number stays small.
  const turns = [...turnsIn(rota, span)].sort((a, b) => a.from - b.from);
  return rota.duties.flatMap((duty) =>
    turns
      .filter((turn) => turn.duty === duty)
      .reduce<readonly Hole[]>(
        (holes, turn) => holes.flatMap((hole) => without(hole, turn)),
        [{ duty, ...span }],
      ),
  );
}

export interface Overlap extends Span {
  readonly duty: Duty;
  readonly people: readonly string[];
}

/** Where several people are on a duty that one person holds: of engineers there may be as many as are needed. */
export function overlapsIn(rota: Rota, span: Span = coverOf(rota)): readonly Overlap[] {
  const turns = [...turnsIn(rota, span)].sort((a, b) => a.from - b.from);
  return DUTIES.filter((duty) => duty !== 'engineer').flatMap((duty) =>
    together(turns.filter((turn) => turn.duty === duty)).filter(({ people }) => people.length > 1),
  );
}

/** Who is on at the same time, from one change to the next. */
function together(turns: readonly Turn[]): readonly Overlap[] {
  const edges = [...new Set(turns.flatMap(({ from, to }) => [from, to]))].sort((a, b) => a - b);
  let running: readonly Turn[] = [];
  let next = 0;
  const parts: Overlap[] = [];
  for (const [index, from] of edges.slice(0, -1).entries()) {
    running = running.filter((turn) => turn.to > from);
    for (let turn = turns[next]; turn !== undefined && turn.from === from; turn = turns[++next]) {
      running = [...running, turn];
    }
    const [first] = running;
    const people = [...new Set(running.map(({ person }) => person))];
    if (first) parts.push({ duty: first.duty, from, to: edges[index + 1] ?? from, people });
  }
  return joined(parts);
}

/** Neighbours with the same people are one. */
function joined(overlaps: readonly Overlap[]): readonly Overlap[] {
  return overlaps.reduce<readonly Overlap[]>((done, next) => {
    const last = done.at(-1);
    return last?.to === next.from && last.people.join() === next.people.join()
      ? [...done.slice(0, -1), { ...last, to: next.to }]
      : [...done, next];
  }, []);
}

function shiftTurns(
  shift: Shift,
  rotaZone: string,
  span: Span,
  instantOn: typeof instantOf,
): readonly Turn[] {
  const zone = shift.zone ?? rotaZone;
  const last = dateOf(span.to, zone);
  const turns: Turn[] = [];
  // A shift of the day before may run into the span.
  for (
    let day = dateOf(span.from, zone).subtract({ days: 1 });
    Temporal.PlainDate.compare(day, last) <= 0;
    day = day.add({ days: 1 })
  ) {
    if (!begins(shift, day)) continue;
    const overnight = shift.to <= shift.from;
    const whole = {
      from: instantOn(day, shift.from, zone),
      to: instantOn(overnight ? day.add({ days: 1 }) : day, shift.to, zone),
    };
    const within = clipped(whole, span);
    if (within) turns.push(...shift.people.map((person) => ({ duty: shift.duty, person, ...within })));
  }
  return turns;
}

/** Whether a turn of the shift begins on a date. */
function begins({ days, every, firstDay, lastDay }: Shift, day: Temporal.PlainDate): boolean {
  const weekday = WEEKDAYS[day.dayOfWeek - 1];
  if (weekday === undefined || !days.includes(weekday)) return false;
  const text = day.toString();
  if ((firstDay !== undefined && text < firstDay) || (lastDay !== undefined && text > lastDay)) return false;
  if (!every) return true;
  const start = Temporal.PlainDate.from(every.from);
  const monday = start.subtract({ days: start.dayOfWeek - 1 });
  const weeks = Math.floor(monday.until(day, { largestUnit: 'days' }).days / 7);
  return weeks >= 0 && weeks % every.weeks === 0;
}

function clipped(span: Span, to: Span): Span | null {
  const from = Math.max(span.from, to.from);
  const end = Math.min(span.to, to.to);
  return from < end ? { from, to: end } : null;
}

/** What is left of something when a span is taken out. */
function without<S extends Span>(one: S, cut: Span): S[] {
  if (cut.to <= one.from || one.to <= cut.from) return [one];
  return [
    ...(one.from < cut.from ? [{ ...one, to: cut.from }] : []),
    ...(cut.to < one.to ? [{ ...one, from: cut.to }] : []),
  ];
}
