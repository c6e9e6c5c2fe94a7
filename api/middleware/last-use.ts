/** Notes when people and keys last came in, beside the requests: none of them waits for it or fails with it. */
import type { Logger } from 'pino';
import type { Database } from '../../db/connection.js';
import { withPatience } from '../../db/patience.js';
import { recordUse, type Use } from '../../db/provision/uses.js';

const EVERY_MS = 60_000;
/** Its own, so that it uses up none of the request's. */
const PATIENCE_MS = 5_000;
/** Forgotten all at once when there are more; then they are only written once too often. */
const MOST_KNOWN = 20_000;

export type UseNoter = (use: Use) => void;

/** At most one write a minute for each person and credential; `now` gives milliseconds that only grow. */
export function useNoter(
  database: Database,
  log: Logger,
  now: () => number = () => performance.now(),
): UseNoter {
  const written = new Map<string, number>();
  return (use) => {
    const name = `${use.kind}/${use.personId}/${use.credentialId}`;
    const last = written.get(name);
    if (last !== undefined && now() - last < EVERY_MS) return;
    if (written.size >= MOST_KNOWN) written.clear();
    written.set(name, now());
    withPatience(PATIENCE_MS, () => recordUse(database, use)).catch((error: unknown) => {
      // Tried again by the next request; the request that this one belongs to has its answer.
      written.delete(name);
      log.warn({ err: error }, 'a last use could not be noted');
    });
  };
}
