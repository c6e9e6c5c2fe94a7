import { describe, expect, it } from '@jest/globals';
import { problem } from './fake-api.js';
import { cli, cliWith, tooLong } from './run-cli.js';
import { ONBOARDING, reads } from './samples.js';

const SCREENS: readonly (readonly string[])[] = [
  ['today'],
  ['tasks', '--team'],
  ['next', 'northwind-2026/onboarding'],
  ['show', ONBOARDING],
  ['onboarding', 'show', 'northwind-2026'],
  ['timeline', 'onb_0190'],
  ['forecast', 'northwind-2026', '--days', '30'],
  ['explain', 'northwind-2026/onboarding/firstContact'],
];

describe('screens', () => {
  it.each(SCREENS)('%s %s %s fits 80 columns', async (...argv) => {
    const plain = await cliWith(reads, argv);
    expect(plain.err).toBe('');
    expect(plain.code).toBe(0);
    expect(tooLong(plain.out)).toEqual([]);
    expect(plain.out).not.toContain('\u001b');
    expect(plain.out).toMatchSnapshot();
    const narrow = await cliWith(reads, argv, { terminal: true, columns: 80 });
    expect(tooLong(narrow.out)).toEqual([]);
  });

  it('colour what is overdue on a terminal, and say the word too', async () => {
    const screen = await cliWith(reads, ['today'], { terminal: true, columns: 100 });
    expect(screen.out).toContain('\u001b[31moverdue, 14 days ago');
    const plain = await cliWith(reads, ['today'], { terminal: true, columns: 100, env: { NO_COLOR: '1' } });
    expect(plain.out).toContain('overdue, 14 days ago');
    expect(plain.out).not.toContain('\u001b');
  });

  it('never pass on control characters that somebody wrote into a note', async () => {
    const { out } = await cliWith(reads, ['timeline', ONBOARDING]);
    expect(out).toContain('Left a message');
    expect(out).not.toContain('\u001b');
  });

  it('are whole JSON with --json', async () => {
    for (const argv of SCREENS) {
      const { out, code } = await cliWith(reads, [...argv, '--json']);
      expect(code).toBe(0);
      expect(typeof JSON.parse(out)).toBe('object');
    }
  });
});

describe('a process', () => {
  it('is named by contract and kind, the open one first', async () => {
    const { asked } = await cliWith(reads, ['show', 'northwind-2026/onboarding']);
    expect(asked.map(({ path, query }) => [path, query['contract'], query['open']])).toContainEqual([
      '/v1/processes',
      'northwind-2026',
      'true',
    ]);
    expect(asked.at(-1)?.path).toBe(`/v1/processes/${ONBOARDING}`);
  });

  it('is asked for at once when the whole id is given', async () => {
    const { asked } = await cliWith(reads, ['show', ONBOARDING]);
    expect(asked).toHaveLength(1);
  });

  it('must be unique when its id is abbreviated', async () => {
    const rows = [1, 2].map((n) => ({
      id: `onb_abc${String(n)}`,
      slug: 'onboarding',
      headline: `CP-${String(n)}`,
    }));
    const routes = { 'GET /v1/processes': { body: { items: rows, next: null } } };
    const { code, err } = await cliWith(routes, ['show', 'onb_abc']);
    expect(code).toBe(2);
    expect(err).toContain('may be any of 2 processes');
    expect(err).toContain('onb_abc1: onboarding CP-1');
  });

  it('is found on a later page', async () => {
    const routes = {
      ...reads,
      'GET /v1/processes': ({ query }: { query: Readonly<Record<string, string>> }) =>
        query['cursor'] === 'second'
          ? { body: { items: [{ id: ONBOARDING, slug: 'onboarding' }], next: null } }
          : { body: { items: [{ id: 'onb_ffff', slug: 'onboarding' }], next: 'second' } },
    };
    expect((await cliWith(routes, ['show', 'onb_0190'])).code).toBe(0);
  });

  it('of an unknown kind is refused with the nearest one', async () => {
    const { code, err } = await cli(['show', 'northwind-2026/onbording']);
    expect(code).toBe(2);
    expect(err).toContain('did you mean onboarding?');
  });

  it('that does not exist is a failure with a remedy', async () => {
    const { code, err } = await cliWith({ 'GET /v1/processes': { body: { items: [], next: null } } }, [
      'show',
      'onb_1',
    ]);
    expect(code).toBe(1);
    expect(err).toContain('PROCESS_UNKNOWN');
    expect(err).toContain('What to do:');
  });
});

describe('the identity', () => {
  it.each([
    [['today', '--as', 'sam-rivers'], {}],
    [['--as', 'sam-rivers', 'today'], {}],
    [['today'], { CAREPLUS_AS: 'sam-rivers' }],
  ])('of %j %j is sent as X-Careplus-As', async (argv, env) => {
    const { asked } = await cliWith(reads, argv, { env });
    expect(asked[0]?.headers['x-careplus-as']).toBe('sam-rivers');
  });

  it('of a key is sent as a bearer token and never printed', async () => {
    const key = 'cp_abc_secret';
    const { asked, out, err } = await cliWith(reads, ['today', '--json'], { env: { CAREPLUS_API_KEY: key } });
    expect(asked[0]?.headers.authorization).toBe(`Bearer ${key}`);
    expect(out + err).not.toContain('secret');
  });

  it('that is missing is explained in terms of the command line', async () => {
    const { code, err } = await cliWith(
      {
        'GET /v1/today': problem(401, {
          code: 'UNAUTHENTICATED',
          detail: 'Nobody.',
          remedy: 'Send a header.',
        }),
      },
      ['today'],
    );
    expect(code).toBe(1);
    expect(err).toContain('--as <person>');
  });
});
