/** The conditions of the rows of an escalation, named after its refusals. */
import { addDuration } from '../time/business.js';
import type { CalendarVersion } from '../time/calendar.js';
import type { Level } from '../contact-matrix/matrix.js';
import { rulesFor, type SceneOf } from '../kernel/rules.js';
import { earnedLevel, targetsFor } from './climb.js';
import { isUrgent } from '../priority.js';
import { aboveNow, consentOf, fromCase, lastDependency, type Consented } from './columns.js';
import { agreedPriority } from './facts.js';
import { authorisedOf, namedAt, serviceManager } from './people.js';
import { escalation, updatePriority } from './words.js';

export const { start, on, hear, due, check, guard } = rulesFor(escalation);
type Scene = SceneOf<typeof escalation>;

export const contractServes = check<{ caseId?: string | undefined }>('contractNotActive', ({ look }) => {
  const { status } = look.contract;
  if (['active', 'expiring'].includes(status)) return true;
  // A P1 call is never refused on the spot, and open P1 and P2 run to the end (service spec §3 R1, R10).
  return look.case !== null && isUrgent(agreedPriority(look.case)) && status !== 'draft';
});
export const caseIsKnown = check<{ caseId?: string | undefined; contractId: string }>(
  'unknownCase',
  ({ payload, look }) => payload.caseId === undefined || look.case?.contractId === payload.contractId,
);
/** What a case starts by its age may be carried out late. */
export const ageStillCounts = check<{ source: string }>(
  'caseRestored',
  ({ payload, look, actor }) =>
    actor !== null || payload.source !== 'age' || look.case === null || look.case.restoredAt === null,
);
export const isFirst = check<unknown>(
  'alreadyOpen',
  ({ look }) => look.sameMatter === null,
  ({ look }) => [{ path: 'caseId', problem: `it is escalated in ${look.sameMatter ?? ''}; join that one` }],
);
/** While it was closed or declined, another one may have been opened. */
export const isOnly = guard('alreadyOpen', ({ look }) => look.sameMatter === null);
export const askerIsKnown = check<{ askedBy?: string | undefined }>('unknownPerson', (scene) =>
  [scene.actor, scene.payload.askedBy].every((one) => one == null || mayAsk(scene, one)),
);
export const asksNew = check<{ askedBy?: string | undefined }>('asksAlready', ({ payload, data, actor }) =>
  data.askers.every(({ personId }) => personId !== (payload.askedBy ?? actor)),
);
export const wasAskedFor = guard('cameByItself', (scene) => !cameByAge(scene));
export const levelIsTold = check<{ level: Level }>(
  'levelNotReached',
  ({ payload, data }) => data.levels.some((one) => one.level === payload.level) && payload.level !== 'L0',
);
export const levelIsOpen = check<{ level: Level }>('levelAccepted', ({ payload, data }) =>
  data.levels.every((one) => one.level !== payload.level || one.accepted === null),
);
export const isNamedAtLevel = check<{ level: Level }>(
  'notNamedAtLevel',
  (scene) => scene.actor !== null && namedAt(scene, scene.payload.level).includes(scene.actor),
);
export const hasHigherLevel = guard('noHigherLevel', (scene) => aboveNow(scene) !== scene.data.level);
export const appealIsOpen = guard('appealOver', (scene) =>
  isWithin(scene, scene.data.declined?.at, scene.policy.escalation.appeal),
);
export const ownerIsStaff = check<{ ownerId: string }>('unknownPerson', ({ payload, directory }) => {
  const person = directory.people[payload.ownerId];
  return person?.active === true && person.side === 'provider';
});
export const updateIsSoon = check<{ nextUpdateAt: string }>('updateTooLate', (scene) => {
  const { payload, data, policy, at } = scene;
  const next = Date.parse(payload.nextUpdateAt);
  const { update } = targetsFor(policy.escalation, updatePriority(data));
  return next > at && next <= addDuration(at, update, calendarOf(scene)).dueMs;
});
export const isConsented = check<Consented>('noConsent', (scene) => consentOf(scene, scene.payload) !== null);
/** P1 and P2 stand still by consent only (service spec §3 R3). */
export const pauseIsAllowed = check<Consented & { pause: boolean }>('noConsent', (scene) => {
  const { payload, data } = scene;
  return !payload.pause || !isUrgent(data.priority) || consentOf(scene, payload) !== null;
});
export const managerDecides = check<{ pause: boolean }>('smDecides', (scene) => {
  const { payload, data, look, actor } = scene;
  if (!payload.pause || lastDependency(data)?.outcome !== 'limit') return true;
  return actor !== null && [...serviceManager(scene), look.contract.smManagerId].includes(actor);
});
export const isNotStoodDown = guard('stoodDown', ({ data }) => data.standDown === null);
export const isStopped = guard('climbsStill', ({ data }) => data.stoppedAt !== null);
export const wasSilent = guard('stillAsked', ({ data }) => data.silentSince !== null);
export const reopeningIsOpen = guard('reopeningOver', (scene) =>
  isWithin(scene, scene.data.closed?.at, scene.policy.escalation.reopen),
);
export const reportIsNew = guard(
  'reportOwed',
  ({ data }) => !owesReport(data) && data.report.deliveredAt === null,
);
export const reportIsOwed = guard(
  'noReportOwed',
  ({ data }) => owesReport(data) && data.report.deliveredAt === null,
);
export const isUnrated = guard('rated', ({ data }) => data.satisfaction === null);

/** Of every P1, even if it was lowered later, and of the others on request (service spec §4.3). */
export function owesReport({ priority, changes, report }: Scene['data']): boolean {
  const wasP1 = priority === 'P1' || changes.some(({ from, to }) => from === 'P1' || to === 'P1');
  return wasP1 || report.askedAt !== null;
}

/**
 * By itself, or its case has by now the age at which it climbs by itself: that starts no second escalation, so nobody can
 * take this one back without the consent of the End User (service spec §4.3).
 */
export function cameByAge(scene: Scene): boolean {
  const { data, look, policy, at } = scene;
  if (data.source !== 'asked') return true;
  if (data.caseId === null) return false;
  const { priority, changes } = fromCase(scene);
  const age = { priority, changes, openedAt: data.openedAt, pauses: [] };
  return earnedLevel(age, policy.escalation, calendarOf(scene), look.case?.restoredAt ?? at) !== 'L0';
}

function mayAsk(scene: Scene, personId: string): boolean {
  const person = scene.directory.people[personId];
  if (person?.active !== true) return false;
  return person.side === 'provider' || authorisedOf(scene).includes(personId);
}

/** Not later than so long after an instant; the very instant still counts. */
function isWithin(scene: Scene, from: number | undefined, of: Parameters<typeof addDuration>[1]): boolean {
  return from !== undefined && scene.at <= addDuration(from, of, calendarOf(scene)).dueMs;
}

function calendarOf({ calendars, data }: Scene): CalendarVersion {
  const calendar = calendars[data.calendarId];
  if (!calendar) throw new Error(`Calendar ${data.calendarId} is not loaded.`);
  return calendar;
}
