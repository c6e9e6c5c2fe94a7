/** The metrics of the API: its own routes and codes are the words that its labels may hold. */
import type { Definition } from '../domain/kernel/rules.js';
import { createMetrics } from '../telemetry/installation.js';
import type { Metrics } from '../telemetry/metrics.js';
import { routes } from './app.js';
import { problemWords } from './http/problems.js';

/** `ofProcess`: with CPU, memory and event loop; off in tests. */
export function apiMetrics(definitions: Readonly<Record<string, Definition>>, ofProcess = true): Metrics {
  return createMetrics({
    part: 'api',
    definitions,
    routes: [...routes.map((route) => route.path), '(none)'],
    codes: Object.keys(problemWords),
    ofProcess,
  });
}
