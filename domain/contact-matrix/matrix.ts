/** The matrix itself: contacts, versions, what is missing in one, who is called in which order. Ids only, no names. */
import { z } from 'zod';

export const sides = ['provider', 'endUser'] as const;
export type Side = (typeof sides)[number];
export const levels = ['L0', 'L1', 'L2', 'L3', 'L4'] as const;
export type Level = (typeof levels)[number];

/** What a contact is in his organisation, and on which side such people stand. */
export const contactRoles = {
  onDutyEngineer: ['provider'],
  seniorEngineer: ['provider'],
  serviceManager: ['provider'],
  teamManager: ['provider'],
  dutyManager: ['provider'],
  supportDirector: ['provider'],
  operator: ['endUser'],
  administrator: ['endUser'],
  incidentManager: ['endUser'],
  itManager: ['endUser'],
  director: ['endUser'],
  partner: ['endUser'],
  vicePresident: ['provider', 'endUser'],
  executive: ['provider', 'endUser'],
} as const satisfies Readonly<Record<string, readonly Side[]>>;
export type ContactRole = keyof typeof contactRoles;
export const contactRoleNames = Object.keys(contactRoles) as [ContactRole, ...ContactRole[]];

/** What an approver of the End User may decide (service spec §4.2). */
export const approvals = ['credits', 'access', 'priorityChange', 'window'] as const;

/** Hours of a contact who can be called at any time; everything else names a calendar. */
export const ALWAYS = '24x7';

export const contactSchema = z.strictObject({
  personId: z.string(),
  side: z.enum(sides),
  role: z.enum(contactRoleNames),
  level: z.enum(levels),
  zone: z.string(),
  /** `24x7`, or the id of a calendar. */
  hours: z.string(),
  deputyId: z.string().nullable(),
  authorisedCaller: z.boolean(),
  mayApprove: z.array(z.enum(approvals)),
  /** Epoch milliseconds; null: without a limit. `validTo` is the first instant at which he is no contact any more. */
  validFrom: z.number().int().nullable(),
  validTo: z.number().int().nullable(),
});
export type Contact = z.infer<typeof contactSchema>;

export const versionSchema = z.strictObject({
  version: z.number().int().positive(),
  contacts: z.array(contactSchema),
  /** Everybody who wrote or asked for a part of it: none of them agrees to it. */
  authors: z.array(z.string()),
  /** SHA-256 over the contacts with their names and numbers. */
  sha256: z.string(),
  /** In force from, epoch milliseconds; null: as soon as both sides have agreed. */
  from: z.number().int().nullable(),
  agreedBy: z.strictObject({ provider: z.string().nullable(), endUser: z.string().nullable() }),
  /** `leaver`: the version before without somebody who left, which nobody has to agree to. */
  reason: z.enum(['agreed', 'leaver']),
});
export type MatrixVersion = z.infer<typeof versionSchema>;

export function isValid(contact: Contact, at: number): boolean {
  return (contact.validFrom ?? -Infinity) <= at && at < (contact.validTo ?? Infinity);
}

/** What a version must have (service spec §4.2, §3a "4.2 minimum"), by the names of the refusals. */
export const coverageRules = {
  providerFirstLevels: { side: 'provider', levels: ['L0', 'L1'], least: 2 },
  providerLevel2: { side: 'provider', levels: ['L2'], least: 1 },
  providerLevel3: { side: 'provider', levels: ['L3'], least: 1 },
  providerLevel4: { side: 'provider', levels: ['L4'], least: 1 },
  endUserFirstLevels: { side: 'endUser', levels: ['L0', 'L1'], least: 2 },
  endUserLevel2: { side: 'endUser', levels: ['L2'], least: 1 },
  endUserLevel3: { side: 'endUser', levels: ['L3'], least: 1 },
} as const satisfies Readonly<
  Record<string, { readonly side: Side; readonly levels: readonly Level[]; readonly least: number }>
>;
export type CoverageRule = keyof typeof coverageRules;
export const coverageRuleNames = Object.keys(coverageRules) as CoverageRule[];

export function meetsCoverage(rule: CoverageRule, contacts: readonly Contact[], at: number): boolean {
  const { side, levels: counted, least } = coverageRules[rule];
  const people = contacts.filter(
    (contact) =>
      contact.side === side && (counted as readonly Level[]).includes(contact.level) && isValid(contact, at),
  );
  return new Set(people.map(({ personId }) => personId)).size >= least;
}

/** The coverage rules that the contacts break at an instant. */
export function coverageGaps(contacts: readonly Contact[], at: number): readonly CoverageRule[] {
  return coverageRuleNames.filter((rule) => !meetsCoverage(rule, contacts, at));
}

/** The next instant after `at` at which a contact begins or ceases to count. */
export function nextChange(contacts: readonly Contact[], at: number): number | null {
  const instants = contacts
    .flatMap(({ validFrom, validTo }) => [validFrom, validTo])
    .filter((instant): instant is number => instant !== null && instant > at);
  return instants.length === 0 ? null : Math.min(...instants);
}

/** Who takes the place of a contact: the one named, his deputy, else somebody of his side, nearest in level. */
export function successorOf(
  contacts: readonly Contact[],
  personId: string,
  named: string | null,
): string | null {
  const leaver = contacts.find((contact) => contact.personId === personId);
  const others = contacts.filter((contact) => contact.personId !== personId && contact.side === leaver?.side);
  const known = (id: string | null | undefined) => others.find((contact) => contact.personId === id);
  const distance = ({ level }: Contact) =>
    Math.abs(levels.indexOf(level) - levels.indexOf(leaver?.level ?? 'L0'));
  const [nearest] = [...others].sort((a, b) => distance(a) - distance(b));
  return (known(named) ?? known(leaver?.deputyId) ?? nearest)?.personId ?? null;
}

/** The contacts without somebody; whose deputy he was has his successor as deputy, and nobody himself. */
export function without(
  contacts: readonly Contact[],
  personId: string,
  successorId: string | null,
): Contact[] {
  return contacts
    .filter((contact) => contact.personId !== personId)
    .map((contact) => {
      if (contact.deputyId !== personId) return contact;
      return { ...contact, deputyId: successorId === contact.personId ? null : successorId };
    });
}

/** One to be called, in the order of the list. */
export interface Called {
  readonly personId: string;
  readonly level: Level;
  readonly role: ContactRole;
  /** Whom he stands in for; null: he is called as himself. */
  readonly deputyOf: string | null;
  /** The instant lies in his hours; out of them he is called on the number that is answered at any time. */
  readonly inHours: boolean;
}

/**
 * Who is to be called on a side at an instant, from a level upwards: on each level who is in his hours, then deputies in
 * theirs, then both out of hours; then the next level. Everybody once. `isOpen` says whether hours hold the instant.
 */
export function whoAt(
  contacts: readonly Contact[],
  asked: { readonly side: Side; readonly level: Level; readonly at: number },
  isOpen: (hours: string, at: number) => boolean,
): readonly Called[] {
  const { side, at } = asked;
  const valid = contacts.filter((contact) => contact.side === side && isValid(contact, at));
  const order = levels.slice(levels.indexOf(asked.level)).flatMap((level) => {
    const own = valid.filter((contact) => contact.level === level);
    const as = (contact: Contact, deputyOf: string | null): Called => ({
      personId: contact.personId,
      level,
      role: contact.role,
      deputyOf,
      inHours: contact.hours === ALWAYS || isOpen(contact.hours, at),
    });
    const called = [
      ...own.map((contact) => as(contact, null)),
      ...own.flatMap(({ personId, deputyId }) =>
        valid.filter((one) => one.personId === deputyId).map((one) => as(one, personId)),
      ),
    ];
    return [...called.filter((one) => one.inHours), ...called.filter((one) => !one.inHours)];
  });
  return order.filter((one, index) => order.findIndex(({ personId }) => personId === one.personId) === index);
}

/**
 * Who is tried after somebody was not reached: his deputy, else another of the level; or, `above`, somebody of a higher
 * level. Whoever was tried already is passed over. An urgent call counts no hours.
 */
export function nextToTry(
  contacts: readonly Contact[],
  call: { readonly side: Side; readonly level: Level; readonly at: number },
  tried: readonly string[],
  above: boolean,
): string | null {
  const order = whoAt(contacts, call, () => true).filter(({ personId }) => !tried.includes(personId));
  const higher = order.filter(({ level }) => levels.indexOf(level) > levels.indexOf(call.level));
  const deputies = order.filter(({ deputyOf }) => deputyOf !== null && tried.includes(deputyOf));
  return (above ? higher : [...deputies, ...order])[0]?.personId ?? null;
}
