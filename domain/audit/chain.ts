/** The links of an audit chain, and walking one that was exported, without a database. */
import { sha256 } from '../kernel/hash.js';

export type ChainKind = 'event' | 'refusal';

/** What the first entry of a chain is linked to: different for each tenant and kind, so that chains cannot be swapped. */
export function genesis(tenantId: string, kind: ChainKind): string {
  return sha256(`careplus\n${tenantId}\n${kind}`);
}

/** The link between two entries. */
export function linkHash(previous: string, bytes: string): string {
  return sha256(`${previous}\n${bytes}`);
}

/** An entry of a chain, enough to check it without the database. */
export interface ChainLink {
  /** Place in the chain: 1, 2, … */
  readonly number: number;
  /** The exact canonical JSON that was hashed. */
  readonly bytes: string;
  readonly prevHash: string;
  readonly hash: string;
}

/** Checks entries one after another as they come; `last` is where the walk stands. */
export interface ChainWalk {
  readonly last: { readonly number: number; readonly hash: string };
  /** What is wrong with this entry, in words. */
  take(entry: ChainLink): readonly string[];
}

/** A walk from the beginning of a tenant's chain. */
export function walkFrom(tenantId: string, chain: ChainKind): ChainWalk {
  let last = { number: 0, hash: genesis(tenantId, chain) };
  return {
    get last() {
      return last;
    },
    take(entry) {
      const problems: string[] = [];
      if (entry.number !== last.number + 1)
        problems.push(`entries ${String(last.number + 1)} to ${String(entry.number - 1)} are missing`);
      if (entry.prevHash !== last.hash) problems.push('it does not follow the entry before it');
      if (entry.hash !== linkHash(entry.prevHash, entry.bytes)) problems.push('its bytes were changed');
      const said = recordOf(entry.bytes);
      if (!said) problems.push('its bytes are no record');
      else if (said.get('tenantId') !== tenantId) problems.push('it belongs to another tenant');
      last = { number: entry.number, hash: entry.hash };
      return problems;
    },
  };
}

/** The members of a stored record; null for bytes that are none. */
export function recordOf(bytes: string): ReadonlyMap<string, unknown> | null {
  try {
    const record: unknown = JSON.parse(bytes);
    return typeof record === 'object' && record !== null ? new Map(Object.entries(record)) : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
