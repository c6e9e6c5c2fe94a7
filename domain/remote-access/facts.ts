/** What the agreement on remote access says, shared with its sessions and with who asks for its status (service spec §4.4). */
import { z } from 'zod';
import { signatureSchema, signedText } from '../signature/words.js';

/** How the Provider reaches the devices. With `screenShare` an engineer of the Provider leads. */
export const accessMethod = z.enum(['vpn', 'jumpHost', 'screenShare']);

const devices = z.array(z.string().trim().min(1).max(120)).max(2000);

/** A version of the agreement, as it is put before those who sign it. */
export const agreementTerms = signedText.extend({
  method: accessMethod,
  /** Every device at these sites. */
  siteIds: z.array(z.string()).max(500),
  /** Single devices beside them, by serial or name. */
  devices,
  /** Engineers of the Provider who may come in. */
  engineers: z.array(z.string()).min(1).max(200),
  /** Sessions need no consent of their own. */
  standingConsent: z.boolean(),
  /** Who takes the access away, one person on each side. */
  administrators: z.strictObject({ provider: z.string(), endUser: z.string() }),
  draftedBy: z.string(),
});
export type AgreementTerms = z.infer<typeof agreementTerms>;

/** The last technical test. */
export const accessTest = z.strictObject({
  testedOn: z.iso.date(),
  passed: z.boolean(),
  text: z.string(),
  by: z.string(),
});

/** An agreement in force. Instants are epoch milliseconds. */
export const agreementInForce = agreementTerms.extend({
  /** Leavers are out of it at once, so it may be empty. */
  engineers: z.array(z.string()),
  signature: signatureSchema,
  counterSignature: signatureSchema,
  test: accessTest,
  activatedAt: z.number().int(),
  recertifiedAt: z.number().int().nullable(),
  /** The end of its own term. */
  ownEndAt: z.number().int(),
  /** When it ends: then, or with the contract. */
  endsAt: z.number().int(),
  /** It had run out and was taken up again for an emergency. */
  emergency: z.boolean(),
});
export type AgreementInForce = z.infer<typeof agreementInForce>;

/** Where an agreement stands for a session: `inForce` is null while none is live. */
export const agreementFacts = z
  .strictObject({ processId: z.string(), inForce: agreementInForce.nullable() })
  .nullable();

/** Whether the agreement is live at an instant (epoch milliseconds); a mark that is still to be processed moves nothing. */
export function isLive(inForce: AgreementInForce | null, at: number): inForce is AgreementInForce {
  return inForce !== null && at < inForce.endsAt;
}
