/** Spans of our own, thin; without a collector nothing of OpenTelemetry is loaded and nothing is measured. */
import type { Span, Tracing } from './spans.js';

const noSpan: Span = { set: () => undefined, end: () => undefined, traceparent: () => null };

/** What stands in for it where no collector is configured. */
export const noTracing: Tracing = { start: () => noSpan, close: async () => undefined };

/** `endpoint`: the address of an OTLP collector (OTEL_EXPORTER_OTLP_ENDPOINT); absent: nothing is loaded. */
export async function startTracing(
  endpoint: string | undefined,
  service: 'careplus-api' | 'careplus-worker',
): Promise<Tracing> {
  if (endpoint === undefined) return noTracing;
  const { otlpTracing } = await import('./otlp.js');
  return otlpTracing(endpoint, service);
}
