/** The public keys of the issuer of tokens: fetched when needed, kept for a while, never asked for too often. */
import { createLocalJWKSet, errors, type CryptoKey, type JWSHeaderParameters } from 'jose';
import { z } from 'zod';
import type { TokenRules } from '../../config/limits.js';

/** `unknown`: the issuer has no such key. `unavailable`: it cannot be asked. */
export type KeyFound =
  | { readonly kind: 'key'; readonly key: CryptoKey }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'unavailable'; readonly reason: string };

type KeyRules = Pick<
  TokenRules,
  'jwksUrl' | 'keysCacheSeconds' | 'keysCooldownSeconds' | 'keysKeptSeconds' | 'keysTimeoutMs'
>;

/** More than this is no set of keys. */
const MOST_BYTES = 262_144;
const MOST_KEYS = 100;

/** Only what a signature needs; members that lead elsewhere (x5u) are dropped. Keys without an id are never found. */
const keySchema = z.object({
  kty: z.enum(['RSA', 'EC', 'OKP']),
  kid: z.string().min(1).max(200),
  alg: z.string().optional(),
  use: z.literal('sig').optional(),
  key_ops: z.array(z.string()).optional(),
  crv: z.string().optional(),
  n: z.string().optional(),
  e: z.string().optional(),
  x: z.string().optional(),
  y: z.string().optional(),
});
const setSchema = z.object({ keys: z.array(z.unknown()).max(MOST_KEYS) });

type KeySet = ReturnType<typeof createLocalJWKSet>;

export class IssuerKeys {
  private kept: { readonly set: KeySet; readonly fetchedAt: number } | undefined;
  private tried: { readonly at: number; readonly failure: string | null } | undefined;
  private underWay: Promise<void> | undefined;

  /** `now` gives epoch milliseconds. */
  constructor(
    private readonly rules: KeyRules,
    private readonly now: () => number = Date.now,
  ) {}

  /** The key that a token names in its header. */
  async find(header: JWSHeaderParameters): Promise<KeyFound> {
    const { keysCacheSeconds } = this.rules;
    if (this.ageSeconds() <= keysCacheSeconds) {
      const known = await this.known(header);
      if (known) return known;
    }
    await this.refresh();
    // Keys that were fetched go on while the issuer is away.
    const known = this.ageSeconds() <= this.rules.keysKeptSeconds ? await this.known(header) : null;
    if (known) return known;
    const failure = this.tried?.failure ?? null;
    return failure === null ? { kind: 'unknown' } : { kind: 'unavailable', reason: failure };
  }

  private ageSeconds(): number {
    return this.kept ? (this.now() - this.kept.fetchedAt) / 1000 : Infinity;
  }

  private async known(header: JWSHeaderParameters): Promise<KeyFound | null> {
    if (!this.kept) return null;
    try {
      return { kind: 'key', key: await this.kept.set(header) };
    } catch (error) {
      // None, or several that fit: the header does not name one key.
      if (error instanceof errors.JOSEError) return null;
      throw error;
    }
  }

  /** Everybody who needs the keys at one moment waits for one attempt. */
  private async refresh(): Promise<void> {
    const since = this.tried ? (this.now() - this.tried.at) / 1000 : Infinity;
    if (!this.underWay && since < this.rules.keysCooldownSeconds) return;
    this.underWay ??= this.fetchKeys().finally(() => (this.underWay = undefined));
    await this.underWay;
  }

  private async fetchKeys(): Promise<void> {
    try {
      const set = createLocalJWKSet({ keys: await fetchSet(this.rules) });
      this.kept = { set, fetchedAt: this.now() };
      this.tried = { at: this.now(), failure: null };
    } catch (error) {
      // Whatever the reason: without an answer that can be read the issuer counts as away.
      this.tried = { at: this.now(), failure: reasonOf(error) };
    }
  }
}

async function fetchSet({ jwksUrl, keysTimeoutMs }: KeyRules) {
  const response = await fetch(jwksUrl, {
    headers: { accept: 'application/jwk-set+json, application/json' },
    // A redirect could lead to keys of somebody else.
    redirect: 'error',
    signal: AbortSignal.timeout(keysTimeoutMs),
  });
  if (!response.ok) {
    await response.body?.cancel();
    throw new Error(`status ${String(response.status)}`);
  }
  const { keys } = setSchema.parse(JSON.parse(await limitedText(response)));
  // Keys for other purposes may stand beside ours.
  return keys.flatMap((key) => {
    const read = keySchema.safeParse(key);
    return read.success ? [defined(read.data)] : [];
  });
}

async function limitedText(response: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  if (!response.body) return '';
  let bytes = 0;
  const body: AsyncIterable<Uint8Array> = response.body;
  for await (const part of body) {
    bytes += part.byteLength;
    if (bytes > MOST_BYTES) throw new Error('the set of keys is too large');
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

/** Without members that are absent, as jose's types want it. */
function defined(key: z.infer<typeof keySchema>): { kty: string; [member: string]: unknown } {
  const { kty, ...rest } = key;
  const given = Object.entries(rest).filter(([, value]) => value !== undefined);
  return { kty, ...Object.fromEntries(given) };
}

function reasonOf(error: unknown): string {
  if (!(typeof error === 'object' && error !== null && 'name' in error)) return 'unknown';
  const cause = 'cause' in error ? error.cause : undefined;
  const code =
    typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : undefined;
  const message = 'message' in error ? String(error.message).slice(0, 100) : '';
  return code ?? (error.name === 'ZodError' ? 'not a set of keys' : `${String(error.name)}: ${message}`);
}
