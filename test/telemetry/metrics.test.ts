/** /metrics: what is counted, how the store stands, and that a scrape neither hangs nor speaks of anybody. */
import { readFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { apiMetrics } from '../../api/metrics.js';
import { createApp } from '../../api/app.js';
import { connect } from '../../db/connection.js';
import { heartbeats } from '../../db/jobs/heartbeats.js';
import { definitions } from '../../domain/processes.js';
import { createMetrics, scrapeOf, type Scrape } from '../../telemetry/installation.js';
import { startOps } from '../../workers/ops.js';
import { freePort } from '../../workers/servers/ports.js';
import supertest from 'supertest';
import { atRest, example, expected, openApi, until, type ApiBench } from '../api/support/bench.js';
import type { Started } from '../api/support/shapes.js';
import { freshDatabase } from '../support/database.js';

const file = (path: string) => readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8');

/** The value of one series; undefined when it is not there. */
function valueOf(
  text: string,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number | undefined {
  for (const line of text.split('\n')) {
    const [, metric, inner = '', value] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    if (metric !== name) continue;
    if (Object.entries(labels).every(([label, wanted]) => inner.includes(`${label}="${wanted}"`)))
      return Number(value);
  }
  return undefined;
}

const namesIn = (text: string): ReadonlySet<string> =>
  new Set([...text.matchAll(/^# TYPE (\w+) /gm)].map(([, name]) => name ?? ''));

describe('the metrics of an installation at work', () => {
  const metrics = {
    api: apiMetrics(definitions, false),
    worker: createMetrics({ part: 'worker', definitions }),
  };
  let api: ApiBench;
  let scraped: { api: string; worker: string };
  let ofApi: Scrape;
  let processId: string;

  beforeAll(async () => {
    api = await openApi({ change: { metrics: metrics.api }, observers: { metrics: metrics.worker } });
    const sam = api.as('sam-rivers');
    const answer = await api.as('kim-field').post('/v1/contracts', { file: example('contract.yaml') });
    ({ processId } = expected<Started>(answer, 201));
    const today = new Date().toISOString().slice(0, 10);
    const path = `/v1/processes/${processId}/commands`;
    expected(await sam.post(`${path}/activate`, { portalRegisteredOn: today }), 200);
    expect((await sam.post(`${path}/activate`, { portalRegisteredOn: today })).status).toBe(409);
    await sam.get('/v1/no-such-address/maria.stone@northwind.example');
    await heartbeats(api.database).declare([{ name: 'check', everyMs: 600_000 }]);
    await heartbeats(api.database).succeeded({ name: 'check', everyMs: 600_000 }, { violated: 1, seqGap: 2 });
    const scrape = scrapeOf(metrics.worker, api.database, definitions, { cacheMs: 0 });
    const sentMail = { kind: 'mail', outcome: 'confirmed' };
    await until(async () => (valueOf(await scrape.scrape(), 'careplus_effects_total', sentMail) ?? 0) > 0);
    // The contract hears that its mail has arrived: nothing waits only after that.
    await atRest(api.database);
    ofApi = scrapeOf(metrics.api, api.database, definitions);
    scraped = { worker: await scrape.scrape(), api: await ofApi.scrape() };
  }, 60_000);
  afterAll(async () => {
    await api.close();
  });

  it('count steps, refusals, effects and requests', () => {
    const { worker, api: requests } = scraped;
    const contract = { slug: 'contract', outcome: 'accepted' };
    expect(valueOf(worker, 'careplus_steps_total', contract)).toBeGreaterThanOrEqual(2);
    expect(valueOf(worker, 'careplus_step_seconds_count', { slug: 'contract' })).toBeGreaterThanOrEqual(2);
    expect(valueOf(worker, 'careplus_effects_total', { kind: 'mail', outcome: 'confirmed' })).toBeGreaterThan(
      0,
    );
    expect(valueOf(worker, 'careplus_parked_total')).toBe(0);
    expect(valueOf(requests, 'careplus_refusals_total', { code: 'PROCESS_STATUS' })).toBe(1);
    const route = { route: '/v1/contracts', method: 'POST', status: '201' };
    expect(valueOf(requests, 'careplus_http_requests_total', route)).toBe(1);
    expect(valueOf(requests, 'careplus_http_request_seconds_count', { route: '/v1/contracts' })).toBe(1);
  });

  it('say how the store stands, on both parts', () => {
    for (const text of Object.values(scraped)) {
      expect(valueOf(text, 'careplus_store_up')).toBe(1);
      expect(valueOf(text, 'careplus_processes_open', { slug: 'contract', status: 'active' })).toBe(1);
      expect(valueOf(text, 'careplus_inbox_waiting')).toBe(0);
      expect(valueOf(text, 'careplus_effects_unsettled', { state: 'unknown' })).toBe(0);
      expect(valueOf(text, 'careplus_job_age_seconds', { system_job: 'check' })).toBeLessThan(60);
      expect(valueOf(text, 'careplus_job_every_seconds', { system_job: 'check' })).toBe(600);
      expect(valueOf(text, 'careplus_invariant_violations', { invariant: 'seqGap' })).toBe(2);
      expect(valueOf(text, 'careplus_invariant_violations', { invariant: 'doubleKey' })).toBe(0);
      expect(valueOf(text, 'careplus_database_connections', { state: 'used' })).toBeGreaterThanOrEqual(0);
    }
    expect(valueOf(scraped.worker, 'process_resident_memory_bytes')).toBeGreaterThan(0);
  });

  it('have every name that an alert or a panel asks for, and each alert says what to do', () => {
    const names = new Set([...namesIn(scraped.api), ...namesIn(scraped.worker)]);
    const { groups } = parse(file('deploy/alerts.yaml')) as {
      groups: {
        rules: { alert: string; expr: string; annotations: { summary: string; runbook: string } }[];
      }[];
    };
    const dashboard = JSON.parse(file('deploy/dashboard.json')) as {
      panels: { title: string; targets: { expr: string }[] }[];
    };
    const rules = groups.flatMap((group) => group.rules);
    const expressions = [
      ...rules.map((rule) => rule.expr),
      ...dashboard.panels.flatMap((panel) => panel.targets.map((target) => target.expr)),
    ];
    expect(expressions.length).toBeGreaterThan(35);
    const asked = new Set(
      expressions.flatMap((text) => text.match(/\b(?:careplus|process|nodejs)_\w+/g) ?? []),
    );
    const unknown = [...asked].filter(
      (name) => !names.has(name) && !names.has(name.replace(/_(bucket|count|sum)$/, '')),
    );
    expect(unknown).toEqual([]);
    for (const { alert, annotations } of rules) {
      expect([alert, /^[A-Z{'].{10,}/.test(annotations.summary), annotations.runbook.length > 20]).toEqual([
        alert,
        true,
        true,
      ]);
    }
    const ours = [...names].filter((name) => name.startsWith('careplus_'));
    expect(ours.filter((name) => ![...asked].some((one) => one.startsWith(name)))).toEqual([]);
  });

  it('have every label that an alert or a panel asks for, and none that Prometheus gives itself', () => {
    const labels = new Set(
      Object.values(scraped).flatMap((text) =>
        [...text.matchAll(/(\w+)="/g)].map(([, label]) => label ?? ''),
      ),
    );
    const asked = [file('deploy/alerts.yaml'), file('deploy/dashboard.json')].flatMap((text) => [
      ...[...text.matchAll(/\bby \(([\w, ]+)\)/g)].flatMap(([, names = '']) => names.split(', ')),
      ...[...text.matchAll(/\$labels\.(\w+)/g)].map(([, name = '']) => name),
      ...[...text.matchAll(/(\w+)=~?\\?"/g)].map(([, name = '']) => name),
    ]);
    expect(asked.length).toBeGreaterThan(30);
    expect(asked.filter((name) => !labels.has(name))).toEqual([]);
    // A series that brings its own finds it renamed to exported_job.
    expect([...labels].filter((name) => ['job', 'instance'].includes(name))).toEqual([]);
  });

  it('hold words of the program in their labels, never an id or an address', () => {
    const values = Object.values(scraped).flatMap((text) =>
      [...text.matchAll(/(\w+)="([^"]*)"/g)].map(([, label, value]) => ({ label, value: value ?? '' })),
    );
    expect(values.length).toBeGreaterThan(100);
    for (const { value } of values) {
      expect(value).not.toContain(processId);
      expect(value).not.toMatch(/@|maria|northwind|[0-9a-f]{12}/);
    }
  });

  it('do not grow with what callers send', async () => {
    const text = async () => ofApi.scrape();
    const series = async () =>
      (await text()).split('\n').filter((line) => line.startsWith('careplus_')).length;
    const server = supertest(createApp(api.deps));
    await server.get('/unheard-of/0');
    const before = await series();
    for (let index = 1; index <= 30; index += 1) await server.get(`/unheard-of/${index}`);
    expect(await series()).toBe(before);
    metrics.worker.step({
      slug: 'made-up',
      outcome: 'refused',
      seconds: 0,
      markLagSeconds: null,
      refusal: 'MADE_UP_1',
    });
    const worker = await metrics.worker.registry.metrics();
    expect(worker).not.toMatch(/made-up|MADE_UP/);
    expect(valueOf(worker, 'careplus_refusals_total', { code: 'other' })).toBe(1);
  });
});

describe('the metrics of a worker that has just begun', () => {
  it('count failures of every kind from nought: of a series that begins later its first rise is not seen', async () => {
    const text = await createMetrics({ part: 'worker', definitions, ofProcess: false }).registry.metrics();
    for (const kind of ['mail', 'page', 'startProcess', 'tellProcess'])
      expect([kind, valueOf(text, 'careplus_effects_total', { kind, outcome: 'failed' })]).toEqual([kind, 0]);
  });
});

describe('a scrape without the store', () => {
  it('is answered in time, says so, and shows no number that nobody vouches for', async () => {
    // Takes connections and says nothing: worse than one that refuses them.
    const sockets: Socket[] = [];
    const silent = createServer((socket) => void sockets.push(socket));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const address = silent.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const database = connect({
      databaseUrl: `postgres://nobody@127.0.0.1:${port}/none`,
      poolSize: 1,
      acquireMs: 3_000,
    });
    const metrics = createMetrics({ part: 'worker', definitions, ofProcess: false });
    const opsPort = await freePort();
    const ops = await startOps({
      host: '127.0.0.1',
      port: opsPort,
      missing: async () => [],
      mode: async () => 'normal',
      metrics: scrapeOf(metrics, database, definitions, { mostMs: 200 }),
    });
    try {
      const since = performance.now();
      const text = await (await fetch(`http://127.0.0.1:${opsPort}/metrics`)).text();
      expect(performance.now() - since).toBeLessThan(2_000);
      expect(valueOf(text, 'careplus_store_up')).toBe(0);
      expect(valueOf(text, 'careplus_relay_lag_seconds')).toBeGreaterThanOrEqual(0);
      const ofStore = /^careplus_(processes|inbox|mark_overdue|effects_(oldest|unsettled)|job)_?\w*\{/m;
      expect(text).not.toMatch(ofStore);
      expect((await fetch(`http://127.0.0.1:${opsPort}/livez`)).status).toBe(200);
    } finally {
      await ops.close();
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => silent.close(resolve));
      await database.close();
    }
  }, 20_000);

  it('shares one look at the store among those who ask at the same time', async () => {
    const fresh = await freshDatabase();
    const database = connect({ databaseUrl: fresh.url, poolSize: 2 });
    let looks = 0;
    const counting = {
      ...database,
      as: ((...asked: Parameters<typeof database.as>) => {
        looks += 1;
        return database.as(...asked);
      }) as typeof database.as,
    };
    try {
      const scrape = scrapeOf(
        createMetrics({ part: 'api', definitions, ofProcess: false }),
        counting,
        definitions,
      );
      await Promise.all(Array.from({ length: 10 }, () => scrape.scrape()));
      await scrape.scrape();
      expect(looks).toBe(2);
    } finally {
      await database.close();
      await fresh.drop();
    }
  });
});
