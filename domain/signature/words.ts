/** What a signature is: a command about one version of a document, with evidence that is kept outside the chain (service spec §4.4). */
import { z } from 'zod';
import { sha256 } from '../kernel/hash.js';

export const sha256Hex = z.string().regex(/^[0-9a-f]{64}$/, 'a SHA-256 in lower-case hex');

const evidenceRef = z.strictObject({ id: z.string(), sha256: sha256Hex });

/** What is signed: a version of a text, told by the hash of its content. */
export const signedText = z.strictObject({
  title: z.string().trim().min(3).max(200),
  version: z.number().int().positive(),
  sha256: sha256Hex,
});

/**
 * Payload of a command by which a person signs. A link with such a command asks for the typed name; the evidence (name,
 * address, time) is kept in a row of its own, and the command holds its id and hash.
 */
export const signaturePayload = signedText.extend({ evidence: evidenceRef.nullable().default(null) });
export type SignaturePayload = z.infer<typeof signaturePayload>;

/** Lookup: the evidence that the payload names; null when there is none. */
export const evidenceFacts = evidenceRef
  .extend({
    processId: z.string(),
    personId: z.string(),
    version: z.number().int(),
    documentSha256: sha256Hex,
  })
  .nullable();
type EvidenceFacts = z.infer<typeof evidenceFacts>;

/** A signature as a process keeps it; `at` is epoch milliseconds. */
export const signatureSchema = z.strictObject({
  by: z.string(),
  at: z.number().int(),
  evidence: evidenceRef.nullable(),
});
export type Signature = z.infer<typeof signatureSchema>;

interface Signing {
  readonly processId: string;
  readonly actor: string | null;
  readonly payload: SignaturePayload;
  readonly look: { readonly evidence: EvidenceFacts };
}

/** Whether the evidence was made by this person about this version of this process. */
export function isProven({ processId, actor, payload, look: { evidence } }: Signing): boolean {
  return (
    evidence !== null &&
    evidence.processId === processId &&
    evidence.personId === actor &&
    evidence.version === payload.version &&
    evidence.documentSha256 === payload.sha256 &&
    evidence.sha256 === payload.evidence?.sha256
  );
}

/** Whether the payload names exactly this text. */
export function isAbout(payload: SignaturePayload, text: z.infer<typeof signedText> | null): boolean {
  return (
    text !== null &&
    payload.title === text.title &&
    payload.version === text.version &&
    payload.sha256 === text.sha256
  );
}

export function signatureOf({
  actor,
  payload,
  at,
}: Pick<Signing, 'actor' | 'payload'> & { readonly at: number }): Signature {
  return { by: actor ?? '', at, evidence: payload.evidence };
}

/** What proves a signature, as it is kept outside the chain. `signedAt` is epoch milliseconds. */
export interface SignatureEvidence extends z.infer<typeof signedText> {
  /** What it was signed with. */
  readonly adapter: string;
  readonly processId: string;
  readonly personId: string;
  readonly typedName: string;
  readonly ip: string;
  readonly signedAt: number;
}

/** The hash that the chain holds of it: of its canonical JSON. */
export function hashOfEvidence(evidence: SignatureEvidence): string {
  return sha256({ ...evidence });
}
