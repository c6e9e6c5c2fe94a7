/** Keys with scopes, the review of access as a table and as CSV, and who read the audit, from a table of answers. */
import { describe, expect, it } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import type { Routes } from './fake-api.js';
import { cliWith, tooLong } from './run-cli.js';

const shown = {
  id: 'key_1',
  key: 'cp_key_1_secret',
  scopes: ['read'],
  expiresAt: '2027-01-01T00:00:00.000Z',
};

const held = {
  kind: 'grant',
  role: 'serviceManager',
  tenantId: 'provider',
  everyCustomer: false,
  contracts: [],
  givenBy: 'kim-field',
  givenAt: '2026-11-02T09:00:00.000Z',
};
const people = [
  {
    id: 'sam-rivers',
    name: '=HYPERLINK("http://evil.example")',
    side: 'provider',
    tenantId: 'provider',
    active: true,
    lastSeenAt: '2026-11-20T09:00:00.000Z',
    lastSeenWith: 'key',
    identities: [],
    holdings: [
      held,
      { ...held, kind: 'assignment', role: 'manager', tenantId: 'northwind', contracts: ['northwind-2026'] },
    ],
    keys: [
      {
        ...{ id: 'key_1', personId: 'sam-rivers', label: '+1 report', scopes: ['read', 'command'] },
        ...{
          createdAt: '2026-11-02T09:00:00.000Z',
          createdBy: 'sam-rivers',
          expiresAt: null,
          lastUsedAt: null,
        },
      },
    ],
  },
  {
    ...{ id: 'jo-brook', name: 'Jo Brook', side: 'provider', tenantId: 'provider', active: true },
    ...{ lastSeenAt: null, lastSeenWith: null, identities: [], keys: [] },
    holdings: [{ ...held, role: 'auditor', everyCustomer: true, givenBy: null, givenAt: null }],
  },
  {
    ...{ id: 'rob-gone', name: '@SUM(A1)', side: 'provider', tenantId: 'provider', active: false },
    ...{ lastSeenAt: null, lastSeenWith: null, identities: [], keys: [], holdings: [] },
  },
];
const review = { 'GET /v1/access/review': { body: { items: people, next: null } } };

describe('keys', () => {
  it('are made with scopes and an end, in whatever form they are given', async () => {
    const routes = { 'POST /v1/api-keys': { status: 201, body: shown } };
    const base = ['keys', 'create', '--person', 'sam-rivers', '--label', 'x'];
    for (const scope of [
      ['--scope', 'read', 'command'],
      ['--scope', 'read,command'],
    ]) {
      const made = await cliWith(routes, [...base, ...scope, '--expires', '2027-01-01']);
      expect(made.asked[0]?.body).toMatchObject({
        scopes: ['read', 'command'],
        expiresAt: '2027-01-01T00:00:00Z',
      });
      expect(made.out).toContain('cp_key_1_secret');
      expect(made.asked[0]?.headers['idempotency-key']).toMatch(/\S/);
    }
    const wrong = await cliWith(routes, [...base, '--scope', 'raed']);
    expect(wrong.code).toBe(2);
    expect(wrong.err).toMatch(/"raed" is no scope.*read/s);
    const month = await cliWith(routes, [...base, '--expires', '30d']);
    const { expiresAt } = month.asked[0]?.body as { expiresAt: string };
    expect(Number.isNaN(Date.parse(expiresAt))).toBe(false);
  });

  it('are rotated with a grace period, and listed with what they are for and when they were used', async () => {
    const rotated = await cliWith({ 'POST /v1/api-keys/key_1/rotate': { body: shown } }, [
      ...['keys', 'rotate', 'key_1', '--grace', '24'],
    ]);
    expect(rotated.asked[0]?.body).toEqual({ graceHours: 24 });
    expect(rotated.out).toContain('The secret before opens for 24 h more.');
    const at = await cliWith({ 'POST /v1/api-keys/key_1/rotate': { body: shown } }, [
      'keys',
      'rotate',
      'key_1',
    ]);
    expect(at.out).toContain('does not open any more');
    const items = [{ ...shown, personId: 'sam-rivers', label: 'report', lastUsedAt: null }];
    const list = await cliWith({ 'GET /v1/api-keys': { body: { items } } }, [
      ...['keys', 'list', '--person', 'sam-rivers'],
    ]);
    expect(list.asked[0]?.query).toEqual({ person: 'sam-rivers' });
    expect(list.out).toMatch(/key_1\s+report\s+read\s+.*2027.*never/);
  });
});

describe('the review of access', () => {
  it('fits 80 columns, names givers, and says who was never seen and which keys never end', async () => {
    const { out, code } = await cliWith(review, ['access', 'review', '--tenant', 'northwind']);
    expect(code).toBe(0);
    expect(tooLong(out)).toEqual([]);
    expect(out).toMatch(/jo-brook\s+auditor\s+every customer/);
    expect(out).toMatch(/manager\s+northwind\s+kim-field/);
    expect(out).toContain('Never seen: jo-brook.');
    expect(out).toContain('Keys that never end: key_1.');
    expect(out).toContain('(inactive)');
  });

  it('as CSV has a line for each role and key, and no cell that a spreadsheet would run', async () => {
    const { out } = await cliWith(review, ['access', 'review', '--csv']);
    const rows = parse<Record<string, string>>(out, { columns: true });
    expect(rows.map(({ person, kind, holds }) => [person, kind, holds])).toEqual([
      ['sam-rivers', 'grant', 'serviceManager'],
      ['sam-rivers', 'assignment', 'manager'],
      ['sam-rivers', 'key', 'read command'],
      ['jo-brook', 'grant', 'auditor'],
      ['rob-gone', '', ''],
    ]);
    const cells = rows.flatMap((row) => Object.values(row));
    expect(cells.filter((cell) => /^[=+\-@\t\r]/.test(cell))).toEqual([]);
    expect(rows[0]?.['name']).toBe(`'=HYPERLINK("http://evil.example")`);
    expect(rows[2]).toMatchObject({ label: "'+1 report", key: 'key_1' });
  });

  it('is the whole answer with --json', async () => {
    const { out } = await cliWith(review, ['access', 'review', '--json']);
    expect(JSON.parse(out)).toEqual({ items: people });
  });
});

describe('a review of more people than fifty pages hold', () => {
  it('has everybody', async () => {
    const person = { id: 'x', name: 'X', tenantId: 'northwind', active: true };
    const routes: Routes = {
      'GET /v1/access/review': ({ query }) => {
        const page = Number(query['cursor'] ?? 0) + 1;
        const next = page < 60 ? String(page) : null;
        return { body: { items: [{ ...person, id: `person-${String(page)}` }], next } };
      },
    };
    const { out, asked } = await cliWith(routes, ['access', 'review', '--csv']);
    expect(asked).toHaveLength(60);
    expect(out).toContain('person-60,');
  });
});

describe('what the issuer calls a person', () => {
  it('is saved, or taken away, and nothing in between', async () => {
    const path = 'PUT /v1/people/sam-rivers/identities';
    const one = { issuer: 'https://login.example.net', subject: '00u1' };
    const routes = { [path]: { body: { identities: [one] } } };
    const base = ['access', 'identify', 'sam-rivers'];
    const saved = await cliWith(routes, [...base, '--issuer', one.issuer, '--subject', one.subject]);
    expect(saved.asked[0]?.body).toEqual({ identities: [one] });
    const none = await cliWith(routes, [...base, '--none']);
    expect(none.asked[0]?.body).toEqual({ identities: [] });
    expect((await cliWith(routes, [...base, '--subject', 'x'])).code).toBe(2);
    expect((await cliWith(routes, [...base, '--none', '--subject', 'x'])).code).toBe(2);
  });
});

describe('who read the audit', () => {
  it('is listed with its filters in 80 columns', async () => {
    const line = {
      ...{
        at: '2026-11-20T09:00:00.000Z',
        kind: 'access',
        code: 'audit.exported',
        trigger: 'export of onb_1',
      },
      ...{ tenantId: 'northwind', number: 7, processId: 'onb_1', person: 'jo-brook' },
    };
    const routes = {
      'GET /v1/audit/accesses': { body: { items: [line], next: 'x' } },
      'GET /v1/audit/refusals': { body: { items: [], next: null } },
    };
    const listed = await cliWith(routes, ['audit', 'accesses', '--person', 'jo-brook', '--limit', '1']);
    expect(listed.asked[0]?.query).toEqual({ person: 'jo-brook', limit: '1' });
    expect(tooLong(listed.out)).toEqual([]);
    expect(listed.out).toMatch(/jo-brook\s+audit\.exported\s+northwind/);
    expect(listed.out).toContain('There are more');
    const changes = await cliWith(routes, ['audit', 'refusals', '--changes']);
    expect(changes.asked[0]?.query).toEqual({ kind: 'change' });
    expect(changes.out).toContain('Nothing.');
  });
});
