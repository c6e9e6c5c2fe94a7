/** Sends an answer. Nothing of it is kept by anybody on the way: most of it is for one person. */
import { pipeline, Readable } from 'node:stream';
import type { Response } from 'express';
import type { Reply } from './reply.js';

export function send(response: Response, { status, body, type, headers }: Reply): void {
  response.status(status).set('cache-control', 'no-store');
  for (const [name, value] of Object.entries(headers ?? {})) response.set(name, value);
  if (body === undefined) {
    response.end();
  } else if (body instanceof Readable) {
    response.type(type ?? 'application/octet-stream');
    // Whoever hangs up early, or a disk that fails, ends the answer short of the length that it promised.
    pipeline(body, response, () => undefined);
  } else if (typeof body === 'string' || Buffer.isBuffer(body)) {
    response.type(type ?? 'text/plain; charset=utf-8').send(body);
  } else {
    const text = JSON.stringify(body);
    response
      .type(type ?? 'application/json')
      .set('content-length', String(Buffer.byteLength(text)))
      .end(text);
  }
}
