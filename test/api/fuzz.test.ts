/** T22: whatever the document allows to be asked, and much that it does not, is answered as the document says. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { inheritedEnvironment } from '../../config/environment.js';
import { report } from '../chaos/measure.js';
import { size } from '../chaos/size.js';
import { Stack } from '../chaos/stack.js';
import { seedOf } from '../time/seed.js';
import { findSchemathesis } from './schemathesis.js';

const SIZE = size({
  small: {
    examples: 1,
    phases: 'fuzzing',
    least: 90,
    people: ['kim-field'],
    runMs: 120_000,
  },
  full: {
    examples: 20,
    phases: 'examples,coverage,fuzzing',
    least: 5_000,
    people: ['kim-field', 'lee-ward', 'fuzz-contact'],
    runMs: 1_200_000,
  },
});
const CHECKS =
  'not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance';

const found = findSchemathesis();
if ('missing' in found)
  process.stdout.write(`T22 IS SKIPPED, schemathesis cannot be used: ${found.missing}\n`);
const withProgram = 'path' in found ? it : it.skip;

let stack: Stack;
let folder: string;
beforeAll(async () => {
  if ('missing' in found) return;
  folder = mkdtempSync(join(tmpdir(), 'careplus-fuzz-'));
  stack = await Stack.start({
    CAREPLUS_REQUESTS_PER_ADDRESS: '1000000',
    CAREPLUS_REQUESTS_PER_PERSON: '1000000',
    CAREPLUS_REQUESTS_PER_TENANT: '1000000',
  });
  await stack.importContract('fuzz');
}, 300_000);
afterAll(async () => {
  if ('missing' in found) return;
  await stack.stop();
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

/** Runs it as a person; gives its exit code and everything that it said. */
async function fuzz(
  path: string,
  person: string,
  seed: number,
): Promise<{ code: number | null; said: string }> {
  const args = ['run', `${stack.apiUrl}/openapi.json`, '--checks', CHECKS, '--seed', String(seed)];
  const bounds = [
    '--phases',
    SIZE.phases,
    '--max-examples',
    String(SIZE.examples),
    '--request-timeout',
    '30',
  ];
  // It cannot write messages as a mail server does, nor sign as a gateway.
  const signed = ['/v1/mail/reports', '/v1/pages/reports', '/v1/ticketing/{system}/events'];
  const left = signed.flatMap((path) => ['--exclude-path', path]);
  const rest = ['--header', `X-Careplus-As: ${person}`, '--continue-on-failure', '--no-color', '--no-shrink'];
  const child = spawn(path, [...args, ...bounds, ...left, ...rest, '--suppress-health-check', 'all'], {
    // It leaves files where it runs.
    cwd: folder,
    env: inheritedEnvironment({}),
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: SIZE.runMs,
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, said };
}

describe('an API that is asked by a fuzzer', () => {
  for (const person of SIZE.people) {
    withProgram(
      `T22: answers ${person} without a defect, and only as it is documented`,
      async () => {
        if ('missing' in found) return;
        const seed = seedOf(`T22 ${person}`);
        const { code, said } = await fuzz(found.path, person, seed);
        const [, cases = '0'] = /(\d+) generated/.exec(said) ?? [];
        report(`T22 ${person}`, { examples: SIZE.examples, cases });
        if (code !== 0) process.stdout.write(said);
        expect(code).toBe(0);
        // A document that was not understood would be tested in no time.
        expect(Number(cases)).toBeGreaterThan(SIZE.least);
        expect(await stack.api.ready()).toBe(true);
      },
      SIZE.runMs + 60_000,
    );
  }
});
