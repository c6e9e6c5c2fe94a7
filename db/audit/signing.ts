/** Signing checkpoints with the private Ed25519 key of an installation. */
import { createPrivateKey, createPublicKey, sign } from 'node:crypto';
import type { Signer } from '../../domain/audit/checkpoint.js';
import { keyIdOf } from '../../domain/kernel/hash.js';

/** A signer of a private key (PEM, PKCS 8). Throws for what is no Ed25519 private key. */
export function signerOf(privateKeyPem: string): Signer {
  const key = createPrivateKey(privateKeyPem);
  if (key.asymmetricKeyType !== 'ed25519') throw new TypeError('The checkpoint key is not an Ed25519 key.');
  const publicKey = String(createPublicKey(key).export({ type: 'spki', format: 'pem' }));
  return {
    keyId: keyIdOf(publicKey),
    publicKey,
    sign: (text) => sign(null, Buffer.from(text, 'utf8'), key).toString('base64'),
  };
}
