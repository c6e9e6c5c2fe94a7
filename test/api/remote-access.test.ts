/** Remote access over HTTP: signature links that nobody can misuse, sessions that no revocation misses, the status at any instant. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import supertest from 'supertest';
import { createApp } from '../../api/app.js';
import { submitSignature } from '../../api/signatures/sign.js';
import { dropEvidence, keepEvidence } from '../../db/signature/evidence.js';
import { sha256 } from '../../domain/kernel/hash.js';
import { definitionOf } from '../../domain/processes.js';
import { hashOfEvidence } from '../../domain/signature/words.js';
import { eraseSignatures } from '../../db/audit/erase.js';
import { atRest, example, expected, openApi, until, type ApiBench } from './support/bench.js';
import type { ProblemDocument, Started } from './support/shapes.js';

const [SAM, ROBIN, KIM, MARIA, NOOR] = [
  'sam-rivers',
  'robin-lake',
  'kim-field',
  'maria-stone',
  'noor-dale',
] as const;
const TEXT = { title: 'Agreement on remote access', version: 1, sha256: 'c'.repeat(64) };
const ACCESS = '/v1/contracts/northwind-2026/access';

let api: ApiBench;
let processId: string;
let before: string;
let app: ReturnType<typeof createApp>;

beforeAll(async () => {
  api = await openApi();
  app = createApp(api.deps);
  const today = new Date().toISOString().slice(0, 10);
  const endsOn = new Date(Date.now() + 700 * 86_400_000).toISOString().slice(0, 10);
  const file = { ...example('contract.yaml'), startsOn: today, endsOn };
  const contract = expected<Started>(await api.as(KIM).post('/v1/contracts', { file }), 201);
  const registered = { portalRegisteredOn: today };
  expected(await api.as(KIM).post(`/v1/processes/${contract.processId}/commands/activate`, registered), 200);
  before = new Date().toISOString();
  const payload = { contractId: 'northwind-2026' };
  const started = expected<Started>(await api.as(SAM).post('/v1/processes/remoteAccess', payload), 201);
  processId = started.processId;
  await command(SAM, 'draft', {
    title: TEXT.title,
    sha256: TEXT.sha256,
    method: 'jumpHost',
    siteIds: ['northwind-berlin'],
    devices: [],
    engineers: [NOOR],
    standingConsent: false,
    administrators: { provider: 'toni-vale', endUser: 'jan-reed' },
  });
  await command(SAM, 'submit', {});
  await command(ROBIN, 'passReview', { evidence: 'No objections.' });
});
afterAll(async () => {
  await api.close();
});

async function command(person: string, name: string, body: object) {
  return expected(await api.as(person).post(`/v1/processes/${processId}/commands/${name}`, body), 200);
}
async function statusNow(): Promise<string> {
  const { body } = await api.as(SAM).get(`/v1/processes/${processId}`);
  return (body as { status: string }).status;
}

/** A link as a message bears it. */
async function link(personId: string, { expired = false } = {}): Promise<string> {
  const token = createHash('sha256')
    .update(`${personId} ${String(expired)}`)
    .digest('base64url');
  const tokenHash = createHash('sha256').update(token, 'utf8').digest('hex');
  const payload = JSON.stringify(TEXT);
  await api.database.as('step', { tenant: 'northwind' }, async (trx) =>
    trx.run(
      `insert into one_time_links (tenant_id, token_hash, process_id, command, payload, person_id, effect_id, expires_at)
         values ('northwind', :tokenHash, :processId, 'sign', :payload::jsonb, :personId, 'eff_x',
           business_now() + case when :expired then interval '-1 minute' else interval '1 day' end)`,
      { tokenHash, processId, payload, personId, expired },
    ),
  );
  return `/l/${token}`;
}
const press = (address: string, typedName: string) =>
  supertest(app).post(address).type('form').send({ typedName });

interface Evidence {
  readonly id: string;
  readonly sha256: string;
  readonly typedName: string | null;
  readonly ip: string | null;
  readonly personId: string;
  readonly signedAt: number;
}
async function evidence(): Promise<readonly Evidence[]> {
  return api.database.as('admin', {}, async (trx) =>
    trx.rows<Evidence>(
      `select id, sha256, typed_name as "typedName", ip, person_id as "personId", ms(signed_at)::float8 as "signedAt"
         from signature_evidence order by signed_at`,
    ),
  );
}

describe('a link to sign', () => {
  it('shows the text with its hash, and does nothing by being looked at, however often', async () => {
    const address = await link(MARIA);
    for (let look = 0; look < 3; look += 1) {
      const page = await supertest(app).get(address);
      expect(page.status).toBe(200);
      expect(page.text).toContain(`${TEXT.title}, version 1`);
      expect(page.text).toContain(TEXT.sha256);
      expect(page.text).toContain('name="typedName"');
    }
    await supertest(app).head(address);
    expect(await statusNow()).toBe('sentForSignature');
    expect(await evidence()).toEqual([]);
  });

  it('has no effect with the name of somebody else, or with none', async () => {
    const address = linkOf(MARIA);
    for (const name of ['Jan Reed', '', ' ']) {
      const page = await press(address, name);
      expect(page.status).toBe(409);
      expect(page.text).toContain('Nothing was recorded');
    }
    expect(await statusNow()).toBe('sentForSignature');
    expect(await evidence()).toEqual([]);
  });

  it('has no effect after its time, and none for somebody who is no approver', async () => {
    expect((await press(await link(MARIA, { expired: true }), 'Maria Stone')).status).toBe(410);
    const page = await press(await link('jan-reed'), 'Jan Reed');
    expect(page.status).toBe(409);
    expect(await statusNow()).toBe('sentForSignature');
    expect(await evidence()).toEqual([]);
  });

  it('signs once: the evidence is kept, the event holds its hash and no name', async () => {
    const page = await press(linkOf(MARIA), '  maria   STONE ');
    expect(page.status).toBe(200);
    expect(page.text).toContain('Thank you');
    expect(await statusNow()).toBe('counterSignPending');
    const [kept, ...more] = await evidence();
    expect(more).toEqual([]);
    expect(kept).toMatchObject({ personId: MARIA, typedName: '  maria   STONE ' });
    expect(kept?.ip).toMatch(/127\.0\.0\.1/);
    const { body } = await api.as(SAM).get(`/v1/processes/${processId}`);
    const { data } = body as { data: { signature: { evidence: object } } };
    expect(data.signature.evidence).toEqual({ id: kept?.id, sha256: kept?.sha256 });
    const whole = {
      ...TEXT,
      adapter: 'typedName',
      processId,
      personId: MARIA,
      typedName: kept?.typedName ?? '',
      ip: kept?.ip ?? '',
      signedAt: kept?.signedAt ?? 0,
    };
    expect(hashOfEvidence(whole)).toBe(kept?.sha256);
    const again = await press(linkOf(MARIA), 'Maria Stone');
    expect(again.text).toContain('Done already');
    expect(await evidence()).toHaveLength(1);
    const bytes = await api.database.as('admin', {}, async (trx) =>
      trx.rows<{ bytes: string }>('select bytes from events where process_id = :processId', { processId }),
    );
    expect(bytes.some((event) => /stone/i.test(event.bytes.replaceAll(MARIA, '')))).toBe(false);
  });
});

/** As the route hands it on, under a key of its own. */
function signing(id: string, name: string, by: string) {
  const idempotencyKey = `key-of-${id}`;
  const definition = definitionOf('remoteAccess');
  if (!definition) throw new Error('There is no remote access.');
  const signer = { id, name };
  const where = { tenantId: 'northwind', processId, definition, command: by, text: TEXT };
  const asked = { ...where, signer, typedName: name, ip: '127.0.0.1', idempotencyKey };
  const hash = sha256(['northwind', id, idempotencyKey]);
  return { id, name, asked, evidenceId: `sig_${hash.slice(0, 26)}` };
}

describe('signing as somebody who has come in', () => {
  it('takes the own name only, and refuses what is signed already', async () => {
    const sign = (person: string, typedName: string, more: object = {}) =>
      api.as(person).post(`/v1/processes/${processId}/signatures`, { ...TEXT, typedName, ...more });
    expect(expected<ProblemDocument>(await sign(MARIA, 'Maria Stone'), 409).code).toBe(
      'REMOTE_ACCESS_SIGNED_ALREADY',
    );
    const counter = { command: 'counterSign' };
    expect(expected<ProblemDocument>(await sign(KIM, 'Sam Rivers', counter), 409).code).toBe('OTHER_NAME');
    expect(await evidence()).toHaveLength(1);
  });

  it('refused by the step leaves no evidence, though its key is bound', async () => {
    const { id, name, evidenceId, asked } = signing('jan-reed', 'Jan Reed', 'sign');
    const { tenantId, text } = asked;
    const act = { ...text, adapter: 'typedName', processId, personId: id, typedName: name, ip: '::1' };
    const at = { tenantId, id: evidenceId };
    const held = await keepEvidence(api.database, at, { ...act, signedAt: Date.now() });
    expect(await evidence()).toHaveLength(2);
    const accepted = await api.deps.work.accept({
      ...{
        tenantId,
        processId,
        kind: 'command',
        name: 'sign',
        actor: id,
        onBehalfOf: null,
        expectedSeq: null,
      },
      ...{ payload: { ...text, evidence: held }, urgent: false, start: null },
      key: { principal: id, value: asked.idempotencyKey, bodyHash: 'x' },
    });
    if (accepted.kind !== 'accepted') throw new Error(`not accepted: ${accepted.kind}`);
    const { inboxId } = accepted;
    await api.deps.ringer.ring(processId, inboxId, { deadlineMs: 10_000 });
    const row = await until(async () => {
      const read = await api.deps.work.readInbox(tenantId, inboxId);
      return read?.answer ? read : undefined;
    });
    expect(row.answer).toMatchObject({ outcome: 'refused' });
    await dropEvidence(api.database, {
      ...at,
      processId,
      key: { principal: id, value: asked.idempotencyKey },
    });
    expect(await evidence()).toHaveLength(1);
  });

  it('sent twice under load keeps the evidence of the one that is accepted, whatever becomes of the other', async () => {
    const { asked, evidenceId, id } = signing(KIM, 'Kim Field', 'counterSign');
    const accept: ApiBench['deps']['work']['accept'] = async () => {
      // The other one is accepted and decided while this one waits for the process.
      expect(await submitSignature(api.deps, asked)).toMatchObject({ kind: 'answered' });
      return { kind: 'busy' };
    };
    const deps = { ...api.deps, work: { ...api.deps.work, accept } };
    expect(await submitSignature(deps, asked)).toEqual({ kind: 'busy' });
    expect(await statusNow()).toBe('signed');
    const kept = async () => (await evidence()).map((one) => one.id).filter((one) => one === evidenceId);
    expect(await kept()).toHaveLength(1);
    const value = asked.idempotencyKey;
    const at = { tenantId: asked.tenantId, id: evidenceId, processId, key: { principal: id, value } };
    await dropEvidence(api.database, at);
    expect(await kept()).toHaveLength(1);
    const body = { ...TEXT, typedName: 'Kim Field', command: 'counterSign' };
    const path = `/v1/processes/${processId}/signatures`;
    expected(await api.as(KIM).post(path, body, { 'idempotency-key': value }), 200);
    expect(await kept()).toHaveLength(1);
  });
});

describe('the status', () => {
  it('is read at any instant: from the events before, by the forecast after', async () => {
    const today = new Date().toISOString().slice(0, 10);
    await command(SAM, 'recordTest', { testedOn: today, passed: true, text: 'Logged in.' });
    expect(expected(await api.as(SAM).get(ACCESS), 200)).toMatchObject({ usable: false, status: 'tested' });
    await command(SAM, 'activate', {});
    expect(expected(await api.as(MARIA).get(ACCESS), 200)).toMatchObject({
      usable: true,
      basis: 'recorded',
      agreement: { method: 'jumpHost', sites: [{ id: 'northwind-berlin', name: 'Berlin hub' }] },
      engineers: [{ id: NOOR }],
      consent: [{ id: MARIA, name: 'Maria Stone' }],
      lastTest: { passed: true },
      alternative: null,
    });
    const at = (instant: string) => `${ACCESS}?at=${encodeURIComponent(instant)}`;
    expect(expected(await api.as(SAM).get(at(before)), 200)).toMatchObject({ usable: false, status: null });
    const inTwoYears = new Date(Date.now() + 500 * 86_400_000).toISOString();
    expect(expected(await api.as(SAM).get(at(inTwoYears)), 200)).toMatchObject({
      usable: false,
      basis: 'forecast',
      status: 'expired',
    });
    expect((await api.as('chris-bell').get(ACCESS)).status).not.toBe(200);
  });
});

describe('sessions', () => {
  it('run under the agreement, and a revocation reaches the running one and refuses the next', async () => {
    const session = {
      contractId: 'northwind-2026',
      caseNumber: '7',
      siteId: 'northwind-berlin',
      devices: ['core-1'],
      engineerId: NOOR,
      approverId: MARIA,
      purpose: 'Read the logs.',
      method: 'jumpHost',
      plannedEnd: new Date(Date.now() + 3_600_000).toISOString(),
    };
    const start = (change: object = {}) =>
      api.as(NOOR).post('/v1/processes/accessSession', { ...session, ...change });
    const running = expected<Started>(await start(), 201);
    await command(MARIA, 'revoke', { reason: 'Enough.' });
    const refused = expected<ProblemDocument>(await start(), 409);
    expect(refused).toMatchObject({ code: 'ACCESS_SESSION_NO_LIVE_AGREEMENT' });
    expect(refused.remedy).toContain('endUserScreenShare');
    expected(await start({ method: 'endUserScreenShare' }), 201);
    await atRest(api.database);
    const { body } = await api.as(SAM).get(`/v1/processes/${running.processId}`);
    expect((body as { data: { stoppedBecause: string } }).data.stoppedBecause).toBe(
      'The agreement was revoked.',
    );
  });
});

it('evidence can be erased, and the chain keeps its hash', async () => {
  await api.database.as('admin', {}, async (trx) =>
    eraseSignatures(trx, 'person_id = :person', { person: MARIA }),
  );
  const [erased] = await evidence();
  expect(erased).toMatchObject({ personId: MARIA, typedName: null, ip: null });
});

function linkOf(personId: string): string {
  return `/l/${createHash('sha256').update(`${personId} false`).digest('base64url')}`;
}
