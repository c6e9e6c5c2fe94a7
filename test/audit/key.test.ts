/** The key that signs checkpoints: where it comes from, and that it is never told. */
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { describeProblems, readEnvironment, type EnvironmentSource } from '../../config/environment.js';
import { signerOf } from '../../db/audit/signing.js';
import { isSignedBy } from '../../domain/kernel/hash.js';
import { checkpointKey } from '../../workers/audit-outside.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'careplus-key-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const pemOf = (type: 'ed25519' | 'x25519'): string => {
  const pair = type === 'ed25519' ? generateKeyPairSync('ed25519') : generateKeyPairSync('x25519');
  return String(pair.privateKey.export({ type: 'pkcs8', format: 'pem' }));
};

function keyFrom(source: EnvironmentSource): string | undefined {
  const read = readEnvironment(source);
  if (!read.ok) throw new Error(describeProblems(read.problems));
  return read.environment.checkpointKey;
}

describe('in development', () => {
  it('is made on first use, kept, readable by its owner alone, with the public half beside it', () => {
    const at = { profile: 'dev', checkpointKey: undefined, dataFolder: join(folder, 'var') } as const;
    const first = checkpointKey(at) ?? '';
    expect(checkpointKey(at)).toBe(first);
    expect(statSync(join(folder, 'var', 'checkpoint-key.pem')).mode & 0o777).toBe(0o600);
    const publicKey = readFileSync(join(folder, 'var', 'checkpoint-key.pub.pem'), 'utf8');
    expect(isSignedBy(publicKey, 'a text', signerOf(first).sign('a text'))).toBe(true);
    expect(isSignedBy(publicKey, 'another text', signerOf(first).sign('a text'))).toBe(false);
  });
});

describe('in production', () => {
  it('is none unless it is set: a key beside the data proves nothing', () => {
    const at = { profile: 'production', dataFolder: folder } as const;
    expect(checkpointKey({ ...at, checkpointKey: undefined })).toBeNull();
    const pem = pemOf('ed25519');
    expect(checkpointKey({ ...at, checkpointKey: pem })).toBe(pem);
  });
});

describe('the setting', () => {
  it('takes a PEM, one with written-out line breaks, or a file', () => {
    const pem = pemOf('ed25519').trim();
    expect(keyFrom({ CAREPLUS_CHECKPOINT_KEY: pem })).toBe(pem);
    expect(keyFrom({ CAREPLUS_CHECKPOINT_KEY: pem.replaceAll('\n', '\\n') })).toBe(pem);
    const file = join(folder, 'key.pem');
    writeFileSync(file, pem);
    expect(keyFrom({ CAREPLUS_CHECKPOINT_KEY_FILE: file })).toBe(pem);
    expect(keyFrom({})).toBeUndefined();
  });

  it.each([
    ['no key at all', 'not-a-key'],
    ['a key of another kind', pemOf('x25519')],
  ])('refuses %s without telling it', (_what, text) => {
    const read = readEnvironment({ CAREPLUS_CHECKPOINT_KEY: text });
    expect(read.ok).toBe(false);
    const told = read.ok ? '' : describeProblems(read.problems);
    expect(told).toMatch(/CAREPLUS_CHECKPOINT_KEY is not an Ed25519 private key in PEM/);
    expect(told).toMatch(/openssl genpkey -algorithm ed25519/);
    expect(told).not.toContain(text.trim());
  });

  it('puts the folders below the data folder unless they are named', () => {
    const read = readEnvironment({ CAREPLUS_DATA: folder, CAREPLUS_ARCHIVE_FOLDER: '/kept/archive' });
    expect(read).toMatchObject({
      ok: true,
      environment: {
        checkpointFolder: join(folder, 'checkpoints'),
        archiveFolder: '/kept/archive',
        checkpointMail: undefined,
      },
    });
  });
});
