/** Access tokens of the issuer: whether one is sound, and whom it names. Nothing else in it counts here. */
import {
  decodeProtectedHeader,
  errors,
  jwtVerify,
  type CryptoKey,
  type JWTPayload,
  type ProtectedHeaderParameters,
} from 'jose';
import type { TokenRules } from '../../config/limits.js';
import type { IssuerKeys } from './issuer-keys.js';

/** `reason` is for the log only: whoever sent a bad token is told nothing about it. */
export type TokenRead =
  | { readonly kind: 'subject'; readonly issuer: string; readonly subject: string }
  | { readonly kind: 'bad'; readonly reason: string }
  | { readonly kind: 'unavailable'; readonly reason: string };

/** Reads the token of one request; never throws for what somebody sent. */
export type TokenReader = (token: string) => Promise<TokenRead>;

/** Real tokens have a tenth of it. */
const MOST_LETTERS = 8_192;
const MOST_SUBJECT_LETTERS = 255;
const COMPACT = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;
/** Keys or their addresses that a token brings itself, extensions that must be understood, other encodings. */
const REFUSED_HEADERS = ['crit', 'jwk', 'jku', 'x5c', 'x5u', 'b64', 'zip', 'enc'];

/** `now` gives epoch milliseconds: the wall clock, which the issuer counts in. */
export function tokenReader(
  rules: TokenRules,
  keys: Pick<IssuerKeys, 'find'>,
  now: () => number = Date.now,
): TokenReader {
  return async (token) => {
    const header = headerOf(token, rules);
    if (typeof header === 'string') return { kind: 'bad', reason: header };
    const found = await keys.find(header);
    if (found.kind === 'unavailable') return { kind: 'unavailable', reason: found.reason };
    if (found.kind === 'unknown') return { kind: 'bad', reason: 'its key is not known' };
    const claims = await verified(token, found.key, rules, now());
    if (typeof claims === 'string') return { kind: 'bad', reason: claims };
    const subject = claims[rules.personClaim];
    if (typeof subject !== 'string' || subject === '' || subject.length > MOST_SUBJECT_LETTERS) {
      return { kind: 'bad', reason: `its claim ${rules.personClaim} names nobody` };
    }
    return { kind: 'subject', issuer: rules.issuer, subject };
  };
}

/** The header, or why the token is not looked at any further. */
function headerOf(token: string, rules: TokenRules): (ProtectedHeaderParameters & { alg: string }) | string {
  if (token.length > MOST_LETTERS) return 'it is too large';
  if (!COMPACT.test(token)) return 'it is no signed token';
  let header: ProtectedHeaderParameters;
  try {
    header = decodeProtectedHeader(token);
  } catch (error) {
    // TypeError for what is no header; told by name because realms differ under test.
    if (isNamed(error, 'TypeError')) return 'its header cannot be read';
    throw error;
  }
  const { alg, kid } = header;
  if (typeof alg !== 'string' || !rules.algorithms.some((one) => one === alg)) {
    return 'its algorithm is not allowed';
  }
  if (typeof kid !== 'string' || kid === '') return 'it names no key';
  const refused = REFUSED_HEADERS.find((name) => Object.hasOwn(header, name));
  if (refused !== undefined) return `its header has ${refused}`;
  return { ...header, alg };
}

async function verified(
  token: string,
  key: CryptoKey,
  rules: TokenRules,
  now: number,
): Promise<JWTPayload | string> {
  let claims: JWTPayload;
  try {
    ({ payload: claims } = await jwtVerify(token, key, {
      issuer: rules.issuer,
      audience: rules.audience,
      algorithms: [...rules.algorithms],
      typ: rules.type,
      requiredClaims: ['exp', 'iat', rules.personClaim],
      clockTolerance: rules.clockToleranceSeconds,
      currentDate: new Date(now),
    }));
  } catch (error) {
    if (error instanceof errors.JOSEError) return reasonOf(error);
    // A key that does not fit the algorithm, such as a short one.
    if (isNamed(error, 'TypeError')) return 'its key does not fit';
    throw error;
  }
  if (claims.iat === undefined || claims.iat > now / 1000 + rules.clockToleranceSeconds) {
    return 'it was issued in the future';
  }
  return claims;
}

/** jose's own words quote names of claims and headers, never their values. */
function reasonOf(error: errors.JOSEError): string {
  const claim = 'claim' in error && typeof error.claim === 'string' ? ` (${error.claim})` : '';
  return `${error.code}${claim}`;
}

function isNamed(error: unknown, name: string): boolean {
  return typeof error === 'object' && error !== null && 'name' in error && error.name === name;
}
