/** A contract file as it was read, and what it changes, for people. */
import type { ContractFile } from '../../domain/contract/contract-file.js';
import type { Difference } from '../answers.js';
import type { Session } from '../shell.js';
import { counted, harmless, indented } from './text.js';

/** Lists of hundreds are cut; the file itself has them all. */
const MOST_ROWS = 20;

/** What was read: End User, term, people of the Provider, sites, contacts. */
export function contractText(file: ContractFile, session: Session): string {
  const { provider } = file;
  const people = [
    `SM manager ${provider.smManager}`,
    `account manager ${provider.accountManager}`,
    `service manager ${provider.serviceManager ?? '(to be named)'}`,
    `backup ${provider.backup ?? '(to be named)'}`,
  ].join(', ');
  const facts: readonly (readonly [string, string])[] = [
    ['End User', `${file.endUser.name} (${file.endUser.id})`],
    ['Term', `${file.startsOn} to ${file.endsOn}, days in ${file.zone}`],
    ['Rules', `calendar ${file.calendar}, policy ${file.policy}, tier ${file.tier}`],
    ['Provider', people],
    ['Senior Desk', file.seniorDeskNumber],
  ];
  return [
    session.paint.bold(`Contract ${harmless(file.number)} (${file.id})`),
    ...facts.map(([name, value]) => fact(name, value, session.width)),
    `  ${counted(file.sites.length, 'site')}`,
    ...cut(file.sites).map((site) =>
      row(`${site.id}: ${site.name}, ${site.city} ${site.country}, ${site.zone}`, session.width),
    ),
    ...more(file.sites.length),
    `  ${counted(file.contacts.length, 'contact')}`,
    ...cut(file.contacts).map((contact) =>
      row(`${contact.id}: ${contact.name} <${contact.email}>${rolesOf(contact)}`, session.width),
    ),
    ...more(file.contacts.length),
  ].join('\n');
}

/** The lines of a difference: red what goes, green what comes. */
export function differenceText(diff: readonly Difference[], session: Session): string {
  return diff
    .flatMap(({ path, before, after }) => [
      `  ${harmless(path)}`,
      ...(isAbsent(before)
        ? []
        : [session.paint.red(indented(`- ${valueText(before)}`, '    ', session.width))]),
      ...(isAbsent(after)
        ? []
        : [session.paint.green(indented(`+ ${valueText(after)}`, '    ', session.width))]),
    ])
    .join('\n');
}

/** The API says null for a field that one side does not have. */
function isAbsent(value: unknown): boolean {
  return value === undefined || value === null;
}

function valueText(value: unknown): string {
  return harmless(typeof value === 'string' ? value : JSON.stringify(value));
}

function fact(name: string, value: string, width: number): string {
  const margin = `  ${name.padEnd(13)}`;
  const [first = '', ...rest] = indented(harmless(value), ' '.repeat(margin.length), width).split('\n');
  return [`${margin}${first.trimStart()}`, ...rest].join('\n');
}

function row(text: string, width: number): string {
  return indented(harmless(text), '    ', width);
}

function cut<T>(rows: readonly T[]): readonly T[] {
  return rows.slice(0, MOST_ROWS);
}

function more(count: number): string[] {
  return count > MOST_ROWS ? [`    … and ${String(count - MOST_ROWS)} more`] : [];
}

function rolesOf(contact: ContractFile['contacts'][number]): string {
  const roles = [
    contact.primaryContact ? 'primary contact' : '',
    contact.authorisedCaller ? 'authorised caller' : '',
    contact.approver ? 'approver' : '',
    contact.deputy ? `deputy ${contact.deputy}` : '',
  ].filter((role) => role !== '');
  return roles.length === 0 ? '' : `, ${roles.join(', ')}`;
}
