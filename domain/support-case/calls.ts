/** Calls and engineers of a case as values. Pure. */
import type { Caller, CaseData, Engineer } from './data.js';

type Asked = { readonly personId: string } | { readonly name: string; readonly phone: string };

/** The caller as the case keeps him: by his id, or by what he said. */
export function forContact(asked: Asked): Caller {
  return 'personId' in asked
    ? { personId: asked.personId, name: null, phone: null }
    : { personId: null, name: asked.name, phone: asked.phone };
}

/** The engineers after one has taken the case; whoever had it before leaves it at the same instant. */
export function taken(
  engineers: readonly Engineer[],
  next: Pick<Engineer, 'personId' | 'senior' | 'because'>,
  at: number,
): Engineer[] {
  return [...left(engineers, at), { ...next, engagedAt: at, leftAt: null }];
}

/** The engineers after the last of them has left. */
export function left(engineers: readonly Engineer[], at: number): Engineer[] {
  return engineers.map((one) => (one.leftAt === null ? { ...one, leftAt: at } : one));
}

/** The newest keys of reports that are remembered; a feed that repeats older ones is told by their instants. */
const KEYS_KEPT = 200;

export function withKey(keys: CaseData['reportKeys'], key: string): string[] {
  return [...keys, key].slice(-KEYS_KEPT);
}
