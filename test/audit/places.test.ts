/** Every place for checkpoints keeps one contract, and both archives of histories theirs. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { sha256 } from '../../domain/kernel/hash.js';
import { archiveFolder } from '../../integrations/archive/folder.js';
import type { HistoryArchive } from '../../integrations/archive/port.js';
import { recordingArchive } from '../../integrations/archive/recording.js';
import { checkpointFolder } from '../../integrations/checkpoints/folder.js';
import { checkpointMail } from '../../integrations/checkpoints/mail.js';
import type { CheckpointPlace } from '../../integrations/checkpoints/port.js';
import { recordingPlace } from '../../integrations/checkpoints/recording.js';
import { createSmtpMail } from '../../integrations/mail/smtp.js';
import { startSmtpReceiver } from '../mail/smtp-receiver.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'careplus-places-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const TEXT = `{"kind":"checkpoint","long":"${'x=ü'.repeat(400)}","number":1}`;

interface Harness {
  readonly place: CheckpointPlace;
  /** The exact texts that somebody outside can read, oldest first. */
  texts(): readonly string[];
  /** Whether the place shows what it holds, and refuses a second text. */
  readonly readable: boolean;
  close(): Promise<void>;
}

function placeContract(name: string, start: () => Promise<Harness>): void {
  describe(`place for checkpoints: ${name}`, () => {
    let harness: Harness;
    beforeEach(async () => {
      harness = await start();
    });
    afterEach(async () => harness.close());

    it('keeps the exact text', async () => {
      expect(await harness.place.keep({ number: 1, text: TEXT })).toEqual({ kind: 'kept' });
      expect(harness.texts()).toEqual([TEXT]);
    });

    it('takes the same text once more without an error', async () => {
      await harness.place.keep({ number: 1, text: TEXT });
      expect(await harness.place.keep({ number: 1, text: TEXT })).toEqual({ kind: 'kept' });
      expect(new Set(harness.texts())).toEqual(new Set([TEXT]));
    });

    it('keeps the first of two texts under one number where it can tell', async () => {
      await harness.place.keep({ number: 1, text: TEXT });
      const second = await harness.place.keep({ number: 1, text: '{}' });
      if (harness.readable) expect(second.kind).toBe('conflict');
      expect(harness.texts()[0]).toBe(TEXT);
    });

    it('tells the highest number that it holds, or that it cannot be asked', async () => {
      expect(await harness.place.newest()).toBe(harness.readable ? 0 : null);
      await harness.place.keep({ number: 12, text: TEXT });
      await harness.place.keep({ number: 7, text: TEXT });
      expect(await harness.place.newest()).toBe(harness.readable ? 12 : null);
    });
  });
}

placeContract('folder', async () => {
  const path = join(folder, 'made', 'on-first-use');
  return {
    place: checkpointFolder(path),
    texts: () => readdirSync(path).map((name) => readFileSync(join(path, name), 'utf8').trimEnd()),
    readable: true,
    close: async () => undefined,
  };
});

placeContract('mail', async () => {
  const receiver = await startSmtpReceiver();
  const port = createSmtpMail({ url: receiver.url });
  return {
    place: checkpointMail({ port, from: 'care@provider.test', to: 'keeper@outside.test' }),
    texts: () =>
      receiver.received.map(({ text }) => text?.split('\n').find((line) => line.startsWith('{')) ?? ''),
    readable: false,
    close: async () => {
      await port.close();
      await receiver.close();
    },
  };
});

placeContract('recording fake', async () => {
  const place = recordingPlace();
  return {
    place,
    texts: () => place.held.map(({ text }) => text),
    readable: true,
    close: async () => undefined,
  };
});

describe('the folder', () => {
  it('that cannot be written is a failure with its reason, not an error', async () => {
    const place = checkpointFolder('/dev/null/below');
    expect(await place.keep({ number: 1, text: TEXT })).toEqual({ kind: 'failed', reason: 'ENOTDIR' });
  });

  it('ends up with one text when two workers write the same number at once', async () => {
    const place = checkpointFolder(folder);
    const outcomes = await Promise.all(
      [TEXT, '{}'].map(async (text) => (await place.keep({ number: 1, text })).kind),
    );
    expect(outcomes.sort()).toEqual(['conflict', 'kept']);
    expect(readdirSync(folder)).toEqual(['checkpoint-00000001.json']);
  });
});

describe.each<[string, () => HistoryArchive]>([
  ['folder', () => archiveFolder(join(folder, 'archive'))],
  ['recording fake', () => recordingArchive()],
])('archive of histories: %s', (_name, start) => {
  it('gives back under the hash what it was given, however often', async () => {
    const archive = start();
    const hash = sha256(TEXT);
    expect(await archive.read(hash)).toBeNull();
    await archive.keep(hash, TEXT);
    await archive.keep(hash, TEXT);
    expect(await archive.read(hash)).toBe(TEXT);
    expect(await archive.read(sha256('other'))).toBeNull();
  });
});

describe.each<[string, (folder: string) => Promise<unknown>]>([
  ['checkpoints', (path) => checkpointFolder(path).keep({ number: 1, text: TEXT })],
  ['histories', (path) => archiveFolder(path).keep(sha256(TEXT), TEXT)],
])('a folder of %s', (_what, keep) => {
  /** The file handles of this machine, which all have one prototype. */
  async function handles(): Promise<FileHandle> {
    const one = await open(folder, 'r');
    await one.close();
    return Object.getPrototypeOf(one) as FileHandle;
  }
  const files = () =>
    readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  afterEach(() => void jest.restoreAllMocks());

  it('keeps nothing of what it could not write to its end: a full disk is not filled further', async () => {
    const half = async function (this: FileHandle): Promise<void> {
      await this.write(TEXT.slice(0, 9));
      throw Object.assign(new Error('no space left'), { code: 'ENOSPC' });
    };
    jest.spyOn(await handles(), 'writeFile').mockImplementationOnce(half);
    await keep(folder).catch((error: unknown) => error);
    expect(files()).toEqual([]);
    await keep(folder);
    expect(files()).toHaveLength(1);
  });

  it('has the name on the disk as well as the bytes before it says that it keeps them', async () => {
    const flushed: string[] = [];
    const all = await handles();
    jest.spyOn(all, 'sync').mockImplementation(async function (this: FileHandle) {
      flushed.push((await this.stat()).isDirectory() ? 'folder' : 'file');
    });
    await keep(folder);
    expect(flushed).toEqual(['file', 'folder']);
  });
});
