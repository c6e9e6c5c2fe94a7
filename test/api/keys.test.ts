/** API keys: what they are for, when they end, how they are replaced, that a repeat makes no second one. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import supertest from 'supertest';
import { createApp } from '../../api/app.js';
import { inheritedEnvironment } from '../../config/environment.js';
import { BusinessClock, businessNow } from '../../db/business-clock.js';
import { installTestClock } from '../../db/test-clock.js';
import { raw } from '../db/support/raw.js';
import { example, expected, openApi, until, type Answer, type ApiBench } from './support/bench.js';
import type { Items, ProblemDocument } from './support/shapes.js';

interface Shown {
  readonly id: string;
  readonly key: string;
  readonly scopes: readonly string[];
  readonly expiresAt: string;
}

interface Listed {
  readonly id: string;
  readonly expiresAt: string | null;
  readonly lastUsedAt: string | null;
  readonly graceUntil: string | null;
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

let api: ApiBench;
beforeAll(async () => {
  api = await openApi({ worker: false, prepare: installTestClock });
});
afterAll(async () => {
  await api.close();
});

async function make(person: string, change: Readonly<Record<string, unknown>> = {}): Promise<Shown> {
  const body = { personId: person, label: 'test', ...change };
  return expected<Shown>(await api.as(person).post('/v1/api-keys', body), 201);
}

const bearer = ({ key }: Shown) => ({ authorization: `Bearer ${key}` });
const meWith = async (key: Shown): Promise<number> =>
  (await api.as(null).get('/v1/me', { headers: bearer(key) })).status;
const codeOf = (answer: Answer) => (answer.body as ProblemDocument).code;
const placesOf = (answer: Answer) => (answer.body as ProblemDocument).problems?.map(({ path }) => path);

/** Business time, to and fro of which all ends of keys are counted. */
const now = () => api.database.as('relay', {}, businessNow);
async function pass(ms: number): Promise<void> {
  await new BusinessClock(api.database).raiseTo((await now()) + ms);
}

async function listed(person: string, id: string): Promise<Listed | undefined> {
  const list = expected<Items<Listed>>(await api.as(person).get('/v1/api-keys'), 200);
  return list.items.find((key) => key.id === id);
}

describe('the scopes of a key', () => {
  it('are reading and commands when nobody says, and whatever it is not for is refused by its own code', async () => {
    const usual = await make('kim-field');
    expect(usual.scopes).toEqual(['read', 'command']);
    const ask = async (key: Shown) => {
      const client = api.as(null);
      return {
        read: await client.get('/v1/me', { headers: bearer(key) }),
        command: await client.post('/v1/processes/nothing', {}, bearer(key)),
        administer: await client.post('/v1/calendars', {}, bearer(key)),
      };
    };
    for (const scopes of [['read'], ['command'], ['administer'], ['read', 'command']] as const) {
      const answers = await ask(await make('kim-field', { scopes }));
      for (const [scope, answer] of Object.entries(answers)) {
        const allowed = scopes.some((one) => one === scope);
        expect([scope, codeOf(answer) === 'KEY_SCOPE']).toEqual([scope, !allowed]);
        if (!allowed) expect(answer.status).toBe(403);
      }
    }
  });

  it('must be some, and known ones', async () => {
    for (const scopes of [[], ['everything'], 'read']) {
      const answer = await api
        .as('kim-field')
        .post('/v1/api-keys', { personId: 'kim-field', label: 'x', scopes });
      expect(answer.status).toBe(422);
    }
  });

  it('that a key does not have it cannot hand on, not by a new key and not by a rotation', async () => {
    const administers = await make('kim-field', { scopes: ['administer'] });
    const body = { personId: 'kim-field', label: 'more', scopes: ['read'] };
    const client = api.as(null);
    const refused = await client.post('/v1/api-keys', body, bearer(administers));
    expect([refused.status, codeOf(refused)]).toEqual([403, 'KEY_SCOPE']);
    expected(
      await client.post('/v1/api-keys', { ...body, scopes: ['administer'] }, bearer(administers)),
      201,
    );
    const reads = await make('kim-field', { scopes: ['read'] });
    const rotated = await client.post(`/v1/api-keys/${reads.id}/rotate`, {}, bearer(administers));
    expect(codeOf(rotated)).toBe('KEY_SCOPE');
    const self = await client.post(`/v1/api-keys/${reads.id}/rotate`, {}, bearer(reads));
    expect(codeOf(self)).toBe('KEY_SCOPE');
    expect(await meWith(reads)).toBe(200);
  });
});

describe('the end of a key', () => {
  it('is that of the installation when nobody says, and never beyond the longest life', async () => {
    const { keyDays, keyMostDays } = api.deps.limits;
    const usual = await make('sam-rivers');
    const days = (Date.parse(usual.expiresAt) - (await now())) / DAY_MS;
    expect(days).toBeGreaterThan(keyDays - 0.01);
    expect(days).toBeLessThanOrEqual(keyDays);
    const at = async (ms: number) => new Date((await now()) + ms).toISOString();
    for (const expiresAt of [await at(-1_000), await at(keyMostDays * DAY_MS + HOUR_MS)]) {
      const body = { personId: 'sam-rivers', label: 'x', expiresAt };
      const answer = await api.as('sam-rivers').post('/v1/api-keys', body);
      expect([answer.status, placesOf(answer)]).toEqual([422, ['expiresAt']]);
    }
    await make('sam-rivers', { expiresAt: await at(keyMostDays * DAY_MS - HOUR_MS) });
  });

  it('is what the installation sets: other limits give other ends', async () => {
    const limits = { ...api.deps.limits, keyDays: 2, keyMostDays: 3 };
    const app = createApp({ ...api.deps, limits });
    const ask = (body: object) =>
      supertest(app).post('/v1/api-keys').set('x-careplus-as', 'sam-rivers').send(body);
    const made = await ask({ personId: 'sam-rivers', label: 'x' });
    const end = Date.parse((made.body as Shown).expiresAt);
    expect(Math.abs(end - (await now()) - 2 * DAY_MS)).toBeLessThan(60_000);
    const expiresAt = new Date((await now()) + 4 * DAY_MS).toISOString();
    expect((await ask({ personId: 'sam-rivers', label: 'x', expiresAt })).status).toBe(422);
  });

  it('ends it', async () => {
    const expiresAt = new Date((await now()) + HOUR_MS).toISOString();
    const key = await make('sam-rivers', { expiresAt });
    expect(await meWith(key)).toBe(200);
    await pass(HOUR_MS + 1_000);
    expect(await meWith(key)).toBe(401);
    expected(await api.as('sam-rivers').post(`/v1/api-keys/${key.id}/rotate`, {}), 404);
  });
});

describe('a rotation', () => {
  const rotate = (person: string, id: string, body: object, headers = {}) =>
    api.as(person).post(`/v1/api-keys/${id}/rotate`, body, headers);

  it('gives a new secret and lets the one before go on for the time given, and no longer', async () => {
    const first = await make('robin-lake', { scopes: ['read'] });
    const second = expected<Shown>(await rotate('robin-lake', first.id, { graceHours: 2 }), 200);
    expect(second).toMatchObject({ id: first.id, scopes: ['read'] });
    expect(second.key).not.toBe(first.key);
    expect([await meWith(first), await meWith(second)]).toEqual([200, 200]);
    const grace = Date.parse((await listed('robin-lake', first.id))?.graceUntil ?? '');
    expect(Math.abs(grace - (await now()) - 2 * HOUR_MS)).toBeLessThan(60_000);
    await pass(2 * HOUR_MS + 1_000);
    expect([await meWith(first), await meWith(second)]).toEqual([401, 200]);
    expect((await listed('robin-lake', first.id))?.graceUntil).toBeNull();
  });

  it('without a time ends every older secret at once', async () => {
    const first = await make('robin-lake');
    const second = expected<Shown>(await rotate('robin-lake', first.id, { graceHours: 5 }), 200);
    const third = expected<Shown>(await rotate('robin-lake', first.id, {}), 200);
    expect([await meWith(first), await meWith(second), await meWith(third)]).toEqual([401, 401, 200]);
  });

  it('whose answer was lost is done again without cutting off the secret in use', async () => {
    const inUse = await make('robin-lake');
    const lost = expected<Shown>(
      await rotate('robin-lake', inUse.id, { graceHours: 5 }, { 'idempotency-key': 'r1' }),
      200,
    );
    const repeat = await rotate('robin-lake', inUse.id, { graceHours: 5 }, { 'idempotency-key': 'r1' });
    expect([repeat.status, codeOf(repeat)]).toEqual([409, 'SECRET_SHOWN']);
    expect(repeat.body).toMatchObject({ keyId: inUse.id });
    expect([await meWith(inUse), await meWith(lost)]).toEqual([200, 200]);
    const again = expected<Shown>(await rotate('robin-lake', inUse.id, { graceHours: 5 }), 200);
    expect([await meWith(inUse), await meWith(again)]).toEqual([200, 200]);
  });

  it('may give no more time than the installation allows, and never more than two older secrets go on', async () => {
    const first = await make('robin-lake');
    const most = api.deps.limits.keyMostGraceHours;
    const answer = await rotate('robin-lake', first.id, { graceHours: most + 1 });
    expect([answer.status, placesOf(answer)]).toEqual([422, ['graceHours']]);
    const secrets = [first];
    for (let time = 0; time < 4; time += 1) {
      await pass(60_000);
      secrets.push(expected<Shown>(await rotate('robin-lake', first.id, { graceHours: most }), 200));
    }
    expect(await Promise.all(secrets.map(meWith))).toEqual([401, 401, 200, 200, 200]);
  });

  it('is for its holder and for administrators who may see him; to others the key is not there', async () => {
    const key = await make('sam-rivers');
    const missing = await rotate('robin-lake', 'key_missing', {});
    const foreign = await rotate('robin-lake', key.id, {});
    expect([foreign.status, foreign.text]).toEqual([404, missing.text]);
    expected(await rotate('kim-field', key.id, {}), 200);
    expect(await meWith(key)).toBe(401);
  });

  it('of a revoked key is refused, and revoking ends the secrets of before too', async () => {
    const first = await make('sam-rivers');
    const second = expected<Shown>(await rotate('sam-rivers', first.id, { graceHours: 5 }), 200);
    expected(await api.as('kim-field').delete(`/v1/api-keys/${first.id}`), 204);
    expect([await meWith(first), await meWith(second)]).toEqual([401, 401]);
    expected(await rotate('sam-rivers', first.id, {}), 404);
    expected(await api.as('kim-field').delete(`/v1/api-keys/${first.id}`), 404);
  });
});

describe('a repeated request for a key', () => {
  const ask = (person: string, label: string, key: string) =>
    api.as(person).post('/v1/api-keys', { personId: person, label }, { 'idempotency-key': key });
  const countOf = async (person: string) =>
    expected<Items<Listed>>(await api.as(person).get('/v1/api-keys'), 200).items.length;

  it('makes no second key and shows no secret again, but names the key', async () => {
    const before = await countOf('toni-vale');
    const made = expected<Shown>(await ask('toni-vale', 'laptop', 'k1'), 201);
    const repeat = await ask('toni-vale', 'laptop', 'k1');
    expect([repeat.status, codeOf(repeat)]).toEqual([409, 'SECRET_SHOWN']);
    expect(repeat.body).toMatchObject({ keyId: made.id });
    expect(repeat.text).not.toContain(made.key);
    const other = await ask('toni-vale', 'desk', 'k1');
    expect([other.status, codeOf(other)]).toEqual([422, 'IDEMPOTENCY_KEY_REUSED']);
    expect(await countOf('toni-vale')).toBe(before + 1);
    expected(await ask('sam-rivers', 'laptop', 'k1'), 201);
  });

  it('at the same moment makes one key', async () => {
    const before = await countOf('toni-vale');
    const answers = await Promise.all(Array.from({ length: 8 }, () => ask('toni-vale', 'race', 'k2')));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409, 409, 409, 409, 409]);
    expect(await countOf('toni-vale')).toBe(before + 1);
  });
});

describe('the last use of a key', () => {
  it('is written once and then not before a minute has passed, and the request does not wait for it', async () => {
    const key = await make('noor-dale');
    expect((await listed('noor-dale', key.id))?.lastUsedAt).toBeNull();
    expect(await meWith(key)).toBe(200);
    const first = await until(async () => (await listed('noor-dale', key.id))?.lastUsedAt);
    for (let time = 0; time < 5; time += 1) expect(await meWith(key)).toBe(200);
    expect((await listed('noor-dale', key.id))?.lastUsedAt).toBe(first);
    // Another process, which knows nothing of the first: the row itself says that a minute has not passed.
    const other = createApp(api.deps);
    const again = () => supertest(other).get('/v1/me').set('authorization', `Bearer ${key.key}`);
    expect((await again()).status).toBe(200);
    await pass(61_000);
    const third = createApp(api.deps);
    expect((await supertest(third).get('/v1/me').set('authorization', `Bearer ${key.key}`)).status).toBe(200);
    const later = await until(async () => {
      const at = (await listed('noor-dale', key.id))?.lastUsedAt;
      return at !== first && at;
    });
    expect(Date.parse(later) - Date.parse(first ?? '')).toBeGreaterThan(60_000);
  });

  it('that cannot be written takes nothing from the answer, and is said in the log', async () => {
    const key = await make('noor-dale');
    const change = (text: string) =>
      raw(api.url, async (client) => client.query(`alter table last_uses ${text}`));
    await change(`add constraint broken check (last_at < '2000-01-01') not valid`);
    expect(await meWith(key)).toBe(200);
    await until(async () => api.logged().includes('a last use could not be noted'));
    await change('drop constraint broken');
  });
});

describe('the list of keys', () => {
  it('of somebody else is for administrators', async () => {
    const key = await make('sam-rivers');
    const path = '/v1/api-keys?person=sam-rivers';
    expected(await api.as('robin-lake').get(path), 403);
    const list = expected<Items<Listed>>(await api.as('dana-hill').get(path), 200);
    expect(list.items.map(({ id }) => id)).toContain(key.id);
    expected(await api.as('dana-hill').get('/v1/api-keys?person=nobody'), 404);
    expect(JSON.stringify(list)).not.toContain(key.key.split('_').at(-1));
  });
});

describe('the first key of an installation', () => {
  it('may do everything and ends', async () => {
    const empty = await openApi({ worker: false, provisioned: false, change: { profile: 'production' } });
    try {
      const saved = await empty.as(null).put('/v1/staff', example('provider.yaml'));
      const { apiKey } = expected<{ apiKey: Shown }>(saved, 200);
      expect(Date.parse(apiKey.expiresAt)).toBeGreaterThan(Date.now());
      const headers = bearer(apiKey);
      expected(
        await empty.as(null).post('/v1/calendars', example('calendars/berlin-office.yaml'), headers),
        201,
      );
    } finally {
      await empty.close();
    }
  });

  it('is given to nobody whom a proxy on the same machine hands on', async () => {
    const empty = await openApi({ worker: false, provisioned: false, change: { profile: 'production' } });
    try {
      for (const headers of [{ 'x-forwarded-for': '203.0.113.9' }, { forwarded: 'for=203.0.113.9' }]) {
        expected(await empty.as(null).put('/v1/staff', example('provider.yaml'), headers), 401);
      }
    } finally {
      await empty.close();
    }
  });
});

describe('an installation whose last key has ended', () => {
  const recover = (personId: string) =>
    promisify(execFile)(process.execPath, ['--import', 'tsx/esm', 'api/recover-key.ts', personId], {
      cwd: ROOT,
      env: inheritedEnvironment({ DATABASE_URL: api.url }),
    });

  it('is opened with the database, for an administrator and for one day, and the audit shows it', async () => {
    const { stdout } = await recover('kim-field');
    const key = stdout.trim();
    expect((await api.as(null).get('/v1/me', { headers: { authorization: `Bearer ${key}` } })).status).toBe(
      200,
    );
    const id = /^cp_(.+)_[0-9a-f]{64}$/.exec(key)?.[1] ?? '';
    const expiresAt = Date.parse((await listed('kim-field', id))?.expiresAt ?? '');
    expect(expiresAt - (await now())).toBeGreaterThan(DAY_MS - HOUR_MS);
    expect(expiresAt - (await now())).toBeLessThanOrEqual(DAY_MS);
    const kept = await raw(api.url, (client) =>
      client.query('select from refusals where strpos(bytes, $1) > 0', [`apiKey.created ${id}`]),
    );
    expect(kept.rowCount).toBe(1);
  });

  it('is opened for nobody else', async () => {
    await expect(recover('sam-rivers')).rejects.toMatchObject({
      code: 64,
      stderr: expect.stringContaining('sam-rivers is no active policy administrator'),
    });
  });
});
