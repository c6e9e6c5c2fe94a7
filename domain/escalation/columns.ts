/** What the steps of an escalation change: parts of its data, and which clocks begin anew. */
import { levels, type Level } from '../contact-matrix/matrix.js';
import { hasLevelAbove, isAbove, levelAbove, targetsFor, targetsOf } from './climb.js';
import type { Dependency, EscalationData as Data, Given, Reached } from './data.js';
import { isHigher } from '../priority.js';
import { agreedChanges, agreedPriority, type CaseFacts } from './facts.js';
import { authorisedOf, peopleAt, type Scene as People } from './people.js';
import type { EscalationPolicy } from './policy.js';

export interface Scene extends People {
  readonly look: People['look'] & { readonly case: CaseFacts | null };
  readonly policy: { readonly escalation: EscalationPolicy };
  readonly data: Data;
  readonly actor: string | null;
  readonly key: string;
}
export type With<Payload> = Scene & { readonly payload: Payload };
export type Consented = {
  readonly consent?: { readonly personId: string; readonly evidence: string } | undefined;
};

/** The consent that a step brings: of whoever acts for the End User, or of the person named. Null: there is none. */
export function consentOf(scene: Scene, { consent }: Consented): Given | null {
  const authorised = authorisedOf(scene);
  const { actor, at } = scene;
  if (consent)
    return authorised.includes(consent.personId)
      ? { personId: consent.personId, at, evidence: consent.evidence }
      : null;
  return actor !== null && authorised.includes(actor) ? { personId: actor, at, evidence: null } : null;
}

/** A step whose guards have asked for the consent. */
export function mustConsent(scene: Scene, payload: Consented): Given {
  const given = consentOf(scene, payload);
  if (!given) throw new Error('A step that needs consent was taken without it.');
  return given;
}

// Levels

/** The levels reached so far, with this one as it is held now. */
export function withLevel(scene: People & Pick<Scene, 'data'>, level: Level): Data['levels'] {
  const now = reachedNow(scene, level);
  return [...scene.data.levels.filter((one) => one.level !== level), now];
}

export function reachedNow(scene: People, level: Level): Reached {
  return {
    level,
    at: scene.at,
    matrixVersion: scene.look.matrix?.version ?? null,
    people: [...peopleAt(scene, level)],
    accepted: null,
  };
}

export function higherOf(one: Level, other: Level): Level {
  return isAbove(one, other) ? one : other;
}

/** The next level on the ladder of the present priority. */
export function aboveOf(scene: Scene, level: Level): Level {
  return levelAbove(level, targetsOf(scene));
}

/** Whoever accepts a level answers for those below it. */
export function accepted({ data, at }: Scene, level: Level, by: string): Data['levels'] {
  return data.levels.map((one) => (one.level === level ? { ...one, accepted: { by, at } } : one));
}

export function levelsBelow(level: Level): readonly Level[] {
  return levels.slice(0, levels.indexOf(level));
}

// The ladder

/** It climbs until it is stood down, mitigated, resolved or closed. */
export function climbs({ data }: Pick<Scene, 'data'>): boolean {
  return data.standDown === null && data.stoppedAt === null;
}

const once = (condition: boolean): readonly string[] => (condition ? [''] : []);
const always = () => [''];

/** Clocks that count by the age of the case: begun when nothing ran, and anew under other figures. */
export const ladderClocks = {
  level: {
    cancel: always,
    start: (scene: Scene) => once(climbs(scene) && hasLevelAbove(scene.data.level, targetsOf(scene))),
  },
  top: {
    cancel: always,
    start: (scene: Scene) => once(climbs(scene) && !hasLevelAbove(scene.data.level, targetsOf(scene))),
  },
  restore: {
    cancel: always,
    start: (scene: Scene) => once(scene.data.stoppedAt === null && targetsOf(scene).restore !== undefined),
  },
} as const;

/** What ends when it does not climb any more. */
export const ladderEnds = { level: 'cancel', top: 'cancel', accept: 'cancel' } as const;

/** The next promise of the same kind: the one that ran is cancelled, and stays missed where it was. */
export const anew = 'restart';
/** A promise kept, and the next one. */
export const kept = { meet: always, start: always } as const;

export function stopped({ data, at }: Scene): Data['stoppedAt'] {
  return data.stoppedAt ?? at;
}

/** The time since it stopped does not count; the ladder goes on where it stood. */
export function goneOn({ data, at }: Scene): Data['pauses'] {
  const { stoppedAt, pauses } = data;
  if (stoppedAt === null || stoppedAt >= at) return pauses;
  return [...pauses, { fromMs: stoppedAt, toMs: at, cause: 'not climbing' }];
}

// The case

/** How the case stands now; an escalation that is about none, or whose case is gone, stays as it is. */
export function fromCase(scene: Scene) {
  const { data, look, at } = scene;
  if (!look.case)
    return {
      priority: data.priority,
      changes: data.changes,
      seen: data.seenChanges,
      closedAt: data.caseClosedAt,
    };
  return {
    priority: agreedPriority(look.case),
    changes: [...agreedChanges(look.case.priorityHistory)],
    seen: look.case.priorityHistory.length,
    closedAt: look.case.closed ? (data.caseClosedAt ?? at) : null,
  };
}

/** The next level on the ladder of the priority that the case has by now. */
export function aboveNow(scene: Scene): Level {
  return levelAbove(scene.data.level, targetsFor(scene.policy.escalation, fromCase(scene).priority));
}

export function isRaised(scene: Scene): boolean {
  const { priority } = fromCase(scene);
  const before = scene.data.priority;
  return priority !== null && before !== null && isHigher(priority, before);
}

export function isLowered(scene: Scene): boolean {
  const { priority } = fromCase(scene);
  const before = scene.data.priority;
  return priority !== null && before !== null && isHigher(before, priority);
}

/** Somebody lowered the case, and nobody of the End User agreed. */
export function isLoweredSilently({ data, look }: Scene): boolean {
  const fresh = look.case?.priorityHistory.slice(data.seenChanges) ?? [];
  return fresh.some(({ from, to, agreedBy }) => isHigher(from, to) && agreedBy === null);
}

export function isNewlyClosed({ data, look }: Scene): boolean {
  return look.case?.closed === true && data.caseClosedAt === null;
}

/** The case says that service is back, and it was not known. */
export function isRestored({ data, look }: Scene): boolean {
  const restoredAt = look.case?.restoredAt ?? null;
  return data.stoppedAt === null && restoredAt !== null && restoredAt !== data.seenRestoredAt;
}

/** It does not climb, and the case says that service is not back. */
export function isUnsolved({ data, look }: Scene): boolean {
  return data.stoppedAt !== null && look.case?.restoredAt === null;
}

export function seenRestored({ data, look }: Scene): Data['seenRestoredAt'] {
  return look.case?.restoredAt ?? data.seenRestoredAt;
}

/** The climb goes on, whatever the case has said so far. */
export const climbsOn = { pauses: goneOn, stoppedAt: null, seenRestoredAt: seenRestored } as const;

/** Climbing or not, as the case says by now. */
export const asCaseStands = {
  pauses: (scene: Scene) => (isUnsolved(scene) ? goneOn(scene) : scene.data.pauses),
  stoppedAt: (scene: Scene) => {
    if (isRestored(scene)) return scene.at;
    return isUnsolved(scene) ? null : scene.data.stoppedAt;
  },
  seenRestoredAt: seenRestored,
} as const;

/** The columns of every step that looks at the case. */
export const caseFields = {
  priority: (scene: Scene) => fromCase(scene).priority,
  changes: (scene: Scene) => fromCase(scene).changes,
  seenChanges: (scene: Scene) => fromCase(scene).seen,
  caseClosedAt: (scene: Scene) => fromCase(scene).closedAt,
} as const;

// Waiting

export function lastDependency(data: Data): Dependency | undefined {
  return data.dependencies.at(-1);
}

/** Ends the dependency that is open, if one is. */
export function ended(outcome: NonNullable<Dependency['outcome']>) {
  return ({ data, at }: Scene): Data['dependencies'] =>
    data.dependencies.map((one) => (one.endedAt === null ? { ...one, endedAt: at, outcome } : one));
}

export function chased({ data, at }: Scene): Data['dependencies'] {
  return data.dependencies.map((one) =>
    one.endedAt === null ? { ...one, chasedAt: [...one.chasedAt, at] } : one,
  );
}

/** Ends the pause that lasts, if one does. */
export function unpaused({ data, at }: Scene): Data['pauses'] {
  return data.pauses.map((one) => (one.toMs === null ? { ...one, toMs: at } : one));
}

export function isPaused({ data }: Pick<Scene, 'data'>): boolean {
  return data.pauses.some((one) => one.toMs === null);
}

/** The columns of a step that leaves the waiting behind. */
export const overtaken = { dependencies: ended('overtaken'), pauses: unpaused } as const;
