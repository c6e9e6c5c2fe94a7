/** Rows of the work on a case: diagnosis, updates, shifts, waits, workaround, resolution (service spec §4.16, §4.19, §3 R3). */
import { ownerOf } from '../../contract/ownership.js';
import { activeOnly, staffWith } from '../../kernel/directory.js';
import { left, taken } from '../calls.js';
import type { CaseData, Dependency } from '../data.js';
import { isUrgent } from '../../priority.js';
import { consentersOf, isSeniorFor, type CaseScene } from '../scene.js';
import {
  atWork,
  awaiting,
  check,
  due,
  ofSeniorDesk,
  on,
  tellEscalations,
  urgent,
  waiting,
  where,
  type With,
} from './rows.js';

type Agreed = { readonly agreedBy: string; readonly evidence?: string | undefined };
type Waiting = {
  readonly on: Dependency['on'];
  readonly owes: string;
  readonly what: string;
  readonly consent?: { readonly by: string; readonly evidence: string } | undefined;
};
type Next = { readonly to: string };

/** Whoever is said to agree may consent, and what he did not do himself has evidence. */
export const mayConsent = check<Agreed>('consentMissing', (scene) =>
  consentersOf(scene).includes(scene.payload.agreedBy),
);
export const isShown = check<Agreed>(
  'evidenceMissing',
  ({ payload, actor }) => payload.agreedBy === actor || payload.evidence !== undefined,
);
const consentIsHis = check<Waiting>(
  'consentMissing',
  (scene) => !scene.payload.consent || consentersOf(scene).includes(scene.payload.consent.by),
);
/** After a wait that was over, until clocks stand again: whether they do is decided by the service manager (R3). */
const managerDecides = check<Waiting>('smDecides', (scene) => {
  const { payload, data, look, directory, actor } = scene;
  const last = data.dependencies.findLast(({ paused, overAt }) => paused || overAt !== null);
  if (!pauses(data, payload) || last?.overAt == null) return true;
  return actor !== null && [...ownerOf(look.contract, directory), look.contract.smManagerId].includes(actor);
});
const isEngineer = check<Next>(
  'notAnEngineer',
  ({ payload, directory }) =>
    staffWith(directory, 'seniorDesk').includes(payload.to) && activeOnly(directory, [payload.to]).length > 0,
);
const isAnother = check<Next>('hasItAlready', ({ payload, data }) => payload.to !== data.engineerId);

const statusOf = {
  endUser: 'awaitingEndUser',
  engineering: 'awaitingEngineering',
  rma: 'awaitingRma',
} as const;
const waits = [
  { on: 'endUser', tell: { caller: 'dependencyAsked' } },
  { on: 'engineering', tell: {} },
  { on: 'rma', tell: {} },
] as const;

const pausesNow = where(({ data }) => data.dependencies.at(-1)?.paused ?? false);
/** One is met and the next begins. */
const always = where(() => true);

export const workRows = [
  on.startDiagnosis({
    from: 'sseEngaged',
    to: 'diagnosing',
    event: 'diagnosing',
    effects: [tellEscalations('status')],
  }),
  on.giveUpdate({
    from: atWork,
    event: 'updated',
    set: { lastUpdate: ({ payload, actor, at }) => ({ at, by: actor ?? '', text: payload.text }) },
    clocks: { update: { meet: always, start: always } },
    tell: { caller: 'update' },
  }),
  due.update.due({
    from: atWork,
    event: 'updateMissed',
    tell: { engineer: 'updateDue', dutyManager: 'updateDue' },
  }),
  due.update.again({ from: atWork, event: 'updateChased', tell: { dutyManager: 'updateDue' } }),
  due.restore.due({
    from: [...waiting, ...atWork],
    event: 'restoreMissed',
    tell: { caseOwner: 'restoreMissed', dutyManager: 'restoreMissed', owner: 'restoreMissed' },
  }),
  due.restore.again({
    from: [...waiting, ...atWork],
    event: 'restoreChased',
    tell: { dutyManager: 'restoreMissed' },
  }),
  // At this age it is escalated by itself, unless somebody has asked for it before (service spec §4.3).
  due.age.reached({
    from: [...waiting, ...atWork],
    event: 'ageReached',
    effects: [
      {
        kind: 'startProcess',
        slug: 'escalation',
        intent: 'byAge',
        when: ({ look }) => look.escalations.length === 0,
        payload: ({ data, processId }) => ({
          contractId: data.contractId,
          caseId: processId,
          source: 'age',
          reason: `${data.number} has reached the age at which a ${data.priority} climbs.`,
        }),
      },
    ],
  }),

  on.handOver({
    from: atWork,
    event: 'handOverGiven',
    guards: [isEngineer, isAnother],
    set: {
      handOver: ({ data, payload, actor, at }) => ({
        from: data.engineerId ?? actor ?? '',
        to: payload.to,
        summary: payload.summary,
        givenAt: at,
      }),
    },
    toward: ['shift'],
    tell: { nextEngineer: 'handOver' },
  }),
  on.acceptHandOver({
    from: atWork,
    event: 'handOverAccepted',
    set: {
      handOvers: ({ data, at }) =>
        data.handOver ? [...data.handOvers, { ...data.handOver, acceptedAt: at }] : data.handOvers,
      handOver: null,
      engineerId: ({ actor }) => actor,
      engineers: (scene) => engineersWith(scene, scene.actor ?? '', null),
    },
    clocks: { shift: { meet: always, start: where(ofSeniorDesk) } },
    effects: [tellEscalations('owner')],
  }),
  on.assign({
    from: atWork,
    event: 'assigned',
    guards: [isEngineer, isAnother],
    set: {
      handOver: null,
      engineerId: ({ payload }) => payload.to,
      engineers: (scene) => engineersWith(scene, scene.payload.to, scene.payload.reason),
    },
    clocks: { shift: { restart: where(ofSeniorDesk) } },
    tell: { engineer: 'assigned', caller: 'engaged' },
    effects: [tellEscalations('owner')],
  }),
  due.shift.due({
    from: atWork,
    event: 'shiftMissed',
    tell: { engineer: 'handOverDue', dutyManager: 'handOverDue' },
  }),
  due.shift.again({ from: atWork, event: 'shiftChased', tell: { dutyManager: 'handOverDue' } }),

  ...waits.map((one) =>
    on.wait({
      from: 'diagnosing',
      when: ({ payload }) => payload.on === one.on,
      to: statusOf[one.on],
      event: 'waiting',
      guards: [consentIsHis, managerDecides],
      set: { dependencies: asked },
      clocks: { wait: 'start', restore: { pause: pausesNow }, age: { pause: pausesNow } },
      tell: one.tell,
      effects: [tellEscalations('status')],
    }),
  ),
  on.chase({
    from: awaiting,
    event: 'dependencyChased',
    set: { dependencies: ({ data, at }) => withLast(data, (one) => ({ chasedAt: [...one.chasedAt, at] })) },
    tell: { caller: 'dependencyAsked' },
  }),
  on.satisfy({
    from: awaiting,
    to: 'diagnosing',
    event: 'dependencySatisfied',
    set: {
      dependencies: ({ data, payload, at }) =>
        withLast(data, () => ({ satisfiedAt: at, outcome: payload.outcome })),
    },
    clocks: { wait: 'cancel', restore: 'resume', age: 'resume' },
    effects: [tellEscalations('status')],
  }),
  // The longest pause is over: work goes on, and the service manager decides about another one.
  due.wait.end({
    from: awaiting,
    to: 'diagnosing',
    event: 'waitOver',
    set: { dependencies: ({ data, at }) => withLast(data, () => ({ overAt: at })) },
    clocks: { restore: 'resume', age: 'resume' },
    tell: { engineer: 'waitOver', owner: 'waitOver' },
    effects: [tellEscalations('status')],
  }),

  on.acceptWorkaround({
    from: ['sseEngaged', 'diagnosing', ...awaiting],
    to: 'workaround',
    event: 'workaroundAccepted',
    guards: [mayConsent, isShown],
    set: {
      workaround: ({ payload, at }) => ({
        at,
        text: payload.workaround,
        agreedBy: payload.agreedBy,
        evidence: payload.evidence ?? null,
      }),
      restoredAt: ({ at }) => at,
    },
    clocks: { restore: 'meet', age: 'cancel', wait: 'cancel', update: 'restart' },
    tell: { owner: 'workaround', caller: 'workaround' },
    effects: [tellEscalations('status')],
  }),
  on.resolve({
    from: ['diagnosing', 'workaround'],
    when: urgent,
    to: 'resolved',
    event: 'resolved',
    set: resolution(),
    clocks: { restore: 'meet', age: 'cancel', update: 'meet', shift: 'cancel', monitor: 'start' },
    effects: [tellEscalations('status')],
  }),
  // What was never urgent is not watched for a day.
  on.resolve({
    from: ['diagnosing', 'workaround'],
    via: 'resolved',
    to: 'closurePending',
    event: 'resolved',
    set: resolution(),
    clocks: { restore: 'meet', age: 'cancel', update: 'meet', shift: 'cancel', closure: 'start' },
    tell: { caller: 'closureAsked', primaryContact: 'closureAsked' },
    effects: [tellEscalations('status')],
  }),
];

function engineersWith(scene: CaseScene, personId: string, because: string | null): CaseData['engineers'] {
  const senior = isSeniorFor(personId, scene.data.product, scene);
  return taken(scene.data.engineers, { personId, senior, because }, scene.at);
}

function asked({ data, payload, actor, at }: With<Waiting>): Dependency[] {
  const consent = payload.consent ?? null;
  return [
    ...data.dependencies,
    {
      on: payload.on,
      owes: payload.owes,
      what: payload.what,
      askedAt: at,
      askedBy: actor ?? '',
      consent,
      paused: pauses(data, payload),
      chasedAt: [],
      satisfiedAt: null,
      outcome: null,
      overAt: null,
    },
  ];
}

/** A P1 or P2 pauses only with the recorded consent of the End User; response and update clocks never do (R3). */
function pauses({ priority }: CaseData, { consent }: Waiting): boolean {
  return !isUrgent(priority) || consent !== undefined;
}

function withLast(
  { dependencies }: CaseData,
  change: (one: Dependency) => Partial<Dependency>,
): Dependency[] {
  return dependencies.map((one, index) =>
    index === dependencies.length - 1 ? { ...one, ...change(one) } : one,
  );
}

function resolution() {
  return {
    resolution: ({
      payload,
      actor,
      at,
    }: With<{ readonly rootCause?: string | undefined; readonly unknownBecause?: string | undefined }>) => ({
      at,
      by: actor ?? '',
      rootCause: payload.rootCause ?? null,
      unknownBecause: payload.unknownBecause ?? null,
    }),
    restoredAt: ({ data, at }: CaseScene) => data.restoredAt ?? at,
    handOver: null,
    silentSince: null,
  };
}

/** The case without an engineer: whoever had it leaves it with this step. */
export const withoutEngineer = {
  engineerId: null,
  engineers: ({ data, at }: CaseScene) => left(data.engineers, at),
  handOver: null,
};
