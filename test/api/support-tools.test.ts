/** Web support tools over HTTP, down to the database and the mail. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { activateExample, expected, openApi, until, type ApiBench } from './support/bench.js';
import type { Started } from './support/shapes.js';

let api: ApiBench;
let tools = '';
beforeAll(async () => {
  api = await openApi();
  await activateExample(api);
});
afterAll(async () => {
  await api.close();
});

const CONTRACT = { contractId: 'northwind-2026' };
const coverage = async (person: string) => api.as(person).get('/v1/contracts/northwind-2026/tools');
const run = async (command: string, payload: object) =>
  expected(await api.as('sam-rivers').post(`/v1/processes/${tools}/commands/${command}`, payload), 200);

describe('the web support tools of a contract', () => {
  it('are looked after by one process at a time', async () => {
    expect(expected(await coverage('sam-rivers'), 200)).toEqual({ ...CONTRACT, tools: null });
    const sam = api.as('sam-rivers');
    tools = expected<Started>(await sam.post('/v1/processes/supportTools', CONTRACT), 201).processId;
    const again = await sam.post('/v1/processes/supportTools', CONTRACT);
    expect(expected(again, 409)).toMatchObject({ code: 'SUPPORT_TOOLS_ALREADY_RUNNING' });
  });

  it('show their coverage to the staff and to the End User', async () => {
    await run('recordProvisioned', { accounts: [{ person: 'maria-stone', login: 'mstone' }] });
    await run('recordLogin', { accounts: [{ person: 'maria-stone' }] });
    for (const person of ['sam-rivers', 'maria-stone']) {
      const body = expected<{ tools: { people: unknown[] } }>(await coverage(person), 200);
      expect(body.tools).toMatchObject({ processId: tools, callers: 2, verified: 1, percent: 50 });
      expect(body.tools.people).toContainEqual(
        expect.objectContaining({ person: { id: 'maria-stone', name: 'Maria Stone' }, verified: true }),
      );
    }
  });

  it('send invitations that calendars take', async () => {
    const startsAt = new Date(Date.now() + 7 * 86_400_000).toISOString();
    await run('planWalkthrough', { startsAt, place: 'Room 4', invitees: ['maria-stone'] });
    await run('cancelWalkthrough', { reason: 'Another week.' });
    const entries = await until(async () => {
      const sent = api.mail
        .delivered('maria.stone@northwind.example')
        .flatMap(({ calendar }) => calendar ?? []);
      return sent.length === 2 ? sent : undefined;
    });
    expect(entries.map(({ method }) => method).sort()).toEqual(['CANCEL', 'REQUEST']);
    const uids = entries.map(({ content }) => /\r\nUID:(.+)\r\n/.exec(content)?.[1]);
    expect(new Set(uids)).toEqual(new Set([`${tools}-walkthrough-1@provider.example`]));
  });
});
