import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { lockHolder, takeLock } from '../../workers/servers/lock.js';
import { isRunning, recordOf, type ProcessRecord } from '../../workers/servers/processes.js';

let folder: string;
let path: string;
const children: ChildProcess[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lock-'));
  path = join(folder, 'lock');
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});

const aProcess = (): { child: ChildProcess; record: ProcessRecord } => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1000)']);
  children.push(child);
  const record = recordOf(child.pid ?? 0);
  if (record === undefined) throw new Error('The process is not there.');
  return { child, record };
};

describe('the lock file', () => {
  it('is taken once, and can be taken again after its release', () => {
    const first = takeLock(path);
    expect(first.taken).toBe(true);
    expect(takeLock(path)).toMatchObject({ taken: false, holder: { pid: process.pid } });
    if (first.taken) first.release();
    expect(existsSync(path)).toBe(false);
    expect(takeLock(path).taken).toBe(true);
  });

  it('names the living process that holds it', () => {
    const { record } = aProcess();
    writeFileSync(path, JSON.stringify(record));
    expect(takeLock(path)).toEqual({ taken: false, holder: record });
    expect(lockHolder(path)).toEqual(record);
  });

  it('is taken over from a process that was killed', async () => {
    const { child, record } = aProcess();
    writeFileSync(path, JSON.stringify(record));
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(isRunning(record)).toBe(false);
    expect(takeLock(path).taken).toBe(true);
  });

  it('is taken over when the process id was given to another process', () => {
    const { record } = aProcess();
    writeFileSync(path, JSON.stringify({ ...record, startedAs: 'an earlier boot/1' }));
    expect(takeLock(path).taken).toBe(true);
  });

  it.each(['', '{', '{"pid":"x"}', 'null'])(
    'is taken over when it holds %j instead of a process',
    (content) => {
      writeFileSync(path, content);
      expect(takeLock(path).taken).toBe(true);
      expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual(recordOf(process.pid));
      expect(readdirSync(folder)).toEqual(['lock']);
    },
  );

  it('is not removed by a former holder', () => {
    const first = takeLock(path);
    writeFileSync(path, JSON.stringify(aProcess().record));
    if (first.taken) first.release();
    expect(existsSync(path)).toBe(true);
  });
});
