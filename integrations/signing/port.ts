/** Signing: the port behind which what a person did becomes the evidence of a signature (service spec §4.4). */
import type { SignatureEvidence } from '../../domain/signature/words.js';

/** A person before a text that he is to sign, and what he did. */
export interface SigningAct extends Omit<SignatureEvidence, 'adapter' | 'personId'> {
  /** `name` as the directory has it. */
  readonly signer: { readonly id: string; readonly name: string };
}

export type Signing =
  | { readonly kind: 'signed'; readonly evidence: SignatureEvidence }
  /** The name given is not that of the person. */
  | { readonly kind: 'otherName' };

export interface SigningPort {
  /** Judges one act. It keeps nothing and tells nobody. */
  sign(act: SigningAct): Promise<Signing>;
}
