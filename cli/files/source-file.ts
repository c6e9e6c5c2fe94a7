/** A YAML or JSON file that a person wrote: its value, and the line and column of every field. */
import { isUtf8 } from 'node:buffer';
import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { isNativeError } from 'node:util/types';
import { isAlias, isCollection, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import type { Document, Node } from 'yaml';
import { badInput } from '../failure.js';

/** Names and indexes from the top of the file to a field. */
export type FieldPath = readonly (string | number)[];

export interface Place {
  /** Both count from 1. */
  readonly line: number;
  readonly column: number;
}

export interface Located extends Place {
  /** Dotted, as the API writes it; `(file)` for the whole. */
  readonly path: string;
  readonly problem: string;
}

/** The API takes bodies of 1 MB. */
const LARGEST_BYTES = 1_000_000;

export class SourceFile {
  /** What stops the file from being read at all. */
  readonly broken: readonly Located[];
  readonly value: unknown;
  readonly lines: readonly string[];
  readonly #document: Document.Parsed;
  readonly #counter = new LineCounter();

  constructor(
    readonly name: string,
    text: string,
  ) {
    this.lines = text.split(/\r?\n/);
    this.#document = parseDocument(text, { lineCounter: this.#counter, prettyErrors: false });
    const broken = this.#document.errors.map((error) => ({
      ...this.#at(error.pos[0]),
      path: '(file)',
      problem: plainYamlError(error.code, error.message),
    }));
    this.value = undefined;
    if (broken.length === 0) {
      try {
        this.value = this.#document.toJS({ maxAliasCount: 100 });
      } catch (error) {
        if (!isNativeError(error)) throw error;
        broken.push({ line: 1, column: 1, path: '(file)', problem: error.message });
      }
    }
    this.broken = broken;
  }

  /** Where a field stands: its value, the name of a list or a group, or the nearest thing around what is missing. */
  placeOf(path: FieldPath, wanted: 'value' | 'key' = 'value'): Place {
    let node: Node | null = this.#document.contents;
    let place = this.#start(node);
    for (const [depth, part] of path.entries()) {
      const step = this.#child(node, part);
      if (step === undefined) return place;
      const lastKey = wanted === 'key' && depth === path.length - 1;
      const byKey = step.key !== undefined && (lastKey || step.value === null || isCollection(step.value));
      place = this.#start(byKey ? (step.key ?? null) : (step.value ?? step.key ?? null));
      node = step.value;
    }
    return place;
  }

  /** The value of a field as it is written, before YAML made a number or a date of it. */
  writtenAt(path: FieldPath): string | undefined {
    let node: Node | null = this.#document.contents;
    for (const part of path) node = this.#child(node, part)?.value ?? null;
    return isScalar(node) && typeof node.source === 'string' ? node.source : undefined;
  }

  #child(node: Node | null, part: string | number): { key?: Node; value: Node | null } | undefined {
    const real = isAlias(node) ? (node.resolve(this.#document) ?? null) : node;
    if (isSeq(real)) {
      const value = real.items[Number(part)];
      return isNode(value) ? { value } : undefined;
    }
    if (!isMap(real)) return undefined;
    const pair = real.items.find(({ key }) => isScalar(key) && String(key.value) === String(part));
    if (pair === undefined || !isNode(pair.key)) return undefined;
    return { key: pair.key, value: isNode(pair.value) ? pair.value : null };
  }

  #start(node: Node | null): Place {
    return this.#at(node?.range?.[0] ?? 0);
  }

  #at(offset: number): Place {
    const { line, col } = this.#counter.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  }
}

/** Reads a file; one that is missing, too large or no text is bad input. */
export function openSource(cwd: string, name: string): SourceFile {
  return new SourceFile(name, readText(cwd, name));
}

/** The text of a file of at most 1 MB. */
export function readText(cwd: string, name: string): string {
  const file = resolve(cwd, name);
  try {
    if (statSync(file).size > LARGEST_BYTES) throw badInput(`${name} is larger than 1 MB.`);
    return decoded(name, readFileSync(file));
  } catch (error) {
    const code = isNativeError(error) && 'code' in error ? String(error.code) : undefined;
    if (code === 'ENOENT')
      throw badInput(`There is no file ${name}.`, 'Check the path; it counts from the present folder.');
    if (code === 'EISDIR') throw badInput(`${name} is a folder.`, 'Name one file in it.');
    if (code === 'EACCES') throw badInput(`${name} may not be read by this account.`);
    if (code !== undefined) throw badInput(`${name} cannot be read (${code}).`, 'Check the path.');
    throw error;
  }
}

/** Other encodings would be read with a mark instead of each of their letters, and stored so. */
function decoded(name: string, bytes: Buffer): string {
  if (bytes.includes(0)) throw badInput(`${name} is not a text file.`);
  if (isUtf8(bytes)) return bytes.toString('utf8');
  throw badInput(`${name} is not written in UTF-8.`, 'Save it as UTF-8 (in a spreadsheet: CSV UTF-8).');
}

function plainYamlError(code: string, message: string): string {
  const [first = message] = message.split('\n');
  if (code === 'TAB_AS_INDENT') return 'a tab indents this line; YAML takes spaces only';
  if (code === 'DUPLICATE_KEY') return 'the field stands twice here';
  if (code === 'MULTIPLE_DOCS') return 'the file holds several documents; only one is read';
  return `not valid YAML: ${first}`;
}
