// The only reader of process.env: every setting checked once, at the start, with a remedy for each mistake.
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { isNativeError } from 'node:util/types';
import {
  isVariableName,
  RULES,
  type LOG_LEVELS,
  type RawValues,
  type TicketingSystemSetting,
  type VariableName,
} from './environment-rules.js';
import {
  defaultKeyLimits,
  defaultRequestLimits,
  defaultTokenRules,
  type KeyLimits,
  type RequestLimits,
  type TokenRules,
} from './limits.js';
import { nearestName } from './nearest-name.js';

/** The checked settings of one installation. Ports are numbers, folders are absolute, secrets are plain text. */
export interface Environment {
  readonly profile: 'dev' | 'production';
  readonly logLevel: (typeof LOG_LEVELS)[number];
  /** Absent: the supervisor starts an embedded Postgres. */
  readonly databaseUrl: string | undefined;
  readonly databasePool: number;
  /** Absent: the supervisor starts a Temporal dev server. */
  readonly temporalAddress: string | undefined;
  readonly temporalNamespace: string;
  /** Absent: mail goes to the built-in catcher. */
  readonly smtpUrl: string | undefined;
  /** Absent: no traces leave the process. */
  readonly otlpEndpoint: string | undefined;
  readonly bind: string;
  readonly port: number;
  readonly opsPort: number;
  readonly workerOpsPort: number;
  readonly mailPort: number;
  readonly mailSmtpPort: number;
  readonly postgresPort: number;
  readonly temporalPort: number;
  readonly temporalUiPort: number;
  /** Without a slash at the end. */
  readonly publicUrl: string;
  readonly dataFolder: string;
  readonly cacheFolder: string;
  readonly mailFrom: string;
  /** Absent: the worker keeps one in its data folder. */
  readonly linkSecret: string | undefined;
  /** PEM. Absent: in dev the worker keeps one in its data folder, in production no checkpoint is signed. */
  readonly checkpointKey: string | undefined;
  readonly checkpointFolder: string;
  /** Absent: checkpoints go to the folder alone. */
  readonly checkpointMail: string | undefined;
  readonly archiveFolder: string;
  /** Uploaded files, by their content. */
  readonly fileFolder: string;
  /** Absent: delivery reports are taken over the loopback interface only. */
  readonly mailSecret: string | undefined;
  /** Of the gateway for short messages and calls. Absent: nobody is reached by them. */
  readonly pagingUrl: string | undefined;
  readonly pagingToken: string | undefined;
  /** Absent: its reports are refused. */
  readonly pagingSecret: string | undefined;
  /** Absent: nothing is posted to chat rooms. */
  readonly chatSecret: string | undefined;
  readonly chatNetworks: readonly string[];
  /** Outside ticketing systems that may report. */
  readonly ticketingSystems: readonly TicketingSystemSetting[];
  readonly workflowTasks: number;
  readonly cachedWorkflows: number;
  readonly requestLimits: RequestLimits;
  readonly keyLimits: KeyLimits;
  /** Absent: people come in with API keys only. */
  readonly tokenRules: TokenRules | undefined;
}

/** One variable that is wrong: what is the matter, and what to do. Never holds the value of a secret. */
export interface ConfigurationProblem {
  readonly variable: string;
  readonly problem: string;
  readonly remedy: string;
}

export type EnvironmentResult =
  | { readonly ok: true; readonly environment: Environment }
  | { readonly ok: false; readonly problems: readonly ConfigurationProblem[] };

export type EnvironmentSource = Readonly<Record<string, string | undefined>>;

/** sysexits.h EX_CONFIG. */
const EXIT_CONFIGURATION = 78;
const PREFIX = 'CAREPLUS_';
const FILE_SUFFIX = '_FILE';

/** Reads and checks all settings; `source` is the process's own environment unless a caller brings one. */
export const readEnvironment = (source: EnvironmentSource = process.env): EnvironmentResult => {
  const problems: ConfigurationProblem[] = unknownVariables(source);
  const raw: RawValues = {};
  for (const name of variableNames()) {
    const text = textOf(name, source, problems);
    if (text !== undefined) readInto(raw, name, text, problems);
  }
  const environment = withDefaults(raw, source);
  problems.push(...contradictions(environment, raw, problems));
  return problems.length === 0 ? { ok: true, environment } : { ok: false, problems };
};

/**
 * Gives the settings, or prints each mistake with its remedy on stderr and ends the process with code 78.
 * Exit code after libraries' sysexits convention: 78 is a mistake in the configuration.
 */
export const exitOnBadConfiguration = (result: EnvironmentResult): Environment => {
  if (result.ok) return result.environment;
  process.stderr.write(describeProblems(result.problems));
  process.exit(EXIT_CONFIGURATION);
};

/** The text that `exitOnBadConfiguration` prints. */
export const describeProblems = (problems: readonly ConfigurationProblem[]): string => {
  const lines = problems.map(({ variable, problem, remedy }) => `  ${variable} ${problem}.\n    ${remedy}\n`);
  const count = problems.length === 1 ? 'One setting is' : `${problems.length} settings are`;
  return `Care Plus cannot start: ${count} wrong.\n${lines.join('')}`;
};

/** A copy of the process's environment for a child process, with additions. */
export const inheritedEnvironment = (
  additions: Readonly<Record<string, string>> = {},
): Record<string, string> => {
  const own = Object.entries(process.env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return { ...Object.fromEntries(own), ...additions };
};

/** The folders in which the shell looks for programs. */
export const programFolders = (source: EnvironmentSource = process.env): readonly string[] =>
  (source['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');

const variableNames = (): readonly VariableName[] => Object.keys(RULES).filter(isVariableName);

/** An empty value counts as absent: compose files and shells cannot leave a variable out otherwise. */
const given = (name: string, source: EnvironmentSource): string | undefined => {
  const text = source[name]?.trim();
  return text === '' ? undefined : text;
};

const textOf = (
  name: VariableName,
  source: EnvironmentSource,
  problems: ConfigurationProblem[],
): string | undefined => {
  const direct = given(name, source);
  if (!RULES[name].secret) return direct;
  const fileVariable = name + FILE_SUFFIX;
  const path = given(fileVariable, source);
  if (path === undefined) return direct;
  if (direct !== undefined) {
    problems.push({
      variable: name,
      problem: `and ${fileVariable} are both set`,
      remedy: 'Keep one of the two.',
    });
    return undefined;
  }
  try {
    const text = readFileSync(path, 'utf8').trim();
    if (text !== '') return text;
    problems.push({
      variable: fileVariable,
      problem: `names an empty file (${path})`,
      remedy: RULES[name].remedy,
    });
  } catch (error) {
    const reason = isNativeError(error) && 'code' in error ? String(error.code) : String(error);
    problems.push({
      variable: fileVariable,
      problem: `names a file that cannot be read (${path}: ${reason})`,
      remedy: 'Name a file that exists and that this account may read.',
    });
  }
  return undefined;
};

const readInto = <Name extends VariableName>(
  raw: RawValues,
  name: Name,
  text: string,
  problems: ConfigurationProblem[],
): void => {
  const { read, secret, remedy } = RULES[name];
  const parsed = read.safeParse(text);
  if (parsed.success) {
    Object.assign(raw, { [name]: parsed.data });
    return;
  }
  const what = parsed.error.issues[0]?.message ?? 'is not valid';
  const shown = secret ? '' : ` (it is ${JSON.stringify(text.slice(0, 80))})`;
  problems.push({ variable: name, problem: what + shown, remedy });
};

const withDefaults = (raw: RawValues, source: EnvironmentSource): Environment => {
  const profile = raw.CAREPLUS_PROFILE ?? 'dev';
  const port = raw.PORT ?? 8088;
  const dataFolder = resolve(raw.CAREPLUS_DATA ?? 'var');
  const cacheHome = given('XDG_CACHE_HOME', source) ?? join(homedir(), '.cache');
  return {
    profile,
    logLevel: raw.LOG_LEVEL ?? 'info',
    databaseUrl: raw.DATABASE_URL,
    databasePool: raw.CAREPLUS_DATABASE_POOL ?? 10,
    temporalAddress: raw.TEMPORAL_ADDRESS,
    temporalNamespace: raw.TEMPORAL_NAMESPACE ?? 'default',
    smtpUrl: raw.SMTP_URL,
    otlpEndpoint: raw.OTEL_EXPORTER_OTLP_ENDPOINT,
    bind: raw.CAREPLUS_BIND ?? (profile === 'dev' ? '127.0.0.1' : '0.0.0.0'),
    port,
    opsPort: raw.CAREPLUS_OPS_PORT ?? 9465,
    workerOpsPort: raw.CAREPLUS_WORKER_OPS_PORT ?? 9466,
    mailPort: raw.CAREPLUS_MAIL_PORT ?? 8025,
    mailSmtpPort: raw.CAREPLUS_MAIL_SMTP_PORT ?? 1025,
    postgresPort: raw.CAREPLUS_POSTGRES_PORT ?? 54_388,
    temporalPort: raw.CAREPLUS_TEMPORAL_PORT ?? 7233,
    temporalUiPort: raw.CAREPLUS_TEMPORAL_UI_PORT ?? 8233,
    publicUrl: (raw.CAREPLUS_PUBLIC_URL ?? `http://127.0.0.1:${port}`).replace(/\/+$/, ''),
    dataFolder,
    cacheFolder: resolve(raw.CAREPLUS_CACHE ?? join(cacheHome, 'careplus')),
    mailFrom: raw.CAREPLUS_MAIL_FROM ?? 'Care Plus <careplus@localhost.localdomain>',
    linkSecret: raw.CAREPLUS_LINK_SECRET,
    checkpointKey: raw.CAREPLUS_CHECKPOINT_KEY,
    checkpointFolder: resolve(raw.CAREPLUS_CHECKPOINT_FOLDER ?? join(dataFolder, 'checkpoints')),
    checkpointMail: raw.CAREPLUS_CHECKPOINT_MAIL,
    fileFolder: resolve(raw.CAREPLUS_FILE_FOLDER ?? join(dataFolder, 'files')),
    archiveFolder: resolve(raw.CAREPLUS_ARCHIVE_FOLDER ?? join(dataFolder, 'archive')),
    mailSecret: raw.CAREPLUS_MAIL_SECRET,
    pagingUrl: raw.CAREPLUS_PAGING_URL,
    pagingToken: raw.CAREPLUS_PAGING_TOKEN,
    pagingSecret: raw.CAREPLUS_PAGING_SECRET,
    chatSecret: raw.CAREPLUS_CHAT_SECRET,
    chatNetworks: raw.CAREPLUS_CHAT_NETWORKS ?? [],
    ticketingSystems: raw.CAREPLUS_TICKETING_SYSTEMS ?? [],
    workflowTasks: raw.CAREPLUS_WORKFLOW_TASKS ?? 20,
    cachedWorkflows: raw.CAREPLUS_CACHED_WORKFLOWS ?? 400,
    requestLimits: requestLimitsOf(raw),
    keyLimits: keyLimitsOf(raw),
    tokenRules: tokenRulesOf(raw),
  };
};

const requestLimitsOf = (raw: RawValues): RequestLimits => ({
  requestsPerMinute: raw.CAREPLUS_REQUESTS_PER_ADDRESS ?? defaultRequestLimits.requestsPerMinute,
  requestsPerKey: raw.CAREPLUS_REQUESTS_PER_KEY ?? defaultRequestLimits.requestsPerKey,
  requestsPerPerson: raw.CAREPLUS_REQUESTS_PER_PERSON ?? defaultRequestLimits.requestsPerPerson,
  requestsPerTenant: raw.CAREPLUS_REQUESTS_PER_TENANT ?? defaultRequestLimits.requestsPerTenant,
  trustedProxies: raw.CAREPLUS_TRUSTED_PROXIES ?? defaultRequestLimits.trustedProxies,
});

const keyLimitsOf = (raw: RawValues): KeyLimits => {
  const keyMostDays = raw.CAREPLUS_KEY_MOST_DAYS ?? defaultKeyLimits.keyMostDays;
  return {
    keyDays: raw.CAREPLUS_KEY_DAYS ?? Math.min(defaultKeyLimits.keyDays, keyMostDays),
    keyMostDays,
    keyMostGraceHours: raw.CAREPLUS_KEY_MOST_GRACE_HOURS ?? defaultKeyLimits.keyMostGraceHours,
  };
};

const tokenRulesOf = (raw: RawValues): TokenRules | undefined => {
  const { CAREPLUS_OIDC_ISSUER: issuer, CAREPLUS_OIDC_JWKS_URL: jwksUrl } = raw;
  const { CAREPLUS_OIDC_AUDIENCE: audience } = raw;
  if (issuer === undefined || jwksUrl === undefined || audience === undefined) return undefined;
  const rules = defaultTokenRules;
  return {
    issuer,
    jwksUrl,
    audience,
    algorithms: raw.CAREPLUS_OIDC_ALGORITHMS ?? rules.algorithms,
    type: raw.CAREPLUS_OIDC_TOKEN_TYPE ?? rules.type,
    personClaim: raw.CAREPLUS_OIDC_PERSON_CLAIM ?? rules.personClaim,
    clockToleranceSeconds: raw.CAREPLUS_OIDC_CLOCK_TOLERANCE_SECONDS ?? rules.clockToleranceSeconds,
    keysCacheSeconds: raw.CAREPLUS_OIDC_KEYS_CACHE_SECONDS ?? rules.keysCacheSeconds,
    keysCooldownSeconds: raw.CAREPLUS_OIDC_KEYS_COOLDOWN_SECONDS ?? rules.keysCooldownSeconds,
    keysKeptSeconds: raw.CAREPLUS_OIDC_KEYS_KEPT_SECONDS ?? rules.keysKeptSeconds,
    keysTimeoutMs: raw.CAREPLUS_OIDC_KEYS_TIMEOUT_MS ?? rules.keysTimeoutMs,
  };
};

/** Mistakes that only several settings together make; variables already reported are left out. */
const contradictions = (
  environment: Environment,
  raw: RawValues,
  known: readonly ConfigurationProblem[],
): readonly ConfigurationProblem[] => {
  const reported = new Set(known.map(({ variable }) => variable.replace(/_FILE$/, '')));
  const found = [
    ...doubledPorts(environment),
    ...smallCache(environment),
    ...longKeys(environment),
    ...halfAnIssuer(raw),
    ...openJwks(environment),
    ...missingInProduction(environment, raw),
  ];
  return found.filter(({ variable }) => !reported.has(variable));
};

const doubledPorts = (environment: Environment): readonly ConfigurationProblem[] => {
  const ports: readonly (readonly [VariableName, number])[] = [
    ['PORT', environment.port],
    ['CAREPLUS_OPS_PORT', environment.opsPort],
    ['CAREPLUS_WORKER_OPS_PORT', environment.workerOpsPort],
    ['CAREPLUS_MAIL_PORT', environment.mailPort],
    ['CAREPLUS_MAIL_SMTP_PORT', environment.mailSmtpPort],
    ['CAREPLUS_POSTGRES_PORT', environment.postgresPort],
    ['CAREPLUS_TEMPORAL_PORT', environment.temporalPort],
    ['CAREPLUS_TEMPORAL_UI_PORT', environment.temporalUiPort],
  ];
  return ports.flatMap(([variable, value], index) => {
    const earlier = ports.slice(0, index).find(([, other]) => other === value);
    if (earlier === undefined) return [];
    return [
      { variable, problem: `is ${value}, and so is ${earlier[0]}`, remedy: 'Give each a port of its own.' },
    ];
  });
};

/**
 * A workflow that is evicted in the middle of its local activity stalls for 10 s; measured: the cache must hold
 * at least four times the workflow tasks that run at one time.
 */
const smallCache = (environment: Environment): readonly ConfigurationProblem[] =>
  environment.cachedWorkflows >= 4 * environment.workflowTasks
    ? []
    : [
        {
          variable: 'CAREPLUS_CACHED_WORKFLOWS',
          problem: `is ${environment.cachedWorkflows}, below 4 times CAREPLUS_WORKFLOW_TASKS (${environment.workflowTasks})`,
          remedy: `Give at least ${4 * environment.workflowTasks}, or lower CAREPLUS_WORKFLOW_TASKS.`,
        },
      ];

const longKeys = ({ keyLimits }: Environment): readonly ConfigurationProblem[] =>
  keyLimits.keyDays <= keyLimits.keyMostDays
    ? []
    : [
        {
          variable: 'CAREPLUS_KEY_DAYS',
          problem: `is ${keyLimits.keyDays}, above CAREPLUS_KEY_MOST_DAYS (${keyLimits.keyMostDays})`,
          remedy: 'Give fewer days, or raise CAREPLUS_KEY_MOST_DAYS.',
        },
      ];

const ISSUER_PARTS = ['CAREPLUS_OIDC_ISSUER', 'CAREPLUS_OIDC_JWKS_URL', 'CAREPLUS_OIDC_AUDIENCE'] as const;

/** Tokens are taken with all three or not at all: half an issuer would look as if people could log in. */
const halfAnIssuer = (raw: RawValues): readonly ConfigurationProblem[] => {
  const missing = ISSUER_PARTS.filter((name) => raw[name] === undefined);
  if (missing.length === 0 || missing.length === ISSUER_PARTS.length) return [];
  return missing.map((variable) => ({
    variable,
    problem: 'is missing, and other settings of the issuer are given',
    remedy: RULES[variable].remedy,
  }));
};

/** Whoever can change the keys on their way can sign tokens for everybody. */
const openJwks = ({ profile, tokenRules }: Environment): readonly ConfigurationProblem[] => {
  const address = tokenRules && URL.parse(tokenRules.jwksUrl);
  if (profile !== 'production' || !address || address.protocol === 'https:') return [];
  if (/^(localhost|127\..*|\[::1\])$/.test(address.hostname)) return [];
  return [
    {
      variable: 'CAREPLUS_OIDC_JWKS_URL',
      problem: 'is not https, and the profile is production',
      remedy: 'Give an https address, so that nobody on the way can put in keys of his own.',
    },
  ];
};

const missingInProduction = (environment: Environment, raw: RawValues): readonly ConfigurationProblem[] => {
  if (environment.profile !== 'production') return [];
  const required: readonly VariableName[] = [
    'DATABASE_URL',
    'TEMPORAL_ADDRESS',
    'SMTP_URL',
    'CAREPLUS_PUBLIC_URL',
  ];
  return required
    .filter((name) => raw[name] === undefined)
    .map((variable) => ({
      variable,
      problem: 'is missing, and the profile is production',
      remedy: RULES[variable].remedy.replace(/, or leave it out.*\.$/, '.'),
    }));
};

/** A misspelt setting would otherwise be ignored in silence. */
const unknownVariables = (source: EnvironmentSource): ConfigurationProblem[] =>
  Object.keys(source)
    .filter((name) => name.startsWith(PREFIX) && !isKnown(name))
    .map((variable) => ({
      variable,
      problem: 'is not a setting of Care Plus',
      remedy: suggestion(variable),
    }));

const isKnown = (name: string): boolean => {
  if (isVariableName(name)) return true;
  const base = name.endsWith(FILE_SUFFIX) ? name.slice(0, -FILE_SUFFIX.length) : name;
  return isVariableName(base) && RULES[base].secret;
};

const suggestion = (name: string): string => {
  const ours = variableNames().filter((known) => known.startsWith(PREFIX));
  const nearest = nearestName(name, ours);
  if (nearest !== undefined) return `Did you mean ${nearest}? Otherwise remove it.`;
  return `Remove it. The settings are: ${ours.join(', ')}.`;
};
