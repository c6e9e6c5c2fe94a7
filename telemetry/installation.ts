/** The metrics of one process of an installation: every word that may stand in a label comes from the program itself. */
import { CHECKS } from '../db/check/checks.js';
import { RUNNER_CHECKS } from '../db/check/runners.js';
import type { Database } from '../db/connection.js';
import { readStanding } from '../db/read/gauges.js';
import { kernelRefusals, refusalCode } from '../domain/kernel/refusals.js';
import type { Definition } from '../domain/kernel/rules.js';
import { Metrics } from './metrics.js';
import { standingGauges, type StandingSource } from './standing.js';

type Definitions = Readonly<Record<string, Definition>>;

export interface InstallationMetrics {
  readonly part: 'api' | 'worker';
  readonly definitions: Definitions;
  /** Of the API: its routes and the codes of its own problems. */
  readonly routes?: readonly string[];
  readonly codes?: readonly string[];
  readonly ofProcess?: boolean;
}

export function createMetrics(of: InstallationMetrics): Metrics {
  const { part, definitions, routes = [], codes = [], ofProcess = true } = of;
  const known = [...codes, ...refusalCodes(definitions)];
  return new Metrics({ part, slugs: Object.keys(definitions), codes: known, routes, ofProcess });
}

/** What a scrape of this process answers with. */
export interface Scrape {
  scrape(): Promise<string>;
  readonly contentType: string;
}

/** Metrics together with how the store stands at the moment of the scrape. */
export function scrapeOf(
  metrics: Metrics,
  database: Database,
  definitions: Definitions,
  limits: Pick<StandingSource, 'cacheMs' | 'mostMs'> = {},
): Scrape {
  return standingGauges(metrics, {
    read: () => readStanding(database),
    pool: () => database.use?.() ?? { used: 0, free: 0, waiting: 0 },
    invariants: [...CHECKS, ...RUNNER_CHECKS].map((check) => check.name),
    statuses: Object.fromEntries(
      Object.values(definitions).map(({ words }) => [words.slug, Object.keys(words.statuses)]),
    ),
    ...limits,
  });
}

function refusalCodes(definitions: Definitions): readonly string[] {
  const shared = Object.keys(kernelRefusals).map((name) => `PROCESS_${name}`);
  const own = Object.values(definitions).flatMap(({ words }) =>
    Object.keys(words.refusals).map((name) => refusalCode(words.slug, name)),
  );
  return [...shared, ...own];
}
