/** Checkpoints by mail: the inbox of somebody outside is a place that nobody with the database can change. */
import { sha256 } from '../../domain/kernel/hash.js';
import { escapeHtml } from '../mail/escape-html.js';
import type { MailPort } from '../mail/port.js';
import type { CheckpointPlace } from './port.js';

export interface CheckpointMailOptions {
  readonly port: MailPort;
  readonly from: string;
  readonly to: string;
}

/** An unknown outcome counts as failed: the same text twice does no harm, a missing one does. */
export function checkpointMail({ port, from, to }: CheckpointMailOptions): CheckpointPlace {
  return {
    name: 'mail',
    wants: 'new',
    async keep({ number, text }, signal) {
      const outcome = await port.send(
        {
          // The text belongs to the key: another installation's checkpoint of this number is another message.
          key: `checkpoint:${String(number)}:${sha256(text)}`,
          from,
          to,
          subject: `Care Plus checkpoint ${String(number)}`,
          text: `${EXPLANATION}\n\n${text}\n`,
          html: `<p>${EXPLANATION}</p><pre style="white-space:pre-wrap;word-break:break-all">${escapeHtml(text)}</pre>`,
        },
        signal,
      );
      if (outcome.kind === 'sent') return { kind: 'kept' };
      return { kind: 'failed', reason: `mail ${outcome.kind}` };
    },
    newest: async () => null,
  };
}

const EXPLANATION =
  'Keep this message. The line below is a signed record of where the audit chains stood; ' +
  'saved as a .json file it is a checkpoint for careplus audit verify.';
