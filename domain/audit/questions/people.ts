/** What is asked about people in every process: owners, four eyes, who read the audit (service spec §7 Q3, Q7, Q8). */
import {
  eventsOf,
  ofKind,
  ownName,
  payloadText,
  type Past,
  type PastProcess,
  type RecordedEvent,
} from './recordings.js';
import { instant, person, question, text, yesNo } from './question.js';

export const withoutOwner = question({
  name: 'without-owner',
  text: 'Which open process had no owner who was there?',
  source: '§7 Q7, §3 R6',
  mustBeEmpty: true,
  columns: {
    process: text('Process'),
    id: text('Id'),
    status: text('Status'),
    owner: person('Owner'),
    since: instant('Since'),
  },
  ask: (past) =>
    past.processes
      .filter(({ closed, ownerId }) => !closed && !isThere(past, ownerId))
      .map(({ title, id, status, ownerId, last }) => ({
        cells: { process: title, id, status, owner: ownerId, since: last.record.at },
        proof: [last],
      })),
});

function isThere({ directory }: Past, ownerId: string | null): boolean {
  if (ownerId === null || ownerId === '') return false;
  return directory === null || directory.people[ownerId]?.active === true;
}

/** Steps that somebody else must take than whoever asked for them. */
interface FourEyes {
  readonly slugs: readonly string[];
  readonly what: string;
  /** `start`: whoever began the process. */
  readonly asked: readonly string[] | 'start';
  readonly approved: readonly string[];
  /** The field that names what both are about. */
  readonly by?: string;
  /** Everybody who asked since then counts; without it whoever asked last does. */
  readonly since?: readonly string[];
}

const FOUR_EYES: readonly FourEyes[] = [
  {
    slugs: ['onboarding'],
    what: 'waiver',
    asked: ['waiverAsked'],
    approved: ['waiverApproved', 'waiverRefused'],
    by: 'item',
  },
  { slugs: ['document'], what: 'release', asked: ['picked'], approved: ['released'] },
  {
    slugs: ['document'],
    what: 'not applicable',
    asked: ['declaredNotApplicable'],
    approved: ['signedNotApplicable'],
  },
  {
    slugs: ['contactMatrix'],
    what: 'contact matrix',
    asked: ['imported', 'joinerReported'],
    approved: ['sideAgreed', 'agreed', 'cameIntoForce'],
    since: ['cameIntoForce', 'discarded'],
  },
  {
    slugs: ['remoteAccess'],
    what: 'agreement',
    asked: ['drafted'],
    approved: ['reviewPassed', 'counterSigned'],
  },
  { slugs: ['supportCase'], what: 'override', asked: 'start', approved: ['overridden'] },
];

export const ownApprovals = question({
  name: 'own-approvals',
  text: 'Which waiver, release or other request was decided by the person who had asked for it?',
  source: '§7 Q3, §4.2',
  mustBeEmpty: true,
  columns: {
    process: text('Process'),
    what: text('What'),
    asked: person('Asked by'),
    decided: person('Decided by'),
    decidedAt: instant('Decided'),
  },
  ask: (past) =>
    FOUR_EYES.flatMap((rule) =>
      ofKind(past, ...rule.slugs).flatMap((process) =>
        eventsOf(past, process, ...rule.approved)
          // What a clock does nobody decides.
          .filter(({ record }) => record.actor !== null)
          .flatMap((decided) => {
            const asked = askedFor(past, process, rule, decided);
            const own = asked.find((one) => samePerson(one, decided));
            if (asked.length > 0 && !own) return [];
            const about = rule.by === undefined ? null : payloadText(decided, rule.by);
            return [
              {
                cells: {
                  process: process.title,
                  what: about === null ? rule.what : `${rule.what}: ${about}`,
                  asked: own?.record.actor ?? null,
                  decided: decided.record.actor,
                  decidedAt: decided.record.at,
                },
                proof: own ? [own, decided] : [decided],
              },
            ];
          }),
      ),
    ),
});

function askedFor(
  past: Past,
  process: PastProcess,
  { asked, by, since }: FourEyes,
  decided: RecordedEvent,
): readonly RecordedEvent[] {
  if (asked === 'start') return [process.started];
  const earlier = (names: readonly string[]) =>
    eventsOf(past, process, ...names).filter(({ number }) => number < decided.number);
  const all = earlier(asked).filter(
    (one) => by === undefined || payloadText(one, by) === payloadText(decided, by),
  );
  if (since === undefined) return all.slice(-1);
  const from = earlier(since).at(-1)?.number ?? 0;
  return all.filter(({ number }) => number > from);
}

function samePerson(one: RecordedEvent, other: RecordedEvent): boolean {
  const people = ({ record }: RecordedEvent) => [record.actor, record.onBehalfOf].filter((id) => id !== null);
  return people(one).some((id) => people(other).includes(id));
}

export const accesses = question({
  name: 'accesses',
  text: 'Who read the audit of this End User, or took something of it away?',
  source: '§7 Q8, §3 R11',
  columns: {
    at: instant('When'),
    who: person('Who'),
    what: text('What'),
    process: text('Process'),
    taken: yesNo('Taken away'),
  },
  ask: (past) =>
    past.accesses.map((access) => ({
      cells: {
        at: access.at,
        who: access.person,
        what: access.trigger,
        process: access.processId,
        taken: ownName(access.code).startsWith('exported'),
      },
      proof: [access],
    })),
});
