/** The people a decision may resolve roles to: ids and facts that clocks and notices need, never names or addresses. */
export interface Person {
  readonly id: string;
  readonly side: 'provider' | 'endUser';
  /** Staff functions such as serviceManager, smManager, dutyManager, policyAdministrator. */
  readonly grants: readonly string[];
  readonly zone: string;
  readonly language: string;
  /** Business hours; null means the side's own: the Provider's calendar, or the contract's main one. */
  readonly calendarId: string | null;
  readonly deputyId: string | null;
  readonly active: boolean;
}

export interface Directory {
  readonly providerCalendarId: string;
  readonly people: Readonly<Record<string, Person>>;
}

/** Active people of the Provider who hold a staff function, in a stable order. */
export function staffWith(directory: Directory, grant: string): readonly string[] {
  return Object.values(directory.people)
    .filter((person) => person.active && person.side === 'provider' && person.grants.includes(grant))
    .map((person) => person.id)
    .sort();
}

/** The ids that are known and active, without doubles, in the order given. */
export function activeOnly(
  directory: Directory,
  ids: readonly (string | null | undefined)[],
): readonly string[] {
  return [...new Set(ids)].filter((id): id is string => !!id && directory.people[id]?.active === true);
}
