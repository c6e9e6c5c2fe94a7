/** `careplus onboarding adopt`: what is shown before and after, and what is wrong where. */
import { describe, expect, it } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Routes } from './fake-api.js';
import { cli, cliWith, tooLong } from './run-cli.js';

const FILE = 'examples/adoption/larkspur-2025.yaml';
const REPORT = {
  contractId: 'larkspur-2025',
  processes: [
    { slug: 'contract', title: 'Contract', status: 'active', statusLabel: 'Active' },
    {
      slug: 'onboarding',
      title: 'Onboarding',
      status: 'packageInProgress',
      statusLabel: 'Package in progress',
    },
  ],
  takenOver: [
    { what: 'Contract activated', state: 'done', on: '2025-09-04', by: null },
    { what: 'Outage guideline agreed', state: 'notApplicable', on: '2025-10-02', by: 'sam-rivers' },
    { what: 'Collector plan agreed', state: 'waived', on: '2025-10-20', by: 'Lena Ortmann (left in 2026)' },
  ],
  open: [{ slug: 'onboarding', what: 'Remote access decided' }],
  due: [
    {
      slug: 'document',
      clock: 'acknowledge',
      key: 'paul-amsel',
      label: 'Acknowledgement',
      dueAt: '2026-12-07T16:00:00.000Z',
      dueLocal: 'Mon 2026-12-07 17:00 +01:00',
    },
  ],
};
const outcome = { processId: 'con_1', inboxId: 'inb_1', outcome: 'accepted', status: 'active', seq: 1 };
const answering = (status: number, body: object): Routes => ({ 'POST /v1/adoptions': { status, body } });

describe('adopting a customer', () => {
  it('shows what was taken over, what is open and what is due, within 80 columns', async () => {
    const routes = answering(201, { ...outcome, ...REPORT });
    const { code, out, asked } = await cliWith(routes, ['onboarding', 'adopt', FILE]);
    expect(code).toBe(0);
    expect(asked[0]?.body).toMatchObject({ dryRun: false, file: { id: 'larkspur-2025' } });
    for (const text of [
      'Package in progress',
      'not applicable',
      'Lena Ortmann',
      'Remote access',
      'paul-amsel',
    ])
      expect(out).toContain(text);
    expect(out).toContain('Taken over: larkspur-2025. Nobody was told.');
    expect(tooLong(out)).toEqual([]);
  });

  it('rehearses with --dry-run and says that nothing was stored', async () => {
    const routes = answering(200, { outcome: 'rehearsed', ...REPORT });
    const { code, out, asked } = await cliWith(routes, ['onboarding', 'adopt', FILE, '--dry-run']);
    expect(code).toBe(0);
    expect(asked[0]?.body).toMatchObject({ dryRun: true });
    expect(out).toContain('Nothing was stored.');
  });

  it('gives everything as JSON', async () => {
    const routes = answering(201, { ...outcome, ...REPORT });
    const { out } = await cliWith(routes, ['onboarding', 'adopt', FILE, '--json']);
    expect(JSON.parse(out)).toMatchObject({ processId: 'con_1', due: [{ clock: 'acknowledge' }] });
  });

  it('that was adopted with the file before says so, and is no failure', async () => {
    const routes = answering(200, { processId: 'con_1', outcome: 'unchanged' });
    const { code, out } = await cliWith(routes, ['onboarding', 'adopt', FILE]);
    expect(code).toBe(0);
    expect(out).toContain('nothing changed');
  });

  it('names what is wrong at its lines: found here without asking, or found by the API', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'careplus-cli-'));
    try {
      const name = join(folder, 'mistake.yaml');
      writeFileSync(name, readFileSync(FILE, 'utf8').replace("'2025-09-04'", "'2025-09-01'"));
      const here = await cli(['onboarding', 'adopt', name, '--json']);
      expect(here).toMatchObject({ code: 2, asked: [] });
      expect(JSON.parse(here.out)).toMatchObject({ problems: [{ path: 'adopted.activatedOn', line: 25 }] });
      const problems = [{ path: 'adopted.onboarding.items.0.item', problem: 'is no item of the checklist' }];
      const body = { code: 'BODY_INVALID', status: 422, detail: '', problems };
      const there = await cliWith(answering(422, body), ['onboarding', 'adopt', FILE, '--json']);
      expect(there.code).toBe(2);
      expect(JSON.parse(there.out)).toMatchObject({ stored: false, problems: [{ line: 34 }] });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
