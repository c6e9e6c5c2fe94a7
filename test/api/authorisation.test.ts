/** Who may call what about whom: every route, asked by every kind of caller, against a policy that is written here. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { routes } from '../../api/app.js';
import { scopeOf, type Route } from '../../api/http/route.js';
import { scopes, type Scope } from '../../db/provision/keys.js';
import { example, expected, openApi, until, type Answer, type ApiBench } from './support/bench.js';
import type { Items, ProblemDocument, Started } from './support/shapes.js';

/** In the order of the columns. `own` is Northwind, `foreign` is Tailspin. */
const callers = {
  nobody: null,
  'an End User of Northwind': 'maria-stone',
  'an End User of Tailspin': 'chris-bell',
  'the service manager of Northwind': 'sam-rivers',
  'a service manager of neither': 'val-reed',
  'the SM manager of Northwind': 'mira-cole',
  'an auditor': 'jo-brook',
  'an operator': 'lee-ward',
  'a policy administrator': 'pia-moss',
  'a key without the scope': 'key',
} as const;
type Caller = keyof typeof callers;
const CALLERS = Object.keys(callers) as readonly Caller[];

/**
 * What comes out: 401, 403, 404 or 422 as such; `key` for KEY_SCOPE; `none` for an empty list; `ok` for whatever shows
 * that the caller was let in (2xx, or a 409 that speaks about the thing itself).
 */
type Word = '401' | '403' | '404' | '422' | 'key' | 'none' | 'ok';
const WORDS: readonly Word[] = ['401', '403', '404', '422', 'key', 'none', 'ok'];

interface Policy {
  readonly scope: Scope | null;
  /** One word for each caller, about what belongs to Northwind, or about what belongs to nobody. */
  readonly own: string;
  /** The same about what belongs to Tailspin; absent where nothing in the request belongs to a customer. */
  readonly foreign?: string;
  /**
   * About what is not there: a word for all who are let in as far as to look for it, or one for each caller. Absent
   * where the request names nothing.
   */
  readonly missing?: string;
}

//                     nobody maria chris sam val mira jo lee pia key
const ANYBODY: Policy = { scope: null, own: 'ok ok ok ok ok ok ok ok ok ok' };
const PERSON: Policy = { scope: 'read', own: '401 ok ok ok ok ok ok ok ok key' };
const SHARED: Policy = { ...PERSON, missing: '404' };
const SERVED: Policy = {
  scope: 'read',
  own: '401 ok 404 ok 404 ok ok ok 404 key',
  foreign: '401 404 ok 404 404 404 ok ok 404 key',
  missing: '404',
};
const NOTE: Policy = {
  scope: 'command',
  own: '401 ok 404 ok 404 ok 403 403 404 key',
  foreign: '401 404 ok 404 404 404 403 403 404 key',
  missing: '401 404 404 404 404 404 404 404 404 key',
};
const AUDITOR: Policy = { scope: 'read', own: '401 403 403 403 403 403 ok 403 403 key' };
const OPERATOR: Policy = { scope: 'read', own: '401 403 403 403 403 403 403 ok 403 key' };
const ADMINISTRATOR: Policy = { scope: 'administer', own: '401 403 403 403 403 403 403 403 ok key' };

/** When staff work is the Provider's own business. */
const ROTA: Policy = { scope: 'read', own: '401 403 403 ok ok ok ok ok ok key' };

/** One line for each route. */
const policies: Readonly<Record<string, Policy>> = {
  'get /livez': ANYBODY,
  'get /readyz': ANYBODY,
  'get /docs': ANYBODY,
  'get /openapi.json': ANYBODY,
  'get /v1/policies/schema.json': ANYBODY,
  'post /v1/mail/reports': ANYBODY,
  // Whoever reports shows it by his signature: how is in test/api/pages.test.ts and test/api/ticketing.test.ts.
  'post /v1/pages/reports': { scope: null, own: '401 401 401 401 401 401 401 401 401 401' },
  'post /v1/ticketing/{system}/events': { scope: null, own: '401 401 401 401 401 401 401 401 401 401' },
  'get /l/{token}': { scope: null, own: '404 404 404 404 404 404 404 404 404 404' },
  'post /l/{token}': { scope: null, own: '404 404 404 404 404 404 404 404 404 404' },

  'get /v1/me': PERSON,
  'get /v1/today': PERSON,
  'get /v1/tasks': PERSON,
  'get /v1/definitions': PERSON,
  'get /v1/definitions/{slug}': SHARED,
  'get /v1/definitions/{slug}/diagram': SHARED,
  'post /v1/time/due': PERSON,
  'post /v1/time/elapsed': PERSON,

  'get /v1/processes': {
    scope: 'read',
    own: '401 ok none ok none ok ok ok none key',
    foreign: '401 none ok none none none ok ok none key',
    missing: 'none',
  },
  'get /v1/processes/{id}': SERVED,
  'get /v1/processes/{id}/actions': SERVED,
  'get /v1/processes/{id}/timeline': SERVED,
  'get /v1/processes/{id}/clocks': SERVED,
  'get /v1/processes/{id}/notices': SERVED,
  'get /v1/processes/{id}/forecast': SERVED,
  'get /v1/processes/{id}/clocks/{name}/explain': SERVED,
  'get /v1/processes/{id}/export': SERVED,
  'get /v1/processes/{id}/pages': SERVED,
  'get /v1/pages': PERSON,
  // Only who was paged acknowledges; how is in test/api/pages.test.ts.
  'post /v1/pages/{id}/acknowledge': {
    scope: 'command',
    own: '401 404 404 404 404 404 404 404 404 key',
    foreign: '401 404 404 404 404 404 404 404 404 key',
    missing: '404',
  },
  'get /v1/contracts/{contractId}': SERVED,
  'get /v1/contracts/{contractId}/forecast': SERVED,
  'get /v1/contracts/{contractId}/access': SERVED,
  // Who sees which hand-over is in test/chaos/handover.test.ts; here there is none to be seen.
  'get /v1/handovers': PERSON,
  'get /v1/handovers/{id}/items': {
    scope: 'read',
    own: '401 404 404 404 404 404 404 404 404 key',
    foreign: '401 404 404 404 404 404 404 404 404 key',
    missing: '404',
  },
  'get /v1/contracts/{contractId}/matrix': SERVED,
  'get /v1/contracts/{contractId}/matrix/who': SERVED,
  'get /v1/contracts/{contractId}/matrix/page.txt': SERVED,
  'get /v1/contracts/{contractId}/matrix/page.pdf': SERVED,
  'post /v1/contracts/{contractId}/matrix/import': {
    scope: 'command',
    own: '401 403 403 ok 404 ok 403 403 403 key',
    foreign: '401 403 403 404 404 404 403 403 403 key',
    missing: '404',
  },
  'get /v1/contracts/{contractId}/tools': SERVED,
  // Somebody unknown calls; an End User opens a case for himself only.
  'post /v1/desk/calls': {
    scope: 'command',
    own: '401 422 422 ok 422 ok 403 403 403 key',
    foreign: '401 422 422 422 422 422 403 403 403 key',
    missing: '422',
  },
  'get /v1/desk/queue': PERSON,
  // Here there is none to be seen.
  'get /v1/drills/{id}': {
    scope: 'read',
    own: '401 403 403 404 404 404 404 403 403 key',
    foreign: '401 403 403 404 404 404 404 403 403 key',
    missing: '404',
  },
  'get /v1/contracts': { scope: 'read', own: '401 ok ok ok none ok ok ok none key' },
  // A request is seen by those who serve the customer, and on his side by whoever made it.
  'get /v1/inbox/{id}': {
    scope: 'read',
    own: '401 404 404 ok 404 ok ok ok 404 key',
    foreign: '401 404 404 404 404 404 ok ok 404 key',
    missing: '404',
  },

  'post /v1/processes/{slug}': {
    scope: 'command',
    own: '401 403 403 ok 422 ok 403 403 403 key',
    foreign: '401 403 403 422 422 422 403 403 403 key',
    missing: '422',
  },
  'post /v1/processes/{id}/commands/{command}': NOTE,
  'post /v1/processes/{id}/notes': NOTE,
  // A contract asks for no signature; who may see it is told so.
  'post /v1/processes/{id}/signatures': {
    ...NOTE,
    own: '401 ok 404 ok 404 ok ok ok 404 key',
    foreign: '401 404 ok 404 404 404 ok ok 404 key',
  },
  'post /v1/contracts/check': { scope: 'read', own: '401 403 403 ok ok ok 403 403 403 key' },
  'post /v1/adoptions': { scope: 'command', own: '401 403 403 422 422 422 403 403 403 key' },
  'post /v1/contracts': { scope: 'command', own: '401 403 403 422 422 422 403 403 403 key' },

  'post /v1/calendars/check': PERSON,
  'get /v1/calendars': PERSON,
  'get /v1/calendars/{id}': SHARED,
  'post /v1/calendars': { ...ADMINISTRATOR, own: '401 403 403 403 403 403 403 403 422 key' },
  'post /v1/calendars/{id}/versions/{version}/approve': { ...ADMINISTRATOR, missing: '404' },
  'get /v1/rotas': ROTA,
  'get /v1/rotas/who': ROTA,
  'get /v1/rotas/{id}': { ...ROTA, own: '401 403 403 404 404 404 404 404 404 key' },
  'post /v1/rotas/check': ROTA,
  'post /v1/rotas': { ...ADMINISTRATOR, own: '401 403 403 403 403 403 403 403 422 key' },
  'post /v1/rotas/{id}/versions/{version}/approve': {
    ...ADMINISTRATOR,
    own: '401 403 403 403 403 403 403 403 404 key',
  },
  'post /v1/policies/check': PERSON,
  'get /v1/policies': PERSON,
  'get /v1/policies/{id}': SHARED,
  'get /v1/policies/{id}/diff': { scope: 'read', own: '401 403 403 403 403 ok ok ok ok key', missing: '404' },
  'post /v1/policies/{id}/diff': {
    scope: 'read',
    own: '401 403 403 403 403 ok ok ok ok key',
    missing: '404',
  },
  'post /v1/policies': { ...ADMINISTRATOR, own: '401 403 403 403 403 403 403 403 422 key' },
  'post /v1/policies/{id}/versions/{version}/approve': { ...ADMINISTRATOR, missing: '404' },
  'get /v1/documents': PERSON,
  'get /v1/documents/{documentId}/versions/{version}/{language}': SHARED,
  'post /v1/documents': { scope: 'administer', own: '401 403 403 422 422 422 403 403 422 key' },
  'get /v1/contracts/{contractId}/documents/{kind}/in-force': SERVED,

  'post /v1/files': {
    scope: 'command',
    own: '401 ok 404 ok 404 ok 404 404 404 key',
    foreign: '401 404 ok 404 404 404 404 404 404 key',
    missing: '401 404 404 404 404 404 404 404 404 key',
  },
  'get /v1/files/{sha256}': SERVED,

  'get /v1/staff': PERSON,
  'put /v1/staff': { ...ADMINISTRATOR, own: '401 403 403 403 403 403 403 403 422 key' },
  // Here `own` is a person of the Provider, `foreign` one of a customer whom none of these serves.
  'get /v1/api-keys': {
    scope: 'read',
    own: '401 403 403 ok 403 403 403 403 ok key',
    foreign: '401 403 ok 403 403 403 403 403 404 key',
    missing: '401 403 403 403 403 403 403 403 404 key',
  },
  'post /v1/api-keys': {
    scope: 'administer',
    own: '401 403 403 ok 403 403 403 403 ok key',
    foreign: '401 403 ok 403 403 403 403 403 422 key',
    missing: '401 403 403 403 403 403 403 403 422 key',
  },
  // The secret goes to whoever asks, so an administrator must serve the person whose key it is; ending is always possible.
  'post /v1/api-keys/{id}/rotate': {
    scope: 'administer',
    own: '401 ok 404 404 404 404 404 404 404 key',
    foreign: '401 404 ok 404 404 404 404 404 404 key',
    missing: '404',
  },
  'delete /v1/api-keys/{id}': {
    scope: 'administer',
    own: '401 ok 404 404 404 404 404 404 ok key',
    foreign: '401 404 ok 404 404 404 404 404 ok key',
    missing: '404',
  },
  'put /v1/people/{id}/identities': {
    scope: 'administer',
    own: '401 403 403 403 403 403 403 403 ok key',
    foreign: '401 403 403 403 403 403 403 403 404 key',
    missing: '404',
  },
  'post /v1/people/{id}/erase': {
    scope: 'administer',
    own: '401 403 403 403 403 403 403 403 403 key',
    foreign: '401 403 403 403 403 403 403 403 403 key',
    missing: '403',
  },
  'get /v1/access/review': { scope: 'read', own: '401 403 403 403 403 403 ok 403 ok key' },

  'post /v1/audit/verify': AUDITOR,
  'post /v1/audit/redecide': { ...AUDITOR, foreign: AUDITOR.own, missing: '404' },
  'get /v1/audit/accesses': AUDITOR,
  'get /v1/audit/refusals': AUDITOR,
  'get /v1/audit/questions': AUDITOR,
  'get /v1/audit/questions/{name}': { ...AUDITOR, foreign: AUDITOR.own, missing: '404' },
  'get /v1/audit/checkpoints': AUDITOR,
  'get /v1/audit/archive': AUDITOR,
  'post /v1/audit/entries': AUDITOR,
  'get /v1/audit/chains/{tenant}/{chain}': { ...AUDITOR, foreign: AUDITOR.own, missing: '404' },
  'get /v1/processes/{id}/bundle': { ...AUDITOR, foreign: AUDITOR.own, missing: '404' },

  'get /v1/operations/attention': OPERATOR,
  'get /v1/operations/check': OPERATOR,
  'post /v1/operations/processes/{id}/retry': {
    ...OPERATOR,
    scope: 'command',
    foreign: OPERATOR.own,
    missing: '404',
  },
  'post /v1/operations/processes/{id}/skip': {
    ...OPERATOR,
    scope: 'command',
    foreign: OPERATOR.own,
    missing: '404',
  },
  'post /v1/operations/effects/{id}/decide': {
    ...OPERATOR,
    scope: 'command',
    foreign: OPERATOR.own,
    missing: '404',
  },
};

const SEES_ALL: readonly Caller[] = ['an auditor', 'an operator'];

type Whose = 'own' | 'foreign' | 'missing';

interface Things {
  readonly process: string;
  readonly contract: string;
  readonly tenant: string;
  readonly inbox: string;
  readonly effect: string;
  readonly contact: string;
  readonly calendar: string;
  readonly policy: string;
  readonly document: string;
  /** SHA-256 of an uploaded one. */
  readonly file: string;
  readonly slug: string;
}

const missing: Things = {
  process: 'con_missing',
  contract: 'nowhere-2026',
  tenant: 'nowhere',
  inbox: 'inb_missing',
  effect: 'eff_missing',
  contact: 'nobody-here',
  calendar: 'no-office',
  policy: 'no-policy',
  document: 'no-guide',
  file: '0'.repeat(64),
  slug: 'no-process',
};

let api: ApiBench;
let things: Readonly<Record<Whose, Things>>;
/** Keys of somebody who may do nearly everything, each with every scope but one. */
const keysWithout = new Map<Scope, string>();

beforeAll(async () => {
  api = await openApi();
  const dana = api.as('dana-hill');
  const provider = example('provider.yaml') as { staff: Record<string, unknown>[] };
  const person = (id: string, grants: readonly string[]) => ({ ...provider.staff[7], id, name: id, grants });
  const staff = [
    // Nobody stands in for anybody here: that would make him assigned.
    ...provider.staff.map((one) => ({ ...one, deputy: undefined })),
    person('val-reed', ['serviceManager']),
    person('mira-cole', ['smManager']),
    person('pia-moss', ['policyAdministrator']),
  ];
  expected(await dana.put('/v1/staff', { ...provider, staff }), 200);
  const guide = { documentId: 'user-guide', version: 1, language: 'en', title: 'Guide', body: '# Guide' };
  expected(await dana.post('/v1/documents', guide), 200);
  things = {
    own: await importContract('contract.yaml', 'mira-cole', 'maria-stone'),
    foreign: await importContract('contracts/tailspin-2026.yaml', 'kim-field', 'chris-bell'),
    missing,
  };
  for (const scope of scopes) {
    const rest = scopes.filter((one) => one !== scope);
    const body = { personId: 'dana-hill', label: `without ${scope}`, scopes: rest };
    keysWithout.set(scope, expected<{ key: string }>(await dana.post('/v1/api-keys', body), 201).key);
  }
});
afterAll(async () => {
  await api.close();
});

async function importContract(path: string, smManager: string, contact: string): Promise<Things> {
  const file = example(path) as { id: string; endUser: { id: string }; provider: object };
  const changed = { ...file, provider: { ...file.provider, smManager, backup: undefined } };
  const kim = api.as('kim-field');
  const started = expected<Started>(await kim.post('/v1/contracts', { file: changed }), 201);
  // Its messages are what an operator decides about.
  const today = { portalRegisteredOn: new Date().toISOString().slice(0, 10) };
  const activated = await api
    .as(smManager)
    .post(`/v1/processes/${started.processId}/commands/activate`, today);
  expected(activated, 200);
  const effect = await until(async () =>
    api.database.as('admin', {}, async (trx) =>
      trx.row<{ id: string }>(
        `select id from effects where tenant_id = :tenant and kind = 'mail' and state in ('planned', 'confirmed')
          limit 1`,
        { tenant: file.endUser.id },
      ),
    ),
  );
  const kept = await api
    .as(contact)
    .post(`/v1/files?contract=${file.id}&name=a.txt`, `Of ${contact}.`, { 'content-type': 'text/plain' });
  const uploaded = expected<{ sha256: string }>(kept, 200);
  return {
    process: started.processId,
    contract: file.id,
    tenant: file.endUser.id,
    inbox: started.inboxId,
    effect: effect.id,
    contact,
    calendar: 'berlin-office',
    policy: 'standard',
    document: 'user-guide',
    file: uploaded.sha256,
    slug: 'onboarding',
  };
}

/** A key that exists for one request only: it may be ended by it. */
async function freshKey(whose: Whose): Promise<string> {
  if (whose === 'missing') return 'key_missing';
  const { contact } = things[whose];
  const body = { personId: contact, label: 'fresh' };
  return expected<{ id: string }>(await api.as(contact).post('/v1/api-keys', body), 201).id;
}

async function pathOf(route: Route, whose: Whose): Promise<string> {
  const of = things[whose];
  const shared = whose === 'missing' ? missing : things.own;
  const { path } = route;
  const id = /api-keys/.test(path)
    ? await freshKey(whose)
    : /calendars/.test(path)
      ? shared.calendar
      : /policies/.test(path)
        ? shared.policy
        : /effects/.test(path)
          ? of.effect
          : /inbox/.test(path)
            ? of.inbox
            : /people/.test(path)
              ? personOf(whose)
              : of.process;
  const address = path
    .replace('{slug}', /definitions/.test(path) ? shared.slug : 'onboarding')
    .replace('{contractId}', of.contract)
    .replace('{tenant}', of.tenant)
    .replace('{chain}', 'event')
    .replace('{name}', /questions/.test(path) ? 'state' : 'activation')
    .replace('{command}', 'note')
    .replace('{documentId}', shared.document)
    .replace('{sha256}', of.file)
    .replace('{kind}', 'userGuide')
    .replace('{version}', '1')
    .replace('{language}', 'en')
    .replace('{token}', 'x'.repeat(43))
    .replace('{id}', id);
  return `${address}${queryOf(route, whose)}`;
}

/** Where the own one is of the Provider: rows about people. */
function personOf(whose: Whose): string {
  return whose === 'own' ? 'sam-rivers' : things[whose].contact;
}

function queryOf({ method, path }: Route, whose: Whose): string {
  const of = things[whose];
  switch (`${method} ${path}`) {
    case 'get /v1/processes':
      return `?contract=${of.contract}`;
    case 'get /v1/api-keys':
      return `?person=${personOf(whose)}`;
    case 'get /v1/audit/questions/{name}':
      return `?contract=${of.contract}`;
    case 'post /v1/audit/redecide':
      return `?process=${of.process}`;
    case 'post /v1/files':
      return `?contract=${of.contract}&name=a.txt`;
    case 'get /v1/policies/{id}/diff':
      return '?from=1&to=1';
    default:
      return '';
  }
}

/** A body that gets as far as to the thing that it is about. */
function bodyOf({ path }: Route, whose: Whose): unknown {
  if (path === '/v1/processes/{slug}') return { contractId: things[whose].contract };
  if (path === '/v1/desk/calls')
    return {
      contractId: things[whose].contract,
      caller: { name: 'Uwe Nord', phone: '+49 30 5550 299' },
      priority: 'P4',
      device: 'SN-4711',
      impact: 'A question.',
    };
  if (/notes$|commands/.test(path)) return { text: 'A note of the tests.' };
  if (/signatures$/.test(path))
    return { title: 'Agreement', version: 1, sha256: 'a'.repeat(64), typedName: 'Somebody' };
  if (path === '/v1/api-keys') return { personId: personOf(whose), label: 'test' };
  if (/identities$/.test(path)) return { identities: [] };
  if (/skip$|erase$/.test(path)) return { reason: 'A test of the doors.' };
  if (/effects/.test(path)) return { decision: 'done', reason: 'A test of the doors.' };
  if (/policies\/\{id\}\/diff/.test(path)) {
    return { ...example('policies/standard.yaml'), id: whose === 'missing' ? missing.policy : 'standard' };
  }
  if (/time\/due/.test(path)) return { calendar: 'berlin-office', from: '2026-12-23T10:00:00Z', add: '1 bd' };
  if (/time\/elapsed/.test(path)) {
    return { calendar: 'berlin-office', from: '2026-12-23T10:00:00Z', to: '2026-12-24T10:00:00Z' };
  }
  if (/matrix\/import$/.test(path)) return { table: 'id' };
  if (path === '/v1/audit/entries') return { entries: [] };
  return {};
}

const AUTOMATIC = 'From: a@b.example\r\nSubject: Away\r\nAuto-Submitted: auto-replied\r\n\r\nAway.\r\n';

async function ask(route: Route, caller: Caller, whose: Whose): Promise<Answer> {
  const who = callers[caller];
  const client = api.as(who === 'key' ? null : who);
  const path = await pathOf(route, whose);
  const key = who === 'key' ? keysWithout.get(scopeOf(route)) : undefined;
  const headers = key === undefined ? {} : { authorization: `Bearer ${key}` };
  switch (route.method) {
    case 'get':
      return client.get(path, { headers });
    case 'delete':
      return client.delete(path, headers);
    case 'put':
      return client.put(path, bodyOf(route, whose), headers);
    case 'post':
      return route.rawBody === undefined
        ? client.post(path, bodyOf(route, whose), headers)
        : client.post(path, AUTOMATIC, { ...headers, 'content-type': route.rawBody });
  }
}

function wordOf({ status, body, text }: Answer): string {
  const code = (body as Partial<ProblemDocument> | null)?.code;
  if (status === 403 && code === 'KEY_SCOPE') return 'key';
  if ([401, 403, 404, 422].includes(status)) return String(status);
  const { items } = (body ?? {}) as Partial<Items<unknown>>;
  if (status === 200 && /^\{"items":\[\],"next":null/.test(text) && items?.length === 0) return 'none';
  return status < 300 || status === 409 ? 'ok' : `status ${String(status)}: ${text.slice(0, 200)}`;
}

/** Without what was asked for: the ids, wherever they stand in the answer. */
function withoutIds(answer: Answer, whose: Whose): string {
  const { process, contract, tenant, inbox, effect, contact } = things[whose];
  const ids = [process, contract, tenant, inbox, effect, contact];
  return ids.reduce((text, one) => text.replaceAll(one, '…'), `${String(answer.status)} ${answer.text}`);
}

/** Who is not let in learns nothing of what is there; who is, learns that it is not. */
function wordForMissing({ own, foreign = own, missing: given = '' }: Policy, caller: Caller): string {
  if (given.includes(' ')) return columns(given).get(caller) ?? '';
  const word = columns(foreign).get(caller) ?? '';
  return ['401', '403', 'key'].includes(word) ? word : given;
}

function columns(line: string): ReadonlyMap<Caller, string> {
  const words = line.split(' ');
  return new Map(CALLERS.map((caller, index) => [caller, words[index] ?? '(none)']));
}

describe('the policy', () => {
  const named = routes.map(({ method, path }) => `${method} ${path}`);

  it('has a line for every route and none too many, each with a word for every caller', () => {
    expect(Object.keys(policies).sort()).toEqual([...named].sort());
    for (const [name, { own, foreign = own }] of Object.entries(policies)) {
      for (const line of [own, foreign]) {
        const words = line.split(' ');
        expect([name, words.length]).toEqual([name, CALLERS.length]);
        expect([name, words.filter((word) => !WORDS.some((one) => one === word))]).toEqual([name, []]);
      }
    }
  });

  it('says of every route what an API key must be for', () => {
    const declared = routes.map((route) => [
      `${route.method} ${route.path}`,
      route.access.to === 'anybody' ? null : scopeOf(route),
    ]);
    const written = named.map((name) => [name, policies[name]?.scope]);
    expect(declared).toEqual(written);
  });

  it('has nobody in on a closed route without a credential, and no key without its scope', () => {
    for (const [name, { scope, own, foreign = own }] of Object.entries(policies)) {
      for (const line of [own, foreign]) {
        const found = [columns(line).get('nobody'), columns(line).get('a key without the scope')];
        if (scope !== null) expect([name, ...found]).toEqual([name, '401', 'key']);
      }
    }
  });
});

describe('whoever calls', () => {
  let letIn = 0;
  let hidden = 0;

  it.each(routes.map((route) => [`${route.method} ${route.path}`, route] as const))(
    '%s is let in, refused, or shown nothing as the policy says, and foreign looks like missing',
    async (name, route) => {
      const policy = policies[name];
      if (!policy) throw new Error(`${name} has no line in the policy.`);
      const expectedWords: Record<string, string> = {};
      const words: Record<string, string> = {};
      const differing: string[] = [];
      for (const caller of CALLERS) {
        const own = columns(policy.own).get(caller) ?? '';
        const foreign =
          policy.foreign === undefined ? undefined : (columns(policy.foreign).get(caller) ?? '');
        const note = (whose: Whose, wanted: string, answer: Answer) => {
          expectedWords[`${caller}, ${whose}`] = wanted;
          words[`${caller}, ${whose}`] = wordOf(answer);
          if (wanted === 'ok') letIn += 1;
        };
        note('own', own, await ask(route, caller, 'own'));
        if (policy.missing === undefined) continue;
        const nothing = await ask(route, caller, 'missing');
        const absent = wordForMissing(policy, caller);
        note('missing', absent, nothing);
        if (foreign === undefined) continue;
        const answer = await ask(route, caller, 'foreign');
        note('foreign', foreign, answer);
        // Those who see every customer may be told that what is there is not for them to change.
        if (foreign === 'ok' || (foreign !== absent && SEES_ALL.includes(caller))) continue;
        hidden += 1;
        if (withoutIds(answer, 'foreign') !== withoutIds(nothing, 'missing')) {
          differing.push(`${caller}: ${answer.text} / ${nothing.text}`);
        }
      }
      expect(words).toEqual(expectedWords);
      expect(differing).toEqual([]);
    },
  );

  it('was let in and was shown nothing often enough to mean something', () => {
    expect(letIn).toBeGreaterThan(250);
    expect(hidden).toBeGreaterThan(180);
  });
});
