/** Where the API is and who asks: options first, then the environment, then the defaults of the installation. */
import { readFileSync } from 'node:fs';
import { isNativeError } from 'node:util/types';
import { isVariableName, RULES } from '../config/environment-rules.js';
import { readEnvironment, type EnvironmentSource } from '../config/environment.js';
import { CliFailure } from './failure.js';

export interface Settings {
  /** Without a slash at the end. */
  readonly url: string;
  /** Person to act as; the API takes it in profile dev only. */
  readonly as: string | undefined;
  /** API key of a person (`cp_<id>_<secret>`). */
  readonly key: string | undefined;
  /** The development mail catcher. */
  readonly mailUrl: string;
}

export interface SettingOptions {
  readonly url?: string | undefined;
  readonly as?: string | undefined;
}

/** Settings of the command line alone, which the services do not know. */
const OWN = ['CAREPLUS_AS', 'CAREPLUS_URL', 'CAREPLUS_API_KEY', 'CAREPLUS_API_KEY_FILE'] as const;
const FILE_SUFFIX = '_FILE';

/** Reads the settings; a wrong one is a failure with exit code 78. */
export function readSettings(options: SettingOptions, env: EnvironmentSource): Settings {
  const read = readEnvironment(relevant(env));
  if (!read.ok) {
    throw new CliFailure({
      exitCode: 78,
      code: 'CONFIGURATION',
      text: 'The environment has settings that cannot be used.',
      remedy: 'Correct or remove the variables named above.',
      problems: read.problems.map(({ variable, problem, remedy }) => ({
        path: variable,
        problem: `${problem}. ${remedy}`,
      })),
    });
  }
  const { publicUrl, mailPort } = read.environment;
  return {
    url: checkedUrl(options.url ?? given(env, 'CAREPLUS_URL') ?? publicUrl, options.url !== undefined),
    as: options.as ?? given(env, 'CAREPLUS_AS'),
    key: apiKey(env),
    mailUrl: `http://127.0.0.1:${String(mailPort)}`,
  };
}

/** What the services' own secrets say does not concern a command line, and neither does their profile. */
function relevant(env: EnvironmentSource): EnvironmentSource {
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => {
      if (OWN.some((own) => own === name) || name === 'CAREPLUS_PROFILE') return false;
      if (isVariableName(name)) return !RULES[name].secret;
      const base = name.endsWith(FILE_SUFFIX) ? name.slice(0, -FILE_SUFFIX.length) : name;
      return !isVariableName(base);
    }),
  );
}

/** An empty value counts as absent. */
function given(env: EnvironmentSource, name: (typeof OWN)[number]): string | undefined {
  const text = env[name]?.trim();
  return text === '' ? undefined : text;
}

function apiKey(env: EnvironmentSource): string | undefined {
  const direct = given(env, 'CAREPLUS_API_KEY');
  const file = given(env, 'CAREPLUS_API_KEY_FILE');
  if (direct !== undefined || file === undefined) return direct;
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    if (!isNativeError(error)) throw error;
    throw new CliFailure(
      {
        exitCode: 78,
        code: 'CONFIGURATION',
        text: `CAREPLUS_API_KEY_FILE names a file that cannot be read: ${file}.`,
        remedy: 'Name a file that exists and that this account may read.',
      },
      { cause: error },
    );
  }
}

function checkedUrl(text: string, fromOption: boolean): string {
  const parsed = URL.canParse(text) ? new URL(text) : undefined;
  if (parsed && (parsed.protocol === 'http:' || parsed.protocol === 'https:'))
    return text.replace(/\/+$/, '');
  throw new CliFailure({
    exitCode: fromOption ? 2 : 78,
    code: fromOption ? 'BAD_INPUT' : 'CONFIGURATION',
    text: `"${text}" is not an address of the API.`,
    remedy: 'Give one such as http://127.0.0.1:8088 (--url, or CAREPLUS_URL).',
  });
}
