/** Whether the Provider may come in at an instant, how, where, who, and with whose consent (service spec §4.4). */
import { activeOnly, type Directory } from '../kernel/directory.js';
import { isOpen, knowsHolidaysAt } from '../time/business.js';
import type { CalendarVersion } from '../time/calendar.js';
import { isLive, type AgreementInForce } from './facts.js';

/** What is known for the instant (epoch milliseconds). */
export interface AccessFacts {
  readonly at: number;
  readonly inForce: AgreementInForce | null;
  /** Approvers of the contract, by their ids. */
  readonly approvers: readonly string[];
  /** People who have left since then still count. */
  readonly past: boolean;
  readonly calendarId: string;
  readonly directory: Directory;
  readonly calendars: Readonly<Record<string, CalendarVersion>>;
}

export interface AccessStatus {
  readonly usable: boolean;
  /** The agreement that is live at the instant; null when none is. */
  readonly agreement: AgreementInForce | null;
  /** Named engineers; who has left does not count any more. */
  readonly engineers: readonly string[];
  /** Approvers, those within their hours first. `inHours` null: their calendar is not known. */
  readonly consent: readonly { readonly person: string; readonly inHours: boolean | null }[];
}

export function accessStatus(facts: AccessFacts): AccessStatus {
  const { at, directory } = facts;
  const agreement = isLive(facts.inForce, at) ? facts.inForce : null;
  const serving = (ids: readonly string[]) => (facts.past ? ids : activeOnly(directory, ids));
  const engineers = serving(agreement?.engineers ?? []);
  const consent = serving(facts.approvers).map((person) => ({
    person,
    inHours: isInHours(person, facts),
  }));
  return {
    usable: agreement !== null && engineers.length > 0,
    agreement,
    engineers,
    consent: consent.sort((a, b) => Number(b.inHours ?? false) - Number(a.inHours ?? false)),
  };
}

/** By his own calendar, else by that of the contract. */
function isInHours(person: string, { at, calendarId, directory, calendars }: AccessFacts): boolean | null {
  const calendar = calendars[directory.people[person]?.calendarId ?? calendarId];
  return calendar && knowsHolidaysAt(at, calendar) ? isOpen(at, calendar) : null;
}
