/** `careplus document` and `careplus file` against a server that answers from a table. */
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from '@jest/globals';
import { problem } from './fake-api.js';
import { cliWith, tooLong } from './run-cli.js';

const folder = mkdtempSync(join(tmpdir(), 'careplus-cli-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const guideline = join(folder, 'outage.yaml');
copyFileSync(
  fileURLToPath(new URL('../../examples/outage-guidelines/northwind.en.yaml', import.meta.url)),
  guideline,
);

const SHA = 'a'.repeat(64);
const publish = [
  'document', 'publish', 'outage.yaml', '--kind', 'outageGuideline', '--contract', 'northwind-2026',
  '--version', '1', '--language', 'en', '--title', 'Outages',
]; // prettier-ignore

describe('careplus document publish', () => {
  it('sends what a guideline says, under an id of its contract', async () => {
    const routes = { 'POST /v1/documents': { body: { sha256: SHA, told: 1 } } };
    const { code, out, asked } = await cliWith(routes, publish, { cwd: folder });
    expect(code).toBe(0);
    expect(asked[0]?.body).toMatchObject({
      kind: 'outageGuideline',
      contractId: 'northwind-2026',
      documentId: 'outage-guideline-northwind-2026',
      content: { firstCall: ['maria-stone', 'jan-reed'], languages: ['en', 'de'] },
    });
    expect(out).toContain('1 hand-over under way was told.');
    expect(tooLong(out)).toEqual([]);
  });

  it('says what is wrong in it at its line', async () => {
    const problems = [{ path: 'firstCall.1', problem: 'jan-reed is neither a contact nor on the staff' }];
    const refused = problem(422, { code: 'BODY_INVALID', detail: 'No.', problems });
    const { code, out } = await cliWith({ 'POST /v1/documents': refused }, publish, { cwd: folder });
    expect(code).toBe(2);
    expect(out).toMatch(/line 6, column \d+ +firstCall\.1/);
    expect(tooLong(out)).toEqual([]);
  });
});

describe('careplus document in-force', () => {
  const address = 'GET /v1/contracts/northwind-2026/documents/outageGuideline/in-force';
  const ask = ['document', 'in-force', 'northwind-2026', '--kind', 'outageGuideline'];
  const at = '2026-12-24T02:00:00.000Z';
  const reference = { processId: `doc_${'0'.repeat(32)}`, eventId: `evt_${'0'.repeat(32)}` };

  it('names the version, since when, and the event that proves it', async () => {
    const document = { documentId: 'outage', version: 2, language: 'en', title: 'Outages', sha256: SHA };
    const inForce = { ...document, since: '2026-11-25T09:00:00.000Z', ...reference };
    const { out, asked } = await cliWith(
      { [address]: { body: { kind: 'outageGuideline', at, inForce, notApplicable: null } } },
      [...ask, '--at', '2026-12-24T03:00+01:00'],
    );
    expect(asked[0]?.query).toEqual({ at: '2026-12-24T03:00:00+01:00' });
    expect(out).toContain('Version 2 (en) of outage');
    expect(out).toContain('since Wed 2026-11-25 10:00 +01:00');
    expect(out).toContain(reference.eventId);
    expect(tooLong(out)).toEqual([]);
  });

  it('says that there is none, and who has signed that', async () => {
    const body = { kind: 'outageGuideline', at, inForce: null, notApplicable: null };
    expect((await cliWith({ [address]: { body } }, ask)).out).toContain('None is in force');
    const signed = { declaredBy: 'sam-rivers', signedBy: 'maria-stone', signedAt: at, ...reference };
    const notApplicable = { reason: 'No site needs one.', ...signed };
    const { out } = await cliWith({ [address]: { body: { ...body, notApplicable } } }, ask);
    expect(out).toMatch(/Not applicable, signed by maria-stone on .*\n.*\n {2}No site needs one\./);
    expect(tooLong(out)).toEqual([]);
  });
});

describe('careplus file', () => {
  it('sends a file as it is, with the type that its name promises', async () => {
    writeFileSync(join(folder, 'minutes.md'), '# Minutes\n');
    const kept = { sha256: SHA, name: 'minutes.md', mediaType: 'text/markdown', bytes: 10, internal: true };
    const { code, out, asked } = await cliWith(
      { 'POST /v1/files': { body: kept } },
      ['file', 'put', 'minutes.md', '--contract', 'northwind-2026', '--internal'],
      { cwd: folder },
    );
    expect(code).toBe(0);
    expect(asked[0]).toMatchObject({
      query: { contract: 'northwind-2026', name: 'minutes.md', internal: 'true' },
      headers: { 'content-type': 'text/markdown' },
      body: '# Minutes\n',
    });
    expect(out).toContain(SHA);
    expect(tooLong(out)).toEqual([]);
  });

  it('saves one under its own name without a path, and never over another', async () => {
    const disposition = `attachment; filename="../minutes.txt"; filename*=UTF-8''..%2Fminutes.txt`;
    const routes = {
      [`GET /v1/files/${SHA}`]: { body: 'The bytes.', headers: { 'content-disposition': disposition } },
    };
    const first = await cliWith(routes, ['file', 'get', SHA], { cwd: folder });
    expect(first.out).toBe('Saved as minutes.txt.\n');
    expect(readFileSync(join(folder, 'minutes.txt'), 'utf8')).toBe('The bytes.');
    const second = await cliWith(routes, ['file', 'get', SHA], { cwd: folder });
    expect(second.code).toBe(2);
    expect(second.err).toContain('--out <path>');
  });

  it('is readable by its owner alone, and a place that cannot be written is told', async () => {
    const routes = { [`GET /v1/files/${SHA}`]: { body: 'The bytes.' } };
    const get = (out: string) => cliWith(routes, ['file', 'get', SHA, '--out', out], { cwd: folder });
    expect((await get('own.txt')).code).toBe(0);
    expect(statSync(join(folder, 'own.txt')).mode & 0o777).toBe(0o600);
    for (const place of ['nowhere/own.txt', 'own.txt/inside.txt']) {
      const { code, err } = await get(place);
      expect([code, err.includes(place)]).toEqual([2, true]);
    }
    const put = await cliWith({}, ['file', 'put', 'own.txt/x', '--contract', 'x'], { cwd: folder });
    expect([put.code, put.err.includes('own.txt/x cannot be read')]).toEqual([2, true]);
  });

  it('that is not there is told like everything that is not there', async () => {
    const { code, err } = await cliWith({}, ['file', 'get', SHA], { cwd: folder });
    expect([code, err.includes('NOT_FOUND')]).toEqual([1, true]);
    const absent = await cliWith({}, ['file', 'put', 'absent.pdf', '--contract', 'x'], { cwd: folder });
    expect([absent.code, absent.err.includes('There is no file absent.pdf.')]).toEqual([2, true]);
  });
});
