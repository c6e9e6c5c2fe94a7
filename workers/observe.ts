/**
 * Sees every step and every effect of this process, whoever asked for it (a runner, the relay, the queue of mail): one
 * line in the log with what ties it to its process, event and request; counts and times; a span.
 */
import type { ActivityLog } from '../activities/log.js';
import type { Claim, WorkStore } from '../db/store/types.js';
import type { LoadedProcess, StepRecord, StepStore, StepTransaction } from '../domain/kernel/store.js';
import type { InboxRow } from '../domain/kernel/store.js';
import type { Metrics } from '../telemetry/metrics.js';
import type { Span, Tracing } from '../telemetry/spans.js';

export interface Observers {
  readonly log: ActivityLog;
  readonly metrics?: Pick<Metrics, 'step' | 'park' | 'effect'>;
  readonly tracing?: Pick<Tracing, 'start'>;
}

/** A store of steps that tells what was committed. */
export function observedSteps(store: StepStore, observers: Observers): StepStore {
  return {
    async step(at, work) {
      const seen = new SeenStep(at, observers);
      try {
        const result = await store.step(at, (tx) => work(seen.watching(tx)));
        seen.committed();
        return result;
      } catch (error) {
        seen.failed(error);
        throw error;
      }
    },
  };
}

/** One step: what it was asked, what it decided. */
class SeenStep {
  private readonly since = performance.now();
  private readonly span: Span | undefined;
  private loaded: LoadedProcess | null = null;
  private written: StepRecord | null = null;
  private refused: { readonly row: InboxRow; readonly code: string } | null = null;

  constructor(
    private readonly at: Parameters<StepStore['step']>[0],
    private readonly observers: Observers,
  ) {
    const { tenantId, processId } = at;
    const attributes = { 'careplus.tenant_id': tenantId, 'careplus.process_id': processId };
    this.span = observers.tracing?.start('advance', { kind: 'consumer', attributes });
  }

  watching(tx: StepTransaction): StepTransaction {
    return {
      load: async () => (this.loaded = await tx.load()),
      now: () => tx.now(),
      inputs: (loaded, definition, fired) => tx.inputs(loaded, definition, fired),
      write: async (step) => {
        this.written = step;
        return tx.write(step);
      },
      refuse: async (loaded, row, answer) => {
        this.refused = { row, code: answer.code ?? '' };
        return tx.refuse(loaded, row, answer);
      },
      setOver: (loaded, over) => tx.setOver(loaded, over),
    };
  }

  committed(): void {
    const { written, refused } = this;
    if (written) this.tell(written.row, eventOf(written), 'a step was taken');
    else if (refused) this.tell(refused.row, { code: refused.code }, 'a row was refused');
    this.count();
    // A look that found nothing to do is no step: its span is left to be forgotten.
    if (written ?? refused) this.span?.end();
  }

  failed(error: unknown): void {
    const { written, refused } = this;
    const row = written?.row ?? refused?.row ?? null;
    const problem = error instanceof Error ? error.name : typeof error;
    const fields = { ...this.at, ...rowOf(row), problem };
    const { now: _now, ...references } = fields;
    this.observers.log.warn(references, 'a step was rolled back');
    this.span?.set({ ...spanOfRow(row) });
    this.span?.end(problem);
  }

  private tell(row: InboxRow | null, facts: Readonly<Record<string, unknown>>, text: string): void {
    const { tenantId, processId } = this.at;
    const ms = Math.round((performance.now() - this.since) * 10) / 10;
    const slug = this.loaded?.ref.slug ?? '';
    this.observers.log.info({ tenantId, processId, slug, ...facts, ...rowOf(row), ms }, text);
    const { eventId, event, seq, code } = facts;
    this.span?.set({
      'careplus.slug': slug,
      'careplus.event_id': typeof eventId === 'string' ? eventId : null,
      'careplus.event': typeof event === 'string' ? event : null,
      'careplus.seq': typeof seq === 'number' ? seq : null,
      'careplus.refusal': typeof code === 'string' ? code : null,
      ...spanOfRow(row),
    });
  }

  private count(): void {
    const { written, refused, loaded } = this;
    if (!written && !refused) return;
    const fired = written?.fired;
    const isMark = fired?.kind === 'mark';
    this.observers.metrics?.step({
      slug: loaded?.ref.slug ?? '',
      outcome: refused
        ? 'refused'
        : isMark
          ? 'mark'
          : written?.decision.kind === 'late'
            ? 'late'
            : 'accepted',
      seconds: (performance.now() - this.since) / 1000,
      markLagSeconds: isMark ? (fired.firedAt - fired.dueAt) / 1000 : null,
      refusal: refused?.code ?? null,
    });
  }
}

function eventOf({ event }: StepRecord) {
  return { seq: event.seq, eventId: event.id, event: event.event, trigger: event.trigger };
}

function rowOf(row: InboxRow | null) {
  return row ? { inboxId: row.id, requestId: row.requestId ?? null } : {};
}

function spanOfRow(row: InboxRow | null) {
  return { 'careplus.inbox_id': row?.id, 'careplus.request_id': row?.requestId };
}

/** A work store that tells what became of effects, and of triggers that were set aside. */
export function observedWork(work: WorkStore, observers: Observers): WorkStore {
  const underway = new WeakMap<object, { readonly since: number; readonly span: Span | undefined }>();
  return {
    ...work,
    async claim(...asked) {
      const since = performance.now();
      const claim = await work.claim(...asked);
      if (claim && !('setAside' in claim)) {
        const span = observers.tracing?.start('perform', { attributes: spanOfEffect(claim) });
        underway.set(claim, { since, span });
      }
      return claim;
    },
    async settle(claim, settlement, signal) {
      const begun = underway.get(claim);
      const settled = await work.settle(claim, settlement, signal);
      const seconds = (performance.now() - (begun?.since ?? performance.now())) / 1000;
      const outcome = settled.fenced ? 'fenced' : settlement.kind;
      observers.metrics?.effect(claim.intent.kind, outcome, seconds);
      const { tenantId, processId, effectId, eventId, requestId, attempt } = claim;
      const seq = Number(eventId?.split(':').at(-1)) || null;
      const references = { tenantId, processId, seq, eventId, requestId, effectId };
      const line = {
        ...references,
        kind: claim.intent.kind,
        attempt,
        outcome,
        ms: Math.round(seconds * 1000),
      };
      observers.log.info(line, 'an effect was tried');
      begun?.span?.set({ 'careplus.outcome': outcome });
      begun?.span?.end(outcome === 'failed' ? 'failed' : undefined);
      return settled;
    },
    async park(...asked) {
      observers.metrics?.park();
      return work.park(...asked);
    },
  };
}

function spanOfEffect(claim: Claim) {
  return {
    'careplus.tenant_id': claim.tenantId,
    'careplus.process_id': claim.processId,
    'careplus.slug': claim.slug,
    'careplus.effect_id': claim.effectId,
    'careplus.effect_kind': claim.intent.kind,
    'careplus.event_id': claim.eventId,
    'careplus.request_id': claim.requestId,
    'careplus.attempt': claim.attempt,
  };
}
