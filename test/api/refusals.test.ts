/** Every kind of bad input: the code, the place, and nothing stored or changed. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  atRest,
  example,
  expected,
  openApi,
  stored,
  until,
  type Answer,
  type ApiBench,
} from './support/bench.js';
import { raw } from '../db/support/raw.js';
import type { Items, ProblemDocument, Started } from './support/shapes.js';

let api: ApiBench;
let contractProcess = '';
let onboarding = '';
const today = new Date().toISOString().slice(0, 10);

beforeAll(async () => {
  api = await openApi();
  const kim = api.as('kim-field');
  const imported = await kim.post('/v1/contracts', { file: example('contract.yaml') });
  contractProcess = expected<Started>(imported, 201).processId;
  const activate = { portalRegisteredOn: today };
  expected(await kim.post(`/v1/processes/${contractProcess}/commands/activate`, activate), 200);
  const started = await api
    .as('sam-rivers')
    .post('/v1/processes/onboarding', { contractId: 'northwind-2026' });
  onboarding = expected<Started>(started, 201).processId;
  await until(async () => {
    const list = await api.as('sam-rivers').get('/v1/processes?slug=document');
    return expected<Items<unknown>>(list, 200).items[0];
  });
});
afterAll(async () => {
  await api.close();
});

/** A problem document with a status and a code, readable by people, telling nothing of the inside. */
function problem(answer: Answer, status: number, code: string): ProblemDocument {
  const body = expected<ProblemDocument>(answer, status);
  expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
  expect(body).toMatchObject({ status, code, type: `urn:careplus:problem:${code}` });
  for (const text of [body.title, body.detail, body.remedy]) expect(text).toMatch(/\S/);
  expect(answer.text).not.toMatch(/node_modules|\bat .+\.ts:\d+|select .+ from|Error:/i);
  return body;
}

function paths(body: ProblemDocument): string[] {
  return (body.problems ?? []).map((one) => one.path);
}

type Change = (file: ReturnType<typeof contractFile>) => unknown;

function contractFile() {
  return example('contract.yaml') as {
    id: string;
    startsOn: unknown;
    endsOn: unknown;
    calendar: string;
    policy: string;
    provider: Record<string, string>;
    sites: Record<string, unknown>[];
    contacts: Record<string, unknown>[];
    [unknown: string]: unknown;
  };
}

const newContact = {
  id: 'nina-west',
  name: 'Nina West',
  email: 'nina@southwind.example',
  zone: 'Europe/Berlin',
  primaryContact: true,
};

const badContracts: readonly (readonly [string, Change, readonly string[]])[] = [
  ['an unknown field', (file) => (file['tyre'] = 'plus'), ['tyre']],
  [
    'a misspelt field in a list',
    (file) => (file.contacts[1]!['emial'] = 'x@y.example'),
    ['contacts.1.emial'],
  ],
  ['a wrong type', (file) => (file['tier'] = 7), ['tier']],
  ['an instant where a date belongs', (file) => (file.startsOn = '2026-11-01T00:00:00'), ['startsOn']],
  ['a day that does not exist', (file) => (file.endsOn = '2027-02-30'), ['endsOn']],
  ['an end before the start', (file) => (file.endsOn = '2026-10-31'), ['endsOn']],
  ['an unknown zone', (file) => (file['zone'] = 'Europe/Berlyn'), ['zone']],
  ['an unknown country', (file) => (file.sites[0]!['country'] = 'QQ'), ['sites.0.country']],
  ['two contacts with one id', (file) => (file.contacts[1]!['id'] = 'maria-stone'), ['contacts.1.id']],
  ['no primary contact', (file) => (file.contacts[0]!['primaryContact'] = false), ['contacts']],
  ['a deputy who is nobody', (file) => (file.contacts[0]!['deputy'] = 'nobody'), ['contacts.0.deputy']],
  ['an unknown calendar', (file) => (file.calendar = 'munich-office'), ['calendar']],
  ['an unknown policy', (file) => (file.policy = 'gold'), ['policy']],
  ['unknown staff', (file) => (file.provider['smManager'] = 'nobody'), ['provider.smManager']],
  [
    'staff without the function',
    (file) => (file.provider['accountManager'] = 'noor-dale'),
    ['provider.accountManager'],
  ],
  [
    'a contact who belongs to somebody else',
    (file) => {
      file.contacts[0]!['deputy'] = 'sam-rivers';
      file.contacts[1]!['id'] = 'sam-rivers';
    },
    ['contacts.1.id'],
  ],
  [
    'several mistakes at once',
    (file) => {
      file.calendar = 'munich-office';
      file.policy = 'gold';
      file.provider['smManager'] = 'nobody';
    },
    ['calendar', 'policy', 'provider.smManager'],
  ],
  ['a character that cannot be stored', (file) => (file['tier'] = 'pl\0us'), ['file.tier']],
];

describe('a contract file', () => {
  let before: Readonly<Record<string, number>>;
  beforeEach(async () => {
    await atRest(api.database);
    before = await stored(api.database);
  });

  it.each(badContracts)(
    'with %s is refused with the place, and nothing is stored',
    async (_what, change, places) => {
      const file = { ...contractFile(), id: 'northwind-2027', number: 'CP-2' };
      change(file);
      const body = problem(await api.as('kim-field').post('/v1/contracts', { file }), 422, 'BODY_INVALID');
      expect(paths(body)).toEqual(expect.arrayContaining([...places]));
      expect(await stored(api.database)).toEqual(before);
    },
  );

  it('is checked without being stored, with the same problems', async () => {
    const file = contractFile();
    file.calendar = 'munich-office';
    const body = expected(await api.as('kim-field').post('/v1/contracts/check', file), 200);
    expect(body).toMatchObject({ problems: [{ path: 'calendar' }], known: false });
    expect(await stored(api.database)).toEqual(before);
  });

  it('of 50 MB is refused with the limit, without being read', async () => {
    const file = { ...contractFile(), tier: 'x'.repeat(50_000_000) };
    const body = problem(await api.as('kim-field').post('/v1/contracts', { file }), 413, 'BODY_TOO_LARGE');
    expect(body.detail).toBe('The body is larger than 1 MB, the most that this address takes.');
    expect(await stored(api.database)).toEqual(before);
  });

  it('of a known contract that differs is shown its differences and amends only when these are approved', async () => {
    const kim = api.as('kim-field');
    const file = contractFile();
    file.contacts[1]!['phone'] = '+49 30 5550 299';
    const body = problem(await kim.post('/v1/contracts', { file }), 409, 'CONTRACT_KNOWN');
    const phone = { path: 'contacts.jan-reed.phone', before: '+49 30 5550 202', after: '+49 30 5550 299' };
    expect(body.diff).toEqual([phone]);
    expect(await stored(api.database)).toEqual(before);
    const amended = expected(await kim.post('/v1/contracts', { file, approveDiff: true }), 200);
    expect(amended).toMatchObject({ outcome: 'accepted', event: 'contract.amended', diff: [phone] });
    expect(expected(await kim.post('/v1/contracts', { file }), 200)).toMatchObject({ outcome: 'unchanged' });
  });

  it('with the id of a contract of another End User is refused like any id that is taken', async () => {
    const file = {
      ...contractFile(),
      endUser: { id: 'southwind', name: 'Southwind' },
      contacts: [newContact],
    };
    const body = problem(await api.as('kim-field').post('/v1/contracts', { file }), 422, 'BODY_INVALID');
    expect(paths(body)).toContain('id');
    expect(await stored(api.database)).toEqual(before);
  });

  it('is taken from service managers only', async () => {
    problem(await api.as('lee-ward').post('/v1/contracts', { file: contractFile() }), 403, 'FORBIDDEN');
  });
});

describe('the text of a body', () => {
  it('that is not JSON is refused with line and column', async () => {
    const answer = await api.as('kim-field').post('/v1/contracts', '{\n  "file": {,\n}', {
      'content-type': 'application/json',
    });
    const body = problem(answer, 400, 'BODY_NOT_JSON');
    expect(body.detail).toBe('The body is not JSON at line 2, column 12.');
  });

  it.each([
    ['{"file": tru}', 'line 1, column 10'],
    ['{"file": "x', 'line 1, column 12'],
    ['hello', 'line 1, column 1'],
    ['{"file": 1} x', 'line 1, column 13'],
  ])('such as %s is shown where it goes wrong', async (text, place) => {
    const answer = await api
      .as('kim-field')
      .post('/v1/contracts', text, { 'content-type': 'application/json' });
    expect(problem(answer, 400, 'BODY_NOT_JSON').problems).toMatchObject([{ path: place }]);
  });

  it('of another type is refused', async () => {
    const answer = await api
      .as('kim-field')
      .post('/v1/contracts', 'id: x', { 'content-type': 'application/yaml' });
    problem(answer, 415, 'BODY_TYPE');
  });

  it('nested beyond reason is refused and takes nothing down', async () => {
    const deep = `{"file":${'['.repeat(200_000)}${']'.repeat(200_000)}}`;
    const answer = await api
      .as('kim-field')
      .post('/v1/contracts', deep, { 'content-type': 'application/json' });
    problem(answer, 422, 'BODY_INVALID');
  });
});

describe('a calendar file', () => {
  beforeEach(() => atRest(api.database));

  it.each([
    ['without an open hour', { weekly: {} }, ['weekly']],
    [
      'with an unknown country',
      { holidays: { country: 'Germoney', years: [2026, 2027] } },
      ['holidays.country'],
    ],
    [
      'with an unknown region',
      { holidays: { country: 'DE', region: 'XX', years: [2026, 2027] } },
      ['holidays.region'],
    ],
    ['with an unknown zone', { zone: 'Berlin' }, ['zone']],
    [
      'with overlapping hours',
      {
        weekly: {
          monday: [
            { opens: '09:00', closes: '17:00' },
            { opens: '16:00', closes: '18:00' },
          ],
        },
      },
      ['weekly.monday[1]'],
    ],
  ])('%s is refused with the place, and nothing is stored', async (_what, change, places) => {
    const before = await stored(api.database);
    const file = { ...example('calendars/berlin-office.yaml'), ...change };
    const body = problem(await api.as('kim-field').post('/v1/calendars', file), 422, 'BODY_INVALID');
    expect(paths(body)).toEqual(places);
    expect(await stored(api.database)).toEqual(before);
  });
});

describe('a policy file', () => {
  beforeEach(() => atRest(api.database));

  it('with a hole in a ladder is refused with the place, and nothing is stored', async () => {
    const before = await stored(api.database);
    const file = example('policies/standard.yaml') as { contract: { expiryNotices: object } };
    file.contract.expiryNotices = { first: '30 days', second: '60 days', third: '30 days' };
    const body = problem(await api.as('kim-field').post('/v1/policies', file), 422, 'BODY_INVALID');
    expect(paths(body)).toEqual(['contract.expiryNotices']);
    expect(body.problems?.[0]?.problem).toMatch(/hole/);
    expect(await stored(api.database)).toEqual(before);
  });

  it('cannot be approved by its author', async () => {
    const file = { ...example('policies/standard.yaml'), title: 'Another title' };
    const { version } = expected<{ version: number }>(
      await api.as('kim-field').post('/v1/policies', file),
      201,
    );
    const path = `/v1/policies/standard/versions/${String(version)}/approve`;
    problem(await api.as('kim-field').post(path), 409, 'SELF_APPROVAL');
    problem(await api.as('sam-rivers').post(path), 403, 'FORBIDDEN');
    expected(await api.as('dana-hill').post(path), 200);
    problem(await api.as('dana-hill').post(path), 409, 'VERSION_APPROVED');
  });

  it('that says the same as the newest version makes no new one', async () => {
    const file = { ...example('policies/standard.yaml'), title: 'Another title' };
    const before = await stored(api.database);
    expect(expected(await api.as('kim-field').post('/v1/policies', file), 200)).toMatchObject({
      state: 'approved',
    });
    expect(await stored(api.database)).toEqual(before);
  });
});

describe('an address', () => {
  it('with an unknown or a wrong parameter is refused with its name', async () => {
    const sam = api.as('sam-rivers');
    expect(paths(problem(await sam.get('/v1/processes?stauts=new'), 400, 'QUERY_INVALID'))).toEqual([
      'stauts',
    ]);
    expect(paths(problem(await sam.get('/v1/processes?limit=0'), 400, 'QUERY_INVALID'))).toEqual(['limit']);
    expect(paths(problem(await sam.get('/v1/processes?cursor=zzz'), 400, 'QUERY_INVALID'))).toEqual([
      'cursor',
    ]);
    expect(paths(problem(await sam.get('/v1/me?x=1'), 400, 'QUERY_INVALID'))).toEqual(['x']);
  });

  it('that is not there, or takes other methods, says so', async () => {
    const sam = api.as('sam-rivers');
    problem(await sam.get('/v1/nothing'), 404, 'NOT_FOUND');
    const answer = await sam.delete('/v1/contracts');
    problem(answer, 405, 'METHOD_NOT_ALLOWED');
    expect(answer.headers['allow']).toBe('POST, GET, HEAD');
  });
});

describe('a command', () => {
  beforeEach(() => atRest(api.database));

  const seqOf = async (id: string) =>
    expected<{ seq: number }>(await api.as('sam-rivers').get(`/v1/processes/${id}`), 200).seq;
  const send = (person: string, id: string, command: string, payload: object, headers = {}) =>
    api.as(person).post(`/v1/processes/${id}/commands/${command}`, payload, headers);

  it('in the wrong status is refused with its reason and remedy, and changes nothing', async () => {
    const before = await seqOf(onboarding);
    const body = problem(await send('sam-rivers', onboarding, 'goLive', {}), 409, 'PROCESS_STATUS');
    expect(body.detail).toBe('This cannot be done in the present status.');
    expect(await seqOf(onboarding)).toBe(before);
  });

  it('by the wrong role is refused, and changes nothing', async () => {
    const before = await seqOf(onboarding);
    problem(await send('jo-brook', onboarding, 'cancel', { reason: 'No reason.' }), 403, 'PROCESS_ROLE');
    expect(await seqOf(onboarding)).toBe(before);
  });

  it('on a process that has changed since it was read is refused', async () => {
    const welcome = { contactedOn: today, medium: 'phone', summary: 'Introduced myself.' };
    const stale = await send('sam-rivers', onboarding, 'recordWelcome', welcome, { 'if-match': '"99"' });
    problem(stale, 412, 'PROCESS_STALE');
    problem(
      await send('sam-rivers', onboarding, 'recordWelcome', welcome, { 'if-match': '7' }),
      400,
      'HEADER_INVALID',
    );
  });

  it('with details that do not fit is refused with their places', async () => {
    const answer = await send('sam-rivers', onboarding, 'recordWelcome', {
      contactedOn: 'today',
      medium: 'fax',
    });
    const body = problem(answer, 422, 'PROCESS_PAYLOAD');
    expect(paths(body)).toEqual(['contactedOn', 'medium', 'summary']);
  });

  it('that the kind of process does not have is refused', async () => {
    problem(await send('sam-rivers', onboarding, 'explode', {}), 404, 'PROCESS_COMMAND');
  });

  it('to approve a waiver of one’s own is refused', async () => {
    expected(
      await send('kim-field', onboarding, 'askWaiver', { item: 'credits', reason: 'None were bought.' }),
      200,
    );
    const answer = await send('kim-field', onboarding, 'approveWaiver', { item: 'credits' });
    problem(answer, 409, 'ONBOARDING_SELF_APPROVAL');
    expected(await send('toni-vale', onboarding, 'approveWaiver', { item: 'credits' }), 200);
  });

  it('is done once for one key, and the stored answer is given again, also when it could not be done any more', async () => {
    const key = { 'idempotency-key': 'welcome-1' };
    const welcome = { contactedOn: today, medium: 'phone', summary: 'Introduced myself.' };
    const first = expected(await send('sam-rivers', onboarding, 'recordWelcome', welcome, key), 200);
    const seq = await seqOf(onboarding);
    const second = expected(await send('sam-rivers', onboarding, 'recordWelcome', welcome, key), 200);
    expect(second).toEqual(first);
    problem(
      await send('sam-rivers', onboarding, 'recordWelcome', { ...welcome, medium: 'mail' }, key),
      422,
      'IDEMPOTENCY_KEY_REUSED',
    );
    problem(await send('sam-rivers', onboarding, 'recordWelcome', welcome), 409, 'PROCESS_STATUS');
    expect(await seqOf(onboarding)).toBe(seq);
  });

  it('sent twice at the same moment with one key is done once', async () => {
    const key = { 'idempotency-key': 'note-1' };
    const before = await seqOf(onboarding);
    const note = { text: 'Left a message.', medium: 'phone' };
    const answers = await Promise.all(
      Array.from({ length: 8 }, () =>
        api.as('sam-rivers').post(`/v1/processes/${onboarding}/notes`, note, key),
      ),
    );
    const ids = answers.map((answer) => (answer.body as Started).inboxId);
    expect(new Set(ids).size).toBe(1);
    await until(async () => (await seqOf(onboarding)) === before + 1);
  });

  it('that was refused stands in the audit', async () => {
    const bundle = expected<{ refusals: { code: string; principal: string }[] }>(
      await api.as('jo-brook').get(`/v1/processes/${onboarding}/export`),
      200,
    );
    expect(bundle.refusals).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ code: 'PROCESS_STATUS', principal: 'sam-rivers' }),
        expect.objectContaining({ code: 'PROCESS_ROLE', principal: 'jo-brook' }),
        expect.objectContaining({ code: 'ONBOARDING_SELF_APPROVAL', principal: 'kim-field' }),
      ]),
    );
  });
});

describe('a start', () => {
  it('by somebody without the function, of an unknown kind, or for an unknown contract is refused', async () => {
    problem(await api.as('jo-brook').post('/v1/processes/onboarding', { contractId: 'x' }), 403, 'FORBIDDEN');
    problem(await api.as('sam-rivers').post('/v1/processes/nothing', {}), 404, 'NOT_FOUND');
    const unknown = await api.as('sam-rivers').post('/v1/processes/onboarding', { contractId: 'nowhere' });
    expect(paths(problem(unknown, 422, 'BODY_INVALID'))).toEqual(['contractId']);
  });

  it('of a kind that is younger than the policy set of its contract is refused with the remedy', async () => {
    await raw(api.url, async (client) => {
      await client.query(
        `insert into policies (tenant_id, id, version, body, author, approver, state, approved_at)
           select tenant_id, id, 99, body - 'supportTools', author, approver, state, approved_at
             from policies where id = 'standard' and version = 1`,
      );
      await client.query(`update contracts set policy_version = 99 where id = 'northwind-2026'`);
    });
    const before = await stored(api.database);
    const body = problem(
      await api.as('sam-rivers').post('/v1/processes/supportTools', { contractId: 'northwind-2026' }),
      409,
      'PROCESS_POLICY',
    );
    expect(paths(body)).toEqual(['supportTools']);
    expect(await stored(api.database)).toEqual(before);
    await raw(api.url, async (client) =>
      client.query(`update contracts set policy_version = 1 where id = 'northwind-2026'`),
    );
  });

  it('of a second onboarding is refused', async () => {
    const answer = await api
      .as('sam-rivers')
      .post('/v1/processes/onboarding', { contractId: 'northwind-2026' });
    problem(answer, 409, 'ONBOARDING_ALREADY_RUNNING');
  });
});

describe('time', () => {
  it('counts business days, and refuses instants without a zone', async () => {
    const sam = api.as('sam-rivers');
    const ask = { calendar: 'berlin-office', from: '2026-12-23T10:00:00+01:00', add: '3 business days' };
    expect(expected(await sam.post('/v1/time/due', ask), 200)).toMatchObject({
      due: '2026-12-30T16:00:00.000Z',
      dueLocal: 'Wed 2026-12-30 17:00 +01:00',
    });
    const zoneless = await sam.post('/v1/time/due', { ...ask, from: '2026-12-23T10:00:00' });
    expect(paths(problem(zoneless, 422, 'BODY_INVALID'))).toEqual(['from']);
    const unit = await sam.post('/v1/time/due', { ...ask, add: '3 fortnights' });
    expect(paths(problem(unit, 422, 'BODY_INVALID'))).toEqual(['add']);
    const elapsed = {
      calendar: 'berlin-office',
      from: '2026-12-23T10:00:00+01:00',
      to: '2026-12-28T10:00:00+01:00',
    };
    expect(expected(await sam.post('/v1/time/elapsed', elapsed), 200)).toEqual({
      ms: 28_800_000,
      hours: 8,
      text: '8 h',
    });
  });

  it('takes a calendar file that is not stored', async () => {
    const calendarFile = example('calendars/new-york-office.yaml');
    const ask = { calendarFile, from: '2026-11-25T12:00:00-05:00', add: '1 bd' };
    const due = expected(await api.as('sam-rivers').post('/v1/time/due', ask), 200);
    expect(due).toMatchObject({ dueLocal: 'Fri 2026-11-27 12:00 -05:00' });
  });
});

describe('an amendment', () => {
  const amend = (person: string, change: Change, headers = {}) => {
    const file = contractFile();
    change(file);
    const path = `/v1/processes/${contractProcess}/commands/amend`;
    return api.as(person).post(path, file, headers);
  };
  const standing = async () => {
    const read = await api.as('kim-field').get(`/v1/processes/${contractProcess}`);
    const { seq, blocked } = expected<{ seq: number; blocked: boolean }>(read, 200);
    return { seq, blocked };
  };
  /** Somebody else takes the place of the second contact. */
  const contactId = (id: string) => (file: ReturnType<typeof contractFile>) => {
    file.contacts[0]!['deputy'] = id;
    file.contacts[1]!['id'] = id;
  };

  beforeAll(async () => {
    await atRest(api.database);
    const more = [
      { ...contractFile(), id: 'northwind-2027', number: 'CP-2' },
      { ...contractFile(), id: 'southwind-2027', number: 'CP-3', contacts: [newContact] },
    ] as const;
    more[0].sites[0]!['id'] = 'northwind-hamburg';
    Object.assign(more[1], { endUser: { id: 'southwind', name: 'Southwind' } });
    for (const file of more) expected(await api.as('kim-field').post('/v1/contracts', { file }), 201);
    await atRest(api.database);
  });

  it.each<readonly [string, Change, readonly string[]]>([
    [
      'an SM manager without the function',
      (file) => (file.provider['smManager'] = 'sam-rivers'),
      ['provider.smManager'],
    ],
    [
      'an account manager without the function',
      (file) => (file.provider['accountManager'] = 'lee-ward'),
      ['provider.accountManager'],
    ],
    ['a contact with the id of staff', contactId('kim-field'), ['contacts.1.id']],
    ['a contact of another customer', contactId('nina-west'), ['contacts.1.id']],
    ['a site of another contract', (file) => (file.sites[0]!['id'] = 'northwind-hamburg'), ['sites.0.id']],
    ['an unknown calendar', (file) => (file.calendar = 'munich-office'), ['calendar']],
    [
      'an unknown calendar and another term',
      (file) => {
        file.calendar = 'munich-office';
        file.endsOn = '2029-10-31';
      },
      ['calendar'],
    ],
  ])('with %s is refused with the place, as an import is, and changes nothing', async (_what, change, at) => {
    const before = await standing();
    const body = problem(await amend('sam-rivers', change), 422, 'PROCESS_PAYLOAD');
    expect(paths(body)).toEqual(at);
    await atRest(api.database);
    expect(await standing()).toEqual(before);
    expect(before.blocked).toBe(false);
  });

  it('tells those who may not give it nothing of the ids of others', async () => {
    problem(await amend('jo-brook', contactId('nina-west')), 403, 'PROCESS_ROLE');
    problem(await amend('maria-stone', contactId('nina-west')), 403, 'PROCESS_ROLE');
  });

  it('that fits is taken, and its key gives its answer again whatever was taken since', async () => {
    const key = { 'idempotency-key': 'amend-1' };
    const change: Change = (file) => {
      file.sites.push({ ...file.sites[0], id: 'northwind-munich', name: 'Munich hub' });
    };
    const first = expected(await amend('sam-rivers', change, key), 200);
    expect(first).toMatchObject({ outcome: 'accepted', event: 'contract.amended' });
    const { seq } = await standing();
    const { provider } = contractFile();
    const staff = example('provider.yaml') as { staff: { id: string; grants: string[] }[] };
    const without = (id: string) => ({
      ...staff,
      staff: staff.staff.map((one) => (one.id === id ? { ...one, grants: ['seniorDesk'] } : one)),
    });
    expected(await api.as('dana-hill').put('/v1/staff', without(provider['accountManager'] ?? '')), 200);
    expect(expected(await amend('sam-rivers', change, key), 200)).toEqual(first);
    expect(paths(problem(await amend('sam-rivers', change), 422, 'PROCESS_PAYLOAD'))).toEqual([
      'provider.accountManager',
    ]);
    expected(await api.as('dana-hill').put('/v1/staff', staff), 200);
    await atRest(api.database);
    expect((await standing()).seq).toBe(seq);
  });

  it('that was refused stands in the audit', async () => {
    const answer = await api.as('jo-brook').get(`/v1/processes/${contractProcess}/export`);
    const { refusals } = expected<{ refusals: { code: string; principal: string }[] }>(answer, 200);
    expect(refusals).toContainEqual(
      expect.objectContaining({ code: 'PROCESS_PAYLOAD', principal: 'sam-rivers' }),
    );
  });
});
