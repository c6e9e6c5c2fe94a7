/** The compiler puts the mistakes that people make in definitions on the line where they were made. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import ts from 'typescript';

const root = fileURLToPath(new URL('../../', import.meta.url));
const soundFile = `${root}test/kernel/fixtures/parcel.ts`;
/** Stored as text, so that the project itself compiles. */
const brokenFile = `${root}test/kernel/fixtures/seeded-mistakes.ts`;
const text = readFileSync(`${brokenFile}.txt`, 'utf8');

const marked = new Map(
  text.split('\n').flatMap((line, index): [number, string][] => {
    const name = /\/\/ MISTAKE (.+)$/.exec(line)?.[1];
    return name === undefined ? [] : [[index + 1, name]];
  }),
);

function compile() {
  const config = ts.parseConfigFileTextToJson('tsconfig.json', readFileSync(`${root}tsconfig.json`, 'utf8'));
  const { options } = ts.convertCompilerOptionsFromJson(
    (config.config as { compilerOptions: unknown }).compilerOptions,
    root,
  );
  const host = ts.createCompilerHost(options);
  const read = host.readFile.bind(host);
  host.readFile = (path) => (path === brokenFile ? text : read(path));
  host.fileExists = (path) => path === brokenFile || existsSync(path);
  const source = host.getSourceFile.bind(host);
  host.getSourceFile = (path, ...rest) =>
    path === brokenFile ? ts.createSourceFile(path, text, rest[0]) : source(path, ...rest);
  return ts.createProgram([soundFile, brokenFile], options, host);
}

/** Problems of one file, by line. */
function problemsIn(program: ts.Program, path: string): Map<number, string> {
  const file = program.getSourceFile(path);
  const found = [...program.getSemanticDiagnostics(file), ...program.getSyntacticDiagnostics(file)];
  return new Map(
    found.map((problem) => [
      (file?.getLineAndCharacterOfPosition(problem.start ?? 0).line ?? -1) + 1,
      ts.flattenDiagnosticMessageText(problem.messageText, '\n'),
    ]),
  );
}

describe('mistakes in a definition', () => {
  const program = compile();
  const broken = problemsIn(program, brokenFile);

  it('are seeded in good number', () => {
    expect(marked.size).toBeGreaterThanOrEqual(19);
  });

  it.each([...marked])('are reported on line %i: %s', (line) => {
    expect(broken.get(line)).toBeDefined();
  });

  it('are reported on no other line', () => {
    const elsewhere = [...broken].filter(([line]) => !marked.has(line));
    expect(elsewhere).toEqual([]);
  });

  it('do not stand in the sound definition', () => {
    expect([...problemsIn(program, soundFile)]).toEqual([]);
  });
});
