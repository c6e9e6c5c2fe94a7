import { describe, expect, it } from '@jest/globals';
import { problem } from './fake-api.js';
import { cli, cliWith, tooLong } from './run-cli.js';
import { reads } from './samples.js';

describe('exit codes', () => {
  it('are 69 when nothing listens, with the sentence that helps', async () => {
    const { code, err } = await cli(['today']);
    expect(code).toBe(69);
    expect(err).toContain('is it running? npm start');
  });

  it('are 69 when the answer breaks off', async () => {
    const { code, err } = await cliWith({ 'GET /v1/today': { body: {}, cutInside: true } }, ['today']);
    expect(code).toBe(69);
    expect(err).toContain('API_UNREACHABLE');
  });

  it('are 69 when the API cannot reach its store', async () => {
    const { code } = await cliWith({ 'GET /v1/today': problem(503, { code: 'STORE_UNAVAILABLE' }) }, [
      'today',
    ]);
    expect(code).toBe(69);
  });

  it.each([
    ['CAREPLUS_PORTT', { CAREPLUS_PORTT: '1' }],
    ['PORT', { PORT: 'many' }],
    ['CAREPLUS_URL', { CAREPLUS_URL: 'nowhere' }],
    ['CAREPLUS_API_KEY_FILE', { CAREPLUS_API_KEY_FILE: '/does/not/exist' }],
  ])('are 78 when %s is wrong', async (name, env) => {
    const { code, err } = await cli(['today'], { env });
    expect(code).toBe(78);
    expect(err).toContain(name);
  });

  it('ignore what only concerns the services', async () => {
    const env = {
      CAREPLUS_PROFILE: 'production',
      DATABASE_URL_FILE: '/does/not/exist',
      CAREPLUS_AS: 'sam-rivers',
    };
    expect((await cliWith(reads, ['today'], { env })).code).toBe(0);
  });

  it.each([
    [['today', '--url', 'nowhere']],
    [['tody']],
    [['today', '--teem']],
    [['contract', 'lst']],
    [['contract']],
    [['show']],
    [['forecast', 'northwind-2026', '--days', 'ten']],
    [['explain', 'northwind-2026/onboarding']],
    [['ops', 'decide', 'eff_1', 'resent', '--reason', 'because']],
    [['contract', 'import', 'no-such-file.yaml']],
    [['contract', 'import', '.']],
    [['contract', 'import', 'package.json/x']],
  ])('are 2 for %j', async (argv) => {
    const { code, err, out } = await cli(argv);
    expect(code).toBe(2);
    expect(err + out).not.toBe('');
  });

  it('are 0 for help and version', async () => {
    for (const argv of [['--help'], ['do', '--help'], ['help', 'contract'], ['--version']]) {
      expect((await cli(argv)).code).toBe(0);
    }
  });
});

describe('messages', () => {
  it('name the nearest command', async () => {
    expect((await cli(['tody'])).err).toContain('Did you mean today?');
    expect((await cli(['contract', 'improt'])).err).toContain('Did you mean import?');
  });

  it('of a problem carry code, text, remedy and every problem', async () => {
    const { err, code } = await cliWith(
      {
        'GET /v1/today': problem(422, {
          code: 'BODY_INVALID',
          title: 'The body does not fit.',
          detail: 'a.b: is wrong (and 1 more problem)',
          remedy: 'Correct the fields.',
          problems: [
            { path: 'a.b', problem: 'is wrong' },
            { path: 'c', problem: 'is missing' },
          ],
        }),
      },
      ['today'],
    );
    expect(code).toBe(2);
    expect(err).toBe(
      [
        'error BODY_INVALID',
        '  The body does not fit.',
        '  What is wrong:',
        '  - a.b: is wrong',
        '  - c: is missing',
        '  What to do: Correct the fields.',
        '',
      ].join('\n'),
    );
  });

  it('are the problem document itself with --json', async () => {
    const { err, out } = await cliWith(
      { 'GET /v1/today': problem(403, { code: 'FORBIDDEN', remedy: 'Ask.' }) },
      ['today', '--json'],
    );
    expect(out).toBe('');
    expect(JSON.parse(err)).toMatchObject({ code: 'FORBIDDEN', status: 403 });
  });

  it('of an option that cannot be read are JSON too with --json', async () => {
    const { err, code } = await cli(['explain', 'x', '--json', '--idempotency-key', 'a b']);
    expect(code).toBe(2);
    expect(JSON.parse(err)).toMatchObject({ code: 'BAD_INPUT' });
  });

  it('name checkpoints that are no folder, instead of verifying without them', async () => {
    for (const place of ['package.json', 'no-such-folder']) {
      const { code, err } = await cli(['audit', 'verify', '--chain', 'package.json', '--checkpoints', place]);
      expect([code, err.includes('no folder of signed checkpoints')]).toEqual([2, true]);
    }
  });

  it('say so when something else answers at the address', async () => {
    const { code, err } = await cliWith({ 'GET /v1/today': { body: '<html>hello</html>' } }, ['today']);
    expect(code).toBe(1);
    expect(err).toContain('ANSWER_NOT_UNDERSTOOD');
  });
});

const COMMANDS = [
  [], ['rota', 'import'], ['rota', 'list'], ['rota', 'show'], ['rota', 'approve'], ['rota', 'who'], ['page', 'list'], ['page', 'show'], ['page', 'acknowledge'], ['today'], ['tasks'], ['whoami'], ['next'], ['do'], ['note'], ['inbox'], ['show'], ['timeline'], ['forecast'],
  ['explain'], ['contract'], ['contract', 'import'], ['contract', 'list'], ['contract', 'show'],
  ['contract', 'activate'], ['onboarding'], ['onboarding', 'start'], ['onboarding', 'show'], ['guide', 'publish'],
  ['guide', 'list'], ['document', 'start'], ['document', 'publish'], ['document', 'list'], ['document', 'in-force'], ['file', 'put'], ['file', 'get'],
  ['tools', 'coverage'], ['desk', 'call'], ['desk', 'queue'], ['desk', 'accept'], ['drill', 'start'], ['drill', 'show'], ['drill', 'end'], ['calendar', 'import'], ['calendar', 'list'], ['calendar', 'show'], ['calendar', 'approve'],
  ['time', 'due'], ['time', 'elapsed'], ['policy', 'validate'], ['policy', 'import'], ['policy', 'list'],
  ['policy', 'approve'], ['policy', 'schema'], ['definitions'], ['lint'], ['audit', 'verify'],
  ['audit', 'redecide'], ['audit', 'export'], ['staff', 'list'], ['staff', 'import'], ['keys', 'create'],
  ['keys', 'list'], ['keys', 'revoke'], ['keys', 'rotate'], ['access', 'review'], ['access', 'identify'],
  ['audit', 'accesses'], ['audit', 'refusals'], ['mail', 'list'], ['mail', 'show'], ['ops', 'attention'], ['ops', 'retry'],
  ['ops', 'skip'], ['ops', 'decide'],
]; // prettier-ignore

describe('help', () => {
  it('of every command fits 80 columns, and shows an example and the shared options', async () => {
    for (const argv of COMMANDS) {
      const { out } = await cli([...argv, '--help']);
      expect(tooLong(out)).toEqual([]);
      const isGroup = out.includes('Commands:');
      if (isGroup) continue;
      for (const part of argv.length === 0 ? ['--json'] : ['Example', '--json', '--as', '--url']) {
        expect([argv.join(' '), out.includes(part)]).toEqual([argv.join(' '), true]);
      }
    }
  });
});
