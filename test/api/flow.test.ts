import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { example, expected, openApi, until, type ApiBench } from './support/bench.js';

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
    const body = expected(answer, 201);
    contractProcess = body.processId as string;
    expect(body).toMatchObject({ outcome: 'accepted', status: 'draft', seq: 1, event: 'contract.imported' });
    expect(answer.headers['location']).toBe(`/v1/processes/${contractProcess}`);
  });

  it('shows the process with its clocks, tasks and stages', async () => {
    const answer = await api.as('sam-rivers').get(`/v1/processes/${contractProcess}`);
    const body = expected(answer, 200);
    expect(answer.headers['etag']).toBe('"1"');
    expect(body).toMatchObject({
      slug: 'contract',
      status: 'draft',
      statusLabel: 'Draft',
      headline: 'CP-2026-0417',
      contractId: 'northwind-2026',
      owner: { id: 'sam-rivers', name: 'Sam Rivers' },
      waitsFor: 'provider',
    });
    expect(body.clocks).toEqual([
      expect.objectContaining({ name: 'activation', promise: true, overdue: false }),
    ]);
    expect(body.tasks).toEqual([expect.objectContaining({ command: 'activate' })]);
    expect(body.stages).toEqual([expect.objectContaining({ status: 'draft', leftAt: null })]);
  });

  it('activates the contract and tells the primary contact on the same day', async () => {
    const path = `/v1/processes/${contractProcess}/commands/activate`;
    const body = expected(
      await api.as('sam-rivers').post(path, { portalRegisteredOn: today }, { 'if-match': '"1"' }),
      200,
    );
    expect(body).toMatchObject({ status: 'active', seq: 2 });
    const notices = expected(await api.as('sam-rivers').get(`/v1/processes/${contractProcess}/notices`), 200);
    expect(notices.items).toContainEqual(
      expect.objectContaining({ notice: 'dayOne', recipient: { id: 'maria-stone', name: 'Maria Stone' } }),
    );
  });

  it('starts an onboarding, which starts the hand-over of the User Guide', async () => {
    const body = expected(
      await api.as('sam-rivers').post('/v1/processes/onboarding', { contractId: 'northwind-2026' }),
      201,
    );
    onboarding = body.processId as string;
    expect(body).toMatchObject({ status: 'smAssigned', event: 'onboarding.started' });
    await until(async () => {
      const list = await api.as('sam-rivers').get('/v1/processes?slug=userGuide&contract=northwind-2026');
      return (expected(list, 200).items as unknown[])[0];
    });
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
    const actions = expected(await sam.get(`/v1/processes/${onboarding}/actions`), 200).items as {
      command: string;
      allowed: boolean;
      each: { key: string }[];
    }[];
    const complete = actions.find((action) => action.command === 'completeItem');
    expect(complete).toMatchObject({ allowed: true, eachField: 'item' });
    for (const { key } of complete?.each ?? []) {
      const evidence = { kind: 'note', text: 'Agreed on the kickoff call.' };
      await run('completeItem', { item: key, doneOn: today, evidence });
    }
    expect(await run('goLive', {})).toMatchObject({ status: 'live' });
  });

  it('shows what happened, by whom and why', async () => {
    const timeline = expected(await api.as('jo-brook').get(`/v1/processes/${onboarding}/timeline`), 200);
    const items = timeline.items as { seq: number; event: string; actor: { name: string } | null }[];
    expect(items.map((item) => item.seq)).toEqual(items.map((_, index) => index + 1));
    expect(items.at(-1)).toMatchObject({
      event: 'onboarding.live',
      actor: { name: 'Sam Rivers' },
      to: 'live',
    });
    const one = expected(await api.as('jo-brook').get(`/v1/processes/${onboarding}`), 200);
    expect(one.stages.map((stage: { status: string }) => stage.status)).toEqual([
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
    const mine = expected(await api.as('sam-rivers').get('/v1/today'), 200);
    const slugs = (mine.items as { slug: string }[]).map((item) => item.slug);
    expect(slugs.sort()).toEqual(['contract', 'userGuide']);
    const tasks = expected(await api.as('sam-rivers').get('/v1/tasks'), 200);
    expect(tasks.items).toContainEqual(expect.objectContaining({ slug: 'userGuide', command: 'pick' }));
  });

  it('pages a list without losing or doubling anything', async () => {
    const seen: string[] = [];
    let next = '/v1/processes?limit=1';
    for (let page = 0; page < 10 && next !== ''; page += 1) {
      const answer = await api.as('sam-rivers').get(next);
      for (const item of expected(answer, 200).items as { id: string }[]) seen.push(item.id);
      next = /<([^>]+)>; rel="next"/.exec(answer.headers['link'] ?? '')?.[1] ?? '';
    }
    expect(seen).toHaveLength(3);
    expect(new Set(seen).size).toBe(3);
  });
});
