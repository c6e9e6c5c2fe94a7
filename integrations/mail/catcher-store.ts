/** The mail catcher's messages on disk: one .eml each and one line of JSON in an index. Nothing is deduplicated. */
import { appendFile, mkdir, readdir, readFile, rename, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { catcherRules } from './catcher-rules.js';
import type { CatcherRule } from './catcher-rules.js';
import { readIfThere } from './read-if-there.js';

const storedMessage = z.object({
  /** Counts up from 1, in the order of arrival. */
  n: z.int().positive(),
  receivedAt: z.string(),
  /** `mail` came by SMTP; `bounce` and `autoReply` are answers that the catcher made to message `regarding`. */
  kind: z.enum(['mail', 'bounce', 'autoReply']),
  from: z.string(),
  to: z.array(z.string()),
  subject: z.string(),
  key: z.string().optional(),
  messageId: z.string().optional(),
  sizeBytes: z.int(),
  regarding: z.int().optional(),
  /** How often the report is to be posted: 2 where a rule doubles it, 0 where nobody listens. */
  posts: z.int().default(0),
});
export type StoredMessage = z.infer<typeof storedMessage>;
export type NewMessage = Omit<StoredMessage, 'n' | 'receivedAt' | 'sizeBytes'>;

const indexLine = z.union([
  z.strictObject({ message: storedMessage }),
  z.strictObject({ posted: z.int().positive() }),
]);

export interface MessageStore {
  add(message: NewMessage, raw: Buffer): Promise<StoredMessage>;
  get(n: number): StoredMessage | undefined;
  /** Newest first; `to` is one whole address, in any case. */
  list(filter: { readonly to?: string; readonly limit: number }): readonly StoredMessage[];
  raw(n: number): Promise<Buffer>;
  /** Notes that a report was accepted once by its receiver. */
  markPosted(n: number): Promise<void>;
  /** How many posts of a report are still owed. */
  postsOwed(n: number): number;
  rules(): readonly CatcherRule[];
  setRules(rules: readonly CatcherRule[]): Promise<void>;
}

/** Opens the folder, creating it where needed. A line cut off by a kill is dropped: its message was never confirmed. */
export async function openMessageStore(dataDir: string): Promise<MessageStore> {
  await mkdir(dataDir, { recursive: true });
  const indexFile = path.join(dataDir, 'index.jsonl');
  const rulesFile = path.join(dataDir, 'rules.json');
  const messages = new Map<number, StoredMessage>();
  const posted = new Map<number, number>();
  const notePosted = (n: number): void => void posted.set(n, (posted.get(n) ?? 0) + 1);
  for (const entry of await readIndex(indexFile)) {
    if ('message' in entry) messages.set(entry.message.n, entry.message);
    else notePosted(entry.posted);
  }
  let rules = catcherRules.parse(JSON.parse((await readIfThere(rulesFile)) ?? '[]'));
  // A kill may leave a file without its line: its number is not used again.
  const numbers = (await readdir(dataDir)).map((name) => Number(/^(\d+)\.eml$/.exec(name)?.[1] ?? 0));
  let last = Math.max(0, ...numbers, ...messages.keys());

  // Lines are appended one after another, so that no two can mix.
  let appending: Promise<void> = Promise.resolve();
  const append = (line: z.input<typeof indexLine>): Promise<void> => {
    const written = appending.then(() => appendFile(indexFile, `${JSON.stringify(line)}\n`));
    appending = written.catch(() => undefined);
    return written;
  };
  const fileOf = (n: number): string => path.join(dataDir, `${String(n).padStart(6, '0')}.eml`);

  return {
    async add(message, raw) {
      last += 1;
      const stored = { ...message, n: last, receivedAt: new Date().toISOString(), sizeBytes: raw.length };
      await writeFile(fileOf(stored.n), raw);
      await append({ message: stored });
      messages.set(stored.n, stored);
      return stored;
    },
    get: (n) => messages.get(n),
    list({ to, limit }) {
      const wanted = to?.toLowerCase();
      return [...messages.values()]
        .filter(
          (message) => wanted === undefined || message.to.some((address) => address.toLowerCase() === wanted),
        )
        .sort((a, b) => b.n - a.n)
        .slice(0, limit);
    },
    raw: (n) => readFile(fileOf(n)),
    async markPosted(n) {
      await append({ posted: n });
      notePosted(n);
    },
    postsOwed: (n) => Math.max(0, (messages.get(n)?.posts ?? 0) - (posted.get(n) ?? 0)),
    rules: () => rules,
    async setRules(next) {
      await writeFile(`${rulesFile}.next`, JSON.stringify(next, null, 2));
      await rename(`${rulesFile}.next`, rulesFile);
      rules = [...next];
    },
  };
}

async function readIndex(file: string): Promise<readonly z.infer<typeof indexLine>[]> {
  const content = await readIfThere(file);
  if (content === undefined) return [];
  const whole = content.slice(0, content.lastIndexOf('\n') + 1);
  // The next line must not be glued to a torn one.
  if (whole.length < content.length) await truncate(file, Buffer.byteLength(whole));
  return whole
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => indexLine.parse(JSON.parse(line)));
}
