// Limits that an installation may set, with what holds where it sets none.

/** Requests are counted in each API process for itself. */
export interface RequestLimits {
  /** Requests a minute from one network address, whoever asks. */
  readonly requestsPerMinute: number;
  /** With one API key. */
  readonly requestsPerKey: number;
  /** Of one person, by whatever credential. */
  readonly requestsPerPerson: number;
  /** Of all people of one organisation. */
  readonly requestsPerTenant: number;
  /** Proxies in front of the API whose X-Forwarded-For is believed; 0: none. */
  readonly trustedProxies: number;
}

export interface KeyLimits {
  /** Life of an API key for which nobody says when it ends. */
  readonly keyDays: number;
  /** The longest life that anybody may give a key. */
  readonly keyMostDays: number;
  /** The longest time that a replaced secret may go on. */
  readonly keyMostGraceHours: number;
}

export const defaultRequestLimits: RequestLimits = {
  requestsPerMinute: 3_000,
  requestsPerKey: 1_200,
  requestsPerPerson: 3_000,
  requestsPerTenant: 6_000,
  trustedProxies: 0,
};

export const defaultKeyLimits: KeyLimits = { keyDays: 90, keyMostDays: 365, keyMostGraceHours: 72 };

/** Signatures that need a private key; with a shared secret whoever may verify could also sign. */
export const TOKEN_ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
] as const;
export type TokenAlgorithm = (typeof TOKEN_ALGORITHMS)[number];

/** Whose access tokens are taken, and how they are checked (RFC 9068, RFC 8725). */
export interface TokenRules {
  /** Exactly as the tokens say it in `iss`. */
  readonly issuer: string;
  readonly jwksUrl: string;
  /** Must be among the audiences of a token. */
  readonly audience: string;
  readonly algorithms: readonly TokenAlgorithm[];
  /** Of the header `typ`; `at+jwt` unless the issuer says only JWT. */
  readonly type: string;
  /** The claim that names the person to the issuer. */
  readonly personClaim: string;
  readonly clockToleranceSeconds: number;
  /** How long the issuer's keys are used before they are fetched again. */
  readonly keysCacheSeconds: number;
  /** Least time between two attempts to fetch them. */
  readonly keysCooldownSeconds: number;
  /** How long keys that were fetched go on while the issuer cannot be reached. */
  readonly keysKeptSeconds: number;
  readonly keysTimeoutMs: number;
}

export const defaultTokenRules: Omit<TokenRules, 'issuer' | 'jwksUrl' | 'audience'> = {
  algorithms: ['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519'],
  type: 'at+jwt',
  personClaim: 'sub',
  clockToleranceSeconds: 30,
  keysCacheSeconds: 600,
  keysCooldownSeconds: 30,
  keysKeptSeconds: 86_400,
  keysTimeoutMs: 3_000,
};
