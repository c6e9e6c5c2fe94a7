/** What is asked about remote access and its sessions (service spec §4.4). */
import { z } from 'zod';
import {
  eventsOf,
  inTime,
  ofKind,
  operationsOn,
  type Past,
  type PastClock,
  type PastProcess,
  type RecordedEvent,
} from './recordings.js';
import { instant, number, person, question, text, yesNo } from './question.js';

const session = z.object({
  caseNumber: z.string().default(''),
  engineerId: z.string().nullish(),
  approverId: z.string().nullish(),
  consent: z.string().default('given'),
  agreement: z.object({ processId: z.string(), version: z.number() }).nullish(),
  plannedEndAt: z.number().nullish(),
  endedAt: z.number().nullish(),
});
type Session = z.infer<typeof session> & { readonly process: PastProcess };

/** The End User leads and nobody comes in: no agreement is needed. */
const LED = 'endUserLed';
/** Sessions need no consent of their own: the agreement says so. */
const STANDING = 'standing';

export const sessions = question({
  name: 'sessions',
  text: 'Which sessions were held, by whom, with whose consent, under which agreement, until when?',
  source: '§4.4, §7 Q11',
  columns: {
    case: text('Case'),
    engineer: person('Engineer'),
    approver: person('Approver'),
    consent: text('Consent'),
    agreement: number('Agreement'),
    startedAt: instant('Started'),
    endedAt: instant('Ended'),
  },
  ask: (past) =>
    sessionsOf(past).map(({ process, ...data }) => ({
      cells: {
        case: data.caseNumber,
        engineer: data.engineerId ?? null,
        approver: data.approverId ?? null,
        consent: data.consent,
        agreement: data.agreement?.version ?? null,
        startedAt: process.started.record.at,
        endedAt: data.endedAt ?? null,
      },
      proof: [process.started, ...eventsOf(past, process, 'ended')],
    })),
});

export const sessionsWithoutAgreement = question({
  name: 'sessions-without-agreement',
  text: 'Which session of the Provider began without a live agreement?',
  source: '§4.4, §7 Q11',
  mustBeEmpty: true,
  columns: {
    case: text('Case'),
    engineer: person('Engineer'),
    startedAt: instant('Started'),
    agreement: number('Agreement'),
    why: text('Why'),
  },
  ask: (past) =>
    sessionsOf(past).flatMap(({ process, caseNumber, engineerId, consent, agreement }) => {
      const { started } = process;
      const state = agreement && agreementAt(past, agreement.processId, started);
      if (consent === LED || state?.live) return [];
      const last = state?.last ? [state.last] : [];
      return [
        {
          cells: {
            case: caseNumber,
            engineer: engineerId ?? null,
            startedAt: started.record.at,
            agreement: agreement?.version ?? null,
            why: state ? (state.last?.record.event ?? 'never in force') : 'none is named',
          },
          proof: [started, ...last],
        },
      ];
    }),
});

export const sessionsWithoutApprover = question({
  name: 'sessions-without-approver',
  text: 'Which session had neither an approver of its own nor the standing consent of the agreement?',
  source: '§4.4, §7 Q11',
  mustBeEmpty: true,
  columns: { case: text('Case'), engineer: person('Engineer'), startedAt: instant('Started') },
  ask: (past) =>
    sessionsOf(past)
      .filter(({ approverId, consent }) => approverId == null && consent !== STANDING)
      .map(({ process: { started }, caseNumber, engineerId }) => ({
        cells: { case: caseNumber, engineer: engineerId ?? null, startedAt: started.record.at },
        proof: [started],
      })),
});

export const sessionsNotEnded = question({
  name: 'sessions-not-ended',
  text: 'Which session was past its planned end and had not been ended?',
  source: '§4.4',
  mustBeEmpty: true,
  columns: {
    case: text('Case'),
    engineer: person('Engineer'),
    status: text('Status'),
    startedAt: instant('Started'),
    plannedEndAt: instant('Planned end'),
  },
  ask: (past) =>
    sessionsOf(past)
      .filter(({ endedAt, plannedEndAt }) => endedAt == null && (plannedEndAt ?? past.at) < past.at)
      .map(({ process, caseNumber, engineerId, plannedEndAt }) => ({
        cells: {
          case: caseNumber,
          engineer: engineerId ?? null,
          status: process.status,
          startedAt: process.started.record.at,
          plannedEndAt: plannedEndAt ?? null,
        },
        proof: [process.started, process.last],
      })),
});

export const revocations = question({
  name: 'revocations',
  text: 'How long did it take until revoked access was removed, against its deadline?',
  source: '§4.4',
  columns: {
    what: text('What'),
    revokedAt: instant('Revoked'),
    removedAt: instant('Removed'),
    minutes: number('Minutes'),
    dueAt: instant('Due'),
    inTime: yesNo('In time'),
  },
  ask: (past) =>
    ofKind(past, 'remoteAccess').flatMap(({ id }) =>
      past.clocks
        .filter(({ processId, name }) => processId === id && ['removal', 'leaver'].includes(name))
        .map((clock) => {
          const revokedAt = clock.started.record.at;
          const removed = metBy(past, clock);
          const removedAt = removed?.record.at ?? null;
          return {
            cells: {
              what: clock.name === 'removal' ? 'agreement' : clock.key,
              revokedAt,
              removedAt,
              minutes: removedAt === null ? null : Math.round((removedAt - revokedAt) / 60_000),
              dueAt: clock.dueAt,
              inTime: inTime(past, removedAt, clock.dueAt),
            },
            proof: removed ? [clock.started, removed] : [clock.started],
          };
        }),
    ),
});

const agreement = z.object({
  inForce: z.object({ version: z.number(), engineers: z.array(z.string()) }).nullish(),
});

export const leaversWithAccess = question({
  name: 'leavers-with-access',
  text: 'Which engineer of an agreement in force had left?',
  source: '§4.4, §4.5',
  mustBeEmpty: true,
  columns: { engineer: person('Engineer'), agreement: number('Agreement') },
  ask: (past) =>
    ofKind(past, 'remoteAccess').flatMap(({ data, last }) => {
      const { inForce } = agreement.parse(data);
      return (inForce?.engineers ?? [])
        .filter((id) => past.directory !== null && past.directory.people[id]?.active !== true)
        .map((engineer) => ({ cells: { engineer, agreement: inForce?.version ?? null }, proof: [last] }));
    }),
});

function sessionsOf(past: Past): Session[] {
  return ofKind(past, 'accessSession').map((process) => ({ ...session.parse(process.data), process }));
}

const BEGINS = ['activated', 'extended'];
const ENDS = ['expired', 'extensionEnded', 'revoked', 'ended'];

/** Whether an agreement was in force when a session began: by its own events, not by what the session says. */
function agreementAt(past: Past, processId: string, started: RecordedEvent) {
  const process = past.processes.find(({ id }) => id === processId);
  if (!process) return { live: false, last: undefined };
  const last = eventsOf(past, process, ...BEGINS, ...ENDS).findLast(({ number }) => number < started.number);
  const begins = eventsOf(past, process, ...BEGINS);
  return { live: last !== undefined && begins.includes(last), last };
}

function metBy(past: Past, clock: PastClock): RecordedEvent | undefined {
  return operationsOn(past.events, clock).find(({ operation }) => operation.op === 'met')?.event;
}
