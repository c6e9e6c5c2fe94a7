/** The real program in a process of its own: few tests, since each start takes about a second. */
import { describe, expect, it } from '@jest/globals';
import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { startFakeApi } from './fake-api.js';
import { reads } from './samples.js';

const BIN = resolve('cli/bin.js');

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

function program(
  argv: readonly string[],
  options: { cwd?: string; env?: Record<string, string>; bin?: string } = {},
): Promise<Ended> {
  return new Promise((done) => {
    const env = { PATH: process.env['PATH'] ?? '', HOME: tmpdir(), ...options.env };
    execFile(options.bin ?? BIN, [...argv], { cwd: options.cwd, env }, (error, out, err) => {
      done({ code: error === null ? 0 : Number(error.code), out, err });
    });
  });
}

describe('npx careplus', () => {
  it('runs through a link and from a folder with a broken tsconfig.json', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'careplus-cli-'));
    try {
      writeFileSync(join(folder, 'tsconfig.json'), '{ broken');
      symlinkSync(BIN, join(folder, 'careplus'));
      const { code, out, err } = await program(['--version'], { cwd: folder, bin: join(folder, 'careplus') });
      expect([code, out, err]).toEqual([0, '0.1.0\n', '']);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('talks to the API with the identity of its environment, in plain text when nobody watches', async () => {
    const api = await startFakeApi(reads);
    try {
      const { code, out, err } = await program(['today'], {
        env: { CAREPLUS_URL: api.url, CAREPLUS_AS: 'sam-rivers' },
      });
      expect([code, err]).toEqual([0, '']);
      expect(out).toContain('overdue');
      expect(out).not.toContain('\u001b');
      expect(api.asked[0]?.headers['x-careplus-as']).toBe('sam-rivers');
    } finally {
      await api.stop();
    }
  });

  it('ends with 69 when the API is not reachable, and with 2 for an unknown command', async () => {
    const [unreachable, unknown] = await Promise.all([
      program(['today'], { env: { CAREPLUS_URL: 'http://127.0.0.1:1' } }),
      program(['tody']),
    ]);
    expect(unreachable.code).toBe(69);
    expect(unreachable.err).toContain('is it running? npm start');
    expect(unknown.code).toBe(2);
  });

  it('keeps its exit code when nobody reads its messages any more', async () => {
    const child = spawn(BIN, ['today'], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { PATH: process.env['PATH'], CAREPLUS_URL: 'http://127.0.0.1:1' },
    });
    child.stderr.destroy();
    expect(await new Promise((done) => child.once('close', done))).toBe(69);
  });

  it('ends quietly when its reader closes early', async () => {
    const child = spawn(BIN, ['policy', 'schema'], { stdio: ['ignore', 'pipe', 'pipe'] });
    let err = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
    child.stdout.destroy();
    const code = await new Promise((done) => child.once('close', done));
    expect([code, err]).toEqual([0, '']);
  });
});
