/** Reading bounces, automatic answers and answers of people. */
import { describe, expect, it } from '@jest/globals';
import { readMailReport } from '../../integrations/mail/report.js';

/** A delivery report (RFC 3464) with the given recipient blocks. */
function aDeliveryReport(recipients: readonly string[], { original = true, eol = '\r\n' } = {}): string {
  const lines = [
    'Return-Path: <>',
    'From: mailer-daemon@mx.enduser.test',
    'To: care@provider.test',
    'Subject: Undelivered',
    'Auto-Submitted: auto-replied',
    'MIME-Version: 1.0',
    'Content-Type: multipart/report; report-type=delivery-status; boundary="b"',
    '',
    '--b',
    'Content-Type: text/plain',
    '',
    'It did not go through.',
    '',
    '--b',
    'Content-Type: message/delivery-status',
    '',
    'Reporting-MTA: dns; mx.enduser.test',
    '',
    ...recipients.flatMap((block) => [...block.split('\n'), '']),
    ...(original
      ? [
          '--b',
          'Content-Type: message/rfc822',
          '',
          'Message-ID: <abc@mail.careplus.invalid>',
          'X-Careplus-Key: document/guide_1/1/guideDelivered',
          'Subject: Your guide',
          '',
          'X-Careplus-Key: from the body',
        ]
      : []),
    '--b--',
    '',
  ];
  return lines.join(eol);
}

function aPlainMail(headers: readonly string[]): string {
  return [
    'From: Ada <ada@enduser.test>',
    'To: care@provider.test',
    'Subject: Re: Your guide',
    'In-Reply-To: <abc@mail.careplus.invalid>',
    ...headers,
    '',
    'Thank you, received.',
    '',
  ].join('\r\n');
}

const FAILED =
  'Final-Recipient: rfc822; ada@enduser.test\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1\n no such mailbox';

describe('delivery reports', () => {
  it.each(['\r\n', '\n'])('are read with the original message that they quote (%j)', async (eol) => {
    expect(await readMailReport(aDeliveryReport([FAILED], { eol }))).toEqual({
      kind: 'bounce',
      key: 'document/guide_1/1/guideDelivered',
      messageId: '<abc@mail.careplus.invalid>',
      recipient: 'ada@enduser.test',
      status: '5.1.1',
      action: 'failed',
      diagnostic: '550 5.1.1 no such mailbox',
      permanent: true,
    });
  });

  it('are read as bytes, and without the original message', async () => {
    const report = await readMailReport(Buffer.from(aDeliveryReport([FAILED], { original: false })));
    expect(report).toMatchObject({ kind: 'bounce', recipient: 'ada@enduser.test' });
    expect(report).not.toHaveProperty('key');
    expect(report).not.toHaveProperty('messageId');
  });

  it('that gave up after trying are bounces, though not permanent', async () => {
    const block = FAILED.replace('Status: 5.1.1', 'Status: 4.4.7');
    expect(await readMailReport(aDeliveryReport([block]))).toMatchObject({
      kind: 'bounce',
      permanent: false,
    });
  });

  it.each(['delayed', 'delivered', 'relayed', 'expanded'])('that say "%s" are no bounces', async (action) => {
    const block = `Final-Recipient: rfc822; ada@enduser.test\nAction: ${action}\nStatus: 4.4.1`;
    expect(await readMailReport(aDeliveryReport([block]))).toMatchObject({ kind: 'progress', action });
  });

  it('without an action are bounces only when the status is permanent', async () => {
    const block = (status: string): string => `Final-Recipient: rfc822; ada@enduser.test\nStatus: ${status}`;
    expect(await readMailReport(aDeliveryReport([block('5.2.2')]))).toMatchObject({ kind: 'bounce' });
    expect(await readMailReport(aDeliveryReport([block('4.2.2')]))).toMatchObject({ kind: 'progress' });
  });

  it('of several recipients are decided by the one that failed', async () => {
    const delivered = 'Final-Recipient: rfc822; bo@enduser.test\nAction: delivered\nStatus: 2.0.0';
    expect(await readMailReport(aDeliveryReport([delivered, FAILED]))).toMatchObject({
      kind: 'bounce',
      recipient: 'ada@enduser.test',
    });
  });

  it.each([
    [
      'his own server sends it on',
      'Original-Recipient: rfc822;ada@enduser.test\nFinal-Recipient: rfc822;a.stone@inside.enduser.test',
    ],
    [
      'the original one is not known',
      'Original-Recipient: unknown;\nFinal-Recipient: rfc822; ada@enduser.test',
    ],
    ['it stands in angle brackets', 'Final-Recipient: RFC822; <ada@enduser.test>'],
  ])('name the address that we wrote to, also where %s', async (_where, recipient) => {
    const block = `${recipient}\nAction: failed\nStatus: 5.1.1`;
    expect(await readMailReport(aDeliveryReport([block]))).toMatchObject({
      kind: 'bounce',
      recipient: 'ada@enduser.test',
    });
  });

  it('that name no recipient, or lack their machine-readable part, are unreadable', async () => {
    expect((await readMailReport(aDeliveryReport([]))).kind).toBe('unreadable');
    const cut = aDeliveryReport([FAILED]).replace('message/delivery-status', 'text/plain');
    expect((await readMailReport(cut)).kind).toBe('unreadable');
  });
});

describe('answers', () => {
  it('of people are replies, with the message that they answer', async () => {
    expect(await readMailReport(aPlainMail([]))).toEqual({
      kind: 'reply',
      from: 'ada@enduser.test',
      subject: 'Re: Your guide',
      messageId: '<abc@mail.careplus.invalid>',
      text: 'Thank you, received.\n',
    });
    expect((await readMailReport(aPlainMail(['Auto-Submitted: no']))).kind).toBe('reply');
    expect((await readMailReport(aPlainMail(['Precedence: first-class']))).kind).toBe('reply');
  });

  it.each([
    'Auto-Submitted: auto-replied',
    'auto-submitted: Auto-Generated; owner="x"',
    'X-Autoreply: yes',
    'X-Autorespond: 1',
    'Precedence: auto_reply',
    'Precedence: bulk',
    'Precedence: junk',
    'Return-Path: <>',
  ])('with "%s" are automatic', async (header) => {
    expect(await readMailReport(aPlainMail([header]))).toMatchObject({
      kind: 'autoReply',
      from: 'ada@enduser.test',
      messageId: '<abc@mail.careplus.invalid>',
    });
  });
});

describe('what cannot be read', () => {
  it.each([
    ['nothing', ''],
    ['no message', 'hello'],
    ['no sender', 'Subject: x\r\n\r\nhello'],
    ['too large', `From: a@b.test\r\n\r\n${'x'.repeat(6 * 1024 * 1024)}`],
    ['nested without end', `Content-Type: multipart/mixed; boundary=a\r\n\r\n${nested(60)}`],
    ['random bytes', Buffer.from([0xff, 0xfe, 0x00, 0x3a, 0x0d, 0x0a, 0x80])],
  ])('is said to be unreadable: %s', async (_what, raw) => {
    expect(await readMailReport(raw)).toMatchObject({ kind: 'unreadable', problem: expect.any(String) });
  });
});

function nested(depth: number): string {
  return Array.from(
    { length: depth },
    (_, i) => `--b${i}\r\nContent-Type: multipart/mixed; boundary=b${i + 1}\r\n\r\n`,
  )
    .join('')
    .replace('--b0', '--a');
}
