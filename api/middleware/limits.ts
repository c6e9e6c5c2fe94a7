/** Limits on what comes in: size of a body, requests a minute. */
import express from 'express';
import type { RequestHandler } from 'express';
import { rateLimit } from 'express-rate-limit';
import { problem } from '../http/problems.js';
import { send } from '../http/send.js';

/** Most that a JSON body may hold; a large contract file has a tenth of it. */
export const MOST_BODY_BYTES = 1_000_000;
/** A bounce quotes the message that it is about. */
export const MOST_MAIL_BYTES = 5_000_000;

/** Keeps the text, so that a mistake in it can be shown with its place. */
export const jsonBody: RequestHandler = express.text({
  type: ['application/json', 'application/*+json'],
  limit: MOST_BODY_BYTES,
});

export function rawBody(type: string): RequestHandler {
  return express.raw({ type, limit: MOST_MAIL_BYTES });
}

export function perMinute(most: number): RequestHandler {
  return rateLimit({
    windowMs: 60_000,
    limit: most,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    handler: (_request, response) => {
      send(response, problem('TOO_MANY_REQUESTS', { headers: { 'retry-after': '60' } }));
    },
  });
}
