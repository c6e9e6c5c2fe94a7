/** Signed checkpoints and declared restores: each is written here first, then carried to places outside. */
import { randomUUID } from 'node:crypto';
import {
  checkpointHash,
  fullText,
  parseCheckpoint,
  signed,
  type ChainMark,
  type RestoreStatement,
  type SignedCheckpoint,
  type Signer,
} from '../../domain/audit/checkpoint.js';
import type { Database, Trx } from '../connection.js';
import { instant } from '../instants.js';
import { appendRefusal } from '../store/chain.js';

export type { RestoreStatement, SignedCheckpoint, Signer } from '../../domain/audit/checkpoint.js';

/** Any number that nobody else uses: one checkpoint or restore at a time, whoever makes it. */
const CHECKPOINT_LOCK = 7_106_245_112;
const INSTALLATION = 'installationId';

export interface Declaration {
  /** Person or account that says so; an id, no name. */
  readonly by: string;
  /** Kept for ever in the audit: no personal data. */
  readonly reason: string;
  /** The last checkpoint of the line of history that is given up; null when none is known. */
  readonly abandoned: SignedCheckpoint | null;
  readonly sign: Signer;
}

/**
 * Declares that the database was replaced by an older one on purpose. Stores a signed statement of where its chains
 * stand and which checkpoint is abandoned, and appends a `change` entry `restore.declared <hash>` to the second chain
 * of every tenant, all or nothing. Checkpoints after it go on behind the abandoned number.
 */
export async function declareRestore(
  database: Database,
  declaration: Declaration,
  nowMs: number,
): Promise<RestoreStatement> {
  const { by, reason, abandoned, sign } = declaration;
  return database.as('admin', {}, async (trx) => {
    await lock(trx);
    await rememberKey(trx, sign);
    const statement: RestoreStatement = signed(
      {
        kind: 'restore',
        installation: await installationId(trx),
        at: new Date(nowMs).toISOString(),
        by,
        reason,
        abandoned: abandoned && { number: abandoned.number, hash: checkpointHash(abandoned) },
        chains: await readMarks(trx),
      },
      sign,
    );
    const hash = checkpointHash(statement);
    await trx.run(
      `insert into restores (hash, at, declared_by, reason, abandoned_number, abandoned_hash, bytes)
       values (:hash, :at, :by, :reason, :number, :abandonedHash, :bytes)`,
      {
        hash,
        at: instant(nowMs),
        by,
        reason,
        number: statement.abandoned?.number ?? null,
        abandonedHash: statement.abandoned?.hash ?? null,
        bytes: fullText(statement),
      },
    );
    for (const tenantId of new Set(statement.chains.map((mark) => mark.tenantId))) {
      const what = { code: 'restore.declared', trigger: `restore.declared ${hash}`, principal: by };
      const entry = { tenantId, kind: 'change', processId: null, inboxId: null, at: nowMs } as const;
      await appendRefusal(trx, { ...entry, ...what });
    }
    return statement;
  });
}

export type NewCheckpoint =
  | { readonly kind: 'made'; readonly checkpoint: SignedCheckpoint }
  /** No chain has moved since the last one. */
  | { readonly kind: 'unchanged'; readonly number: number }
  /** There is no customer and no chain yet. */
  | { readonly kind: 'nothing' };

/**
 * Signs where all chains stand under the next number and stores it; the caller carries it outside. Numbers have
 * neither gap nor fork: the row is committed before anybody sees the text, and only one transaction at a time makes one.
 */
export async function makeCheckpoint(
  database: Database,
  signer: Signer,
  nowMs: number,
): Promise<NewCheckpoint> {
  return database.as('admin', {}, async (trx) => {
    await lock(trx);
    const chains = await readMarks(trx);
    if (chains.length === 0) return { kind: 'nothing' };
    const last = await lastStored(trx);
    const before = last && parseCheckpoint(last.bytes);
    if (before && sameMarks(before.chains, chains)) return { kind: 'unchanged', number: before.number };
    await rememberKey(trx, signer);
    const follows = await newestOf(trx, last);
    const checkpoint: SignedCheckpoint = signed(
      {
        kind: 'checkpoint',
        installation: await installationId(trx),
        number: follows.number + 1,
        previous: follows.hash,
        at: new Date(nowMs).toISOString(),
        chains,
      },
      signer,
    );
    await trx.run('insert into checkpoints (number, at, hash, bytes) values (:number, :at, :hash, :bytes)', {
      number: checkpoint.number,
      at: instant(nowMs),
      hash: checkpointHash(checkpoint),
      bytes: fullText(checkpoint),
    });
    return { kind: 'made', checkpoint };
  });
}

export interface StoredCheckpoint {
  readonly number: number;
  readonly hash: string;
  /** The exact text of the file. */
  readonly bytes: string;
}

/** The number after which the next one follows: what is stored, or what a restore abandoned, whichever is later. */
export async function lastNumber(database: Database): Promise<number> {
  return database.as('admin', {}, async (trx) => (await newestOf(trx, await lastStored(trx))).number);
}

/** The oldest checkpoints that a place wants and does not have yet: all, or those since the first that it was given. */
export async function undelivered(
  database: Database,
  place: { readonly name: string; readonly wants: 'all' | 'new' },
  limit: number,
): Promise<readonly StoredCheckpoint[]> {
  return database.as('admin', {}, async (trx) =>
    trx.rows<StoredCheckpoint>(
      `select c.number::float8 as number, c.hash, c.bytes from checkpoints c
        where not exists (select from checkpoint_deliveries d where d.number = c.number and d.place = :place)
          and (:all::boolean or c.number >= coalesce(
            (select min(d.number) from checkpoint_deliveries d where d.place = :place),
            (select max(n.number) from checkpoints n)))
        order by c.number limit :limit`,
      { place: place.name, all: place.wants === 'all', limit },
    ),
  );
}

/** Remembers that a place has a checkpoint. */
export async function markDelivered(database: Database, number: number, place: string): Promise<void> {
  await database.as('admin', {}, async (trx) =>
    trx.run(
      'insert into checkpoint_deliveries (number, place) values (:number, :place) on conflict do nothing',
      { number, place },
    ),
  );
}

/** What the database itself knows: its newest checkpoint, the restores declared in it, the public keys it signed with. */
export interface KnownCheckpoints {
  readonly installation: string | null;
  readonly last: { readonly number: number; readonly hash: string } | null;
  /** Exact texts, oldest first. */
  readonly restores: readonly string[];
  readonly keys: readonly { readonly id: string; readonly publicKey: string }[];
}

export async function readKnown(database: Database): Promise<KnownCheckpoints> {
  return database.as('admin', {}, async (trx) => {
    const last = await lastStored(trx);
    const restores = await trx.rows<{ bytes: string }>('select bytes from restores order by at, hash');
    const own = await trx.row<{ id: string }>(
      `select value #>> '{}' as id from settings where name = :name`,
      {
        name: INSTALLATION,
      },
    );
    return {
      installation: own?.id ?? null,
      last: last && { number: last.number, hash: last.hash },
      restores: restores.map((row) => row.bytes),
      keys: await trx.rows(
        'select id, public_key as "publicKey" from checkpoint_keys order by first_used_at',
      ),
    };
  });
}

async function lock(trx: Trx): Promise<void> {
  await trx.run('select pg_advisory_xact_lock(:key::bigint)', { key: CHECKPOINT_LOCK });
}

/** One statement sees all heads at one moment, and a head is never committed without its entry. */
async function readMarks(trx: Trx): Promise<readonly ChainMark[]> {
  return trx.rows<ChainMark>(
    `select tenant_id as "tenantId", kind as chain, number::float8 as number, hash
       from chain_heads order by tenant_id, kind`,
  );
}

async function lastStored(trx: Trx): Promise<StoredCheckpoint | null> {
  return trx.row<StoredCheckpoint>(
    'select number::float8 as number, hash, bytes from checkpoints order by number desc limit 1',
  );
}

interface Place {
  readonly number: number;
  readonly hash: string | null;
}

async function newestOf(trx: Trx, last: StoredCheckpoint | null): Promise<Place> {
  const abandoned = await trx.row<Place>(
    `select abandoned_number::float8 as number, abandoned_hash as hash from restores
      where abandoned_number is not null order by abandoned_number desc limit 1`,
  );
  const own: Place = last ?? { number: 0, hash: null };
  return abandoned && abandoned.number > own.number ? abandoned : own;
}

function sameMarks(one: readonly ChainMark[], other: readonly ChainMark[]): boolean {
  return (
    one.length === other.length &&
    one.every((mark, index) => {
      const beside = other[index];
      return beside?.tenantId === mark.tenantId && beside.chain === mark.chain && beside.hash === mark.hash;
    })
  );
}

async function rememberKey(trx: Trx, signer: Signer): Promise<void> {
  await trx.run('insert into checkpoint_keys (id, public_key) values (:id, :key) on conflict do nothing', {
    id: signer.keyId,
    key: signer.publicKey,
  });
}

/** Made by chance on first use; needs the Provider's own tenant, which every installation has before any other. */
async function installationId(trx: Trx): Promise<string> {
  await trx.run(
    `insert into settings (tenant_id, name, value) values ('provider', :name, to_jsonb(:id::text)) on conflict do nothing`,
    { name: INSTALLATION, id: randomUUID() },
  );
  const row = await trx.row<{ id: string }>(
    `select value #>> '{}' as id from settings where tenant_id = 'provider' and name = :name`,
    { name: INSTALLATION },
  );
  if (!row) throw new Error('The installation has no id.');
  return row.id;
}
