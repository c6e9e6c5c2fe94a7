import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { atRest, example, expected, openApi, until, type ApiBench } from './support/bench.js';
import type { Items, Started } from './support/shapes.js';

let api: ApiBench;
beforeAll(async () => {
  api = await openApi();
});
afterAll(async () => {
  await api.close();
});

const today = new Date().toISOString().slice(0, 10);

describe('from the contract file to Live', () => {
  let contractProcess = '';
  let onboarding = '';

  it('imports a contract and says where its process is', async () => {
    const answer = await api.as('kim-field').post('/v1/contracts', { file: example('contract.yaml') });
    const body = expected<Started>(answer, 201);
    contractProcess = body.processId;
    expect(body).toMatchObject({ outcome: 'accepted', status: 'draft', seq: 1, event: 'contract.imported' });
    expect(answer.headers['location']).toBe(`/v1/processes/${contractProcess}`);
  });

  it('shows the process with its clocks, tasks and stages', async () => {
    const answer = await api.as('sam-rivers').get(`/v1/processes/${contractProcess}`);
    expect(answer.headers['etag']).toBe('"1"');
    expect(expected(answer, 200)).toMatchObject({
      slug: 'contract',
      status: 'draft',
      statusLabel: 'Draft',
      headline: 'CP-2026-0417',
      contractId: 'northwind-2026',
      owner: { id: 'sam-rivers', name: 'Sam Rivers' },
      waitsFor: 'provider',
      clocks: [{ name: 'activation', promise: true, overdue: false }],
      tasks: [{ command: 'activate' }],
      stages: [{ status: 'draft', leftAt: null }],
    });
  });

  it('explains when the activation is due, line by line', async () => {
    const path = `/v1/processes/${contractProcess}/clocks/activation/explain`;
    const body = expected<{ marks: { step: string; rule: string; agrees: boolean; lines: unknown[] }[] }>(
      await api.as('sam-rivers').get(path),
      200,
    );
    const due = body.marks.find((mark) => mark.step === 'due');
    expect(due).toMatchObject({ rule: '10 business days', agrees: true });
    expect(due?.lines.length).toBeGreaterThanOrEqual(12);
  });

  it('activates the contract and tells the primary contact on the same day', async () => {
    const sam = api.as('sam-rivers');
    const path = `/v1/processes/${contractProcess}/commands/activate`;
    const answer = await sam.post(path, { portalRegisteredOn: today }, { 'if-match': '"1"' });
    expect(expected(answer, 200)).toMatchObject({ status: 'active', seq: 2 });
    expect(expected(await sam.get(`/v1/processes/${contractProcess}/notices`), 200)).toMatchObject({
      items: expect.arrayContaining([
        expect.objectContaining({ notice: 'dayOne', recipient: { id: 'maria-stone', name: 'Maria Stone' } }),
      ]) as unknown,
    });
  });

  it('starts an onboarding, which starts the hand-over of the User Guide', async () => {
    const sam = api.as('sam-rivers');
    const answer = await sam.post('/v1/processes/onboarding', { contractId: 'northwind-2026' });
    const body = expected<Started>(answer, 201);
    onboarding = body.processId;
    expect(body).toMatchObject({ status: 'smAssigned', event: 'onboarding.started' });
    await until(async () => {
      const list = await sam.get('/v1/processes?slug=document&contract=northwind-2026');
      return expected<Items<unknown>>(list, 200).items[0];
    });
  });

  it('foretells what happens if nobody acts, for the process and for the contract', async () => {
    const sam = api.as('sam-rivers');
    interface Item {
      readonly kind: string;
      readonly event?: string;
      readonly notice?: string;
      readonly slug: string;
    }
    const one = expected<Items<Item>>(await sam.get(`/v1/processes/${onboarding}/forecast?days=60`), 200);
    expect(one.items).toContainEqual(
      expect.objectContaining({ kind: 'event', event: 'onboarding.liveMissed' }),
    );
    expect(one.items).toContainEqual(
      expect.objectContaining({
        kind: 'notice',
        notice: 'stageDue',
        recipient: { id: 'sam-rivers', name: 'Sam Rivers' },
      }),
    );
    const all = expected<Items<Item>>(await sam.get('/v1/contracts/northwind-2026/forecast?days=800'), 200);
    expect(all.items).toContainEqual(expect.objectContaining({ event: 'contract.expired' }));
    expect(new Set(all.items.map((item) => item.slug))).toEqual(
      new Set(['contract', 'onboarding', 'document']),
    );
  });

  it('takes commands until the End User is Live', async () => {
    const sam = api.as('sam-rivers');
    const run = async (command: string, payload: object) =>
      expected(await sam.post(`/v1/processes/${onboarding}/commands/${command}`, payload), 200);
    await run('recordWelcome', { contactedOn: today, medium: 'phone', summary: 'Introduced myself.' });
    await run('recordKickoff', {
      heldOn: today,
      attendees: ['maria-stone'],
      minutes: 'Walked through the list.',
    });
    const { items } = expected<Items<{ command: string; each: { key: string }[] }>>(
      await sam.get(`/v1/processes/${onboarding}/actions`),
      200,
    );
    const complete = items.find((action) => action.command === 'completeItem');
    expect(complete).toMatchObject({ allowed: true, eachField: 'item' });
    for (const { key } of complete?.each ?? []) {
      const evidence = { kind: 'note', text: 'Agreed on the kickoff call.' };
      await run('completeItem', { item: key, doneOn: today, evidence });
    }
    // The guide has a process of its own and is not attested; somebody else may waive it.
    await run('askWaiver', { item: 'userGuide', reason: 'They have it from the year before.' });
    const manager = api.as('kim-field');
    const path = `/v1/processes/${onboarding}/commands/approveWaiver`;
    expected(await manager.post(path, { item: 'userGuide' }), 200);
    expect(await run('goLive', {})).toMatchObject({ status: 'live' });
  });

  it('shows what happened, by whom and why', async () => {
    const auditor = api.as('jo-brook');
    const { items } = expected<Items<{ seq: number }>>(
      await auditor.get(`/v1/processes/${onboarding}/timeline`),
      200,
    );
    expect(items.map((item) => item.seq)).toEqual(items.map((_, index) => index + 1));
    expect(items.at(-1)).toMatchObject({
      event: 'onboarding.live',
      actor: { name: 'Sam Rivers' },
      to: 'live',
    });
    const one = expected<{ stages: { status: string }[] }>(
      await auditor.get(`/v1/processes/${onboarding}`),
      200,
    );
    expect(one.stages.map((stage) => stage.status)).toEqual([
      'new',
      'smAssigned',
      'welcomed',
      'kickoffHeld',
      'packageInProgress',
      'packageComplete',
      'live',
    ]);
  });

  it('lists the open processes of the day and the tasks of a person', async () => {
    const mine = expected<Items<{ slug: string }>>(await api.as('sam-rivers').get('/v1/today'), 200);
    expect(mine.items.map((item) => item.slug).sort()).toEqual(['contract', 'document']);
    const tasks = expected<Items<unknown>>(await api.as('sam-rivers').get('/v1/tasks'), 200);
    expect(tasks.items).toContainEqual(expect.objectContaining({ slug: 'document', command: 'pick' }));
  });

  it('pages a list without losing or doubling anything', async () => {
    const seen: string[] = [];
    let next = '/v1/processes?limit=1';
    for (let page = 0; page < 10 && next !== ''; page += 1) {
      const answer = await api.as('sam-rivers').get(next);
      for (const { id } of expected<Items<{ id: string }>>(answer, 200).items) seen.push(id);
      next = /<([^>]+)>; rel="next"/.exec(answer.headers['link'] ?? '')?.[1] ?? '';
    }
    expect(seen).toHaveLength(3);
    expect(new Set(seen).size).toBe(3);
  });

  it('verifies the audit, decides it again without a difference, and remembers each export', async () => {
    const auditor = api.as('jo-brook');
    const verified = expected<{ ok: boolean; checkpoints: object[] }>(
      await auditor.post('/v1/audit/verify'),
      200,
    );
    expect(verified).toMatchObject({ ok: true });
    const { checkpoints } = verified;
    expect(expected(await auditor.post('/v1/audit/verify', { checkpoints }), 200)).toMatchObject({
      ok: true,
    });
    const again = expected<{ checked: number }>(
      await auditor.post(`/v1/audit/redecide?process=${onboarding}`),
      200,
    );
    expect(again).toMatchObject({ differences: [], rulesChanged: [], erased: 0 });
    expect(again.checked).toBeGreaterThan(10);
    const bundle = expected<{ chain: unknown[]; refusals: { code: string }[] }>(
      await auditor.get(`/v1/processes/${onboarding}/export`),
      200,
    );
    expect(bundle.chain).toHaveLength(again.checked);
    expect(bundle.refusals.map((entry) => entry.code)).toContain('audit.exported');
  });

  it('serves the whole contract in one answer', async () => {
    const body = expected(await api.as('sam-rivers').get('/v1/contracts/northwind-2026'), 200);
    expect(body).toMatchObject({
      number: 'CP-2026-0417',
      status: 'active',
      endUser: { id: 'northwind', name: 'Northwind Logistics' },
      manager: { id: 'sam-rivers', name: 'Sam Rivers' },
      contacts: [{ id: 'jan-reed' }, { id: 'maria-stone', primaryContact: true }],
      sites: [{ id: 'northwind-berlin' }],
    });
    const list = expected<Items<unknown>>(await api.as('sam-rivers').get('/v1/contracts'), 200);
    expect(list.items).toHaveLength(1);
  });
});

describe('a message of which nobody knows whether it arrived', () => {
  const reason = 'Both have it; asked them on the phone.';

  it('is decided with a reason, which is kept at it and at what was carried with it', async () => {
    await atRest(api.database);
    // Outside of business hours some of them still wait.
    const unknown = await api.database.as('step', { tenant: 'northwind' }, async (trx) =>
      trx.rows<{ id: string; processId: string }>(
        `update effects set state = 'unknown', sent_with = 'a digest' where id in (
           select id from effects where kind = 'mail' and state <> 'sent' and process_id like 'onb_%' limit 2)
         returning id, process_id as "processId"`,
      ),
    );
    expect(unknown).toHaveLength(2);
    const path = `/v1/operations/effects/${unknown[0]?.id ?? ''}/decide`;
    expected(await api.as('lee-ward').post(path, { decision: 'done', reason }), 200);
    const { effects } = expected<{ effects: { effectId: string; state: string; evidence: object }[] }>(
      await api.as('jo-brook').get(`/v1/processes/${unknown[0]?.processId ?? ''}/export`),
      200,
    );
    for (const { id } of unknown) {
      expect(effects.find(({ effectId }) => effectId === id)).toMatchObject({
        state: 'confirmed',
        evidence: {
          decisions: [{ by: 'lee-ward', verdict: 'done', reason, at: expect.stringMatching(/Z$/) }],
        },
      });
    }
    // What is hashed holds no texts: they can be erased.
    const changes = await api.database.as('admin', {}, async (trx) =>
      trx.rows<{ bytes: string }>(`select bytes from refusals where code = 'effect.decided'`),
    );
    expect(changes).toHaveLength(2);
    expect(JSON.stringify(changes)).not.toContain(reason);
  });
});

describe('a customer from before Care Plus', () => {
  const file = () => example('adoption/larkspur-2025.yaml') as unknown as AdoptionBody;
  const adopt = (body: object) => api.as('kim-field').post('/v1/adoptions', body);
  beforeAll(async () => {
    const guide = {
      documentId: 'user-guide',
      version: 1,
      language: 'en',
      title: 'User Guide',
      body: '# Guide',
    };
    expected(await api.as('kim-field').post('/v1/documents', guide), 200);
  });

  it('is named with everything that is wrong in his file at once, and nothing is stored', async () => {
    const wrong = file();
    wrong.contacts[0]!['email'] = 'ada';
    wrong.adopted.onboarding.items[0]!['on'] = '2999-01-01';
    wrong.adopted.onboarding.items[1]!['item'] = 'cake';
    wrong.adopted.userGuide.version = 7;
    Object.assign(wrong.adopted.onboarding, { liveOn: '2026-01-05' });
    const { problems } = expected<Problems>(await adopt({ file: wrong }), 422);
    expect(problems.map(({ path }) => path)).toEqual([
      'contacts.0.email',
      'adopted.onboarding.items.0.on',
      'adopted.onboarding.items.1.item',
      'adopted.onboarding.liveOn',
      'adopted.userGuide.version',
    ]);
    expect((await api.as('kim-field').get('/v1/contracts/larkspur-2025')).status).toBe(404);
  });

  it('is rehearsed: what would be taken over, what is open, what is due; nothing is stored', async () => {
    const answer = expected<Rehearsed>(await adopt({ file: file(), dryRun: true }), 200);
    expect(answer.processes.map(({ status }) => status)).toEqual([
      'active',
      'packageInProgress',
      'acknowledged',
    ]);
    expect(answer.takenOver).toContainEqual({
      what: 'Collector plan agreed',
      state: 'waived',
      on: '2025-10-20',
      by: 'Lena Ortmann (left in 2026)',
    });
    expect(answer.open).toContainEqual({ slug: 'onboarding', what: 'Remote access decided' });
    expect(answer.due.map(({ clock }) => clock)).toContain('package');
    expect((await api.as('kim-field').get('/v1/contracts/larkspur-2025')).status).toBe(404);
  });

  it('enters as he was rehearsed, and is told nothing; sent again, the file changes nothing', async () => {
    const sent = api.mail.attempts.length;
    const rehearsed = expected<Rehearsed>(await adopt({ file: file(), dryRun: true }), 200);
    const { processId } = expected<Started>(await adopt({ file: file() }), 201);
    const kim = api.as('kim-field');
    const found = await until(async () => {
      const list = await kim.get('/v1/processes?contract=larkspur-2025');
      const { items } = expected<Items<{ slug: string; status: string; id: string }>>(list, 200);
      return items.length === 3 && items.every(({ status }) => status !== 'new') ? items : null;
    });
    expect(Object.fromEntries(found.map(({ slug, status }) => [slug, status]))).toEqual(
      Object.fromEntries(rehearsed.processes.map(({ slug, status }) => [slug, status])),
    );
    expect(expected(await adopt({ file: file() }), 200)).toEqual({ processId, outcome: 'unchanged' });
    const other = file();
    other.adopted.onboarding.items.pop();
    expect((await adopt({ file: other })).status).toBe(409);
    const toLarkspur = api.mail.attempts.slice(sent).filter(({ mail }) => mail.to.includes('larkspur'));
    expect(toLarkspur).toEqual([]);
    const notices = await Promise.all(found.map(({ id }) => kim.get(`/v1/processes/${id}/notices`)));
    expect(notices.flatMap((list) => expected<Items<unknown>>(list, 200).items)).toEqual([]);
  });
});

interface Problems {
  readonly problems: readonly { readonly path: string }[];
}

interface Rehearsed {
  readonly processes: readonly { readonly slug: string; readonly status: string }[];
  readonly takenOver: readonly unknown[];
  readonly open: readonly unknown[];
  readonly due: readonly { readonly clock: string }[];
}

interface AdoptionBody {
  policy: string;
  contacts: Record<string, unknown>[];
  adopted: { onboarding: { items: Record<string, unknown>[] }; userGuide: { version: number } };
}
