/** T24: a word that only one End User knows, in all of his free texts; whoever else shows it has told on him. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Client as TemporalClient } from '@temporalio/client';
import { routes } from '../../api/app.js';
import { createLog } from '../../api/middleware/request-log.js';
import { questions } from '../../domain/audit/questions/index.js';
import { makeCheckpoint } from '../../db/audit/checkpoints.js';
import { BusinessClock, businessNow } from '../../db/business-clock.js';
import { installTestClock } from '../../db/test-clock.js';
import { connectClient } from '../../messages/ringer.js';
import { aSigner } from '../db/support/auditor.js';
import { textOfHistory } from '../engine/histories.js';
import { TEST_NAMESPACE, temporalAddress } from '../support/temporal.js';
import { AUTHOR, atRest, example, expected, openApi, until, type ApiBench } from './support/bench.js';
import type { Items, Started } from './support/shapes.js';

const SM = 'sam-rivers';
const AUDITOR = 'jo-brook';
const DAY_MS = 86_400_000;

interface EndUser {
  readonly id: string;
  /** In every free text of this End User, and nowhere else. */
  readonly canary: string;
  readonly contact: string;
  readonly contract: string;
  readonly processes: string[];
}

const anEndUser = (id: string): EndUser => ({
  id,
  canary: `quail${randomBytes(6).toString('hex')}`,
  contact: `${id}-contact`,
  contract: `${id}-contract`,
  processes: [],
});
const users = [anEndUser('aurora'), anEndUser('borealis')] as const;
const other = (user: EndUser): EndUser => (user === users[0] ? users[1] : users[0]);

let api: ApiBench;
let temporal: TemporalClient;
const workerLines: string[] = [];

beforeAll(async () => {
  temporal = connectClient({ address: await temporalAddress(), namespace: TEST_NAMESPACE });
  const workerLog = createLog('debug', { write: (line: string) => void workerLines.push(line) });
  api = await openApi({ prepare: installTestClock, workerLog });
  await skipToMonday();
  const guide = {
    documentId: 'user-guide',
    version: 1,
    language: 'en',
    title: 'User Guide',
    body: 'Read me.',
  };
  expected(await api.as(AUTHOR).post('/v1/documents', guide), 200);
  for (const user of users) await live(user);
  await atRest(api.database);
  await makeCheckpoint(api.database, aSigner(), Date.now());
}, 240_000);
afterAll(async () => {
  await temporal.connection.close();
  await api.close();
});

/** Messages to people wait for office hours. */
async function skipToMonday(): Promise<void> {
  const now = new Date(await api.database.as('relay', {}, businessNow));
  const days = (8 - now.getUTCDay()) % 7 || 7;
  const monday = Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate(), 9) + days * DAY_MS;
  await new BusinessClock(api.database).raiseTo(monday);
}

function contractOf({ id, canary, contact, contract }: EndUser): object {
  return {
    ...example('contract.yaml'),
    id: contract,
    number: `CP-${canary}`,
    endUser: { id, name: `${canary} Limited` },
    tier: `tier ${canary}`,
    sites: [
      {
        id: `${id}-site`,
        name: `Hub ${canary}`,
        country: 'DE',
        city: `City ${canary}`,
        address: `${canary} street 1`,
        zone: 'Europe/Berlin',
      },
    ],
    contacts: [
      {
        id: contact,
        name: `Ann ${canary}`,
        email: `ann@${canary}.example`,
        phone: '+49 30 5550 201',
        language: 'en',
        zone: 'Europe/Berlin',
        primaryContact: true,
        authorisedCaller: true,
        approver: true,
      },
    ],
  };
}

/** From the contract to the onboarding with everything that people may write in it. */
async function live(user: EndUser): Promise<void> {
  const { canary, contact, contract, processes } = user;
  const today = new Date(await api.database.as('relay', {}, businessNow)).toISOString().slice(0, 10);
  const post = async <T>(path: string, body: unknown, status = 200, as = SM): Promise<T> =>
    expected<T>(await api.as(as).post(path, body), status);
  const imported = await post<Started>('/v1/contracts', { file: contractOf(user) }, 201, AUTHOR);
  const run = async (processId: string, command: string, payload: object, as = SM) =>
    post(`/v1/processes/${processId}/commands/${command}`, payload, 200, as);
  await run(imported.processId, 'activate', { portalRegisteredOn: today }, AUTHOR);
  await run(imported.processId, 'note', { text: `Note ${canary}`, internal: false });
  const started = await post<Started>('/v1/processes/onboarding', { contractId: contract }, 201);
  const onboarding = started.processId;
  await run(onboarding, 'recordWelcome', {
    contactedOn: today,
    medium: 'phone',
    summary: `Summary ${canary}`,
  });
  await run(onboarding, 'recordKickoff', {
    heldOn: today,
    attendees: [`Guest ${canary}`],
    minutes: `Minutes ${canary}`,
  });
  const proof = { kind: 'note', text: `Evidence ${canary}` };
  await run(onboarding, 'completeItem', { item: 'contactMatrix', doneOn: today, evidence: proof });
  await run(onboarding, 'askWaiver', { item: 'collectorPlan', reason: `Reason ${canary}` });
  await run(onboarding, 'note', { text: `Internal ${canary}` });
  const guide = await until(async () => {
    const list = await api.as(SM).get(`/v1/processes?slug=document&contract=${contract}`);
    return expected<Items<{ id: string }>>(list, 200).items[0];
  });
  await run(guide.id, 'note', { text: `About ${canary}`, internal: false });
  await run(guide.id, 'pick', { documentId: 'user-guide', version: 1, language: 'en' });
  await run(guide.id, 'release', {}, 'robin-lake');
  processes.push(imported.processId, onboarding, guide.id);
  await until(async () => api.mail.delivered().some((mail) => mail.to === `ann@${canary}.example`));
  // Refusals and requests that do not fit are told of in logs and problems.
  await api.as(contact).post(`/v1/processes/${onboarding}/commands/goLive`, { nonsense: canary });
  await api.as(contact).post(`/v1/processes/${onboarding}/commands/object`, { item: canary, reason: canary });
  await api.as(contact).get(`/v1/processes/${canary}`);
  await api.as(contact).get(`/v1/processes?contract=${canary}`);
}

/** What stands for a parameter of a path: everything that either End User has, and what belongs to nobody. */
function valuesOf(name: string): readonly string[] {
  const all: Readonly<Record<string, readonly string[]>> = {
    id: [...users.flatMap((user) => user.processes), 'berlin-office', 'standard'],
    contractId: users.map((user) => user.contract),
    slug: ['contract', 'onboarding', 'document'],
    name: ['activation', 'live', 'kickoff', 'acknowledge'],
    tenant: users.map((user) => user.id),
    chain: ['event', 'refusal'],
    documentId: ['user-guide'],
    version: ['1'],
    language: ['en'],
    token: ['nobody'],
  };
  return all[name] ?? [];
}

/** What may stand behind the question mark, one at a time. */
const QUERIES: Readonly<Record<string, readonly string[]>> = {
  team: ['true'],
  contract: users.map((user) => user.contract),
  person: users.map((user) => user.contact),
  tenant: users.map((user) => user.id),
  open: ['true', 'false'],
  days: ['2'],
};

/** Every address that can be read, with every value that its parts may have. */
function addresses(): readonly string[] {
  return routes
    .filter((route) => route.method === 'get')
    .flatMap((route) => {
      let paths = [route.path];
      for (const [part, name = ''] of route.path.matchAll(/\{(\w+)\}/g)) {
        paths = paths.flatMap((path) => valuesOf(name).map((value) => path.replace(part, value)));
      }
      const queries = Object.keys(route.query?.shape ?? {}).flatMap((name) =>
        (QUERIES[name] ?? []).map((value) => `?${name}=${value}`),
      );
      return paths.flatMap((path) => ['', ...queries].map((query) => path + query));
    });
}

describe('the canary of an End User', () => {
  it('is shown to his own people, and to no person of another End User at any address', async () => {
    const paths = addresses();
    expect(paths.length).toBeGreaterThan(80);
    for (const user of users) {
      let own = 0;
      const told: string[] = [];
      for (const path of paths) {
        const { text, headers } = await api.as(user.contact).get(path);
        const all = text + JSON.stringify(headers);
        if (all.includes(user.canary)) own += 1;
        if (all.includes(other(user).canary)) told.push(path);
      }
      expect(told).toEqual([]);
      expect(own).toBeGreaterThan(10);
    }
  }, 240_000);

  it('is in no export of another End User', async () => {
    for (const user of users) {
      const paths = user.processes.flatMap((id) => [
        `/v1/processes/${id}/export`,
        `/v1/processes/${id}/bundle`,
      ]);
      paths.push(`/v1/audit/chains/${user.id}/event`, `/v1/contracts/${user.contract}`);
      paths.push(...questions.map(({ name }) => `/v1/audit/questions/${name}?contract=${user.contract}`));
      let own = 0;
      for (const path of paths) {
        const { status, text } = await api.as(AUDITOR).get(path);
        expect([path, status]).toEqual([path, 200]);
        if (text.includes(user.canary)) own += 1;
        expect([path, text.includes(other(user).canary)]).toEqual([path, false]);
      }
      expect(own).toBeGreaterThan(user.processes.length);
    }
  }, 60_000);

  it('is in the mail to his people, and in none to those of another End User', () => {
    for (const user of users) {
      const mails = api.mail.attempts.map(({ mail }) => mail).filter(({ to }) => to.includes(user.canary));
      expect(mails.length).toBeGreaterThan(1);
      for (const mail of mails) expect(JSON.stringify(mail)).not.toContain(other(user).canary);
    }
    const texts = api.mail.attempts.map(({ mail }) => JSON.stringify(mail));
    const both = texts.filter((text) => users.every(({ canary }) => text.includes(canary)));
    expect(both).toEqual([]);
  });

  it('is in no log', () => {
    const lines = [...api.logged().split('\n'), ...workerLines].filter((line) => line !== '');
    expect(lines.length).toBeGreaterThan(100);
    expect(workerLines.length).toBeGreaterThan(10);
    for (const { canary } of users) expect(lines.filter((line) => line.includes(canary))).toEqual([]);
  });

  it('is nowhere in Temporal', async () => {
    for (const id of users.flatMap(({ processes }) => processes)) {
      const handle = temporal.workflow.getHandle(id);
      const { raw, memo, searchAttributes } = await handle.describe();
      const text = textOfHistory(await handle.fetchHistory()) + JSON.stringify([memo, searchAttributes, raw]);
      expect(text).toContain(id);
      for (const { canary } of users) expect(text).not.toContain(canary);
    }
  });
});
