/** What a fire drill has measured: who was reached by which channel, and who acknowledged after how long. Pure. */
import { reachedBy, type Reached, type TryOutcome } from '../paging/ladder.js';
import { CHANNELS, type Channel } from '../paging/policy.js';

/** A message of a drill to one person, with its tries. Instants are epoch milliseconds. */
export interface SentMessage {
  readonly recipient: string;
  readonly decidedAt: number;
  /** `channel`: of the message whose link was used; null where it was acknowledged otherwise. */
  readonly acknowledged: { readonly channel: Channel | null; readonly at: number } | null;
  readonly tries: readonly {
    readonly channel: Channel;
    readonly outcome: TryOutcome;
    readonly startedAt: number;
  }[];
}

export interface Measured {
  readonly channel: Channel;
  /** For the first time. */
  readonly triedAt: number;
  /** The best that any try came to. */
  readonly outcome: Reached;
}

export interface PersonMeasured {
  readonly personId: string;
  readonly channels: readonly Measured[];
  /** The first acknowledgement of his, after the first page that he acknowledged was decided. */
  readonly acknowledged: { readonly channel: Channel | null; readonly afterMs: number } | null;
  /** `waiting`: nothing was tried yet; a message that is not urgent waits for the hours of its reader. */
  readonly reached: Reached | 'waiting';
}

export interface ChannelMeasured {
  readonly channel: Channel;
  /** People, by the best outcome of the channel with them. */
  readonly tried: number;
  readonly delivered: number;
  readonly accepted: number;
  readonly failed: number;
  readonly unknown: number;
  /** By the link of a message on it. */
  readonly acknowledged: number;
}

export interface DrillMeasured {
  readonly people: readonly PersonMeasured[];
  readonly channels: readonly ChannelMeasured[];
  /** Everything was tried, nothing is known to have come to them, and they acknowledged nothing. */
  readonly notReached: readonly string[];
}

export function measured(sent: readonly SentMessage[]): DrillMeasured {
  const ids = [...new Set(sent.map(({ recipient }) => recipient))];
  const people = ids.map((id) =>
    personOf(
      id,
      sent.filter(({ recipient }) => recipient === id),
    ),
  );
  return {
    people,
    channels: CHANNELS.map((channel) => channelOf(channel, people)).filter(({ tried }) => tried > 0),
    notReached: people
      .filter(({ reached, acknowledged }) => !acknowledged && ['unknown', 'nobody'].includes(reached))
      .map(({ personId }) => personId),
  };
}

function personOf(personId: string, messages: readonly SentMessage[]): PersonMeasured {
  const tries = messages.flatMap((one) => one.tries);
  const answers = messages.flatMap(({ acknowledged, decidedAt }) =>
    acknowledged ? [{ channel: acknowledged.channel, at: acknowledged.at, decidedAt }] : [],
  );
  const first = answers.sort((a, b) => a.at - b.at)[0];
  return {
    personId,
    channels: CHANNELS.flatMap((channel) => {
      const own = tries.filter((one) => one.channel === channel);
      if (own.length === 0) return [];
      const triedAt = Math.min(...own.map(({ startedAt }) => startedAt));
      return [{ channel, triedAt, outcome: reachedBy(own) }];
    }),
    acknowledged: first ? { channel: first.channel, afterMs: first.at - first.decidedAt } : null,
    reached: tries.length === 0 ? 'waiting' : reachedBy(tries),
  };
}

function channelOf(channel: Channel, people: readonly PersonMeasured[]): ChannelMeasured {
  const own = people.flatMap(({ channels }) => channels.filter((one) => one.channel === channel));
  const count = (outcome: Reached) => own.filter((one) => one.outcome === outcome).length;
  return {
    channel,
    tried: own.length,
    delivered: count('delivered'),
    accepted: count('accepted'),
    failed: count('nobody'),
    unknown: count('unknown'),
    acknowledged: people.filter(({ acknowledged }) => acknowledged?.channel === channel).length,
  };
}
