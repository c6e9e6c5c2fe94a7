import { spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { freePort } from '../../workers/servers/ports.js';
import { startPostgres, type PostgresServer } from '../../workers/servers/postgres.js';
import { isRunning, waitUntil } from '../../workers/servers/processes.js';

let folder: string;
let dataDir: string;
let notes: string[] = [];
const started: PostgresServer[] = [];
const others: ChildProcess[] = [];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'postgres-'));
  chmodSync(folder, 0o755);
  dataDir = join(folder, 'data');
});
afterAll(async () => {
  // Also after a failure: a child that stays would keep the test runner from ending.
  for (const other of others) other.kill('SIGKILL');
  for (const server of started) await server.stop();
  rmSync(folder, { recursive: true });
});

const start = async (port = 0): Promise<PostgresServer> => {
  notes = [];
  const server = await startPostgres({ dataDir, port, log: (note) => notes.push(note) });
  started.push(server);
  return server;
};

const query = async (url: string, sql: string): Promise<readonly unknown[]> => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
};

describe('the embedded Postgres', () => {
  it('keeps what was committed through kill -9', async () => {
    const first = await start();
    await query(first.url, 'create table kept (id int); insert into kept select generate_series(1, 1000)');
    process.kill(first.process.pid, 'SIGKILL');
    expect(await first.process.gone).toBe('signal SIGKILL');
    expect(existsSync(join(dataDir, 'cluster', 'postmaster.pid'))).toBe(true);
    const second = await start();
    expect(second).toMatchObject({ reused: false });
    expect(await query(second.url, 'select count(*)::int as count from kept')).toEqual([{ count: 1000 }]);
  });

  it('is used again when it was left running', async () => {
    const running = started.at(-1);
    const found = await start();
    expect(found.reused).toBe(true);
    expect(found.process.pid).toBe(running?.process.pid);
    expect(notes.join()).toMatch(/already running on port \d+/);
  });

  it('stops fast although a transaction is open, and starts again quickly', async () => {
    const running = await start();
    const client = new pg.Client({ connectionString: running.url });
    client.on('error', () => undefined);
    await client.connect();
    await client.query('begin');
    await running.stop();
    expect(isRunning(running.process)).toBe(false);
    const again = await start();
    expect(await query(again.url, 'select count(*)::int as count from kept')).toEqual([{ count: 1000 }]);
  });

  it('starts when its old process id belongs to another program', async () => {
    await started.at(-1)?.stop();
    const other = spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1000)']);
    others.push(other);
    const file = join(dataDir, 'cluster', 'postmaster.pid');
    writeFileSync(file, `${other.pid}\n${join(dataDir, 'cluster')}\n1\n5432\n\n127.0.0.1\n\nready\n`);
    const server = await start();
    expect(server.reused).toBe(false);
    expect(readFileSync(file, 'utf8').split('\n')[0]).toBe(String(server.process.pid));
    expect(other.exitCode ?? other.signalCode).toBeNull();
  });

  it('asks for a password that only its account can read', async () => {
    const { url } = await start();
    expect(statSync(join(dataDir, 'password')).mode & 0o777).toBe(0o600);
    expect(new URL(url).password).toMatch(/^[0-9a-f]{48}$/);
    const wrong = Object.assign(new URL(url), { password: 'guess' });
    await expect(query(wrong.href, 'select 1')).rejects.toMatchObject({ code: '28P01' });
    const none = Object.assign(new URL(url), { password: '' });
    await expect(query(none.href, 'select 1')).rejects.toThrow(/password/);
  });

  it('knows the time zones and sorts by code point', async () => {
    const { url } = await start();
    const [row] = await query(
      url,
      `select extract(hour from timestamptz '2026-07-01 12:00Z' at time zone 'Australia/Lord_Howe')::int as hour,
        'a' > 'Z' as code_points, upper('ä') as upper, current_setting('server_version_num')::int >= 170000 as new`,
    );
    expect(row).toEqual({ hour: 22, code_points: true, upper: 'Ä', new: true });
  });

  it('names the port and the variable when the port is taken', async () => {
    await started.at(-1)?.stop();
    const port = await freePort();
    const other = createServer().listen(port, '127.0.0.1');
    expect(await waitUntil(() => other.listening, 5_000)).toBe(true);
    const failure = start(port);
    await expect(failure).rejects.toMatchObject({ exitCode: 78 });
    await expect(failure).rejects.toThrow(new RegExp(`Port ${port} .*CAREPLUS_POSTGRES_PORT`));
    other.close();
  });

  it('says what to do when the password is lost, and loses no data', async () => {
    const path = join(dataDir, 'password');
    const password = readFileSync(path);
    rmSync(path);
    await expect(start()).rejects.toThrow(/password .* cannot be read .*Put the file back/);
    writeFileSync(path, password, { mode: 0o600 });
    const server = await start();
    expect(await query(server.url, 'select count(*)::int as count from kept')).toEqual([{ count: 1000 }]);
  });
});
