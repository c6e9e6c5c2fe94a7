/** From being asked for to the top: raise, join, acknowledge, decline, levels and their acceptance (service spec §4.3). */
import type { Level } from '../contact-matrix/matrix.js';
import type { SceneOf } from '../kernel/rules.js';
import { climbed, earnedLevel } from './climb.js';
import {
  aboveNow,
  aboveOf,
  accepted,
  asCaseStands,
  caseFields,
  higherOf,
  ladderClocks,
  levelsBelow,
  reachedNow,
  withLevel,
  type Scene as Columns,
  type With,
} from './columns.js';
import type { EscalationData as Data } from './data.js';
import { agreedChanges, agreedPriority } from './facts.js';
import {
  ageStillCounts,
  appealIsOpen,
  askerIsKnown,
  asksNew,
  caseIsKnown,
  contractServes,
  due,
  hasHigherLevel,
  isFirst,
  isNamedAtLevel,
  isOnly,
  levelIsOpen,
  levelIsTold,
  on,
  start,
  wasAskedFor,
} from './guards.js';
import { namedAt } from './people.js';
import type { escalation } from './words.js';

type Scene = SceneOf<typeof escalation>;
type Asked = { readonly reason: string; readonly askedBy?: string | undefined };

/** Not yet mitigated: it climbs. */
export const working = [
  'raised',
  'acknowledged',
  'owned',
  'inProgress',
  'awaitingEndUser',
  'awaitingDelivery',
] as const;
export const open = [...working, 'mitigated', 'resolved'] as const;

/** A level is to accept unless it is the first: that one acknowledges. */
const toAccept = ({ data }: Scene): readonly string[] => (data.level === 'L0' ? [] : [data.level]);

export const rulesOfClimb = [
  start({
    to: 'raised',
    event: 'raised',
    guards: [contractServes, caseIsKnown, ageStillCounts, askerIsKnown, isFirst],
    init: (scene) => {
      const { look, payload, policy, calendars, directory, at, actor } = scene;
      const facts = payload.caseId === undefined ? null : look.case;
      const { calendarId } = look.contract;
      const calendar = calendars[calendarId];
      if (!calendar) throw new Error(`Calendar ${calendarId} is not loaded.`);
      const ageing = {
        priority: facts ? agreedPriority(facts) : null,
        openedAt: Math.min(facts?.openedAt ?? at, at),
        changes: facts ? [...agreedChanges(facts.priorityHistory)] : [],
        pauses: [],
      };
      // It starts at the level that the age of its case has earned (service spec §3a).
      const level = earnedLevel(ageing, policy.escalation, calendar, at);
      const asker = payload.askedBy ?? actor;
      return {
        ...ageing,
        contractId: look.contract.contractId,
        contractNumber: look.contract.number,
        calendarId,
        category: payload.category,
        source: actor === null ? payload.source : 'asked',
        reason: payload.reason,
        caseId: payload.caseId ?? null,
        about: facts?.number ?? payload.matter?.reference ?? '',
        text: payload.matter?.text ?? null,
        follows: payload.follows ?? null,
        askers: asker === null ? [] : [asked(asker, actor, at, payload.reason)],
        raisedAt: at,
        seenChanges: facts?.priorityHistory.length ?? 0,
        caseClosedAt: facts?.closed ? at : null,
        seenRestoredAt: facts?.restoredAt ?? null,
        level,
        toldLevel: level,
        alsoTold: level,
        levels: [reachedNow({ look, directory, calendars, at }, level)],
        acknowledged: null,
        leadId: null,
        plan: null,
        updates: 0,
        lastUpdate: null,
        dependencies: [],
        mitigation: null,
        standDown: null,
        stoppedAt: null,
        resolution: null,
        silentSince: null,
        closed: null,
        declined: null,
        appeals: 0,
        reopened: 0,
        report: { askedAt: null, deliveredAt: null, reference: null },
        satisfaction: null,
        withdrawnBecause: null,
      };
    },
    clocks: { acknowledge: 'start', ...ladderClocks, accept: { start: toAccept } },
    tell: { level: 'raised', manager: 'managerInformed', endUserLevel: 'endUserInformed' },
  }),
  on.join({
    from: open,
    event: 'joined',
    guards: [askerIsKnown, asksNew],
    set: { askers: joined },
    tell: { owner: 'joined' },
  }),

  on.acknowledge({
    from: 'raised',
    to: 'acknowledged',
    event: 'acknowledged',
    set: {
      acknowledged: ({ actor, at }) => ({ by: actor ?? '', at }),
      levels: (scene) => {
        const level = acceptsAt(scene);
        return level === null ? scene.data.levels : accepted(scene, level, scene.actor ?? '');
      },
    },
    clocks: { acknowledge: 'meet', plan: 'start', accept: acceptedNow() },
  }),
  due.acknowledge.due({
    from: 'raised',
    event: 'acknowledgementMissed',
    set: {
      alsoTold: (scene) => aboveOf(scene, scene.data.level),
      toldLevel: (scene) => higherOf(aboveOf(scene, scene.data.level), scene.data.toldLevel),
    },
    tell: { alsoTold: 'acknowledgementMissed', managerByMail: 'managerInformed' },
  }),
  // Whoever was told last is told again (service spec §3a "Nothing sleeps").
  due.acknowledge.again({
    from: 'raised',
    event: 'acknowledgementChased',
    tell: { alsoTold: 'acknowledgementMissed' },
  }),

  on.decline({
    from: ['raised', 'acknowledged'],
    to: 'declined',
    event: 'declined',
    guards: [wasAskedFor],
    set: {
      declined: ({ payload, data, actor, at }) => ({
        by: actor ?? '',
        at,
        reason: payload.reason,
        level: data.level,
      }),
    },
    clocks: { appeal: 'start' },
    tell: { askers: 'declined', manager: 'managerInformed' },
  }),
  // Of a case nobody told it while it was declined: it is read anew.
  on.appeal({
    from: 'declined',
    to: 'raised',
    event: 'appealed',
    guards: [hasHigherLevel, appealIsOpen, isOnly],
    set: {
      ...caseFields,
      ...asCaseStands,
      level: (scene) => aboveNow(scene),
      toldLevel: (scene) => higherOf(aboveNow(scene), scene.data.toldLevel),
      alsoTold: (scene) => aboveNow(scene),
      levels: (scene) => withLevel(scene, aboveNow(scene)),
      acknowledged: null,
      declined: null,
      appeals: ({ data }) => data.appeals + 1,
    },
    clocks: { appeal: 'cancel', acknowledge: 'start', ...ladderClocks, accept: { start: toAccept } },
    tell: { level: 'appealed', endUserLevel: 'endUserInformed' },
  }),
  due.appeal.over({ from: 'declined', event: 'appealOver' }),

  ...climbed.map((level) =>
    due.level[level]({
      from: working,
      event: 'levelReached',
      set: {
        level,
        toldLevel: ({ data }) => higherOf(level, data.toldLevel),
        levels: (scene) => withLevel(scene, level),
      },
      clocks: { accept: { start: () => [level] }, top: ladderClocks.top },
      tell: {
        level: 'levelReached',
        ...(level === 'L1' ? ({ managerByMail: 'managerInformed' } as const) : {}),
        endUserLevel: 'endUserInformed',
      },
    }),
  ),
  due.top.again({ from: working, event: 'topTold', tell: { level: 'topAgain' } }),

  on.accept({
    from: working,
    event: 'levelAccepted',
    guards: [levelIsTold, levelIsOpen, isNamedAtLevel],
    set: { levels: (scene) => accepted(scene, scene.payload.level, scene.actor ?? '') },
    clocks: {
      accept: { meet: ({ payload }) => [payload.level], cancel: ({ payload }) => levelsBelow(payload.level) },
    },
  }),
  due.accept.due({
    from: working,
    event: 'levelSilent',
    set: {
      toldLevel: (scene) => higherOf(aboveOf(scene, scene.key as Level), scene.data.toldLevel),
    },
    tell: { levelAbove: 'levelSilent' },
  }),
  due.accept.again({ from: working, event: 'levelChased', tell: { levelAbove: 'levelSilent' } }),
];

function asked(
  personId: string,
  enteredBy: string | null,
  at: number,
  reason: string,
): Data['askers'][number] {
  return { personId, enteredBy: enteredBy ?? personId, at, reason };
}

function joined({ data, payload, actor, at }: Columns & With<Asked>): Data['askers'] {
  return [...data.askers, asked(payload.askedBy ?? actor ?? '', actor, at, payload.reason)];
}

/** The highest level that is still to accept and that names whoever acts: who acknowledges there has accepted it. */
function acceptsAt(scene: Scene): Level | null {
  const { data, actor } = scene;
  const levels = data.levels.filter(
    ({ level, accepted: by }) =>
      level !== 'L0' && by === null && actor !== null && namedAt(scene, level).includes(actor),
  );
  return levels.at(-1)?.level ?? null;
}

function acceptedNow() {
  // After the step: the level that this acknowledgement has accepted.
  const level = ({ data, at }: Scene) => data.levels.find((one) => one.accepted?.at === at)?.level ?? null;
  return {
    meet: (scene: Scene) => [level(scene) ?? []].flat(),
    cancel: (scene: Scene) => [level(scene) ?? []].flat().flatMap(levelsBelow),
  };
}
