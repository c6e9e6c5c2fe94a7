import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { z } from 'zod';
import { RULES } from '../../config/environment-rules.js';
import { readEnvironment } from '../../config/environment.js';

const text = readFileSync(fileURLToPath(new URL('../../docker-compose.yml', import.meta.url)), 'utf8');
const service = z.looseObject({
  image: z.string(),
  restart: z.string(),
  healthcheck: z.looseObject({ test: z.array(z.string()) }).optional(),
  environment: z.record(z.string(), z.string()).optional(),
  ports: z.array(z.string()).optional(),
  command: z.array(z.string()).optional(),
  depends_on: z.record(z.string(), z.strictObject({ condition: z.string() })).optional(),
});
const compose = z
  .looseObject({ services: z.record(z.string(), service) })
  .parse(parse(text, { merge: true }));
const services = Object.entries(compose.services);
/** Ports and folders inside of the containers, the servers that npm start starts, and the command line's own. */
const NOT_PASSED =
  /^CAREPLUS_(BIND|CACHE|\w+_FOLDER|OPS_PORT|WORKER_OPS_PORT|MAIL_PORT|MAIL_SMTP_PORT|POSTGRES_PORT|TEMPORAL_PORT|TEMPORAL_UI_PORT|AS|URL|API_KEY)$|^PORT$/;
/** What compose makes of the variables when only the required ones are set. */
const substituted = (value: string): string =>
  value
    .replace(/\$\{[A-Z_]+:\?[^}]*\}/g, 'https://given')
    .replace(/\$\{[A-Z_]+:-((?:[^{}]|\$\{[^}]*\})*)\}/g, '$1');

describe('the compose file', () => {
  it('has every part of the production shape', () => {
    const wanted = ['postgres', 'temporal', 'temporal-ui', 'migrate', 'worker', 'api', 'mail'];
    expect(Object.keys(compose.services)).toEqual(expect.arrayContaining(wanted));
  });

  it.each(services)(
    'pins the image of %s and says how its health is seen',
    (_name, { image, restart, healthcheck }) => {
      expect(image).toMatch(/:(v?\d+\.\d+\.\d+|\d+\.\d+-[a-z]+|\$\{CAREPLUS_VERSION:-\d+\.\d+\.\d+\})$/);
      expect(restart.startsWith('on-failure') || healthcheck !== undefined).toBe(true);
    },
  );

  it.each(services)('opens ports of %s to this machine only', (_name, { ports = [] }) => {
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
  });

  it('holds no secret', () => {
    const settings = services.flatMap(([, { environment = {} }]) => Object.entries(environment));
    const secrets = settings.filter(([name]) => /PASSWORD|PWD|SECRET|TOKEN/.test(name));
    expect(secrets.length).toBeGreaterThanOrEqual(4);
    for (const [, value] of secrets) expect(value).toMatch(/^\$\{[A-Z_]+:(\?.+|-)\}$/);
  });

  it.each(['worker', 'api'])('passes on to %s every setting that may be given', (name) => {
    const passed = Object.keys(compose.services[name]?.environment ?? {});
    const wanted = Object.keys(RULES).filter((setting) => !NOT_PASSED.test(setting));
    expect(wanted.filter((setting) => !passed.includes(setting))).toEqual([]);
  });

  it('waits for parts that exist, in a way that they can fulfil', () => {
    for (const [, { depends_on: wanted = {} }] of services) {
      for (const [name, { condition }] of Object.entries(wanted)) {
        const other = compose.services[name];
        const healthy = condition === 'service_healthy' && other?.healthcheck !== undefined;
        expect(healthy || other?.restart.startsWith('on-failure')).toBe(true);
      }
    }
  });

  it.each(['migrate', 'worker', 'api'])('gives %s an environment that it accepts', (name) => {
    const given = Object.entries(compose.services[name]?.environment ?? {});
    const source = Object.fromEntries(given.map(([variable, value]) => [variable, substituted(value)]));
    expect(Object.keys(source)).toContain('DATABASE_URL');
    const databaseUrl = source['DATABASE_URL']?.replace('https://given', 'password');
    expect(readEnvironment({ ...source, DATABASE_URL: databaseUrl })).toMatchObject({
      ok: true,
      environment: { profile: 'production' },
    });
  });
});
