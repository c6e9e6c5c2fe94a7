/** What the steps of a contact matrix make of its data: drafts, agreements, leavers, defects, calls. Pure. */
import { sha256 } from '../kernel/hash.js';
import type { SceneOf } from '../kernel/rules.js';
import type { ContactRow } from './contact-file.js';
import {
  coverageGaps,
  nextToTry,
  successorOf,
  without,
  type Contact,
  type MatrixVersion,
  type Side,
} from './matrix.js';
import type { Call, contactMatrix, Defect, MatrixData, Served } from './words.js';

export type Scene = SceneOf<typeof contactMatrix>;
export type OnPerson = { readonly personId: string };
/** Neither side has said yes. */
export const nobody = { provider: null, endUser: null };
export type Leaving = Scene & { readonly payload: OnPerson & { readonly successorId?: string | undefined } };

export function initial({
  look,
  payload,
}: Omit<Scene, 'data'> & { readonly payload: { readonly onboardingId: string | null } }): MatrixData {
  const { contractId, number, calendarId, processId } = look.contract;
  const { onboardingId } = payload;
  const pins = { contractId, contractNumber: number, calendarId, onboardingId };
  return {
    ...pins,
    servedBy: look.serving,
    served: [{ ...pins, contractProcessId: processId, settledAt: null }],
    draft: null,
    inForce: null,
    lastVersion: 0,
    confirmed: nobody,
    confirmedAt: null,
    staleSince: null,
    leavers: {},
    left: {},
    callDown: {},
    defects: {},
    calls: {},
  };
}

export function joining(data: MatrixData) {
  const [own] = data.served;
  if (!own) throw new Error('A matrix serves its own contract.');
  const { contractId, contractNumber, contractProcessId, calendarId, onboardingId } = own;
  return { contractId, contractNumber, contractProcessId, calendarId, onboardingId };
}

export function withServed(
  served: readonly Served[],
  { processId: _, ...joins }: Omit<Served, 'settledAt'> & { readonly processId: string },
  settledAt: number | null,
): Served[] {
  return [...served.filter(({ contractId }) => contractId !== joins.contractId), { ...joins, settledAt }];
}

export function onboardings(served: readonly Served[]): string[] {
  return served.flatMap(({ onboardingId }) => (onboardingId === null ? [] : [onboardingId]));
}

export function othersOf(data: MatrixData): Served[] {
  return data.served.filter(({ contractId }) => contractId !== data.contractId);
}

export function hasEnded(look: Scene['look']): boolean {
  return !['draft', 'active', 'expiring'].includes(look.contract.status);
}

/** The matrix goes over to the first of the contracts that stay. */
export function handedOver() {
  const first = (data: MatrixData): Served => {
    const [other] = othersOf(data);
    if (!other) throw new Error('No other contract is served.');
    return other;
  };
  return {
    contractId: ({ data }: Scene) => first(data).contractId,
    contractNumber: ({ data }: Scene) => first(data).contractNumber,
    calendarId: ({ data }: Scene) => first(data).calendarId,
    onboardingId: ({ data }: Scene) => first(data).onboardingId,
    served: ({ data }: Scene) => othersOf(data),
  };
}

export function sideOf({ actor, directory }: Pick<Scene, 'actor' | 'directory'>): Side {
  return (actor !== null ? directory.people[actor]?.side : undefined) ?? 'provider';
}

export function isIn(data: MatrixData, personId: string): boolean {
  return data.inForce?.contacts.some((contact) => contact.personId === personId) ?? false;
}

export function rowsIn(payload: {
  readonly contacts?: readonly ContactRow[];
  readonly contact?: ContactRow;
}): readonly ContactRow[] {
  return payload.contacts ?? (payload.contact ? [payload.contact] : []);
}

export function keysOf<T>(record: Readonly<Record<string, T>>, keep: (value: T) => boolean): string[] {
  return Object.entries(record)
    .filter(([, value]) => keep(value))
    .map(([key]) => key);
}

export function withoutKey<T>(record: Readonly<Record<string, T>>, key: string): Record<string, T> {
  return Object.fromEntries(Object.entries(record).filter(([name]) => name !== key));
}

export function withAuthor(authors: readonly string[], actor: string | null): string[] {
  return actor === null ? [...authors] : [...new Set([...authors, actor])];
}

/** The draft to go on with: the one there is, else a copy of the version in force; nobody has agreed to it yet. */
export function newDraft(data: MatrixData, actor: string | null): MatrixVersion {
  const base = data.draft ?? {
    version: data.lastVersion + 1,
    contacts: data.inForce?.contacts ?? [],
    authors: [],
    sha256: data.inForce?.sha256 ?? '',
    from: null,
  };
  return { ...base, authors: withAuthor(base.authors, actor), agreedBy: nobody, reason: 'agreed' };
}

export function agreedDraft(scene: Scene): MatrixVersion | null {
  const { draft } = scene.data;
  return draft && { ...draft, agreedBy: { ...draft.agreedBy, [sideOf(scene)]: scene.actor } };
}

export function bothAgree(scene: Scene): boolean {
  const agreed = agreedDraft(scene)?.agreedBy;
  return !!agreed && agreed.provider !== null && agreed.endUser !== null;
}

export function confirmedNow(scene: Scene): MatrixData['confirmed'] {
  return { ...scene.data.confirmed, [sideOf(scene)]: scene.actor };
}

export function bothConfirm(scene: Scene): boolean {
  const { provider, endUser } = confirmedNow(scene);
  return provider !== null && endUser !== null;
}

/** The version takes the place of the one in force; reported leavers that it lacks have left. */
export function takenOver(versionOf: (scene: Scene) => MatrixVersion | null) {
  const contactsOf = (scene: Scene) => versionOf(scene)?.contacts ?? [];
  const gone = (scene: Scene) =>
    keysOf(scene.data.leavers, ({ removedAt }) => removedAt === null).filter((id) =>
      contactsOf(scene).every(({ personId }) => personId !== id),
    );
  return {
    inForce: (scene: Scene) => {
      const version = versionOf(scene);
      return version && { ...version, from: scene.at };
    },
    defects: (scene: Scene) => reviewed(scene.data.defects, contactsOf(scene), scene.at),
    leavers: (scene: Scene) =>
      gone(scene).reduce((leavers, id) => asRemoved(leavers, id, null, scene.at), scene.data.leavers),
    left: (scene: Scene) => {
      const before = scene.data.inForce?.contacts ?? [];
      const named = (id: string) => scene.data.leavers[id]?.successorId ?? null;
      const left = gone(scene).map((id) => [id, successorOf(before, id, named(id))] as const);
      const back = contactsOf(scene).map(({ personId }) => personId);
      const all = { ...scene.data.left, ...Object.fromEntries(left) };
      return Object.fromEntries(Object.entries(all).filter(([id]) => !back.includes(id)));
    },
  };
}

/** A version of its own without the leaver; who pointed at him points at his successor, also in a draft. */
export function leaverRemoved() {
  const successor = ({ data, payload }: Leaving) =>
    successorOf(
      data.inForce?.contacts ?? [],
      payload.personId,
      payload.successorId ?? data.leavers[payload.personId]?.successorId ?? null,
    );
  const stripped = (scene: Leaving, contacts: readonly Contact[]) =>
    without(contacts, scene.payload.personId, successor(scene));
  const hash = ({ payload }: Leaving, before: string) => sha256({ before, without: payload.personId });
  return {
    inForce: (scene: Leaving): MatrixVersion | null => {
      const { inForce, lastVersion } = scene.data;
      return (
        inForce && {
          version: lastVersion + 1,
          contacts: stripped(scene, inForce.contacts),
          authors: withAuthor([], scene.actor),
          sha256: hash(scene, inForce.sha256),
          from: scene.at,
          agreedBy: nobody,
          reason: 'leaver',
        }
      );
    },
    draft: (scene: Leaving): MatrixVersion | null => {
      const { draft, lastVersion } = scene.data;
      return (
        draft && {
          ...draft,
          version: lastVersion + 2,
          contacts: stripped(scene, draft.contacts),
          sha256: hash(scene, draft.sha256),
          agreedBy: nobody,
        }
      );
    },
    lastVersion: ({ data }: Leaving) => data.lastVersion + (data.draft ? 2 : 1),
    leavers: (scene: Leaving) =>
      asRemoved(scene.data.leavers, scene.payload.personId, successor(scene), scene.at),
    left: (scene: Leaving) => ({ ...scene.data.left, [scene.payload.personId]: successor(scene) }),
    defects: (scene: Leaving) =>
      reviewed(scene.data.defects, stripped(scene, scene.data.inForce?.contacts ?? []), scene.at),
    callDown: ({ data, payload }: Leaving) => withoutKey(data.callDown, payload.personId),
    // The version is another one, and whoever has confirmed it has not seen it.
    confirmed: nobody,
  };
}

function asRemoved(
  leavers: MatrixData['leavers'],
  id: string,
  successorId: string | null,
  at: number,
): MatrixData['leavers'] {
  const successor = successorId ?? leavers[id]?.successorId ?? null;
  return { ...leavers, [id]: { successorId: successor, removedAt: at } };
}

/** The matrix as a whole lacks somebody: the key of that defect, which no person's id can be. */
const COVERAGE = 'COVERAGE';

/** Defects after the contacts have changed: of people who are gone they are mended, gaps are opened or mended. */
export function reviewed(
  defects: MatrixData['defects'],
  contacts: readonly Contact[],
  at: number,
): MatrixData['defects'] {
  const gaps = coverageGaps(contacts, at).length > 0;
  const isGone = (id: string) => contacts.every(({ personId }) => personId !== id);
  const rest = mended(defects, (key) => (key === COVERAGE ? !gaps : isGone(key)), at);
  return gaps ? opened(rest, 'coverage', null, at) : rest;
}

/** Opens a defect unless it is open already. */
export function opened(
  defects: MatrixData['defects'],
  kind: Defect['kind'],
  personId: string | null,
  at: number,
): MatrixData['defects'] {
  const key = personId ?? COVERAGE;
  if (defects[key]?.mendedAt === null) return defects;
  return { ...defects, [key]: { kind, personId, openedAt: at, mendedAt: null } };
}

export function mended(
  defects: MatrixData['defects'],
  which: (key: string) => boolean,
  at: number,
): MatrixData['defects'] {
  return Object.fromEntries(
    Object.entries(defects).map(([key, defect]) => [
      key,
      defect.mendedAt === null && which(key) ? { ...defect, mendedAt: at } : defect,
    ]),
  );
}

type Result = Scene & {
  readonly payload: OnPerson & { readonly outcome: 'reached' | 'notReached' };
};

export function everybodyCalled({ data, payload }: Result): boolean {
  return (data.inForce?.contacts ?? []).every(
    ({ personId }) => personId === payload.personId || data.callDown[personId] !== undefined,
  );
}

export function calledDefects({ data, payload, at }: Result): MatrixData['defects'] {
  return payload.outcome === 'notReached'
    ? opened(data.defects, 'callDown', payload.personId, at)
    : data.defects;
}

/** Notes that somebody was not reached: a new call, or one more try of the call about the same. */
export function missed({
  data,
  payload,
  at,
}: Scene & { readonly payload: OnPerson & { readonly about: string } }): MatrixData['calls'] {
  const { personId, about } = payload;
  const contact = data.inForce?.contacts.find((one) => one.personId === personId);
  if (!contact) return data.calls;
  const call = data.calls[about];
  if (!call) {
    const first = { personId, at, as: 'first', outcome: 'notReached' } as const;
    return { ...data.calls, [about]: { side: contact.side, level: contact.level, about, tries: [first] } };
  }
  const tries = call.tries.map((one) =>
    one.personId === personId ? { ...one, outcome: 'notReached' as const } : one,
  );
  return { ...data.calls, [about]: { ...call, tries } };
}

export function nextOf({ data, key, at }: Scene, above: boolean): string | null {
  const call = data.calls[key];
  if (!call) return null;
  const done = call.tries.map(({ personId }) => personId);
  return nextToTry(data.inForce?.contacts ?? [], { side: call.side, level: call.level, at }, done, above);
}

/** The one tried before has not answered in time. */
export function tried(scene: Scene, as: 'deputy' | 'nextLevel'): MatrixData['calls'] {
  const { data, key, at } = scene;
  const call = data.calls[key];
  const personId = nextOf(scene, as === 'nextLevel');
  if (!call || personId === null) return data.calls;
  const before = call.tries.map((one): Call['tries'][number] => ({ ...one, outcome: 'notReached' }));
  const tries = [...before, { personId, at, as, outcome: 'pending' as const }];
  return { ...data.calls, [key]: { ...call, tries } };
}

/** Ids of the contacts that an import lacks. */
export function missingFrom(contacts: readonly Contact[], ids: readonly string[]): string[] {
  return contacts.map(({ personId }) => personId).filter((id) => !ids.includes(id));
}

/** An import that lacks this share of the contacts in force looks like an accident. */
export function tooManyGone(
  contacts: readonly Contact[],
  ids: readonly string[],
  mostGonePercent: number,
): boolean {
  return missingFrom(contacts, ids).length * 100 >= contacts.length * mostGonePercent && contacts.length > 0;
}
