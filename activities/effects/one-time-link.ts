/** Links in messages that do one thing for one person, once. */
import { createHash, createHmac } from 'node:crypto';
import type { Claim } from '../../db/store/types.js';
import type { MailFacts } from './mail-facts.js';

export interface LinkDependencies {
  readonly facts: Pick<MailFacts, 'keepLink'>;
  /** Without a slash at the end. */
  readonly publicUrl: string;
  /** Makes the tokens of one-time links; the same on every worker. */
  readonly linkSecret: string;
  /** How long a one-time link can be used. */
  readonly linkLifetimeMs: number;
}

/**
 * Keeps the hash of the link's token; the token follows from the key, so a second attempt bears the same link. `apart`
 * tells several links of one effect from each other.
 */
export async function oneTimeLink(
  deps: LinkDependencies,
  claim: Claim,
  personId: string,
  does: { readonly command: string; readonly payload: Readonly<Record<string, unknown>> },
  now: number,
  apart = '',
): Promise<string> {
  const { tenantId, processId, effectId, intent } = claim;
  const token = createHmac('sha256', deps.linkSecret)
    .update(`${tenantId}\n${intent.key}${apart}`, 'utf8')
    .digest('base64url');
  await deps.facts.keepLink({
    tenantId,
    tokenHash: createHash('sha256').update(token, 'utf8').digest('hex'),
    processId,
    ...does,
    personId,
    effectId,
    expiresAt: now + deps.linkLifetimeMs,
  });
  return `${deps.publicUrl}/l/${token}`;
}
