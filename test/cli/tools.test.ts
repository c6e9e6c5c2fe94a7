/** `careplus tools`. */
import { describe, expect, it } from '@jest/globals';
import type { Routes } from './fake-api.js';
import { cliWith, tooLong } from './run-cli.js';

const tools = [
  { key: 'caseManager', label: 'Case manager', accounts: 'everyCaller' },
  { key: 'problemSearch', label: 'Problem report search', accounts: 'everyCaller' },
  { key: 'collector', label: 'Collector', accounts: 'onRequest' },
];
const account = (tool: string, state: string) => ({ tool, state });
const answer = {
  contractId: 'northwind-2026',
  tools: {
    processId: 'tls_0190aaaa000070008000000000000001',
    status: 'inService',
    callers: 2,
    verified: 1,
    percent: 50,
    leavers: { accounts: 1, overdue: 1 },
    accounts: {},
    portalLinkedAt: '2026-11-24T09:00:00.000Z',
    walkthrough: { startsAt: '2026-12-01T09:00:00.000Z', minutes: 60, place: 'Room 4', invited: 3 },
    tools,
    people: [
      {
        person: { id: 'jan-reed', name: 'Jan Reed' },
        caller: true,
        verified: false,
        walkedThroughAt: null,
        accounts: [account('caseManager', 'provisioned'), account('problemSearch', 'requested')],
      },
      {
        person: { id: 'maria-stone', name: 'Maria Stone' },
        caller: true,
        verified: true,
        walkedThroughAt: '2026-11-25T09:00:00.000Z',
        accounts: [account('caseManager', 'verified'), account('problemSearch', 'verified')],
      },
      {
        person: { id: 'noa-lind', name: 'Noa Lind' },
        caller: false,
        verified: false,
        walkedThroughAt: null,
        accounts: [account('collector', 'inactive')],
      },
    ],
  },
};
const ADDRESS = 'GET /v1/contracts/northwind-2026/tools';
const ARGV = ['tools', 'coverage', 'northwind-2026'];
const reads: Routes = { [ADDRESS]: { body: answer } };

describe('tools coverage', () => {
  it('says the figure first, then who lacks what, at 80 columns', async () => {
    const { out, code } = await cliWith(reads, ARGV, { terminal: true, columns: 80, env: { NO_COLOR: '1' } });
    expect(code).toBe(0);
    expect(tooLong(out)).toEqual([]);
    expect(out).toContain('Verified     1 of 2 callers, 50 %');
    expect(out).toContain('Leavers      1 account, 1 overdue');
    expect(out).toContain('3 people invited');
    expect(out).toMatch(/Jan Reed .*not verified/);
    expect(out).toContain('provisioned: Case manager');
    expect(out).toContain('2 verified');
    expect(out).toMatch(/Problem report search .*problemSearch .*every caller/);
  });

  it('is whole with --json', async () => {
    const { out } = await cliWith(reads, [...ARGV, '--json']);
    expect(JSON.parse(out)).toEqual(answer);
  });

  it('says what to do where nobody looks after the tools yet', async () => {
    const none = { [ADDRESS]: { body: { contractId: 'northwind-2026', tools: null } } };
    const { out, code } = await cliWith(none, ARGV);
    expect(code).toBe(0);
    expect(out).toContain('Its onboarding starts that');
  });
});
