/** The map from requirements to tests in docs/security.md: every test that it names exists, every id looks like one. */
import { describe, expect, it } from '@jest/globals';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const page = readFileSync(`${root}docs/security.md`, 'utf8');

interface Entry {
  readonly id: string;
  readonly tests: readonly { readonly file: string; readonly name: string }[];
  readonly text: string;
}

/** Rows of a table below a heading: `| V8.2.2 | … | test/api/x.test.ts: name<br>… |`. */
function entriesOf(heading: string): readonly Entry[] {
  const from = page.indexOf(`## ${heading}\n`);
  if (from < 0) throw new Error(`docs/security.md has no part named ${heading}.`);
  const part = page.slice(from + 3).split(/\n## /)[0] ?? '';
  return part.split('\n').flatMap((line): Entry[] => {
    const cells = line.split(/(?<!\\)\|/).map((cell) => cell.trim());
    const id = cells[1] ?? '';
    if (!/^V\d/.test(id)) return [];
    const tests = (cells[3] ?? '').split('<br>').flatMap((text) => {
      const [, file, name] = /^(test\/\S+\.test\.ts): (.+)$/.exec(text.trim()) ?? [];
      return file !== undefined && name !== undefined ? [{ file, name: name.replaceAll('\\|', '|') }] : [];
    });
    return [{ id, tests, text: cells[3] ?? '' }];
  });
}

const covered = entriesOf('Requirements with tests');
const open = entriesOf('Not covered, or in part');

const sources = new Map<string, string>();
function sourceOf(file: string): string {
  const known = sources.get(file) ?? readFileSync(root + file, 'utf8');
  sources.set(file, known);
  return known;
}

/** The name as it stands in the source: between quotes of any kind, with its own quotes escaped. */
function isNamed(source: string, name: string): boolean {
  return [`'${name.replaceAll("'", "\\'")}'`, `"${name}"`, `\`${name}\``].some((text) =>
    source.includes(text),
  );
}

describe('the map of security requirements', () => {
  it('says something about enough requirements to be one, each once', () => {
    expect(covered.length).toBeGreaterThan(30);
    expect(open.length).toBeGreaterThan(10);
    const ids = [...covered, ...open].map(({ id }) => id);
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
  });

  it.each([...covered, ...open].map(({ id }) => id))('%s is an id of ASVS 5.0', (id) => {
    const [, chapter, section, requirement] = (/^V(\d+)\.(\d+)\.(\d+)$/.exec(id) ?? []).map(Number);
    expect(chapter).toBeGreaterThanOrEqual(1);
    expect(chapter).toBeLessThanOrEqual(17);
    expect(section).toBeLessThanOrEqual(8);
    expect(requirement).toBeLessThanOrEqual(16);
  });

  it.each(covered)('$id is proven by tests that exist', ({ tests, text }) => {
    expect(text.split('<br>')).toHaveLength(tests.length);
    expect(tests.length).toBeGreaterThan(0);
    for (const { file, name } of tests) {
      expect({ file, exists: existsSync(root + file) }).toEqual({ file, exists: true });
      expect({ file, name, found: isNamed(sourceOf(file), name) }).toEqual({ file, name, found: true });
    }
  });

  it.each(open)('$id is not claimed: the page says why in words', ({ text, tests }) => {
    expect(text.length).toBeGreaterThan(20);
    expect(tests).toEqual([]);
  });
});

describe('the threat model', () => {
  it('names only tests that exist', () => {
    const text = readFileSync(`${root}docs/threat-model.md`, 'utf8');
    const files = [...text.matchAll(/`(test\/[^`\s]+)`/g)].map((match) => match[1] ?? '');
    expect(files.length).toBeGreaterThan(10);
    expect(files.filter((file) => !existsSync(root + file))).toEqual([]);
  });
});
