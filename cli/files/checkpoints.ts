/** Checkpoints, public keys and chains as files of the person who verifies. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { isNativeError } from 'node:util/types';
import { chainFileSchema, type ChainFile } from '../../domain/audit/chain-file.js';
import type { KeptFile } from '../../domain/audit/checkpoint-check.js';
import { keyIdOf } from '../../domain/kernel/hash.js';
import { badInput } from '../failure.js';

/** Every .json file of a folder, by its name. */
export function checkpointFiles(cwd: string, folder: string): readonly KeptFile[] {
  const path = resolve(cwd, folder);
  const names = orBadInput(`${folder} is not a folder that can be read.`, () => readdirSync(path));
  return names
    .filter((name) => name.endsWith('.json') && !name.startsWith('.'))
    .sort()
    .map((name) => ({
      name,
      text: orBadInput(`${name} cannot be read.`, () => readFileSync(join(path, name), 'utf8')).trim(),
    }));
}

const PEM = /-----BEGIN PUBLIC KEY-----[\s\S]+?-----END PUBLIC KEY-----/g;

/** The public keys in a PEM file; several stand one below another when a key was replaced. */
export function publicKeysIn(cwd: string, name: string): readonly string[] {
  const remedy = 'Give the public half of the checkpoint key: openssl pkey -in KEY -pubout.';
  const text = orBadInput(`${name} cannot be read.`, () => readFileSync(resolve(cwd, name), 'utf8'));
  const keys = text.match(PEM) ?? [];
  if (keys.length === 0) throw badInput(`${name} holds no public key.`, remedy);
  for (const key of keys) orBadInput(`${name} holds a public key that cannot be read.`, () => keyIdOf(key));
  return keys;
}

/** A file that `careplus audit chain` wrote. */
export function chainFile(cwd: string, name: string): ChainFile {
  const text = orBadInput(`${name} cannot be read.`, () => readFileSync(resolve(cwd, name), 'utf8'));
  const value: unknown = orBadInput(`${name} is no JSON.`, () => JSON.parse(text) as unknown);
  const read = chainFileSchema.safeParse(value);
  if (read.success) return read.data;
  throw badInput(`${name} is not a file of chains.`, 'Make one with careplus audit chain.');
}

/** Whatever the file system or a parser says against a file is a mistake in the arguments. */
function orBadInput<T>(text: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    // Errors of Node itself are of another realm under a test runner.
    if (isNativeError(error)) throw badInput(text);
    throw error;
  }
}
