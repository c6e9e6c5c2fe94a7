// The table of every variable that Care Plus reads: what it may hold, and what to do when it does not.
import { createPrivateKey } from 'node:crypto';
import { isIP } from 'node:net';
import { isNativeError } from 'node:util/types';
import { z } from 'zod';
import { TOKEN_ALGORITHMS, type TokenAlgorithm } from './limits.js';

/** One variable: how its text becomes a value, whether it is a secret, and the remedy shown when it is wrong. */
export interface Rule<Value> {
  readonly read: z.ZodType<Value, string>;
  readonly remedy: string;
  /** A secret is never echoed, and may also be given as a file through `<NAME>_FILE`. */
  readonly secret: boolean;
}

const rule = <Value>(read: z.ZodType<Value, string>, remedy: string): Rule<Value> => ({
  read,
  remedy,
  secret: false,
});

const secret = <Value>(read: z.ZodType<Value, string>, remedy: string): Rule<Value> => ({
  read,
  remedy,
  secret: true,
});

const wholeNumber = (least: number, most: number): z.ZodType<number, string> =>
  z
    .string()
    .regex(/^\d{1,9}$/, 'is not a whole number')
    .transform(Number)
    .refine((value) => value >= least && value <= most, `is not between ${least} and ${most}`);

const port = wholeNumber(1, 65_535);

const url = (protocols: readonly string[]): z.ZodType<string, string> =>
  z.string().refine(
    (text) => {
      const parsed = URL.parse(text);
      return parsed !== null && protocols.includes(parsed.protocol) && parsed.hostname !== '';
    },
    `is not a URL that starts with ${protocols.map((name) => `${name}//`).join(' or ')}`,
  );

const hostAndPort = z
  .string()
  .regex(/^(\[[0-9a-fA-F:]+\]|[A-Za-z0-9._-]+):\d{1,5}$/, 'is not of the form host:port')
  .refine((text) => Number(text.slice(text.lastIndexOf(':') + 1)) <= 65_535, 'has a port above 65535');

const oneOf = <Word extends string>(words: readonly [Word, ...Word[]]): z.ZodType<Word, string> =>
  z
    .string()
    .transform((text) => words.find((word) => word === text))
    .refine((word) => word !== undefined, `is not one of ${words.join(', ')}`);

/** Names with commas between them. */
const listOf = <Word extends string>(words: readonly Word[]): z.ZodType<readonly Word[], string> =>
  z
    .string()
    .transform((text) => text.split(',').map((part) => words.find((word) => word === part.trim())))
    .refine((found) => !found.includes(undefined), `has a word that is not one of ${words.join(', ')}`)
    .transform((found) => found.filter((word) => word !== undefined));

/** As Standard Webhooks writes it. */
const webhookSecret = z
  .string()
  .refine(
    (text) => /^whsec_[A-Za-z0-9+/]+={0,2}$/.test(text) && Buffer.from(text.slice(6), 'base64').length >= 24,
    'is not whsec_ and at least 24 bytes in base64',
  );

/** `name=whsec_…`, or `name@end-user=whsec_…`, with commas between them; a name that comes twice has two secrets. */
const ticketingSystems = z.string().transform((text, context): TicketingSystemSetting[] => {
  const systems = new Map<string, TicketingSystemSetting>();
  for (const part of text.split(',')) {
    const [, name, tenantId = null, key] =
      /^\s*([a-z0-9][a-z0-9-]{0,39})(?:@([A-Za-z0-9_.-]{1,80}))?=(\S+)\s*$/.exec(part) ?? [];
    if (name === undefined || !webhookSecret.safeParse(key).success) {
      context.addIssue('has a part that is not name=whsec_ and at least 24 bytes in base64');
      return z.NEVER;
    }
    const known = systems.get(name);
    if (known && known.tenantId !== tenantId) {
      context.addIssue('gives one system to two End Users');
      return z.NEVER;
    }
    systems.set(name, { name, tenantId, secrets: [...(known?.secrets ?? []), key ?? ''] });
  }
  return [...systems.values()];
});

/** A network such as 10.1.0.0/16. */
function isNetwork(text: string): boolean {
  const [address = '', bits = ''] = text.split('/');
  const most = isIP(address) === 4 ? 32 : isIP(address) === 6 ? 128 : -1;
  return /^\d{1,3}$/.test(bits) && Number(bits) <= most;
}

const folder = z.string().refine((text) => !text.includes('\0'), 'is not a path');

/** Environments and compose files often carry a line break as two characters. */
const privateKey = z
  .string()
  .transform((text) => text.replaceAll('\\n', '\n'))
  .refine(isEd25519, 'is not an Ed25519 private key in PEM');

function isEd25519(text: string): boolean {
  try {
    return createPrivateKey(text).asymmetricKeyType === 'ed25519';
  } catch (error) {
    // Every key that cannot be read is reported the same way; its text must not be quoted.
    if (isNativeError(error)) return false;
    throw error;
  }
}

/** An outside ticketing system that may report; `tenantId`: the End User whose contracts it may name, null: all. */
export interface TicketingSystemSetting {
  readonly name: string;
  readonly tenantId: string | null;
  readonly secrets: readonly string[];
}

export const PROFILES = ['dev', 'production'] as const;
export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

const portRemedy = (example: number): string => `Give a free port from 1 to 65535, for example ${example}.`;

/** Names, checks and remedies. The names without prefix are those that users and other tools expect. */
export const RULES = {
  DATABASE_URL: secret(
    url(['postgres:', 'postgresql:']),
    'Give postgres://user:password@host:5432/database, or leave it out to use the embedded Postgres (dev only).',
  ),
  PORT: rule(port, portRemedy(8088)),
  LOG_LEVEL: rule(oneOf(LOG_LEVELS), `Choose one of ${LOG_LEVELS.join(', ')}.`),
  TEMPORAL_ADDRESS: rule(
    hostAndPort,
    'Give host:port of a Temporal frontend, or leave it out to start a dev server (dev only).',
  ),
  TEMPORAL_NAMESPACE: rule(
    z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{1,254}$/, 'is not a namespace name'),
    'Use 2 to 255 letters, digits, dots and dashes, for example default.',
  ),
  SMTP_URL: secret(
    url(['smtp:', 'smtps:']),
    'Give smtp://user:password@host:587, or leave it out to use the built-in mail catcher (dev only).',
  ),
  OTEL_EXPORTER_OTLP_ENDPOINT: rule(
    url(['http:', 'https:']),
    'Give the http(s) address of an OTLP collector, or leave it out to send no traces.',
  ),
  CAREPLUS_PROFILE: rule(oneOf(PROFILES), `Choose one of ${PROFILES.join(', ')}.`),
  CAREPLUS_DATA: rule(folder, 'Give a folder that this account may write to.'),
  CAREPLUS_CACHE: rule(folder, 'Give a folder that this account may write to.'),
  CAREPLUS_BIND: rule(
    z.string().regex(/^[0-9A-Za-z.:_-]+$/, 'is not an address'),
    'Give the address to listen on: 127.0.0.1 for this machine only, 0.0.0.0 for every network.',
  ),
  CAREPLUS_PUBLIC_URL: rule(
    url(['http:', 'https:']),
    'Give the address under which people reach the console, for example https://care.example.net.',
  ),
  CAREPLUS_OPS_PORT: rule(port, portRemedy(9465)),
  CAREPLUS_WORKER_OPS_PORT: rule(port, portRemedy(9466)),
  CAREPLUS_MAIL_PORT: rule(port, portRemedy(8025)),
  CAREPLUS_MAIL_SMTP_PORT: rule(port, portRemedy(1025)),
  CAREPLUS_POSTGRES_PORT: rule(port, portRemedy(54388)),
  CAREPLUS_TEMPORAL_PORT: rule(port, portRemedy(7233)),
  CAREPLUS_TEMPORAL_UI_PORT: rule(port, portRemedy(8233)),
  CAREPLUS_MAIL_FROM: rule(
    z.string().regex(/^[^<>\r\n]*<?[^\s<>@]+@[^\s<>@]+>?$/, 'is not a mail address'),
    'Give the sender of all messages, for example Care Plus <care@provider.example>.',
  ),
  CAREPLUS_LINK_SECRET: secret(
    z.string().min(32, 'is shorter than 32 characters'),
    'Give at least 32 random characters, the same for every worker; without it each data folder makes its own.',
  ),
  CAREPLUS_MAIL_SECRET: secret(
    z.string().min(16, 'is shorter than 16 characters'),
    'Give at least 16 random characters; whoever posts delivery reports sends them in X-Careplus-Mail-Secret.',
  ),
  CAREPLUS_PAGING_URL: rule(
    url(['http:', 'https:']),
    'Give the address to which messages for the gateway are posted, or leave it out to send no short messages and calls.',
  ),
  CAREPLUS_PAGING_TOKEN: secret(
    z.string().min(1).max(4_000),
    'Give the bearer token that the gateway asks for, or leave it out where it asks for none.',
  ),
  CAREPLUS_PAGING_SECRET: secret(
    webhookSecret,
    'Give whsec_ and at least 24 random bytes in base64, the same as the gateway signs its delivery reports with.',
  ),
  CAREPLUS_CHAT_SECRET: secret(
    webhookSecret,
    'Give whsec_ and at least 24 random bytes in base64; receivers of chat messages check the signature with it.',
  ),
  CAREPLUS_CHAT_NETWORKS: rule(
    z
      .string()
      .transform((text) => text.split(',').map((part) => part.trim()))
      .refine((parts) => parts.every(isNetwork), 'is not a list of networks'),
    'Give networks that chat messages may go to although they are not public, for example 10.20.0.0/16.',
  ),
  CAREPLUS_TICKETING_SYSTEMS: secret(
    ticketingSystems,
    'Give name=whsec_… of each outside ticketing system, with commas between them; name@end-user=whsec_… for one of an End User; the name twice while its secret is changed.',
  ),
  CAREPLUS_OIDC_ISSUER: rule(
    url(['http:', 'https:']),
    'Give the issuer exactly as its tokens say it in iss, for example https://login.example.net/realms/care.',
  ),
  CAREPLUS_OIDC_JWKS_URL: rule(
    url(['http:', 'https:']),
    "Give the address of the issuer's public keys (jwks_uri of its discovery document).",
  ),
  CAREPLUS_OIDC_AUDIENCE: rule(
    z.string().max(500),
    'Give the audience that access tokens for this API carry, for example https://care.example.net.',
  ),
  CAREPLUS_OIDC_ALGORITHMS: rule(
    listOf<TokenAlgorithm>(TOKEN_ALGORITHMS),
    `Give signature algorithms with commas between them, of ${TOKEN_ALGORITHMS.join(', ')}.`,
  ),
  CAREPLUS_OIDC_TOKEN_TYPE: rule(
    oneOf(['at+jwt', 'JWT']),
    'Give at+jwt, or JWT for an issuer that does not mark its access tokens.',
  ),
  CAREPLUS_OIDC_PERSON_CLAIM: rule(
    z.string().regex(/^[A-Za-z0-9_:/.-]{1,100}$/, 'is not the name of a claim'),
    'Give the claim that names the person and never changes, for example sub.',
  ),
  CAREPLUS_OIDC_CLOCK_TOLERANCE_SECONDS: rule(wholeNumber(0, 300), 'Give 0 to 300 seconds, for example 30.'),
  CAREPLUS_OIDC_KEYS_CACHE_SECONDS: rule(
    wholeNumber(10, 86_400),
    'Give 10 to 86400 seconds, for example 600.',
  ),
  CAREPLUS_OIDC_KEYS_COOLDOWN_SECONDS: rule(wholeNumber(1, 3_600), 'Give 1 to 3600 seconds, for example 30.'),
  CAREPLUS_OIDC_KEYS_KEPT_SECONDS: rule(
    wholeNumber(10, 604_800),
    'Give 10 to 604800 seconds, for example 86400.',
  ),
  CAREPLUS_OIDC_KEYS_TIMEOUT_MS: rule(
    wholeNumber(100, 30_000),
    'Give 100 to 30000 milliseconds, for example 3000.',
  ),
  CAREPLUS_REQUESTS_PER_ADDRESS: rule(
    wholeNumber(1, 10_000_000),
    'Give the requests a minute that one network address may make, for example 3000.',
  ),
  CAREPLUS_REQUESTS_PER_KEY: rule(
    wholeNumber(1, 10_000_000),
    'Give the requests a minute that one API key may make, for example 1200.',
  ),
  CAREPLUS_REQUESTS_PER_PERSON: rule(
    wholeNumber(1, 10_000_000),
    'Give the requests a minute that one person may make, for example 3000.',
  ),
  CAREPLUS_REQUESTS_PER_TENANT: rule(
    wholeNumber(1, 10_000_000),
    'Give the requests a minute that all people of one organisation may make, for example 6000.',
  ),
  CAREPLUS_TRUSTED_PROXIES: rule(
    wholeNumber(0, 10),
    'Give how many proxies stand in front of the API and write X-Forwarded-For; 0 for none.',
  ),
  CAREPLUS_KEY_DAYS: rule(
    wholeNumber(1, 3_650),
    'Give the days that an API key lives unless its maker says otherwise, for example 90.',
  ),
  CAREPLUS_KEY_MOST_DAYS: rule(
    wholeNumber(1, 3_650),
    'Give the most days that an API key may live, for example 365.',
  ),
  CAREPLUS_KEY_MOST_GRACE_HOURS: rule(
    wholeNumber(0, 8_760),
    'Give the most hours that a replaced secret may go on, for example 72.',
  ),
  CAREPLUS_CHECKPOINT_KEY: secret(
    privateKey,
    'Give an Ed25519 private key (PEM), the same for every worker: openssl genpkey -algorithm ed25519.',
  ),
  CAREPLUS_CHECKPOINT_FOLDER: rule(
    folder,
    'Give a folder outside of the database and its backups, best one that is written once.',
  ),
  CAREPLUS_CHECKPOINT_MAIL: rule(
    z.string().regex(/^[^\s<>@]+@[^\s<>@]+$/, 'is not a mail address'),
    'Give the address of somebody outside who keeps the checkpoints, for example auditor@example.net.',
  ),
  CAREPLUS_FILE_FOLDER: rule(folder, 'Give a folder that all APIs share and that is backed up.'),
  CAREPLUS_ARCHIVE_FOLDER: rule(folder, 'Give a folder that all workers share and that is backed up.'),
  // Read by the command line alone; named here so that exporting them stops no service.
  CAREPLUS_AS: rule(z.string(), 'Give the id of a person, for example kim-field (development only).'),
  CAREPLUS_URL: rule(
    url(['http:', 'https:']),
    'Give the address of the API, for example http://127.0.0.1:8088.',
  ),
  CAREPLUS_API_KEY: secret(
    z.string().regex(/^cp_/, 'is not an API key'),
    'Give a key that careplus keys create printed.',
  ),
  CAREPLUS_DATABASE_POOL: rule(wholeNumber(2, 500), 'Give the connections per process, for example 10.'),
  CAREPLUS_WORKFLOW_TASKS: rule(wholeNumber(2, 1000), 'Give the workflow tasks at one time, for example 20.'),
  CAREPLUS_CACHED_WORKFLOWS: rule(
    wholeNumber(8, 100_000),
    'Give how many workflows a worker keeps in memory: at least 4 times CAREPLUS_WORKFLOW_TASKS.',
  ),
} as const satisfies Record<string, Rule<unknown>>;

export type VariableName = keyof typeof RULES;

/** The values as read, before defaults. */
export type RawValues = {
  -readonly [Name in VariableName]?: (typeof RULES)[Name] extends Rule<infer Value> ? Value : never;
};

/** Whether a text names one of our variables. */
export const isVariableName = (name: string): name is VariableName => Object.hasOwn(RULES, name);
