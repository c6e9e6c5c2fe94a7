import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { problem, startFakeApi, type Routes } from './fake-api.js';
import { cli, cliWith, tooLong, type CliOptions } from './run-cli.js';
import { ONBOARDING, reads } from './samples.js';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'careplus-cli-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const here = (routes: Routes, argv: string[], options: CliOptions = {}) =>
  cliWith(routes, argv, { cwd: folder, ...options });

const version = {
  id: 'berlin-office',
  version: 2,
  title: 'Berlin office',
  state: 'draft',
  inForce: false,
  author: 'kim-field',
  approver: null,
};

describe('calendars and policies', () => {
  it('are sent as drafts that somebody else approves', async () => {
    const calendar = readFileSync('examples/calendars/berlin-office.yaml', 'utf8');
    writeFileSync(join(folder, 'c.yaml'), calendar);
    const drafted = { status: 201, body: { id: 'berlin-office', version: 2, state: 'draft', notes: [] } };
    const sent = await here({ 'POST /v1/calendars': drafted }, ['calendar', 'import', 'c.yaml']);
    expect(sent.code).toBe(0);
    expect(sent.out).toContain('careplus calendar approve berlin-office 2 --as <person>');
    expect(sent.asked[0]?.body).toMatchObject({ id: 'berlin-office', holidays: { country: 'DE' } });
    const approve = {
      'POST /v1/calendars/berlin-office/versions/2/approve': { body: { state: 'approved' } },
    };
    expect((await here(approve, ['calendar', 'approve', 'berlin-office', '2'])).out).toContain('Approved');
  });

  it('cannot be approved by their author', async () => {
    const routes = {
      'POST /v1/policies/standard/versions/2/approve': problem(409, {
        code: 'SELF_APPROVAL',
        remedy: 'Ask.',
      }),
    };
    const { code, err } = await here(routes, ['policy', 'approve', 'standard', '2']);
    expect(code).toBe(1);
    expect(err).toContain('SELF_APPROVAL');
  });

  it('are listed with what is in force', async () => {
    const items = [
      version,
      { ...version, version: 1, inForce: true, state: 'approved', approver: 'dana-hill' },
    ];
    const { out } = await here({ 'GET /v1/calendars': { body: { items } } }, ['calendar', 'list']);
    expect(out).toContain('in force');
    expect(tooLong(out)).toEqual([]);
  });

  it('are shown with hours and closed days', async () => {
    const body = {
      title: 'Berlin office',
      zone: 'Europe/Berlin',
      weekly: { monday: [{ opens: '09:00', closes: '17:00' }], sunday: [] },
      holidays: [{ date: '2026-12-24', name: 'Christmas Eve' }],
    };
    const routes = {
      'GET /v1/calendars/berlin-office': {
        body: { id: 'berlin-office', inForce: 1, versions: [version], body },
      },
    };
    const { out } = await here(routes, ['calendar', 'show', 'berlin-office']);
    expect(out).toContain('monday     09:00 to 17:00');
    expect(out).toContain('sunday     closed');
    expect(out).toContain('Christmas Eve');
  });
});

describe('people and keys', () => {
  it('of the Provider are saved from a file, and its mistakes told at their lines', async () => {
    writeFileSync(join(folder, 'provider.yaml'), readFileSync('examples/provider.yaml'));
    const wrong = problem(422, {
      code: 'BODY_INVALID',
      problems: [{ path: 'staff.1.deputy', problem: 'nobody has the id x' }],
    });
    const refused = await here({ 'PUT /v1/staff': wrong }, ['staff', 'import', 'provider.yaml']);
    expect(refused.code).toBe(2);
    expect(refused.out).toContain('line 6, column');
    const key = { personId: 'kim-field', key: 'cp_a_b' };
    const first = await here(
      { 'PUT /v1/staff': { body: { saved: 9, notes: ['Import the calendar.'], apiKey: key } } },
      ['staff', 'import', 'provider.yaml'],
    );
    expect(first.out).toContain('9 people');
    expect(first.out).toContain('cp_a_b');
  });

  it('get keys that are shown once and can be revoked', async () => {
    const made = await here({ 'POST /v1/api-keys': { status: 201, body: { id: 'k1', key: 'cp_k1_secret' } } }, [
      'keys', 'create', '--person', 'sam-rivers', '--label', 'laptop',
    ]); // prettier-ignore
    expect(made.out).toContain('cp_k1_secret');
    expect(made.asked[0]?.body).toEqual({ personId: 'sam-rivers', label: 'laptop' });
    const gone = await here({ 'DELETE /v1/api-keys/k1': { status: 204 } }, [
      'keys',
      'revoke',
      'k1',
      '--json',
    ]);
    expect(JSON.parse(gone.out)).toEqual({ id: 'k1', revoked: true });
  });
});

describe('the audit', () => {
  const found = (ok: boolean) => ({
    ok,
    tenants: [
      {
        tenantId: 'northwind',
        events: 12,
        refusals: 1,
        problems: ok ? [] : [{ chain: 'event', number: 3, problem: 'was edited' }],
      },
    ],
    checkpoints: [{ tenantId: 'northwind', chain: 'event', number: 12, hash: 'ab' }],
  });

  it('exits with 1 when the record is not sound, and says where', async () => {
    const { code, out } = await here({ 'POST /v1/audit/verify': { body: found(false) } }, [
      'audit',
      'verify',
    ]);
    expect(code).toBe(1);
    expect(out).toContain('NOT sound');
    expect(out).toContain('northwind, event 3: was edited');
  });

  it('keeps checkpoints in a file and compares with them the next time', async () => {
    const argv = ['audit', 'verify', '--checkpoints', 'checkpoints.json'];
    const routes = { 'POST /v1/audit/verify': { body: found(true) } };
    expect((await here(routes, argv)).asked[0]?.body).toEqual({ checkpoints: [] });
    expect((await here(routes, argv)).asked[0]?.body).toEqual({ checkpoints: found(true).checkpoints });
    const before = readFileSync(join(folder, 'checkpoints.json'), 'utf8');
    await here({ 'POST /v1/audit/verify': { body: { ...found(false), checkpoints: [] } } }, argv);
    expect(readFileSync(join(folder, 'checkpoints.json'), 'utf8')).toBe(before);
  });

  it('exits with 1 when a step is decided differently', async () => {
    const difference = { processId: ONBOARDING, eventId: 'e', seq: 3, differs: ['to'], now: {} };
    const body = { checked: 9, differences: [difference], rulesChanged: [], erased: 0 };
    const routes = { ...reads, 'POST /v1/audit/redecide': { body } };
    const { code, out, asked } = await here(routes, ['audit', 'redecide', ONBOARDING]);
    expect(code).toBe(1);
    expect(asked.at(-1)?.query).toEqual({ process: ONBOARDING });
    expect(out).toContain('step 3, to');
  });

  it('writes a bundle for the caller alone, and over nothing', async () => {
    const routes = { ...reads, [`GET /v1/processes/${ONBOARDING}/export`]: { body: { process: {} } } };
    const argv = ['audit', 'export', ONBOARDING, '-o', 'bundle.json'];
    expect((await here(routes, argv)).code).toBe(0);
    expect(statSync(join(folder, 'bundle.json')).mode & 0o777).toBe(0o600);
    expect((await here(routes, argv)).code).toBe(2);
    expect((await here(routes, [...argv, '--force'])).code).toBe(0);
    expect(JSON.parse((await here(routes, argv.slice(0, 3))).out)).toEqual({ process: {} });
  });
});

describe('operations', () => {
  it('show what waits, and nothing as nothing', async () => {
    const nothing = { 'GET /v1/operations/attention': { body: { blocked: [], unknownEffects: [] } } };
    expect((await here(nothing, ['ops', 'attention'])).out).toBe('Nothing waits for an operator.\n');
    const blocked = { processId: ONBOARDING, problem: 'The rule failed.', since: '2026-11-23T08:00:00.000Z' };
    const some = { 'GET /v1/operations/attention': { body: { blocked: [blocked], unknownEffects: [] } } };
    expect((await here(some, ['ops', 'attention'])).out).toContain('problem: The rule failed.');
  });

  it('skip and decide with a reason', async () => {
    const routes = {
      [`POST /v1/operations/processes/${ONBOARDING}/skip`]: { body: { state: 'skipped' } },
      'POST /v1/operations/effects/eff_1/decide': { body: { decision: 'done' } },
    };
    const skipped = await here(routes, ['ops', 'skip', ONBOARDING, '--reason', 'Duplicate']);
    expect(skipped.asked.at(-1)?.body).toEqual({ reason: 'Duplicate' });
    const decided = await here(routes, ['ops', 'decide', 'eff_1', 'done', '--reason', 'He has it']);
    expect(decided.asked.at(-1)?.body).toEqual({ decision: 'done', reason: 'He has it' });
    expect((await cli(['ops', 'skip', ONBOARDING])).code).toBe(2);
  });
});

describe('documents, definitions and mail', () => {
  it('publish a version of the guide, beside the version option of the program', async () => {
    writeFileSync(join(folder, 'guide.md'), '# Guide\n');
    const { code, asked } = await here({ 'POST /v1/documents': { body: { sha256: 'a'.repeat(64), told: 1 } } }, [
      'guide', 'publish', 'guide.md', '--version', '3', '--language', 'en', '--title', 'User Guide',
    ]); // prettier-ignore
    expect(code).toBe(0);
    expect(asked[0]?.body).toEqual({
      kind: 'userGuide',
      documentId: 'user-guide',
      version: 3,
      language: 'en',
      title: 'User Guide',
      body: '# Guide\n',
    });
  });

  it('show a diagram as it is', async () => {
    const routes = { 'GET /v1/definitions/onboarding/diagram': { body: 'stateDiagram-v2\n' } };
    expect((await here(routes, ['definitions', 'onboarding', '--diagram'])).out).toBe('stateDiagram-v2\n');
    const { out } = await here(reads, ['definitions', 'onboarding']);
    expect(tooLong(out)).toEqual([]);
    expect(out).toContain('completeItem');
  });

  it('read the mail catcher', async () => {
    const mail = {
      n: 3,
      receivedAt: '2026-11-23T08:00:00.000Z',
      kind: 'bounce',
      from: 'a@b.example',
      to: ['maria.stone@northwind.example'],
      subject: 'Your support is live',
    };
    const catcher = await startFakeApi({
      'GET /messages.json': { body: { messages: [mail] } },
      'GET /messages/3.json': { body: { ...mail, text: `Hello\nhttp://127.0.0.1/l/${'x'.repeat(90)}` } },
    });
    try {
      const env = { CAREPLUS_MAIL_PORT: new URL(catcher.url).port };
      const list = await cli(['mail', 'list', '--to', 'maria.stone@northwind.example'], { env });
      expect(list.out).toContain('[bounce] Your support');
      expect(tooLong(list.out)).toEqual([]);
      expect(catcher.asked[0]?.query).toEqual({ to: 'maria.stone@northwind.example' });
      expect((await cli(['mail', 'show', '3'], { env })).out).toContain(`/l/${'x'.repeat(90)}`);
    } finally {
      await catcher.stop();
    }
    const none = await cli(['mail'], { env: { CAREPLUS_MAIL_PORT: '1' } });
    expect(none.code).toBe(69);
    expect(none.err).toContain('is it running? npm start');
    expect(existsSync(folder)).toBe(true);
  });
});
