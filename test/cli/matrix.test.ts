/** `careplus matrix` against a server that answers from a table. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { problem, type Asked } from './fake-api.js';
import { cli, cliWith, tooLong } from './run-cli.js';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'careplus-cli-'));
  writeFileSync(join(folder, 'contacts.csv'), 'id,side\n');
});
afterAll(() => rmSync(folder, { recursive: true }));

const base = '/v1/contracts/tailspin-2026/matrix';
const VERSION = {
  version: 3,
  inForceFrom: '2026-11-01T09:00:00Z',
  inForceTo: null,
  ageDays: 22,
  agreedBy: { provider: 'sam-rivers', endUser: 'chris-bell' },
  reason: 'agreed',
  selfAgreed: [],
};
const LOOKED = {
  processId: 'mtx_1',
  contacts: 20,
  gaps: ['endUserLevel3'],
  diff: [
    { path: 'noa-lind.id', before: null, after: 'noa-lind' },
    { path: 'noa-lind.name', before: null, after: 'Noa Lind' },
    { path: 'pat-moor.id', before: 'pat-moor', after: null },
    { path: 'pat-moor.name', before: 'Pat Moor', after: null },
    { path: 'kit-hardy.phone', before: '+61 2 5550 0401', after: '+61 2 5550 0499' },
  ],
};
const importing = (asked: Asked) => {
  const { apply } = asked.body as { apply: boolean };
  const step = { outcome: 'accepted', status: 'draft', seq: 4, inboxId: 'inb_1' };
  return { body: { ...LOOKED, ...(apply ? step : {}) } };
};
const run = (argv: readonly string[], options: Parameters<typeof cliWith>[2] = {}) =>
  cliWith({ [`POST ${base}/import`]: importing }, ['matrix', 'import', 'contacts.csv', ...argv], {
    cwd: folder,
    ...options,
  });
const ON = ['--contract', 'tailspin-2026'];

describe('careplus matrix import', () => {
  it('refuses a table in another encoding, whose letters would be lost', async () => {
    writeFileSync(join(folder, 'latin.csv'), Buffer.from('id,name\nj,Jürgen\n', 'latin1'));
    const { code, err, asked } = await cliWith({}, ['matrix', 'import', 'latin.csv', ...ON], { cwd: folder });
    expect([code, asked]).toEqual([2, []]);
    expect(err).toContain('latin.csv is not written in UTF-8.');
    expect(err).toContain('CSV UTF-8');
  });

  it('shows who comes, goes and changes, and stores nothing when the answer is no', async () => {
    const { code, err, asked } = await run(ON, { says: false });
    expect(code).toBe(1);
    expect(err).toContain('+ noa-lind: Noa Lind');
    expect(err).toContain('- pat-moor: Pat Moor');
    expect(err).toContain('~ kit-hardy: phone +61 2 5550 0401 -> +61 2 5550 0499');
    expect(err).toContain('endUserLevel3');
    expect(asked.map(({ body }) => (body as { apply: boolean }).apply)).toEqual([false]);
    expect(tooLong(err)).toEqual([]);
  });

  it('stores the draft when it is agreed to, or with --yes', async () => {
    for (const options of [{ says: true }, {}]) {
      const { code, out, asked } = await run('says' in options ? ON : [...ON, '--yes'], options);
      expect(code).toBe(0);
      expect(out).toContain('Stored as the draft: mtx_1');
      expect(asked).toHaveLength(2);
    }
  });

  it('only looks with --check, and asks nobody where nobody is', async () => {
    expect((await run([...ON, '--check'])).asked).toHaveLength(1);
    expect((await run(ON)).code).toBe(2);
  });

  it('names row and column of everything that is wrong, with exit code 2', async () => {
    const problems = [{ path: 'row 5, phone', problem: 'an international number beginning with +' }];
    const reply = problem(422, { code: 'BODY_INVALID', title: 'The body does not fit.', problems });
    const { code, err } = await cliWith(
      { [`POST ${base}/import`]: reply },
      ['matrix', 'import', 'contacts.csv', ...ON],
      { cwd: folder },
    );
    expect(code).toBe(2);
    expect(err).toContain('row 5, phone');
  });
});

describe('careplus matrix who', () => {
  const answer = {
    at: '2026-11-24T02:00:00Z',
    version: VERSION,
    approvers: [{ name: 'Lou Carter', mayApprove: ['access'] }],
    calls: [
      { id: 'a', name: 'Ada Finch', phone: '+49 30 5550 320', level: 'L2', role: 'director', deputyOf: null, inHours: true },
      { id: 'b', name: 'Lou Carter', phone: '+1 212 555 0120', level: 'L2', role: 'director', deputyOf: 'ada-finch', inHours: false },
    ],
  }; // prettier-ignore

  it('says who is called in which order, why, and from which version', async () => {
    const { code, out, asked } = await cliWith({ [`GET ${base}/who`]: { body: answer } }, [
      'matrix', 'who', 'tailspin-2026', '--level', '2', '--at', '2026-11-24T03:00+01:00',
    ]); // prettier-ignore
    expect(code).toBe(0);
    expect(asked[0]?.query).toEqual({ level: 'L2', side: 'endUser', at: '2026-11-24T02:00:00.000Z' });
    expect(out.indexOf('Ada Finch')).toBeLessThan(out.indexOf('Lou Carter'));
    expect(out).toMatch(/out of\s+hours/);
    expect(out).toMatch(/From version 3, in force since .*22 days old/s);
    expect(tooLong(out)).toEqual([]);
  });

  it('refuses a level that is none', async () => {
    expect((await cli(['matrix', 'who', 'tailspin-2026', '--level', '7'])).code).toBe(2);
  });
});

describe('careplus matrix print', () => {
  it('writes the PDF byte by byte, for its owner alone, and no file twice', async () => {
    const headers = { 'content-type': 'application/pdf' };
    const routes = { [`GET ${base}/page.pdf`]: { body: '%PDF-1.3 é', headers } };
    const argv = ['matrix', 'print', 'tailspin-2026', '--out', 'page.pdf'];
    expect((await cliWith(routes, argv, { cwd: folder })).code).toBe(0);
    expect(readFileSync(join(folder, 'page.pdf'), 'utf8')).toBe('%PDF-1.3 é');
    expect((await cliWith(routes, argv, { cwd: folder })).code).toBe(2);
  });

  it('shows the text', async () => {
    const { out } = await cliWith({ [`GET ${base}/page.txt`]: { body: 'Contact matrix\n' } }, [
      'matrix',
      'print',
      'tailspin-2026',
      '--format',
      'text',
    ]);
    expect(out).toBe('Contact matrix\n');
  });
});
