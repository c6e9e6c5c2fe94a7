/** Limits on what comes in: size of a body, requests a minute. */
import express from 'express';
import type { Request, RequestHandler } from 'express';
import { rateLimit } from 'express-rate-limit';
import type { Limits } from '../dependencies.js';
import { problem } from '../http/problems.js';
import { FORM } from '../http/route.js';
import { send } from '../http/send.js';
import { noteOf, type RequestNote } from './request-log.js';

/** Most that a JSON body may hold; a large contract file has a tenth of it. */
export const MOST_BODY_BYTES = 1_000_000;
/** A name, encoded. */
const MOST_FORM_BYTES = 10_000;
/** A bounce quotes the message that it is about. */
export const MOST_MAIL_BYTES = 5_000_000;
/** Of one uploaded file (service spec §3 R7). */
export const MOST_FILE_BYTES = 25_000_000;

/** Keeps the text, so that a mistake in it can be shown with its place. */
export const jsonBody: RequestHandler = express.text({
  type: ['application/json', 'application/*+json'],
  limit: MOST_BODY_BYTES,
});

/** JSON as above, or a table. */
export const jsonOrCsvBody: RequestHandler = express.text({
  type: ['application/json', 'application/*+json', 'text/csv'],
  limit: MOST_BODY_BYTES,
});

/** One field of a page. */
export const formBody: RequestHandler = express.text({ type: FORM, limit: MOST_FORM_BYTES });

/** Its very bytes, over which it is signed, or a message. */
export function rawBody(type: string): RequestHandler {
  return express.raw({ type, limit: type === 'message/rfc822' ? MOST_MAIL_BYTES : MOST_BODY_BYTES });
}

/** Requests a minute of one network address, whoever asks; `name` stands in the RateLimit headers. */
export function perMinute(most: number, name = 'address'): RequestHandler {
  return limiter({ most, name });
}

/**
 * Limits once it is known who asks: of his key, of him, of his organisation. Whatever one of them is refused counts for
 * nobody behind it, so that the flood of one key uses up no more than its own part.
 */
export function limitsAfterTheDoor(limits: Limits): readonly RequestHandler[] {
  const { requestsPerKey, requestsPerPerson, requestsPerTenant } = limits;
  return [
    limiter({ most: requestsPerKey, name: 'key', of: ({ keyId }) => keyId }),
    limiter({ most: requestsPerPerson, name: 'person', of: ({ caller }) => caller?.person.id }),
    limiter({ most: requestsPerTenant, name: 'tenant', of: ({ caller }) => caller?.person.tenantId }),
  ];
}

interface Limiter {
  readonly most: number;
  readonly name: string;
  /** What is counted together; a request without it is not counted. Absent: the network address. */
  readonly of?: (note: RequestNote) => string | undefined;
}

function limiter({ most, name, of }: Limiter): RequestHandler {
  return rateLimit({
    windowMs: 60_000,
    limit: most,
    identifier: name,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    // Whether X-Forwarded-For is believed is a setting of ours; sent to an API without a proxy it means nothing.
    validate: { xForwardedForHeader: false, forwardedHeader: false },
    ...(of
      ? {
          keyGenerator: (request: Request) => of(noteOf(request)) ?? '',
          skip: (request: Request) => of(noteOf(request)) === undefined,
        }
      : {}),
    // Retry-After is there already: what is left of the minute.
    handler: (request, response) => {
      noteOf(request).code = 'TOO_MANY_REQUESTS';
      send(
        response,
        problem('TOO_MANY_REQUESTS', { detail: `There were too many requests of one ${name}.` }),
      );
    },
  });
}
