/** Events of an outside ticketing system over HTTP, down to the database and the engine: signatures, repeats, late ones, T17. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createApp } from '../../api/app.js';
import { inheritedEnvironment } from '../../config/environment.js';
import { recordingSystem, type RecordingSystem } from '../../integrations/ticketing/recording.js';
import { Chance } from '../chaos/chance.js';
import { report } from '../chaos/measure.js';
import { size } from '../chaos/size.js';
import { planted } from '../secrets/planted.js';
import { seedOf } from '../time/seed.js';
import { activateExample, expected, openApi, until, type Answer, type ApiBench } from './support/bench.js';
import type { Started } from './support/shapes.js';

const SIZE = size({
  small: { books: 1, testMs: 60_000 },
  full: { books: 100, testMs: 1_200_000 },
});
const secret = (text: string) => `whsec_${Buffer.from(text.padEnd(32, '.')).toString('base64')}`;
const [OLD, NEW, OTHER] = [secret('the old one'), secret('the new one'), secret('of somebody else')];
const SYSTEM = 'desk-one';
const NOOR = 'noor-dale';

let api: ApiBench;
let desk: RecordingSystem<Answer>;
const systemOf = (key: string, name = SYSTEM) =>
  recordingSystem(key, async ({ body, headers }) =>
    api.as(null).post(`/v1/ticketing/${name}/events`, body, headers),
  );
beforeAll(async () => {
  api = await openApi({
    change: {
      ticketing: [
        { name: SYSTEM, tenantId: null, secrets: [OLD, NEW] },
        { name: 'of-tailspin', tenantId: 'tailspin', secrets: [OTHER] },
      ],
    },
  });
  desk = systemOf(NEW);
  await activateExample(api);
});
afterAll(async () => {
  await api.close();
});

/** Instants of the tests lie in the hours before now, so that nothing of ours is older. */
const BEGIN = Date.now() - 3_600_000;
const minute = (count: number) => new Date(BEGIN + count * 60_000).toISOString();
const TICKET = {
  contract: 'northwind-2026',
  priority: 'P1',
  caller: { personId: 'maria-stone' },
  impact: 'The core router is down; nothing is dispatched.',
};
/** An event about a ticket whose device has the same number. */
const event = (ticket: string, type: string, at: number, change: object = {}) => ({
  type: `ticket.${type}`,
  timestamp: minute(at),
  data: { ticket, device: `SN-${ticket}`, ...TICKET, ...change },
});

interface Taken {
  readonly state: string;
  readonly number: string;
}
interface Shown {
  readonly processId: string;
  readonly status: string;
  readonly data: Readonly<Record<string, unknown>>;
}
const taken = (answer: Answer, status = 200) => expected<Taken>(answer, status);
/** A case by its number, as the store has it. */
async function caseOf(number: string): Promise<Shown> {
  const row = await api.database.as('admin', {}, async (trx) =>
    trx.row<Shown>(
      `select id as "processId", status, data from processes where data ->> 'number' = :number`,
      { number },
    ),
  );
  if (!row) throw new Error(`There is no case ${number}.`);
  return row;
}
async function casesOf(ticket: string): Promise<number> {
  return api.database.as('admin', {}, async (trx) =>
    trx.run(`select from processes where data -> 'source' ->> 'key' = :ticket`, { ticket }),
  );
}

/** Pages go on until somebody acknowledges them: they are not waited for. */
async function allTold(): Promise<void> {
  await until(async () =>
    api.database.as('admin', {}, async (trx) => {
      const waits = await trx.run(
        `select from inbox where state = 'pending' union all
         select from effects where state in ('planned', 'sent') and kind = 'tellProcess'`,
      );
      return waits === 0;
    }),
  );
}

describe('an event of an outside ticketing system', () => {
  it('opens a case of a ticket that is not known, moves it on, and is listed in its timeline', async () => {
    const opened = taken(await desk.send(event('101', 'opened', 1)));
    expect(opened.state).toBe('opened');
    expect(await caseOf(opened.number)).toMatchObject({
      status: 'queued',
      data: { priority: 'P1', source: { kind: 'outside', system: SYSTEM, key: '101' }, answeredAt: null },
    });
    const resolved = await desk.send(event('101', 'resolved', 3, { text: 'The line card was replaced.' }));
    expect(taken(resolved)).toEqual({ state: 'taken', number: opened.number });
    const { processId, status } = await caseOf(opened.number);
    expect(status).toBe('resolved');
    const { text } = await api.as(NOOR).get(`/v1/processes/${processId}/timeline`);
    expect(text).toContain('The line card was replaced.');
  });

  it('is 401 with a bad signature, an old time, or a system that is not known, and changes nothing', async () => {
    for (const [key, name] of [
      [OTHER, SYSTEM],
      [OTHER, 'of-nobody'],
      [NEW, 'of-tailspin'],
    ] as const) {
      const answer = await systemOf(key, name).send(event('102', 'opened', 1));
      expect(expected(answer, 401)).toMatchObject({
        code: 'UNAUTHENTICATED',
        detail: expect.stringContaining('signature'),
      });
    }
    for (const minutes of [-6, 6]) {
      const at = new Date(Date.now() + minutes * 60_000);
      expected(await desk.send(event('102', 'opened', 1), { at }), 401);
    }
    expect(await casesOf('102')).toBe(0);
    // The secret before still counts while it is changed.
    expect(taken(await systemOf(OLD).send(event('102', 'opened', 1), { id: 'old-1' })).state).toBe('opened');
  });

  it('whose id was taken before is 200 without effect; with another body it is refused', async () => {
    const first = taken(await desk.send(event('103', 'opened', 1), { id: 'same' }));
    const before = await caseOf(first.number);
    expect(taken(await desk.send(event('103', 'opened', 1), { id: 'same' }))).toEqual({
      state: 'known',
      number: first.number,
    });
    expected(await desk.send(event('103', 'closed', 2), { id: 'same' }), 422);
    expect(await caseOf(first.number)).toEqual(before);
  });

  it('that is older than what stands is kept as late information and moves nothing back', async () => {
    const { number } = taken(await desk.send(event('104', 'opened', 1)));
    taken(await desk.send(event('104', 'resolved', 5)));
    expect(taken(await desk.send(event('104', 'reopened', 3))).state).toBe('late');
    const { processId } = await caseOf(number);
    expect(await caseOf(number)).toMatchObject({ status: 'resolved', data: { reopenings: 0 } });
    const { body } = await api.as(NOOR).get(`/v1/processes/${processId}/timeline`);
    expect((body as { items: readonly unknown[] }).items.at(-1)).toMatchObject({
      trigger: 'signal reported',
      late: true,
      payload: { state: 'open', occurredAt: minute(3) },
    });
    expect(taken(await desk.send(event('104', 'reopened', 6))).state).toBe('taken');
    expect(await caseOf(number)).toMatchObject({ status: 'queued', data: { reopenings: 1 } });
  });

  it('of a ticket about the same outage is joined, and what becomes of that ticket closes nothing', async () => {
    const { number } = taken(await desk.send(event('105', 'opened', 1)));
    const device = 'SN-105';
    expect(taken(await desk.send(event('106', 'opened', 2, { device })))).toEqual({
      state: 'joined',
      number,
    });
    expect(taken(await desk.send(event('106', 'closed', 3, { device })))).toEqual({ state: 'taken', number });
    expect(await caseOf(number)).toMatchObject({ status: 'queued', data: { calls: [{}] } });
    expect(await casesOf('106')).toBe(0);
  });

  it('of two tickets at once about one outage opens one case, and joins the other', async () => {
    const device = 'SN-both';
    const both = await Promise.all(
      ['111', '112'].map(async (ticket) => desk.send(event(ticket, 'opened', 1, { device }), { id: ticket })),
    );
    const [one, other] = both.map((answer) => taken(answer));
    expect([one?.state, other?.state].sort()).toEqual(['joined', 'opened']);
    expect(one?.number).toBe(other?.number);
    expect((await caseOf(one?.number ?? '')).data).toMatchObject({
      calls: [{}],
      reportKeys: [{}, {}].map(() => expect.any(String)),
    });
    for (const ticket of ['111', '112'])
      expect(taken(await desk.send(event(ticket, 'note', 2, { device })))).toMatchObject({
        state: 'taken',
        number: one?.number,
      });
  });

  it('raises the priority, and leaves a lower one to people', async () => {
    const { number } = taken(await desk.send(event('107', 'opened', 1, { priority: 'P3' })));
    taken(await desk.send(event('107', 'priorityChanged', 2, { priority: 'P2' })));
    expect(await caseOf(number)).toMatchObject({
      status: 'queued',
      data: { priority: 'P2', desk: 'senior', priorityChanges: [{ from: 'P3', to: 'P2', askedBy: SYSTEM }] },
    });
    taken(await desk.send(event('107', 'priorityChanged', 3, { priority: 'P4' })));
    expect((await caseOf(number)).data).toMatchObject({ priority: 'P2', priorityOutside: { to: 'P4' } });
  });

  it('of a case that was opened here names its number', async () => {
    const call = { ...TICKET, contractId: TICKET.contract, contract: undefined, device: 'SN-108' };
    const own = expected<Taken>(await api.as(NOOR).post('/v1/desk/calls', call), 201);
    const named = { case: own.number.toLowerCase() };
    expect(taken(await desk.send(event('108', 'resolved', 2, named)))).toEqual({
      state: 'taken',
      number: own.number,
    });
    expect((await caseOf(own.number)).status).toBe('resolved');
    expect(
      expected(await desk.send(event('108', 'closed', 3, { case: 'C-00000-00000' })), 422),
    ).toMatchObject({
      problems: [{ path: 'data.case' }],
    });
  });

  it('that cannot be taken says why: contract, secret, place, fields', async () => {
    const refused = async (change: object, type = 'opened') => desk.send(event('109', type, 1, change));
    expect(expected(await refused({ contract: 'nowhere-2026' }), 422)).toMatchObject({
      problems: [{ path: 'data.contract' }],
    });
    const [, text] = planted[0] ?? [];
    expect(expected(await refused({ text }), 422)).toMatchObject({ code: 'SECRET_FOUND' });
    expect(expected(await refused({ device: undefined }), 409)).toMatchObject({
      code: 'SUPPORT_CASE_PLACE_MISSING',
    });
    expect(expected(await refused({ state: 'closed' }), 422)).toMatchObject({
      problems: [{ path: 'data.state' }],
    });
    const later = { ...event('109', 'opened', 1), timestamp: '2999-01-01T00:00:00Z' };
    expect(expected(await desk.send(later), 422)).toMatchObject({ problems: [{ path: 'timestamp' }] });
    // A system of one End User sees no other one's contracts.
    const foreign = await systemOf(OTHER, 'of-tailspin').send(event('109', 'opened', 1));
    expect(expected(foreign, 422)).toMatchObject({ problems: [{ path: 'data.contract' }] });
    const large = { text: 'x'.repeat(1_000_001) };
    expect(expected(await refused(large), 413)).toMatchObject({ code: 'BODY_TOO_LARGE' });
    expect(await casesOf('109')).toBe(0);
  });

  it('that closes a case there leaves its escalation open, and its owner is told', async () => {
    const { number } = taken(await desk.send(event('110', 'opened', 1)));
    const { processId } = await caseOf(number);
    const asked = { contractId: TICKET.contract, caseId: processId, reason: 'Nobody has answered.' };
    const raised = expected<Started>(await api.as('sam-rivers').post('/v1/processes/escalation', asked), 201);
    taken(await desk.send(event('110', 'closed', 2)));
    await allTold();
    expect((await caseOf(number)).status).toBe('closurePending');
    const { body } = await api.as('sam-rivers').get(`/v1/processes/${raised.processId}/timeline`);
    const { items } = body as { items: readonly Record<string, unknown>[] };
    expect(items.find(({ event: name }) => name === 'escalation.caseClosedOutside')).toMatchObject({
      to: 'raised',
      told: [{ notice: 'caseClosedOutside', people: [{ id: 'sam-rivers' }] }],
    });
  });
});

describe('the example of docs/ticketing.md', () => {
  it('works as it stands there', async () => {
    const page = readFileSync(fileURLToPath(new URL('../../docs/ticketing.md', import.meta.url)), 'utf8');
    const program = /```js\n([\s\S]+?)```/.exec(page)?.[1] ?? '';
    const server = createApp(api.deps).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const own = { SECRET: NEW, CAREPLUS_URL: `http://127.0.0.1:${String(port)}`, NODE_OPTIONS: '' };
    const child = execFile(process.execPath, ['--input-type=module'], { env: inheritedEnvironment(own) });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (text: string) => (said += text));
    child.stdin?.end(program);
    await once(child, 'close');
    server.close();
    expect(said).toMatch(/^200 \{"state":"opened","number":"C-/);
  });
});

/** A ticket's life as chance has it: each event with the priority that the ticket had then. */
function lifeOf(chance: Chance, ticket: string) {
  let priority = chance.of('P1', 'P2', 'P3');
  const types = ['note', 'updated', 'priorityChanged', 'resolved', 'closed', 'reopened'] as const;
  // Of each life something is lost, and something comes twice.
  const times = chance.shuffled([0, 2, ...Array.from({ length: 6 }, () => chance.below(4))]);
  return times.map((delivered, index) => {
    const type = index === 0 ? 'opened' : chance.of(...types);
    if (type === 'priorityChanged') priority = chance.of('P1', 'P2', 'P3');
    const state = type === 'updated' ? { state: chance.of('open', 'workaround') } : {};
    return {
      id: `${ticket}/${String(index)}`,
      // Some of them at one instant.
      body: event(ticket, type, Math.floor(index / 2), { priority, ...state }),
      times: delivered,
    };
  });
}

/** What the store tells of a ticket, without how often it changed its mind on the way there. */
async function bookOf(number: string, ticket: string): Promise<unknown> {
  const { processId, status, data } = await caseOf(number);
  const facts = await api.database.as('admin', {}, async (trx) =>
    trx.rows(
      `select key_value as key, payload from inbox
        where process_id = :processId and name = 'reported' order by key_value`,
      { processId },
    ),
  );
  const { priority, desk: whose, report: newest, source } = data;
  const book = { status, priority, whose, newest, source, facts };
  return JSON.parse(JSON.stringify(book).replaceAll(ticket, 'ticket')) as unknown;
}

describe('a feed that repeats, loses and disorders its events', () => {
  it(
    'T17: gives the book of one delivery of each in the order in which it happened',
    async () => {
      const chance = new Chance(seedOf('T17 ticketing'));
      let [doubled, lost] = [0, 0];
      for (let book = 0; book < SIZE.books; book += 1) {
        const number = String(book).padStart(4, '0');
        const seed = chance.below(2 ** 31);
        const [wild, tame] = [`w${number}`, `t${number}`];
        const [wildLife, tameLife] = [lifeOf(new Chance(seed), wild), lifeOf(new Chance(seed), tame)];
        const deliveries = wildLife.flatMap((one) => Array.from({ length: one.times }, () => one));
        const send = async ({ id, body }: (typeof wildLife)[number]): Promise<Taken> => {
          for (;;) {
            const answer = await desk.send(body, { id });
            if (answer.status !== 503) return taken(answer, answer.status === 202 ? 202 : 200);
          }
        };
        let [wildCase, tameCase] = ['', ''];
        const queue = [...chance.shuffled(deliveries)];
        const lane = async () => {
          for (let one = queue.shift(); one; one = queue.shift()) wildCase = (await send(one)).number;
        };
        await Promise.all([lane(), lane(), lane()]);
        const inOrder = tameLife
          .filter(({ times }) => times > 0)
          .sort((one, other) => one.body.timestamp.localeCompare(other.body.timestamp));
        for (const one of inOrder) tameCase = (await send(one)).number;
        await allTold();
        expect(await bookOf(wildCase, wild)).toEqual(await bookOf(tameCase, tame));
        expect([await casesOf(wild), await casesOf(tame)]).toEqual([1, 1]);
        doubled += deliveries.length - inOrder.length;
        lost += wildLife.length - inOrder.length;
      }
      report('T17 ticketing', { books: SIZE.books, doubled, lost });
      expect(doubled).toBeGreaterThan(0);
      expect(lost).toBeGreaterThan(0);
    },
    SIZE.testMs,
  );
});
