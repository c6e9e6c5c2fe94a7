/** The table of settings in docs/operations.md, from the rules that the programs check their environment with. */
import { relative } from 'node:path';
import { readEnvironment } from '../../config/environment.js';
import { isVariableName, RULES, type VariableName } from '../../config/environment-rules.js';
import { defaultTokenRules } from '../../config/limits.js';
import { table } from './table.js';

export const SETTINGS_MARKS = {
  begin: '<!-- settings: written by npm run generate -->',
  end: '<!-- /settings -->',
} as const;

/** The text of the page with the table between its marks. */
export function withSettings(page: string): string {
  const [begin, end] = [page.indexOf(SETTINGS_MARKS.begin), page.indexOf(SETTINGS_MARKS.end)];
  if (begin < 0 || end < begin) throw new Error('docs/operations.md has no marks for the settings.');
  const before = page.slice(0, begin + SETTINGS_MARKS.begin.length);
  return `${before}\n\n${settingsTable()}\n\n${page.slice(end)}`;
}

function settingsTable(): string {
  const required = requiredInProduction();
  const rows = Object.keys(RULES)
    .filter(isVariableName)
    .map((name) => [
      `\`${name}\`${RULES[name].secret ? ' (secret)' : ''}`,
      required.has(name) ? `${defaultOf(name)}; needed in production` : defaultOf(name),
      RULES[name].remedy,
    ]);
  return table(['setting', 'without it', 'what to give'], rows);
}

/** Those that a start with the profile production and nothing else complains of. */
function requiredInProduction(): ReadonlySet<string> {
  const read = readEnvironment({ CAREPLUS_PROFILE: 'production' });
  return new Set(read.ok ? [] : read.problems.map(({ variable }) => variable));
}

/** Where the name in the settings differs from the name in the program. */
const PROGRAM_NAMES: Partial<Record<VariableName, string>> = {
  OTEL_EXPORTER_OTLP_ENDPOINT: 'otlpEndpoint',
  CAREPLUS_DATA: 'dataFolder',
  CAREPLUS_CACHE: 'cacheFolder',
  CAREPLUS_REQUESTS_PER_ADDRESS: 'requestsPerMinute',
  CAREPLUS_OIDC_TOKEN_TYPE: 'type',
};
/** Read by the command line, or by nobody until several are given together: they have no default. */
const WITHOUT_DEFAULT: ReadonlySet<string> = new Set([
  'CAREPLUS_AS',
  'CAREPLUS_URL',
  'CAREPLUS_API_KEY',
  'CAREPLUS_OIDC_ISSUER',
  'CAREPLUS_OIDC_JWKS_URL',
  'CAREPLUS_OIDC_AUDIENCE',
]);

function defaultOf(name: VariableName): string {
  if (WITHOUT_DEFAULT.has(name)) return 'not set';
  const read = readEnvironment({ XDG_CACHE_HOME: '~/.cache' });
  if (!read.ok) throw new Error('The defaults contradict each other.');
  const known: Record<string, unknown> = {
    ...defaultTokenRules,
    ...read.environment.requestLimits,
    ...read.environment.keyLimits,
    ...read.environment,
  };
  const property = PROGRAM_NAMES[name] ?? camelCase(name.replace(/^CAREPLUS_(OIDC_)?/, ''));
  if (!(property in known)) throw new Error(`The default of ${name} is not found as ${property}.`);
  return wordsOf(known[property]);
}

function camelCase(name: string): string {
  return name.toLowerCase().replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** Folders are told as they lie below the present one: where that is differs from machine to machine. */
function wordsOf(value: unknown): string {
  if (value === undefined) return 'not set';
  if (Array.isArray(value)) return `\`${value.join(',')}\``;
  if (typeof value === 'string')
    return `\`${value.startsWith('/') ? relative(process.cwd(), value) : value}\``;
  if (typeof value === 'number') return `\`${String(value)}\``;
  throw new Error('A default is neither text nor number.');
}
