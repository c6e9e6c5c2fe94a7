/** Whatever is done to database, folder or key shows against checkpoints that are kept outside (T26). */
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { silentLog } from '../../activities/log.js';
import { runCheckpoint } from '../../activities/jobs/checkpoint.js';
import { declareRestore, makeCheckpoint } from '../../db/audit/checkpoints.js';
import { verifyChain } from '../../db/audit/verify.js';
import { connect } from '../../db/connection.js';
import { linkHash } from '../../db/store/chain.js';
import { recordRefusal } from '../../db/store/refusals.js';
import {
  fullText,
  parseCheckpoint,
  signed,
  type SignedCheckpoint,
  type Signer,
} from '../../domain/audit/checkpoint.js';
import { checkpointFolder, readSignedCheckpoints } from '../../integrations/checkpoints/folder.js';
import { recordingPlace } from '../../integrations/checkpoints/recording.js';
import { aSigner, openAuditor, type Auditor } from './support/auditor.js';
import { aParcel, settle } from './support/bench.js';
import { postgresBench, type PostgresBench } from './support/postgres-bench.js';
import { raw, tamper } from './support/raw.js';
import { TENANT } from './support/world.js';

let bench: PostgresBench;
let auditor: Auditor;
/** Where the chain of events stood at each of the three checkpoints. */
let marks: readonly number[];

const TABLES = [
  'tenants',
  'access',
  'events',
  'refusals',
  'chain_heads',
  'event_details',
  'restores',
  'checkpoint_deliveries',
  'checkpoints',
];

async function busier(title: string): Promise<void> {
  const id = await aParcel(bench, title);
  await bench.accept(id, { kind: 'signal', name: 'arrived', payload: { place: 'Oslo' } });
  await bench.accept(id, { kind: 'command', name: 'answer', payload: { text: '' } });
  await settle(bench, id);
}

async function numbersOf(folder: string): Promise<readonly number[]> {
  return (await readSignedCheckpoints(folder)).map((checkpoint) => {
    const mark = checkpoint.chains.find((one) => one.tenantId === TENANT && one.chain === 'event');
    return mark?.number ?? 0;
  });
}

beforeAll(async () => {
  bench = await postgresBench();
  auditor = await openAuditor(bench);
  for (const title of ['one', 'two', 'three']) {
    await busier(title);
    await auditor.checkpoint();
  }
  await busier('four');
  marks = await numbersOf(auditor.folder);
  await raw(bench.url, async (client) => {
    for (const table of TABLES) await client.query(`create table kept_${table} as table ${table}`);
  });
  cpSync(auditor.folder, join(auditor.home, 'untouched'), { recursive: true });
}, 60_000);
afterAll(async () => {
  await auditor.close();
  await bench.close();
});
beforeEach(async () => {
  await tamper(
    bench.url,
    ...[...TABLES].reverse().map((table) => `delete from ${table}`),
    ...TABLES.map((table) => `insert into ${table} table kept_${table}`),
  );
  rmSync(auditor.folder, { recursive: true });
  cpSync(join(auditor.home, 'untouched'), auditor.folder, { recursive: true });
});

const mark = (checkpoint: 1 | 2 | 3): number => marks[checkpoint - 1] ?? 0;
const file = (number: number): string =>
  join(auditor.folder, `checkpoint-${String(number).padStart(8, '0')}.json`);

async function wrong(change: Parameters<Auditor['verify']>[0] = {}): Promise<string> {
  const { ok, problems } = await auditor.verify(change);
  expect(ok).toBe(problems.length === 0);
  return problems.join('\n');
}

/** The chains as they stand now, in a file. */
async function exportedChains(): Promise<string> {
  const path = join(auditor.home, 'chains.json');
  const { code, err } = await auditor.careplus(['audit', 'chain', '-o', path, '--force']);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return path;
}

/** Changes an event and recomputes every hash after it and the head, as somebody who knows the rules would. */
async function rewriteFrom(number: number): Promise<void> {
  await raw(bench.url, async (client) => {
    await client.query('set session_replication_role = replica');
    const { rows } = await client.query<{ chain_no: string; bytes: string; prev_hash: string }>(
      'select chain_no, bytes, prev_hash from events where tenant_id = $1 and chain_no >= $2 order by chain_no',
      [TENANT, number],
    );
    let previous = rows[0]?.prev_hash ?? '';
    for (const [index, { chain_no, bytes }] of rows.entries()) {
      const record = JSON.parse(bytes) as Record<string, unknown>;
      const changed = index === 0 ? JSON.stringify({ ...record, zoneData: 'forged' }) : bytes;
      const hash = linkHash(previous, changed);
      await client.query(
        'update events set bytes = $1, prev_hash = $2, hash = $3 where tenant_id = $4 and chain_no = $5',
        [changed, previous, hash, TENANT, chain_no],
      );
      previous = hash;
    }
    await client.query(`update chain_heads set hash = $1 where tenant_id = $2 and kind = 'event'`, [
      previous,
      TENANT,
    ]);
  });
}

/** Sets the whole database back to where a checkpoint saw it, as an old backup would be. */
async function setBackTo(checkpoint: SignedCheckpoint): Promise<void> {
  for (const { tenantId, chain, number, hash } of checkpoint.chains) {
    const [table, column] = chain === 'event' ? ['events', 'chain_no'] : ['refusals', 'number'];
    await tamper(
      bench.url,
      `delete from ${table} where tenant_id = '${tenantId}' and ${column} > ${String(number)}`,
      `update chain_heads set number = ${String(number)}, hash = '${hash}'
        where tenant_id = '${tenantId}' and kind = '${chain}'`,
    );
  }
  await tamper(
    bench.url,
    `delete from event_details d where not exists (select from events e where e.id = d.event_id)`,
    `delete from checkpoint_deliveries where number > ${String(checkpoint.number)}`,
    `delete from checkpoints where number > ${String(checkpoint.number)}`,
  );
}

async function kept(number: number): Promise<SignedCheckpoint> {
  const found = (await readSignedCheckpoints(join(auditor.home, 'untouched'))).find(
    (one) => one.number === number,
  );
  if (!found) throw new Error(`There is no checkpoint ${String(number)}.`);
  return found;
}

async function refusals(count: number): Promise<void> {
  for (let n = 0; n < count; n += 1) {
    const entry = {
      kind: 'refusal',
      processId: null,
      code: 'TEST',
      trigger: 'test',
      principal: 'olga',
    } as const;
    await recordRefusal(bench.database, { ...entry, tenantId: TENANT });
  }
}

describe('an untouched record', () => {
  it('is sound, in the database and from a file without one', async () => {
    expect(marks).toHaveLength(3);
    expect(mark(1)).toBeLessThan(mark(2));
    const chain = await exportedChains();
    expect(await wrong()).toBe('');
    expect(await wrong({ chain })).toBe('');
  });

  it('names checkpoint 2 as hash in checkpoint 3, and signs nothing new while nothing happens', async () => {
    const [, second, third] = await readSignedCheckpoints(auditor.folder);
    expect(third?.previous).toMatch(/^[0-9a-f]{64}$/);
    expect(third?.previous).not.toBe(second?.previous);
    expect(await auditor.checkpoint()).toMatchObject({ number: 4, written: 1 });
    expect(await auditor.checkpoint()).toMatchObject({ number: 4, written: 0 });
  });
});

describe('the database', () => {
  const attacks: readonly [string, () => Promise<void>, RegExp, RegExp?][] = [
    [
      'an entry that was edited',
      async () =>
        tamper(
          bench.url,
          `update events set bytes = replace(bytes, '"epoch":1', '"epoch":2') where chain_no = 4`,
        ),
      /bytes were changed/,
    ],
    [
      'an entry that was deleted in the middle',
      async () => tamper(bench.url, 'delete from events where chain_no = 5'),
      /entries (up to 5|5 to 5) are missing/,
    ],
    [
      'a tail that was cut, with the head set back',
      async () =>
        tamper(
          bench.url,
          `delete from events where chain_no > ${String(mark(2))}`,
          `update chain_heads h set number = e.chain_no, hash = e.hash from events e
            where h.kind = 'event' and h.tenant_id = '${TENANT}' and e.tenant_id = h.tenant_id and e.chain_no = ${String(mark(2))}`,
        ),
      /Checkpoint 3 .* the chain ends at \d+: its tail was cut/,
    ],
    [
      'a chain that was deleted as a whole, with the head set back',
      async () =>
        tamper(
          bench.url,
          'delete from events',
          `update chain_heads set number = 0, hash = encode(sha256(convert_to('careplus' || E'\\n' || tenant_id || E'\\nevent', 'UTF8')), 'hex') where kind = 'event'`,
        ),
      /the chain ends at 0/,
    ],
    [
      'a customer that was deleted',
      async () =>
        tamper(
          bench.url,
          ...['events', 'refusals', 'chain_heads', 'access'].map(
            (table) => `delete from ${table} where tenant_id = '${TENANT}'`,
          ),
          `delete from tenants where id = '${TENANT}'`,
        ),
      /there is no such chain: it was deleted/,
    ],
    [
      'a chain without its head',
      async () =>
        tamper(bench.url, `delete from chain_heads where tenant_id = '${TENANT}' and kind = 'event'`),
      /the chain has no head/,
      /there is no such chain/,
    ],
    [
      'two entries that were swapped',
      async () =>
        tamper(
          bench.url,
          'update events set chain_no = -1 where chain_no = 3',
          'update events set chain_no = 3 where chain_no = 4',
          'update events set chain_no = 4 where chain_no = -1',
        ),
      /does not follow/,
    ],
    [
      'an entry that was put in',
      async () =>
        tamper(
          bench.url,
          'update events set chain_no = -(chain_no + 1) where chain_no > 5',
          'update events set chain_no = -chain_no where chain_no < 0',
          `insert into events select (jsonb_populate_record(e, '{"chain_no": 6, "seq": 900, "id": "x:1:900"}')).* from events e where chain_no = 5`,
        ),
      /does not follow/,
    ],
    [
      'an entry of another customer',
      async () =>
        tamper(
          bench.url,
          `update events set bytes = replace(bytes, '"tenantId":"acme"', '"tenantId":"umbra"') where chain_no = 4`,
        ),
      /another tenant/,
    ],
    [
      'a suffix that was written anew with all its hashes',
      async () => rewriteFrom(mark(1) + 1),
      /meets checkpoint 1 and not this one/,
    ],
    [
      'a chain that was written anew from the beginning',
      async () => rewriteFrom(1),
      /the chain was written anew/,
    ],
    [
      'an older database (a rollback)',
      async () => setBackTo(await kept(2)),
      /The database knows checkpoints up to 2, and checkpoint 3 is kept outside: the database is older/,
      /its tail was cut, or an older database was put in its place/,
    ],
    [
      'an older database that went on for longer than the one before (a fork)',
      async () => {
        await setBackTo(await kept(2));
        await refusals(40);
        for (const title of ['five', 'six', 'seven']) await busier(title);
      },
      /meets checkpoint 2 and not this one; it was written anew in between \(a fork, or an undeclared restore\)/,
    ],
  ];
  it.each(attacks)('shows %s', async (_name, attack, expected, offline = expected) => {
    await attack();
    // The verification that only asks the database itself is not enough for all of these.
    expect(await wrong()).toMatch(expected);
    expect(await wrong({ chain: await exportedChains() })).toMatch(offline);
  });

  it('needs the checkpoints: chains written anew and cut tails verify against themselves', async () => {
    await rewriteFrom(2);
    const alone = await verifyChain(bench.database, TENANT);
    expect(alone.problems).toEqual([]);
  });

  it('that is older gets no further checkpoint until the restore is declared', async () => {
    await setBackTo(await kept(1));
    await refusals(1);
    await expect(auditor.checkpoint()).rejects.toMatchObject({ name: 'CheckpointProblem' });
    expect(await numbersOf(auditor.folder)).toHaveLength(3);
  });
});

describe('what is kept outside', () => {
  const edit = (number: number, change: (checkpoint: SignedCheckpoint) => SignedCheckpoint): void => {
    const checkpoint = parseCheckpoint(readFileSync(file(number), 'utf8'));
    if (!checkpoint) throw new Error('That is no checkpoint.');
    writeFileSync(file(number), fullText(change(checkpoint)));
  };
  /** The same statement, signed again. */
  const resigned = (checkpoint: SignedCheckpoint, signer: Signer): SignedCheckpoint => {
    const { version: _version, key: _key, signature: _signature, ...content } = checkpoint;
    return signed(content, signer);
  };

  const attacks: readonly [string, () => void | Promise<void>, RegExp][] = [
    [
      'a checkpoint that was edited',
      () => edit(2, (one) => ({ ...one, at: '2020-01-01T00:00:00.000Z' })),
      /checkpoint-00000002.json does not bear a true signature: it was forged or edited/,
    ],
    [
      'a checkpoint that was forged under the true key id',
      () => edit(3, (one) => ({ ...resigned(one, aSigner()), key: one.key })),
      /does not bear a true signature/,
    ],
    [
      'a checkpoint under a wrong key id',
      () => edit(3, (one) => resigned(one, aSigner())),
      /is signed with key [0-9a-f]{16}, which is none of the public keys given/,
    ],
    ['a checkpoint that is no JSON any more', () => writeFileSync(file(2), 'gone'), /is no checkpoint/],
    ['a checkpoint that is missing in the middle', () => rmSync(file(2)), /Checkpoint 2 is missing/],
    [
      'checkpoints that are missing at the end',
      () => {
        rmSync(file(2));
        rmSync(file(3));
      },
      /Checkpoints 2 to 3 are known to the database and missing outside/,
    ],
    [
      'two true checkpoints with the same number (a fork)',
      () => {
        const other = parseCheckpoint(readFileSync(file(3), 'utf8'));
        if (!other) throw new Error('That is no checkpoint.');
        const second = resigned({ ...other, at: '2020-01-01T00:00:00.000Z' }, auditor.signer);
        writeFileSync(join(auditor.folder, 'from-a-mail.json'), fullText(second));
      },
      /There are two checkpoints 3 .*: the history was forked/,
    ],
    [
      'a true checkpoint that does not follow the one before (a fork)',
      () => edit(3, (one) => resigned({ ...one, previous: 'f'.repeat(64) }, auditor.signer)),
      /Checkpoint 3 does not follow checkpoint 2 as it is here/,
    ],
    [
      'a checkpoint of another installation',
      () => edit(3, (one) => resigned({ ...one, installation: 'another' }, auditor.signer)),
      /another installation/,
    ],
  ];
  it.each(attacks)('shows %s', async (_name, attack, expected) => {
    await attack();
    expect(await wrong()).toMatch(expected);
  });

  it('shows that the public key is another one', async () => {
    const keyFile = join(auditor.home, 'other.pem');
    writeFileSync(keyFile, aSigner().publicKey);
    expect(await wrong({ keyFile })).toMatch(/none of the public keys given/);
  });

  it('keeps its text: another one under the same number is refused, and the job says so', async () => {
    await refusals(1);
    writeFileSync(file(4), '{}\n');
    await expect(auditor.checkpoint()).rejects.toMatchObject({ name: 'CheckpointProblem' });
    expect(readFileSync(file(4), 'utf8')).toBe('{}\n');
  });
});

describe('a restore', () => {
  const declare = async (abandoned: SignedCheckpoint | null, signer = auditor.signer) =>
    declareRestore(
      bench.database,
      { by: 'otto', reason: 'disk lost', abandoned, sign: signer },
      await bench.now(),
    );

  it('that is declared is accepted and shown, and checkpoints go on behind the abandoned one', async () => {
    await setBackTo(await kept(1));
    await declare(await kept(3));
    await busier('after');
    expect(await auditor.checkpoint()).toMatchObject({ number: 4, written: 1 });
    const chain = await exportedChains();
    for (const verdict of [await auditor.verify(), await auditor.verify({ chain })]) {
      expect(verdict.problems).toEqual([]);
      expect(verdict.restores).toEqual([expect.stringMatching(/declared by otto \(disk lost\).*up to 3/)]);
    }
  });

  it('excuses nothing that came before it', async () => {
    await setBackTo(await kept(2));
    await declare(await kept(3));
    await rewriteFrom(mark(1) + 1);
    expect(await wrong()).toMatch(/meets checkpoint 1 and not this one/);
  });

  it('excuses nothing that came after it', async () => {
    await setBackTo(await kept(1));
    await declare(await kept(3));
    await busier('after');
    await auditor.checkpoint();
    await rewriteFrom(mark(1) + 1);
    expect(await wrong()).toMatch(/Checkpoint 4 .* another entry stands there/);
  });

  it('is not accepted when it names no abandoned checkpoint', async () => {
    await setBackTo(await kept(1));
    await declare(null);
    expect(await wrong()).toMatch(/undeclared restore/);
  });

  it('is not accepted under another key', async () => {
    await setBackTo(await kept(1));
    await declare(await kept(3), aSigner());
    expect(await wrong()).toMatch(/A declared restore .* none of the public keys given/);
  });

  it('is not accepted when the chains do not name it', async () => {
    await setBackTo(await kept(1));
    await declare(await kept(3));
    await raw(bench.url, async (client) => client.query('create table statement as table restores'));
    await setBackTo(await kept(1));
    await tamper(
      bench.url,
      'delete from restores',
      'insert into restores table statement',
      'drop table statement',
    );
    expect(await wrong()).toMatch(/A declared restore .* is not named in the second chain of/);
  });
});

describe('writing', () => {
  it('has neither gap nor fork with 50 parallel appenders and checkpoints between them', async () => {
    const wide = connect({ databaseUrl: bench.url, poolSize: 50, acquireMs: 60_000 });
    try {
      const ids = await Promise.all(
        Array.from({ length: 50 }, async (_, n) => bench.send(`parallel ${String(n)}`)),
      );
      const entry = {
        kind: 'refusal',
        processId: null,
        code: 'TEST',
        trigger: 'test',
        principal: 'olga',
      } as const;
      const now = await bench.now();
      const made = await Promise.all([
        ...ids.map(async (id) => bench.step(id)),
        ...ids.map(async () => recordRefusal(wide, { ...entry, tenantId: TENANT })),
        ...Array.from({ length: 5 }, async () => makeCheckpoint(wide, auditor.signer, now)),
      ]);
      expect(made).toHaveLength(105);
      for (const id of ids) expect(await bench.events(id)).toHaveLength(1);
      await auditor.checkpoint();
      expect(await wrong()).toBe('');
      const numbers = (await readSignedCheckpoints(auditor.folder)).map((one) => one.number);
      expect(numbers).toEqual(numbers.map((_, index) => index + 1));
      expect(numbers.length).toBeGreaterThan(4);
    } finally {
      await wide.close();
    }
  }, 60_000);

  it('is taken up again wherever it was cut off: signed and not carried, carried and not noted', async () => {
    const place = recordingPlace();
    const deps = {
      database: bench.database,
      clock: { now: async () => bench.now() },
      log: silentLog,
      signer: auditor.signer,
      places: [checkpointFolder(auditor.folder), place],
    };
    await refusals(1);
    await makeCheckpoint(bench.database, auditor.signer, await bench.now());
    await refusals(1);
    place.failNext('before');
    await expect(runCheckpoint(deps)).rejects.toMatchObject({ name: 'CheckpointProblem' });
    place.failNext('after');
    await expect(runCheckpoint(deps)).rejects.toMatchObject({ name: 'CheckpointProblem' });
    writeFileSync(join(auditor.folder, '.left-over.part'), 'half');
    expect(await runCheckpoint(deps)).toMatchObject({ number: 5, written: 0 });
    expect(place.held.map((one) => one.number)).toEqual([1, 2, 3, 4, 5]);
    expect(await numbersOf(auditor.folder)).toHaveLength(5);
    expect(await wrong()).toBe('');
  });

  it('does not happen without a key, and says so', async () => {
    const deps = {
      database: bench.database,
      clock: { now: async () => bench.now() },
      log: silentLog,
      signer: null,
      places: [],
    };
    await expect(runCheckpoint(deps)).rejects.toThrow(/CAREPLUS_CHECKPOINT_KEY is not set/);
  });
});
