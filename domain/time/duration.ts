// Durations as policies write them: an amount and a unit, read from and written to short text.
import { z } from 'zod';

const UNITS = ['minutes', 'hours', 'days', 'months', 'businessHours', 'businessDays'] as const;

/** The unit of a duration decides its basis: elapsed time, local dates, or open time of a calendar. */
export type Unit = (typeof UNITS)[number];

/**
 * A length of time as data. A negative amount counts back from an instant ("T-3 bd"). Fractions make sense for
 * `minutes`, `hours` and `businessHours` only. Service spec §3a "Business time".
 */
export interface Duration {
  readonly amount: number;
  readonly unit: Unit;
}

/** Bounds of every walk over a calendar: far above any promise, low enough that a typing error cannot hang a step. */
const LARGEST: Readonly<Record<Unit, number>> = {
  minutes: 10_000_000,
  hours: 200_000,
  days: 20_000,
  months: 600,
  businessHours: 50_000,
  businessDays: 10_000,
};

const WHOLE_ONLY: ReadonlySet<Unit> = new Set<Unit>(['days', 'months', 'businessDays']);

const NAMES: Readonly<Record<Unit, { one: string; many: string; also: readonly string[] }>> = {
  minutes: { one: 'minute', many: 'minutes', also: ['min', 'mins'] },
  hours: { one: 'hour', many: 'hours', also: ['h', 'ch', 'calendar hour', 'calendar hours'] },
  days: { one: 'day', many: 'days', also: ['d', 'cd', 'calendar day', 'calendar days'] },
  months: { one: 'month', many: 'months', also: ['mo'] },
  businessHours: { one: 'business hour', many: 'business hours', also: ['bh'] },
  businessDays: { one: 'business day', many: 'business days', also: ['bd'] },
};

const UNIT_BY_NAME: ReadonlyMap<string, Unit> = new Map(
  UNITS.flatMap((unit) => {
    const names = NAMES[unit];
    return [names.one, names.many, ...names.also, unit.toLowerCase()].map((name) => [name, unit] as const);
  }),
);

/** Says what is wrong with a duration, or nothing when it can be computed with. */
export function durationProblem(duration: Duration): string | undefined {
  const { amount, unit } = duration;
  if (!Number.isFinite(amount)) return 'the amount must be a finite number';
  if (WHOLE_ONLY.has(unit) && !Number.isInteger(amount)) {
    return `${NAMES[unit].many} must be a whole number, not ${String(amount)}`;
  }
  if (Math.abs(amount) > LARGEST[unit]) {
    return `${String(amount)} ${NAMES[unit].many} is more than the limit of ${String(LARGEST[unit])}`;
  }
  return undefined;
}

/** Fractions in data have at most three decimals, so that text and data stay the same number. */
function decimalsProblem({ amount, unit }: Duration): string | undefined {
  if (Math.round(amount * 1000) / 1000 === amount) return undefined;
  return `${NAMES[unit].many} take at most three decimals, not ${String(amount)}`;
}

/** The data form `{ amount, unit }` in policies and stored clocks: strict, with messages for the author of a policy. */
export const durationSchema: z.ZodType<Duration> = z
  .strictObject({
    amount: z.number({ error: 'the amount must be a number, such as 4' }),
    unit: z.enum(UNITS, { error: `the unit must be one of ${UNITS.join(', ')}` }),
  })
  .superRefine((duration, context) => {
    const problem = durationProblem(duration) ?? decimalsProblem(duration);
    if (problem !== undefined) context.addIssue({ code: 'custom', path: ['amount'], message: problem });
  });

const PATTERN = /^(?:t\s*)?([+-]?)\s*(\d{1,12}(?:\.\d{1,12})?)\s*([a-z][a-z ]*)$/;

/**
 * Reads "4 business hours", "10 bd", "4 bh", "24 ch", "24 hours", "30 days", "1 month", "15 min", "-2 bd" or
 * "T-2 bd" (case and extra spaces do not matter). The problem text names the input and the units.
 */
export function parseDuration(text: string): { ok: true; value: Duration } | { ok: false; problem: string } {
  const shown = text.length > 40 ? `${text.slice(0, 40)}…` : text;
  const plain = text.slice(0, 80).trim().toLowerCase().replaceAll('−', '-').replaceAll(/\s+/g, ' ');
  const match = PATTERN.exec(plain);
  const [, sign, digits, name] = match ?? [];
  if (digits === undefined || name === undefined) {
    return { ok: false, problem: `"${shown}" is not a duration; write a number and a unit, such as "4 bh"` };
  }
  const unit = UNIT_BY_NAME.get(name);
  if (unit === undefined) {
    const known = 'min, hours (h, ch), days (d), months, business hours (bh), business days (bd)';
    return { ok: false, problem: `"${name}" is not a unit of time in "${shown}"; the units are ${known}` };
  }
  const size = Number(digits);
  const value: Duration = { amount: sign === '-' && size !== 0 ? -size : size, unit };
  const problem = durationProblem(value) ?? decimalsProblem(value);
  return problem === undefined ? { ok: true, value } : { ok: false, problem: `"${shown}": ${problem}` };
}

/** Writes a duration in words ("4 business hours", "1 month", "-2 business days"); `parseDuration` reads it back. */
export function formatDuration(duration: Duration): string {
  const { one, many } = NAMES[duration.unit];
  return `${String(duration.amount)} ${Math.abs(duration.amount) === 1 ? one : many}`;
}
