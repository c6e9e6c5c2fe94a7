/** One line in the log for each request: who, what, how it ended, how long it took. References, never contents. */
import { randomUUID } from 'node:crypto';
import type { Request, RequestHandler, Response } from 'express';
import { pino, type DestinationStream, type Logger } from 'pino';
import type { Person } from '../../db/read/person.js';
import type { Credential } from './credential.js';

/** What is kept beside a request until its line is written. */
export interface RequestNote {
  readonly id: string;
  /** Absent: nobody, or an address that is open to anybody. */
  caller?: { readonly person: Person; readonly credential: Credential };
  personId?: string;
  keyId?: string;
  /** Why nobody was let in; stands in the log only. */
  refused?: string;
  route?: string;
  code?: string;
  references?: Readonly<Record<string, string | number>>;
}

const notes = new WeakMap<Request, RequestNote>();
const REQUEST_ID = /^[A-Za-z0-9_-]{8,64}$/;

/** The note of a request that went through `requestLog`. */
export function noteOf(request: Request): RequestNote {
  const note = notes.get(request);
  if (!note) throw new Error('The request was not noted.');
  return note;
}

/** A logger that shows no secret, whatever it is given. */
export function createLog(level: string, destination?: DestinationStream): Logger {
  const paths = [
    'authorization',
    'cookie',
    '["x-careplus-mail-secret"]',
    'key',
    'secret',
    'token',
    'password',
  ];
  const options = {
    level,
    base: { program: 'api' },
    redact: {
      paths: [...paths, ...paths.map((path) => (path.startsWith('[') ? `*${path}` : `*.${path}`))],
      censor: '(hidden)',
    },
  };
  return destination ? pino(options, destination) : pino(options);
}

export function requestLog(log: Logger): RequestHandler {
  return (request, response, next) => {
    const given = request.headers['x-request-id'];
    const id = typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
    const note: RequestNote = { id };
    notes.set(request, note);
    response.set('x-request-id', id);
    const since = performance.now();
    response.once('close', () => writeLine(log, request, response, note, performance.now() - since));
    next();
  };
}

function writeLine(log: Logger, request: Request, response: Response, note: RequestNote, ms: number): void {
  const { statusCode: status } = response;
  const line = {
    requestId: note.id,
    method: request.method,
    // The pattern of the address: an address may itself be a secret (one-time links).
    route: note.route ?? '(none)',
    status,
    ms: Math.round(ms * 10) / 10,
    aborted: !response.writableFinished,
    ...(note.personId === undefined ? {} : { personId: note.personId }),
    ...(note.keyId === undefined ? {} : { keyId: note.keyId }),
    ...(note.refused === undefined ? {} : { refused: note.refused }),
    ...(note.code === undefined ? {} : { code: note.code }),
    ...note.references,
  };
  if (status >= 500 && status !== 503) log.error(line, 'request');
  else if (status >= 400) log.info(line, 'request refused');
  else log.debug(line, 'request');
}
