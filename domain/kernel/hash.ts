/** Canonical JSON, its SHA-256, and signatures over it: what the audit chain and its checkpoints stand on. */
import { createHash, createPublicKey, verify } from 'node:crypto';

/** JSON with sorted keys and without undefined members: equal values give equal text on every machine. */
export function canonical(value: unknown): string {
  return JSON.stringify(sorted(value));
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

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => (item === undefined ? null : sorted(item)));
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).filter(([, member]) => member !== undefined);
  entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return Object.fromEntries(entries.map(([key, member]) => [key, sorted(member)]));
}
