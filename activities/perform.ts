/** Does one effect at most once at a time: claim, do by kind, settle. Called by the runner's activities and the relay. */
import { RestoredModeError } from '../db/restore/mode-error.js';
import type { Claim, Claimed, SetAside, Settlement, WorkStore } from '../db/store/types.js';
import type { Registry } from '../domain/kernel/advance.js';
import type { EffectIntent } from '../domain/kernel/state.js';
import type { Data } from '../domain/kernel/words.js';
import type { Ringer } from '../messages/ringer.js';
import type { EffectKind, PerformReport } from '../workflows/messages.js';
import type { BusinessClock } from './business-clock.js';
import { MOST_ATTEMPTS, nextAttemptAt } from './effects/back-off.js';
import { nameOf } from './failure.js';
import type { ActivityLog } from './log.js';

/** Where a test may end the process, to see what is left behind. */
export type CrashPoint = 'beforeCall' | 'afterCall' | 'afterCommit' | 'beforeReport';

/** What an attempt came to. */
export interface Done {
  readonly settlement: Settlement;
  /** What the process hears of it, in the transaction that settles. */
  readonly signal?: { readonly name: string; readonly payload: Data };
  /** After the settlement is written: a bell for somebody else; its failure changes nothing. */
  readonly afterwards?: () => Promise<unknown>;
  /** What the attempt came to for each further effect that it did; without it the same as for the first. */
  readonly others?: readonly { readonly claim: Claim; readonly done: Done }[];
}

/** A claim with the intent of one kind. */
export type ClaimOf<K extends EffectKind> = Claimed & {
  readonly intent: Extract<EffectIntent, { kind: K }>;
};

/** One attempt of one kind. Throws only when it surely was not done, or can be done again under its key. */
export type EffectHandler<K extends EffectKind> = (claim: ClaimOf<K>, attempt: Attempt) => Promise<Done>;
export type EffectHandlers = { readonly [K in EffectKind]: EffectHandler<K> };

export interface Attempt {
  /** Business time. */
  readonly now: number;
  /** Aborted before the claim expires. */
  readonly signal: AbortSignal;
}

export interface PerformDependencies {
  readonly work: Pick<WorkStore, 'claim' | 'settle' | 'alive'>;
  readonly clock: BusinessClock;
  readonly registry: Registry;
  readonly handlers: EffectHandlers;
  readonly log: ActivityLog;
  /** Wakes the processes of effects that were done together with the one that was asked for. */
  readonly ringer: Pick<Ringer, 'wake'>;
  /** Aborted when this process must end soon. */
  readonly stopping?: AbortSignal;
  /** How long nobody else touches a claimed effect. */
  readonly claimMs?: number;
  readonly crash?: (point: CrashPoint, claim: Claim) => Promise<void>;
}

const CLAIM_MS = 60_000;
/** A bell that is not heard is no harm: the relay finds what waits. */
const BELL_MS = 1_000;
/** In the log: a worker that slept, or a machine that was too slow. */
export const LATE = 'an effect was taken over by somebody else; what this attempt found out is not written';
/** The attempt ends this long before its claim, so that two never run at the same time. */
const MARGIN = 0.6;

/** What became of an effect that was not to be done now, in the words of the runner. */
const ASIDE = {
  held: 'deferred',
  superseded: 'superseded',
  dropped: 'dropped',
  unknown: 'unknown',
} as const satisfies Record<SetAside['setAside'], PerformReport['outcome']>;

/** Does the effect if it is due and nobody else does it. `inOrder`: the caller works the queue of waiting mail. */
export async function performEffect(
  deps: PerformDependencies,
  at: { readonly tenantId: string; readonly effectId: string; readonly inOrder?: boolean },
): Promise<PerformReport> {
  const claimMs = deps.claimMs ?? CLAIM_MS;
  const now = await deps.clock.now();
  const claim = await claimed(deps, at, now, claimMs);
  if (!claim) return { outcome: 'nothing', advance: false };
  if ('setAside' in claim) return { outcome: ASIDE[claim.setAside], advance: claim.advance };
  const { kind } = claim.intent;
  await deps.crash?.('beforeCall', claim);
  const ends = AbortSignal.timeout(claimMs * MARGIN);
  const signal = deps.stopping ? AbortSignal.any([deps.stopping, ends]) : ends;
  const isLost = claim.expired && !honoursKeys[kind] && claim.carriedBy === null;
  const done = isLost ? lost : await attempted(deps, claim, { now, signal });
  await deps.crash?.('afterCall', claim);
  const settled = await deps.work.settle(claim, done.settlement, heard(deps.registry, claim, done));
  await deps.crash?.('afterCommit', claim);
  await settleOthers(deps, claim, done);
  // Somebody else holds the effect by now: what was found out here counts for nothing.
  if (settled.fenced) {
    const { effectId, processId, tenantId } = claim;
    deps.log.warn({ effectId, processId, tenantId }, LATE);
    return { outcome: 'nothing', advance: false };
  }
  await done.afterwards?.();
  await deps.crash?.('beforeReport', claim);
  return { outcome: done.settlement.kind, advance: settled.advance };
}

/**
 * Each in a transaction of its own, as no transaction holds two processes. One that is not reached any more is settled
 * when its claim expires: by then it is known what the message came to.
 */
async function settleOthers(deps: PerformDependencies, claim: Claimed, done: Done): Promise<void> {
  const { settlement } = done;
  const others =
    done.others ?? (claim.together?.others ?? []).map((one) => ({ claim: one, done: { settlement } }));
  for (const other of others) {
    const { tenantId, processId, slug } = other.claim;
    const signal = heard(deps.registry, other.claim, other.done);
    const settled = await deps.work.settle(other.claim, other.done.settlement, signal);
    if (settled.advance)
      await deps.ringer.wake({ tenantId, processId, slug, lastSeq: 0 }, { deadlineMs: BELL_MS });
  }
}

/** Nothing is done for a store that is older than it was seen: it may have been done already. */
async function claimed(
  { work }: PerformDependencies,
  { tenantId, effectId, inOrder = false }: Parameters<typeof performEffect>[1],
  now: number,
  claimMs: number,
): Promise<Claimed | SetAside | null> {
  if (!(await work.alive())) return null;
  try {
    return await work.claim(tenantId, effectId, now, claimMs, inOrder);
  } catch (error) {
    if (error instanceof RestoredModeError) return null;
    throw error;
  }
}

/** Whether doing it again under the same key is the same as doing it once. */
const honoursKeys: Readonly<Record<EffectKind, boolean>> = {
  mail: false,
  // Its tries are rows: the one that was cut off is seen to be unknown, and the next channel is tried.
  page: true,
  startProcess: true,
  tellProcess: true,
};

/** The attempt before this one never said what became of it. SMTP cannot be asked, so a person decides. */
const lost: Done = {
  settlement: { kind: 'unknown', problem: 'The attempt was interrupted; the message may have been sent.' },
};

/** A handler that throws has surely not done it, or does it under a key: it may be tried again. */
async function attempted(deps: PerformDependencies, claim: Claimed, attempt: Attempt): Promise<Done> {
  try {
    return await handle(deps, claim, attempt);
  } catch (error) {
    const { effectId, processId, tenantId } = claim;
    deps.log.error({ err: error, effectId, processId, tenantId }, 'an effect could not be tried');
    const problem = nameOf(error);
    if (claim.attempt >= MOST_ATTEMPTS) return { settlement: { kind: 'failed', problem } };
    const at = nextAttemptAt(attempt.now, claim.attempt);
    return { settlement: { kind: 'deferred', problem, nextAttemptAt: at } };
  }
}

async function handle(deps: PerformDependencies, claim: Claimed, attempt: Attempt): Promise<Done> {
  const { intent } = claim;
  switch (intent.kind) {
    case 'mail':
      return deps.handlers.mail({ ...claim, intent }, attempt);
    case 'page':
      return deps.handlers.page({ ...claim, intent }, attempt);
    case 'startProcess':
      return deps.handlers.startProcess({ ...claim, intent }, attempt);
    case 'tellProcess':
      return deps.handlers.tellProcess({ ...claim, intent }, attempt);
  }
}

/** A failed delivery is heard by every process, other reports by those that declare them. */
function heard(registry: Registry, claim: Claim, done: Done): NonNullable<Done['signal']> | null {
  const { signal } = done;
  if (!signal) return null;
  const declared = registry.definitions[claim.slug]?.words.signals[signal.name] !== undefined;
  return declared || signal.name === 'undeliverable' ? signal : null;
}
