/** Pages over HTTP: who acknowledges by which way, what each side is shown, and signed delivery reports. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { savePeople } from '../../db/provision/tenants.js';
import { pageReportReader } from '../../integrations/paging/report.js';
import { example, expected, openApi, type ApiBench } from './support/bench.js';

const SECRET = `whsec_${Buffer.from('a secret of the tests, long enough').toString('base64')}`;
const TENANT = 'northwind';
const NOOR = 'noor-dale';
const DECIDED_AT = Date.parse('2026-11-29T03:00:00Z');

let api: ApiBench;
let processId: string;
beforeAll(async () => {
  api = await openApi({ worker: false, change: { readPageReport: pageReportReader(SECRET) } });
  const started = await api.as('kim-field').post('/v1/contracts', { file: example('contract.yaml') });
  processId = expected<{ processId: string }>(started, 202).processId;
  // Without a worker nobody takes the contacts over from the file.
  const maria = { id: 'maria-stone', name: 'Maria Stone', email: null, phone: null, zone: 'Europe/Berlin' };
  const rest = { language: 'en', calendarId: null, deputyId: null, grants: [], active: true };
  await savePeople(api.database, TENANT, [{ ...maria, ...rest }], null);
});
afterAll(() => api.close());

let count = 0;
let page: string;
let tryId: string;
let token: string;
beforeEach(async () => {
  count += 1;
  page = `eff_page${String(count)}`;
  tryId = `pgt_aaaaaaaaaaaaaaaaaaaaaaaa${String(count).padStart(2, '0')}`;
  token = `the-token-of-the-page-${String(count)}`;
  await aPage({ page, tryId, token, recipient: NOOR });
});

/** A page that was tried once and waits. */
async function aPage(of: { page: string; tryId: string; token: string; recipient: string }): Promise<void> {
  const content = { notice: 'alarm', also: [], recipient: of.recipient, at: DECIDED_AT };
  const bindings = {
    ...{ tenant: TENANT, processId, page: of.page, tryId: of.tryId, recipient: of.recipient },
    ...{ content: JSON.stringify(content), payload: JSON.stringify({ effectId: of.page }) },
    tokenHash: createHash('sha256').update(of.token).digest('hex'),
  };
  await api.database.as('step', { tenant: TENANT }, async (trx) => {
    await trx.run(
      `insert into effects (tenant_id, id, process_id, event_id, key, kind, content, recipient_id, not_before,
           next_attempt_at, decided_at)
         values (:tenant, :page, :processId, :page, :page, 'page', :content, :recipient, business_now(),
           business_now() + interval '1 minute', business_now())`,
      bindings,
    );
    await trx.run(
      `insert into page_tries (tenant_id, id, effect_id, process_id, event_id, person_id, round, channel, destination,
           outcome, joined, ended_at)
         values (:tenant, :tryId, :page, :processId, :page, :recipient, 1, 'sms', 'somewhere', 'accepted', false,
           business_now())`,
      bindings,
    );
    await trx.run(
      `insert into one_time_links (tenant_id, token_hash, process_id, command, payload, person_id, effect_id, expires_at)
         values (:tenant, :tokenHash, :processId, 'acknowledgePage', :payload::jsonb, :recipient, :page,
           business_now() + interval '1 day')`,
      bindings,
    );
  });
}

interface PageView {
  readonly id: string;
  readonly acknowledged: { readonly by: string; readonly via: string } | null;
  readonly state: string;
  readonly tries: readonly { readonly channel: string; readonly outcome: string }[];
}
const pagesOf = async (person: string, path = '/v1/pages') =>
  expected<{ items: PageView[] }>(await api.as(person).get(path), 200).items;
const seen = async () => (await pagesOf(NOOR, '/v1/pages?all=true')).find(({ id }) => id === page);

describe('a page is acknowledged', () => {
  it('by its link: looking changes nothing, pressing does it once', async () => {
    const look = await api.as(null).get(`/l/${token}`);
    expect([look.status, look.text.includes('Acknowledge the page')]).toEqual([200, true]);
    expect((await seen())?.acknowledged).toBeNull();
    expect((await api.as(null).post(`/l/${token}`)).text).toContain('It is recorded');
    expect(await seen()).toMatchObject({ state: 'confirmed', acknowledged: { by: NOOR, via: 'link' } });
    expect((await api.as(null).post(`/l/${token}`)).text).toContain('used before');
  });

  it.each(['api', 'cli'] as const)('by the %s, by the one who was paged and by nobody else', async (via) => {
    const path = `/v1/pages/${page}/acknowledge`;
    expected(await api.as('dana-hill').post(path, { via }), 404);
    expected(await api.as('maria-stone').post(path, { via }), 404);
    expect(expected(await api.as(NOOR).post(path, { via }), 200)).toEqual({
      id: page,
      processId,
      state: 'acknowledged',
    });
    expect(expected(await api.as(NOOR).post(path, { via }), 200)).toMatchObject({ state: 'known' });
    expect((await seen())?.acknowledged).toMatchObject({ by: NOOR, via });
    expect((await pagesOf(NOOR)).some(({ id }) => id === page)).toBe(false);
  });
});

describe('the channels of staff', () => {
  it('are saved with the people, replaced by the next file, and shown to nobody', async () => {
    const file = example('provider.yaml') as { staff: { id: string }[] };
    const saved = async (channels?: object) => {
      const staff = file.staff.map((one) => (one.id === NOOR && channels ? { ...one, channels } : one));
      expected(await api.as('kim-field').put('/v1/staff', { ...file, staff }), 200);
      return api.database.as('admin', {}, async (trx) =>
        trx.rows('select kind, address from contact_channels where person_id = :NOOR order by kind', {
          NOOR,
        }),
      );
    };
    expect(await saved({ sms: '+49 30 1234567', chat: 'https://chat.example/hook' })).toEqual([
      { kind: 'chat', address: 'https://chat.example/hook' },
      { kind: 'sms', address: '+49 30 1234567' },
    ]);
    expect((await api.as('dana-hill').get('/v1/staff')).text).not.toContain('chat.example');
    expect(await saved({ voice: '+49 30 7654321' })).toEqual([{ kind: 'voice', address: '+49 30 7654321' }]);
    expect(await saved()).toEqual([]);
    const wrong = { ...file, staff: [{ ...file.staff[0], channels: { chat: 'ftp://chat.example' } }] };
    expected(await api.as('kim-field').put('/v1/staff', wrong), 422);
  });
});

describe('the pages of a process', () => {
  it('are shown with their tries to the Provider, and to the End User only his own, without tries', async () => {
    const maria = { page: `${page}m`, tryId: `${tryId}m`, token: `${token}-m`, recipient: 'maria-stone' };
    await aPage(maria);
    const path = `/v1/processes/${processId}/pages`;
    const provider = await pagesOf('dana-hill', path);
    expect(provider.find(({ id }) => id === page)?.tries).toMatchObject([
      { channel: 'sms', outcome: 'accepted' },
    ]);
    const endUser = await pagesOf('maria-stone', path);
    expect(endUser.every(({ id, tries }) => id.endsWith('m') && tries.length === 0)).toBe(true);
    expect(endUser.some(({ id }) => id === maria.page)).toBe(true);
  });
});

describe('a page of which nobody knows whether it arrived', () => {
  const decide = async (decision: string) => {
    await api.database.as('step', { tenant: TENANT }, async (trx) =>
      trx.run(`update effects set state = 'unknown', settled_at = business_now() where id = :page`, { page }),
    );
    const path = `/v1/operations/effects/${page}/decide`;
    expected(await api.as('lee-ward').post(path, { decision, reason: 'Asked the gateway.' }), 200);
    return api.database.as('step', { tenant: TENANT }, async (trx) =>
      trx.rows<{ name: string; payload: unknown }>(
        `select name, payload from inbox where payload ->> 'effectKey' = :page order by number`,
        { page },
      ),
    );
  };

  it('did not arrive: its process hears it as after the last try, so that somebody else is paged', async () => {
    expect(await decide('giveUp')).toEqual([
      {
        name: 'undeliverable',
        payload: expect.objectContaining({
          effectKey: page,
          content: expect.objectContaining({ recipient: NOOR, also: [] }),
        }),
      },
    ]);
  });

  it('arrived: that says nothing to its process, as a delivery report says nothing', async () => {
    expect(await decide('done')).toEqual([]);
    expect((await seen())?.state).toBe('confirmed');
  });
});

describe('a delivery report', () => {
  const send = async (
    change: { body?: object; id?: string; at?: Date; secret?: string; signature?: string } = {},
  ) => {
    const { id = `rep_${page}`, at = new Date(), secret = SECRET } = change;
    const body = JSON.stringify({ key: tryId, status: 'failed', at: '2026-11-29T03:00:05Z', ...change.body });
    const signature = change.signature ?? new Webhook(secret).sign(id, at, body);
    return api.as(null).post('/v1/pages/reports', body, {
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
      'webhook-signature': signature,
    });
  };
  const outcome = async () => (await seen())?.tries[0]?.outcome;

  it('that is signed is taken, and the next channel is due at once', async () => {
    expect(expected(await send(), 200)).toEqual({ state: 'noted' });
    expect(await outcome()).toBe('failed');
    const [effect] = await api.database.as('step', { tenant: TENANT }, async (trx) =>
      trx.rows<{ due: boolean }>(
        `select next_attempt_at <= business_now() as due from effects where id = :page`,
        { page },
      ),
    );
    expect(effect?.due).toBe(true);
  });

  it('with a bad signature, an old time or no secret here is 401 and changes nothing', async () => {
    const other = `whsec_${Buffer.from('another secret of somebody').toString('base64')}`;
    expected(await send({ secret: other }), 401);
    expected(await send({ signature: 'v1,bm90aGluZw==' }), 401);
    expected(await send({ at: new Date(Date.now() - 6 * 60_000) }), 401);
    expect(await outcome()).toBe('accepted');
  });

  it('T3: whose id was taken before is 200 without effect, and late ones move nothing back', async () => {
    expect(expected(await send({ body: { status: 'delivered' } }), 200)).toEqual({ state: 'noted' });
    expect(expected(await send({ body: { status: 'delivered' } }), 200)).toEqual({ state: 'known' });
    expect(expected(await send({ id: `late_${page}` }), 200)).toEqual({ state: 'late' });
    expect(await outcome()).toBe('delivered');
  });

  it('about nothing that was sent is taken and ignored; one that says nothing is 422', async () => {
    expect(expected(await send({ body: { key: 'pgt_nothing' } }), 200)).toEqual({ state: 'ignored' });
    expected(await send({ body: { status: 'perhaps' } }), 422);
  });
});
