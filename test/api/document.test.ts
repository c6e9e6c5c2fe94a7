/** The OpenAPI document: valid, complete, and true of whatever is asked. */
import { createConfig, lintFromString } from '@redocly/openapi-core';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { routes } from '../../api/app.js';
import { problemWords } from '../../api/http/problems.js';
import type { Route } from '../../api/http/route.js';
import { openApiDocument } from '../../api/openapi.js';
import { definitions } from '../../domain/processes.js';
import { example, expected, openApi, type Answer, type ApiBench } from './support/bench.js';
import type { ProblemDocument, Started } from './support/shapes.js';

const document = openApiDocument();
const documentedPaths = new Map(Object.entries(document.paths ?? {}));

describe('the document', () => {
  it('is valid OpenAPI 3.1 without a warning', async () => {
    expect(document.openapi).toBe('3.1.0');
    const config = await createConfig({ extends: ['recommended'] });
    const problems = await lintFromString({ source: JSON.stringify(document), config });
    expect(problems.map(({ ruleId, message }) => `${ruleId}: ${message}`)).toEqual([]);
  });

  it('holds every route, and every command of every definition', () => {
    const missing = routes.flatMap((route) =>
      (route.variants ?? [route]).filter(
        ({ path }) => !Object.hasOwn(documentedPaths.get(path) ?? {}, route.method),
      ),
    );
    expect(missing).toEqual([]);
    for (const { words } of Object.values(definitions)) {
      expect(documentedPaths.has(`/v1/processes/${words.slug}`)).toBe(true);
      for (const command of Object.keys(words.commands)) {
        expect(documentedPaths.has(`/v1/processes/{id}/commands/${command}`)).toBe(true);
      }
    }
  });

  it('is the one that is served, and its page needs nothing from elsewhere', async () => {
    const api = await openApi({ worker: false, provisioned: false });
    try {
      const nobody = api.as(null);
      expect((await nobody.get('/openapi.json')).body).toEqual(JSON.parse(JSON.stringify(document)));
      const page = await nobody.get('/docs');
      expect(page.status).toBe(200);
      expect(page.text).not.toMatch(/https?:\/\//);
      for (const [, file] of page.text.matchAll(/(?:src|href)="([^"]+)"/g)) {
        expect((await nobody.get(file ?? '')).status).toBe(200);
      }
      expect(page.headers['content-security-policy']).toContain("script-src 'self'");
    } finally {
      await api.close();
    }
  });

  it('names a status, a title and a remedy for every code', () => {
    for (const [code, { status, title, remedy }] of Object.entries(problemWords)) {
      expect(code).toMatch(/^[A-Z_]+$/);
      expect(status).toBeGreaterThanOrEqual(400);
      expect(title).toMatch(/\.$/);
      expect(remedy).toMatch(/\.$/);
    }
  });
});

describe('whatever is asked', () => {
  let api: ApiBench;
  let processId = '';
  beforeAll(async () => {
    api = await openApi();
    const imported = await api.as('kim-field').post('/v1/contracts', { file: example('contract.yaml') });
    processId = expected<Started>(imported, 201).processId;
  });
  afterAll(async () => {
    await api.close();
  });

  const seed = Number(process.env['TEST_SEED'] ?? 20_261_122);
  const junkText = fc.oneof(
    fc.constantFrom(
      '',
      '0',
      '-1',
      '1e9',
      '../..',
      '%00',
      "'; drop table x",
      'northwind-2026',
      '__proto__',
      'constructor',
      '🦊',
    ),
    fc.string({ unit: 'binary', maxLength: 20 }),
  );
  const junk = fc.oneof(
    junkText,
    fc.integer(),
    fc.double(),
    fc.constant(null),
    fc.boolean(),
    fc.jsonValue({ maxDepth: 3 }),
  );
  const tally = new Map<number, number>();
  const people = fc.constantFrom('kim-field', 'sam-rivers', 'jo-brook', 'lee-ward', 'maria-stone');

  interface Ask {
    readonly person: string;
    readonly parameters: readonly string[];
    readonly query: readonly (readonly [string, string])[];
    readonly body: unknown;
    readonly headers: Readonly<Record<string, string>>;
  }

  /** Mostly valid requests with something strange in them. */
  function asks(route: Route): fc.Arbitrary<Ask> {
    const count = [...route.path.matchAll(/\{\w+\}/g)].length;
    const known = fc.constantFrom(
      processId,
      'northwind-2026',
      'berlin-office',
      'standard',
      'onboarding',
      'note',
      '1',
      'en',
    );
    const names = Object.keys(route.query?.shape ?? {});
    const pairs = fc.array(
      fc.tuple(fc.constantFrom(...names, 'other'), fc.oneof(fc.constant('1'), junkText)),
      { maxLength: 2 },
    );
    const headers = fc.record(
      {
        'if-match': fc.constantFrom('"1"', '"x"', '*', '1'),
        'idempotency-key': fc.constantFrom('k1', 'k2', 'a b'),
      },
      { requiredKeys: [] },
    );
    // One strange thing at a time gets further than many.
    const rarely = <T, U>(usual: T, strange: fc.Arbitrary<U>) =>
      fc.oneof({ weight: 5, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: strange });
    return fc.record({
      person: rarely(rightful(route), people),
      parameters: fc.array(fc.oneof({ weight: 3, arbitrary: known }, { weight: 1, arbitrary: junkText }), {
        minLength: count,
        maxLength: count,
      }),
      query: rarely([], pairs),
      body: fc.oneof({ weight: 5, arbitrary: mutated(bodyOf(route)) }, { weight: 1, arbitrary: junk }),
      headers: rarely({}, headers),
    });
  }

  /** Somebody who may call the route. */
  function rightful({ access }: Route): string {
    const grants = 'grants' in access ? access.grants : [];
    if (grants.includes('operator')) return 'lee-ward';
    return grants.includes('auditor') ? 'jo-brook' : 'kim-field';
  }

  function bodyOf(route: Route): object {
    if (/calendars/.test(route.path)) return example('calendars/berlin-office.yaml');
    if (/rotas/.test(route.path)) return example('rotas/senior-desk.yaml');
    if (/policies/.test(route.path)) return example('policies/standard.yaml');
    if (/staff/.test(route.path)) return example('provider.yaml');
    if (route.path === '/v1/contracts') return { file: example('contract.yaml'), approveDiff: true };
    if (/adoptions/.test(route.path)) return { file: example('adoption/larkspur-2025.yaml') };
    if (/contracts/.test(route.path)) return example('contract.yaml');
    if (/documents/.test(route.path)) {
      return { documentId: 'user-guide', version: 1, language: 'en', title: 'Guide', body: '# Guide' };
    }
    return (
      (route.example as object | undefined) ?? {
        contractId: 'northwind-2026',
        text: 'A note.',
        reason: 'Because.',
      }
    );
  }

  /** A body with one leaf replaced, or a field added. */
  function mutated(body: object): fc.Arbitrary<unknown> {
    return fc.tuple(fc.nat(200), junk, fc.boolean()).map(([pick, value, add]) => {
      const copy = structuredClone(body) as Record<string, unknown>;
      const places: (() => void)[] = [];
      const walk = (node: Record<string, unknown>) => {
        for (const [name, member] of Object.entries(node)) {
          places.push(() => (node[name] = value));
          if (typeof member === 'object' && member !== null) walk(member as Record<string, unknown>);
        }
        if (add) places.push(() => (node['other'] = value));
      };
      walk(copy);
      places[pick % Math.max(1, places.length)]?.();
      return copy;
    });
  }

  function addressOf(route: Route, ask: Ask): string {
    const parameters = [...ask.parameters];
    const path = route.path.replace(/\{\w+\}/g, () =>
      encodeURIComponent((parameters.shift() ?? '').toWellFormed()),
    );
    const query = new URLSearchParams(ask.query.map(([name, value]): [string, string] => [name, value]));
    return ask.query.length === 0 ? path : `${path}?${query.toString()}`;
  }

  async function answerTo(route: Route, ask: Ask): Promise<Answer> {
    const client = api.as(ask.person);
    const address = addressOf(route, ask);
    const type = route.rawBody === undefined ? {} : { 'content-type': route.rawBody };
    const headers = { 'content-type': 'application/json', ...ask.headers, ...type };
    const body = JSON.stringify(ask.body) ?? 'null';
    if (route.method === 'get') return client.get(address, { headers: ask.headers });
    if (route.method === 'delete') return client.delete(address);
    return route.method === 'put' ? client.put(address, body, headers) : client.post(address, body, headers);
  }

  function documentedStatuses(route: Route): Set<number> {
    const paths = (route.variants ?? [route]).map((variant) => documentedPaths.get(variant.path));
    const operations = paths.map((path) => path?.[route.method]?.responses ?? {});
    return new Set(operations.flatMap((responses) => Object.keys(responses).map(Number)));
  }

  it.each(routes.map((route) => [`${route.method} ${route.path}`, route] as const))(
    `%s answers as documented, never with a defect (seed ${String(seed)})`,
    async (_name, route) => {
      const statuses = documentedStatuses(route);
      await fc.assert(
        fc.asyncProperty(asks(route), async (ask) => {
          const answer = await answerTo(route, ask);
          tally.set(answer.status, (tally.get(answer.status) ?? 0) + 1);
          // An empty or strange parameter may make another address of it.
          const elsewhere = answer.status === 404 || answer.status === 405;
          const why = elsewhere || (statuses.has(answer.status) && answer.status < 500) ? '' : answer.text;
          expect(why).toBe('');
          if (answer.status >= 400 && /problem\+json/.test(answer.headers['content-type'] ?? '')) {
            expect((answer.body as ProblemDocument).remedy).toMatch(/\S/);
          }
        }),
        // One seed for all would let the same person ask at every route.
        { seed: seed + routes.indexOf(route), numRuns: 15 },
      );
    },
  );

  it('was strange and ordinary enough to mean something', () => {
    const rare = [200, 400, 403, 404, 422].filter((status) => (tally.get(status) ?? 0) <= 10);
    expect({ rare, tally: Object.fromEntries(tally) }).toMatchObject({ rare: [] });
  });
});
