/** Canonical JSON, its SHA-256, and signatures over it: what the audit chain and its checkpoints stand on. */
import { createHash, createPublicKey, verify } from 'node:crypto';

/** JSON with sorted keys and without undefined members: equal values give equal text on every machine. */
export function canonical(value: unknown): string {
  return JSON.stringify(inOrder(value));
}

/** Lower-case hex SHA-256 of a text (UTF-8), or of the canonical JSON of any other value. */
export function sha256(value: unknown): string {
  const text = typeof value === 'string' ? value : canonical(value);
  return createHash('sha256').update(text, 'utf8').digest('hex');
}

/** Digits of a key's id: enough to tell the keys of an installation apart; the signature proves the rest. */
const KEY_ID_DIGITS = 16;

/** The id of a public key (PEM): the beginning of the SHA-256 of its SPKI bytes. Throws for what is no key. */
export function keyIdOf(publicKeyPem: string): string {
  const der = createPublicKey(publicKeyPem).export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(der).digest('hex').slice(0, KEY_ID_DIGITS);
}

/** Whether an Ed25519 signature (Base64) over a text was made with the private half of a public key (PEM). */
export function isSignedBy(publicKeyPem: string, text: string, signature: string): boolean {
  return verify(null, Buffer.from(text, 'utf8'), publicKeyPem, Buffer.from(signature, 'base64'));
}

const kept = new WeakMap<object, string>();

/** The canonical JSON of a value that nobody changes any more, such as a directory: worked out once. */
export function canonicalOnce(value: object): string {
  const known = kept.get(value);
  if (known !== undefined) return known;
  const text = canonical(value);
  kept.set(value, text);
  return text;
}

/**
 * The same JSON value with the keys of every object sorted: what is made of its entries does not depend on the store it
 * came through. A `jsonb` gives keys back in an order of its own.
 */
export function inOrder<T>(value: T): T;
export function inOrder(value: unknown): unknown {
  const result = sorted(value);
  if (result !== null && typeof result === 'object') ordered.add(result);
  return result;
}

/** What came out of it before: the data of a process pass it in every step. */
const ordered = new WeakSet();

function sorted(value: unknown): unknown {
  if (value === null || typeof value !== 'object' || ordered.has(value)) return value;
  if (Array.isArray(value)) return value.map((item: unknown) => (item === undefined ? null : sorted(item)));
  const given = value as Readonly<Record<string, unknown>>;
  const result: Record<string, unknown> = {};
  for (const key of Object.keys(given).sort()) {
    const member = given[key];
    if (member === undefined) continue;
    // Assigned, this one name would be taken for the prototype; everything else is assigned, which is much faster.
    if (key === '__proto__') Object.defineProperty(result, key, { ...own, value: sorted(member) });
    else result[key] = sorted(member);
  }
  return result;
}

const own = { enumerable: true, configurable: true, writable: true } as const;
