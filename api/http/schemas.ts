/** Shapes that several routes take or give. */
import { z } from 'zod';

const ID = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,79}$/;

export const idText = z.string().regex(ID, 'is not an id');
export const idParams = z.object({ id: idText });

export const instantOut = z.iso.datetime().describe('ISO 8601, UTC');
/** What people read: `Mon 2026-03-02 09:00 +01:00`. */
export const localOut = z.string().describe("In the reader's zone, with its offset");
export const personOut = z.object({ id: z.string(), name: z.string() }).meta({ id: 'Person' });
export const placeOut = z.object({ path: z.string(), problem: z.string() }).meta({ id: 'Place' });

export const problemOut = z
  .looseObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.string().describe('Stable: programs decide by it'),
    remedy: z.string().describe('What to do about it'),
    problems: z.array(placeOut).optional().describe('Everything that is wrong, each with its place'),
  })
  .meta({ id: 'Problem' });

/** `12`, not `12.5`, `1e3` or ` 12`. */
const wholeText = z.string().regex(/^\d{1,9}$/, 'must be a whole number');

export function wholeNumber(least: number, most: number) {
  return wholeText
    .transform(Number)
    .pipe(
      z
        .int()
        .min(least, `must be at least ${String(least)}`)
        .max(most, `must be at most ${String(most)}`),
    )
    .meta({ type: 'integer', minimum: least, maximum: most });
}

export const flag = z.enum(['true', 'false']).transform((text) => text === 'true');

export const MOST_ROWS = 100;
export const pageQuery = {
  cursor: z.string().max(300).optional().describe('From `next` of the page before'),
  limit: wholeNumber(1, MOST_ROWS).default(50),
};

export function personOf(id: string, names: Readonly<Record<string, string>>): { id: string; name: string } {
  return { id, name: names[id] ?? id };
}

/** A version of something that is drafted by one and approved by another. */
export const versionParams = z.object({
  id: idText,
  version: z
    .string()
    .regex(/^[1-9]\d{0,6}$/)
    .transform(Number)
    .meta({ type: 'integer', minimum: 1 }),
});
