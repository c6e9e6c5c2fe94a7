/** `careplus file`: keep a file of a contract, and get one back. */
import { readFileSync, statSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { isNativeError } from 'node:util/types';
import type { Command } from 'commander';
import { parse as dispositionOf } from 'content-disposition';
import { z } from 'zod';
import { mediaTypeOfName } from '../../domain/files/media-types.js';
import { typed } from '../api-client.js';
import { badInput } from '../failure.js';
import { writePrivateFile } from '../files/private-file.js';
import { counted } from '../output/text.js';
import { group, leaf, type Session, type Shell } from '../shell.js';

interface PutOptions {
  readonly contract: string;
  readonly internal?: boolean;
  readonly type?: string;
}

/** The API says more exactly what is too large; this only keeps a wrong file from being read whole. */
const LARGEST_BYTES = 100_000_000;

const kept = z.object({ sha256: z.string(), name: z.string(), mediaType: z.string(), bytes: z.number() });

export function fileCommands(program: Command, shell: Shell): void {
  const file = group(program, 'file', 'keep files of a contract, and get them back');
  leaf(file, 'put <path>', 'keep a file; its SHA-256 is its name from then on', [
    'file put minutes.pdf --contract northwind-2026 --as sam-rivers',
  ])
    .requiredOption('--contract <contract>', 'the contract that the file belongs to')
    .option('--internal', 'seen by the Provider only')
    .option('--type <type>', 'media type; without it the ending of the name says it')
    .action(shell.action((session, path: string, options: PutOptions) => put(session, path, options)));
  leaf(file, 'get <sha256>', 'save a file in this folder', [
    'file get 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 --out minutes.pdf',
  ])
    .option('--out <path>', 'where to save it; without it under its own name')
    .action(shell.action((session, sha256: string, { out }: { out?: string }) => get(session, sha256, out)));
}

async function put(session: Session, path: string, options: PutOptions): Promise<void> {
  const content = bytesOf(resolve(session.io.cwd, path), path);
  const name = basename(path);
  const { body } = await session.api.send('/v1/files', {
    query: { contract: options.contract, name, internal: options.internal === true ? true : undefined },
    bytes: { content, mediaType: options.type ?? mediaTypeOfName(name) },
  });
  const facts = typed(kept, body);
  session.answer(
    body,
    () =>
      `${session.paint.green('Kept')}: ${facts.name}, ${facts.mediaType}, ${counted(facts.bytes, 'byte')}\n  SHA-256 ${facts.sha256}`,
  );
}

async function get(session: Session, sha256: string, out: string | undefined): Promise<void> {
  const { content, disposition } = await session.api.bytes(`/v1/files/${encodeURIComponent(sha256)}`);
  const path = out ?? basename(dispositionOf(disposition).parameters['filename'] ?? sha256);
  writePrivateFile(session.io.cwd, path, content, false, 'Save it under another name: --out <path>.');
  session.answer({ sha256, path, bytes: content.byteLength }, () => `Saved as ${path}.`);
}

function bytesOf(path: string, name: string): Buffer {
  try {
    if (statSync(path).size > LARGEST_BYTES)
      throw badInput(`${name} is larger than the 25 MB that are kept.`);
    return readFileSync(path);
  } catch (error) {
    const code = isNativeError(error) && 'code' in error ? String(error.code) : undefined;
    if (code === 'ENOENT')
      throw badInput(`There is no file ${name}.`, 'Check the path; it counts from the present folder.');
    if (code === 'EISDIR') throw badInput(`${name} is a folder.`, 'Name one file in it.');
    if (code !== undefined) throw badInput(`${name} cannot be read (${code}).`, 'Check the path.');
    throw error;
  }
}
