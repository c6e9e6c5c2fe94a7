/** Builders and helpers shared by the mail tests. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { OutgoingMail } from '../../integrations/mail/port.js';

let count = 0;

/** A message to an invented recipient, with a key of its own. */
export function aMail(over: Partial<OutgoingMail> = {}): OutgoingMail {
  count += 1;
  return {
    key: `document/guide_${count}/1/guideDelivered/person_1`,
    from: 'Care Plus <care@provider.test>',
    to: 'ada@enduser.test',
    subject: 'Your support User Guide',
    html: '<p>Hello</p>',
    text: 'Hello\n',
    ...over,
  };
}

/** A folder that is gone after the test. */
export async function aFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const folder = await mkdtemp(path.join(tmpdir(), 'mail-test-'));
  return { path: folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}

/** Waits until `read` gives something, and fails with what was waited for. */
export async function until<T>(what: string, read: () => Promise<T | undefined> | T | undefined): Promise<T> {
  const end = Date.now() + 10_000;
  for (;;) {
    const value = await read();
    if (value !== undefined) return value;
    if (Date.now() > end) throw new Error(`never happened: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 15));
  }
}
