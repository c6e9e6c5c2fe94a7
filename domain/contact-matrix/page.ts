/** The matrix on one page, for the day on which the system is down: as blocks of text that a printer lays out. */
import { formatLocal } from '../time/business.js';
import { WEEKDAYS, type CalendarVersion } from '../time/calendar.js';
import { ALWAYS, isValid, levels, type Contact, type Side } from './matrix.js';

interface PageContact extends Contact {
  readonly name: string;
  readonly phone: string | null;
  readonly email: string | null;
}

export interface PageSource {
  readonly endUser: string;
  readonly contractNumber: string;
  readonly seniorDeskNumber: string | null;
  readonly version: number;
  readonly inForceFrom: number;
  /** The end of the version, or null. */
  readonly inForceTo: number | null;
  /** By when it is to be re-confirmed at the latest; null: it is stale. */
  readonly confirmedAt: number | null;
  readonly stale: boolean;
  readonly sha256: string;
  readonly contacts: readonly PageContact[];
  /** The calendars that hours name. */
  readonly calendars: readonly CalendarVersion[];
}

/** One line of the table. */
export interface PageLine {
  readonly level: string;
  readonly name: string;
  readonly role: string;
  readonly phone: string;
  readonly email: string;
  /** Hours and zone, flags, deputy. */
  readonly details: string;
}

export interface Page {
  readonly title: string;
  /** Version, validity, time of printing. */
  readonly facts: readonly string[];
  readonly groups: readonly { readonly title: string; readonly lines: readonly PageLine[] }[];
  readonly rules: readonly string[];
}

/** `printedAt` in epoch milliseconds; instants are shown in `zone`. Contacts who count at that instant. */
export function pageOf(source: PageSource, printedAt: number, zone: string): Page {
  const time = (instant: number) => formatLocal(instant, zone);
  const { version, inForceFrom, inForceTo, confirmedAt, stale, sha256, seniorDeskNumber } = source;
  const counting = source.contacts.filter((contact) => isValid(contact, printedAt));
  return {
    title: `Contact matrix: ${source.endUser}, contract ${source.contractNumber}`,
    facts: [
      `Version ${String(version)}, in force since ${time(inForceFrom)}${inForceTo === null ? '' : ` until ${time(inForceTo)}`}`,
      `Printed ${time(printedAt)}; a newer version replaces this page`,
      ...(confirmedAt === null
        ? []
        : [`Last agreed or re-confirmed ${time(confirmedAt)}${stale ? ': STALE' : ''}`]),
      ...(seniorDeskNumber === null ? [] : [`Senior Desk, priority 1 and 2 by phone: ${seniorDeskNumber}`]),
      `Fingerprint ${sha256.slice(0, 16)}`,
    ],
    groups: (
      [
        ['endUser', 'End User'],
        ['provider', 'Provider'],
      ] as const
    ).map(([side, title]) => ({ title, lines: linesOf(counting, side) })),
    rules: [
      'Call the lowest level first: its contacts in their hours, then deputies, then the next level.',
      'Every number is answered at any time; hours say when its owner is at work.',
      'C: may call for the End User. May approve: credits, access, P (priority), window.',
      ...source.calendars.map(hoursOf),
    ],
  };
}

function linesOf(contacts: readonly PageContact[], side: Side): PageLine[] {
  const own = contacts.filter((contact) => contact.side === side);
  const name = (id: string) => contacts.find(({ personId }) => personId === id)?.name ?? id;
  return levels.flatMap((level) =>
    own
      .filter((contact) => contact.level === level)
      .map((contact) => ({
        level,
        name: contact.name,
        role: words(contact.role),
        phone: contact.phone ?? '-',
        email: contact.email ?? '-',
        details: [
          // The zone of a calendar stands with its hours, below.
          contact.hours === ALWAYS ? `${ALWAYS} (${contact.zone})` : contact.hours,
          ...(contact.authorisedCaller ? ['C'] : []),
          ...(contact.mayApprove.length > 0
            ? [contact.mayApprove.map((one) => (one === 'priorityChange' ? 'P' : one)).join('/')]
            : []),
          ...(contact.deputyId === null ? [] : [`deputy ${name(contact.deputyId)}`]),
        ].join(', '),
      })),
  );
}

/** `onDutyEngineer` is an on duty engineer. */
function words(role: string): string {
  return role.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`).replace(/^it /, 'IT ');
}

/** Weekly hours in words: without the system nobody can look them up. Days that are alike stand together. */
function hoursOf({ id, weekly, zone }: CalendarVersion): string {
  const days = WEEKDAYS.map((day) => ({
    day: day.slice(0, 3).replace(/^./, (letter) => letter.toUpperCase()),
    hours: weekly[day].map(({ opens, closes }) => `${opens}-${closes}`).join(' '),
  })).filter(({ hours }) => hours !== '');
  const alike = [...new Set(days.map(({ hours }) => hours))];
  const text = alike.map(
    (hours) => `${days.flatMap((one) => (one.hours === hours ? [one.day] : [])).join(' ')} ${hours}`,
  );
  return `${id}: ${text.join('; ')} (${zone}), but for its holidays`;
}

const WIDTH = 80;

/** The page as plain text, at most 80 columns wide. */
export function pageText(page: Page): string {
  const lines = [
    ...wrapped(page.title, ''),
    ...page.facts.flatMap((fact) => wrapped(fact, '')),
    ...page.groups.flatMap(({ title, lines: group }) => [
      '',
      title.toUpperCase(),
      ...group.flatMap((line) => [
        ...wrapped(`${line.level}  ${line.phone}  ${line.name} (${line.role})`, '    '),
        ...wrapped(`    ${line.email}; ${line.details}`, '    '),
      ]),
    ]),
    '',
    ...page.rules.flatMap((rule) => wrapped(rule, '')),
  ];
  return `${lines.join('\n')}\n`;
}

/** Breaks at blanks; what is longer than a line without one is cut into pieces. */
function wrapped(text: string, indent: string): string[] {
  if (text.length <= WIDTH) return [text];
  const space = text.lastIndexOf(' ', WIDTH);
  const end = space > indent.length + 1 ? space : WIDTH;
  return [text.slice(0, end), ...wrapped(indent + text.slice(end).trimStart(), indent)];
}
