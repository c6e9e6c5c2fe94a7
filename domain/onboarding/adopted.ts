/** How the onboarding of a customer from before Care Plus begins: where he stands, with clocks for what is open only. */
import type { AdoptedItem } from '../contract/adoption.js';
import { noonOf, type OnboardingTakenOver } from '../contract/adoption.js';
import type { ErasedRow, ProcessEffect, SceneOf } from '../kernel/rules.js';
import { rulesFor } from '../kernel/rules.js';
import { isSettled, onboarding, type Item } from './words.js';

type Scene = SceneOf<typeof onboarding>;
type Data = Scene['data'];
type Start = Omit<Scene, 'data'> & {
  readonly payload: { readonly contractId: string; readonly adopted?: OnboardingTakenOver | undefined };
};
type Effects = readonly ProcessEffect<Scene>[];
const { start, check } = rulesFor(onboarding);

/** Only the contract brings such facts: it has been checked with all of them, and says who took them over. */
const comesWithContract = check<Start['payload']>(
  'takenOverByHand',
  ({ payload, actor }) => payload.adopted === undefined || actor === null,
);

/** The stages with what is still promised in each; its time runs in full from the adoption. */
const stages = {
  new: ['assign', 'firstContact', 'kickoff', 'package', 'live', 'silence'],
  smAssigned: ['firstContact', 'kickoff', 'package', 'live', 'silence'],
  welcomed: ['kickoff', 'package', 'live', 'silence'],
  kickoffHeld: ['package', 'live', 'silence'],
  packageInProgress: ['package', 'live', 'silence'],
  packageComplete: ['live', 'silence'],
  live: [],
} as const;
type Stage = keyof typeof stages;

/** One row for each stage. Nobody is told: what is open is chased as it falls due. */
export function adoptedRows(
  fresh: (scene: Start) => Data,
  guards: Parameters<typeof start>[0]['guards'],
  startItems: Effects,
): readonly ErasedRow[] {
  const begin = (scene: Start): Data => withFacts(fresh(scene), scene);
  return Object.entries(stages).map(([stage, clocks]) =>
    start({
      when: (scene) => scene.payload.adopted !== undefined && stageOf(begin(scene)) === stage,
      to: stage as Stage,
      event: 'adopted',
      guards: [comesWithContract, ...(guards ?? [])],
      init: begin,
      clocks: Object.fromEntries(clocks.map((clock) => [clock, 'start'])),
      // The guide in force comes last: it takes the place of a hand-over that would begin with a draft.
      effects: [...(stage === 'new' ? [] : startItems), startGuide],
    }),
  );
}

const startGuide = {
  kind: 'startProcess',
  slug: 'document',
  intent: 'userGuide',
  once: () => 'once',
  when: ({ payload }: Scene & Start) => payload.adopted?.userGuide !== undefined,
  payload: ({ data, processId, payload }: Scene & Start) => ({
    contractId: data.contractId,
    onboardingId: data.items.some((item) => item.process === 'userGuide' && !isSettled(item))
      ? processId
      : null,
    kind: 'userGuide',
    adopted: { ...payload.adopted?.userGuide, by: payload.adopted?.by ?? null },
  }),
} as const;

function stageOf({ items, liveAt, kickoff, contactedOn, managerId }: Data): Stage {
  if (liveAt !== null) return 'live';
  const inPackage = items.filter((item) => item.phase === 'package');
  if (kickoff) {
    if (inPackage.every(isSettled)) return 'packageComplete';
    return items.some(isSettled) ? 'packageInProgress' : 'kickoffHeld';
  }
  if (contactedOn !== null) return 'welcomed';
  return managerId === null ? 'new' : 'smAssigned';
}

function withFacts(data: Data, { payload: { adopted }, directory, at }: Start): Data {
  if (!adopted) return data;
  const { items, contactedOn, kickoff, liveOn, by: takenOverBy } = adopted;
  const known = (who: string | undefined) => (who !== undefined && directory.people[who] ? who : null);
  const taken = (item: Item, fact: AdoptedItem): Item => ({
    ...item,
    state: fact.state,
    by: known(fact.by),
    at,
    doneOn: fact.on,
    reason: fact.state === 'done' ? null : (fact.text ?? null),
    evidence: {
      kind: 'beforeCarePlus',
      date: fact.on,
      text: fact.text ?? null,
      sha256: fact.sha256 ?? null,
      by: fact.by ?? null,
      takenOverBy,
    },
  });
  return {
    ...data,
    items: data.items.map((item) => {
      const fact = items.find((one) => one.item === item.key);
      return fact ? taken(item, fact) : item;
    }),
    contactedOn: contactedOn ?? kickoff?.heldOn ?? null,
    kickoff: kickoff ?? null,
    liveAt: liveOn === undefined ? null : noonOf(liveOn),
    // Nobody was sent a statement that he could object to.
    objectionOver: liveOn !== undefined,
  };
}
