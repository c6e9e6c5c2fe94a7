/**
 * Mail that waits because its server is away: one message finds out whether it is back; then the others follow one
 * after another, urgent ones first, then the one that was due first, before everybody sends freely again.
 */
import { performEffect } from '../activities/perform.js';
import type { PerformDependencies } from '../activities/perform.js';
import type { WorkStore } from '../db/store/types.js';
import type { Ringer } from '../messages/ringer.js';
import { inRounds } from './rounds.js';
import type { Rounds } from './rounds.js';

export type MailQueueDependencies = PerformDependencies & {
  readonly work: Pick<
    WorkStore,
    'claim' | 'settle' | 'alive' | 'mailRoute' | 'waitingMail' | 'openMailRoute'
  >;
  readonly ringer: Pick<Ringer, 'wake'>;
};

const EVERY_MS = 1_000;
const BATCH = 50;
const BELL_DEADLINE_MS = 1_000;

export function startMailQueue(deps: MailQueueDependencies, everyMs = EVERY_MS): Rounds {
  return inRounds({ name: 'mail queue', everyMs, log: deps.log }, (stopped) => mailQueueRound(deps, stopped));
}

/** One look at the queue. While mail flows there is nothing to do. */
export async function mailQueueRound(deps: MailQueueDependencies, stopped: AbortSignal): Promise<void> {
  const { work } = deps;
  const route = await work.mailRoute();
  if (route.state === 'up' || (route.state === 'down' && !route.probeDue)) return;
  const waiting = await work.waitingMail(BATCH);
  for (const { tenantId, processId, slug, over, effectId } of waiting) {
    if (stopped.aborted) return;
    const report = await performEffect(deps, { tenantId, effectId, inOrder: true });
    // A process that is over needs no runner; one that is not heard is found by the relay.
    if (report.advance && !over) {
      await deps.ringer.wake({ tenantId, processId, slug, lastSeq: 0 }, { deadlineMs: BELL_DEADLINE_MS });
    }
    if ((await work.mailRoute()).state === 'down') return;
  }
  if (waiting.length < BATCH) await work.openMailRoute();
}
