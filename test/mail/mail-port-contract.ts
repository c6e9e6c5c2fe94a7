/** What every mail port does, whatever is behind it. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { messageIdOf } from '../../integrations/mail/port.js';
import type { MailPort } from '../../integrations/mail/port.js';
import { aMail, until } from './mail-builders.js';

/** How the receiver treats the next message to an address. */
export type Treatment = 'reject' | 'defer' | 'loseAnswer' | 'neverAnswer';

export interface MailPortHarness {
  readonly port: MailPort;
  treatNext: (to: string, treatment: Treatment) => void;
  /** The keys of the messages that the receiver holds, in order. */
  receivedKeys(): readonly string[];
  /** How many messages the receiver is holding without answering. */
  unanswered: () => number;
  close(): Promise<void>;
}

export function mailPortContract(name: string, start: () => Promise<MailPortHarness>): void {
  describe(`mail port: ${name}`, () => {
    let harness: MailPortHarness;
    beforeEach(async () => {
      harness = await start();
    });
    afterEach(() => harness.close());

    it('sends, and names the message after its key', async () => {
      const mail = aMail();
      expect(await harness.port.send(mail)).toEqual({ kind: 'sent', messageId: messageIdOf(mail.key) });
      expect(harness.receivedKeys()).toEqual([mail.key]);
    });

    it('sends again when it is told to: it is the caller who sends at most once', async () => {
      const mail = aMail();
      await harness.port.send(mail);
      await harness.port.send(mail);
      expect(harness.receivedKeys()).toEqual([mail.key, mail.key]);
    });

    it('reports a refusal for good with its code', async () => {
      const mail = aMail();
      harness.treatNext(mail.to, 'reject');
      expect(await harness.port.send(mail)).toMatchObject({ kind: 'rejected', code: 550 });
      expect(harness.receivedKeys()).toEqual([]);
    });

    it('defers a refusal for now, and sends when asked again', async () => {
      const mail = aMail();
      harness.treatNext(mail.to, 'defer');
      expect(await harness.port.send(mail)).toMatchObject({ kind: 'deferred' });
      expect(harness.receivedKeys()).toEqual([]);
      expect(await harness.port.send(mail)).toMatchObject({ kind: 'sent' });
    });

    it('does not know the outcome when the answer is lost', async () => {
      const mail = aMail();
      harness.treatNext(mail.to, 'loseAnswer');
      expect(await harness.port.send(mail)).toMatchObject({ kind: 'unknown' });
    });

    it('does not know the outcome when it is called off while the receiver has the message', async () => {
      const mail = aMail();
      harness.treatNext(mail.to, 'neverAnswer');
      const calledOff = new AbortController();
      const outcome = harness.port.send(mail, calledOff.signal);
      await until('the receiver holds the message', () => (harness.unanswered() === 1 ? true : undefined));
      calledOff.abort();
      expect(await outcome).toMatchObject({ kind: 'unknown' });
    });

    it('sends nothing when it was called off before', async () => {
      expect(await harness.port.send(aMail(), AbortSignal.abort())).toMatchObject({ kind: 'deferred' });
      expect(harness.receivedKeys()).toEqual([]);
    });

    it('sends nothing once it is closed', async () => {
      await harness.port.close();
      expect(await harness.port.send(aMail())).toMatchObject({ kind: 'deferred' });
      expect(harness.receivedKeys()).toEqual([]);
    });

    it.each([
      'no-at-sign',
      'two@at@signs.test',
      'a b@x.test',
      'ada@x.test\r\nRCPT TO:<eve@x.test>',
      '@x.test',
      '',
    ])('refuses the recipient %j, who is no address', async (to) => {
      expect(await harness.port.send(aMail({ to }))).toMatchObject({ kind: 'rejected', code: 553 });
      expect(harness.receivedKeys()).toEqual([]);
    });

    it.each([
      ['empty', ''],
      ['with a space', 'with space'],
      ['with a line break', 'line\r\nbreak'],
      ['not ASCII', 'ü'],
      ['too long', 'x'.repeat(401)],
    ])('throws for a key that is %s', async (_what, key) => {
      await expect(harness.port.send(aMail({ key }))).rejects.toThrow(TypeError);
    });
  });
}
