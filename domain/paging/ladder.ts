/** What is to be done next about a page, from what was tried so far. Pure: instants are epoch milliseconds. */
import type { Channel, PagingPolicy } from './policy.js';

/**
 * - `trying`: somebody is at it.
 * - `accepted`: a mail server or a gateway took it; `delivered`: it is known to have arrived.
 * - `failed`: surely not delivered; `unknown`: nobody can say.
 */
export type TryOutcome = 'trying' | 'accepted' | 'delivered' | 'failed' | 'unknown';

export interface Try {
  /** 1 for the first time that the page is sent. */
  readonly round: number;
  readonly channel: Channel;
  readonly outcome: TryOutcome;
  readonly startedAt: number;
}

export interface PageSoFar {
  readonly now: number;
  readonly plan: Pick<PagingPolicy, 'nextChannelSeconds' | 'againSeconds' | 'times'>;
  /** Those by which the person can be reached, in their order. */
  readonly channels: readonly Channel[];
  /** Oldest first. */
  readonly tries: readonly Try[];
  readonly acknowledged: boolean;
  /** What it is about still stands. */
  readonly wanted: boolean;
}

export type Move =
  | { readonly kind: 'acknowledged' }
  /** What it was about has ended. */
  | { readonly kind: 'unwanted' }
  | { readonly kind: 'try'; readonly channel: Channel; readonly round: number }
  | { readonly kind: 'wait'; readonly until: number }
  /** Sent as often as it is to be sent; `reached`: the best that any try came to. */
  | { readonly kind: 'spent'; readonly reached: Reached };

/** `nobody`: every try failed. */
export type Reached = 'delivered' | 'accepted' | 'unknown' | 'nobody';

export function nextMove(page: PageSoFar): Move {
  const { now, plan, channels, tries, acknowledged, wanted } = page;
  if (acknowledged) return { kind: 'acknowledged' };
  if (!wanted) return { kind: 'unwanted' };
  const [first] = channels;
  if (first === undefined) return { kind: 'spent', reached: reachedBy(tries) };
  const round = Math.max(1, ...tries.map((one) => one.round));
  const ofRound = tries.filter((one) => one.round === round);
  const last = ofRound.at(-1);
  const opened = ofRound[0];
  if (!last || !opened) return { kind: 'try', channel: first, round };
  const next = channels.find((channel) => !ofRound.some((one) => one.channel === channel));
  if (next !== undefined) {
    const at = wentOut(last) ? last.startedAt + plan.nextChannelSeconds * 1000 : now;
    return at <= now ? { kind: 'try', channel: next, round } : { kind: 'wait', until: at };
  }
  const again = opened.startedAt + plan.againSeconds * 1000;
  if (again > now) return { kind: 'wait', until: again };
  return round < plan.times
    ? { kind: 'try', channel: first, round: round + 1 }
    : { kind: 'spent', reached: reachedBy(tries) };
}

/** The person may have heard of it; after any other outcome the next channel follows at once. */
function wentOut({ outcome }: Try): boolean {
  return outcome === 'accepted' || outcome === 'delivered' || outcome === 'trying';
}

export function reachedBy(tries: readonly Pick<Try, 'outcome'>[]): Reached {
  const outcomes = new Set(tries.map(({ outcome }) => outcome));
  if (outcomes.has('delivered')) return 'delivered';
  if (outcomes.has('accepted')) return 'accepted';
  return outcomes.has('unknown') || outcomes.has('trying') ? 'unknown' : 'nobody';
}

/** Every channel was tried once, and none can have reached the person: somebody else must be told. */
export function reachesNobody({ channels, tries }: Pick<PageSoFar, 'channels' | 'tries'>): boolean {
  const tried = new Set(tries.map(({ channel }) => channel));
  return channels.every((channel) => tried.has(channel)) && reachedBy(tries) === 'nobody';
}
