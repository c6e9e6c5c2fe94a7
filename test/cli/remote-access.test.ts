/** The status of remote access, signatures and sessions on the command line, from a table of answers. */
import { describe, expect, it } from '@jest/globals';
import { cliWith, tooLong } from './run-cli.js';

const maria = { id: 'maria-stone', name: 'Maria Stone' };
const usable = {
  processId: 'acc_1',
  at: '2026-12-24T02:00:00.000Z',
  atLocal: 'Thu 2026-12-24 03:00 +01:00',
  basis: 'forecast',
  usable: true,
  statusLabel: 'Active',
  agreement: {
    title: 'Agreement on remote access',
    version: 2,
    method: 'jumpHost',
    sites: [{ id: 'northwind-berlin', name: 'Berlin hub' }],
    devices: ['edge-7'],
    standingConsent: false,
    endsAt: '2027-12-01T10:00:00.000Z',
    endsLocal: 'Wed 2027-12-01 11:00 +01:00',
  },
  engineers: [{ id: 'noor-dale', name: 'Noor Dale' }],
  consent: [
    { ...maria, inHours: true },
    { id: 'jan-reed', name: 'Jan Reed', inHours: false },
  ],
  lastTest: { testedOn: '2026-12-01', passed: true, text: 'Logged in.', by: maria },
  alternative: null,
};
const ACCESS = 'GET /v1/contracts/northwind-2026/access';

describe('access status', () => {
  it('says whether, how, where, who, and who may consent at that hour', async () => {
    const argv = ['access', 'status', 'northwind-2026', '--at', '2026-12-24T03:00+01:00'];
    const { out, asked, code } = await cliWith({ [ACCESS]: { body: usable } }, argv);
    expect(code).toBe(0);
    expect(asked[0]?.query).toMatchObject({ at: '2026-12-24T02:00:00.000Z' });
    for (const text of [
      'may be used',
      'if nobody acts',
      'jumpHost',
      'Berlin hub (northwind-berlin); devices edge-7',
      'Maria Stone (maria-stone), in hours; Jan Reed (jan-reed), out of',
      '2026-12-01, passed: Logged in.',
    ])
      expect(out).toContain(text);
    expect(tooLong(out)).toEqual([]);
  });

  it('names what is open where it may not be used', async () => {
    const none = {
      ...usable,
      usable: false,
      agreement: null,
      lastTest: null,
      alternative: 'The End User leads.',
    };
    const { out } = await cliWith({ [ACCESS]: { body: none } }, ['access', 'status', 'northwind-2026']);
    expect(out).toContain('may not be used');
    expect(out).toContain('The End User leads.');
  });

  it('takes no time without its offset', async () => {
    const argv = ['access', 'status', 'northwind-2026', '--at', '2026-12-24T03:00'];
    const { code, err } = await cliWith({}, argv);
    expect(code).toBe(2);
    expect(err).toContain('2026-12-23T15:00+01:00');
  });
});

describe('access sign', () => {
  const id = `acc_${'0'.repeat(32)}`;
  const text = { title: 'Agreement', version: 1, sha256: 'a'.repeat(64) };
  const shown = (data: object) => ({ body: { id, slug: 'remoteAccess', seq: 4, data } });

  it('signs the very text that the process shows', async () => {
    const routes = {
      [`GET /v1/processes/${id}`]: shown({ proposal: text, note: null }),
      [`POST /v1/processes/${id}/signatures`]: {
        body: { processId: id, outcome: 'accepted', status: 'counterSignPending', seq: 5 },
      },
    };
    const { code, asked, err } = await cliWith(routes, ['access', 'sign', id, '--name', 'Maria Stone']);
    expect(code).toBe(0);
    expect(asked[1]?.body).toEqual({ ...text, command: 'sign', typedName: 'Maria Stone' });
    expect(err).toContain(text.sha256);
  });

  it('says so when there is nothing to sign', async () => {
    const routes = { [`GET /v1/processes/${id}`]: shown({ proposal: null, note: null }) };
    const { code, err } = await cliWith(routes, ['access', 'sign', id, '--name', 'Maria Stone']);
    expect(code).toBe(1);
    expect(err).toContain('asks for no signature');
  });
});

describe('access session', () => {
  const id = `ses_${'0'.repeat(32)}`;

  it('is started with who, why, where and until when, and says how to end it', async () => {
    const routes = {
      'POST /v1/processes/accessSession': {
        status: 201,
        body: { processId: id, outcome: 'accepted', status: 'running', seq: 1 },
      },
    };
    const argv = [
      'access',
      'session',
      'start',
      'northwind-2026',
      '--case',
      '7',
      '--device',
      'core-1',
      'core-2',
    ];
    const more = ['--engineer', 'noor-dale', '--purpose', 'Read the logs.', '--method', 'endUserScreenShare'];
    const until = ['--until', '2026-03-11T16:00+01:00', '--approver', 'maria-stone'];
    const { code, asked, out } = await cliWith(routes, [...argv, ...more, ...until]);
    expect(code).toBe(0);
    expect(asked[0]?.body).toEqual({
      contractId: 'northwind-2026',
      caseNumber: '7',
      siteId: null,
      devices: ['core-1', 'core-2'],
      engineerId: 'noor-dale',
      approverId: 'maria-stone',
      purpose: 'Read the logs.',
      method: 'endUserScreenShare',
      plannedEnd: '2026-03-11T15:00:00.000Z',
    });
    expect(out).toContain(`careplus access session end ${id}`);
  });

  it('is listed with its case, engineer, consent and times', async () => {
    const data = {
      caseNumber: '7',
      engineerId: 'noor-dale',
      approverId: 'maria-stone',
      consent: 'given',
      method: 'jumpHost',
      devices: ['core-1'],
      startedAt: '2026-03-11T14:00:00.000Z',
      plannedEndAt: '2026-03-11T15:00:00.000Z',
      endedAt: null,
      changed: null,
    };
    const row = { id, slug: 'accessSession', statusLabel: 'Running' };
    const routes = {
      'GET /v1/processes': { body: { items: [row], next: null } },
      [`GET /v1/processes/${id}`]: { body: { ...row, seq: 1, data } },
    };
    const { out } = await cliWith(routes, ['access', 'session', 'list', 'northwind-2026']);
    expect(out).toContain('noor-dale, jumpHost');
    expect(out).toContain('maria-stone given');
    expect(tooLong(out)).toEqual([]);
  });
});
