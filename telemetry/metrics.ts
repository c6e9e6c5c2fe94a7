/** What one process of ours counts and measures, for Prometheus. Labels are words of the program, never of a person. */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { EffectIntent } from '../domain/kernel/state.js';

export interface StepSeen {
  readonly slug: string;
  /** How the trigger was decided: `accepted`, `refused`, `late` for what was asked; `mark` for a deadline. */
  readonly outcome: 'accepted' | 'refused' | 'late' | 'mark';
  readonly seconds: number;
  /** Of a mark: how long after its due instant it was taken. */
  readonly markLagSeconds: number | null;
  readonly refusal: string | null;
}

export interface RequestSeen {
  /** The pattern of the address. */
  readonly route: string;
  readonly method: string;
  readonly status: number;
  readonly seconds: number;
  readonly refusal: string | null;
}

export interface MetricsOptions {
  readonly part: 'api' | 'worker';
  /** Every word that may stand in a label; anything else is counted as `other`. */
  readonly slugs: readonly string[];
  readonly codes: readonly string[];
  readonly routes: readonly string[];
  /** CPU, memory, event loop of this process; off in tests. */
  readonly ofProcess?: boolean;
}

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
/** From one second to a day: marks are taken late only after outages. */
const LAG_SECONDS = [0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3_600, 21_600, 86_400];
const EFFECTS: Readonly<Record<EffectIntent['kind'], true>> = {
  mail: true,
  page: true,
  startProcess: true,
  tellProcess: true,
};
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']);
const OTHER = 'other';

export class Metrics {
  readonly registry = new Registry();
  private readonly known: Readonly<Record<'slug' | 'code' | 'route', ReadonlySet<string>>>;
  private readonly steps = this.counter('careplus_steps_total', 'Steps taken.', ['slug', 'outcome']);
  private readonly stepSeconds = this.histogram(
    'careplus_step_seconds',
    'Time of one step.',
    ['slug'],
    SECONDS,
  );
  private readonly markLag = this.histogram(
    'careplus_mark_lag_seconds',
    'From the due instant of a mark to the step that took it.',
    ['slug'],
    LAG_SECONDS,
  );
  private readonly refusals = this.counter('careplus_refusals_total', 'Refusals by code.', ['code']);
  private readonly parked = this.counter(
    'careplus_parked_total',
    'Triggers that could not be decided and were set aside.',
    [],
  );
  private readonly effects = this.counter('careplus_effects_total', 'Attempts at effects by outcome.', [
    'kind',
    'outcome',
  ]);
  private readonly effectSeconds = this.histogram(
    'careplus_effect_seconds',
    'Time of one attempt at an effect.',
    ['kind'],
    [...SECONDS, 30, 60],
  );
  private readonly requests = this.counter('careplus_http_requests_total', 'Requests answered.', [
    'route',
    'method',
    'status',
  ]);
  private readonly requestSeconds = this.histogram(
    'careplus_http_request_seconds',
    'Time of one request.',
    ['route', 'method'],
    SECONDS,
  );
  private relayRound = performance.now();

  constructor({ part, slugs, codes, routes, ofProcess = true }: MetricsOptions) {
    this.known = { slug: new Set(slugs), code: new Set(codes), route: new Set(routes) };
    this.registry.setDefaultLabels({ part });
    if (ofProcess) collectDefaultMetrics({ register: this.registry });
    if (part !== 'worker') return;
    this.relayGauge();
    // An alert asks for their rise, which Prometheus does not see in a series that begins with its first failures.
    for (const kind of Object.keys(EFFECTS)) this.effects.inc({ kind, outcome: 'failed' }, 0);
  }

  step({ slug, outcome, seconds, markLagSeconds, refusal }: StepSeen): void {
    const word = this.word('slug', slug);
    this.steps.inc({ slug: word, outcome });
    this.stepSeconds.observe({ slug: word }, seconds);
    if (markLagSeconds !== null) this.markLag.observe({ slug: word }, Math.max(0, markLagSeconds));
    if (refusal !== null) this.refusals.inc({ code: this.word('code', refusal) });
  }

  park(): void {
    this.parked.inc();
  }

  effect(kind: string, outcome: string, seconds: number): void {
    this.effects.inc({ kind, outcome });
    this.effectSeconds.observe({ kind }, seconds);
  }

  request({ route, method, status, seconds, refusal }: RequestSeen): void {
    const labels = { route: this.word('route', route), method: METHODS.has(method) ? method : OTHER };
    this.requests.inc({ ...labels, status: String(status) });
    this.requestSeconds.observe(labels, seconds);
    if (refusal !== null) this.refusals.inc({ code: this.word('code', refusal) });
  }

  /** The relay has finished a round. */
  relayed(): void {
    this.relayRound = performance.now();
  }

  gauge(name: string, help: string, labelNames: readonly string[] = []): Gauge {
    return new Gauge({ name, help, labelNames: [...labelNames], registers: [this.registry] });
  }

  private relayGauge(): void {
    const since = () => (performance.now() - this.relayRound) / 1000;
    new Gauge({
      name: 'careplus_relay_lag_seconds',
      help: 'Since the last round of the relay that came to its end.',
      registers: [this.registry],
      collect() {
        this.set(since());
      },
    });
  }

  private word(label: 'slug' | 'code' | 'route', value: string): string {
    return this.known[label].has(value) ? value : OTHER;
  }

  private counter(name: string, help: string, labelNames: readonly string[]): Counter {
    return new Counter({ name, help, labelNames: [...labelNames], registers: [this.registry] });
  }

  private histogram(
    name: string,
    help: string,
    labelNames: readonly string[],
    buckets: readonly number[],
  ): Histogram {
    return new Histogram({
      name,
      help,
      labelNames: [...labelNames],
      buckets: [...buckets],
      registers: [this.registry],
    });
  }
}
