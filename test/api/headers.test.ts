/** What every answer carries for the browsers that show it, whatever it is an answer to. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openApi, type Answer, type ApiBench } from './support/bench.js';

let api: ApiBench;
beforeAll(async () => {
  api = await openApi({ worker: false, provisioned: false });
});
afterAll(async () => {
  await api.close();
});

const origin = { origin: 'https://elsewhere.example' };
const answers: readonly (readonly [string, () => Promise<Answer>])[] = [
  ['a JSON answer', () => api.as(null).get('/livez', { headers: origin })],
  ['a problem', () => api.as(null).get('/v1/processes', { headers: origin })],
  ['an address that is not there', () => api.as(null).get('/nowhere', { headers: origin })],
  ['the page of a link', () => api.as(null).get(`/l/${'x'.repeat(43)}`, { headers: origin })],
  ['the documentation', () => api.as(null).get('/docs', { headers: origin })],
];

describe.each(answers)('%s', (_name, ask) => {
  it('says its type with its letters, and is to be taken for nothing else', async () => {
    const { headers } = await ask();
    expect(headers['content-type']).toMatch(/^(application\/[a-z+]*json|text\/html)(; charset=utf-8)?$/i);
    expect(headers['x-content-type-options']).toBe('nosniff');
  });

  it('runs scripts of its own place only, and is shown in no frame', async () => {
    const policy = (await ask()).headers['content-security-policy'] ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain('unsafe-eval');
  });

  it('asks for TLS from then on, and tells no other place where it came from', async () => {
    const { headers } = await ask();
    const age = /max-age=(\d+)/.exec(headers['strict-transport-security'] ?? '')?.[1];
    expect(Number(age)).toBeGreaterThanOrEqual(365 * 86_400);
    expect(headers['referrer-policy']).toBe('no-referrer');
  });

  it('is opened to no other origin, and says nothing about the program', async () => {
    const { headers } = await ask();
    expect(headers['access-control-allow-origin']).toBeUndefined();
    expect(headers['x-powered-by']).toBeUndefined();
    expect(headers['server']).toBeUndefined();
  });
});

describe('an answer about people or contracts', () => {
  it('is kept by nobody on its way', async () => {
    for (const ask of [
      () => api.as(null).get('/v1/processes'),
      () => api.as(null).get(`/l/${'x'.repeat(43)}`),
    ])
      expect((await ask()).headers['cache-control']).toBe('no-store');
  });
});

describe('a request that meets a defect', () => {
  it('is told nothing of the inside of the program', async () => {
    const broken = await openApi({
      worker: false,
      provisioned: false,
      change: {
        database: {
          as: async () => {
            throw new Error('select secret_hash from api_keys: canary-51c2');
          },
          close: async () => undefined,
        },
      },
    });
    try {
      const answer = await broken.as('kim-field').get('/v1/processes');
      expect(answer.status).toBe(500);
      expect(answer.body).toMatchObject({ code: 'DEFECT' });
      expect(answer.text).not.toMatch(/canary|select|secret_hash|at .*\.ts/);
      expect(broken.logged()).toContain('canary-51c2');
    } finally {
      await broken.close();
    }
  });
});
