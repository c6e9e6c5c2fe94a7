/**
 * Pages one person: on one channel after the other until he acknowledges it, and then all over again (service spec
 * §4.16). Each try is written down before it is made: one that was cut off is unknown, and the next channel is tried.
 */
import { createHmac } from 'node:crypto';
import type { PageRead } from '../../db/paging/read.js';
import { tryId, type TryAt, type TryResult } from '../../db/paging/tries.js';
import type { Claim } from '../../db/store/types.js';
import { ACKNOWLEDGE_PAGE, PAGE_UNANSWERED } from '../../domain/paging/acknowledge.js';
import { nextMove, reachesNobody, type Move, type Reached } from '../../domain/paging/ladder.js';
import { CHANNELS, type Channel, type PagingPolicy } from '../../domain/paging/policy.js';
import type { Attempt, ClaimOf, Done, EffectHandler } from '../perform.js';
import type { MailContext, MailFacts } from './mail-facts.js';
import { peopleIn } from './mail-variables.js';
import { isSetUp, sendOn, type ChannelDependencies } from './page-channels.js';
import { oneTimeLink, type LinkDependencies } from './one-time-link.js';

export interface PageTries {
  read(claim: Claim): Promise<PageRead | null>;
  begin(claim: Claim, at: TryAt): Promise<'begun' | 'joined' | 'lost'>;
  end(claim: Claim, at: TryAt, result: TryResult): Promise<void>;
  cutOff(claim: Claim): Promise<void>;
  hurryIfAnswered(claim: Claim): Promise<void>;
}

export interface PageDependencies extends ChannelDependencies, LinkDependencies {
  readonly facts: MailFacts;
  readonly tries: PageTries;
}

/** Each channel once, and the looks in between: more in one attempt means that somebody else is at it. */
const MOST_MOVES = 2 * CHANNELS.length;
/** Enhanced status codes (RFC 3463): no address at all; nobody was reached. */
const NO_ADDRESS = '5.1.1';
const NOT_REACHED = '5.4.0';

type PageClaim = ClaimOf<'page'>;

export function page(deps: PageDependencies): EffectHandler<'page'> {
  return async (claim, attempt) => {
    // Whoever holds the effect is alone: what nobody has ended was cut off.
    await deps.tries.cutOff(claim);
    const { tenantId, processId, intent } = claim;
    const context = await deps.facts.read(tenantId, processId, peopleIn(intent.content));
    for (let moves = 0; moves < MOST_MOVES; moves += 1) {
      const read = await deps.tries.read(claim);
      if (!context || !read) return failed(claim, NO_ADDRESS, 'The recipient is not known any more.');
      const { plan } = read;
      if (!plan) return failed(claim, NO_ADDRESS, 'The policy set does not say how people are paged.');
      const channels = channelsOf(deps, read, plan);
      const soFar = {
        ...read,
        plan: { ...plan, times: plan.times + read.resends },
        channels,
        acknowledged: read.acknowledgedBy !== null,
        wanted: isWanted(deps, claim, read),
      };
      const move = nextMove(soFar);
      if (move.kind !== 'try') return settled(deps, claim, move, { read, nobody: reachesNobody(soFar) });
      if (attempt.signal.aborted) break;
      await tryOn(deps, claim, attempt, { ...move, read, plan, context });
    }
    return later(deps, claim, attempt.now);
  };
}

/** The channels that the person has, in the order of the policy. */
function channelsOf({ ports }: PageDependencies, { side, addresses }: PageRead, { channels }: PagingPolicy) {
  return channels[side].filter((channel) => addresses[channel] !== undefined && isSetUp(channel, ports));
}

/** A page ends with its clock; without one with its process, unless it is about the end itself. */
function isWanted({ registry }: PageDependencies, { slug }: PageClaim, read: PageRead): boolean {
  if (read.clockRuns !== null) return read.clockRuns;
  const statuses = registry.definitions[slug]?.words.statuses ?? {};
  return !read.closed || statuses[read.decidedIn ?? '']?.kind === 'closed';
}

async function tryOn(
  deps: PageDependencies,
  claim: PageClaim,
  { now, signal }: Attempt,
  at: {
    readonly channel: Channel;
    readonly round: number;
    readonly read: PageRead;
    readonly plan: PagingPolicy;
    readonly context: MailContext;
  },
): Promise<void> {
  const { channel, round, read, plan, context } = at;
  const { tenantId, effectId, intent } = claim;
  const { recipient: personId } = intent.content;
  const recipient = context.people[personId];
  const address = read.addresses[channel];
  if (recipient === undefined || address === undefined) throw new Error('The recipient has no such channel.');
  const destination = createHmac('sha256', deps.linkSecret)
    .update(`${channel}\n${address}`)
    .digest('base64url');
  const row: TryAt = { channel, round, destination };
  // A link of its own for each channel: whose is used says by which channel the person was reached.
  const does = { command: ACKNOWLEDGE_PAGE, payload: { effectId, channel } };
  const link = await oneTimeLink(deps, claim, personId, does, now, `\n${channel}`);
  if ((await deps.tries.begin(claim, row)) !== 'begun') return;
  const key = tryId(tenantId, intent.key, row);
  const limit = { limitMs: plan.tryLimitSeconds * 1000, signal };
  const result = await sendOn(deps, { claim, channel, address, key, link, context, recipient, limit });
  await deps.tries.end(claim, row, result);
}

/** `nobody`: every channel was tried, and none has reached the person. */
function settled(
  deps: PageDependencies,
  claim: PageClaim,
  move: Exclude<Move, { kind: 'try' }>,
  { read, nobody }: { readonly read: PageRead; readonly nobody: boolean },
): Done {
  switch (move.kind) {
    case 'acknowledged':
      return { settlement: { kind: 'confirmed', evidence: { acknowledgedBy: read.acknowledgedBy } } };
    case 'unwanted':
      return { settlement: { kind: 'dropped', problem: 'What it was about had ended.' } };
    case 'wait':
      return {
        ...later(deps, claim, move.until),
        ...(nobody ? { signal: undeliverable(claim, NOT_REACHED) } : {}),
      };
    case 'spent':
      return spent(claim, move.reached, read.tries.length > 0);
  }
}

function later({ tries }: PageDependencies, claim: PageClaim, nextAttemptAt: number): Done {
  const problem = 'Nobody has acknowledged it yet.';
  return {
    settlement: { kind: 'deferred', problem, nextAttemptAt },
    afterwards: () => tries.hurryIfAnswered(claim),
  };
}

/** Sent as often as it is to be sent: the process hears that nobody answered. */
function spent(claim: PageClaim, reached: Reached, tried: boolean): Done {
  const { notice, also, recipient, at: decidedAt } = claim.intent.content;
  const payload = { effectKey: claim.intent.key, notices: [notice, ...also], recipient, decidedAt, reached };
  const signal = { name: PAGE_UNANSWERED, payload };
  switch (reached) {
    case 'delivered':
    case 'accepted':
      return { settlement: { kind: 'confirmed', evidence: { reached } }, signal };
    case 'unknown':
      return { settlement: { kind: 'unknown', problem: 'No receiver has said what became of it.' }, signal };
    case 'nobody':
      return tried
        ? failed(claim, NOT_REACHED, 'No channel has reached the recipient.')
        : failed(claim, NO_ADDRESS, 'The recipient has no channel that is set up.');
  }
}

function failed(claim: PageClaim, status: string, problem: string): Done {
  return { settlement: { kind: 'failed', problem }, signal: undeliverable(claim, status) };
}

/** The process hears of it, once, and somebody else is paged (service spec §3 R5). */
function undeliverable({ intent: { key, content } }: PageClaim, status: string) {
  return { name: 'undeliverable', payload: { effectKey: key, content, status } };
}
