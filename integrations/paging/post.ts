/** One HTTP request that surely ends: no redirects, one address, limits on time and size, an honest outcome. */
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { LookupFunction } from 'node:net';

export interface PostInput {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly limitMs: number;
  readonly signal: AbortSignal;
  /** Instead of asking for the address again: the one that was checked. */
  readonly address?: { readonly address: string; readonly family: number };
}

export type Posted =
  | { readonly kind: 'answered'; readonly status: number; readonly body: string }
  /** No connection came about. */
  | { readonly kind: 'notSent'; readonly text: string }
  | { readonly kind: 'unknown'; readonly text: string };

/** More of an answer is not read. */
const MOST_ANSWER_BYTES = 16_384;

export async function post(input: PostInput): Promise<Posted> {
  const { url, body, address, limitMs } = input;
  const signal = AbortSignal.any([input.signal, AbortSignal.timeout(limitMs)]);
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
  const bytes = Buffer.from(body, 'utf8');
  return new Promise<Posted>((resolve) => {
    let connected = false;
    const failed = (error: Error) => {
      const text = signal.aborted ? 'no answer in time' : codeOf(error);
      resolve(connected ? { kind: 'unknown', text } : { kind: 'notSent', text });
    };
    const request = send(
      url,
      {
        method: 'POST',
        signal,
        // Nothing of an earlier request, checked or not, is used again.
        agent: false,
        headers: { ...input.headers, 'content-length': String(bytes.length) },
        ...(address ? { lookup: always(address) } : {}),
      },
      (response) => {
        const chunks: Buffer[] = [];
        let size = 0;
        const answered = () =>
          resolve({
            kind: 'answered',
            status: response.statusCode ?? 0,
            body: Buffer.concat(chunks).toString('utf8'),
          });
        response.on('data', (chunk: Buffer) => {
          size += chunk.length;
          if (size <= MOST_ANSWER_BYTES) chunks.push(chunk);
          else {
            answered();
            response.destroy();
          }
        });
        response.on('end', answered);
        response.on('error', failed);
      },
    );
    request.on('socket', (socket) => {
      socket.once(url.protocol === 'https:' ? 'secureConnect' : 'connect', () => (connected = true));
    });
    request.on('error', failed);
    request.end(bytes);
  });
}

/** Names resolve to the address that was checked, whatever the name server says meanwhile. */
function always({ address, family }: NonNullable<PostInput['address']>): LookupFunction {
  return (_name, options, callback) => {
    if (options.all) callback(null, [{ address, family }]);
    else callback(null, address, family);
  };
}

/** The code of a network error, never its text, which may hold an address. */
function codeOf(error: Error): string {
  const { code } = error as NodeJS.ErrnoException;
  return typeof code === 'string' ? code : error.name;
}
