/** Holds a file against its schema and says every problem at its line, in words for the author. */
import { z } from 'zod';
import { didYouMean, nearestWord } from '../nearest.js';
import { expectation, knownFields, schemasAt, type JsonSchema } from './schema-walk.js';
import type { FieldPath, Located, SourceFile } from './source-file.js';

export type Checked<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problems: readonly Located[] };

type Issue = z.core.$ZodIssue;

/** The value of the file as its schema reads it, or every problem in the order of the lines. */
export function checkSource<S extends z.ZodType>(source: SourceFile, schema: S): Checked<z.output<S>> {
  if (source.broken.length > 0) return { ok: false, problems: source.broken };
  if (source.value === null || source.value === undefined) {
    return { ok: false, problems: [{ line: 1, column: 1, path: '(file)', problem: 'the file is empty' }] };
  }
  const read = schema.safeParse(source.value);
  if (read.success) return { ok: true, value: read.data };
  const known = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema;
  return {
    ok: false,
    problems: sorted(withoutAnswered(read.error.issues.flatMap((issue) => say(issue, source, known)))),
  };
}

/** Problems that somebody else found (the API, a later check), at their places in the file. */
export function placed(
  source: SourceFile,
  problems: readonly { readonly path: string; readonly problem: string }[],
): readonly Located[] {
  return sorted(
    problems.map(({ path, problem }) => ({
      ...source.placeOf(pathOf(path)),
      path: path || '(file)',
      problem,
    })),
  );
}

/** A problem, and of an unknown field the known one that it was probably meant to be. */
interface Said extends Located {
  readonly meant?: string;
  readonly missing?: true;
}

function say(issue: Issue, source: SourceFile, known: JsonSchema): Said[] {
  const path = issue.path.map((part) => (typeof part === 'number' ? part : String(part)));
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => unknownField(key, path, source, known));
  const dotted = dottedPath(path);
  const value = valueAt(source.value, path);
  if (value === undefined) {
    const problem = `is missing; expected ${expectation(schemasAt(known, path))}`;
    return [{ ...source.placeOf(path), path: dotted, problem, missing: true }];
  }
  return [{ ...source.placeOf(path), path: dotted, problem: wordsFor(issue, value, path, source, known) }];
}

function unknownField(key: string, path: FieldPath, source: SourceFile, known: JsonSchema): Said {
  const fields = knownFields(schemasAt(known, path));
  const meant = nearestWord(key, fields);
  return {
    ...source.placeOf([...path, key], 'key'),
    path: dottedPath([...path, key]),
    problem: `unknown field${didYouMean(key, fields, true)}`,
    ...(meant === undefined ? {} : { meant: dottedPath([...path, meant]) }),
  };
}

/** "zoen is unknown, did you mean zone?" already answers "zone is missing". */
function withoutAnswered(said: readonly Said[]): Located[] {
  const meant = new Set(said.map((each) => each.meant));
  return said
    .filter((each) => !(each.missing && meant.has(each.path)))
    .map(({ line, column, path, problem }) => ({ line, column, path, problem }));
}

function wordsFor(
  issue: Issue,
  value: unknown,
  path: FieldPath,
  source: SourceFile,
  known: JsonSchema,
): string {
  const expected = expectation(schemasAt(known, path));
  if (value === null) return `is empty; expected ${expected}`;
  const plain = plainText(value);
  const shown =
    typeof value === 'object' ? (Array.isArray(value) ? 'a list' : 'a group of fields') : `"${short(plain)}"`;
  switch (issue.code) {
    case 'invalid_type':
      if (issue.expected === 'string' && (typeof value === 'number' || typeof value === 'boolean')) {
        const written = source.writtenAt(path) ?? plain;
        return `${written} is read as a ${typeof value}, and this is text; write it in quotes: '${written}'`;
      }
      return `expected ${expected}, found ${shown}`;
    case 'invalid_value': {
      const choices = issue.values.map(String);
      return `${shown} is not one of ${choices.join(', ')}${didYouMean(plain, choices)}`;
    }
    case 'too_small':
      if (issue.origin === 'array') return `must have at least ${String(issue.minimum)} entry`;
      if (issue.origin === 'string') {
        return plain.trim() === ''
          ? 'is empty'
          : `is too short; at least ${String(issue.minimum)} characters`;
      }
      return `must be at least ${String(issue.minimum)}, and is ${shown}`;
    case 'too_big':
      if (issue.origin === 'array') return `must have at most ${String(issue.maximum)} entries`;
      if (issue.origin === 'string') return `is too long; at most ${String(issue.maximum)} characters`;
      return `must be at most ${String(issue.maximum)}, and is ${shown}`;
    case 'invalid_union':
      return `expected ${expected}, found ${shown}`;
    default:
      return formatWords(issue, shown, plain, expected);
  }
}

/** Formats, patterns and checks of our own; the text of ours stays. */
function formatWords(issue: Issue, shown: string, value: string, expected: string): string {
  const { message } = issue;
  if (issue.code === 'invalid_format' && message.startsWith('Invalid')) return `${shown} is not ${expected}`;
  if (message.startsWith('not ')) return `${shown} is ${message}${zoneHint(message, value)}`;
  if (issue.code === 'invalid_format' && !message.startsWith('"')) {
    return `${shown} does not fit: ${message}${caseHint(issue.pattern, value)}`;
  }
  return message;
}

/** The same text in capitals or small letters, when that is all that is wrong. */
function caseHint(pattern: string | undefined, value: string): string {
  const source = /^\/(.*)\/[a-z]*$/.exec(pattern ?? '')?.[1];
  if (source === undefined) return '';
  const fitting = [value.toUpperCase(), value.toLowerCase()].find((each) => new RegExp(source).test(each));
  return fitting === undefined ? '' : `; did you mean ${fitting}?`;
}

function zoneHint(message: string, value: string): string {
  if (!message.includes('time zone')) return '';
  return didYouMean(value, Intl.supportedValuesOf('timeZone'));
}

function sorted(problems: readonly Located[]): Located[] {
  return [...problems].sort((a, b) => a.line - b.line || a.column - b.column);
}

function valueAt(value: unknown, path: FieldPath): unknown {
  let here = value;
  for (const part of path) {
    here =
      typeof here === 'object' && here !== null
        ? (here as Readonly<Record<string, unknown>>)[String(part)]
        : undefined;
  }
  return here;
}

function dottedPath(path: FieldPath): string {
  return path.length === 0 ? '(file)' : path.join('.');
}

/** `sites.0.zone` and `weekly.monday[0].opens` alike. */
function pathOf(text: string): FieldPath {
  if (text.startsWith('(')) return [];
  return text
    .replace(/\[(\d+)\]/g, '.$1')
    .split('.')
    .filter((part) => part !== '')
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part));
}

/** Numbers, words and truth values as text; groups and lists are told otherwise. */
function plainText(value: unknown): string {
  return typeof value === 'string' ? value : typeof value === 'object' ? '' : JSON.stringify(value);
}

function short(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}
