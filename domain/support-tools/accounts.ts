/** Accounts as values: who gets which, and what a step makes of them (service spec §4.5b). */
import type { ContractFacts } from '../contract/facts.js';
import { entriesOf, keyOf, type Account, type SupportToolsData } from './words.js';

type Accounts = SupportToolsData['accounts'];
type Tools = readonly Pick<SupportToolsData['tools'][number], 'key' | 'accounts'>[];

/** A line of a payload: without tools, every account of the person that is in one of the states. */
export interface AccountLine {
  readonly person: string;
  readonly tools?: readonly string[] | undefined;
}

/** States in which an account exists in the tool. */
export const standing: readonly Account['state'][] = ['provisioned', 'verified', 'inactive'];

/** Who is served without being asked: authorised callers and primary contacts, each once. */
export function membersOf(contract: Pick<ContractFacts, 'callers' | 'primaryContacts'>): string[] {
  return [...new Set([...contract.callers, ...contract.primaryContacts])];
}

/** Who may hold an account at all. */
export function servedBy(contract: ContractFacts): string[] {
  return [...new Set([...membersOf(contract), ...contract.approvers])];
}

/** Requests every account that is neither requested nor standing yet. */
export function requested(
  accounts: Accounts,
  people: readonly string[],
  tools: readonly string[],
  at: number,
): Accounts {
  const fresh: Account = {
    state: 'requested',
    login: null,
    requestedAt: at,
    provisionedAt: null,
    firstLoginAt: null,
    removedAt: null,
  };
  const keys = people.flatMap((person) => tools.map((tool) => keyOf(person, tool)));
  const missing = keys.filter((key) => (accounts[key]?.state ?? 'removed') === 'removed');
  return { ...accounts, ...Object.fromEntries(missing.map((key) => [key, fresh])) };
}

/** Tools in which every caller has an account. */
export function commonTools(tools: Tools): string[] {
  return tools.filter((tool) => tool.accounts === 'everyCaller').map((tool) => tool.key);
}

/** The accounts that a payload names, or null when one of them is not there in one of the states. */
export function named(
  accounts: Accounts,
  lines: readonly AccountLine[],
  states: readonly Account['state'][],
): readonly string[] | null {
  const inState = entriesOf(accounts).filter(({ account }) => states.includes(account.state));
  const keys: string[] = [];
  for (const { person, tools } of lines) {
    const found = inState.filter((entry) => entry.person === person && (tools?.includes(entry.tool) ?? true));
    if (found.length === 0 || (tools && found.length < new Set(tools).size)) return null;
    keys.push(...found.map((entry) => entry.key));
  }
  return keys;
}

/** Changes the accounts of the keys. */
export function changed(accounts: Accounts, keys: readonly string[], change: (account: Account) => Account) {
  const after = keys.flatMap((key) => {
    const account = accounts[key];
    return account ? [[key, change(account)] as const] : [];
  });
  return { ...accounts, ...Object.fromEntries(after) };
}

/** Provisioned under the login of the person's line. */
export function provisioned(
  accounts: Accounts,
  lines: readonly (AccountLine & { readonly login: string })[],
  at: number,
): Accounts {
  return lines.reduce((before, line) => {
    const keys = named(before, [line], ['requested']) ?? [];
    return changed(before, keys, (account) => ({
      ...account,
      state: 'provisioned',
      login: line.login,
      provisionedAt: at,
    }));
  }, accounts);
}

/** Removed where they stood; a request that nobody has served yet leaves no trace. */
export function removed(accounts: Accounts, keys: readonly string[], at: number): Accounts {
  const served = Object.entries(accounts).filter(
    ([key, account]) => !keys.includes(key) || account.state !== 'requested',
  );
  return changed(Object.fromEntries(served), keys, (account) => ({
    ...account,
    state: 'removed',
    login: null,
    removedAt: at,
  }));
}

/** Whether one login stands for two people. */
export function sharesLogin(accounts: Accounts): boolean {
  const holders = new Map<string, string>();
  return entriesOf(accounts).some(({ person, account }) => {
    if (account.login === null) return false;
    const login = account.login.toLowerCase();
    const holder = holders.get(login) ?? person;
    holders.set(login, holder);
    return holder !== person;
  });
}

/** Who holds an account that stands, each once. */
export function standingHolders(accounts: Accounts): string[] {
  const entries = entriesOf(accounts).filter(({ account }) => standing.includes(account.state));
  return [...new Set(entries.map((entry) => entry.person))];
}
