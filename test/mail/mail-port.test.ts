/** Both mail ports keep the one contract. */
import { KEY_HEADER } from '../../integrations/mail/port.js';
import { createRecordingMail } from '../../integrations/mail/recording.js';
import { createSmtpMail } from '../../integrations/mail/smtp.js';
import { mailPortContract } from './mail-port-contract.js';
import { startSmtpReceiver } from './smtp-receiver.js';

mailPortContract('SMTP', async () => {
  const receiver = await startSmtpReceiver();
  const port = createSmtpMail({ url: receiver.url });
  return {
    port,
    treatNext: receiver.treatNext,
    receivedKeys: () =>
      receiver.received.map(
        ({ headers }) => headers.find(({ key }) => key === KEY_HEADER.toLowerCase())?.value ?? 'no key',
      ),
    unanswered: receiver.unanswered,
    async close() {
      await port.close();
      await receiver.close();
    },
  };
});

mailPortContract('recording fake', async () => {
  const port = createRecordingMail();
  return {
    port,
    treatNext(to, treatment) {
      port.script(
        {
          reject: { kind: 'rejected', code: 550, text: 'as told' } as const,
          defer: { kind: 'deferred', text: 'as told' } as const,
          loseAnswer: { kind: 'unknown', text: 'as told' } as const,
          neverAnswer: { kind: 'hang' } as const,
        }[treatment],
        to,
      );
    },
    receivedKeys: () => port.delivered().map(({ key }) => key),
    unanswered: () => port.hanging(),
    close: () => port.close(),
  };
});
