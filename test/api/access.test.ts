/** The review of access, and that every look at the audit is remembered for the auditor. */
import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { routes } from '../../api/app.js';
import type { Route } from '../../api/http/route.js';
import { makeCheckpoint } from '../../db/audit/checkpoints.js';
import { signerOf } from '../../db/audit/signing.js';
import { example, expected, openApi, until, type Answer, type ApiBench } from './support/bench.js';
import type { Items, ProblemDocument, Started } from './support/shapes.js';

interface Held {
  readonly kind: string;
  readonly role: string;
  readonly tenantId: string;
  readonly everyCustomer: boolean;
  readonly contracts: readonly string[];
  readonly givenBy: string | null;
  readonly givenAt: string | null;
}

interface Reviewed {
  readonly id: string;
  readonly active: boolean;
  readonly lastSeenAt: string | null;
  readonly lastSeenWith: string | null;
  readonly identities: readonly unknown[];
  readonly holdings: readonly Held[];
  readonly keys: readonly { readonly label: string; readonly lastUsedAt: string | null }[];
}

interface AccessLine {
  readonly tenantId: string;
  readonly number: number;
  readonly code: string;
  readonly person: string;
  readonly processId: string | null;
}

let api: ApiBench;
let contractProcess = '';
beforeAll(async () => {
  api = await openApi();
  const imported = await api.as('kim-field').post('/v1/contracts', { file: example('contract.yaml') });
  contractProcess = expected<Started>(imported, 201).processId;
  const { privateKey } = generateKeyPairSync('ed25519', {
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  await makeCheckpoint(api.database, signerOf(privateKey), Date.now());
});
afterAll(async () => {
  await api.close();
});

async function review(query = ''): Promise<ReadonlyMap<string, Reviewed>> {
  const answer = await api.as('jo-brook').get(`/v1/access/review?limit=100${query}`);
  return new Map(expected<Items<Reviewed>>(answer, 200).items.map((one) => [one.id, one]));
}

const rolesOf = (one: Reviewed | undefined) =>
  one?.holdings.map(({ kind, role, tenantId }) => `${kind} ${role} ${tenantId}`).sort();
const held = (one: Reviewed | undefined, role: string) => one?.holdings.find((each) => each.role === role);

describe('the review of access', () => {
  it('names who holds which function, assignment and contact right, and where', async () => {
    const found = await review();
    expect(rolesOf(found.get('sam-rivers'))).toEqual([
      'assignment manager northwind',
      'grant serviceManager provider',
    ]);
    expect(held(found.get('sam-rivers'), 'manager')?.contracts).toEqual(['northwind-2026']);
    expect(rolesOf(found.get('kim-field'))).toEqual([
      'assignment smManager northwind',
      'grant policyAdministrator provider',
      'grant smManager provider',
    ]);
    expect(rolesOf(found.get('maria-stone'))).toEqual([
      'contact approver northwind',
      'contact authorisedCaller northwind',
      'contact primaryContact northwind',
      'member endUser northwind',
    ]);
    expect(held(found.get('jo-brook'), 'auditor')?.everyCustomer).toBe(true);
    expect(held(found.get('kim-field'), 'policyAdministrator')?.everyCustomer).toBe(false);
  });

  it('says by whom and when each was given, also after a change by somebody else', async () => {
    const before = await review();
    // The very first people are given by nobody; the contract by whoever imported it.
    expect(held(before.get('sam-rivers'), 'serviceManager')).toMatchObject({ givenBy: null });
    expect(held(before.get('sam-rivers'), 'serviceManager')?.givenAt).not.toBeNull();
    expect(held(before.get('maria-stone'), 'approver')).toMatchObject({ givenBy: 'kim-field' });
    expect(held(before.get('robin-lake'), 'backup')).toMatchObject({ givenBy: 'kim-field' });
    const provider = example('provider.yaml') as { staff: { id: string; grants: string[] }[] };
    const staff = provider.staff.map((one) =>
      one.id === 'noor-dale' ? { ...one, grants: ['seniorDesk', 'operator'] } : one,
    );
    expected(await api.as('dana-hill').put('/v1/staff', { ...provider, staff }), 200);
    const after = await review();
    expect(held(after.get('noor-dale'), 'operator')).toMatchObject({
      givenBy: 'dana-hill',
      everyCustomer: true,
    });
    expect(held(after.get('noor-dale'), 'seniorDesk')).toEqual(held(before.get('noor-dale'), 'seniorDesk'));
    expected(await api.as('dana-hill').put('/v1/staff', provider), 200);
    expect(held((await review()).get('noor-dale'), 'operator')).toBeUndefined();
    const file = example('contract.yaml') as { contacts: Record<string, unknown>[] };
    const contacts = file.contacts.map((one) =>
      one['id'] === 'jan-reed' ? { ...one, approver: true } : one,
    );
    const amended = { file: { ...file, contacts }, approveDiff: true };
    expected(await api.as('sam-rivers').post('/v1/contracts', amended), 200);
    const amendedBy = held((await review()).get('jan-reed'), 'approver');
    expect(amendedBy).toMatchObject({ givenBy: 'sam-rivers', contracts: ['northwind-2026'] });
    expect(held((await review()).get('maria-stone'), 'approver')).toMatchObject({ givenBy: 'kim-field' });
  });

  it('shows keys with their last use, identities, when people were last seen, and who never was', async () => {
    const identities = [{ issuer: 'https://login.example.net', subject: '00u1alex' }];
    expected(await api.as('dana-hill').put('/v1/people/alex-shore/identities', { identities }), 200);
    const made = await api.as('dana-hill').post('/v1/api-keys', { personId: 'alex-shore', label: 'unused' });
    const { key } = expected<{ key: string }>(made, 201);
    const before = (await review()).get('alex-shore');
    expect(before).toMatchObject({ lastSeenAt: null, lastSeenWith: null, keys: [{ label: 'unused' }] });
    expect(before?.identities).toMatchObject([{ ...identities[0], givenBy: 'dana-hill' }]);
    expect(before?.keys[0]?.lastUsedAt).toBeNull();
    expected(await api.as(null).get('/v1/me', { headers: { authorization: `Bearer ${key}` } }), 200);
    const after = await until(async () => {
      const one = (await review()).get('alex-shore');
      return one?.lastSeenAt ? one : null;
    });
    expect(after).toMatchObject({ lastSeenWith: 'key', keys: [{ lastUsedAt: after.lastSeenAt }] });
    expect(JSON.stringify(after)).not.toContain(key.split('_').at(-1));
    await until(async () => (await review()).get('jo-brook')?.lastSeenWith === 'name');
  });

  it('goes page by page through everybody, or through those who may see one organisation', async () => {
    const all = [...(await review()).keys()];
    const ids: string[] = [];
    let cursor = '';
    do {
      const path = `/v1/access/review?limit=3${cursor}`;
      const page = expected<Items<Reviewed>>(await api.as('kim-field').get(path), 200);
      ids.push(...page.items.map(({ id }) => id));
      cursor = page.next ? `&cursor=${String(page.next)}` : '';
    } while (cursor !== '');
    expect(ids).toEqual(all);
    const northwind = [...(await review('&tenant=northwind')).keys()];
    expect(northwind).toEqual(expect.arrayContaining(['maria-stone', 'sam-rivers', 'jo-brook', 'noor-dale']));
    expect([...(await review('&tenant=provider')).keys()]).not.toContain('maria-stone');
    expect((await review('&tenant=nowhere')).size).toBe(0);
    expected(await api.as('jo-brook').get('/v1/access/review?cursor=zzz'), 400);
  });

  it('is for auditors and policy administrators', async () => {
    for (const person of ['sam-rivers', 'lee-ward', 'noor-dale', 'maria-stone']) {
      expected(await api.as(person).get('/v1/access/review'), 403);
    }
    expected(await api.as('dana-hill').get('/v1/access/review'), 200);
  });
});

/** Reads of the audit that give hashes, ids of runs, states and what can be asked, and nothing about anybody. */
const NOTHING_ABOUT_ANYBODY = [
  '/v1/audit/checkpoints',
  '/v1/audit/entries',
  '/v1/audit/archive',
  '/v1/audit/questions',
];
/** It writes: what it does stands in the chain as a change. */
const WRITES = ['/v1/people/{id}/erase'];

function addressOf(route: Route): string {
  return route.path
    .replace('{id}', contractProcess)
    .replace('{name}', 'state?contract=northwind-2026')
    .replace('{tenant}', 'northwind')
    .replace('{chain}', 'event');
}

function ask(route: Route, person: string): Promise<Answer> {
  const client = api.as(person);
  return route.method === 'get' ? client.get(addressOf(route)) : client.post(addressOf(route));
}

/** Accesses by a person, oldest first, from the tables themselves. */
async function accessesOf(person: string): Promise<readonly AccessLine[]> {
  return api.database.as('admin', {}, async (trx) =>
    trx.rows<AccessLine>(
      `select tenant_id as "tenantId", number::float8 as number, code, principal as person,
         process_id as "processId" from refusals where kind = 'access' and principal = :person
        order by at, tenant_id, number`,
      { person },
    ),
  );
}

describe('a look at the audit', () => {
  const looks = routes.filter((route) => route.remembered !== undefined);

  it('says in its route that it is remembered, unless it tells nothing about anybody', () => {
    const audit = routes.filter(
      ({ path, tag }) => tag === 'Audit' || /audit|export|bundle|review/.test(path),
    );
    const silent = audit.filter((route) => route.remembered === undefined).map(({ path }) => path);
    expect(silent.sort()).toEqual([...NOTHING_ABOUT_ANYBODY, ...WRITES].sort());
    expect(looks.length).toBeGreaterThanOrEqual(8);
  });

  it.each(looks.map((route) => [`${route.method} ${route.path}`, route] as const))(
    '%s leaves one access in each chain that it is about, with the name of whoever looked',
    async (_name, route) => {
      const before = await accessesOf('jo-brook');
      expected(await ask(route, 'jo-brook'), 200);
      const known = new Set(before.map(({ tenantId, number }) => `${tenantId}/${String(number)}`));
      const left = (await accessesOf('jo-brook')).filter(
        ({ tenantId, number }) => !known.has(`${tenantId}/${String(number)}`),
      );
      expect(left.length).toBeGreaterThan(0);
      expect(new Set(left.map(({ code }) => code))).toEqual(new Set([route.remembered]));
      expect(new Set(left.map(({ tenantId }) => tenantId)).size).toBe(left.length);
      if (route.path.includes('{id}'))
        expect(left).toMatchObject([{ tenantId: 'northwind', processId: contractProcess }]);
    },
  );

  it.each(looks.map((route) => [`${route.method} ${route.path}`, route] as const))(
    '%s that is refused leaves none',
    async (_name, route) => {
      const before = await accessesOf('lee-ward');
      const missing = { ...route, path: route.path.replace('{id}', 'missing') };
      const answer = await ask('grants' in route.access ? route : missing, 'lee-ward');
      expect([403, 404]).toContain(answer.status);
      expect(await accessesOf('lee-ward')).toEqual(before);
    },
  );

  it('by an End User who takes his own process away is remembered too', async () => {
    expected(await api.as('maria-stone').get(`/v1/processes/${contractProcess}/export`), 200);
    expect(await accessesOf('maria-stone')).toMatchObject([
      { code: 'audit.exported', tenantId: 'northwind' },
    ]);
  });

  it('can be listed by the auditor, by person and by process, page by page, and lists itself', async () => {
    const jo = api.as('jo-brook');
    const list = async (query: string) =>
      expected<Items<AccessLine>>(await jo.get(`/v1/audit/accesses?${query}`), 200);
    expect((await list('limit=1')).items).toMatchObject([{ code: 'audit.accessesRead', person: 'jo-brook' }]);
    expect((await list('person=maria-stone')).items).toMatchObject([
      { code: 'audit.exported', processId: contractProcess, tenantId: 'northwind' },
    ]);
    const about = (await list(`process=${contractProcess}`)).items;
    expect(about.every(({ processId }) => processId === contractProcess)).toBe(true);
    const all: AccessLine[] = [];
    let cursor = '';
    do {
      const page = await list(`limit=3&person=kim-field${cursor}`);
      all.push(...page.items);
      cursor = page.next ? `&cursor=${String(page.next)}` : '';
    } while (cursor !== '');
    const stored = await accessesOf('kim-field');
    const names = (lines: readonly AccessLine[]) =>
      lines.map((line) => `${line.tenantId}/${String(line.number)}`);
    expect(stored.length).toBeGreaterThan(3);
    expect(names(all).sort()).toEqual(names(stored).sort());
    expected(await api.as('sam-rivers').get('/v1/audit/accesses'), 403);
    expect(expected<ProblemDocument>(await jo.get('/v1/audit/accesses?cursor=zzz'), 400).code).toBe(
      'QUERY_INVALID',
    );
  });

  it('shows refusals and changes of the set-up in the same way', async () => {
    expected(await api.as('jo-brook').post(`/v1/processes/${contractProcess}/commands/activate`, {}), 422);
    const wrong = { portalRegisteredOn: '2026-11-01' };
    expect(
      (await api.as('jo-brook').post(`/v1/processes/${contractProcess}/commands/activate`, wrong)).status,
    ).toBe(403);
    const refused = await api.as('jo-brook').get('/v1/audit/refusals?person=jo-brook');
    expect(expected<Items<AccessLine>>(refused, 200).items).toMatchObject([{ code: 'PROCESS_ROLE' }]);
    const changes = await api.as('jo-brook').get('/v1/audit/refusals?kind=change&person=dana-hill&limit=100');
    const codes = expected<Items<AccessLine>>(changes, 200).items.map(({ code }) => code);
    expect(codes).toEqual(expect.arrayContaining(['identities.saved', 'people.saved', 'apiKey.created']));
  });

  it('that is a question names it, and says what is wrong with one that cannot be answered', async () => {
    const jo = api.as('jo-brook');
    const about = 'contract=northwind-2026';
    const asked = (path: string) => jo.get(`/v1/audit/questions/${path}`);
    const at = new Date(Date.now() + 60_000).toISOString();
    const problems = await Promise.all(
      [
        'stat',
        'state',
        `${'state'}?contract=nowhere`,
        `state?${about}&at=yesterday`,
        `state?${about}&at=${at}`,
      ]
        .concat(`state?${about}&at=2020-01-01T00:00Z`)
        .map(async (path) => {
          const { code, detail } = (await asked(path)).body as ProblemDocument;
          return `${code} ${detail}`;
        }),
    );
    expect(problems).toEqual([
      expect.stringMatching(/^QUERY_INVALID contract/),
      expect.stringMatching(/^QUERY_INVALID contract/),
      expect.stringMatching(/^NOT_FOUND/),
      expect.stringMatching(/^QUERY_INVALID at: "yesterday" is not an instant/),
      expect.stringMatching(/^QUERY_INVALID at: lies in the future/),
      expect.stringMatching(/^QUERY_INVALID at: lies before the contract, which is known since 2/),
    ]);
    expect((await asked(`stat?${about}`)).body).toMatchObject({
      code: 'QUESTION_UNKNOWN',
      detail: 'There is no question named stat; did you mean state?',
    });
    const answer = expected<{ rows: { cells: unknown; proof: unknown[] }[] }>(
      await asked(`accesses?${about}`),
      200,
    );
    expect(answer).toMatchObject({ clean: null, truncated: false, contractId: 'northwind-2026' });
    expect(answer.rows.at(-1)?.cells).toMatchObject({
      who: { id: 'jo-brook', name: 'Jo Brook' },
      what: 'accesses',
      process: contractProcess,
    });
    expect(answer.rows.at(-1)?.proof).toMatchObject([{ chain: 'refusal', event: 'audit.asked' }]);
  });

  it('of every kind leaves the chains sound', async () => {
    expect(expected(await api.as('jo-brook').post('/v1/audit/verify'), 200)).toMatchObject({ ok: true });
  });
});
