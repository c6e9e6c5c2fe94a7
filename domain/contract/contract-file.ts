/** The contract file that a service manager imports: contract, End User, sites, contacts, staff (service spec §4.9). */
import { z } from 'zod';
import { isZone } from '../time/local-time.js';
import { problemsOf } from '../kernel/decide.js';

export const personId = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'lower-case letters, digits and dashes, at most 63');
const id = personId;
const name = z.string().trim().min(1).max(120);
export const zone = z.string().refine(isZone, 'not an IANA time zone, such as Europe/Berlin');

const siteSchema = z.strictObject({
  id,
  name,
  country: z.string().regex(/^[A-Z]{2}$/, 'a two-letter country code'),
  city: name,
  address: z.string().max(300),
  zone,
  calendar: id.optional().describe("The site's own calendar; without it the contract's"),
});

/** How a person is reached; the contact matrix asks for the same. */
export const reach = {
  name,
  email: z.email().max(200),
  phone: z.string().regex(/^\+[0-9 ()-]{6,24}$/, 'an international number beginning with +'),
  language: z.enum(['en', 'de']).default('en'),
};

const contactSchema = z.strictObject({
  ...reach,
  id,
  phone: reach.phone.optional(),
  zone,
  primaryContact: z.boolean().default(false),
  authorisedCaller: z.boolean().default(false),
  approver: z.boolean().default(false),
  deputy: id.optional(),
});

export const contractFileSchema = z
  .strictObject({
    id,
    number: z.string().trim().min(1).max(60),
    endUser: z.strictObject({ id, name }),
    tier: z.string().trim().min(1).max(60),
    startsOn: z.iso.date(),
    endsOn: z.iso.date(),
    zone: zone.describe('Where days of the contract begin and end'),
    calendar: id.describe('The main calendar'),
    policy: id,
    seniorDeskNumber: z.string().trim().min(3).max(40),
    provider: z.strictObject({
      smManager: id,
      accountManager: id,
      serviceManager: id.optional(),
      backup: id.optional(),
    }),
    sites: z.array(siteSchema).min(1).max(500),
    contacts: z.array(contactSchema).min(1).max(500),
  })
  .superRefine((file, context) => {
    for (const { path, message } of crossProblems(file)) context.addIssue({ code: 'custom', path, message });
  });
export type ContractFile = z.infer<typeof contractFileSchema>;

export type ContractRead =
  | { readonly ok: true; readonly value: ContractFile }
  | { readonly ok: false; readonly problems: readonly { readonly path: string; readonly problem: string }[] };

/** Reads a contract file; every problem is named with its place, so that all can be mended at once. */
export function readContractFile(input: unknown): ContractRead {
  const read = contractFileSchema.safeParse(input);
  if (read.success) return { ok: true, value: read.data };
  const problems = problemsOf(read.error);
  // Fields of the wrong type end the reading early; what the rest says against each other is named all the same.
  const across = crossProblems(legible.parse(input)).map(({ path, message }) => ({
    path: path.join('.'),
    problem: message,
  }));
  const known = new Set(problems.map(({ path }) => path));
  return { ok: false, problems: [...problems, ...across.filter(({ path }) => !known.has(path))] };
}

const text = z.string().optional().catch(undefined);
const rows = z
  .array(
    z.object({ id: text, primaryContact: z.boolean().optional().catch(undefined), deputy: text }).catch({}),
  )
  .catch([]);

/** As much of a contract file as can be held against each other, whatever is wrong with the rest. */
const legible = z
  .object({
    startsOn: text,
    endsOn: text,
    sites: rows,
    contacts: rows,
    provider: z.object({ serviceManager: text, backup: text }).catch({}),
  })
  .catch({ sites: [], contacts: [], provider: {} });
type Legible = z.infer<typeof legible>;

/** What only shows when fields are held against each other. */
function crossProblems(file: Legible): { path: (string | number)[]; message: string }[] {
  const contactIds = new Set(file.contacts.map((contact) => contact.id));
  const { startsOn, endsOn } = file;
  const problems = [...doubled('sites', file.sites), ...doubled('contacts', file.contacts)];
  if (startsOn !== undefined && endsOn !== undefined && endsOn < startsOn)
    problems.push({ path: ['endsOn'], message: `ends before it starts (${startsOn})` });
  if (file.contacts.length > 0 && !file.contacts.some((contact) => contact.primaryContact)) {
    problems.push({ path: ['contacts'], message: 'no contact is the primary contact' });
  }
  for (const [index, contact] of file.contacts.entries()) {
    if (contact.deputy === undefined) continue;
    if (contact.deputy === contact.id) {
      problems.push({ path: ['contacts', index, 'deputy'], message: 'nobody is his own deputy' });
    } else if (!contactIds.has(contact.deputy)) {
      problems.push({
        path: ['contacts', index, 'deputy'],
        message: `no contact has the id ${contact.deputy}`,
      });
    }
  }
  const { serviceManager, backup } = file.provider;
  if (serviceManager !== undefined && serviceManager === backup) {
    problems.push({
      path: ['provider', 'backup'],
      message: 'the service manager and the backup must be two people',
    });
  }
  return problems;
}

function doubled(list: string, rows: Legible['contacts']): { path: (string | number)[]; message: string }[] {
  const first = new Map<string, number>();
  return rows.flatMap((row, index) => {
    if (row.id === undefined) return [];
    const earlier = first.get(row.id);
    if (earlier === undefined) {
      first.set(row.id, index);
      return [];
    }
    return [
      { path: [list, index, 'id'], message: `the id ${row.id} stands already at ${list}.${String(earlier)}` },
    ];
  });
}
