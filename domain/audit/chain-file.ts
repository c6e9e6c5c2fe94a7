/** Chains in a file: everything that verifying them needs, without the database. */
import { z } from 'zod';
import { recordOf, walkFrom } from './chain.js';
import { sha256 } from '../kernel/hash.js';
import type { Chains, StoredRestore } from './checkpoint-check.js';

const link = z.strictObject({
  number: z.int().min(1),
  bytes: z.string(),
  prevHash: z.string(),
  hash: z.string(),
});

/** What `careplus audit chain` writes. */
export const chainFileSchema = z.strictObject({
  version: z.literal(1),
  chains: z
    .array(
      z.strictObject({
        tenantId: z.string().min(1),
        chain: z.enum(['event', 'refusal']),
        entries: z.array(link).readonly(),
      }),
    )
    .readonly(),
  /** Exact texts of the signed statements. */
  restores: z.array(z.string()).readonly(),
});
export type ChainFile = Readonly<z.infer<typeof chainFileSchema>>;

export interface WalkedFile {
  readonly chains: Chains;
  readonly restores: readonly StoredRestore[];
  readonly entries: number;
  readonly problems: readonly string[];
}

/** A broken chain is broken; more problems than this tell nothing new. */
const MOST_PROBLEMS = 100;

/** Walks every chain of a file from its beginning. */
export function walkFile(file: ChainFile): WalkedFile {
  const hashes = new Map<string, readonly string[]>();
  const named = new Map<string, Set<string>>();
  const problems: string[] = [];
  let entries = 0;
  for (const { tenantId, chain, entries: links } of file.chains) {
    const walk = walkFrom(tenantId, chain);
    const line = [walk.last.hash];
    for (const entry of links) {
      const found = walk.take(entry);
      problems.push(
        ...found.map(
          (each) => `Entry ${String(entry.number)} of the ${chain} chain of ${tenantId}: ${each}.`,
        ),
      );
      line[entry.number] = entry.hash;
      entries += 1;
      const restore = chain === 'refusal' ? restoreNamed(entry.bytes) : null;
      if (restore !== null) named.set(restore, (named.get(restore) ?? new Set()).add(tenantId));
    }
    hashes.set(`${tenantId}\n${chain}`, line);
  }
  return {
    entries,
    problems: problems.slice(0, MOST_PROBLEMS),
    restores: file.restores.map((text) => ({ text, declaredFor: [...(named.get(sha256(text)) ?? [])] })),
    chains: {
      end: (tenantId, chain) => {
        const line = hashes.get(`${tenantId}\n${chain}`);
        return line ? line.length - 1 : null;
      },
      hashAt: (tenantId, chain, number) => hashes.get(`${tenantId}\n${chain}`)?.[number] ?? null,
    },
  };
}

function restoreNamed(bytes: string): string | null {
  const trigger = recordOf(bytes)?.get('trigger');
  const [what, hash] = typeof trigger === 'string' ? trigger.split(' ') : [];
  return what === 'restore.declared' ? (hash ?? null) : null;
}
