/** Which request a piece of work belongs to, without handing it through every function on the way. */
import { AsyncLocalStorage } from 'node:async_hooks';

const requests = new AsyncLocalStorage<string>();

/** Everything that `work` begins belongs to the request. */
export function inRequest<T>(requestId: string, work: () => T): T {
  return requests.run(requestId, work);
}

/** The request that is being answered here; null outside of one. */
export function currentRequest(): string | null {
  return requests.getStore() ?? null;
}
