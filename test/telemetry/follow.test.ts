/** One command followed through the API and the worker: by the lines of the logs, and by the spans that a collector gets. */
import { execFile } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { inheritedEnvironment } from '../../config/environment.js';
import type { Tracing } from '../../telemetry/spans.js';
import { noTracing, startTracing } from '../../telemetry/tracing.js';
import { example, expected, openApi, until, type ApiBench } from '../api/support/bench.js';
import type { Started } from '../api/support/shapes.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const REQUEST = 'follow-this-request-1';
const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';

type Facts = Readonly<Record<string, unknown>>;
interface Received {
  readonly service: string;
  readonly name: string;
  readonly traceId: string;
  readonly parentSpanId: string | undefined;
  readonly facts: Facts;
}

/** A collector: takes OTLP over HTTP as JSON. */
class Collector {
  readonly spans: Received[] = [];
  private readonly server: Server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on('end', () => {
      if (request.url === '/v1/traces') this.take(JSON.parse(text) as Sent);
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  });

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    const address = this.server.address();
    return `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private take({ resourceSpans }: Sent): void {
    for (const { resource, scopeSpans } of resourceSpans) {
      const service = String(factsOf(resource.attributes)['service.name']);
      for (const { name, traceId, parentSpanId, attributes } of scopeSpans.flatMap((scope) => scope.spans))
        this.spans.push({ service, name, traceId, parentSpanId, facts: factsOf(attributes) });
    }
  }
}

type Attributes = readonly { key: string; value: { stringValue?: string; intValue?: number | string } }[];
interface Sent {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: Attributes };
    readonly scopeSpans: readonly {
      readonly spans: readonly {
        readonly name: string;
        readonly traceId: string;
        readonly parentSpanId?: string;
        readonly attributes: Attributes;
      }[];
    }[];
  }[];
}

function factsOf(attributes: Attributes): Facts {
  return Object.fromEntries(
    attributes.map(({ key, value }) => [
      key,
      value.stringValue ?? (value.intValue && Number(value.intValue)),
    ]),
  );
}

describe('a command that is followed', () => {
  const collector = new Collector();
  const workerLines: string[] = [];
  let tracing: { readonly api: Tracing; readonly worker: Tracing };
  let api: ApiBench;
  let processId = '';
  let inboxId = '';
  let answered: Readonly<Record<string, string>> = {};

  beforeAll(async () => {
    const endpoint = await collector.start();
    tracing = {
      api: await startTracing(endpoint, 'careplus-api'),
      worker: await startTracing(endpoint, 'careplus-worker'),
    };
    api = await openApi({
      change: { tracing: tracing.api },
      observers: { tracing: tracing.worker },
      workerLog: pino({ level: 'info' }, { write: (line: string) => void workerLines.push(line) }),
    });
    const answer = await api.as('kim-field').post('/v1/contracts', { file: example('contract.yaml') });
    ({ processId } = expected<Started>(answer, 201));
    const headers = { 'x-request-id': REQUEST, traceparent: `00-${TRACE}-00f067aa0ba902b7-01` };
    const today = new Date().toISOString().slice(0, 10);
    const path = `/v1/processes/${processId}/commands/activate`;
    const activated = await api.as('sam-rivers').post(path, { portalRegisteredOn: today }, headers);
    ({ inboxId } = expected<{ inboxId: string }>(activated, 200));
    answered = activated.headers;
    await until(async () => linesOf('an effect was tried').find((line) => line['requestId'] === REQUEST));
  }, 60_000);
  afterAll(async () => {
    await api.close();
    await tracing.api.close();
    await tracing.worker.close();
    await collector.stop();
  });

  const linesOf = (text: string) =>
    workerLines.map((line) => JSON.parse(line) as Facts).filter((line) => line['msg'] === text);

  it('is found in the logs of API and worker by its request, its process and its event', () => {
    const [request] = api
      .logged()
      .split('\n')
      .filter((line) => line.includes(REQUEST))
      .map((line) => JSON.parse(line) as Facts);
    expect(request).toMatchObject({ requestId: REQUEST, processId, inboxId, event: 'contract.activated' });
    const [step, ...more] = linesOf('a step was taken').filter((line) => line['requestId'] === REQUEST);
    expect(more).toEqual([]);
    const eventId = `${processId}:1:2`;
    const place = { tenantId: 'northwind', processId, seq: 2, eventId, requestId: REQUEST };
    expect(step).toMatchObject({ ...place, inboxId, slug: 'contract', event: 'contract.activated' });
    const effects = linesOf('an effect was tried').filter((line) => line['requestId'] === REQUEST);
    expect(effects.length).toBeGreaterThan(0);
    for (const effect of effects) expect(effect).toMatchObject({ ...place, outcome: 'confirmed' });
  });

  it('has every line of a step or an effect tied to its process, and nobody named in one', () => {
    const lines = [...linesOf('a step was taken'), ...linesOf('an effect was tried')];
    expect(lines.length).toBeGreaterThanOrEqual(3);
    for (const line of lines) {
      for (const field of ['tenantId', 'processId', 'seq', 'eventId'])
        expect([field, line[field]]).not.toContain(undefined);
      expect(JSON.stringify(line)).not.toMatch(/@|Maria|Stone/);
    }
    const fromRequests = linesOf('a step was taken').filter((line) =>
      String(line['trigger']).startsWith('command'),
    );
    expect(fromRequests.length).toBeGreaterThan(0);
    for (const line of fromRequests) expect(typeof line['requestId']).toBe('string');
  });

  it('leaves spans of request, step and effect at the collector, joined by the ids of process, event and request', async () => {
    const named = (name: string) =>
      collector.spans.find((span) => span.name === name && span.facts['careplus.request_id'] === REQUEST);
    await until(async () => named('request') && named('advance') && named('perform'));
    const joined = { 'careplus.request_id': REQUEST, 'careplus.process_id': processId };
    expect(named('request')).toMatchObject({
      service: 'careplus-api',
      traceId: TRACE,
      parentSpanId: '00f067aa0ba902b7',
      facts: {
        ...joined,
        'careplus.inbox_id': inboxId,
        'http.route': '/v1/processes/{id}/commands/{command}',
        'http.response.status_code': 200,
      },
    });
    const eventId = `${processId}:1:2`;
    expect(named('advance')).toMatchObject({
      service: 'careplus-worker',
      facts: { ...joined, 'careplus.inbox_id': inboxId, 'careplus.event_id': eventId },
    });
    expect(named('perform')?.facts).toMatchObject({ ...joined, 'careplus.event_id': eventId });
    expect(JSON.stringify(collector.spans)).not.toMatch(/@|Maria|Stone/);
  });

  it('tells the caller under which trace he finds it', () => {
    expect(answered['traceparent']).toMatch(new RegExp(`^00-${TRACE}-[0-9a-f]{16}-01$`));
    expect(answered['x-request-id']).toBe(REQUEST);
  });
});

describe('tracing', () => {
  it('costs nobody anything when the collector is away', async () => {
    const tracing = await startTracing('http://127.0.0.1:1', 'careplus-api');
    const since = performance.now();
    for (let index = 0; index < 5_000; index += 1) tracing.start('request').end();
    expect(performance.now() - since).toBeLessThan(2_000);
    await tracing.close();
  }, 20_000);

  it('is not there at all when no collector is configured', async () => {
    expect(await startTracing(undefined, 'careplus-api')).toBe(noTracing);
    const script = `
      import { createRequire } from 'node:module';
      await import('./api/app.js');
      await import('./workers/run-worker.js');
      const { startTracing } = await import('./telemetry/tracing.js');
      await startTracing(process.env.TEST_ENDPOINT || undefined, 'careplus-api');
      const loaded = Object.keys(createRequire(import.meta.url).cache);
      console.log(loaded.length > 50, loaded.some((path) => /@opentelemetry.(sdk|exporter)/.test(path)));`;
    const loads = async (endpoint: string) => {
      const { stdout } = await promisify(execFile)(
        process.execPath,
        ['--import', 'tsx/esm', '--input-type=module', '-e', script],
        { cwd: ROOT, env: inheritedEnvironment({ NODE_OPTIONS: '', TEST_ENDPOINT: endpoint }) },
      );
      return stdout.trim();
    };
    expect(await loads('')).toBe('true false');
    // The same look does see them where one is configured.
    expect(await loads('http://127.0.0.1:1')).toBe('true true');
  }, 60_000);
});
