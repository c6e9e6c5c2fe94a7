/** Who may come in: keys, roles, customers, links, mail, and what is shown when something is down. */
import { createHash, randomBytes } from 'node:crypto';
import { createServer, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import supertest from 'supertest';
import { createApp, routes } from '../../api/app.js';
import { composeParts } from '../../api/compose.js';
import { connect } from '../../db/connection.js';
import { createRegistry } from '../../db/definitions.js';
import { stores } from '../../db/stores.js';
import { connectClient } from '../../messages/ringer.js';
import { example, expected, openApi, until, type Answer, type ApiBench } from './support/bench.js';
import type { Items, ProblemDocument, Started } from './support/shapes.js';

let api: ApiBench;
let contractProcess = '';
let guide = '';
const today = new Date().toISOString().slice(0, 10);

beforeAll(async () => {
  api = await openApi();
  const kim = api.as('kim-field');
  const document = {
    documentId: 'user-guide',
    version: 1,
    language: 'en',
    title: 'User Guide',
    body: '# Guide',
  };
  expected(await kim.post('/v1/documents', document), 200);
  for (const file of ['contract.yaml', 'contracts/tailspin-2026.yaml']) {
    const { processId } = expected<Started>(await kim.post('/v1/contracts', { file: example(file) }), 201);
    if (file === 'contract.yaml') contractProcess = processId;
  }
  const activate = { portalRegisteredOn: today };
  expected(await kim.post(`/v1/processes/${contractProcess}/commands/activate`, activate), 200);
  const started = await api
    .as('sam-rivers')
    .post('/v1/processes/document', { contractId: 'northwind-2026', kind: 'userGuide' });
  guide = expected<Started>(started, 201).processId;
});
afterAll(async () => {
  await api.close();
});

/** Ids that stand for the parameters of an address: of a process of one customer. */
function addressOf(path: string): string {
  return path
    .replace('{id}/versions/{version}', 'berlin-office/versions/1')
    .replace('/calendars/{id}', '/calendars/berlin-office')
    .replace('/policies/{id}', '/policies/standard')
    .replace('{documentId}', 'user-guide')
    .replace('{version}', '1')
    .replace('{language}', 'en')
    .replace('{contractId}', 'northwind-2026')
    .replace('{slug}', 'onboarding')
    .replace('{name}', 'activation')
    .replace('{command}', 'note')
    .replace('{id}', contractProcess);
}

describe('the routes', () => {
  const closed = routes.filter((route) => route.access.to !== 'anybody');
  const open = [
    '/livez',
    '/readyz',
    '/openapi.json',
    '/docs',
    '/v1/policies/schema.json',
    '/l/{token}',
    '/v1/mail/reports',
    '/v1/pages/reports',
    '/v1/ticketing/{system}/events',
  ];

  it('that are open to anybody are these and no others', () => {
    const found = routes.filter((route) => route.access.to === 'anybody').map((route) => route.path);
    expect([...new Set(found)].sort()).toEqual([...open].sort());
  });

  it.each(closed.map((route) => [route.method, route.path] as const))(
    '%s %s asks who comes',
    async (method, path) => {
      const client = api.as(null);
      const address = addressOf(path);
      const answer =
        method === 'get'
          ? await client.get(address)
          : method === 'delete'
            ? await client.delete(address)
            : method === 'put'
              ? await client.put(address, {})
              : await client.post(address);
      expect(answer.status).toBe(401);
      expect((answer.body as ProblemDocument).code).toBe('UNAUTHENTICATED');
    },
  );

  // Chris belongs to another customer, and may give no command that needs a function of the Provider's staff.
  const ofOneCustomer = closed.filter(({ path }) => /processes\/\{id\}|contracts\/\{contractId\}/.test(path));

  it.each(ofOneCustomer.map((route) => [route.method, route.path] as const))(
    '%s %s shows nothing to another customer: foreign and missing look the same',
    async (method, path) => {
      const foreign = addressOf(path);
      const missing = foreign.replace(contractProcess, 'con_missing').replace('northwind-2026', 'missing');
      const chris = api.as('chris-bell');
      const ask = (address: string): Promise<Answer> =>
        method === 'get' ? chris.get(address) : chris.post(address);
      const [one, other] = [await ask(foreign), await ask(missing)];
      expect(one.status).toBe(other.status);
      expect([403, 404, 422]).toContain(one.status);
      expect(one.text).toBe(other.text);
      expect(one.text).not.toMatch(/northwind|CP-2026-0417|maria/i);
    },
  );

  it('show a customer his own processes, and staff those that they serve', async () => {
    const list = async (person: string) =>
      expected<Items<{ contractId: string }>>(await api.as(person).get('/v1/processes'), 200).items.map(
        (item) => item.contractId,
      );
    expect(new Set(await list('maria-stone'))).toEqual(new Set(['northwind-2026']));
    expect(new Set(await list('chris-bell'))).toEqual(new Set(['tailspin-2026']));
    expect(new Set(await list('sam-rivers'))).toEqual(new Set(['northwind-2026', 'tailspin-2026']));
    expect(await list('alex-shore')).toHaveLength(3);
    expect(await list('noor-dale')).toHaveLength(3);
  });

  it('keep internal notes from the End User', async () => {
    const note = { text: 'Do not show this: canary-7f3a.', internal: true };
    expected(await api.as('sam-rivers').post(`/v1/processes/${contractProcess}/notes`, note), 200);
    const [inside, outside] = [api.as('sam-rivers'), api.as('maria-stone')];
    for (const view of ['timeline', 'export', 'notices', 'clocks', 'actions', '']) {
      const path = `/v1/processes/${contractProcess}${view === '' ? '' : `/${view}`}`;
      expect((await outside.get(path)).text).not.toContain('canary-7f3a');
    }
    expect((await inside.get(`/v1/processes/${contractProcess}/timeline`)).text).toContain('canary-7f3a');
  });
});

describe('an API key', () => {
  it('opens the API for its person until it is revoked, and is stored nowhere', async () => {
    const sam = api.as('sam-rivers');
    const made = expected<{ id: string; key: string }>(
      await sam.post('/v1/api-keys', { personId: 'sam-rivers', label: 'test' }),
      201,
    );
    const bearer = { authorization: `Bearer ${made.key}` };
    const me = expected(await api.as(null).get('/v1/me', { headers: bearer }), 200);
    expect(me).toMatchObject({ id: 'sam-rivers', side: 'provider', grants: ['serviceManager'] });
    const secret = made.key.split('_').at(-1) ?? '';
    const rows = await api.database.as('admin', {}, async (trx) => trx.rows('select * from api_keys'));
    expect(JSON.stringify(rows)).not.toContain(secret);
    expect(api.logged()).not.toContain(secret);
    const keys = expected<Items<{ id: string }>>(await sam.get('/v1/api-keys'), 200);
    expect(keys.items.map((key) => key.id)).toEqual([made.id]);
    expected(await api.as('robin-lake').delete(`/v1/api-keys/${made.id}`), 404);
    expected(await sam.delete(`/v1/api-keys/${made.id}`), 204);
    expected(await api.as(null).get('/v1/me', { headers: bearer }), 401);
  });

  it('for somebody else is made by administrators only', async () => {
    const ask = { personId: 'maria-stone', label: 'partner' };
    expected(await api.as('sam-rivers').post('/v1/api-keys', ask), 403);
    expected(await api.as('kim-field').post('/v1/api-keys', ask), 201);
  });

  it.each(['Bearer x', 'Basic a2V5', 'Bearer cp_key_1_zz', `Bearer cp_key_1_${'0'.repeat(64)}`])(
    'such as "%s" opens nothing',
    async (authorization) => {
      expected(await api.as('sam-rivers').get('/v1/me', { headers: { authorization } }), 401);
    },
  );
});

describe('the dev header', () => {
  it('names active people only, and opens nothing in production', async () => {
    expected(await api.as('nobody').get('/v1/me'), 401);
    const app = createApp({ ...api.deps, profile: 'production' });
    const answer = await supertest(app).get('/v1/me').set('x-careplus-as', 'sam-rivers');
    expect(answer.status).toBe(401);
  });
});

describe('the first file about the Provider', () => {
  it('is taken without a key only as long as there are no people', async () => {
    expected(await api.as(null).put('/v1/staff', example('provider.yaml')), 401);
    expected(await api.as('sam-rivers').put('/v1/staff', example('provider.yaml')), 403);
    expected(await api.as('kim-field').put('/v1/staff', example('provider.yaml')), 200);
  });

  it('in production is answered with the first API key', async () => {
    const empty = await openApi({ worker: false, provisioned: false, change: { profile: 'production' } });
    try {
      const body = expected<{ apiKey: { personId: string; key: string } }>(
        await empty.as(null).put('/v1/staff', example('provider.yaml')),
        200,
      );
      const headers = { authorization: `Bearer ${body.apiKey.key}` };
      expect(expected(await empty.as(null).get('/v1/me', { headers }), 200)).toMatchObject({
        id: 'kim-field',
      });
    } finally {
      await empty.close();
    }
  });
});

describe('a link in a message', () => {
  /** The link of the newest message to a person. */
  const linkTo = (address: string) =>
    until(async () => {
      const links = api.mail.delivered(address).map((mail) => /\/l\/[A-Za-z0-9_-]+/.exec(mail.text)?.[0]);
      return links.filter((link) => link !== undefined).at(-1);
    });
  const acknowledged = async () => {
    const process = expected<{ data: { recipients: Record<string, { acknowledgedAt: string | null }> } }>(
      await api.as('sam-rivers').get(`/v1/processes/${guide}`),
      200,
    );
    return process.data.recipients['maria-stone']?.acknowledgedAt ?? null;
  };

  it('shows a page that changes nothing, and does what it is for once', async () => {
    const pick = { documentId: 'user-guide', version: 1, language: 'en' };
    expected(await api.as('sam-rivers').post(`/v1/processes/${guide}/commands/pick`, pick), 200);
    expected(await api.as('robin-lake').post(`/v1/processes/${guide}/commands/release`), 200);
    await openOffice(api, guide);
    const link = await linkTo('maria.stone@northwind.example');
    for (let look = 0; look < 3; look += 1) {
      const page = await api.as(null).get(link);
      expect(page.headers['content-type']).toMatch(/^text\/html/);
      expect(expectedText(page, 200)).toContain('<form method="post">');
    }
    expect(await acknowledged()).toBeNull();
    expect(expectedText(await api.as(null).post(link), 200)).toContain('Thank you');
    const at = await acknowledged();
    expect(at).not.toBeNull();
    expect(expectedText(await api.as(null).post(link), 200)).toContain('Done already');
    expect(expectedText(await api.as(null).get(link), 200)).not.toContain('<form');
    expect(await acknowledged()).toBe(at);
    expect(api.logged()).not.toContain(link.slice(3));
  });

  it('that is unknown or expired says so on a page', async () => {
    expect(expectedText(await api.as(null).get(`/l/${'x'.repeat(43)}`), 404)).toContain('not known');
    expect(expectedText(await api.as(null).post('/l/short'), 404)).toContain('not known');
    const token = randomBytes(32).toString('base64url');
    await api.database.as('step', { tenant: 'northwind' }, async (trx) =>
      trx.run(
        `insert into one_time_links (tenant_id, token_hash, process_id, command, payload, person_id, effect_id, expires_at)
           values ('northwind', :hash, :guide, 'acknowledge', '{}', 'jan-reed', 'eff', business_now())`,
        { hash: createHash('sha256').update(token).digest('hex'), guide },
      ),
    );
    expect(expectedText(await api.as(null).get(`/l/${token}`), 410)).toContain('abgelaufen');
    expect(expectedText(await api.as(null).post(`/l/${token}`), 410)).toContain('abgelaufen');
  });
});

/** Messages that are not urgent wait for business hours; here they go now. */
async function openOffice(bench: ApiBench, processId: string): Promise<void> {
  await bench.database.as('step', { tenant: 'northwind' }, async (trx) =>
    trx.run(
      `update effects set next_attempt_at = business_now(), not_before = business_now()
        where tenant_id = 'northwind' and process_id = :processId and state = 'planned'`,
      { processId },
    ),
  );
}

function expectedText(answer: Answer, status: number): string {
  expected(answer, status);
  return answer.text;
}

describe('a message that came back', () => {
  const bounce = (to: string, messageId: string) =>
    [
      'From: mailer-daemon@mail.example',
      'To: care@provider.example',
      'Subject: Undelivered',
      'MIME-Version: 1.0',
      'Content-Type: multipart/report; report-type=delivery-status; boundary="b"',
      '',
      '--b',
      'Content-Type: text/plain',
      '',
      'It could not be delivered.',
      '--b',
      'Content-Type: message/delivery-status',
      '',
      'Reporting-MTA: dns; mail.example',
      '',
      `Final-Recipient: rfc822; ${to}`,
      'Action: failed',
      'Status: 5.1.1',
      '',
      '--b',
      'Content-Type: text/rfc822-headers',
      '',
      `Message-ID: ${messageId}`,
      '',
      '--b--',
      '',
    ].join('\r\n');
  const post = (text: string) =>
    api.as(null).post('/v1/mail/reports', text, { 'content-type': 'message/rfc822' });
  const sentTo = async (recipient: string) => {
    return until(async () =>
      api.database.as('admin', {}, async (trx) =>
        trx.row<{ id: string; message: string }>(
          `select id, evidence ->> 'messageId' as message from effects
            where recipient_id = :recipient and state = 'confirmed' order by settled_at limit 1`,
          { recipient },
        ),
      ),
    );
  };

  it('tells the process once, and only when it names the address that the message went to', async () => {
    await openOffice(api, contractProcess);
    const { message } = await sentTo('maria-stone');
    const { processId } = await until(async () =>
      api.database.as('admin', {}, async (trx) =>
        trx.row<{ processId: string }>(
          `select process_id as "processId" from effects where evidence ->> 'messageId' = :message`,
          { message },
        ),
      ),
    );
    const failures = async () =>
      expected<Items<{ event: string }>>(
        await api.as('kim-field').get(`/v1/processes/${processId}/timeline`),
        200,
      ).items.filter((item) => item.event.endsWith('.undeliverable')).length;
    expect(expected(await post(bounce('somebody@else.example', message)), 200)).toMatchObject({
      state: 'ignored',
    });
    expect(await failures()).toBe(0);
    const text = bounce('maria.stone@northwind.example', message);
    expect(expected(await post(text), 202)).toEqual({ state: 'accepted', kind: 'bounce' });
    await until(async () => (await failures()) === 1);
    expect(expected(await post(text), 200)).toMatchObject({ state: 'known' });
    expect(await failures()).toBe(1);
  });

  it('automatically, or that cannot be read, changes nothing', async () => {
    const auto =
      'From: a@b.example\r\nTo: c@d.example\r\nSubject: Away\r\nAuto-Submitted: auto-replied\r\n\r\nAway.\r\n';
    expect(expected(await post(auto), 200)).toEqual({ state: 'ignored', kind: 'autoReply' });
    expected(await post(''), 422);
    expected(await api.as(null).post('/v1/mail/reports', { a: 1 }), 415);
  });

  it('is taken from those who know the secret, where there is one, and from nobody in production without one', async () => {
    const auto = 'From: a@b.example\r\nSubject: Away\r\nAuto-Submitted: auto-replied\r\n\r\nAway.\r\n';
    const ask = (change: object, headers: Record<string, string> = {}) => {
      const app = createApp({ ...api.deps, ...change });
      const request = supertest(app).post('/v1/mail/reports').set('content-type', 'message/rfc822');
      for (const [name, value] of Object.entries(headers)) void request.set(name, value);
      return request.send(auto);
    };
    expect((await ask({ mailSecret: 'right' })).status).toBe(401);
    expect((await ask({ mailSecret: 'right' }, { 'x-careplus-mail-secret': 'wrong' })).status).toBe(401);
    expect((await ask({ mailSecret: 'right' }, { 'x-careplus-mail-secret': 'right' })).status).toBe(200);
    expect((await ask({ profile: 'production' })).status).toBe(401);
  });
});

describe('while something is down', () => {
  it('a database that does not answer gives 503 with Retry-After within 1.2 s, to a page too', async () => {
    // Takes connections and says nothing.
    const sockets: Socket[] = [];
    const hole = createServer((socket) => void sockets.push(socket));
    await new Promise<void>((resolve) => hole.listen(0, '127.0.0.1', resolve));
    const address = hole.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const database = connect({
      databaseUrl: `postgres://nobody@127.0.0.1:${String(port)}/x`,
      poolSize: 2,
      acquireMs: 1_000,
    });
    const client = connectClient({ address: '127.0.0.1:1', namespace: 'default' });
    const parts = composeParts({ database, client, taskQueue: 'none', registry: createRegistry(), stores });
    const app = createApp({ ...api.deps, ...parts });
    try {
      const since = performance.now();
      const answer = await supertest(app).get('/v1/me').set('x-careplus-as', 'sam-rivers');
      // One second for a connection; how much more on a quiet machine is measured by T13.
      expect(performance.now() - since).toBeLessThan(2_500);
      expect(answer.status).toBe(503);
      expect(answer.headers['retry-after']).toBe('2');
      expect((answer.body as ProblemDocument).code).toBe('STORE_UNAVAILABLE');
      const page = await supertest(app).get(`/l/${'x'.repeat(43)}`);
      expect(page.status).toBe(503);
      expect(page.text).toContain('<h1>');
      expect((await supertest(app).get('/livez')).status).toBe(200);
      expect((await supertest(app).get('/readyz')).body).toEqual({ status: 'no', missing: ['postgres'] });
    } finally {
      await client.connection.close();
      for (const socket of sockets) socket.destroy();
      hole.close();
      await database.close();
    }
  });

  it('an engine that cannot be reached leaves the request accepted, at an address of its own', async () => {
    const client = connectClient({ address: '127.0.0.1:1', namespace: 'default' });
    const parts = composeParts({
      database: api.database,
      client,
      taskQueue: 'none',
      registry: createRegistry(),
      stores,
    });
    const limits = { ...api.deps.limits, answerMs: 300 };
    const app = createApp({ ...api.deps, ...parts, limits });
    try {
      const answer = await supertest(app)
        .post(`/v1/processes/${contractProcess}/notes`)
        .set('x-careplus-as', 'sam-rivers')
        .send({ text: 'While nobody listens.' });
      expect(answer.status).toBe(202);
      const location = answer.headers['location'] ?? '';
      expect(answer.body).toMatchObject({ state: 'pending', location });
      await until(async () => {
        const row = await api.as('sam-rivers').get(location);
        return expected<{ answer: { outcome: string } | null }>(row, 200).answer?.outcome === 'accepted';
      });
    } finally {
      await client.connection.close();
    }
  });
});

describe('an operator', () => {
  it('sees what waits for him; others do not', async () => {
    expect(expected(await api.as('lee-ward').get('/v1/operations/attention'), 200)).toEqual({
      blocked: [],
      unknownEffects: [],
      silentJobs: [],
    });
    expected(await api.as('sam-rivers').get('/v1/operations/attention'), 403);
    expected(await api.as('lee-ward').post(`/v1/operations/processes/${contractProcess}/retry`), 409);
  });

  it('retries and skips what blocks a process', async () => {
    const at = { tenantId: 'northwind', processId: contractProcess };
    await api.deps.work.park(at, null, 'A defect for this test.');
    const lee = api.as('lee-ward');
    expect(expected(await lee.get('/v1/operations/attention'), 200)).toMatchObject({
      blocked: [{ processId: contractProcess, problem: 'A defect for this test.' }],
    });
    expected(await lee.post(`/v1/operations/processes/${contractProcess}/retry`), 200);
    await api.deps.work.park(at, null, 'Another defect.');
    const reason = { reason: 'It was only a test.' };
    expected(await lee.post(`/v1/operations/processes/${contractProcess}/skip`, reason), 200);
    const note = { text: 'It goes on.' };
    expected(await api.as('sam-rivers').post(`/v1/processes/${contractProcess}/notes`, note), 200);
  });

  it('decides about a message of which nobody knows whether it was sent', async () => {
    const effectId = await api.database.as('step', { tenant: 'northwind' }, async (trx) => {
      const row = await trx.row<{ id: string }>(
        `update effects set state = 'unknown', settled_at = business_now()
          where tenant_id = 'northwind' and id = (select id from effects where state = 'confirmed' and kind = 'mail'
            and tenant_id = 'northwind' limit 1) returning id`,
      );
      return row?.id ?? '';
    });
    const lee = api.as('lee-ward');
    const path = `/v1/operations/effects/${effectId}/decide`;
    const decision = { decision: 'done', reason: 'The recipient has it.' };
    expected(await api.as('sam-rivers').post(path, decision), 403);
    expect(expected(await lee.post(path, decision), 200)).toMatchObject({ effectId, decision: 'done' });
    expected(await lee.post(path, decision), 409);
  });
});
