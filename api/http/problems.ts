/** Every code that this API answers with beside the refusals of the processes: status, title, what to do. */
import type { Reply } from './reply.js';

interface ProblemWord {
  readonly status: number;
  readonly title: string;
  readonly remedy: string;
}

export const problemWords = {
  BODY_NOT_JSON: {
    status: 400,
    title: 'The body is not JSON.',
    remedy: 'Correct the text at the place named.',
  },
  QUERY_INVALID: {
    status: 400,
    title: 'The parameters of the address do not fit.',
    remedy: 'Correct the parameters named in the problems.',
  },
  HEADER_INVALID: {
    status: 400,
    title: 'A header of the request does not fit.',
    remedy: 'Correct the header named in the problems.',
  },
  UNAUTHENTICATED: {
    status: 401,
    title: 'The request does not say who asks.',
    remedy: 'Send a valid API key or access token: Authorization: Bearer ….',
  },
  FORBIDDEN: {
    status: 403,
    title: 'The person who asks may not do this.',
    remedy: 'Ask somebody who holds one of the staff functions named.',
  },
  KEY_SCOPE: {
    status: 403,
    title: 'The API key is not for this.',
    remedy: 'Use a key with the scope named, or make one: careplus keys create --scope ….',
  },
  NOT_FOUND: {
    status: 404,
    title: 'There is nothing here that the person who asks may see.',
    remedy: 'Check the id; see what is there with the list above it.',
  },
  QUESTION_UNKNOWN: {
    status: 404,
    title: 'There is no question of this name.',
    remedy: 'See the questions: careplus audit ask, or /v1/audit/questions.',
  },
  METHOD_NOT_ALLOWED: {
    status: 405,
    title: 'This address does not take the method.',
    remedy: 'See the methods that it takes in the header Allow, or at /docs.',
  },
  CONTRACT_KNOWN: {
    status: 409,
    title: 'The contract is known and the file differs from it.',
    remedy: 'Look at the differences; send the file again with approveDiff: true to amend the contract.',
  },
  OTHER_NAME: {
    status: 409,
    title: 'The name typed is not that of the person who signs.',
    remedy: 'Type your own name, as messages to you write it. Nothing was recorded.',
  },
  NOTHING_TO_SIGN: {
    status: 409,
    title: 'The process has no such signature.',
    remedy: 'See what can be done now: careplus next <process>.',
  },
  MATRIX_NONE: {
    status: 409,
    title: 'No contact matrix is in force for the contract at that instant.',
    remedy:
      'Have the onboarding start one (careplus next <contract>/onboarding: useProcess), import the contacts, have both sides agree.',
  },
  SELF_APPROVAL: {
    status: 409,
    title: 'Nobody approves his own draft.',
    remedy: 'Another policy administrator must approve it.',
  },
  VERSION_APPROVED: {
    status: 409,
    title: 'The version is approved already.',
    remedy: 'Nothing is to be done; make a new draft for a change.',
  },
  ROTA_HOLE: {
    status: 422,
    title: 'The rota has a hole: at some time nobody is on a duty.',
    remedy:
      'Close the holes that are named, or name a fallback in the file: he is on duty wherever nobody else is. Then: careplus rota import <file>.',
  },
  DOCUMENT_OF_SEVERAL: {
    status: 409,
    title: 'Several contracts have a document of this id.',
    remedy: 'Name the one that you mean: ?contract=<contract>.',
  },
  DOCUMENT_KNOWN: {
    status: 409,
    title: 'This version of the document is published with another content.',
    remedy: 'Publish the change under the next version number.',
  },
  SECRET_SHOWN: {
    status: 409,
    title: 'This request was answered before, and a secret is shown only once.',
    remedy: 'If that answer was lost, rotate the key named in `keyId`: careplus keys rotate.',
  },
  IDENTITY_TAKEN: {
    status: 409,
    title: 'The identity belongs to somebody else.',
    remedy: 'Take it from him first; careplus access review shows whose it is.',
  },
  NOT_BLOCKED: {
    status: 409,
    title: 'The process is not blocked.',
    remedy: 'Nothing is to be done; see /v1/operations/attention.',
  },
  NOT_SIGNED: {
    status: 409,
    title: 'No checkpoint has seen the process yet.',
    remedy:
      'Wait for the next checkpoint (every 15 minutes), or look why none is written: careplus audit verify.',
  },
  BUNDLE_TOO_LONG: {
    status: 409,
    title: 'The bundle would be too long for one file.',
    remedy: 'Export the chains with careplus audit chain, and verify those.',
  },
  ANSWER_TOO_LONG: {
    status: 409,
    title: 'More was recorded about the contract than one answer is worked out from.',
    remedy: 'Ask about an earlier instant (--at), or export its processes: careplus audit export.',
  },
  PERSON_NEEDED: {
    status: 409,
    title: 'Running processes still work with what the person wrote.',
    remedy: 'End the processes named, or wait until they end; then erase again.',
  },
  SKIPPED: {
    status: 409,
    title: 'An operator has given the request up.',
    remedy: 'Look at the process as it stands, and ask again if it is still wanted.',
  },
  EFFECT_SETTLED: {
    status: 409,
    title: 'The effect does not wait for a decision.',
    remedy: 'Nothing is to be done; see /v1/operations/attention.',
  },
  BODY_TOO_LARGE: {
    status: 413,
    title: 'The body is too large.',
    remedy: 'Send less at once. A contract file is a few kilobytes of text: check that it is the right file.',
  },
  BODY_TYPE: {
    status: 415,
    title: 'The type of the body is not one that this address takes.',
    remedy: 'Send the body as the Content-Type that /docs names.',
  },
  FILE_TYPE: {
    status: 415,
    title: 'Files of this type are not taken.',
    remedy: 'Send a PDF, an office document, an image or a text; /docs lists every type at POST /v1/files.',
  },
  FILE_MISMATCH: {
    status: 415,
    title: 'The file is not what its Content-Type says.',
    remedy: 'Send it with its own type, or as application/octet-stream; check that it is the right file.',
  },
  FILE_CUT: {
    status: 400,
    title: 'The file ended before its end; nothing of it was kept.',
    remedy: 'Send it again.',
  },
  BODY_INVALID: {
    status: 422,
    title: 'The body does not fit.',
    remedy: 'Correct the fields named in the problems.',
  },
  SECRET_FOUND: {
    status: 422,
    title: 'The body holds what looks like a password, a key or a token; nothing of it was kept.',
    remedy:
      'Take it out of the fields named and send it again; hand secrets over by other means. If it was real, change it.',
  },
  IDEMPOTENCY_KEY_REUSED: {
    status: 422,
    title: 'The Idempotency-Key was used with another body.',
    remedy: 'Use a new key for a new request, or the same body to read the stored answer.',
  },
  TOO_MANY_REQUESTS: {
    status: 429,
    title: 'There were too many requests.',
    remedy: 'Wait as long as Retry-After says.',
  },
  DEFECT: {
    status: 500,
    title: 'Something is wrong in Care Plus itself.',
    remedy: 'Give the request id to an operator: it stands in the log.',
  },
  PROCESS_BUSY: {
    status: 503,
    title: 'The process is being changed by somebody else.',
    remedy: 'Repeat the request with the same Idempotency-Key after Retry-After.',
  },
  ISSUER_UNAVAILABLE: {
    status: 503,
    title: 'The issuer of the access token cannot be reached, so the token cannot be checked.',
    remedy: 'Repeat the request with the same Idempotency-Key after Retry-After, or use an API key.',
  },
  RESTORED_MODE: {
    status: 503,
    title: 'The installation is in restored mode: it can be read, and nothing is changed.',
    remedy:
      'The database came back older than it was. An operator looks at every difference: careplus doctor restore.',
  },
  STORE_UNAVAILABLE: {
    status: 503,
    title: 'The store cannot be reached.',
    remedy: 'Repeat the request with the same Idempotency-Key after Retry-After.',
  },
} as const satisfies Record<string, ProblemWord>;

export type ProblemCode = keyof typeof problemWords;

/** One thing wrong, with its place such as `contacts.1.id`. */
export interface Place {
  readonly path: string;
  readonly problem: string;
}

export interface ProblemBody {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly remedy: string;
  readonly problems?: readonly Place[];
}

interface ProblemExtras {
  readonly detail?: string;
  readonly remedy?: string;
  readonly problems?: readonly Place[];
  readonly headers?: Readonly<Record<string, string>>;
  /** Further members of the body (RFC 9457 §3.2). */
  readonly members?: Readonly<Record<string, unknown>>;
}

/** A problem as an answer (RFC 9457). */
export function problem(code: ProblemCode, extras: ProblemExtras = {}): Reply {
  const { status, title, remedy } = problemWords[code];
  const detail = extras.detail ?? detailOf(title, extras.problems);
  return problemReply(status, { code, title, detail, remedy: extras.remedy ?? remedy }, extras);
}

/** A problem whose words come from elsewhere: the refusals of processes. */
export function problemReply(
  status: number,
  words: { readonly code: string; readonly title: string; readonly detail: string; readonly remedy: string },
  { problems, headers, members }: Omit<ProblemExtras, 'detail' | 'remedy'> = {},
): Reply {
  const body: ProblemBody = {
    type: `urn:careplus:problem:${words.code}`,
    title: words.title,
    status,
    detail: words.detail,
    code: words.code,
    remedy: words.remedy,
    ...(problems ? { problems } : {}),
    ...members,
  };
  return { status, body, type: 'application/problem+json', ...(headers ? { headers } : {}) };
}

export function notFound(): Reply {
  return problem('NOT_FOUND');
}

export function forbidden(grants: readonly string[]): Reply {
  return problem('FORBIDDEN', { detail: `One of these staff functions is needed: ${grants.join(', ')}.` });
}

function detailOf(title: string, problems: readonly Place[] | undefined): string {
  const first = problems?.[0];
  if (!first) return title;
  const more = (problems?.length ?? 0) - 1;
  const others =
    more === 0 ? '' : more === 1 ? ' (and 1 more problem)' : ` (and ${String(more)} more problems)`;
  return `${first.path}: ${first.problem}${others}`;
}
