/** The auditor's figures of the support tools: verified callers of all callers, accounts of leavers (service spec §4.5b). */
import { commonTools, standing } from './accounts.js';
import { accountStates, entriesOf, type Account, type SupportToolsData } from './words.js';

export interface Coverage {
  readonly callers: number;
  /** Callers who have logged in to every tool in which each caller has an account. */
  readonly verified: number;
  /** Whole percent, rounded down, so that 100 means everybody; null without callers. The target is 100. */
  readonly percent: number | null;
  /** Callers and primary contacts, and whoever else holds an account. */
  readonly people: readonly {
    readonly person: string;
    readonly caller: boolean;
    readonly verified: boolean;
    /** When he was last walked through the tools (epoch ms). */
    readonly walkedThroughAt: number | null;
    readonly accounts: readonly { readonly tool: string; readonly state: Account['state'] }[];
  }[];
  readonly accounts: Readonly<Record<Account['state'], number>>;
  /** Accounts of people who have left. `overdue` are those past the policy's time; it must be 0. */
  readonly leavers: { readonly accounts: number; readonly overdue: number };
}

interface RunningClock {
  readonly name: string;
  readonly key: string;
  readonly missedAt: number | null;
}

/** Pure: the data of a process and its running clocks are all it takes. */
export function coverageOf(data: SupportToolsData, clocks: readonly RunningClock[]): Coverage {
  const entries = entriesOf(data.accounts);
  const everywhere = commonTools(data.tools);
  const ids = [...new Set([...data.members, ...entries.map((entry) => entry.person)])].sort();
  const people = ids.map((person) => {
    const accounts = entries
      .filter((entry) => entry.person === person)
      .map(({ tool, account }) => ({ tool, state: account.state }));
    const verifiedIn = accounts.filter(({ state }) => state === 'verified').map(({ tool }) => tool);
    const sessions = data.held.filter(({ attendees }) => attendees.includes(person));
    return {
      person,
      caller: data.callers.includes(person),
      verified: everywhere.every((tool) => verifiedIn.includes(tool)),
      walkedThroughAt: sessions.length === 0 ? null : Math.max(...sessions.map(({ heldAt }) => heldAt)),
      accounts,
    };
  });
  const callers = people.filter(({ caller }) => caller);
  const verified = callers.filter((one) => one.verified).length;
  const late = clocks.filter(({ name, missedAt }) => name === 'leaver' && missedAt !== null);
  const left = entries.filter(
    ({ person, account }) => data.leavers[person] !== undefined && standing.includes(account.state),
  );
  const count = (state: Account['state']) => entries.filter(({ account }) => account.state === state).length;
  return {
    callers: callers.length,
    verified,
    percent: callers.length === 0 ? null : Math.floor((100 * verified) / callers.length),
    people,
    accounts: Object.fromEntries(accountStates.map((state) => [state, count(state)])) as Coverage['accounts'],
    leavers: {
      accounts: left.length,
      overdue: left.filter(({ person }) => late.some(({ key }) => key === person)).length,
    },
  };
}
