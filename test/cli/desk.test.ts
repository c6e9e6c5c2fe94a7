/** `careplus desk`. */
import { describe, expect, it } from '@jest/globals';
import type { Routes } from './fake-api.js';
import { cliWith, tooLong } from './run-cli.js';

const PROCESS = 'cas_0190aaaa000070008000000000000001';
const NUMBER = 'C-7K2M4-9XQ3T';
const OUTCOME = { processId: PROCESS, inboxId: 'inb_1', outcome: 'accepted', status: 'queued', seq: 1 };
const CALL = [
  'desk',
  'call',
  'northwind-2026',
  '--priority',
  'P1',
  '--device',
  'SN-4711',
  '--impact',
  'Down.',
];
const KNOWN = [...CALL, '--caller', 'maria-stone'];

const row = {
  processId: PROCESS,
  number: NUMBER,
  priority: 'P1',
  status: 'queued',
  statusLabel: 'Queued',
  test: false,
  contractId: 'northwind-2026',
  endUser: 'Northwind Logistics',
  device: 'SN-4711',
  siteId: null,
  impact: 'The core router is down.',
  verdict: 'provisional',
  owner: { id: 'noor-dale', name: 'Noor Dale' },
  openedAt: '2026-11-23T08:40:00.000Z',
  openedLocal: 'Mon 2026-11-23 09:40 +01:00',
  clock: 'A senior engineer is engaged',
  dueAt: '2026-11-23T08:55:00.000Z',
  dueLocal: 'Mon 2026-11-23 09:55 +01:00',
  missed: true,
};
/** Found by the number that their headline begins with. */
const listed = { id: PROCESS, slug: 'supportCase', headline: `${NUMBER} P1`, status: 'queued' };
const cases: Routes = {
  'GET /v1/processes': ({ query }) => ({
    body: { items: query['headline'] === NUMBER ? [listed] : [], next: null },
  }),
};
const queue: Routes = { 'GET /v1/desk/queue': { body: { items: [row] } } };

describe('desk call', () => {
  it('says the number first, and what to do next', async () => {
    const routes: Routes = {
      'POST /v1/desk/calls': { status: 201, body: { ...OUTCOME, number: NUMBER, joined: false } },
    };
    const { out, code, asked } = await cliWith(routes, KNOWN);
    expect(code).toBe(0);
    expect(out).toBe(`Opened: ${NUMBER}\nProcess ${PROCESS}\nAccept it: careplus desk accept ${NUMBER}\n`);
    expect(asked[0]?.body).toEqual({
      contractId: 'northwind-2026',
      caller: { personId: 'maria-stone' },
      priority: 'P1',
      device: 'SN-4711',
      impact: 'Down.',
    });
  });

  it('says the number also while the engine is away, and does not wait for it', async () => {
    const body = { processId: PROCESS, inboxId: 'inb_1', state: 'pending', location: '/v1/inbox/inb_1' };
    const routes: Routes = {
      'POST /v1/desk/calls': { status: 202, body: { ...body, number: NUMBER, joined: false } },
    };
    const { out, code, waitedMs } = await cliWith(routes, KNOWN);
    expect(code).toBe(0);
    expect(waitedMs).toBe(0);
    expect(out).toContain(NUMBER);
    expect(out).toContain('careplus inbox inb_1');
  });

  it('says that a second call was joined', async () => {
    const routes: Routes = {
      'POST /v1/desk/calls': { status: 200, body: { ...OUTCOME, number: NUMBER, joined: true } },
    };
    expect((await cliWith(routes, KNOWN)).out).toContain(`Joined to: ${NUMBER}`);
  });

  it('takes the name and the number of somebody unknown, and asks who calls', async () => {
    const routes: Routes = {
      'POST /v1/desk/calls': { status: 201, body: { ...OUTCOME, number: NUMBER, joined: false } },
    };
    const unknown = [...CALL, '--name', 'Uwe Nord', '--phone', '+49 30 5550 299', '--written'];
    const { asked } = await cliWith(routes, unknown);
    expect(asked[0]?.body).toMatchObject({
      caller: { name: 'Uwe Nord', phone: '+49 30 5550 299' },
      source: 'cli',
    });
    const nobody = await cliWith(routes, CALL);
    expect(nobody.code).toBe(2);
    expect(nobody.err).toContain('Who calls?');
    expect(nobody.asked).toEqual([]);
  });
});

describe('desk queue', () => {
  it('shows who waits, at 80 columns', async () => {
    const { out, code } = await cliWith(queue, ['desk', 'queue'], {
      terminal: true,
      columns: 80,
      env: { NO_COLOR: '1' },
    });
    expect(code).toBe(0);
    expect(tooLong(out)).toEqual([]);
    expect(out).toContain(NUMBER);
    expect(out).toContain('overdue');
    expect(out).toMatch(/Queued,? ?provisional|provisional/);
  });

  it('says when nobody waits', async () => {
    const none: Routes = { 'GET /v1/desk/queue': { body: { items: [] } } };
    expect((await cliWith(none, ['desk', 'queue'])).out).toBe('Nobody waits.\n');
  });
});

describe('desk accept', () => {
  const routes: Routes = {
    ...cases,
    [`POST /v1/processes/${PROCESS}/commands/accept`]: {
      body: { ...OUTCOME, status: 'sseEngaged', event: 'supportCase.engaged' },
    },
  };

  it('takes the number or the process', async () => {
    for (const reference of [NUMBER, NUMBER.toLowerCase(), PROCESS]) {
      const { out, code } = await cliWith(routes, ['desk', 'accept', reference]);
      expect(code).toBe(0);
      expect(out).toContain('supportCase.engaged');
    }
  });

  it('gives the reason of somebody who is not senior for the product', async () => {
    const { asked } = await cliWith(routes, ['desk', 'accept', PROCESS, '--because', 'Nobody else.']);
    expect(asked.at(-1)?.body).toEqual({ because: 'Nobody else.' });
  });

  it('says that a number is unknown', async () => {
    const { err, code } = await cliWith(routes, ['desk', 'accept', 'C-00000-00000']);
    expect(code).toBe(1);
    expect(err).toContain('careplus desk queue');
  });
});

const DRILL = 'drl_0190aaaa000070008000000000000001';
const noor = { id: 'noor-dale', name: 'Noor Dale' };
const una = { id: 'una-park', name: 'Una Park' };
const at = (minute: number) => new Date(Date.parse('2026-11-24T08:00:00Z') + minute * 60_000).toISOString();

describe('drill', () => {
  const routes: Routes = {
    [`GET /v1/drills/${DRILL}`]: {
      body: {
        id: DRILL,
        contractNumber: 'NW-2026-001',
        statusLabel: 'Over',
        startedAt: at(0),
        startedBy: { id: 'dana-hill', name: 'Dana Hill' },
        ended: { at: at(120), how: 'timeUp', by: null },
        desk: { by: noor, at: at(2) },
        levels: [{ level: 'L1', at: at(20), people: [una], acknowledged: [] }],
        people: [
          {
            person: noor,
            reached: 'delivered',
            acknowledged: { channel: 'chat', afterSeconds: 95 },
            channels: [
              { channel: 'sms', triedAt: at(0), outcome: 'nobody' },
              { channel: 'chat', triedAt: at(0), outcome: 'delivered' },
            ],
          },
          {
            person: una,
            reached: 'unknown',
            acknowledged: null,
            channels: [{ channel: 'sms', triedAt: at(20), outcome: 'unknown' }],
          },
        ],
        channels: [
          { channel: 'sms', tried: 2, delivered: 0, accepted: 0, failed: 1, unknown: 1, acknowledged: 0 },
          { channel: 'chat', tried: 1, delivered: 1, accepted: 0, failed: 0, unknown: 0, acknowledged: 1 },
        ],
        notReached: [una],
      },
    },
    [`POST /v1/processes/${DRILL}/commands/end`]: { body: { ...OUTCOME, processId: DRILL } },
    'POST /v1/processes/drill': { status: 201, body: { ...OUTCOME, processId: DRILL } },
  };

  it('shows who was reached by which channel and who was not, in 80 columns', async () => {
    const { out, code } = await cliWith(routes, ['drill', 'show', DRILL]);
    expect(code).toBe(0);
    expect(tooLong(out)).toEqual([]);
    expect(out).toMatch(/its time was up/);
    expect(out).toMatch(/desk +.*Noor Dale after 2 min/);
    expect(out).toMatch(/L1 +.*Una Park +nobody/);
    expect(out).toMatch(/Noor Dale +sms +.*failed\n +chat +.*delivered +after 2 min/);
    expect(out).toMatch(/chat +1 +1 +0 +0 +0 +1/);
    expect(out).toContain('Not reached: Una Park');
  });

  it('is started by its contract, and ended', async () => {
    const started = await cliWith(routes, ['drill', 'start', 'northwind-2026']);
    expect(started.asked[0]?.body).toEqual({ contractId: 'northwind-2026' });
    expect(started.out).toContain(`careplus drill show ${DRILL}`);
    expect((await cliWith(routes, ['drill', 'end', DRILL])).out).toContain('Ended');
  });
});

describe('page list', () => {
  it('says what each page is about in whole lines of 80 columns', async () => {
    const id = 'eff_a1b2c3d4e5f60718293a4b5c6d7e8f90';
    const label = 'Senior Desk: a case waits to be accepted';
    const page = {
      id,
      headline: `${NUMBER} P1`,
      processId: PROCESS,
      notices: [{ label }],
      recipient: noor,
      decidedAt: at(0),
      acknowledged: null,
      tries: [],
    };
    const { out } = await cliWith({ 'GET /v1/pages': { body: { items: [page] } } }, ['page', 'list']);
    expect(tooLong(out)).toEqual([]);
    expect(out).toContain(`${id}\n  ${label} (${NUMBER} P1)\n  since `);
  });
});

describe('desk reports', () => {
  const said = (seq: number, trigger: string, late: boolean, payload: object) => ({
    ...{ seq, trigger, late, at: '2026-11-23T08:50:00.000Z', atLocal: 'Mon 2026-11-23 09:50 +01:00' },
    payload: { sourceKey: `desk-one/evt-${String(seq)}`, occurredAt: '2026-11-23T08:45:00Z', ...payload },
  });
  const items = [
    { seq: 1, trigger: 'start', late: false, at: '2026-11-23T08:40:00.000Z', payload: null },
    said(2, 'signal reported', false, { state: 'resolved', text: 'The line card was replaced.' }),
    said(3, 'signal reported', true, { state: 'open', text: '' }),
    said(4, 'signal priorityReported', false, { to: 'P2', reason: 'As there.' }),
  ];
  const routes = (given: readonly object[]): Routes => ({
    ...cases,
    [`GET /v1/processes/${PROCESS}/timeline`]: { body: { items: given, next: null } },
  });

  it('lists what an outside system said, when it happened there, and what came late', async () => {
    const options = { terminal: true, columns: 80, env: { NO_COLOR: '1' } };
    const { out, code } = await cliWith(routes(items), ['desk', 'reports', NUMBER], options);
    expect([code, tooLong(out)]).toEqual([0, []]);
    for (const part of ['resolved: "The line', 'late, moved nothing', 'priority P2', 'desk-one/evt-4'])
      expect(out).toContain(part);
    expect(out.match(/desk-one/g)).toHaveLength(3);
  });

  it('says when there is nothing', async () => {
    const { out } = await cliWith(routes(items.slice(0, 1)), ['desk', 'reports', PROCESS]);
    expect(out).toBe('No outside system has reported on the case.\n');
  });
});

describe('escalate', () => {
  const ESCALATION = 'esc_0190aaaa000070008000000000000001';
  const view = { ...listed, seq: 3, data: { contractId: 'northwind-2026' } };
  const routes: Routes = {
    ...cases,
    [`GET /v1/processes/${PROCESS}`]: { body: view },
    'POST /v1/processes/escalation': { status: 201, body: { ...OUTCOME, processId: ESCALATION } },
  };
  const because = ['--reason', 'Nothing has moved.'];

  it('asks for one of a case by its number, in the name of whoever called', async () => {
    const words = ['escalate', NUMBER.toLowerCase(), ...because, '--for', 'maria-stone'];
    const { out, code, asked } = await cliWith(routes, words);
    expect(code).toBe(0);
    expect(asked.at(-1)?.body).toEqual({
      contractId: 'northwind-2026',
      caseId: PROCESS,
      reason: 'Nothing has moved.',
      askedBy: 'maria-stone',
    });
    expect(out).toBe(
      `Escalated: ${ESCALATION}\nWho is called when, if nobody acts: careplus forecast ${ESCALATION}\n`,
    );
  });

  it('asks for one of a matter of a contract, and says what is missing of it', async () => {
    const matter = [
      '--category',
      'readiness',
      '--about',
      'upgrade 2027-1',
      '--text',
      'The window is in doubt.',
    ];
    const { asked } = await cliWith(routes, ['escalate', 'northwind-2026', ...because, ...matter]);
    expect(asked[0]?.body).toEqual({
      contractId: 'northwind-2026',
      matter: { reference: 'upgrade 2027-1', text: 'The window is in doubt.' },
      reason: 'Nothing has moved.',
      category: 'readiness',
    });
    const unnamed = await cliWith(routes, ['escalate', 'northwind-2026', ...because]);
    expect([unnamed.code, unnamed.err.includes('--about')]).toEqual([2, true]);
  });

  it('says that there is no such case', async () => {
    const { code, err } = await cliWith(routes, ['escalate', 'C-00000-00000', ...because]);
    expect([code, err]).toEqual([1, expect.stringContaining('There is no process C-00000-00000')]);
  });
});
