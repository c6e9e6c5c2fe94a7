/** Counts and times each request, and opens its span. */
import type { RequestHandler } from 'express';
import type { Metrics } from '../../telemetry/metrics.js';
import type { Tracing } from '../../telemetry/spans.js';
import { noteOf } from './request-log.js';

export interface Measures {
  readonly metrics?: Pick<Metrics, 'request'> | undefined;
  readonly tracing?: Pick<Tracing, 'start'> | undefined;
}

/** Stands directly behind `requestLog`. */
export function measure({ metrics, tracing }: Measures): RequestHandler {
  return (request, response, next) => {
    const note = noteOf(request);
    const since = performance.now();
    const { traceparent: asked } = request.headers;
    const span = tracing?.start('request', {
      kind: 'server',
      attributes: { 'http.request.method': request.method, 'careplus.request_id': note.id },
      traceparent: typeof asked === 'string' ? asked : undefined,
    });
    // Whoever asked without a trace of his own learns under which one his request can be found.
    const traceparent = span?.traceparent();
    if (traceparent) response.set('traceparent', traceparent);
    response.once('close', () => {
      const { statusCode: status } = response;
      const route = note.route ?? '(none)';
      const refusal = status >= 400 ? (note.code ?? null) : null;
      const seconds = (performance.now() - since) / 1000;
      metrics?.request({ route, method: request.method, status, seconds, refusal });
      span?.set({
        'http.route': route,
        'http.response.status_code': status,
        'careplus.refusal': refusal,
        'careplus.process_id': note.references?.['processId'],
        'careplus.inbox_id': note.references?.['inboxId'],
        'careplus.event': note.references?.['event'],
      });
      span?.end(status >= 500 ? 'failed' : undefined);
    });
    next();
  };
}
