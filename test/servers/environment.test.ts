import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import {
  describeProblems,
  readEnvironment,
  type ConfigurationProblem,
  type Environment,
  type EnvironmentSource,
} from '../../config/environment.js';

const folder = mkdtempSync(join(tmpdir(), 'environment-'));
afterAll(() => rmSync(folder, { recursive: true }));

const file = (name: string, content: string): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};

const problemsOf = (source: EnvironmentSource): readonly ConfigurationProblem[] => {
  const result = readEnvironment(source);
  return result.ok ? [] : result.problems;
};

const environmentOf = (source: EnvironmentSource): Environment => {
  const result = readEnvironment(source);
  if (!result.ok) throw new Error(describeProblems(result.problems));
  return result.environment;
};

const PRODUCTION = {
  CAREPLUS_PROFILE: 'production',
  DATABASE_URL: 'postgres://care:pw@db.internal/care',
  TEMPORAL_ADDRESS: 'temporal.internal:7233',
  SMTP_URL: 'smtp://mail.internal',
  CAREPLUS_PUBLIC_URL: 'https://care.example.net/',
};

/** What is set, the variable that must be named, and a part of what is said about it. */
const ISSUER = {
  CAREPLUS_OIDC_ISSUER: 'https://login.example.net',
  CAREPLUS_OIDC_JWKS_URL: 'https://login.example.net/jwks',
  CAREPLUS_OIDC_AUDIENCE: 'https://care.example.net',
};

const WRONG: readonly (readonly [EnvironmentSource, string, RegExp])[] = [
  [{ PORT: '0' }, 'PORT', /between 1 and 65535/],
  [{ PORT: '65536' }, 'PORT', /between 1 and 65535/],
  [{ PORT: '80a' }, 'PORT', /whole number/],
  [{ PORT: '-1' }, 'PORT', /whole number/],
  [{ PORT: '8088.5' }, 'PORT', /whole number/],
  [{ PORT: '1e3' }, 'PORT', /whole number/],
  [{ LOG_LEVEL: 'loud' }, 'LOG_LEVEL', /not one of trace/],
  [{ DATABASE_URL: 'mysql://care@db/care' }, 'DATABASE_URL', /postgres:\/\//],
  [{ DATABASE_URL: 'db.internal' }, 'DATABASE_URL', /postgres:\/\//],
  [{ TEMPORAL_ADDRESS: 'http://temporal:7233' }, 'TEMPORAL_ADDRESS', /host:port/],
  [{ TEMPORAL_ADDRESS: 'temporal' }, 'TEMPORAL_ADDRESS', /host:port/],
  [{ TEMPORAL_ADDRESS: 'temporal:99999' }, 'TEMPORAL_ADDRESS', /above 65535/],
  [{ TEMPORAL_NAMESPACE: 'a b' }, 'TEMPORAL_NAMESPACE', /namespace/],
  [{ SMTP_URL: 'mail.internal:25' }, 'SMTP_URL', /smtp:\/\//],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4317' }, 'OTEL_EXPORTER_OTLP_ENDPOINT', /http:\/\//],
  [{ CAREPLUS_PROFILE: 'prod' }, 'CAREPLUS_PROFILE', /not one of dev, production/],
  [{ CAREPLUS_BIND: '127.0.0.1/8' }, 'CAREPLUS_BIND', /not an address/],
  [{ CAREPLUS_OPS_PORT: '8088' }, 'CAREPLUS_OPS_PORT', /and so is PORT/],
  [{ CAREPLUS_CACHED_WORKFLOWS: '79' }, 'CAREPLUS_CACHED_WORKFLOWS', /below 4 times/],
  [{ CAREPLUS_DATABASE_POOL: '1' }, 'CAREPLUS_DATABASE_POOL', /between 2 and/],
  [{ CAREPLUS_KEY_DAYS: '400' }, 'CAREPLUS_KEY_DAYS', /above CAREPLUS_KEY_MOST_DAYS \(365\)/],
  [{ CAREPLUS_REQUESTS_PER_TENANT: '0' }, 'CAREPLUS_REQUESTS_PER_TENANT', /between 1 and/],
  [{ ...ISSUER, CAREPLUS_OIDC_ALGORITHMS: 'RS256,HS256' }, 'CAREPLUS_OIDC_ALGORITHMS', /not one of RS256/],
  [{ ...ISSUER, CAREPLUS_OIDC_ALGORITHMS: 'none' }, 'CAREPLUS_OIDC_ALGORITHMS', /not one of/],
  [{ ...ISSUER, CAREPLUS_OIDC_TOKEN_TYPE: 'id' }, 'CAREPLUS_OIDC_TOKEN_TYPE', /not one of at\+jwt, JWT/],
  [{ ...ISSUER, CAREPLUS_OIDC_AUDIENCE: '' }, 'CAREPLUS_OIDC_AUDIENCE', /other settings of the issuer/],
  [{ ...ISSUER, CAREPLUS_OIDC_JWKS_URL: 'file:///keys' }, 'CAREPLUS_OIDC_JWKS_URL', /not a URL/],
  [
    { ...PRODUCTION, ...ISSUER, CAREPLUS_OIDC_JWKS_URL: 'http://login.example.net/jwks' },
    'CAREPLUS_OIDC_JWKS_URL',
    /not https/,
  ],
  [{ CAREPLUS_OPS_PROT: '9465' }, 'CAREPLUS_OPS_PROT', /not a setting/],
  [{ CAREPLUS_PORT_FILE: '/x' }, 'CAREPLUS_PORT_FILE', /not a setting/],
  [{ DATABASE_URL_FILE: join(folder, 'none') }, 'DATABASE_URL_FILE', /cannot be read .*ENOENT/],
  [{ DATABASE_URL_FILE: file('empty', ' \n') }, 'DATABASE_URL_FILE', /empty file/],
  [{ DATABASE_URL_FILE: file('wrong', 'mysql://x/y') }, 'DATABASE_URL', /postgres:\/\//],
  [
    { DATABASE_URL: 'postgres://a/b', DATABASE_URL_FILE: file('two', 'postgres://a/b') },
    'DATABASE_URL',
    /both set/,
  ],
  [{ ...PRODUCTION, DATABASE_URL: undefined }, 'DATABASE_URL', /missing/],
  [{ ...PRODUCTION, TEMPORAL_ADDRESS: '' }, 'TEMPORAL_ADDRESS', /missing/],
  [{ ...PRODUCTION, SMTP_URL: undefined }, 'SMTP_URL', /missing/],
  [{ ...PRODUCTION, CAREPLUS_PUBLIC_URL: undefined }, 'CAREPLUS_PUBLIC_URL', /missing/],
];

describe('the environment', () => {
  it.each(WRONG)('refuses %j and names %s', (source, variable, said) => {
    const problems = problemsOf(source);
    expect(problems.map((problem) => problem.variable)).toEqual([variable]);
    expect(problems[0]?.problem).toMatch(said);
    expect(problems[0]?.remedy).toMatch(/\.$/);
  });

  it('reports every mistake at once, with its remedy', () => {
    const text = describeProblems(problemsOf({ PORT: 'x', LOG_LEVEL: 'y', CAREPLUS_OPS_PROT: '1' }));
    expect(text).toContain('3 settings are wrong');
    expect(text).toContain('PORT is not a whole number (it is "x").');
    expect(text).toContain('Did you mean CAREPLUS_OPS_PORT?');
  });

  it('never shows a secret', () => {
    const secrets = {
      DATABASE_URL: 'mysql://care:hunter2@db',
      SMTP_URL: 'http://hunter2',
      DATABASE_URL_FILE: '',
    };
    const text = describeProblems(problemsOf(secrets));
    expect(text).toContain('SMTP_URL');
    expect(text).not.toContain('hunter2');
  });

  it('listens on this machine only unless the profile is production', () => {
    expect(environmentOf({})).toMatchObject({ profile: 'dev', bind: '127.0.0.1', port: 8088, opsPort: 9465 });
    expect(environmentOf(PRODUCTION)).toMatchObject({
      bind: '0.0.0.0',
      publicUrl: 'https://care.example.net',
    });
  });

  it('takes tokens of an issuer only when all of it is given, with asymmetric algorithms unless said otherwise', () => {
    expect(environmentOf({}).tokenRules).toBeUndefined();
    const rules = environmentOf({ ...PRODUCTION, ...ISSUER }).tokenRules;
    expect(rules).toMatchObject({ issuer: ISSUER.CAREPLUS_OIDC_ISSUER, type: 'at+jwt', personClaim: 'sub' });
    expect(rules?.algorithms.some((name) => name.startsWith('HS'))).toBe(false);
    const only = environmentOf({ ...ISSUER, CAREPLUS_OIDC_ALGORITHMS: 'ES256, EdDSA' }).tokenRules;
    expect(only?.algorithms).toEqual(['ES256', 'EdDSA']);
    expect(environmentOf({ CAREPLUS_KEY_MOST_DAYS: '30' }).keyLimits).toMatchObject({ keyDays: 30 });
  });

  it('takes a secret from a file, without the line end', () => {
    const path = file('url', 'postgres://care:pw@db/care\n');
    expect(environmentOf({ DATABASE_URL_FILE: path }).databaseUrl).toBe('postgres://care:pw@db/care');
  });

  it('reads ticketing systems with every secret that counts now, and says what is wrong without it', () => {
    const [one, other] = ['one', 'other'].map(
      (text) => `whsec_${Buffer.from(text.padEnd(24, '.')).toString('base64')}`,
    );
    const read = (text: string) => ({ CAREPLUS_TICKETING_SYSTEMS: text });
    expect(
      environmentOf(read(`desk-one=${one}, desk-one=${other},north@northwind=${one}`)).ticketingSystems,
    ).toEqual([
      { name: 'desk-one', tenantId: null, secrets: [one, other] },
      { name: 'north', tenantId: 'northwind', secrets: [one] },
    ]);
    for (const wrong of [`desk-one`, `desk-one=whsec_c2hvcnQ=`, `a@x=${one},a@y=${one}`])
      expect(problemsOf(read(wrong))).toMatchObject([
        { variable: 'CAREPLUS_TICKETING_SYSTEMS', problem: expect.not.stringContaining('whsec_c2') },
      ]);
  });

  it('treats an empty value as absent', () => {
    expect(environmentOf({ PORT: '', TEMPORAL_ADDRESS: ' ' })).toMatchObject({
      port: 8088,
      temporalAddress: undefined,
    });
  });

  it('ignores variables of other programs', () => {
    expect(problemsOf({ PGPORT: 'x', TEMPORAL_TLS: 'x', CAREPLUSPLUS: 'x' })).toEqual([]);
  });
});
