/** A rota as people write it: who is on duty when, in local times of a zone, with exceptions (service spec §4.16). */
import { z } from 'zod';
import { WEEKDAYS } from '../time/calendar.js';
import { parseInstant } from '../time/instant.js';
import { isZone } from '../time/local-time.js';

export const DUTIES = ['engineer', 'dutyManager', 'supportDirector'] as const;
export type Duty = (typeof DUTIES)[number];

const id = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'small letters, digits and dashes, at most 63');
const zone = z.string().max(60).refine(isZone, 'is not an IANA time zone, such as Europe/Berlin');
const time = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, "is not a time such as '06:00' (in quotes)");
const closes = z
  .string()
  .regex(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/, "is not a time such as '18:00' (in quotes)");
const date = z.iso.date();
const instant = z.string().superRefine((text, context) => {
  const read = parseInstant(text);
  if (!read.ok) context.addIssue({ code: 'custom', message: read.problem });
});
const people = z.array(id).min(1).max(20);

/** A year with its hand-over to the next one. */
const MOST_DAYS = 400;

const shift = z.strictObject({
  duty: z.enum(DUTIES),
  people,
  zone: zone.optional().describe('Without it the zone of the rota'),
  days: z.array(z.enum(WEEKDAYS)).min(1).max(7).describe('On which the shift begins'),
  from: time,
  to: closes.describe('At or before the beginning: on the next date'),
  every: z
    .strictObject({ weeks: z.int().min(2).max(52), from: date })
    .optional()
    .describe('Only in each n-th week, counted from the week of this date'),
  firstDay: date.optional(),
  lastDay: date.optional(),
});

const override = z
  .strictObject({ duty: z.enum(DUTIES), people, from: instant, to: instant })
  .describe('Takes the place of every shift of the duty, and of overrides before it');
const absence = z.strictObject({ person: id, from: instant, to: instant });

const inOrder = (one: { from: string; to: string }) => Date.parse(one.from) < Date.parse(one.to);
const NOT_IN_ORDER = { message: 'the end is not after the beginning' };

export const rotaFileSchema = z
  .strictObject({
    id,
    title: z.string().trim().min(1).max(120),
    zone,
    firstDay: date.describe('The rota covers its first to its last day, in its zone'),
    lastDay: date,
    renewDays: z
      .int()
      .min(1)
      .max(90)
      .default(14)
      .describe('So long before its last day careplus check asks for the next version'),
    duties: z
      .array(z.enum(DUTIES))
      .min(1)
      .max(DUTIES.length)
      .default([...DUTIES]),
    shifts: z.array(shift).min(1).max(60),
    overrides: z.array(override.refine(inOrder, NOT_IN_ORDER)).max(500).default([]),
    absences: z.array(absence.refine(inOrder, NOT_IN_ORDER)).max(500).default([]),
    fallback: id.optional().describe('Is on duty wherever nobody else is; without it a hole is refused'),
  })
  .refine((rota) => rota.firstDay <= rota.lastDay, {
    path: ['lastDay'],
    message: 'lies before the first day',
  })
  .refine((rota) => Date.parse(rota.lastDay) - Date.parse(rota.firstDay) <= MOST_DAYS * 86_400_000, {
    path: ['lastDay'],
    message: `lies more than ${String(MOST_DAYS)} days after the first day`,
  });

export type Rota = z.infer<typeof rotaFileSchema>;
export type Shift = Rota['shifts'][number];

/** Everybody whom a rota names, with the place. */
export function peopleOf(rota: Rota): readonly { readonly path: string; readonly id: string }[] {
  const named = (list: string, rows: readonly { readonly people: readonly string[] }[]) =>
    rows.flatMap((row, index) =>
      row.people.map((person, place) => ({
        path: `${list}.${String(index)}.people.${String(place)}`,
        id: person,
      })),
    );
  return [
    ...named('shifts', rota.shifts),
    ...named('overrides', rota.overrides),
    ...rota.absences.map(({ person }, index) => ({ path: `absences.${String(index)}.person`, id: person })),
    ...(rota.fallback === undefined ? [] : [{ path: 'fallback', id: rota.fallback }]),
  ];
}
