/** What is asked about cases: their entitlement, their escalations, how they were closed, the guide of who called (service spec §3 R1, §4.1, §4.3, §7 Q6). */
import { escalationData } from '../../escalation/data.js';
import { isUrgent, type Priority } from '../../priority.js';
import { supportCaseData, type CaseData } from '../../support-case/data.js';
import {
  eventsOf,
  ofKind,
  ownName,
  payloadText,
  type Past,
  type PastProcess,
  type RecordedEvent,
} from './recordings.js';
import { instant, number, person, question, text, yesNo } from './question.js';

const DAY_MS = 86_400_000;

export interface PastCase {
  readonly process: PastProcess;
  readonly data: CaseData;
  /** The priority that it was opened with. */
  readonly openedAs: Priority;
}

/** Those whose contents are still there, in the order in which they were opened. */
export function casesOf(past: Past): PastCase[] {
  return ofKind(past, 'supportCase').flatMap((process) => {
    const read = supportCaseData.safeParse(process.data);
    if (!read.success) return [];
    const { data } = read;
    return [{ process, data, openedAs: data.priorityChanges[0]?.from ?? data.priority }];
  });
}

export const entitlements = question({
  name: 'entitlements',
  text: 'With which verdict was each case served, and who overrode it until when?',
  source: '§3 R1, §4.16',
  columns: {
    case: text('Case'),
    verdict: text('Verdict'),
    reason: text('Reason'),
    openedBy: person('Opened by'),
    overriddenBy: person('Overridden by'),
    because: text('Because'),
    until: instant('Until'),
  },
  ask: (past) =>
    casesOf(past).map(({ process, data: { number: name, entitlement, openedBy, override } }) => ({
      cells: {
        case: name,
        verdict: `${entitlement.verdict}, rule ${String(entitlement.rule)}`,
        reason: entitlement.reason,
        openedBy,
        overriddenBy: override?.by ?? null,
        because: override?.reason ?? null,
        until: override?.expiresAt ?? null,
      },
      proof: [
        process.started,
        ...eventsOf(
          past,
          process,
          'entitlementConfirmed',
          'entitlementRefused',
          'callerVerified',
          'overridden',
          'overrideExpired',
        ),
      ],
    })),
});

export const provisionalTooLong = question({
  name: 'provisional-too-long',
  text: 'Which case was still provisional after the time to settle its entitlement?',
  source: '§3 R1',
  mustBeEmpty: true,
  columns: { case: text('Case'), reason: text('Reason'), since: instant('Since'), dueAt: instant('Due') },
  ask: (past) =>
    casesOf(past).flatMap(({ process, data }) => {
      const last = past.clocks.findLast(
        ({ processId, name }) => processId === process.id && name === 'settle',
      );
      // The verdict counts beside the clock: a case that has ended without one is as unsettled. A test call has none.
      const unsettled = last?.endedAt === null || (data.entitlement.verdict === 'provisional' && !data.test);
      if (!last || !unsettled || last.dueAt === null || last.dueAt >= past.at) return [];
      const { started, dueAt } = last;
      return [
        {
          cells: { case: data.number, reason: data.entitlement.reason, since: started.record.at, dueAt },
          proof: [started, process.last],
        },
      ];
    }),
});

export const caseEscalations = question({
  name: 'case-escalations',
  text: 'Which case was escalated, by which version of the contact matrix, and how old was that then?',
  source: '§4.2, §4.3',
  columns: {
    case: text('Case'),
    priority: text('Priority'),
    level: text('Level'),
    reachedAt: instant('Reached'),
    matrix: number('Matrix version'),
    days: number('Its age in days'),
    accepted: person('Accepted by'),
  },
  ask: (past) => {
    const versions = matrixVersions(past);
    return ofKind(past, 'escalation').flatMap((process) => {
      const read = escalationData.safeParse(process.data);
      if (!read.success || read.data.caseId === null) return [];
      const { about, priority, levels } = read.data;
      return levels.map(({ level, at, matrixVersion, accepted }) => {
        const began = versions.findLast(({ record }) => record.at <= at);
        const step = past.events.find(({ record }) => record.processId === process.id && record.at === at);
        return {
          cells: {
            case: about,
            priority,
            level,
            reachedAt: at,
            matrix: matrixVersion,
            days: matrixVersion === null || !began ? null : Math.floor((at - began.record.at) / DAY_MS),
            accepted: accepted?.by ?? null,
          },
          proof: [...(matrixVersion !== null && began ? [began] : []), step ?? process.started],
        };
      });
    });
  },
});

/** What has to be among the events of a closed P1 or P2 since it was last opened, for each way to its end. */
const shownBy: Readonly<Record<string, readonly string[]>> = {
  closed: ['resolved', 'resolvedOutside', 'closedOutside'],
  // Silence alone does not close it: it lasted, and then somebody gave his reason (service spec §3a).
  closedWithReason: ['endUserSilent'],
};
/** These need nothing before them. */
const endsByItself = ['testPassed', 'abandoned', 'refused'];

export const closuresUnproven = question({
  name: 'closures-unproven',
  text: 'Which closed P1 or P2 cannot be shown by its events to be solved and closed by consent?',
  source: '§7 Q6, §3a',
  mustBeEmpty: true,
  columns: { case: text('Case'), closedAt: instant('Closed'), event: text('By'), actor: person('Who') },
  ask: (past) =>
    closedUrgent(past)
      .filter(({ isProven }) => !isProven)
      .map(({ name, end, proof }) => ({
        cells: {
          case: name,
          closedAt: end.record.at,
          event: ownName(end.record.event),
          actor: end.record.actor,
        },
        proof,
      })),
});

export const closures = question({
  name: 'closures',
  text: 'Which P1 and P2 were closed, by whom, and when had they been restored?',
  source: '§7 Q6, §4.16',
  columns: {
    case: text('Case'),
    priority: text('Priority'),
    restoredAt: instant('Restored'),
    closedAt: instant('Closed'),
    how: text('How'),
    by: person('By'),
    proven: yesNo('Proven'),
  },
  ask: (past) =>
    closedUrgent(past).map(({ name, data, end, isProven, proof }) => ({
      cells: {
        case: name,
        priority: data.priority,
        restoredAt: data.restoredAt,
        closedAt: end.record.at,
        how: data.closure?.how ?? ownName(end.record.event),
        by: data.closure?.by ?? end.record.actor,
        proven: isProven,
      },
      proof,
    })),
});

export const guideAtFirstP1 = question({
  name: 'guide-at-first-call',
  text: 'Had each caller the version of the User Guide in force when he opened his first P1?',
  source: '§4.1',
  columns: {
    caller: person('Caller'),
    case: text('Case'),
    openedAt: instant('Opened'),
    inForceSince: instant('In force since'),
    deliveredAt: instant('Delivered'),
    had: yesNo('Had it'),
  },
  ask: (past) => {
    const seen = new Set<string>();
    return casesOf(past).flatMap(({ process, data, openedAs }) => {
      const caller = data.caller.personId;
      if (openedAs !== 'P1' || data.test || caller === null || seen.has(caller)) return [];
      seen.add(caller);
      const guide = guideAt(past, data.openedAt, caller);
      return [
        {
          cells: {
            caller,
            case: data.number,
            openedAt: data.openedAt,
            inForceSince: guide?.since.record.at ?? null,
            deliveredAt: guide?.received?.record.at ?? null,
            had: guide?.received !== undefined,
          },
          proof: [
            process.started,
            ...(guide ? [guide.since] : []),
            ...(guide?.received && guide.received !== guide.since ? [guide.received] : []),
          ],
        },
      ];
    });
  },
});

/** The steps that made a version of the matrix, oldest first. */
function matrixVersions(past: Past): RecordedEvent[] {
  return ofKind(past, 'contactMatrix').flatMap((process) =>
    eventsOf(past, process, 'cameIntoForce', 'leaverRemoved'),
  );
}

function closedUrgent(past: Past) {
  return casesOf(past).flatMap(({ process, data }) => {
    const own = past.events.filter(({ record }) => record.processId === process.id && record.to !== null);
    const end = own.findLast(({ record }) => record.from !== record.to);
    if (!process.closed || !end || !isUrgent(data.priority)) return [];
    const opened = own.findLast(({ record }) =>
      ['notSolved', 'reopened', 'openAgainOutside'].includes(ownName(record.event)),
    );
    const since = own.filter(({ number: no }) => no > (opened?.number ?? -1));
    const name = ownName(end.record.event);
    const shown = since.findLast(({ record }) => shownBy[name]?.includes(ownName(record.event)));
    const isProven = endsByItself.includes(name) || (shown !== undefined && end.record.actor !== null);
    return [
      { name: data.number, data, end, isProven, proof: [process.started, ...(shown ? [shown] : []), end] },
    ];
  });
}

/**
 * The version of the guide that was in force at an instant, since somebody first received it, and the step by which the
 * caller received it; one of before Care Plus came with the start.
 */
function guideAt(past: Past, at: number, caller: string) {
  const guides = ofKind(past, 'document').filter(({ data }) => data['kind'] === 'userGuide');
  const found = guides.flatMap((process) => {
    const steps = eventsOf(
      past,
      process,
      'adopted',
      'released',
      'delivered',
      'messageDelivered',
      'acknowledged',
    );
    const until = steps.filter(({ record }) => record.at <= at);
    const versions = until.filter(({ record }) => ['adopted', 'released'].includes(ownName(record.event)));
    return versions.flatMap((version) => {
      const next = versions.find(({ number: no }) => no > version.number)?.number ?? Infinity;
      const received = until.filter(({ number: no }) => no > version.number && no < next);
      const isAdopted = ownName(version.record.event) === 'adopted';
      const since = isAdopted ? version : received[0];
      if (!since) return [];
      const own = received.find(
        (one) => payloadText(one, 'recipient') === caller || one.record.actor === caller,
      );
      const before = isAdopted && heldBefore(process, caller) ? version : undefined;
      return [{ since, received: own ?? before }];
    });
  });
  return found.sort((one, other) => one.since.record.at - other.since.record.at).at(-1);
}

function heldBefore({ data }: PastProcess, caller: string): boolean {
  const recipients = data['recipients'] as Readonly<Record<string, { held?: number | null }>> | undefined;
  return recipients?.[caller]?.held != null;
}
