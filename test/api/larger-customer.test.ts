/** The larger customer, three sites in three zones, from the contract file to Live by the HTTP API only. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { bringToLive, CONTRACT, exampleText, type Hands, type Name } from '../support/larger-onboarding.js';
import { standardPolicy } from '../support/policies.js';
import { example, expected, openApi, until, type ApiBench } from './support/bench.js';
import type { Items, Started } from './support/shapes.js';

const SM = 'robin-lake';
const today = new Date().toISOString().slice(0, 10);

interface View {
  readonly status: string;
  readonly data: Readonly<Record<string, unknown>>;
}

let api: ApiBench;
const ids = new Map<Name, string>();

beforeAll(async () => {
  api = await openApi({ policy: standardPolicy() });
  const kim = api.as('kim-field');
  const guide = { documentId: 'user-guide', version: 1, language: 'en', title: 'Support User Guide' };
  expected(await kim.post('/v1/documents', { ...guide, body: exampleText('user-guide.en.md') }), 200);
  const file = example('contracts/tailspin-2026.yaml');
  const contract = expected<Started>(await kim.post('/v1/contracts', { file }), 201);
  ids.set('contract', contract.processId);
  const activate = `/v1/processes/${contract.processId}/commands/activate`;
  expected(await kim.post(activate, { portalRegisteredOn: today }), 200);
  const started = await api.as(SM).post('/v1/processes/onboarding', { contractId: CONTRACT });
  ids.set('onboarding', expected<Started>(started, 201).processId);
});
afterAll(async () => {
  await api.close();
});

/** The process of a name; those of the package are started by the onboarding. */
async function idOf(name: Name): Promise<string> {
  const known = ids.get(name);
  if (known !== undefined) return known;
  const isDocument = name === 'userGuide' || name === 'outageGuideline';
  const path = `/v1/processes?contract=${CONTRACT}&slug=${isDocument ? 'document' : name}`;
  const id = await until(async () => {
    const { items } = expected<Items<{ id: string }>>(await api.as(SM).get(path), 200);
    for (const item of items) {
      const { data } = await view(item.id);
      if (!isDocument || data['kind'] === name) return item.id;
    }
    return undefined;
  });
  ids.set(name, id);
  return id;
}

async function view(id: string, person = SM): Promise<View> {
  return expected<View>(await api.as(person).get(`/v1/processes/${id}`), 200);
}

const hands: Hands = {
  command: async (person, process, command, payload) => {
    const answer = await api
      .as(person)
      .post(`/v1/processes/${await idOf(process)}/commands/${command}`, payload);
    expect(expected(answer, 200)).toMatchObject({ outcome: 'accepted' });
  },
  importMatrix: async (person) => {
    const table = exampleText('matrix/tailspin-contacts.csv');
    const path = `/v1/contracts/${CONTRACT}/matrix/import`;
    expected(await api.as(person).post(path, { table, apply: true }), 200);
  },
  publishGuideline: async (person) => {
    const content: unknown = parse(exampleText('outage-guidelines/tailspin.en.yaml'));
    const documentId = `outage-guideline-${CONTRACT}`;
    const version = { documentId, version: 1, language: 'en', title: 'Outages of Tailspin' };
    const body = { kind: 'outageGuideline', contractId: CONTRACT, ...version, content };
    expected(await api.as(person).post('/v1/documents', body), 200);
  },
  testCall: async (person, caller) => {
    const call = {
      contractId: CONTRACT,
      caller: { personId: caller },
      priority: 'P2',
      siteId: 'tailspin-ny',
    };
    const body = { ...call, impact: 'A test of the way to the Senior Desk.', test: true };
    expected(await api.as(person).post('/v1/desk/calls', body), 201);
  },
  sign: async (person, typedName, counter) => {
    const id = await idOf('remoteAccess');
    const { title, version, sha256 } = (await view(id, person)).data['proposal'] as Record<string, unknown>;
    const body = { title, version, sha256, typedName, command: counter ? 'counterSign' : 'sign' };
    expected(await api.as(person).post(`/v1/processes/${id}/signatures`, body), 200);
  },
  data: async (person, process) => (await view(await idOf(process), person)).data,
  status: async (person, process) => (await view(await idOf(process), person)).status,
  until: async (_what, look) => {
    await until(look);
  },
};

describe('the larger customer by the HTTP API only', () => {
  it('goes Live through the processes of all items of the package', async () => {
    await bringToLive(hands, today);
    const live = await view(await idOf('onboarding'));
    expect(live.status).toBe('live');
    const items = live.data['items'] as { key: string; state: string; process: string | null }[];
    expect(items.filter(({ process, state }) => process !== null && state === 'done')).toHaveLength(6);
  }, 120_000);

  it('and the auditor finds who held what, and nothing that must not be', async () => {
    const ask = async (name: string) =>
      expected<{ clean: boolean | null; rows: { cells: Record<string, unknown> }[] }>(
        await api.as('jo-brook').get(`/v1/audit/questions/${name}?contract=${CONTRACT}`),
        200,
      );
    const { rows } = await ask('guide-held');
    expect(rows).toHaveLength(8);
    expect(rows.every(({ cells }) => cells['holds'] === true)).toBe(true);
    const coverage = (await ask('tool-coverage')).rows.filter(({ cells }) => cells['caller'] === true);
    expect(coverage.every(({ cells }) => cells['verified'] === true)).toBe(true);
    for (const name of [
      'own-approvals',
      'without-owner',
      'sessions-without-agreement',
      'leavers-with-accounts',
    ])
      expect([name, (await ask(name)).clean]).toEqual([name, true]);
  });
});

describe('a P1 of the larger customer', () => {
  it('bears the outage guideline in force by reference', async () => {
    const place = { caller: { personId: 'sky-perry' }, siteId: 'tailspin-berlin' };
    const call = { contractId: CONTRACT, ...place, priority: 'P1', impact: 'The store cannot sell.' };
    const { processId } = expected<Started>(await api.as('noor-dale').post('/v1/desk/calls', call), 201);
    expect((await view(processId)).data).toMatchObject({
      entitlement: { verdict: 'entitled' },
      outageGuideline: { documentId: `outage-guideline-${CONTRACT}`, version: 1 },
    });
  });
});

describe('a second contract of the same End User', () => {
  const SECOND = 'tailspin-lab-2026';
  interface Row {
    readonly id: string;
    readonly slug: string;
    readonly status: string;
  }
  const rowsOf = async (contract: string) =>
    expected<Items<Row>>(await api.as(SM).get(`/v1/processes?contract=${contract}`), 200).items;
  const versionFor = async (contract: string) =>
    expected<{ version: { version: number } }>(
      await api.as(SM).get(`/v1/contracts/${contract}/matrix/who?level=L1`),
      200,
    ).version.version;

  it('shares the matrix, settled at once, and has everything else of its own', async () => {
    const kim = api.as('kim-field');
    const sites = [{ id: 'tailspin-lab', name: 'Laboratory', country: 'US', city: 'New York' }];
    const place = { address: '3 Example Plaza', zone: 'America/New_York' };
    const file = {
      ...example('contracts/tailspin-2026.yaml'),
      id: SECOND,
      number: 'CP-2026-0519',
      sites: sites.map((site) => ({ ...site, ...place })),
    };
    const contract = expected<Started>(await kim.post('/v1/contracts', { file }), 201);
    const activate = `/v1/processes/${contract.processId}/commands/activate`;
    expected(await kim.post(activate, { portalRegisteredOn: today }), 200);
    const body = { contractId: SECOND };
    const { processId } = expected<Started>(await api.as(SM).post('/v1/processes/onboarding', body), 201);
    await until(async () => {
      const { items } = (await view(processId)).data as { items: { process: string; state: string }[] };
      return items.some((item) => item.process === 'contactMatrix' && item.state === 'done');
    });
    const [first, second] = [await rowsOf(CONTRACT), await rowsOf(SECOND)];
    expect(second.find(({ slug }) => slug === 'contactMatrix')).toMatchObject({ status: 'shared' });
    expect(await versionFor(SECOND)).toBe(await versionFor(CONTRACT));
    for (const slug of ['remoteAccess', 'supportTools', 'document', 'onboarding']) {
      expect([slug, first.some((row) => row.slug === slug)]).toEqual([slug, true]);
      expect([slug, second.some((row) => row.slug === slug)]).toEqual([slug, true]);
    }
    expect(second.filter(({ id }) => first.some((row) => row.id === id))).toEqual([]);
    expect(second.find(({ slug }) => slug === 'remoteAccess')).toMatchObject({ status: 'notDecided' });
  });

  it('keeps the matrix when the first contract ends', async () => {
    const end = `/v1/processes/${ids.get('contract') ?? ''}/commands/terminate`;
    expected(await api.as('kim-field').post(end, { reason: 'Moved to the second contract.' }), 200);
    await until(async () =>
      (await rowsOf(CONTRACT)).every(({ slug, status }) => slug !== 'remoteAccess' || status === 'ended'),
    );
    const matrix = await idOf('contactMatrix');
    const serves = async () => ((await view(matrix)).data as { served: object[] }).served;
    // The matrix hears of the end by itself, maybe after the remote access has.
    await until(async () => (await serves()).length === 1);
    expect(await serves()).toMatchObject([{ contractId: SECOND }]);
    expect(await view(matrix)).toMatchObject({ status: 'inForce' });
    expect(await versionFor(SECOND)).toBe(1);
  });
});
