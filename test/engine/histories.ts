/** Histories as text and as files. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { historyFromJSON, historyToJSON } from '@temporalio/common/lib/proto-utils.js';

type History = Parameters<typeof historyToJSON>[0];

export const HISTORIES = fileURLToPath(new URL('./histories/', import.meta.url));

/** Everything in a history with its payloads in clear text. */
export function textOfHistory(history: History): string {
  return historyToJSON(history).replace(/"data": ?"([A-Za-z0-9+/=]+)"/g, (_all, data: string) =>
    Buffer.from(data, 'base64').toString('utf8'),
  );
}

/** The recorded histories by name; a file's first word is the workflow that it belongs to. */
export function recordedHistories(): readonly { readonly name: string; readonly history: History }[] {
  return readdirSync(HISTORIES)
    .filter((name) => name.endsWith('.json'))
    .map((name) => ({
      name: name.replace('.json', ''),
      history: historyFromJSON(JSON.parse(readFileSync(join(HISTORIES, name), 'utf8'))),
    }));
}
