/** A CSV table as a stream: records with their line in, rows with formulas made harmless out. */
import { createReadStream, createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { isNativeError } from 'node:util/types';
import { parse } from 'csv-parse';
import { stringify } from 'csv-stringify';
import { z } from 'zod';
import { badInput } from '../failure.js';
import type { Io } from '../shell.js';

export interface TableRecord {
  readonly cells: readonly string[];
  /** Counts from 1; of a record with line breaks inside, its last one. */
  readonly line: number;
  /** Why the text from here on is no table. */
  readonly broken?: string;
}

const withPlace = z.object({ record: z.array(z.string()), info: z.object({ lines: z.int() }) });

/** The records of a file, or of the standard input for `-`. A missing file is bad input. */
export async function* readTable(io: Io, name: string): AsyncGenerator<TableRecord> {
  const broken: TableRecord[] = [];
  const parser = parse({
    bom: true,
    info: true,
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    // A stream that fails drops what it has read already; a broken record is told beside the others instead.
    skip_records_with_error: true,
    on_skip: (error) => {
      broken.push({
        cells: [],
        line: Number(error?.['lines'] ?? 0),
        broken: error?.message ?? 'is not a table',
      });
      return undefined;
    },
  });
  const source: NodeJS.ReadableStream = name === '-' ? inputOf(io) : createReadStream(resolve(io.cwd, name));
  source.on('error', (error: Error) => parser.destroy(error));
  source.pipe(parser);
  try {
    for await (const one of parser) {
      const { record, info } = withPlace.parse(one);
      yield { cells: record, line: info.lines };
    }
  } catch (error) {
    throw unreadable(name, error);
  }
  yield* broken;
}

function inputOf(io: Io): NodeJS.ReadableStream {
  if (!io.input) throw badInput('There is no standard input here.', 'Name a file.');
  return io.input();
}

/** Failures of the file system as bad input; everything else as it is. */
function unreadable(name: string, error: unknown): unknown {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT')
    return badInput(`There is no file ${name}.`, 'Check the path; it counts from the present folder.');
  if (code === 'EISDIR') return badInput(`${name} is a folder.`, 'Name one file in it.');
  if (code === 'EACCES') return badInput(`${name} may not be read by this account.`);
  if (typeof code === 'string' && typeof error === 'object' && error !== null && 'syscall' in error)
    return badInput(`${name} cannot be read (${code}).`, 'Check the path.');
  return error;
}

function unwritable(name: string, error: unknown): unknown {
  if (!isNativeError(error) || !('syscall' in error) || !('code' in error)) return error;
  if (error.code === 'ENOENT') return badInput(`There is no folder for ${name}.`);
  if (error.code === 'EISDIR') return badInput(`${name} is a folder.`, 'Name a file in it.');
  return badInput(
    `${name} cannot be written (${String(error.code)}).`,
    'Name a file in a folder that you may write to.',
  );
}

/** Writes rows to a file, whole or not at all, or to the standard output. */
export async function writeTable(
  io: Io,
  name: string | undefined,
  columns: readonly string[],
  rows: AsyncIterable<Readonly<Record<string, string | number>>>,
): Promise<void> {
  const formatter = stringify({ header: true, columns: [...columns], escape_formulas: true });
  if (name === undefined) return pipeline(Readable.from(rows), formatter, standardOutput(io));
  const file = resolve(io.cwd, name);
  const part = `${file}.part`;
  try {
    await pipeline(Readable.from(rows), formatter, createWriteStream(part));
    await rename(part, file);
  } catch (error) {
    // Where nothing could be written nothing can be removed; the first failure is the one to tell.
    await rm(part, { force: true }).catch(() => undefined);
    throw unwritable(name, error);
  }
}

function standardOutput(io: Io): Writable {
  return new Writable({
    decodeStrings: false,
    write(chunk: string | Buffer, _encoding, done) {
      io.out(chunk.toString());
      done();
    },
  });
}
