/** Requests a minute: of an address, a key, a person, an organisation; a flood of one leaves the others alone. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Express } from 'express';
import supertest from 'supertest';
import { createApp } from '../../api/app.js';
import type { Limits } from '../../api/dependencies.js';
import { createTenant, savePeople } from '../../db/provision/tenants.js';
import { aPerson } from '../db/support/world.js';
import { expected, openApi, type ApiBench } from './support/bench.js';
import type { ProblemDocument } from './support/shapes.js';

let api: ApiBench;
beforeAll(async () => {
  api = await openApi({ worker: false });
  for (const [tenant, people] of Object.entries({ acme: ['gwen', 'gary'], umbra: ['uma'] })) {
    await createTenant(api.database, { id: tenant, name: tenant });
    await savePeople(
      api.database,
      tenant,
      people.map((id) => aPerson(id)),
      'kim-field',
    );
  }
});
afterAll(async () => {
  await api.close();
});

function appWith(limits: Partial<Limits>): Express {
  return createApp({ ...api.deps, limits: { ...api.deps.limits, ...limits } });
}

function ask(app: Express, headers: Readonly<Record<string, string>>): supertest.Test {
  return supertest(app).get('/v1/me').set(headers);
}

async function statuses(count: number, once: () => supertest.Test): Promise<readonly number[]> {
  const answers = await Promise.all(Array.from({ length: count }, async () => (await once()).status));
  return answers.sort((a, b) => a - b);
}

const as = (person: string) => ({ 'x-careplus-as': person });

describe('a flood', () => {
  it('of one organisation, by however many people, leaves the requests of another untouched', async () => {
    const app = appWith({ requestsPerTenant: 10 });
    const flood = [
      ...(await statuses(15, () => ask(app, as('gwen')))),
      ...(await statuses(15, () => ask(app, as('gary')))),
    ];
    expect(flood.filter((status) => status === 200)).toHaveLength(10);
    expect(flood.filter((status) => status === 429)).toHaveLength(20);
    expect(await statuses(10, () => ask(app, as('uma')))).toEqual(Array(10).fill(200));
    expect(await statuses(10, () => ask(app, as('sam-rivers')))).toEqual(Array(10).fill(200));
  });

  it('of one person leaves his colleagues untouched, and uses up no more of their organisation than his part', async () => {
    const app = appWith({ requestsPerPerson: 5, requestsPerTenant: 10 });
    expect(await statuses(50, () => ask(app, as('gwen')))).toEqual([
      ...Array<number>(5).fill(200),
      ...Array<number>(45).fill(429),
    ]);
    expect(await statuses(5, () => ask(app, as('gary')))).toEqual(Array(5).fill(200));
  });

  it('of one key leaves the other keys of its person untouched', async () => {
    const app = appWith({ requestsPerKey: 4, requestsPerPerson: 8 });
    const key = async (label: string) => {
      const body = { personId: 'sam-rivers', label };
      const made = expected<{ key: string }>(await api.as('sam-rivers').post('/v1/api-keys', body), 201);
      return { authorization: `Bearer ${made.key}` };
    };
    const [one, other] = [await key('one'), await key('other')];
    expect((await statuses(20, () => ask(app, one))).filter((status) => status === 200)).toHaveLength(4);
    expect(await statuses(4, () => ask(app, other))).toEqual(Array(4).fill(200));
  });

  it('without a credential is stopped by its address, and counts for nobody', async () => {
    const app = appWith({ requestsPerMinute: 6, trustedProxies: 1 });
    const from = (address: string) => ({ 'x-forwarded-for': address });
    const flood = await statuses(10, () => ask(app, { ...from('203.0.113.1'), authorization: 'Bearer x' }));
    expect(flood).toEqual([...Array<number>(6).fill(401), ...Array<number>(4).fill(429)]);
    expect((await ask(app, { ...from('203.0.113.2'), ...as('gwen') })).status).toBe(200);
  });

  it('cannot hide behind addresses that it makes up, where no proxy is trusted', async () => {
    const app = appWith({ requestsPerMinute: 6 });
    let count = 0;
    const headers = () => ({ 'x-forwarded-for': `203.0.113.${String((count += 1))}`, ...as('gwen') });
    expect((await statuses(10, () => ask(app, headers()))).filter((status) => status === 429)).toHaveLength(
      4,
    );
  });
});

describe('an answer', () => {
  it('says how much of each limit is left, and when it was too much, how long to wait', async () => {
    const app = appWith({ requestsPerPerson: 2, requestsPerTenant: 3 });
    const first = await ask(app, as('gwen'));
    expect(first.headers['ratelimit']).toMatch(
      /"address"; r=\d+; t=\d+, "person"; r=1; t=\d+, "tenant"; r=2/,
    );
    expect(first.headers['ratelimit-policy']).toMatch(/"person"; q=2; w=60/);
    expect(first.headers['retry-after']).toBeUndefined();
    await ask(app, as('gwen'));
    const refused = await ask(app, as('gwen'));
    const body = refused.body as ProblemDocument;
    expect(refused.status).toBe(429);
    expect(body).toMatchObject({
      code: 'TOO_MANY_REQUESTS',
      detail: 'There were too many requests of one person.',
    });
    const wait = Number(refused.headers['retry-after']);
    expect(wait).toBeGreaterThan(0);
    expect(wait).toBeLessThanOrEqual(60);
    expect(refused.headers['ratelimit']).toMatch(/"person"; r=0/);
    expect(refused.headers['x-request-id']).toMatch(/\S/);
  });

  it('is refused to people who ask too often also where they may not ask at all', async () => {
    const app = appWith({ requestsPerPerson: 2 });
    const once = () => supertest(app).get('/v1/operations/attention').set(as('gwen'));
    const answers = [(await once()).status, (await once()).status, (await once()).status];
    expect(answers).toEqual([403, 403, 429]);
  });
});
