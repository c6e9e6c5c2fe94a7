/** Fire drills: the ladder of the desk and the levels of the matrix are paged, and who answers is written down (service spec §4.16, §4.3). */
import { z } from 'zod';
import { matrixFacts } from '../contact-matrix/facts.js';
import { levels } from '../contact-matrix/matrix.js';
import { contractFacts, contractRoles } from '../contract/facts.js';
import { endUserAt, managerOutOfHours, peopleAt } from '../escalation/people.js';
import { notePayload, pageAcknowledgedPayload } from '../kernel/common.js';
import { activeOnly } from '../kernel/directory.js';
import { words } from '../kernel/words.js';
import { dutyFacts } from '../support-case/facts.js';
import { ladderMarks, onDutyRoles } from '../support-case/on-duty.js';
import { seniorDeskPolicy } from '../support-case/policy.js';
import { drillPolicy } from './policy.js';

const instant = z.number().int();
const level = z.enum(levels);
const answer = z.strictObject({ by: z.string(), at: instant });

export const drillData = z.strictObject({
  contractId: z.string(),
  contractNumber: z.string(),
  calendarId: z.string(),
  startedAt: instant,
  startedBy: z.string().nullable(),
  /** Who acknowledged the page of the desk first; there the ladder of the desk ends, as in earnest. */
  desk: answer.nullable(),
  /** The highest level that was paged. */
  level,
  levels: z.array(
    z.strictObject({
      level,
      at: instant,
      /** Null: no matrix was in force. */
      matrixVersion: z.number().int().nullable(),
      people: z.array(z.string()),
      acknowledged: z.array(answer),
    }),
  ),
  ended: z
    .strictObject({
      at: instant,
      how: z.enum(['ended', 'timeUp', 'contractEnded']),
      by: z.string().nullable(),
    })
    .nullable(),
});
export type DrillData = z.infer<typeof drillData>;

/** Shown in every message: whatever its channel and its template, it says that this is a drill. */
const about = ({ data }: { readonly data: DrillData }) => ({ drill: true, contract: data.contractNumber });
const atLevel = (scene: { readonly data: DrillData }) => ({ ...about(scene), level: scene.data.level });

export const drill = words({
  slug: 'drill',
  prefix: 'drl',
  version: 1,
  title: 'Fire drill',
  summary:
    'The people of the Senior Desk and of the levels are paged as for a Priority 1, with every message marked as a drill; nothing is broken, and no figure of the service counts it.',
  source: 'service spec §4.16, §4.3',
  data: drillData,
  policy: z.object({ seniorDesk: seniorDeskPolicy, drill: drillPolicy }),
  lookups: {
    contract: { schema: contractFacts },
    /** The contact matrix in force now. */
    matrix: { schema: matrixFacts },
    duty: { schema: dutyFacts },
    /** Staff who are away. */
    away: { schema: z.array(z.string()) },
    /** A drill of the contract that runs already; asked at a start only. */
    running: { schema: z.string().nullable(), locked: true },
  },
  calendars: ({ data, directory }) => ({ main: data.calendarId, provider: directory.providerCalendarId }),
  statuses: {
    running: { label: 'Running', kind: 'open', waitsFor: 'provider' },
    ended: { label: 'Over', kind: 'closed' },
  },
  roles: {
    ...contractRoles,
    ...onDutyRoles,
    level: { label: 'Present level', who: (scene) => peopleAt(scene, scene.data.level) },
    managerByMail: {
      label: 'Service manager, outside his hours',
      who: (scene) => managerOutOfHours(scene),
    },
    endUserLevel: {
      label: 'End User contacts of the level',
      who: (scene) => endUserAt(scene, scene.data.level),
    },
    starter: { label: 'Who began it', who: ({ data, directory }) => activeOnly(directory, [data.startedBy]) },
  },
  owner: 'owner',
  notices: {
    begun: { label: 'A fire drill has begun', show: about },
    deskPage: {
      label: 'Fire drill: a call waits at the Senior Desk',
      urgent: true,
      page: true,
      pageWhile: () => 'desk',
      show: about,
    },
    deskSilent: { label: 'Fire drill: nobody at the desk has acknowledged yet', urgent: true, show: about },
    levelPage: {
      label: 'Fire drill: an escalation has reached your level',
      urgent: true,
      page: true,
      show: atLevel,
    },
    managerInformed: { label: 'Fire drill: an escalation of your customer', show: atLevel },
    endUserInformed: {
      label: 'Fire drill: you would hear of an escalation now; nothing is wrong',
      show: atLevel,
    },
    over: {
      label: 'A fire drill is over',
      show: (scene) => ({
        ...about(scene),
        desk: scene.data.desk ? { person: scene.data.desk.by } : 'nobody',
        silentLevels: scene.data.levels
          .filter(({ acknowledged }) => acknowledged.length === 0)
          .map((one) => one.level)
          .join(', '),
      }),
    },
  },
  clocks: {
    desk: {
      label: 'Page ladder of the desk',
      promise: false,
      calendar: 'main',
      steps: ['second', 'dutyManager', 'director', 'over'],
      marks: ({ policy }) => ({ ...ladderMarks(policy.seniorDesk), over: { of: policy.drill.end } }),
      // As in earnest: a late ladder does not fire in one second.
      catchUp: 'fromNow',
      policyPath: 'seniorDesk.page',
    },
    levels: {
      label: 'Levels',
      promise: false,
      calendar: 'main',
      steps: ['L1', 'L2', 'L3', 'L4'],
      marks: ({ policy }) =>
        Object.fromEntries(
          Object.entries(policy.drill.levels).map(([name, of]) => [name, of && { of }] as const),
        ),
      policyPath: 'drill.levels',
    },
    end: {
      label: 'End of the drill',
      promise: false,
      calendar: 'main',
      steps: ['over'],
      marks: ({ policy }) => ({ over: { of: policy.drill.end } }),
      policyPath: 'drill.end',
    },
  },
  start: {
    label: 'Start a fire drill',
    payload: z.strictObject({ contractId: z.string() }),
    grants: ['dutyManager', 'serviceManager', 'smManager', 'supportDirector'],
    example: { contractId: 'northwind-2026' },
  },
  commands: {
    end: { label: 'End the drill', by: ['starter', 'owner', 'smManager', 'dutyManager', 'director'] },
    note: {
      label: 'Add a contact note',
      by: ['starter', 'owner', 'smManager', 'dutyManager', 'director'],
      payload: notePayload,
      example: { text: 'The gateway was slow tonight.' },
    },
  },
  signals: {
    pageAcknowledged: { label: 'A page was acknowledged', payload: pageAcknowledgedPayload },
    contractEnded: { label: 'The contract has ended' },
  },
  refusals: {
    contractNotActive: {
      text: 'The contract is not in force.',
      remedy: 'Drill with a contract that is: careplus contract list.',
    },
    alreadyRunning: {
      text: 'A drill of this contract runs already.',
      remedy: 'See it: careplus drill show <drill>; end it: careplus drill end <drill>.',
    },
  },
  headline: (data) => data.contractNumber,
  contractId: (data) => data.contractId,
});
