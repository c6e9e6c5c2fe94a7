/** Files by content: one contract for the folder and its fake, what a broken write leaves, which types are taken. */
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, describe, expect, it } from '@jest/globals';
import { judgeMediaType, mediaTypeOfName, mediaTypes } from '../../domain/files/media-types.js';
import { fileFolder } from '../../integrations/files/folder.js';
import type { FileStore } from '../../integrations/files/port.js';
import { recordingFiles } from '../../integrations/files/recording.js';

const folder = mkdtempSync(join(tmpdir(), 'careplus-files-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const TEXT = Buffer.from('interface ge-0/0/1 up\n');
const PNG = Buffer.from('89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489', 'hex');
const MOST = 1_000;
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

async function* inPieces(bytes: Buffer): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 7) yield bytes.subarray(at, at + 7);
}

async function keep(store: FileStore, bytes: Buffer) {
  const staged = await store.stage(inPieces(bytes), MOST);
  await staged?.keep();
  await staged?.drop();
  return staged;
}

/** What is there under names that can be read, without what is on its way in. */
function names(root: string): string[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /[0-9a-f]{64}$/.test(name),
  );
}

function gate() {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open: () => open() };
}

describe.each([
  ['folder', (name: string): FileStore => fileFolder(join(folder, name))],
  ['fake', (): FileStore => recordingFiles()],
])('a store of files: the %s', (_name, open) => {
  it('gives back what was kept, by its hash, and null for what was not', async () => {
    const store = open('kept');
    const staged = await keep(store, PNG);
    expect(staged).toMatchObject({ sha256: sha256(PNG), bytes: PNG.length });
    expect(staged?.found).toEqual({ mediaType: 'image/png', text: false });
    const read = await store.read(sha256(PNG));
    expect(read && (await buffer(read))).toEqual(PNG);
    expect(await store.read(sha256(TEXT))).toBeNull();
  });

  it('keeps nothing of what is dropped, of what is too much, of what breaks off', async () => {
    const store = open('dropped');
    const staged = await store.stage(inPieces(TEXT), MOST);
    expect(await staged?.text()).toBe(TEXT.toString());
    await staged?.drop();
    expect(await store.stage(inPieces(Buffer.alloc(MOST + 1)), MOST)).toBeNull();
    expect(await store.stage(inPieces(Buffer.alloc(MOST, 'a')), MOST)).not.toBeNull();
    async function* broken() {
      yield TEXT;
      await Promise.reject(new Error('hung up'));
    }
    await expect(store.stage(broken(), MOST)).rejects.toThrow('hung up');
    expect(await store.read(sha256(TEXT))).toBeNull();
  });
});

describe('the folder', () => {
  it('holds the same content once, whoever brings it, and at the same time', async () => {
    const root = join(folder, 'once');
    const store = fileFolder(root);
    await Promise.all([keep(store, TEXT), keep(store, TEXT), keep(store, TEXT)]);
    expect(names(root)).toEqual([join(sha256(TEXT).slice(0, 2), sha256(TEXT))]);
    expect(readdirSync(join(root, 'arriving'))).toEqual([]);
  });

  it('shows no file under a hash while its bytes arrive, so that a killed write leaves no half of one', async () => {
    const root = join(folder, 'killed');
    const store = fileFolder(root);
    const half = gate();
    const rest = gate();
    async function* stopped() {
      yield TEXT;
      half.open();
      await rest.opened;
    }
    const stopping = store.stage(stopped(), MOST);
    await half.opened;
    expect(names(root)).toEqual([]);
    expect(readdirSync(join(root, 'arriving'))).toHaveLength(1);
    expect((await keep(store, TEXT))?.sha256).toBe(sha256(TEXT));
    expect(names(root)).toHaveLength(1);
    rest.open();
    await (await stopping)?.drop();
  });

  it('takes no name for a hash that is none', async () => {
    await expect(fileFolder(folder).read('../../etc/passwd')).rejects.toThrow('SHA-256');
  });
});

describe('the type of a file', () => {
  const png = { mediaType: 'image/png', text: false };
  const text = { mediaType: null, text: true };

  it.each([
    ['a picture as itself', 'image/png', png, { ok: true, mediaType: 'image/png' }],
    ['a picture whose type nobody said', 'application/octet-stream', png, { ok: true, mediaType: 'image/png' }],
    ['a text as a table', 'text/csv', text, { ok: true, mediaType: 'text/csv' }],
    ['a text whose type nobody said', 'application/octet-stream', text, { ok: true, mediaType: 'text/plain' }],
    ['markup as plain text', 'text/plain', { mediaType: 'application/xml', text: true }, { ok: true, mediaType: 'text/plain' }],
    ['a picture as a text', 'text/plain', png, { ok: false, why: 'otherThanDeclared', found: 'image/png' }],
    ['a text as a PDF', 'application/pdf', text, { ok: false, why: 'otherThanDeclared', found: 'text' }],
    ['a page', 'text/html', text, { ok: false, why: 'notTaken', found: 'text' }],
    ['a program', 'application/pdf', { mediaType: 'application/x-msdownload', text: false }, { ok: false, why: 'notTaken', found: 'application/x-msdownload' }],
    ['bytes of no known type', 'application/octet-stream', { mediaType: null, text: false }, { ok: false, why: 'notTaken', found: 'unknown bytes' }],
  ])('is held against its bytes: %s', (_name, declared, found, expected) => {
    expect(judgeMediaType(declared, found)).toEqual(expected);
  }); // prettier-ignore

  it('is told by the ending of a name, and every ending tells one', () => {
    expect(mediaTypeOfName('Minutes.PDF')).toBe('application/pdf');
    expect(mediaTypeOfName('core')).toBe('application/octet-stream');
    const endings = Object.values(mediaTypes).flatMap((kind) => kind.endings);
    expect(new Set(endings).size).toBe(endings.length);
  });
});
