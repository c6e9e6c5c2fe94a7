/**
 * How long anybody waits for the store to answer at all: for a free connection, and for the begin of a transaction. A
 * request has one such patience for all of its transactions together, so that its caller is told in time.
 */
import { AsyncLocalStorage } from 'node:async_hooks';

/** The store did not answer; the connection may be a black hole. */
export class SilentStoreError extends Error {
  override readonly name = 'SilentStoreError';
  /** As of a connection that timed out: to be tried again. */
  readonly code = 'ETIMEDOUT';

  constructor() {
    super('The store does not answer.');
  }
}

/** A store that answers this fast is well: many such answers of one request use up no patience. */
const BRIEF_MS = 100;

const requests = new AsyncLocalStorage<{ leftMs: number }>();

/** Runs `work` with a patience of its own, shared by all that it waits for. */
export function withPatience<T>(mostMs: number, work: () => T): T {
  return requests.run({ leftMs: mostMs }, work);
}

/**
 * Waits for an answer of the store at most for `mostMs`, and for what the request has left.
 * @throws SilentStoreError; what comes too late is handed to `late`.
 */
export async function patiently<T>(
  answer: Promise<T>,
  mostMs: number,
  late: (value: T) => void = () => undefined,
): Promise<T> {
  const request = requests.getStore();
  const allowedMs = Math.max(1, Math.min(mostMs, request?.leftMs ?? mostMs));
  const since = performance.now();
  let timer: NodeJS.Timeout | undefined;
  let gaveUp = false;
  const silence = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      gaveUp = true;
      reject(new SilentStoreError());
    }, allowedMs);
  });
  answer.then(
    (value) => {
      if (gaveUp) late(value);
    },
    // Whoever waits hears of it; after he has gone nobody needs to.
    () => undefined,
  );
  try {
    return await Promise.race([answer, silence]);
  } finally {
    clearTimeout(timer);
    const waitedMs = performance.now() - since;
    if (request && waitedMs > BRIEF_MS) request.leftMs -= waitedMs;
  }
}
