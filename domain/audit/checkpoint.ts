/** Signed checkpoints and restore statements: their shape, and the exact text that is signed, hashed and kept. */
import { z } from 'zod';
import { canonical, sha256 } from '../kernel/hash.js';

/** Where one chain of one tenant stood. Number 0 is the empty chain, whose hash is its genesis. */
const mark = z.strictObject({
  tenantId: z.string().min(1),
  chain: z.enum(['event', 'refusal']),
  number: z.int().min(0),
  hash: z.string(),
});
export type ChainMark = z.infer<typeof mark>;

const common = {
  version: z.literal(1),
  /** Which installation this is about; chosen once, by chance. */
  installation: z.string().min(1),
  /** ISO 8601 in UTC with milliseconds. */
  at: z.iso.datetime({ precision: 3 }),
  chains: z.array(mark).readonly(),
  /** Id of the key: the beginning of the SHA-256 of the public key (SPKI, DER). */
  key: z.string().min(1),
  /** Ed25519 over the canonical JSON of all other members, Base64. */
  signature: z.string().min(1),
};

const checkpoint = z.strictObject({
  ...common,
  kind: z.literal('checkpoint'),
  /** 1, 2, … without a gap over the life of an installation, restores included. */
  number: z.int().min(1),
  /** `checkpointHash` of the checkpoint before; null for the first. */
  previous: z.string().nullable(),
});
export type SignedCheckpoint = Readonly<z.infer<typeof checkpoint>>;

const restore = z.strictObject({
  ...common,
  kind: z.literal('restore'),
  by: z.string().min(1),
  reason: z.string().min(1),
  /** The last checkpoint of the line of history that is given up; null when none is known. */
  abandoned: z.strictObject({ number: z.int().min(1), hash: z.string() }).nullable(),
});
/** `chains` is where the restored database stood: nothing after that is accepted as abandoned by mistake. */
export type RestoreStatement = Readonly<z.infer<typeof restore>>;

/** Signs texts; made by `signerOf` from a private key. */
export interface Signer {
  readonly keyId: string;
  /** PEM (SPKI). */
  readonly publicKey: string;
  /** Ed25519 over the UTF-8 bytes, Base64. */
  sign(text: string): string;
}

type Unsigned<T> = Omit<T, 'signature' | 'key' | 'version'>;
export type UnsignedCheckpoint = Unsigned<SignedCheckpoint>;
export type UnsignedRestore = Unsigned<RestoreStatement>;

/** Puts key id and signature to what is to be signed. */
export function signed<T extends UnsignedCheckpoint | UnsignedRestore>(
  content: T,
  signer: Signer,
): T & { readonly version: 1; readonly key: string; readonly signature: string } {
  const whole = { ...content, version: 1 as const, key: signer.keyId };
  return { ...whole, signature: signer.sign(canonical(whole)) };
}

/** The text over which the signature goes. */
export function signedText(statement: SignedCheckpoint | RestoreStatement): string {
  return canonical({ ...statement, signature: undefined });
}

/** The exact text that is stored and sent: one line of canonical JSON. */
export function fullText(statement: SignedCheckpoint | RestoreStatement): string {
  return canonical(statement);
}

/** The hash by which the next checkpoint, a restore or a chain entry names this one. */
export function checkpointHash(statement: SignedCheckpoint | RestoreStatement): string {
  return sha256(fullText(statement));
}

/** Reads a stored text; null for what is no checkpoint of this form. Says nothing about its signature. */
export function parseCheckpoint(text: string): SignedCheckpoint | null {
  return parsed(checkpoint, text);
}

/** Reads a stored text; null for what is no restore statement of this form. Says nothing about its signature. */
export function parseRestore(text: string): RestoreStatement | null {
  return parsed(restore, text);
}

function parsed<T>(schema: z.ZodType<T>, text: string): T | null {
  try {
    return schema.safeParse(JSON.parse(text)).data ?? null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
