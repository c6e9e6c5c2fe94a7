/** The recording fake of the mail port: keeps what it was given, and answers as a test tells it to. */
import { assertMailKey, messageIdOf, refusedAddress } from './port.js';
import type { MailOutcome, MailPort, OutgoingMail } from './port.js';

/** What the fake does with a message: an outcome, or `hang` until the caller gives up. */
export type ScriptedOutcome = Exclude<MailOutcome, { kind: 'sent' }> | { readonly kind: 'hang' };

export interface RecordingMail extends MailPort {
  /** Every attempt that was made, oldest first. Never deduplicated. */
  readonly attempts: readonly { readonly mail: OutgoingMail; readonly outcome: MailOutcome }[];
  /** What recipients hold: messages sent, and those whose outcome the sender does not know. */
  delivered(to?: string): readonly OutgoingMail[];
  /** How many attempts hang at this moment. */
  hanging(): number;
  /** The next attempt (to `to`, when given) gets this outcome; scripts are used up in order. */
  script(outcome: ScriptedOutcome, to?: string): void;
}

/** A fake that accepts everything until it is scripted otherwise. */
export function createRecordingMail(): RecordingMail {
  const attempts: { mail: OutgoingMail; outcome: MailOutcome }[] = [];
  const scripts: { outcome: ScriptedOutcome; to: string | undefined }[] = [];
  const closing = new AbortController();
  let hanging = 0;

  const takeScript = (to: string): ScriptedOutcome | undefined => {
    const index = scripts.findIndex((entry) => entry.to === undefined || entry.to === to);
    return index < 0 ? undefined : scripts.splice(index, 1)[0]?.outcome;
  };
  const decide = async (mail: OutgoingMail, signal: AbortSignal): Promise<MailOutcome> => {
    if (signal.aborted) return { kind: 'deferred', text: 'aborted' };
    const scripted = takeScript(mail.to);
    if (scripted === undefined) return { kind: 'sent', messageId: messageIdOf(mail.key) };
    if (scripted.kind !== 'hang') return scripted;
    hanging += 1;
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    hanging -= 1;
    return { kind: 'unknown', text: 'aborted' };
  };

  return {
    attempts,
    async send(mail, signal) {
      assertMailKey(mail.key);
      const signals = signal === undefined ? [closing.signal] : [closing.signal, signal];
      const outcome = refusedAddress(mail) ?? (await decide(mail, AbortSignal.any(signals)));
      attempts.push({ mail, outcome });
      return outcome;
    },
    delivered: (to) =>
      attempts
        .filter(({ outcome }) => outcome.kind === 'sent' || outcome.kind === 'unknown')
        .map(({ mail }) => mail)
        .filter((mail) => to === undefined || mail.to === to),
    hanging: () => hanging,
    script(outcome, to) {
      scripts.push({ outcome, to });
    },
    async close() {
      closing.abort();
    },
  };
}
