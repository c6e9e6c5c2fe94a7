/** A contact matrix over HTTP: the table with all that may be wrong in it, who is called when, the page, what is erased. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { MailContent } from '../../domain/kernel/state.js';
import { example, expected, openApi, until, type ApiBench } from './support/bench.js';
import type { ProblemDocument, Started } from './support/shapes.js';

const path = '/v1/contracts/tailspin-2026/matrix';
const table = readFileSync(
  fileURLToPath(new URL('../../examples/matrix/tailspin-contacts.csv', import.meta.url)),
  'utf8',
);
const lines = table.trimEnd().split('\n');
/** Wednesday, 8 April 2026 lies before everything here; the night is that of New York. */
const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();

interface Who {
  readonly version: { readonly version: number; readonly ageDays: number; readonly selfAgreed: string[] };
  readonly calls: { readonly id: string; readonly level: string; readonly inHours: boolean }[];
  readonly approvers: { readonly id: string }[];
}

let api: ApiBench;
let matrix = '';
const robin = () => api.as('robin-lake');
const command = async (name: string, body: object, person: string) =>
  expected(await api.as(person).post(`/v1/processes/${matrix}/commands/${name}`, body), 200);

beforeAll(async () => {
  api = await openApi();
  const day = (days: number) => inDays(days).slice(0, 10);
  const file = { ...example('contracts/tailspin-2026.yaml'), startsOn: day(-30), endsOn: day(700) };
  const contract = expected<Started>(await api.as('kim-field').post('/v1/contracts', { file }), 201);
  const activate = `/v1/processes/${contract.processId}/commands/activate`;
  expected(await api.as('kim-field').post(activate, { portalRegisteredOn: day(-1) }), 200);
  const started = await robin().post('/v1/processes/contactMatrix', { contractId: 'tailspin-2026' });
  matrix = expected<Started>(started, 201).processId;
});
afterAll(async () => {
  await api.close();
});

describe('a table', () => {
  const problemsOf = async (text: string, more: object = {}) => {
    const answer = await robin().post(`${path}/import`, { table: text, apply: true, ...more });
    return expected<ProblemDocument>(answer, 422).problems ?? [];
  };

  it('with everything wrong is told with row and column, and nothing of it is applied', async () => {
    const wrong = [...lines];
    wrong[2] = (wrong[2] ?? '').replace('administrator', 'wizard').replace('+1 212 555 0112', 'call me');
    wrong[3] = (wrong[3] ?? '').replace('America/New_York', 'America/Gotham');
    wrong[4] = (wrong[4] ?? '').replace('berlin-office', 'moon-office');
    wrong.push(wrong[1] ?? '', 'chris-bell,too,few');
    wrong[wrong.length - 3] = (wrong[wrong.length - 3] ?? '').replace('kim-field', 'kim-nobody');
    const problems = await problemsOf(wrong.join('\n'));
    expect(problems.map((one) => one.path)).toEqual([
      'row 3, role',
      'row 3, phone',
      'row 4, zone',
      'row 5, hours',
      'row 21, id',
      'row 22, id',
      'row 23',
      'row 23, id',
    ]);
    expect(problems.find((one) => one.path === 'row 22, id')?.problem).toContain('row 2');
    expect(expected(await robin().get(path), 200)).toMatchObject({ draft: null, inForce: null });
  });

  it('without a column, or of another kind, says which', async () => {
    expect(await problemsOf('id,side\nx,endUser')).toContainEqual({
      path: 'row 1, phone',
      problem: 'the column is missing',
    });
    expect(await problemsOf('')).toEqual([{ path: 'table', problem: 'the table is empty' }]);
  });

  it('is shown with its differences before it is applied, and then is the draft', async () => {
    const looked = expected<{ diff: { path: string }[] }>(
      await robin().post(`${path}/import`, { table }),
      200,
    );
    expect(looked.diff.some((one) => one.path === 'quinn-hale.role')).toBe(true);
    expect(expected(await robin().get(path), 200)).toMatchObject({ draft: null });
    const applied = await robin().post(`${path}/import`, { table, apply: true });
    expect(expected(applied, 200)).toMatchObject({ outcome: 'accepted', contacts: 20, gaps: [] });
    expect(expected(await robin().get(path), 200)).toMatchObject({ draft: { version: 1 }, inForce: null });
  });
});

describe('a matrix in force', () => {
  beforeAll(async () => {
    await command('share', {}, 'robin-lake');
    await command('agree', { version: 1 }, 'sam-rivers');
    await command('agree', { version: 1 }, 'chris-bell');
  });

  it('makes its people known: they see the contract, and call for it', async () => {
    expect(expected(await api.as('sky-perry').get(path), 200)).toMatchObject({ inForce: { version: 1 } });
    const contract = await until(async () => {
      const read = expected<{ contacts: { id: string; authorisedCaller: boolean }[] }>(
        await robin().get('/v1/contracts/tailspin-2026'),
        200,
      );
      return read.contacts.some(({ id }) => id === 'sky-perry') ? read : undefined;
    });
    expect(contract.contacts.find(({ id }) => id === 'sky-perry')).toMatchObject({ authorisedCaller: true });
  });

  it('says who is to be called at an instant: hours first, deputies, then the next level; and from which version', async () => {
    // Three in the morning in New York is nine in Berlin, in summer and in winter. The next Wednesday, no holiday.
    const ask = `${path}/who?level=L2&at=2030-05-15T07:00:00Z`;
    const night = expected<Who>(await robin().get(ask), 200);
    expect(night.version).toMatchObject({ version: 1, selfAgreed: [] });
    expect(night.calls.map(({ id, level, inHours }) => [id, level, inHours])).toEqual([
      ['ada-finch', 'L2', true],
      ['lou-carter', 'L2', true],
      ['remy-stone', 'L3', true],
      ['val-north', 'L4', true],
    ]);
    const sleeping = expected<Who>(await robin().get(`${path}/who?level=L1&at=2030-05-15T03:00:00Z`), 200);
    expect(sleeping.calls[0]).toMatchObject({ id: 'sky-perry', inHours: true });
    expect(sleeping.calls.slice(1, 5).every(({ inHours }) => !inHours)).toBe(true);
    expect(night.approvers.map(({ id }) => id)).toContain('lou-carter');
  });

  it('says that there was none before', async () => {
    const answer = await robin().get(`${path}/who?at=2026-01-01T00:00:00Z`);
    expect(expected<ProblemDocument>(answer, 409).code).toBe('MATRIX_NONE');
  });

  it('fits on one page as PDF, and into 80 columns as text, with version and time', async () => {
    const pdf = await robin().get(`${path}/page.pdf`);
    expect(pdf.headers['content-type']).toBe('application/pdf');
    const bytes = (pdf.body as Buffer).toString('latin1');
    expect(bytes.startsWith('%PDF-')).toBe(true);
    expect(bytes.match(/\/Type \/Page\b/g)).toHaveLength(1);
    const { text } = await robin().get(`${path}/page.txt`);
    expect(text.split('\n').every((line) => line.length <= 80)).toBe(true);
    expect(text).toMatch(/Version 1, in force since/);
    expect(text).toMatch(/Printed /);
    expect(text).toContain('+61 2 5550 0401  Kit Hardy');
  });

  it('refuses a table that lacks half of its people, unless that is meant', async () => {
    const half = lines.slice(0, 10).map((line) => line.replace('chris-bell,no', ',no'));
    const answer = await robin().post(`${path}/import`, { table: half.join('\n') });
    const { problems = [] } = expected<ProblemDocument>(answer, 422);
    expect(problems[0]?.problem).toMatch(/^11 of the 20 contacts in force are missing: /);
    const meant = await robin().post(`${path}/import`, { table: half.join('\n'), dropMany: true });
    expect(expected(meant, 200)).toMatchObject({ contacts: 9 });
  });

  it('hears of a message to one of its people that did not arrive, whichever process sent it', async () => {
    const [mail] = await api.database.as('admin', {}, async (trx) =>
      trx.rows<{ tenant_id: string; process_id: string; key: string; content: MailContent }>(
        `select tenant_id, process_id, key, content from effects where kind = 'mail' and recipient_id = 'chris-bell'
          and process_id like 'con_%' limit 1`,
      ),
    );
    if (!mail) throw new Error('The contract has sent nothing.');
    await api.deps.work.accept({
      tenantId: mail.tenant_id,
      processId: mail.process_id,
      kind: 'signal',
      name: 'undeliverable',
      payload: { effectKey: mail.key, content: { ...mail.content, urgent: true }, status: '5.1.1' },
      actor: null,
      onBehalfOf: null,
      expectedSeq: null,
      urgent: false,
      key: { principal: 'effect', value: 'a bounce', bodyHash: '' },
      start: null,
    });
    const defects = await until(async () => {
      const read = await robin().get(`/v1/processes/${matrix}`);
      const { data } = expected<{ data: { defects: object; calls: object } }>(read, 200);
      return Object.keys(data.defects).length > 0 ? data : undefined;
    });
    expect(defects).toMatchObject({
      defects: { 'chris-bell': { kind: 'bounce' } },
      calls: { [mail.process_id]: { level: 'L1', tries: [{ personId: 'chris-bell' }] } },
    });
  });

  it('takes the id of somebody else from nobody', async () => {
    const contact = { id: 'maria-stone', side: 'endUser', role: 'operator', level: 'L0', name: 'M' };
    const more = { phone: '+1 212 555 0199', email: 'm@tailspin.example', zone: 'Etc/UTC', hours: '24x7' };
    expected(await api.as('kim-field').post('/v1/contracts', { file: example('contract.yaml') }), 201);
    const report = `/v1/processes/${matrix}/commands/reportJoiner`;
    const answer = await robin().post(report, { contact: { ...contact, ...more } });
    expect(expected<ProblemDocument>(answer, 422).problems?.[0]?.problem).toContain(
      'belongs to somebody else',
    );
  });

  it('lets a leaver go at once: no access, nobody points at him, and the version before still knows him', async () => {
    const before = new Date(Date.now()).toISOString();
    await command('removeLeaver', { personId: 'pat-moor' }, 'robin-lake');
    const now = expected<Who>(await robin().get(`${path}/who`), 200);
    expect(now.version.version).toBe(2);
    expect(now.calls.some(({ id }) => id === 'pat-moor')).toBe(false);
    const then = expected<Who>(await robin().get(`${path}/who?at=${before}`), 200);
    expect(then.calls.some(({ id }) => id === 'pat-moor')).toBe(true);
    await until(async () => ((await api.as('pat-moor').get(path)).status === 401 ? true : undefined));
    const { rows } = await api.database.as('admin', {}, async (trx) => ({
      rows: await trx.rows(`select id from people where deputy_id = 'pat-moor'`),
    }));
    expect(rows).toEqual([]);
  });

  it('keeps names and numbers out of what is hashed, and forgets them when the person is erased', async () => {
    const find = async (text: string) =>
      api.database.as('admin', {}, async (trx) => ({
        hashed: await trx.rows('select 1 from events where bytes like :text', { text: `%${text}%` }),
        kept: await trx.rows('select 1 from matrix_contacts where name = :text', { text }),
      }));
    expect((await find('Pat Moor')).hashed).toEqual([]);
    expect((await find('Pat Moor')).kept.length).toBeGreaterThan(0);
    const reason = { reason: 'Asked for on the phone.' };
    expected(await api.as('dana-hill').post('/v1/people/pat-moor/erase', reason), 200);
    expect((await find('Pat Moor')).kept).toEqual([]);
  });
});
