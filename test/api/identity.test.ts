/** Access tokens of a real issuer: a good one opens, every bad one is refused alike, and an issuer that is away is said. */
import { createServer, request as httpRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { exportSPKI, importJWK, SignJWT } from 'jose';
import supertest from 'supertest';
import { createApp } from '../../api/app.js';
import { IssuerKeys } from '../../api/middleware/issuer-keys.js';
import { tokenReader } from '../../api/middleware/tokens.js';
import { defaultTokenRules, type TokenRules } from '../../config/limits.js';
import { example, expected, openApi, type Answer, type ApiBench } from './support/bench.js';
import {
  AUDIENCE,
  close,
  craft,
  listen,
  signingKey,
  startIssuer,
  tampered,
  type Issuer,
  type SigningKey,
} from './support/issuer.js';
import type { ProblemDocument, Started } from './support/shapes.js';

let api: ApiBench;
let issuer: Issuer;
let rules: TokenRules;
let stranger: SigningKey;
/** The person's id is not what the issuer calls him. */
const KIM = 'subject-of-kim';
const GONE = 'subject-of-somebody-who-left';

beforeAll(async () => {
  issuer = await startIssuer([KIM], ['RS256', 'ES384', 'ES256']);
  const { issuer: name, jwksUrl } = issuer;
  rules = { ...defaultTokenRules, issuer: name, jwksUrl, audience: AUDIENCE };
  api = await openApi({ change: { profile: 'dev', tokens: tokenReader(rules, new IssuerKeys(rules)) } });
  stranger = await signingKey('key-RS256', 'RS256');
  const dana = api.as('dana-hill');
  await identify(dana, 'kim-field', KIM);
  const provider = example('provider.yaml') as { staff: Record<string, unknown>[] };
  const left = { ...provider.staff[0], id: 'rob-gone', name: 'Rob Gone', deputy: undefined };
  expected(await dana.put('/v1/staff', { ...provider, staff: [...provider.staff, left] }), 200);
  await identify(dana, 'rob-gone', GONE);
  const inactive = { ...left, active: false };
  expected(await dana.put('/v1/staff', { ...provider, staff: [...provider.staff, inactive] }), 200);
});
afterAll(async () => {
  await api.close();
  await issuer.stop();
});

async function identify(as: ReturnType<ApiBench['as']>, person: string, subject: string): Promise<void> {
  const body = { identities: [{ issuer: issuer.issuer, subject }] };
  expected(await as.put(`/v1/people/${person}/identities`, body), 200);
}

function withToken(token: string, path = '/v1/me'): Promise<Answer> {
  return api.as(null).get(path, { headers: { authorization: `Bearer ${token}` } });
}

describe('an access token of the issuer', () => {
  it('opens the API for the person whom it names, from the token endpoint to a command', async () => {
    const token = await issuer.token(KIM);
    const me = expected(await withToken(token), 200);
    expect(me).toMatchObject({ id: 'kim-field', side: 'provider' });
    const headers = { authorization: `Bearer ${token}` };
    const imported = await api.as(null).post('/v1/contracts', { file: example('contract.yaml') }, headers);
    const { processId } = expected<Started>(imported, 201);
    const timeline = expected(await withToken(token, `/v1/processes/${processId}/timeline`), 200);
    expect(timeline).toMatchObject({ items: [{ actor: { id: 'kim-field' } }] });
  });

  it('made by hand like this is good, so that what follows is refused for what is different in it', async () => {
    for (const key of issuer.keys.filter(({ alg }) => alg !== 'ES384')) {
      expected(await withToken(await craft(issuer, KIM, { key })), 200);
    }
    expected(await withToken(await craft(issuer, KIM, { payload: { aud: ['x', AUDIENCE] } })), 200);
    expected(await withToken(await craft(issuer, KIM, { header: { typ: 'application/at+jwt' } })), 200);
    const late = Math.floor(Date.now() / 1000) - rules.clockToleranceSeconds + 10;
    expected(await withToken(await craft(issuer, KIM, { payload: { exp: late } })), 200);
  });

  it('says who it is and nothing else: organisations, roles and scopes in it count for nothing', async () => {
    const plain = expected(await withToken(await craft(issuer, KIM)), 200);
    const claims = { tenant: 'tailspin', tenant_id: 'tailspin', org: 'tailspin', grants: ['auditor'] };
    const roles = { roles: ['operator'], groups: ['auditor'], scope: 'admin', act: { sub: 'dana-hill' } };
    const rich = await withToken(await craft(issuer, KIM, { payload: { ...claims, ...roles } }));
    expect(expected(rich, 200)).toEqual(plain);
    const token = await craft(issuer, KIM, { payload: { ...claims, ...roles } });
    expected(await withToken(token, '/v1/operations/attention'), 403);
  });

  it('wins over the header of the dev profile, and a bad one is not helped by it', async () => {
    const good = { authorization: `Bearer ${await issuer.token(KIM)}` };
    expect(expected(await api.as('sam-rivers').get('/v1/me', { headers: good }), 200)).toMatchObject({
      id: 'kim-field',
    });
    const bad = { authorization: `Bearer ${await craft(issuer, 'nobody')}` };
    expected(await api.as('sam-rivers').get('/v1/me', { headers: bad }), 401);
  });
});

const now = () => Math.floor(Date.now() / 1000);
const text = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const made = (change: Parameters<typeof craft>[2]) => () => craft(issuer, KIM, change);
const payload = (members: Readonly<Record<string, unknown>>) => made({ payload: members });
const header = (members: Readonly<Record<string, unknown>>) => made({ header: members });

/** Signed with the public key as if it were a shared secret. */
async function symmetric(): Promise<string> {
  const key = issuer.keys[0];
  const publicKey = await importJWK(key?.publicJwk ?? {}, 'RS256', { extractable: true });
  if (publicKey instanceof Uint8Array) throw new Error('not a public key');
  const secret = new TextEncoder().encode(await exportSPKI(publicKey));
  return new SignJWT({ iss: issuer.issuer, aud: AUDIENCE, sub: KIM, iat: now(), exp: now() + 300 })
    .setProtectedHeader({ alg: 'HS256', kid: key?.kid ?? '', typ: 'at+jwt' })
    .sign(secret);
}

const keyOf = (alg: string) => issuer.keys.find((key) => key.alg === alg);
const withKey = async (alg: string, change: Parameters<typeof craft>[2] = {}) => {
  const key = keyOf(alg);
  return craft(issuer, KIM, { ...change, ...(key ? { key } : {}) });
};

/** What is sent, and the word in the log that shows that it was refused for that very thing. */
const badTokens: readonly (readonly [string, () => Promise<string> | string, RegExp])[] = [
  ['alg none, without a signature', async () => `${(await none()).join('.')}.`, /no signed token/],
  [
    'alg none, with a signature',
    async () => tampered(await craft(issuer, KIM), 0, { alg: 'none' }),
    /algorithm/,
  ],
  ['HS256 with the public key as its secret', symmetric, /algorithm/],
  ['an algorithm of a published key that is not allowed', () => withKey('ES384'), /algorithm/],
  ['another algorithm than its key is for', header({ alg: 'RS256', kid: 'key-ES256' }), /not known/],
  ['another issuer', payload({ iss: 'https://elsewhere.example' }), /\(iss\)/],
  [
    'the issuer with a slash more',
    () => craft(issuer, KIM, { payload: { iss: `${issuer.issuer}/` } }),
    /\(iss\)/,
  ],
  ['no issuer', payload({ iss: undefined }), /\(iss\)/],
  ['another audience', payload({ aud: 'https://other.example' }), /\(aud\)/],
  [
    'a list of audiences without ours',
    payload({ aud: ['https://other.example', `${AUDIENCE}/x`] }),
    /\(aud\)/,
  ],
  ['no audience', payload({ aud: undefined }), /\(aud\)/],
  ['an end that has passed', () => craft(issuer, KIM, { payload: { exp: now() - 60 } }), /\(exp\)/],
  ['a beginning that is to come', () => craft(issuer, KIM, { payload: { nbf: now() + 120 } }), /\(nbf\)/],
  ['no end', payload({ exp: undefined }), /\(exp\)/],
  ['an end that is a text', payload({ exp: '2099-01-01' }), /\(exp\)/],
  ['no time of issue', payload({ iat: undefined }), /\(iat\)/],
  ['a time of issue that is to come', () => craft(issuer, KIM, { payload: { iat: now() + 120 } }), /future/],
  ['the type JWT', header({ typ: 'JWT' }), /\(typ\)/],
  ['no type', header({ typ: undefined }), /\(typ\)/],
  [
    'an id token instead',
    () => craft(issuer, KIM, { header: { typ: 'JWT' }, payload: { aud: KIM, nonce: 'n', auth_time: now() } }),
    /\((typ|aud)\)/,
  ],
  ['a key that is not known', header({ kid: 'key-of-yesterday' }), /not known/],
  ['no key named', header({ kid: undefined }), /names no key/],
  [
    'the key swapped for a stranger’s of the same name',
    () => craft(issuer, KIM, { key: stranger }),
    /SIGNATURE/,
  ],
  ['another subject put in', async () => tampered(await craft(issuer, 'x'), 1, { sub: KIM }), /SIGNATURE/],
  ['a letter of the signature changed', async () => changed(await craft(issuer, KIM)), /SIGNATURE/],
  ['its last letters cut off', async () => (await craft(issuer, KIM)).slice(0, -8), /SIGNATURE/],
  ['a dot missing', async () => (await craft(issuer, KIM)).replace(/\.[^.]*$/, ''), /no signed token/],
  ['two dots missing', async () => (await craft(issuer, KIM)).replaceAll('.', ''), /no signed token/],
  ['five parts, as if encrypted', async () => `${await craft(issuer, KIM)}.e30.e30`, /no signed token/],
  [
    'a header that is no JSON',
    async () => (await craft(issuer, KIM)).replace(/^[^.]*/, 'AAAA'),
    /header cannot/,
  ],
  ['a size beyond reason', () => craft(issuer, KIM, { payload: { pad: 'x'.repeat(10_000) } }), /too large/],
  ['an extension that must be understood', () => crit(), /header has crit/],
  [
    'its own key inside',
    () => craft(issuer, KIM, { key: stranger, header: { jwk: stranger.publicJwk } }),
    /has jwk/,
  ],
  [
    'the address of its own keys',
    () => craft(issuer, KIM, { key: stranger, header: { jku: trap.url } }),
    /has jku/,
  ],
  ['the address of its own certificate', header({ x5u: 'http://127.0.0.1:9/x' }), /has x5u/],
  ['its own certificate', header({ x5c: ['MIIB'] }), /has x5c/],
  ['a subject that is nobody here', () => craft(issuer, 'somebody'), /nobody active/],
  ['the id of a person as its subject', () => craft(issuer, 'kim-field'), /nobody active/],
  ['a person who is not active', () => craft(issuer, GONE), /nobody active/],
  ['an empty subject', payload({ sub: '' }), /names nobody/],
  ['no subject', payload({ sub: undefined }), /\(sub\)/],
  ['a list as its subject', payload({ sub: [KIM] }), /names nobody/],
  ['a space inside', async () => (await craft(issuer, KIM)).replace('.', '. '), /holds no bearer/],
  [
    'itself twice with a comma',
    async () => `${await issuer.token(KIM)}, Bearer ${await issuer.token(KIM)}`,
    /no bearer/,
  ],
  ['quotes around it', async () => `"${await craft(issuer, KIM)}"`, /no bearer/],
  ['nothing at all', () => '', /no bearer/],
];

async function none(): Promise<string[]> {
  const parts = tampered(await craft(issuer, KIM), 0, { alg: 'none' }).split('.');
  return parts.slice(0, 2);
}

function changed(token: string): string {
  const at = token.lastIndexOf('.') + 20;
  return `${token.slice(0, at)}${token[at] === 'A' ? 'B' : 'A'}${token.slice(at + 1)}`;
}

/** By hand: jose signs no header that it does not understand. */
async function crit(): Promise<string> {
  const token = await craft(issuer, KIM);
  return token.replace(/^[^.]*/, text({ alg: 'RS256', kid: 'key-RS256', typ: 'at+jwt', crit: ['x'], x: 1 }));
}

/** Would hand out keys of a stranger, if anybody asked. */
const trap = { url: '', asked: 0, close: async (): Promise<void> => {} };
beforeAll(async () => {
  const server = createServer((_request, response) => {
    trap.asked += 1;
    response.end(JSON.stringify({ keys: [stranger.publicJwk] }));
  });
  trap.url = `http://127.0.0.1:${String(await listen(server, 0))}/jwks`;
  trap.close = () => close(server);
});
afterAll(async () => {
  await trap.close();
  expect(trap.asked).toBe(0);
});

describe('a token with', () => {
  const shown = ({ status, text: body, headers }: Answer) => {
    const kept = Object.entries(headers).filter(([name]) => !/^(x-request-id|date|ratelimit)/.test(name));
    return { status, body, headers: Object.fromEntries(kept) };
  };

  it.each(badTokens)('%s is refused like every other, and the log says why', async (_what, make, reason) => {
    const token = await make();
    const before = api.logged().length;
    const answer = await withToken(token);
    expect(answer.status).toBe(401);
    expect((answer.body as ProblemDocument).code).toBe('UNAUTHENTICATED');
    expect(shown(answer)).toEqual(shown(await withToken('x')));
    const log = api.logged().slice(before);
    expect(log).toMatch(reason);
    if (token.length > 40)
      expect(log).not.toContain(token.slice(token.indexOf('.') + 1, token.indexOf('.') + 41));
  });

  it('a header sent twice is refused alike, whichever of the two is good', async () => {
    const good = `Bearer ${await issuer.token(KIM)}`;
    const server = createServer(createApp(api.deps));
    const port = await listen(server, 0);
    try {
      for (const pair of [
        [good, 'Bearer x'],
        ['Bearer x', good],
        [good, good],
      ]) {
        expect(await statusOf(port, pair)).toBe(401);
      }
    } finally {
      await close(server);
    }
  });
});

/** With a header as often as it has values; other clients join or drop them. */
function statusOf(port: number, values: readonly string[]): Promise<number> {
  return new Promise<number>((resolve, reject) => {
    const asking = httpRequest({ host: '127.0.0.1', port, path: '/v1/me', setHost: false }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    asking.setHeader('host', 'care');
    asking.setHeader('authorization', [...values]);
    asking.once('error', reject);
    asking.end();
  });
}

describe('an issuer that cannot be reached', () => {
  it('stops nobody whose key is known, and a token with another key is answered 503 with Retry-After', async () => {
    const own = await startIssuer([KIM], ['RS256']);
    let passed = 0;
    const clock = () => Date.now() + passed;
    const mine = { ...rules, issuer: own.issuer, jwksUrl: own.jwksUrl };
    const tokens = tokenReader(mine, new IssuerKeys(mine, clock));
    const app = createApp({ ...api.deps, tokens });
    const ask = (token: string) => supertest(app).get('/v1/me').set('authorization', `Bearer ${token}`);
    await identifyBoth(own.issuer);
    const token = await own.token(KIM);
    const unknown = await craft(own, KIM, { header: { kid: 'new' } });
    try {
      expect((await ask(token)).status).toBe(200);
      await own.stop();
      passed += (mine.keysCacheSeconds + 1) * 1000;
      expect((await ask(token)).status).toBe(200);
      const away = await ask(unknown);
      expect(away.status).toBe(503);
      expect(away.headers['retry-after']).toBe('10');
      expect((away.body as ProblemDocument).code).toBe('ISSUER_UNAVAILABLE');
      passed += mine.keysKeptSeconds * 1000;
      expect((await ask(token)).status).toBe(503);
      await own.startAgain();
      expect((await ask(token)).status).toBe(503);
      passed += (mine.keysCooldownSeconds + 1) * 1000;
      expect((await ask(token)).status).toBe(200);
      expect((await ask(unknown)).status).toBe(401);
    } finally {
      await own.stop();
      await identify(api.as('dana-hill'), 'kim-field', KIM);
    }
  });

  async function identifyBoth(other: string): Promise<void> {
    const identities = [issuer.issuer, other].map((one) => ({ issuer: one, subject: KIM }));
    expected(await api.as('dana-hill').put('/v1/people/kim-field/identities', { identities }), 200);
  }

  it('is asked once by many requests at one moment, and not again until the pause is over', async () => {
    let passed = 0;
    const keys = new IssuerKeys(rules, () => Date.now() + passed);
    const before = issuer.asked();
    const header = { alg: 'RS256', kid: 'unknown' };
    const found = await Promise.all(Array.from({ length: 20 }, () => keys.find(header)));
    expect(new Set(found.map(({ kind }) => kind))).toEqual(new Set(['unknown']));
    expect(issuer.asked()).toBe(before + 1);
    passed += (rules.keysCooldownSeconds + 1) * 1000;
    await keys.find(header);
    expect(issuer.asked()).toBe(before + 2);
  });

  it.each([
    ['says nothing', () => undefined, /TimeoutError/],
    ['sends elsewhere', 302, /TypeError|redirect/i],
    ['has a defect', 500, /status 500/],
    ['answers with a page', '<html></html>', /SyntaxError/],
    ['answers with something else', '{"keys": 1}', /not a set of keys/],
    ['answers without end', `{"keys": ["${'x'.repeat(400_000)}"]}`, /too large/],
  ])('counts as away when it %s', async (_what, says, reason) => {
    const server = createServer((_request, response) => {
      if (typeof says === 'function') return;
      if (typeof says === 'string') response.end(says);
      else response.writeHead(says, { location: issuer.jwksUrl }).end();
    });
    const port = await listen(server, 0);
    try {
      const jwksUrl = `http://127.0.0.1:${String(port)}/jwks`;
      const keys = new IssuerKeys({ ...rules, jwksUrl, keysTimeoutMs: 200 });
      const found = await keys.find({ alg: 'RS256', kid: 'key-RS256' });
      expect(found).toMatchObject({ kind: 'unavailable', reason: expect.stringMatching(reason) });
    } finally {
      await close(server);
    }
  });
});

describe('the identity of a person', () => {
  it('belongs to one person only, is replaced as a whole, and is set by policy administrators only', async () => {
    const [kim, dana, sam] = [api.as('kim-field'), api.as('dana-hill'), api.as('sam-rivers')];
    const one = { identities: [{ issuer: issuer.issuer, subject: 'subject-of-sam' }] };
    expected(await sam.put('/v1/people/sam-rivers/identities', one), 403);
    expected(await kim.put('/v1/people/sam-rivers/identities', one), 200);
    expect(expected(await withToken(await craft(issuer, 'subject-of-sam')), 200)).toMatchObject({
      id: 'sam-rivers',
    });
    const taken = await dana.put('/v1/people/robin-lake/identities', one);
    expect(expected<ProblemDocument>(taken, 409).code).toBe('IDENTITY_TAKEN');
    expected(await dana.put('/v1/people/sam-rivers/identities', { identities: [] }), 200);
    expected(await withToken(await craft(issuer, 'subject-of-sam')), 401);
    expected(await dana.put('/v1/people/nobody/identities', one), 404);
    expected(await dana.put('/v1/people/robin-lake/identities', one), 200);
  });
});
