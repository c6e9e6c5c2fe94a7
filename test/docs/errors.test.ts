/** docs/errors.md explains every code that the command line makes itself. */
import { describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const page = readFileSync(`${root}docs/errors.md`, 'utf8');

describe('the page of error codes', () => {
  it('has every code that the command line makes itself', () => {
    const files = readdirSync(`${root}cli`, { recursive: true, encoding: 'utf8' });
    const made = files
      .filter((path) => path.endsWith('.ts'))
      .flatMap((path) =>
        [...readFileSync(`${root}cli/${path}`, 'utf8').matchAll(/\bcode: '([A-Z]+(?:_[A-Z]+)*)'/g)].map(
          ([, code]) => code,
        ),
      );
    expect(new Set(made).size).toBeGreaterThan(5);
    expect(made.filter((code) => !page.includes(`| \`${code ?? ''}\` |`))).toEqual([]);
  });
});
