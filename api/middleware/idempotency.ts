/** The headers that make a request safe to repeat: Idempotency-Key and If-Match. */
import type { Request } from 'express';
import type { Place } from '../http/problems.js';

/** Printable ASCII, so that it is the same text everywhere. */
const KEY = /^[\x21-\x7e]{1,200}$/;
const ETAG = /^(?:W\/)?"(\d{1,9})"$/;

export interface RepeatHeaders {
  readonly idempotencyKey: string | null;
  readonly expectedSeq: number | null;
  readonly problems: readonly Place[];
}

/** Reads both headers; a header that cannot be understood is a mistake, never ignored. */
export function repeatHeaders(request: Request): RepeatHeaders {
  const problems: Place[] = [];
  const key = request.headers['idempotency-key'];
  const keyFits = key === undefined || (typeof key === 'string' && KEY.test(key));
  if (!keyFits) {
    problems.push({
      path: 'Idempotency-Key',
      problem: 'must be 1 to 200 printable characters without spaces',
    });
  }
  const match = request.headers['if-match'];
  const seq = match === undefined || match === '*' ? null : ETAG.exec(match)?.[1];
  if (seq === undefined) {
    problems.push({ path: 'If-Match', problem: 'must be the ETag of the process, such as "7"' });
  }
  return {
    idempotencyKey: keyFits && typeof key === 'string' ? key : null,
    expectedSeq: typeof seq === 'string' ? Number(seq) : null,
    problems,
  };
}
