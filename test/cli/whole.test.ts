/** The command line against the real API, database, engine and worker: the day of a service manager. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { createApp } from '../../api/app.js';
import { run } from '../../cli/main.js';
import { openApi, type ApiBench } from '../api/support/bench.js';
import { tooLong } from './run-cli.js';

let api: ApiBench;
let url = '';
let folder = '';
let stop = async (): Promise<void> => {};

beforeAll(async () => {
  api = await openApi();
  const server = createApp(api.deps).listen(0, '127.0.0.1');
  await new Promise((listening) => server.once('listening', listening));
  url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  stop = () => {
    server.closeAllConnections();
    return new Promise((stopped) => server.close(() => stopped()));
  };
  folder = mkdtempSync(join(tmpdir(), 'careplus-cli-'));
});
afterAll(async () => {
  await stop();
  await api.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Runs as a person; the lines of every screen must fit, but for what is copied as a whole. */
async function as(person: string, ...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  let out = '';
  let err = '';
  const code = await run(argv, {
    out: (text) => (out += text),
    err: (text) => (err += text),
    env: { CAREPLUS_URL: url, CAREPLUS_AS: person },
    terminal: false,
    columns: undefined,
    zone: 'Europe/Berlin',
    cwd: process.cwd(),
    now: Date.now,
    pause: (ms) => pause(ms),
  });
  const copied = argv.some((part) => ['--json', '--diagram', 'keys'].includes(part));
  if (!copied) expect(tooLong(out + err)).toEqual([]);
  return { code, out, err };
}

/** The text of a command that must succeed. */
async function done(person: string, ...argv: string[]): Promise<string> {
  const result = await as(person, ...argv);
  expect(result).toMatchObject({ code: 0 });
  return result.out;
}

const today = new Date().toISOString().slice(0, 10);
const ONBOARDING = 'northwind-2026/onboarding';

describe('a service manager at the command line', () => {
  it('imports a contract, activates it and starts its onboarding', async () => {
    expect(await done('kim-field', 'contract', 'import', 'examples/contract.yaml', '--check')).toContain(
      'the contract is new',
    );
    expect(await done('kim-field', 'contract', 'import', 'examples/contract.yaml')).toContain('Stored: con_');
    expect(await done('kim-field', 'contract', 'list')).toContain('northwind-2026');
    await done('sam-rivers', 'contract', 'activate', 'northwind-2026', '--registered', today);
    expect(await done('sam-rivers', 'contract', 'show', 'northwind-2026')).toContain('Active');
    const started = await done('sam-rivers', 'onboarding', 'start', 'northwind-2026');
    expect(started).toContain('Started');
    expect(started).toContain('contactMatrix');
  });

  it('sees what is due, what can be done, and why a deadline is when it is', async () => {
    expect(await done('sam-rivers', 'today')).toContain('CP-2026-0417');
    expect(await done('sam-rivers', 'tasks')).toContain('recordWelcome');
    expect(await done('sam-rivers', 'next', ONBOARDING)).toContain(`careplus do ${ONBOARDING} recordWelcome`);
    expect(await done('sam-rivers', 'show', ONBOARDING)).toContain('First contact');
    expect(await done('sam-rivers', 'explain', `${ONBOARDING}/firstContact`)).toContain('5 business days');
    expect(await done('sam-rivers', 'forecast', 'northwind-2026', '--days', '30')).toContain('Assumed:');
    expect(await done('sam-rivers', 'forecast', ONBOARDING)).toContain('Assumed:');
  });

  it('does steps with typed details, and is told why not', async () => {
    const welcome = ['contactedOn=' + today, 'medium=phone', 'summary=Agreed the kickoff.'];
    expect(await done('sam-rivers', 'do', ONBOARDING, 'recordWelcome', ...welcome)).toContain('Done');
    const item = [
      'item=contactMatrix',
      `doneOn=${today}`,
      'evidence.kind=note',
      'evidence.text=Agreed by mail.',
    ];
    const held = [`heldOn=${today}`, 'attendees=maria-stone,sam-rivers', 'minutes=Walked through.'];
    await done('sam-rivers', 'do', ONBOARDING, 'recordKickoff', ...held);
    await done('sam-rivers', 'do', ONBOARDING, 'completeItem', ...item);
    const again = await as('sam-rivers', 'do', ONBOARDING, 'completeItem', ...item);
    expect(again).toMatchObject({ code: 1 });
    expect(again.err).toContain('ONBOARDING_ITEM_SETTLED');
    const stale = await as('sam-rivers', 'do', ONBOARDING, 'goLive', '--if-match', '1');
    expect(stale).toMatchObject({ code: 1 });
    expect(stale.err).toContain('PROCESS_STALE');
    const stranger = await as('noor-dale', 'do', ONBOARDING, 'goLive');
    expect(stranger.code).toBe(1);
    expect(await done('sam-rivers', 'onboarding', 'show', 'northwind-2026')).toContain('done');
    await done('sam-rivers', 'note', ONBOARDING, 'Left a message.', '--medium', 'phone');
    expect(await done('sam-rivers', 'timeline', ONBOARDING)).toContain('"Left a message."');
  });

  it('amends a known contract only with consent, and sees mistakes at their lines', async () => {
    const file = readFileSync('examples/contract.yaml', 'utf8');
    const changed = join(folder, 'changed.yaml');
    writeFileSync(changed, file.replace("'2028-10-31'", "'2029-10-31'"));
    const asked = await as('kim-field', 'contract', 'import', changed);
    expect(asked).toMatchObject({ code: 1 });
    expect(asked.err).toContain('- 2028-10-31\n    + 2029-10-31');
    expect(await done('kim-field', 'contract', 'import', changed, '--approve')).toContain('Amended');
    expect(await done('kim-field', 'contract', 'import', changed)).toContain('nothing changed');
    writeFileSync(changed, file.replace('calendar: berlin-office', 'calendar: bonn-office'));
    const wrong = await as('kim-field', 'contract', 'import', changed);
    expect(wrong).toMatchObject({ code: 2 });
    expect(wrong.out).toContain('line 9, column 11  calendar');
  });

  it('sees the installation: calendars, policies, people, definitions, keys', async () => {
    expect(await done('sam-rivers', 'whoami')).toContain('Sam Rivers');
    expect(await done('sam-rivers', 'calendar', 'list')).toContain('in force');
    expect(await done('sam-rivers', 'calendar', 'show', 'berlin-office')).toContain('Christmas Eve');
    expect(await done('sam-rivers', 'policy', 'list')).toContain('standard');
    const drafted = await done('kim-field', 'calendar', 'import', 'examples/calendars/berlin-office.yaml');
    expect(drafted).toContain('says the same already');
    expect(await done('sam-rivers', 'staff', 'list')).toContain('kim-field');
    expect(await done('sam-rivers', 'definitions')).toContain('onboarding');
    expect(await done('sam-rivers', 'definitions', 'onboarding', '--diagram')).toContain('stateDiagram');
    const due = ['--calendar', 'berlin-office', '--from', '2026-12-23T15:00+01:00', '--add', '4 bh'];
    expect(await done('sam-rivers', 'time', 'due', ...due)).toContain('Due Mon 2026-12-28 11:00 +01:00');
    const span = ['--calendar', 'berlin-office', '--from', '2026-12-23T14:00Z', '--to', '2026-12-28T10:00Z'];
    expect(await done('sam-rivers', 'time', 'elapsed', ...span)).toContain('4 h');
    await done('sam-rivers', 'keys', 'create', '--person', 'sam-rivers', '--label', 'laptop');
    const { items } = JSON.parse(await done('sam-rivers', 'keys', 'list', '--json')) as {
      items: { id: string }[];
    };
    await done('sam-rivers', 'keys', 'revoke', items[0]?.id ?? '');
    const guide = join(folder, 'guide.md');
    writeFileSync(guide, '# Guide\n');
    const publish = ['--version', '1', '--language', 'en', '--title', 'User Guide'];
    expect(await done('kim-field', 'guide', 'publish', guide, ...publish)).toContain('Published');
    expect(await done('kim-field', 'guide', 'list')).toContain('user-guide');
  });

  it('lets an auditor verify, decide again and export, and an operator look', async () => {
    expect(await done('jo-brook', 'audit', 'verify')).toContain('The record is sound.');
    expect(await done('jo-brook', 'audit', 'redecide')).toContain('decided the same again');
    expect(await done('jo-brook', 'audit', 'redecide', ONBOARDING)).toContain('decided the same again');
    const bundle = join(folder, 'bundle.json');
    await done('jo-brook', 'audit', 'export', ONBOARDING, '-o', bundle);
    expect(JSON.parse(readFileSync(bundle, 'utf8'))).toHaveProperty('chain');
    expect(await done('lee-ward', 'ops', 'attention')).toContain('Nothing waits');
    expect((await as('sam-rivers', 'ops', 'attention')).code).toBe(1);
    expect((await as('nobody-here', 'today')).err).toContain('--as');
  });
});
