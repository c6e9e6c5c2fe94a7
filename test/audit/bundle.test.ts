/** A bundle is checked by a stranger: with the script of the documentation, the public key, and nothing of ours. */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { rememberArchived } from '../../db/audit/archive.js';
import { eraseContents } from '../../db/audit/erase.js';
import { linkHash } from '../../db/store/chain.js';
import { parseCheckpoint, signed } from '../../domain/audit/checkpoint.js';
import { sha256 } from '../../domain/kernel/hash.js';
import { aSigner, openAuditor, type Auditor } from '../db/support/auditor.js';
import { aParcel, settle } from '../db/support/bench.js';
import { MINUTE } from '../db/support/parcel.js';
import { postgresBench, type PostgresBench } from '../db/support/postgres-bench.js';
import { TENANT } from '../db/support/world.js';

const DOCUMENT = fileURLToPath(new URL('../../docs/verify-bundle.md', import.meta.url));
const MOST_LINES = 40;

interface Entry {
  number: number;
  bytes: string;
  prevHash: string;
  hash: string;
}
interface Bundle {
  publicKeys: string[];
  checkpoints: string[];
  chains: { tenantId: string; chain: string; checkpoint: number; entries: Entry[] }[];
  contents: { seq: number; payload: string | null; data: string | null }[];
  histories: { hash: string }[];
  unsigned: number;
}

let bench: PostgresBench;
let auditor: Auditor;
let parcel: string;
let good: string;

const script = /```js\n([\s\S]+?)```/.exec(readFileSync(DOCUMENT, 'utf8'))?.[1] ?? '';
const path = (name: string): string => join(auditor.home, name);

/** What the script says of a bundle. */
function checked(
  bundle: string,
  keyFile = auditor.keyFile,
): { readonly code: number | null; readonly said: string } {
  writeFileSync(path('bundle.json'), bundle);
  const words = [path('verify-bundle.mjs'), path('bundle.json'), keyFile];
  const { status, stdout, stderr } = spawnSync(process.execPath, words, {
    encoding: 'utf8',
    env: { NODE_OPTIONS: '' },
  });
  return { code: status, said: stdout + stderr };
}

async function exported(id: string): Promise<string> {
  const words = ['audit', 'export', id, '--bundle', path('exported.json'), '--force'];
  const { code, err } = await auditor.careplus(words);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return readFileSync(path('exported.json'), 'utf8');
}

beforeAll(async () => {
  bench = await postgresBench();
  auditor = await openAuditor(bench);
  writeFileSync(path('verify-bundle.mjs'), script);
  await aParcel(bench, 'before');
  parcel = await aParcel(bench, 'the one');
  await aParcel(bench, 'between');
  await bench.accept(parcel, {
    kind: 'command',
    name: 'note',
    payload: { text: 'Said so.', internal: false },
  });
  await bench.accept(parcel, { kind: 'command', name: 'answer', payload: { text: '' } });
  await settle(bench, parcel);
  await bench.skip(25 * MINUTE);
  await bench.accept(parcel, { kind: 'command', name: 'end' });
  await settle(bench, parcel);
  const run = { workflowType: 'parcelWorkflow', status: 'COMPLETED', closedAt: await bench.now() };
  const history = { workflowId: parcel, runId: 'run-1', hash: sha256('the history'), bytes: 11 };
  await rememberArchived(bench.database, { ...run, ...history });
  await auditor.checkpoint();
  await aParcel(bench, 'after');
  await auditor.checkpoint();
  good = await exported(parcel);
}, 60_000);
afterAll(async () => {
  await auditor.close();
  await bench.close();
});

describe('the script of the documentation', () => {
  it(`has at most ${String(MOST_LINES)} lines and uses nothing but Node`, () => {
    const lines = script.trimEnd().split('\n');
    expect(lines.length).toBeGreaterThan(20);
    expect(lines.length).toBeLessThanOrEqual(MOST_LINES);
    expect(script.match(/from '(.+)'/g)).toEqual([`from 'node:crypto'`, `from 'node:fs'`]);
  });

  it('finds a good bundle sound', () => {
    const { code, said } = checked(good);
    expect(said).toMatch(/^sound: \d+ events; 0 later ones/);
    expect(code).toBe(0);
    const bundle = JSON.parse(good) as Bundle;
    expect(bundle.chains.map((one) => one.chain)).toEqual(['event', 'refusal']);
    expect(bundle.histories).toHaveLength(1);
    expect(bundle.contents.some(({ payload }) => payload?.includes('Said so.'))).toBe(true);
  });

  const entriesOf = (bundle: Bundle, chain = 'event'): Entry[] =>
    bundle.chains.find((one) => one.chain === chain)?.entries ?? [];
  const own = (bundle: Bundle): Entry[] => entriesOf(bundle).filter(({ bytes }) => bytes.includes(parcel));
  const rehash = (entries: Entry[]): void => {
    let previous = entries[0]?.prevHash ?? '';
    for (const entry of entries) {
      entry.prevHash = previous;
      entry.hash = linkHash(previous, entry.bytes);
      previous = entry.hash;
    }
  };
  const attacks: readonly [string, (bundle: Bundle) => void, RegExp][] = [
    [
      'an event that was edited',
      (bundle) => own(bundle).forEach((entry) => (entry.bytes = entry.bytes.replace('"olga"', '"otto"'))),
      /was changed/,
    ],
    [
      'an event that was edited, with every hash after it computed anew',
      (bundle) => {
        own(bundle).forEach((entry) => (entry.bytes = entry.bytes.replace('"olga"', '"otto"')));
        rehash(entriesOf(bundle));
      },
      /not the signed end/,
    ],
    ['an event that was taken out', (bundle) => void entriesOf(bundle).splice(2, 1), /does not follow/],
    ['a first event that was left out', (bundle) => void entriesOf(bundle).shift(), /events are missing/],
    ['a tail that was cut', (bundle) => void entriesOf(bundle).pop(), /not the signed end/],
    [
      'two entries that were swapped',
      (bundle) => {
        const entries = entriesOf(bundle);
        [entries[1], entries[2]] = [entries[2] as Entry, entries[1] as Entry];
      },
      /does not follow/,
    ],
    [
      'a checkpoint that was edited',
      (bundle) =>
        (bundle.checkpoints = bundle.checkpoints.map((text) => text.replace(/"at":"20/, '"at":"19'))),
      /NOT SOUND: checkpoint/,
    ],
    [
      'a whole bundle signed anew with a key of its own',
      (bundle) => {
        const signer = aSigner();
        bundle.publicKeys = [signer.publicKey];
        bundle.checkpoints = bundle.checkpoints.map((text) => {
          const one = parseCheckpoint(text);
          if (!one) throw new Error('That is no checkpoint.');
          const { version: _version, key: _key, signature: _signature, ...content } = one;
          return JSON.stringify(signed(content, signer));
        });
      },
      /NOT SOUND: checkpoint/,
    ],
    [
      'contents that were edited',
      (bundle) =>
        bundle.contents.forEach(
          (one) => (one.payload = one.payload?.replace('Said so.', 'Never said.') ?? null),
        ),
      /payload of event/,
    ],
    [
      'an archived history that was replaced',
      (bundle) => bundle.histories.forEach((one) => (one.hash = sha256('another history'))),
      /history of run/,
    ],
  ];
  it.each(attacks)('finds %s not sound', (_name, attack, expected) => {
    const bundle = JSON.parse(good) as Bundle;
    attack(bundle);
    expect(JSON.stringify(bundle)).not.toBe(JSON.stringify(JSON.parse(good)));
    const { code, said } = checked(JSON.stringify(bundle));
    expect(said).toMatch(expected);
    expect(code).toBe(1);
  });
});

describe('the export', () => {
  it('leaves out what no checkpoint has seen yet, and says how much', async () => {
    const id = await aParcel(bench, 'half signed');
    const early = await auditor.careplus(['audit', 'export', id, '--bundle', path('early.json')]);
    expect(early).toMatchObject({
      code: 1,
      err: expect.stringMatching(/No checkpoint has seen the process yet/),
    });
    await auditor.checkpoint();
    await bench.accept(id, { kind: 'signal', name: 'arrived', payload: { place: 'Oslo' } });
    await settle(bench, id);
    const bundle = await exported(id);
    expect(JSON.parse(bundle)).toMatchObject({ unsigned: 1 });
    expect(checked(bundle)).toMatchObject({ code: 0, said: expect.stringMatching(/1 later ones/) });
  });

  it('of erased contents is still sound, and holds none of them', async () => {
    for (const effect of await bench.effects(parcel)) await bench.confirm(effect.id);
    await settle(bench, parcel);
    await bench.skip(120 * MINUTE);
    await settle(bench, parcel);
    for (const effect of await bench.effects(parcel))
      if (effect.state === 'planned') await bench.confirm(effect.id);
    await settle(bench, parcel);
    expect(
      await eraseContents(bench.database, { tenantId: TENANT, processId: parcel }, 'ava'),
    ).not.toBeNull();
    await auditor.checkpoint();
    const bundle = await exported(parcel);
    expect(checked(bundle)).toMatchObject({ code: 0 });
    expect(bundle).not.toContain('Said so.');
  });

  it('is for auditors, and is remembered', async () => {
    const words = ['audit', 'export', parcel, '--bundle', path('refused.json')];
    expect(await auditor.careplus(words, 'olga')).toMatchObject({ code: 1 });
    expect(await bench.refusals(parcel)).toContain('audit.exported');
  });
});
