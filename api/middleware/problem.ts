/** What became of a request that threw: the outside's failures can be tried again, everything else is a defect. */
import type { Logger } from 'pino';
import { isInfrastructure } from '../../db/infrastructure.js';
import { RestoredModeError } from '../../db/restore/mode-error.js';
import { problem } from '../http/problems.js';
import type { Reply } from '../http/reply.js';
import { MOST_BODY_BYTES } from './limits.js';

/** How long a caller is asked to wait before he tries again, in seconds. */
const RETRY_AFTER = '2';
/** A person has to look at something first. */
const RESTORED_RETRY_AFTER = '300';

/** The answer to an error. Its text stays in the log: it may quote data or the inside of the program. */
export function replyToError(error: unknown, log: Logger): Reply {
  const fromBody = replyToBodyError(error);
  if (fromBody) return fromBody;
  if (error instanceof RestoredModeError) {
    return problem('RESTORED_MODE', { headers: { 'retry-after': RESTORED_RETRY_AFTER } });
  }
  if (isInfrastructure(error)) {
    log.warn({ err: error }, 'the store cannot be reached');
    return problem('STORE_UNAVAILABLE', { headers: { 'retry-after': RETRY_AFTER } });
  }
  log.error({ err: error }, 'a request met a defect');
  return problem('DEFECT');
}

/** The body parsers of Express name their errors by `type`. */
function replyToBodyError(error: unknown): Reply | null {
  if (!(error instanceof Error)) return null;
  const { type, limit, status } = error as { type?: unknown; limit?: unknown; status?: unknown };
  if (type === 'entity.too.large') {
    const bytes = typeof limit === 'number' ? limit : MOST_BODY_BYTES;
    return problem('BODY_TOO_LARGE', {
      detail: `The body is larger than ${String(bytes / 1_000_000)} MB, the most that this address takes.`,
    });
  }
  if (type === 'charset.unsupported' || type === 'encoding.unsupported') return problem('BODY_TYPE');
  if (error instanceof URIError) return problem('QUERY_INVALID', { detail: 'The address cannot be read.' });
  if (status === 400) return problem('BODY_NOT_JSON', { detail: 'The body cannot be read.' });
  return null;
}
