/** Rows of the intake: the call, the verdict, the queue (service spec §4.16, §4.19 "Senior Desk case", §3 R1, R9). */
import { forContact } from '../calls.js';
import type { CaseStart } from '../commands.js';
import type { CaseData } from '../data.js';
import { caseNumberOf } from '../number.js';
import { isUrgent } from '../../priority.js';
import { verdictFor, type CaseScene } from '../scene.js';
import { intoQueue, intoSupportCentre } from './queue.js';
import { check, start } from './rows.js';

type Opening = Omit<CaseScene, 'data'> & { readonly payload: CaseStart };

const placeNamed = check<CaseStart>(
  'placeMissing',
  ({ payload }) => payload.device !== undefined || payload.siteId !== undefined,
);
const siteIsKnown = check<CaseStart>(
  'siteUnknown',
  ({ payload, look }) =>
    payload.siteId === undefined || look.cover.sites.some(({ id }) => id === payload.siteId),
);
const callerIsKnown = check<CaseStart>(
  'callerUnknown',
  ({ payload, directory }) =>
    !('personId' in payload.caller) || directory.people[payload.caller.personId]?.side === 'endUser',
);
const sourceIsNamed = check<CaseStart>(
  'sourceMissing',
  ({ payload }) => (payload.source === 'outside') === (payload.outside !== undefined),
);
const named = (other: { readonly processId: string; readonly number: string } | null) =>
  other === null ? [] : [{ path: '(case)', problem: `${other.number} (${other.processId})` }];
const sourceIsNew = check<CaseStart>(
  'sourceKnown',
  ({ look }) => look.sameSource === null,
  ({ look }) => named(look.sameSource),
);
/** The same outage called twice is one case (service spec §4.16 "Wrong"). Questions of lower priority stand alone. */
const isAnotherFault = check<CaseStart>(
  'sameOutage',
  ({ payload, look }) => look.sameOutage === null || payload.separate || !isUrgent(payload.priority),
  ({ look }) => named(look.sameOutage),
);
const guards = [placeNamed, siteIsKnown, callerIsKnown, sourceIsNamed, sourceIsNew, isAnotherFault];

const verdict = (scene: Opening) => openingVerdict(scene).verdict;
const isP1 = ({ payload }: Opening) => payload.priority === 'P1';
const forSenior = ({ payload }: Opening) => isUrgent(payload.priority);
const fromSeniorDesk = ({ payload }: Opening) => payload.source === 'seniorDesk';

export const intakeRows = [
  start({
    when: (scene) => verdict(scene) === 'refused',
    to: 'refused',
    event: 'refused',
    guards,
    init: (scene) => ({
      ...opened(scene),
      closure: { at: scene.at, how: 'refused', by: null, reason: openingVerdict(scene).reason },
    }),
    clocks: { reopen: 'start' },
    tell: { caller: 'refused', owner: 'refused', smManager: 'refused' },
  }),
  // A P1 is never refused on the spot: it is queued at once, whatever is in doubt.
  start({
    when: (scene) => verdict(scene) === 'provisional' && isP1(scene),
    via: 'provisional',
    to: 'queued',
    event: 'queued',
    guards,
    init: (scene) => ({ ...opened(scene), queuedAt: scene.at }),
    clocks: intoQueue.clocks,
    tell: { ...intoQueue.tell, owner: ['opened', 'provisional'], caller: 'received' },
  }),
  start({
    when: (scene) => verdict(scene) === 'provisional',
    to: 'received',
    event: 'callBackOwed',
    guards,
    init: (scene) => ({ ...opened(scene), callBack: { kind: 'unknown', since: scene.at } }),
    clocks: { callBack: 'start' },
    tell: { onDuty: 'callBackDue' },
  }),
  start({
    when: forSenior,
    via: 'verified',
    to: 'queued',
    event: 'queued',
    guards,
    init: (scene) => ({ ...opened(scene), queuedAt: scene.at }),
    clocks: intoQueue.clocks,
    tell: { ...intoQueue.tell, owner: 'opened', caller: 'received' },
  }),
  // The Senior Desk is for P1 and P2 only: the number stays, the Support Centre takes it.
  start({
    when: fromSeniorDesk,
    via: 'verified',
    to: 'rerouted',
    event: 'rerouted',
    guards,
    init: (scene) => ({ ...opened(scene), queuedAt: scene.at }),
    clocks: intoSupportCentre.clocks,
    tell: { ...intoSupportCentre.tell, caller: 'rerouted' },
  }),
  start({
    via: 'verified',
    to: 'queued',
    event: 'queued',
    guards,
    init: (scene) => ({ ...opened(scene), queuedAt: scene.at }),
    clocks: intoSupportCentre.clocks,
    tell: { ...intoSupportCentre.tell, caller: 'received' },
  }),
];

function openingVerdict(scene: Opening) {
  const { caller, priority } = scene.payload;
  return verdictFor(scene, { priority, callerId: 'personId' in caller ? caller.personId : null });
}

function opened(scene: Opening): CaseData {
  const { look, payload, policy, processId, at, actor } = scene;
  const { contract, cover } = look;
  const { priority, source, siteId } = payload;
  const bySite = cover.sites.find(({ id }) => id === siteId);
  return {
    contractId: contract.contractId,
    contractNumber: contract.number,
    calendarId: bySite?.calendarId ?? contract.calendarId,
    number: caseNumberOf(processId),
    test: payload.test,
    source: { kind: source, system: payload.outside?.system ?? null, key: payload.outside?.key ?? null },
    openedAt: at,
    openedBy: actor,
    caller: forContact(payload.caller),
    verification: null,
    priority,
    definition: policy.seniorDesk.definitions[priority],
    product: payload.product ?? null,
    siteId: siteId ?? null,
    device: payload.device ?? null,
    impact: payload.impact,
    outageGuideline: priority === 'P1' ? look.guideline : null,
    calls: [],
    entitlement: openingVerdict(scene),
    override: null,
    desk: isUrgent(priority) ? 'senior' : 'supportCentre',
    engineerId: null,
    engineers: [],
    handOver: null,
    handOvers: [],
    priorityChanges: [],
    proposal: null,
    dependencies: [],
    callBack: null,
    callBacks: [],
    failedContacts: [],
    queuedAt: null,
    // Whoever takes a call at the desk is speaking to the caller.
    answeredAt: source === 'seniorDesk' ? at : null,
    engagedAt: null,
    engageSince: at,
    restoreSince: at,
    lastUpdate: null,
    workaround: null,
    restoredAt: null,
    resolution: null,
    silentSince: null,
    closure: null,
    reopenable: true,
    reopenings: 0,
    reopenedAt: null,
    report: null,
    reportKeys: [],
    priorityOutside: null,
  };
}
