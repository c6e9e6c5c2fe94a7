/** Signing as a command: first the evidence, then the command that holds its hash; a refused one leaves none. */
import type { z } from 'zod';
import { businessNow } from '../../db/business-clock.js';
import { dropEvidence, keepEvidence } from '../../db/signature/evidence.js';
import { sha256 } from '../../domain/kernel/hash.js';
import type { Definition } from '../../domain/kernel/rules.js';
import { signaturePayload, type signedText } from '../../domain/signature/words.js';
import type { Dependencies } from '../dependencies.js';
import { submitCommand, type Submitted } from '../processes/submit.js';

export interface SignatureAsked {
  readonly tenantId: string;
  readonly processId: string;
  readonly definition: Definition;
  readonly command: string;
  readonly text: z.infer<typeof signedText>;
  readonly signer: { readonly id: string; readonly name: string };
  readonly typedName: string;
  readonly ip: string;
  /** The same key is the same signature, however often it is sent. */
  readonly idempotencyKey: string;
}

/** Whether a command is a signature: then its evidence is asked for and kept. */
export function isSignature(definition: Definition, command: string): boolean {
  return definition.words.commands[command]?.payload === signaturePayload;
}

export async function submitSignature(
  deps: Dependencies,
  asked: SignatureAsked,
): Promise<Submitted | { readonly kind: 'otherName' }> {
  const { tenantId, processId, definition, command, text, signer, typedName, ip, idempotencyKey } = asked;
  const { title, version, sha256: documentSha256 } = text;
  const signedAt = await deps.database.as('step', { tenant: tenantId }, businessNow);
  const act = { title, version, sha256: documentSha256, processId, signer, typedName, ip, signedAt };
  const signing = await deps.signing.sign(act);
  if (signing.kind === 'otherName') return signing;
  const at = { tenantId, id: `sig_${sha256([tenantId, signer.id, idempotencyKey]).slice(0, 26)}` };
  const evidence = await keepEvidence(deps.database, at, signing.evidence);
  const submitted = await submitCommand(deps, {
    tenantId,
    processId,
    definition,
    command,
    payload: { title, version, sha256: documentSha256, evidence },
    actor: signer.id,
    idempotencyKey,
    expectedSeq: null,
  });
  if (isRefused(submitted)) {
    const key = { principal: signer.id, value: idempotencyKey };
    await dropEvidence(deps.database, { ...at, processId, key });
  }
  return submitted;
}

/**
 * One that is accepted and not decided yet keeps its evidence, whatever comes of it; so does one that met a busy process:
 * under the same key it may be accepted already, or is sent again.
 */
function isRefused(submitted: Submitted): boolean {
  if (submitted.kind === 'answered') return submitted.row.answer?.outcome !== 'accepted';
  return submitted.kind === 'refused' || submitted.kind === 'gone';
}
