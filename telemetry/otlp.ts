/** Spans over OTLP/HTTP. Loaded only when a collector is configured. */
import { context, propagation, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { Attributes as OtelAttributes, TextMapSetter } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import type { Attributes, Tracing } from './spans.js';

/** A collector that is away costs a bounded memory and never a request. */
const MOST_SPANS = 2_048;
const BATCH = 512;
const EVERY_MS = 2_000;
const SEND_MS = 5_000;

const KINDS = { server: SpanKind.SERVER, internal: SpanKind.INTERNAL, consumer: SpanKind.CONSUMER } as const;

export function otlpTracing(endpoint: string, service: string): Tracing {
  const url = `${endpoint.replace(/\/+$/, '')}/v1/traces`;
  const exporter = new OTLPTraceExporter({ url, timeoutMillis: SEND_MS });
  const provider = new NodeTracerProvider({
    resource: resourceFromAttributes({ 'service.name': service }),
    spanProcessors: [
      new BatchSpanProcessor(exporter, {
        maxQueueSize: MOST_SPANS,
        maxExportBatchSize: BATCH,
        scheduledDelayMillis: EVERY_MS,
        exportTimeoutMillis: SEND_MS,
      }),
    ],
  });
  // Sets the W3C propagator, which reads and writes the header traceparent.
  provider.register();
  const tracer = provider.getTracer('careplus');
  return {
    start: (name, { kind = 'internal', attributes = {}, traceparent } = {}) => {
      const parent =
        traceparent === undefined ? ROOT_CONTEXT : propagation.extract(ROOT_CONTEXT, { traceparent });
      const options = { kind: KINDS[kind], attributes: present(attributes) };
      const span = tracer.startSpan(name, options, parent);
      return {
        set: (more) => void span.setAttributes(present(more)),
        end: (problem) => {
          if (problem !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: problem });
          span.end();
        },
        traceparent: () => {
          const carrier: Record<string, string> = {};
          propagation.inject(trace.setSpan(context.active(), span), carrier, setter);
          return carrier['traceparent'] ?? null;
        },
      };
    },
    // Whatever became of the last spans: nobody waits for them, and a collector that is away is no failure of ours.
    close: () => provider.shutdown().then(nothing, nothing),
  };
}

const nothing = (): void => undefined;

const setter: TextMapSetter<Record<string, string>> = {
  set: (carrier, key, value) => {
    carrier[key] = value;
  },
};

function present(attributes: Attributes): OtelAttributes {
  const found: OtelAttributes = {};
  for (const [name, value] of Object.entries(attributes))
    if (value !== null && value !== undefined) found[name] = value;
  return found;
}
