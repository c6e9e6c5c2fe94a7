/** Files and documents of a contract over HTTP, on the real store. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { RecordingFiles } from '../../integrations/files/recording.js';
import { raw } from '../db/support/raw.js';
import { example, expected, openApi, type Answer, type ApiBench } from './support/bench.js';

const SAM = 'sam-rivers';
const MARIA = 'maria-stone';
/** A contact of another End User. */
const CHRIS = 'chris-bell';

let api: ApiBench;

beforeAll(async () => {
  api = await openApi();
  const kim = api.as('kim-field');
  // Nobody who serves the one customer serves the other.
  const unstaffed = { provider: { smManager: 'kim-field', accountManager: 'alex-shore' } };
  for (const file of [
    example('contract.yaml'),
    { ...example('contracts/tailspin-2026.yaml'), ...unstaffed },
  ]) {
    const started = expected<{ processId: string }>(await kim.post('/v1/contracts', { file }), 201);
    const today = { portalRegisteredOn: new Date().toISOString().slice(0, 10) };
    expected(await kim.post(`/v1/processes/${started.processId}/commands/activate`, today), 200);
  }
});
afterAll(async () => {
  await api.close();
});

const sha256 = (text: string | Buffer) => createHash('sha256').update(text).digest('hex');
const codeOf = ({ body }: Answer) => (body as { code?: string }).code;

async function upload(
  person: string,
  content: string | Buffer,
  { name = 'minutes.txt', type = 'text/plain', more = '' } = {},
): Promise<Answer> {
  const query = `contract=northwind-2026&name=${encodeURIComponent(name)}${more}`;
  return api.as(person).post(`/v1/files?${query}`, content, { 'content-type': type });
}

describe('a file', () => {
  it('is kept under the hash of its content, and comes back as an attachment that no browser runs', async () => {
    const content = 'Kickoff: walked through the checklist.\n';
    const kept = expected(await upload(SAM, content, { name: 'Protokoll für Maria.txt' }), 200);
    expect(kept).toEqual({
      sha256: sha256(content),
      name: 'Protokoll für Maria.txt',
      mediaType: 'text/plain',
      bytes: content.length,
      internal: false,
    });
    const got = await api.as(MARIA).get(`/v1/files/${sha256(content)}`);
    expect(got.text).toBe(content);
    expect(got.headers).toMatchObject({
      'content-disposition': `attachment; filename="Protokoll f?r Maria.txt"; filename*=UTF-8''Protokoll%20f%C3%BCr%20Maria.txt`,
      'x-content-type-options': 'nosniff',
      'content-type': 'text/plain; charset=utf-8',
      'cache-control': 'no-store',
    });
  });

  it('is one file however often it comes, under its first name', async () => {
    const first = expected(await upload(SAM, 'The same.', { name: 'first.txt' }), 200);
    const second = expected(await upload(MARIA, 'The same.', { name: 'second.txt' }), 200);
    expect(second).toEqual(first);
  });

  it('is nobody else’s business, and an internal one is the Provider’s', async () => {
    const open = sha256('Seen by both.');
    const inner = sha256('Seen by the Provider.');
    expected(await upload(MARIA, 'Seen by both.'), 200);
    expected(await upload(SAM, 'Seen by the Provider.', { more: '&internal=true' }), 200);
    expect((await api.as(CHRIS).get(`/v1/files/${open}`)).status).toBe(404);
    expect((await api.as(MARIA).get(`/v1/files/${inner}`)).status).toBe(404);
    expect((await api.as(SAM).get(`/v1/files/${inner}`)).status).toBe(200);
    expect((await upload(CHRIS, 'Not his contract.')).status).toBe(404);
    expect(codeOf(await upload(MARIA, 'Hidden.', { more: '&internal=true' }))).toBe('FORBIDDEN');
  });

  it.each([
    ['larger than 25 MB', Buffer.alloc(25_000_001, 'a'), { type: 'text/plain' }, 413, 'BODY_TOO_LARGE'],
    ['no PDF though it says so', 'Plain text.', { type: 'application/pdf' }, 415, 'FILE_MISMATCH'],
    ['a program', Buffer.from('7f454c460201010000000000', 'hex'), { type: 'application/octet-stream' }, 415, 'FILE_TYPE'],
    ['a page', '<script>x</script>', { type: 'text/html' }, 415, 'FILE_TYPE'],
    ['named as a path', 'Text.', { name: '../../passwd' }, 400, 'QUERY_INVALID'],
    ['a text with a secret', `${'Line.\n'.repeat(60_000)}password = Sommer2026!x\n`, {}, 422, 'SECRET_FOUND'],
  ])('is refused when it is %s, and nothing of it is kept', async (_name, content, options, status, code) => {
    const answer = await upload(SAM, content, options);
    expect([answer.status, codeOf(answer)]).toEqual([status, code]);
    expect((answer.body as { remedy: string }).remedy).toMatch(/\S/);
    expect((api.deps.files as RecordingFiles).held.has(sha256(content))).toBe(false);
    expect((await api.as(SAM).get(`/v1/files/${sha256(content)}`)).status).toBe(404);
    expect(api.logged()).not.toContain('Sommer2026');
  }); // prettier-ignore
});

describe('an outage guideline', () => {
  const publication = (version: number, change: object = {}) => ({
    kind: 'outageGuideline',
    contractId: 'northwind-2026',
    documentId: 'outage-guideline-northwind-2026',
    version,
    language: 'en',
    title: 'Outages',
    content: { ...example('outage-guidelines/northwind.en.yaml'), ...change },
  });
  const inForce = async (person: string, at?: string) =>
    api
      .as(person)
      .get(
        `/v1/contracts/northwind-2026/documents/outageGuideline/in-force${at === undefined ? '' : `?at=${encodeURIComponent(at)}`}`,
      );
  const run = async (id: string, person: string, command: string, payload: object = {}) =>
    expected(await api.as(person).post(`/v1/processes/${id}/commands/${command}`, payload), 200);

  it('is held against the contract when it is published: everything wrong is named, and nothing stored', async () => {
    const answer = await api
      .as(SAM)
      .post(
        '/v1/documents',
        publication(1, { firstCall: ['chris-bell'], appliesTo: { sites: ['tailspin-dublin'] } }),
      );
    expect([answer.status, codeOf(answer)]).toEqual([422, 'BODY_INVALID']);
    expect((answer.body as { problems: { path: string }[] }).problems.map(({ path }) => path).sort()).toEqual(
      ['appliesTo.sites.0', 'firstCall.0'],
    );
    const list = expected<{ items: unknown[] }>(
      await api.as(SAM).get('/v1/documents?contract=northwind-2026'),
      200,
    );
    expect(list.items).toEqual([]);
  });

  it('belongs to its contract: others neither publish nor see it, and the User Guide is not for a service manager', async () => {
    expected(await api.as(SAM).post('/v1/documents', publication(1)), 200);
    const foreign = { ...publication(1), contractId: 'tailspin-2026' };
    expect((await api.as(SAM).post('/v1/documents', foreign)).status).toBe(404);
    const seen = async (person: string) =>
      expected<{ items: { title: string }[] }>(await api.as(person).get('/v1/documents'), 200).items.length;
    expect([await seen(MARIA), await seen(CHRIS)]).toEqual([1, 0]);
    const { content: _content, contractId: _contract, ...guide } = publication(1);
    const body = { ...guide, kind: 'userGuide', documentId: 'user-guide', body: '# Guide' };
    expect((await api.as(SAM).post('/v1/documents', body)).status).toBe(403);
    expected(await api.as('kim-field').post('/v1/documents', body), 200);
  });

  it('is read by its contract where several End Users have one of its id', async () => {
    const plan = (contractId: string) => ({
      ...{ kind: 'plan', contractId, documentId: 'plan', version: 1, language: 'en' },
      ...{ title: `Plan of ${contractId}`, body: `# ${contractId}` },
    });
    const contracts = ['northwind-2026', 'tailspin-2026'];
    for (const contractId of contracts)
      expected(await api.as('kim-field').post('/v1/documents', plan(contractId)), 200);
    const read = async (person: string, query = '') =>
      api.as(person).get(`/v1/documents/plan/versions/1/en${query}`);
    const several = await read('kim-field');
    expect([several.status, codeOf(several)]).toEqual([409, 'DOCUMENT_OF_SEVERAL']);
    expect((several.body as { problems: object[] }).problems).toEqual(
      contracts.map((id) => ({ path: 'contract', problem: `${id}: Plan of ${id}` })),
    );
    for (const id of contracts) expect((await read('kim-field', `?contract=${id}`)).text).toBe(`# ${id}`);
    expect((await read(MARIA)).text).toBe('# northwind-2026');
    expect((await read(MARIA, '?contract=tailspin-2026')).status).toBe(404);
  });

  it('is in force from its first delivery on, at every instant since, with the event that proves it', async () => {
    const before = new Date().toISOString();
    const start = { contractId: 'northwind-2026', kind: 'outageGuideline' };
    const { processId } = expected<{ processId: string }>(
      await api.as(SAM).post('/v1/processes/document', start),
      201,
    );
    const picked = { documentId: 'outage-guideline-northwind-2026', version: 1, language: 'en' };
    await run(processId, SAM, 'pick', picked);
    await run(processId, 'robin-lake', 'release');
    await run(processId, MARIA, 'acknowledge', { recipient: MARIA, version: 1 });
    const now = expected<{ inForce: { version: number; since: string; eventId: string } | null }>(
      await inForce(MARIA),
      200,
    );
    expect(now.inForce).toMatchObject({ version: 1, documentId: picked.documentId, processId });
    const { items } = expected<{ items: { id: string; event: string; at: string }[] }>(
      await api.as(SAM).get(`/v1/processes/${processId}/timeline`),
      200,
    );
    const proof = items.find(({ id }) => id === now.inForce?.eventId);
    expect(['document.acknowledged', 'document.delivered']).toContain(proof?.event);
    expect(proof?.at).toBe(now.inForce?.since);
    expect(expected<{ inForce: unknown }>(await inForce(SAM, before), 200).inForce).toBeNull();
    expect((await inForce(CHRIS)).status).toBe(404);
    expect((await api.as(SAM).get('/v1/contracts/northwind-2026/documents/poem/in-force')).status).toBe(404);
  });

  it('may name those of the contact matrix in force, once there is one, and staff', async () => {
    const contact = {
      personId: 'jan-reed',
      side: 'endUser',
      role: 'operator',
      level: 'L0',
      zone: 'Europe/Berlin',
      hours: '24x7',
      deputyId: null,
      authorisedCaller: true,
      mayApprove: [],
      validFrom: null,
      validTo: null,
    };
    const data = {
      inForce: { version: 1, from: Date.now(), contacts: [contact] },
      staleSince: null,
      served: [{ contractId: 'northwind-2026' }],
    };
    await raw(api.url, async (client) =>
      client.query(
        `insert into processes (tenant_id, id, slug, status, seq, data, owner_id, policy_id, policy_version)
           values ('northwind', 'mat_1', 'contactMatrix', 'inForce', 1, $1, 'sam-rivers', 'standard', 1)`,
        [data],
      ),
    );
    const answer = await api.as(SAM).post('/v1/documents', publication(2));
    expect(answer.status).toBe(422);
    expect(
      (answer.body as { problems: { problem: string }[] }).problems.map(({ problem }) => problem),
    ).toEqual(Array(4).fill('maria-stone is neither a contact of the contract nor on the staff'));
  });

  it('whose version is in hand, caller by caller, can be asked for any instant', async () => {
    const start = { contractId: 'northwind-2026', kind: 'userGuide' };
    const { processId } = expected<{ processId: string }>(
      await api.as(SAM).post('/v1/processes/document', start),
      201,
    );
    const before = new Date().toISOString();
    await run(processId, SAM, 'pick', { documentId: 'user-guide', version: 1, language: 'en' });
    await run(processId, 'robin-lake', 'release');
    await run(processId, MARIA, 'acknowledge', { recipient: MARIA, version: 1 });
    const held = async (at = '') => {
      const address = `/v1/audit/questions/guide-held?contract=northwind-2026${at}`;
      const { rows } = expected<{ rows: Asked[] }>(await api.as('jo-brook').get(address), 200);
      return Object.fromEntries(rows.map(({ cells }) => [cells.caller.id, cells]));
    };
    expect((await held())[MARIA]).toMatchObject({ inForce: 1, held: 1, holds: true });
    expect(await held(`&at=${encodeURIComponent(before)}`)).toMatchObject({
      'jan-reed': { inForce: null, holds: false },
      [MARIA]: { inForce: null, holds: false },
    });
  });
});

interface Asked {
  readonly cells: { readonly caller: { readonly id: string } };
}
