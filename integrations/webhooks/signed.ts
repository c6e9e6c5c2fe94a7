/** Standard Webhooks that come in: whether one was signed with a secret that is known here, and lately. */
import { Webhook, WebhookVerificationError } from 'standardwebhooks';

/** A message as it came, with its three headers. */
export interface SignedWebhook {
  readonly raw: Buffer;
  readonly id: string | undefined;
  readonly timestamp: string | undefined;
  readonly signature: string | undefined;
}

/**
 * Whether one of the secrets (`whsec_` and base64) fits. Five minutes to either side are taken, as Standard Webhooks
 * advises: older ones may be somebody's recording.
 */
export function isSignedWith(secrets: readonly string[], signed: SignedWebhook): boolean {
  const { raw, id = '', timestamp = '', signature = '' } = signed;
  const headers = { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature };
  return secrets.some((secret) => {
    try {
      new Webhook(secret).verify(raw, headers, { jsonParse: false });
      return true;
    } catch (error) {
      if (error instanceof WebhookVerificationError) return false;
      throw error;
    }
  });
}
