// The table of every variable that Care Plus reads: what it may hold, and what to do when it does not.
import { z } from 'zod';

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

const folder = z.string().refine((text) => !text.includes('\0'), 'is not a path');

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
