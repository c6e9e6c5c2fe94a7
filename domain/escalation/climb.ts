/** By when an escalation climbs: what counts of the age of its case, and the marks of its ladder (service spec §3a). */
import { levels, type Level } from '../contact-matrix/matrix.js';
import { markInstant } from '../kernel/clocks.js';
import type { MarkAt } from '../kernel/words.js';
import type { Pause } from '../time/business.js';
import type { CalendarVersion } from '../time/calendar.js';
import { isHigher, type Priority } from '../priority.js';
import type { PriorityChange } from './facts.js';
import type { EscalationPolicy, Targets } from './policy.js';

/** The levels that are reached by age; L0 is where every escalation begins. */
export const climbed = ['L1', 'L2', 'L3', 'L4'] as const;

/** What the clocks of an escalation need to know of it. */
export interface Ageing {
  readonly priority: Priority | null;
  readonly openedAt: number;
  readonly changes: readonly PriorityChange[];
  /** Time that does not count for another reason: waiting with a pause, mitigated, resolved, closed. */
  readonly pauses: readonly Pause[];
}

interface Scene {
  readonly policy: { readonly escalation: EscalationPolicy };
  readonly data: Ageing & { readonly level: Level };
}

export function targetsFor(policy: EscalationPolicy, priority: Priority | null): Targets {
  return policy.targets[priority ?? 'noCase'];
}

export function targetsOf({ policy, data }: Scene): Targets {
  return targetsFor(policy.escalation, data.priority);
}

/** The levels that this priority climbs to, lowest first. */
export function ladderLevels(targets: Targets): readonly Level[] {
  return climbed.filter((level) => targets.levels[level] !== undefined);
}

/** The one above a level on this ladder; the top has itself above it. */
export function levelAbove(level: Level, targets: Targets): Level {
  return ladderLevels(targets).find((one) => isAbove(one, level)) ?? level;
}

export function isAbove(one: Level, than: Level): boolean {
  return levels.indexOf(one) > levels.indexOf(than);
}

export function hasLevelAbove(level: Level, targets: Targets): boolean {
  return levelAbove(level, targets) !== level;
}

/**
 * From when the ladder counts. After a raise of priority: from the change, minus the time already spent at that
 * priority or higher; which is the same as from the first such time, without the time at lower ones. Else, and after a
 * lowering: from case opening (service spec §3a "Level clocks").
 */
export function countsFrom({ openedAt, changes, priority }: Ageing): {
  readonly since: number;
  readonly lower: readonly Pause[];
  /** The raise that the marks keep a distance from. */
  readonly raisedAt: number | null;
} {
  const last = changes.at(-1);
  if (!last || priority === null || !isHigher(last.to, last.from))
    return { since: openedAt, lower: [], raisedAt: null };
  const spans = changes.map(({ at, from }, index) => ({
    priority: from,
    fromMs: changes[index - 1]?.at ?? openedAt,
    toMs: at,
  }));
  const since = spans.find((span) => !isHigher(priority, span.priority))?.fromMs ?? last.at;
  const lower = spans
    .filter((span) => span.fromMs >= since && isHigher(priority, span.priority))
    .map(({ fromMs, toMs, priority: was }) => ({ fromMs, toMs, cause: `priority ${was}` }));
  return { since, lower, raisedAt: last.at };
}

/** Everything that does not count on the ladder and toward restoring service. */
export function pausesOf(data: Ageing): readonly Pause[] {
  return [...countsFrom(data).lower, ...data.pauses];
}

/** Never due earlier than the acknowledgement target after a raise. */
function leastOf(data: Ageing, of: MarkAt['of']): Pick<MarkAt, 'notBefore'> {
  const { raisedAt } = countsFrom(data);
  return raisedAt === null ? {} : { notBefore: { from: raisedAt, of } };
}

/** The levels still to be reached. */
export function levelMarks(scene: Scene): Readonly<Record<string, MarkAt>> {
  const { data } = scene;
  const targets = targetsOf(scene);
  const marks = climbed.flatMap((level): [string, MarkAt][] => {
    const of = targets.levels[level];
    return of && isAbove(level, data.level) ? [[level, { of, ...leastOf(data, targets.acknowledge) }]] : [];
  });
  return Object.fromEntries(marks);
}

export function restoreMarks(scene: Scene): Readonly<Record<string, MarkAt>> {
  const targets = targetsOf(scene);
  if (!targets.restore) return {};
  const { due, again } = promiseMarks(targets.restore, targets.again);
  return {
    due: { ...due, ...leastOf(scene.data, targets.acknowledge) },
    again: { ...again, ...leastOf(scene.data, targets.again) },
  };
}

/** A promise that is told again and again once it is missed (service spec §3a "Nothing sleeps"). */
export function promiseMarks(of: MarkAt['of'], again: MarkAt['of']): { due: MarkAt; again: MarkAt } {
  return { due: { of }, again: { of, plus: again, every: again } };
}

/** The level that the age of the case has earned at an instant (service spec §3a). */
export function earnedLevel(
  data: Ageing,
  policy: EscalationPolicy,
  calendar: CalendarVersion,
  at: number,
): Level {
  const marks = levelMarks({ policy: { escalation: policy }, data: { ...data, level: 'L0' } });
  const { since } = countsFrom(data);
  const earned = climbed.filter((level) => {
    const spec = marks[level];
    return spec !== undefined && markInstant(since, spec, calendar, pausesOf(data)) <= at;
  });
  return earned.at(-1) ?? 'L0';
}
