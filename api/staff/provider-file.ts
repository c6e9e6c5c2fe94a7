/** The file about the Provider itself: name, hours, people and their staff functions. */
import { z } from 'zod';
import { isZone } from '../../domain/time/local-time.js';
import type { PersonRecord } from '../../db/provision/tenants.js';
import type { Place } from '../http/problems.js';
import { places } from '../http/places.js';

/** What staff may be; relations such as "owner" are no grants. */
export const grants = [
  'serviceManager',
  'smManager',
  'accountManager',
  'seniorDesk',
  'dutyManager',
  'supportDirector',
  'auditor',
  'operator',
  'policyAdministrator',
] as const;

const id = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'lower-case letters, digits and dashes, at most 63');
const name = z.string().trim().min(1).max(120);

const number = z.string().regex(/^\+[0-9 ()-]{6,24}$/, 'an international number beginning with +');

const staffSchema = z.strictObject({
  id,
  name,
  email: z.email().max(200),
  phone: number.optional(),
  channels: z
    .strictObject({
      sms: number.optional(),
      voice: number.optional(),
      chat: z
        .url({ protocol: /^https?$/ })
        .max(500)
        .optional(),
    })
    .optional()
    .describe('Where pages reach the person; without numbers of their own they go to the phone'),
  zone: z.string().refine(isZone, 'not an IANA time zone, such as Europe/Berlin'),
  language: z.enum(['en', 'de']).default('en'),
  calendar: id.optional().describe("Own hours; without it the Provider's"),
  grants: z.array(z.enum(grants)).max(grants.length),
  deputy: id.optional(),
  skills: z
    .array(name)
    .max(200)
    .optional()
    .describe('Products in which an engineer of the Senior Desk counts as senior'),
  active: z.boolean().default(true),
});

export const providerFileSchema = z.strictObject({
  name,
  calendar: id.describe("The Provider's calendar"),
  staff: z.array(staffSchema).min(1).max(2000),
});

export type ProviderFile = z.infer<typeof providerFileSchema>;

export type ProviderRead =
  | { readonly ok: true; readonly value: ProviderFile }
  | { readonly ok: false; readonly problems: readonly Place[] };

/** Every problem with its place, those included that show only when rows are held against each other. */
export function readProviderFile(input: unknown): ProviderRead {
  const read = providerFileSchema.safeParse(input);
  if (!read.success) return { ok: false, problems: places(read.error) };
  const { staff } = read.data;
  const ids = staff.map((person) => person.id);
  const problems = staff.flatMap((person, index): Place[] => {
    const path = `staff.${String(index)}`;
    const found: Place[] = [];
    const first = ids.indexOf(person.id);
    if (first !== index) {
      found.push({
        path: `${path}.id`,
        problem: `the id ${person.id} stands already at staff.${String(first)}`,
      });
    }
    if (person.deputy === person.id)
      found.push({ path: `${path}.deputy`, problem: 'nobody is his own deputy' });
    else if (person.deputy !== undefined && !ids.includes(person.deputy)) {
      found.push({ path: `${path}.deputy`, problem: `nobody in the file has the id ${person.deputy}` });
    }
    return found;
  });
  const approvers = staff.filter((person) => person.active && person.grants.includes('policyAdministrator'));
  if (approvers.length < 2) {
    const problem = 'two active people need the grant policyAdministrator: nobody approves his own draft';
    problems.push({ path: 'staff', problem });
  }
  return problems.length > 0 ? { ok: false, problems } : { ok: true, value: read.data };
}

/** The rows of a file. */
export function peopleOf(file: ProviderFile): readonly PersonRecord[] {
  return file.staff.map(({ phone, calendar, deputy, skills: _, channels, ...person }) => ({
    ...person,
    channels: { sms: channels?.sms ?? null, voice: channels?.voice ?? null, chat: channels?.chat ?? null },
    phone: phone ?? null,
    calendarId: calendar ?? null,
    deputyId: deputy ?? null,
  }));
}

/** The skill register after the file: whoever is in it has the skills that it names, the others keep theirs. */
export function skillsOf(file: ProviderFile, before: unknown): Readonly<Record<string, readonly string[]>> {
  const kept = z.record(z.string(), z.array(z.string())).catch({}).parse(before);
  const named = file.staff.map(({ id: engineer, skills = [] }) => [engineer, skills] as const);
  const all = { ...kept, ...Object.fromEntries(named) };
  return Object.fromEntries(Object.entries(all).filter(([, skills]) => skills.length > 0));
}
