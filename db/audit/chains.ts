/** Raw entries of the audit chains, for those who verify elsewhere. */
import type { ChainKind, ChainLink } from '../../domain/audit/chain.js';
import { sha256 } from '../../domain/kernel/hash.js';
import type { StoredRestore } from '../../domain/audit/checkpoint-check.js';
import type { Database } from '../connection.js';
import { genesis } from '../store/chain.js';

const ENTRIES = {
  event: `select chain_no::float8 as number, bytes, prev_hash as "prevHash", hash
    from events where tenant_id = :tenantId and chain_no > :after and chain_no <= :upTo
   order by chain_no limit :limit`,
  refusal: `select number::float8 as number, bytes, prev_hash as "prevHash", hash
    from refusals where tenant_id = :tenantId and number > :after and number <= :upTo
   order by number limit :limit`,
} as const satisfies Record<ChainKind, string>;

/** Entries after a number, in order. */
export async function readLinks(
  database: Database,
  of: { readonly tenantId: string; readonly chain: ChainKind },
  page: { readonly after: number; readonly upTo?: number; readonly limit: number },
): Promise<readonly ChainLink[]> {
  const { after, upTo = Number.MAX_SAFE_INTEGER, limit } = page;
  return database.as('admin', {}, async (trx) =>
    trx.rows<ChainLink>(ENTRIES[of.chain], { tenantId: of.tenantId, after, upTo, limit }),
  );
}

export interface EntryPlace {
  readonly tenantId: string;
  readonly chain: ChainKind;
  readonly number: number;
}

/** The hash of each entry asked for, null where there is none; number 0 is the beginning of a chain that exists. */
export async function hashesAt(
  database: Database,
  places: readonly EntryPlace[],
): Promise<readonly (string | null)[]> {
  const rows = await database.as('admin', {}, async (trx) =>
    trx.rows<{ place: number; hash: string | null; open: boolean }>(
      `select a.place::integer as place, h.tenant_id is not null as open, coalesce(e.hash, r.hash) as hash
         from jsonb_to_recordset(:places::jsonb) as a (place integer, "tenantId" text, chain text, number bigint)
         left join chain_heads h on h.tenant_id = a."tenantId" and h.kind = a.chain
         left join events e on a.chain = 'event' and e.tenant_id = a."tenantId" and e.chain_no = a.number
         left join refusals r on a.chain = 'refusal' and r.tenant_id = a."tenantId" and r.number = a.number
        order by a.place`,
      { places: JSON.stringify(places.map((place, index) => ({ ...place, place: index }))) },
    ),
  );
  return rows.map(({ hash, open }, index) => {
    const asked = places[index];
    return asked && open && asked.number === 0 ? genesis(asked.tenantId, asked.chain) : hash;
  });
}

/** The restores that were declared, each with the customers whose second chain names it. */
export async function readRestores(database: Database): Promise<readonly StoredRestore[]> {
  return database.as('admin', {}, async (trx) => {
    const rows = await trx.rows<{ text: string }>('select bytes as text from restores order by at, hash');
    const named = await trx.rows<{ tenantId: string; trigger: string }>(
      `select tenant_id as "tenantId", bytes::jsonb ->> 'trigger' as trigger from refusals
        where code = 'restore.declared' order by tenant_id`,
    );
    return rows.map(({ text }) => ({
      text,
      declaredFor: named
        .filter(({ trigger }) => trigger === `restore.declared ${sha256(text)}`)
        .map(({ tenantId }) => tenantId),
    }));
  });
}
