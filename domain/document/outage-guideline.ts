/** The special outage guideline of a contract, as it is published from a file (service spec §4.5). */
import { z } from 'zod';
import { problemsOf } from '../kernel/decide.js';

const ID = /^[a-z0-9][a-z0-9-]{0,62}$/;
const ID_FORM = 'lower-case letters, digits and dashes, at most 63';
const id = z.string().regex(ID, ID_FORM);
/** Without a name the problem says who is missing. */
const personId = (who: string) =>
  z
    .string({ error: ({ input }) => (input === undefined ? `is missing: ${who}` : undefined) })
    .regex(ID, ID_FORM);
const line = z.string().trim().min(1).max(300);
const text = z.string().trim().min(3).max(2000);
const instant = z.iso.datetime({
  offset: true,
  error: 'a date and time with its offset, such as 2026-12-18T18:00:00+01:00',
});

const freezePeriod = z
  .strictObject({
    from: instant,
    to: instant,
    reason: line,
    overrider: personId('who may override the freeze'),
  })
  .superRefine(({ from, to }, context) => {
    if (Date.parse(to) <= Date.parse(from))
      context.addIssue({ code: 'custom', path: ['to'], message: `ends before it begins (${from})` });
  });

export const outageGuidelineSchema = z.strictObject({
  appliesTo: z.strictObject({
    sites: z.array(id).min(1).max(500),
    devices: z.array(line).max(500).default([]).describe('Names or groups; empty: every device of the sites'),
  }),
  trigger: text.describe('What makes it an outage of this kind'),
  firstCall: z.array(personId('who is called first')).min(1).max(20).describe('Who is called, in this order'),
  bridge: z.strictObject({
    phone: z
      .string()
      .regex(/^\+[0-9 ()-]{6,24}$/, 'an international number beginning with +')
      .optional(),
    address: z.url().max(300).optional(),
    chair: personId('who leads the bridge'),
  }),
  freezePeriods: z.array(freezePeriod).max(50).default([]),
  changeApprovers: z.array(personId('who approves changes')).min(1).max(20),
  duties: z
    .array(
      z.strictObject({
        towards: z.enum(['regulator', 'press', 'other']),
        what: text,
        within: line.describe('As the duty says it, such as 4 hours'),
        by: personId('whose duty it is'),
      }),
    )
    .max(20)
    .default([]),
  languages: z
    .array(z.string().regex(/^[a-z]{2}$/, 'a two-letter language code'))
    .min(1)
    .max(10),
  sparesLocation: text,
  evidence: z.array(line).min(1).max(30).describe('What is kept of an outage'),
});
export type OutageGuideline = z.infer<typeof outageGuidelineSchema>;

/** Whom and what a guideline may name: contacts of the contract, staff, sites of the contract. */
export interface Nameable {
  readonly people: readonly string[];
  readonly sites: readonly string[];
}

export type GuidelineRead =
  | { readonly ok: true; readonly value: OutageGuideline }
  | { readonly ok: false; readonly problems: readonly { readonly path: string; readonly problem: string }[] };

/** Reads a guideline and holds its names against the contract; everything that is wrong is named with its place. */
export function readOutageGuideline(input: unknown, nameable: Nameable): GuidelineRead {
  const read = outageGuidelineSchema.safeParse(input);
  const problems = [...(read.success ? [] : problemsOf(read.error)), ...wrongNames(input, nameable)];
  if (read.success && problems.length === 0) return { ok: true, value: read.data };
  return { ok: false, problems };
}

const PEOPLE = ['firstCall', 'chair', 'overrider', 'changeApprovers', 'by'];

/**
 * Names that the contract does not have, wherever they stand. Walks what was written, not what was read: fields of a
 * wrong form elsewhere do not hide a wrong name.
 */
export function wrongNames(
  input: unknown,
  nameable: Nameable,
  path: readonly string[] = [],
): { path: string; problem: string }[] {
  if (typeof input === 'string') {
    // The field that a text stands in; places in a list are numbers.
    const field = path.findLast((part) => !/^\d+$/.test(part)) ?? '';
    const place = path.join('.');
    if (PEOPLE.includes(field) && !nameable.people.includes(input))
      return [{ path: place, problem: `${input} is neither a contact of the contract nor on the staff` }];
    if (field === 'sites' && !nameable.sites.includes(input))
      return [{ path: place, problem: `${input} is no site of the contract` }];
    return [];
  }
  if (typeof input !== 'object' || input === null || path.length > 5) return [];
  return Object.entries(input).flatMap(([key, value]) => wrongNames(value, nameable, [...path, key]));
}
