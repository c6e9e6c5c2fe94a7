/** Gauges that are read from the store at a scrape: seldom, with a limit in time, so that no scrape hangs. */
import type { Gauge } from 'prom-client';
import type { PoolUse } from '../db/connection.js';
import type { Standing } from '../db/read/gauges.js';
import type { Metrics } from './metrics.js';

export interface StandingSource {
  readonly read: () => Promise<Standing>;
  readonly pool: () => PoolUse;
  /** Names of invariants that may stand in a label. */
  readonly invariants: readonly string[];
  /** Statuses that may stand in a label, by slug. */
  readonly statuses: Readonly<Record<string, readonly string[]>>;
  readonly cacheMs?: number;
  readonly mostMs?: number;
}

/** Prometheus asks every 15 s or so; several that ask at once share one look. */
const CACHE_MS = 5_000;
const MOST_MS = 2_000;
const MOST_JOBS = 50;

/** Registers the gauges; `scrape()` gives the text of everything. */
export function standingGauges(metrics: Metrics, source: StandingSource) {
  const gauges = gaugesOf(metrics);
  const cacheMs = source.cacheMs ?? CACHE_MS;
  let look: Promise<void> | null = null;
  let lookedAt = -Infinity;

  /** Never rejects: without an answer the gauges of the store are gone, and `careplus_store_up` says 0. */
  const refresh = async (): Promise<void> => {
    try {
      write(gauges, await source.read(), source);
      gauges.up.set(1);
      lookedAt = performance.now();
    } catch (error) {
      gauges.up.set(0);
      clear(gauges);
      if (!(error instanceof Error)) throw error;
    } finally {
      look = null;
    }
  };

  return {
    async scrape(): Promise<string> {
      setPool(gauges.pool, source.pool());
      if (performance.now() - lookedAt > cacheMs) {
        look ??= refresh();
        if (!(await within(look, source.mostMs ?? MOST_MS))) {
          gauges.up.set(0);
          clear(gauges);
        }
      }
      return metrics.registry.metrics();
    },
    contentType: metrics.registry.contentType,
  };
}

type Gauges = ReturnType<typeof gaugesOf>;

function gaugesOf(metrics: Metrics) {
  return {
    up: metrics.gauge('careplus_store_up', 'Whether the store answered the scrape.'),
    pool: metrics.gauge('careplus_database_connections', 'Connections of the pool of this process.', [
      'state',
    ]),
    processes: metrics.gauge('careplus_processes_open', 'Processes that are not over.', ['slug', 'status']),
    blocked: metrics.gauge('careplus_processes_blocked', 'Processes that an operator must help.', ['slug']),
    effects: metrics.gauge('careplus_effects_unsettled', 'Effects without an outcome.', ['state']),
    effectAge: metrics.gauge(
      'careplus_effects_oldest_seconds',
      'Since the oldest was due or began to wait for the mail server (planned), lost its claim (sent) or became unknown.',
      ['state'],
    ),
    waiting: metrics.gauge('careplus_inbox_waiting', 'Accepted rows that are not decided.'),
    waitingAge: metrics.gauge(
      'careplus_inbox_oldest_seconds',
      'Since the oldest of them was accepted that no blocked process holds up.',
    ),
    overdue: metrics.gauge('careplus_mark_overdue_seconds', 'Since the first mark was due that nobody took.'),
    // Not `job`: Prometheus gives every series a label of that name, the name of the scrape.
    jobAge: metrics.gauge('careplus_job_age_seconds', 'Since a system job last succeeded.', ['system_job']),
    jobEvery: metrics.gauge('careplus_job_every_seconds', 'How often a system job is to run.', [
      'system_job',
    ]),
    violations: metrics.gauge(
      'careplus_invariant_violations',
      'What the last run of the checker found, by invariant.',
      ['invariant'],
    ),
  };
}

function setPool(gauge: Gauge, { used, free, waiting }: PoolUse): void {
  gauge.set({ state: 'used' }, used);
  gauge.set({ state: 'free' }, free);
  gauge.set({ state: 'waiting' }, waiting);
}

function write(gauges: Gauges, standing: Standing, source: StandingSource): void {
  clear(gauges);
  const sum = (gauge: Gauge, labels: Readonly<Record<string, string>>, value: number): void => {
    gauge.inc(labels, value);
  };
  for (const { slug, status, count } of standing.processes) {
    const known = source.statuses[slug]?.includes(status) ?? false;
    const labels = { slug: slug in source.statuses ? slug : 'other', status: known ? status : 'other' };
    // Before its start step a process has no status yet.
    sum(gauges.processes, status === '' ? { ...labels, status: 'starting' } : labels, count);
  }
  for (const { slug, count } of standing.blocked)
    sum(gauges.blocked, { slug: slug in source.statuses ? slug : 'other' }, count);
  for (const state of ['planned', 'sent', 'unknown']) {
    const found = standing.effects.find((one) => one.state === state);
    gauges.effects.set({ state }, found?.count ?? 0);
    gauges.effectAge.set({ state }, found?.oldestSeconds ?? 0);
  }
  gauges.waiting.set(standing.inbox.waiting);
  gauges.waitingAge.set(standing.inbox.oldestSeconds);
  gauges.overdue.set(standing.markOverdueSeconds);
  // Their names are words of the program; the bound is against a table that somebody filled by hand.
  for (const { name, ageSeconds, everySeconds, report } of standing.jobs.slice(0, MOST_JOBS)) {
    gauges.jobAge.set({ system_job: name }, ageSeconds);
    gauges.jobEvery.set({ system_job: name }, everySeconds);
    if (name !== 'check') continue;
    for (const invariant of source.invariants) {
      const count = report[invariant];
      gauges.violations.set({ invariant }, typeof count === 'number' ? count : 0);
    }
  }
}

/** Numbers that nobody vouches for any more are worse than none. */
function clear({ up: _up, pool: _pool, waiting, waitingAge, overdue, ...labelled }: Gauges): void {
  for (const gauge of Object.values(labelled)) gauge.reset();
  // One without labels would be reset to nought.
  for (const gauge of [waiting, waitingAge, overdue]) gauge.remove();
}

/** Whether it came in time; what comes later is there for the next scrape. */
async function within(work: Promise<void>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  try {
    return await Promise.race([work.then(() => true as const), late]);
  } finally {
    clearTimeout(timer);
  }
}
