/** Who stands for a level at an instant: by the matrix in force, its deputies and hours (service spec §4.2, §4.3, §3a). */
import { isValid, levels, whoAt, ALWAYS, type Contact, type Level } from '../contact-matrix/matrix.js';
import type { MatrixFacts } from '../contact-matrix/facts.js';
import type { ContractFacts } from '../contract/facts.js';
import { ownerOf } from '../contract/ownership.js';
import { activeOnly, staffWith, type Directory } from '../kernel/directory.js';
import { isOpen } from '../time/business.js';
import type { CalendarVersion } from '../time/calendar.js';

export interface Scene {
  readonly look: {
    readonly contract: ContractFacts;
    readonly matrix: MatrixFacts;
    /** Staff who are away now. */
    readonly away: readonly string[];
  };
  readonly directory: Directory;
  readonly calendars: Readonly<Record<string, CalendarVersion>>;
  readonly at: number;
}

/** Staff functions that stand for a level while the matrix names nobody who is there. */
const functionsOf: Readonly<Record<Level, readonly string[]>> = {
  L0: ['seniorDesk', 'dutyManager'],
  L1: ['dutyManager', 'smManager'],
  L2: ['supportDirector', 'dutyManager'],
  L3: ['supportDirector', 'dutyManager'],
  L4: ['supportDirector', 'dutyManager'],
};

/**
 * Who of the Provider is called for a level now. In place of a contact out of his hours, or away, his deputy when he is
 * in; outside SM hours the Duty Manager holds L1. Never empty: a level without anybody falls to the next one, but L0 first
 * to whoever is on duty, who is that level whether the matrix says so or not (service spec §3a).
 */
export function peopleAt(scene: Scene, level: Level): readonly string[] {
  const [own = [], ...above] = levels.slice(levels.indexOf(level)).map((one) => calledAt(scene, one));
  const staff = functionsOf[level].map((grant) => present(scene, staffWith(scene.directory, grant)));
  const order = level === 'L0' ? [own, ...staff, ...above] : [own, ...above, ...staff];
  return order.find((people) => people.length > 0) ?? serviceManager(scene);
}

function calledAt(scene: Scene, level: Level): readonly string[] {
  return level === 'L1' ? firstLevel(scene) : contactsIn(scene, level);
}

/** Everybody who may act for a level, whatever the hour: contacts, their deputies, and who is called now. */
export function namedAt(scene: Scene, level: Level): readonly string[] {
  const contacts = contactsOf(scene, 'provider', level).flatMap(({ personId, deputyId }) => [
    personId,
    deputyId,
  ]);
  const first =
    level === 'L1' ? [...serviceManager(scene), ...staffWith(scene.directory, 'dutyManager')] : [];
  return activeOnly(scene.directory, [...contacts, ...first, ...peopleAt(scene, level)]);
}

/** The service manager of the contract, or who stands for him. */
export function serviceManager({ look, directory }: Scene): readonly string[] {
  return ownerOf(look.contract, directory);
}

/** The service manager where he is not called because it is outside his hours: he gets a mail. */
export function managerOutOfHours(scene: Scene): readonly string[] {
  return managerIsIn(scene) ? [] : serviceManager(scene);
}

/** Contacts of the End User at a level; they are informed, not called. */
export function endUserAt(scene: Scene, level: Level): readonly string[] {
  const people = contactsOf(scene, 'endUser', level).map(({ personId }) => personId);
  return activeOnly(scene.directory, people);
}

/** Who of the End User may ask, agree and refuse. */
export function authorisedOf({ look, directory, at }: Scene): readonly string[] {
  const { callers, approvers, primaryContacts } = look.contract;
  const named = (look.matrix?.contacts ?? [])
    .filter((one) => one.side === 'endUser' && isValid(one, at))
    .filter((one) => one.authorisedCaller || one.mayApprove.length > 0)
    .map(({ personId }) => personId);
  return activeOnly(directory, [...primaryContacts, ...callers, ...approvers, ...named]);
}

/** A person who is there, else his deputy. */
export function presentOrDeputy(scene: Scene, id: string | null | undefined): readonly string[] {
  if (!id) return [];
  const { directory } = scene;
  return present(scene, [id, directory.people[id]?.deputyId]).slice(0, 1);
}

function present({ look, directory }: Scene, ids: readonly (string | null | undefined)[]): readonly string[] {
  return activeOnly(directory, ids).filter((id) => !look.away.includes(id));
}

function contactsOf({ look, at }: Scene, side: Contact['side'], level: Level): readonly Contact[] {
  return (look.matrix?.contacts ?? []).filter(
    (one) => one.side === side && one.level === level && isValid(one, at),
  );
}

/** Contacts of a level who are in their hours, deputies of the others, and who has none, on his number for all hours. */
function contactsIn(scene: Scene, level: Level): readonly string[] {
  const { look, at } = scene;
  const contacts = look.matrix?.contacts ?? [];
  const called = whoAt(contacts, { side: 'provider', level, at }, (hours, instant) =>
    isOpenAt(scene, hours, instant),
  ).filter((one) => one.level === level);
  const isIn = (id: string | null) => called.some((one) => one.personId === id && one.inHours);
  const people = contactsOf(scene, 'provider', level).map(({ personId, deputyId }) => {
    const himself = present(scene, [personId]).length > 0;
    const deputy = present(scene, [deputyId]).length > 0;
    return deputy && (!himself || (!isIn(personId) && isIn(deputyId))) ? deputyId : personId;
  });
  return present(scene, people);
}

/** L1: the team manager and the service manager; outside SM hours the Duty Manager with whoever is in. */
function firstLevel(scene: Scene): readonly string[] {
  const manager = serviceManager(scene);
  if (managerIsIn(scene)) return present(scene, [...contactsIn(scene, 'L1'), ...manager]);
  const inHours = contactsOf(scene, 'provider', 'L1')
    .filter((one) => !manager.includes(one.personId) && one.role !== 'serviceManager')
    .filter((one) => isOpenAt(scene, one.hours, scene.at));
  return present(scene, [
    ...staffWith(scene.directory, 'dutyManager'),
    ...inHours.map(({ personId }) => personId),
  ]);
}

/** SM hours are those of his entry in the matrix; without one, those of the contract. */
function managerIsIn(scene: Scene): boolean {
  const { look, at } = scene;
  const [manager] = serviceManager(scene);
  const entry = look.matrix?.contacts.find((one) => one.personId === manager && isValid(one, at));
  return isOpenAt(scene, entry?.hours ?? look.contract.calendarId, at);
}

function isOpenAt({ calendars }: Scene, hours: string, at: number): boolean {
  if (hours === ALWAYS) return true;
  const calendar = calendars[hours];
  return calendar !== undefined && isOpen(at, calendar);
}
