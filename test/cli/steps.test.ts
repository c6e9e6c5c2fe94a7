import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { payloadFrom } from '../../cli/payload.js';
import { problem, type Routes } from './fake-api.js';
import { cliWith, tooLong } from './run-cli.js';
import { done, ONBOARDING, reads } from './samples.js';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'careplus-cli-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Without the line breaks of the screen. */
const flat = (text: string) => text.replace(/\s+/g, ' ');
const path = (command: string) => `POST /v1/processes/${ONBOARDING}/commands/${command}`;
const withCommand = (command: string, reply: Routes[string] = done): Routes => ({
  ...reads,
  [path(command)]: reply,
});
const perform = (routes: Routes, ...argv: string[]) => cliWith(routes, ['do', ONBOARDING, ...argv]);

describe('the details of a command', () => {
  it('are typed by its schema: lists by comma, groups by dots', async () => {
    const kickoff = await perform(
      withCommand('recordKickoff'),
      'recordKickoff', 'heldOn=2026-11-20', 'attendees=maria-stone, sam-rivers', 'minutes=a=b, c',
    ); // prettier-ignore
    expect(kickoff.code).toBe(0);
    expect(kickoff.asked.at(-1)?.body).toEqual({
      heldOn: '2026-11-20',
      attendees: ['maria-stone', 'sam-rivers'],
      minutes: 'a=b, c',
    });
    const item = await perform(
      withCommand('completeItem'),
      'completeItem', 'item=contactMatrix', 'doneOn=2026-11-20', 'evidence.kind=note', 'evidence.text=Agreed by mail.',
    ); // prettier-ignore
    expect(item.asked.at(-1)?.body).toEqual({
      item: 'contactMatrix',
      doneOn: '2026-11-20',
      evidence: { kind: 'note', text: 'Agreed by mail.' },
    });
    const note = await perform(withCommand('note'), 'note', 'text=17', 'answer=true');
    expect(note.asked.at(-1)?.body).toEqual({ text: '17', answer: true });
  });

  it('come from a file, and fields override it', async () => {
    writeFileSync(join(folder, 'p.yaml'), 'item: contactMatrix\nreason: Not needed here.\n');
    const { asked } = await cliWith(
      withCommand('markNotApplicable'),
      ['do', ONBOARDING, 'markNotApplicable', 'item=testCall', '--file', 'p.yaml'],
      { cwd: folder },
    );
    expect(asked.at(-1)?.body).toEqual({ item: 'testCall', reason: 'Not needed here.' });
  });

  it('that are missing or wrong are all named, with the example', async () => {
    const { code, err, asked } = await perform(
      reads,
      'completeItem',
      'itm=x',
      'doneOn=20.11.2026',
      'evidence.kind=file',
    );
    expect(code).toBe(2);
    expect(err).toContain('- itm: unknown field; did you mean item?');
    expect(err).toContain('- doneOn: "20.11.2026" is not a date such as 2026-03-31');
    expect(err).toContain('- item: is missing; expected text');
    expect(err).toContain('- evidence.sha256: is missing');
    expect(err).toContain("evidence.text='Agreed by mail.'");
    expect(tooLong(err)).toEqual([]);
    expect(asked.every(({ method }) => method === 'GET')).toBe(true);
  });

  it('without the word that chooses between forms say so', async () => {
    const { err } = await perform(
      reads,
      'completeItem',
      'item=a',
      'doneOn=2026-11-20',
      'evidence.text=Agreed.',
    );
    expect(err).toContain('- evidence.kind: is missing; expected one of file, note');
  });

  it.each([
    [['medium=fone'], 'medium', /did you mean phone\?/],
    [['answer=perhaps'], 'answer', /neither true nor false/],
    [['text'], 'text', /field=value/],
    [['text.inner=1'], 'text.inner', /takes no fields/],
  ])('%j is wrong at %s', async (fields, place, words) => {
    const { code, err } = await perform(reads, 'note', ...fields);
    expect(code).toBe(2);
    expect(err).toContain(`- ${place}: `);
    expect(flat(err)).toMatch(words);
  });

  it('never reach what every object inherits', () => {
    const open = { type: 'object', properties: {}, additionalProperties: {} };
    const before = Object.getPrototypeOf(payloadFrom([], open).payload) as unknown;
    const { payload } = payloadFrom(['__proto__.polluted=1', 'constructor.prototype.polluted=1'], open);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    expect(Object.getPrototypeOf(payload)).toBe(before);
  });

  it('convert numbers and nested lists', () => {
    const schema = {
      type: 'object',
      properties: {
        count: { type: 'integer' },
        rows: { type: 'array', items: { type: 'object', properties: { size: { type: 'number' } } } },
        maybe: { anyOf: [{ type: 'string' }, { type: 'null' }] },
      },
      required: ['count'],
    };
    expect(payloadFrom(['count=3', 'rows.0.size=1.5', 'rows.1.size=2', 'maybe=null'], schema)).toEqual({
      payload: { count: 3, rows: [{ size: 1.5 }, { size: 2 }], maybe: null },
      problems: [],
    });
    expect(payloadFrom(['count=3.5'], schema).problems).toEqual([
      { path: 'count', problem: '"3.5" is not a whole number' },
      { path: 'count', problem: 'is missing; expected a whole number' },
    ]);
  });
});

describe('a step', () => {
  it('that is taken says what it led to', async () => {
    const { code, out } = await perform(withCommand('goLive'), 'goLive');
    expect(code).toBe(0);
    expect(out).toContain('Done: onboarding.welcomed.\n  Step 8 of');
    expect(tooLong(out)).toEqual([]);
  });

  it('carries If-Match and a key of its own each time', async () => {
    const first = await perform(withCommand('goLive'), 'goLive', '--if-match', '7');
    const second = await perform(withCommand('goLive'), 'goLive');
    expect(first.asked.at(-1)?.headers['if-match']).toBe('"7"');
    expect(second.asked.at(-1)?.headers['if-match']).toBeUndefined();
    const keys = [first, second].map(({ asked }) => asked.at(-1)?.headers['idempotency-key']);
    expect(new Set(keys).size).toBe(2);
  });

  it('that is refused says the code and the remedy, with exit code 1', async () => {
    const refusal = problem(409, {
      code: 'ONBOARDING_ITEMS_OPEN',
      detail: 'Items of the checklist are still open.',
      remedy: 'Settle each one.',
    });
    const { code, err } = await perform(withCommand('goLive', refusal), 'goLive');
    expect(code).toBe(1);
    expect(err).toContain('ONBOARDING_ITEMS_OPEN');
    expect(err).toContain('What to do: Settle each one.');
  });

  it('of an unknown command names the nearest one', async () => {
    const { code, err } = await perform(reads, 'golive');
    expect(code).toBe(2);
    expect(err).toContain('did you mean goLive?');
  });

  it('is asked for again with the same key when the connection breaks', async () => {
    let count = 0;
    const { code, asked } = await perform(
      withCommand('goLive', () => ((count += 1) === 1 ? { cut: true } : done)),
      'goLive',
    );
    expect(code).toBe(0);
    const sent = asked.filter(({ method }) => method === 'POST');
    expect(sent).toHaveLength(2);
    expect(sent[0]?.headers['idempotency-key']).toBe(sent[1]?.headers['idempotency-key']);
  });

  it('is asked for again when the connection breaks in the middle of the answer', async () => {
    let count = 0;
    const { code, asked } = await perform(
      withCommand('goLive', () => ((count += 1) === 1 ? { ...done, cutInside: true } : done)),
      'goLive',
    );
    expect(code).toBe(0);
    const keys = asked
      .filter(({ method }) => method === 'POST')
      .map(({ headers }) => headers['idempotency-key']);
    expect(keys).toEqual([keys[0], keys[0]]);
  });

  it('whose answer never comes tells the key with which it can be repeated', async () => {
    const lost = await perform(withCommand('goLive', { cut: true }), 'goLive', '--json');
    expect([lost.code, lost.out]).toEqual([69, '']);
    const told = JSON.parse(lost.err) as { code: string; idempotencyKey: string };
    expect(told).toMatchObject({ code: 'OUTCOME_UNKNOWN' });
    const sent = lost.asked.filter(({ method }) => method === 'POST');
    expect(new Set(sent.map(({ headers }) => headers['idempotency-key']))).toEqual(
      new Set([told.idempotencyKey]),
    );
    const again = await perform(withCommand('goLive'), 'goLive', '--idempotency-key', told.idempotencyKey);
    expect(again.code).toBe(0);
    expect(again.asked.at(-1)?.headers['idempotency-key']).toBe(told.idempotencyKey);
    const { err } = await perform(withCommand('goLive', { cut: true }), 'goLive');
    expect(tooLong(err)).toEqual([]);
    expect(flat(err)).toContain('Repeat the same command with --idempotency-key');
  });

  it('is asked for again after Retry-After when the process is busy', async () => {
    let count = 0;
    const busy = { ...problem(503, { code: 'PROCESS_BUSY' }), headers: { 'retry-after': '1' } };
    const { code, waitedMs } = await perform(
      withCommand('goLive', () => ((count += 1) === 1 ? busy : done)),
      'goLive',
    );
    expect(code).toBe(0);
    expect(waitedMs).toBe(1000);
  });
});

describe('accepted work', () => {
  const later = {
    status: 202,
    body: { inboxId: 'inb_1', state: 'pending' },
    headers: { location: '/v1/inbox/inb_1' },
  };
  const waiting = { inboxId: 'inb_1', processId: ONBOARDING, state: 'pending', answer: null };
  const inbox = (...answers: object[]): Routes => ({
    ...withCommand('goLive', later),
    'GET /v1/inbox/inb_1': () => ({ body: answers.length > 1 ? answers.shift() : answers[0] }),
  });

  it('is followed until its step is taken', async () => {
    const taken = { ...waiting, state: 'answered', answer: { outcome: 'accepted', seq: 8, status: 'live' } };
    const { code, out, err } = await perform(inbox(waiting, waiting, taken), 'goLive');
    expect(code).toBe(0);
    expect(err).toContain('Accepted as inb_1');
    expect(out).toContain('status live');
  });

  it('may still be refused', async () => {
    const answer = {
      outcome: 'refused',
      seq: 7,
      status: 'live',
      code: 'PROCESS_STALE',
      text: 'Changed.',
      remedy: 'Read it.',
    };
    const { code, err } = await perform(inbox(waiting, { ...waiting, state: 'answered', answer }), 'goLive');
    expect(code).toBe(1);
    expect(err).toContain('PROCESS_STALE');
  });

  it('that waits for longer than 30 s is told as kept, not to be sent again', async () => {
    const { code, err, waitedMs } = await perform(inbox(waiting), 'goLive');
    expect(code).toBe(1);
    expect(err).toContain('Do not send it again');
    expect(err).toContain('careplus inbox inb_1');
    expect(waitedMs).toBeGreaterThanOrEqual(30_000);
    expect(waitedMs).toBeLessThan(35_000);
  });

  it('is still told as accepted when the API goes away meanwhile', async () => {
    const gone = { ...withCommand('goLive', later), 'GET /v1/inbox/inb_1': { cut: true } as const };
    const { code, err } = await perform(gone, 'goLive', '--json');
    expect(code).toBe(1);
    expect(JSON.parse(err)).toMatchObject({ code: 'STEP_WAITING', inboxId: 'inb_1' });
  });

  it('leaves nothing of the line that counts the seconds on the screen', async () => {
    const taken = { ...waiting, state: 'answered', answer: { outcome: 'accepted', seq: 8, status: 'live' } };
    const { err } = await cliWith(inbox(waiting, waiting, taken), ['do', ONBOARDING, 'goLive'], {
      progress: true,
    });
    expect(err).toContain('still waiting');
    expect(err.slice(err.lastIndexOf('still waiting'))).toMatch(/\r\u001b\[K$/);
  });

  it('whose step failed goes to an operator', async () => {
    const { code, err } = await perform(inbox({ ...waiting, state: 'parked' }), 'goLive');
    expect(code).toBe(1);
    expect(flat(err)).toContain('careplus ops attention');
  });
});

describe('a note', () => {
  it('is internal unless it is shared', async () => {
    const routes = { ...reads, [`POST /v1/processes/${ONBOARDING}/notes`]: done };
    const own = await cliWith(routes, [
      'note',
      ONBOARDING,
      'Left a message.',
      '--medium',
      'phone',
      '--answer',
    ]);
    expect(own.asked.at(-1)?.body).toEqual({ text: 'Left a message.', medium: 'phone', answer: true });
    const both = await cliWith(routes, ['note', ONBOARDING, 'See you.', '--shared']);
    expect(both.asked.at(-1)?.body).toEqual({ text: 'See you.', internal: false });
  });
});

describe('an onboarding', () => {
  it('is started and shown at once', async () => {
    const routes = { ...reads, 'POST /v1/processes/onboarding': { ...done, status: 201 } };
    const { code, out, asked } = await cliWith(routes, ['onboarding', 'start', 'northwind-2026']);
    expect(code).toBe(0);
    expect(asked[0]?.body).toEqual({ contractId: 'northwind-2026' });
    expect(out).toContain(`Started: ${ONBOARDING}`);
    expect(out).toContain('Contact matrix agreed');
  });
});

describe('the activation of a contract', () => {
  it('is the command of its process', async () => {
    const id = 'con_0190aaaa000070008000000000000002';
    const routes: Routes = {
      'GET /v1/processes': { body: { items: [{ id, slug: 'contract' }], next: null } },
      [`POST /v1/processes/${id}/commands/activate`]: done,
    };
    const { code, asked } = await cliWith(routes, [
      'contract',
      'activate',
      'northwind-2026',
      '--registered',
      '2026-11-02',
    ]);
    expect(code).toBe(0);
    expect(asked.at(-1)?.body).toEqual({ portalRegisteredOn: '2026-11-02' });
  });
});
