/** The recording fake of an outside ticketing system: signs what it is told to send, and keeps it with the answers. */
import { Webhook } from 'standardwebhooks';

export interface Sending {
  readonly id: string;
  readonly body: string;
  /** The three headers of Standard Webhooks and the media type. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface RecordingSystem<Answer> {
  /** Sends an event; the same `id` again is a repetition of it. */
  send(event: object, change?: { readonly id?: string; readonly at?: Date }): Promise<Answer>;
  /** What it has sent, oldest first. */
  readonly sent: readonly (Sending & { readonly answer: Answer })[];
}

export function recordingSystem<Answer>(
  secret: string,
  deliver: (sending: Sending) => Promise<Answer>,
): RecordingSystem<Answer> {
  const sent: (Sending & { readonly answer: Answer })[] = [];
  return {
    sent,
    async send(event, { id = `evt_${String(sent.length + 1)}`, at = new Date() } = {}) {
      const body = JSON.stringify(event);
      const headers = {
        'content-type': 'application/json',
        'webhook-id': id,
        'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
        'webhook-signature': new Webhook(secret).sign(id, at, body),
      };
      const answer = await deliver({ id, body, headers });
      sent.push({ id, body, headers, answer });
      return answer;
    },
  };
}
