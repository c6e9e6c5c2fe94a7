// Small JSON files that several processes read: written whole or not at all.
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { z } from 'zod';
import { codeOf } from './failure.js';

/** Writes beside the target and renames, so that a reader never sees a half. */
export const writeJsonFile = (path: string, content: object, mode = 0o600): void => {
  const staged = `${path}.${process.pid}.new`;
  writeFileSync(staged, `${JSON.stringify(content)}\n`, { mode });
  renameSync(staged, path);
};

/** The checked content, or nothing when the file is missing or is not what it should be. */
export const readJsonFile = <Content>(path: string, schema: z.ZodType<Content>): Content | undefined => {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const parsed = schema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
};
